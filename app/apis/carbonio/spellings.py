"""The ids, times and texts of the chats API as it spells them; they convert here, by their types."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.apis.dependencies import WithoutNul, whole_number
from app.apis.descriptions import spelled
from app.domain import columns
from app.domain.errors import (
    AttachmentNotFound,
    DomainError,
    MeetingNotFound,
    MemberNotFound,
    RoomNotFound,
    UserNotFound,
)

_ID = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DEFAULT_ITEMS: Final = 10
_MOST_ITEMS: Final = 100
_MOST_DIGITS: Final = 18
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BROKEN_ESCAPE = re.compile(r"\\u(?![0-9a-fA-F]{4})")
# One character of a text of which any may be escaped: as it is, as one unit of UTF-16, or as the pair that it is there.
_CHARACTER: Final = (
    r"(?:[^\u0000\\]|\\(?!u)|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_EXAMPLE: Final = "01a202b2-f1ce-781c-91e8-3127f4000000"
# RFC 3339: what else ISO 8601 allows, weeks and days of a year, no client means.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"
)
_MOMENT_EXAMPLE: Final = "2024-08-30T11:08:26.123Z"
_OF_ID: Final = spelled(_ID.pattern, _EXAMPLE)


def read_id(text: str) -> UUID | None:
    """Read a UUID with its hyphens, in whatever case; None for any other text."""
    return UUID(text) if _ID.fullmatch(text) else None


def _in_path(missing: type[DomainError]) -> BeforeValidator:
    """Read an id of a path; what cannot be one is the id of nothing: the fact is raised."""

    def read(text: str) -> UUID:
        id = read_id(text)
        if id is None:
            raise missing
        return id

    return BeforeValidator(read)


def _in_body(value: object) -> UUID:
    id = read_id(value) if isinstance(value, str) else None
    if id is None:
        raise PydanticCustomError("uuid", "must be a UUID")
    return id


def _unescaped(value: object) -> object:
    r"""Read `\uXXXX` for a unit of UTF-16, as clients spell what a header would not carry; other text is as it is."""
    if not isinstance(value, str):
        return value
    units = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value)
    try:
        text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise PydanticCustomError("escape", "has half a pair of escapes") from None
    if _BROKEN_ESCAPE.search(value):
        raise PydanticCustomError("escape", "has a broken escape")
    return text


def _in_lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _read_moment(value: object) -> datetime:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError("moment", "must be a time such as {example}", {"example": _MOMENT_EXAMPLE})


def _items_number(text: object) -> object:
    if not isinstance(text, str):
        return text
    number = whole_number(text) if text else DEFAULT_ITEMS
    if number is None or not 1 <= number <= _MOST_ITEMS:
        raise PydanticCustomError("items", "must be a whole number from 1 to 100")
    return number


PathRoomId = Annotated[UUID, _in_path(RoomNotFound), _OF_ID, Path(alias="roomId")]
PathWorkspaceId = Annotated[UUID, _in_path(RoomNotFound), _OF_ID, Path(alias="workspaceId")]
PathMeetingId = Annotated[UUID, _in_path(MeetingNotFound), _OF_ID, Path(alias="meetingId")]
PathMemberId = Annotated[UUID, _in_path(MemberNotFound), _OF_ID, Path(alias="userId")]
PathUserId = Annotated[UUID, _in_path(UserNotFound), _OF_ID, Path(alias="userId")]
PathFileId = Annotated[UUID, _in_path(AttachmentNotFound), _OF_ID, Path(alias="fileId")]
SentId = Annotated[UUID, BeforeValidator(_in_body), _OF_ID]
Id = Annotated[UUID, spelled(_ID.pattern.replace("A-F", ""), _EXAMPLE)]
Moment = Annotated[
    datetime,
    PlainSerializer(columns.spelled, return_type=str),
    spelled(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", _MOMENT_EXAMPLE),
]
SentMoment = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [_MOMENT_EXAMPLE]}),
]
SoughtId = Annotated[UUID | None, BeforeValidator(read_id), WithJsonSchema({"type": "string", "minLength": 1})]
AnyCase = BeforeValidator(_in_lower_case)
Extra = Annotated[Literal["members", "settings"], AnyCase]
Name = Annotated[str, Field(max_length=128, examples=["Gardeners"]), WithoutNul]
Description = Annotated[str, Field(max_length=256, examples=["Who waters what"]), WithoutNul]
Original = Annotated[
    str,
    Field(min_length=1, max_length=64 * 1024, examples=["<message><body>Hello</body></message>"]),
    WithoutNul,
]
ItemsNumber = Annotated[
    int,
    BeforeValidator(_items_number),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100, "default": DEFAULT_ITEMS}),
]
Unescaped = Annotated[str, BeforeValidator(_unescaped), WithoutNul]
"""Text of which any part may be escaped."""


def escaped(least: int, most: int, example: str) -> WithJsonSchema:
    """Say how such a text of so many characters is sent."""
    return spelled(f"{_CHARACTER}{{{least},{most}}}", example)


def saturated(digits: str) -> int:
    """Read a whole number of any length; one that is larger than any size or count is as good as any other."""
    significant = digits.lstrip("0")  # Python reads only so many digits, and zeros count
    return int(significant or "0") if len(significant) <= _MOST_DIGITS else 10**_MOST_DIGITS


def present(value: Any) -> Any:
    """Leave out the values of a query parameter that are empty: they count as absent."""
    return [each for each in value if each] if isinstance(value, list) else value
