"""How `/v2` spells ids, times, names and numbers, in paths and bodies: each converts here, by its type."""

import re
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from app.apis.dependencies import Whole, WithoutNul, whole_number
from app.apis.descriptions import spelled
from app.apis.hms.errors import fault, message, sentence
from app.domain import ids

_NAME = re.compile(r"[a-zA-Z0-9.:_-]{1,255}")
_TEMPLATE_NAME = re.compile(r"[a-zA-Z0-9 .:_-]{1,255}")
_ROLE_NAME = re.compile(r"(?!\.{1,2}$)[^/\x00-\x1f\x7f-\x9f\ufffd]{1,255}")
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AnyRegion = Literal["auto", "eu", "in", "us"]
_MOST_BYTES: Final = 16 * 1024
_NONE_SUCH: Final = UUID(int=0)


def _id_or_none_such(value: object) -> UUID:
    """Read an id; what cannot be one is an id that nothing has: a fact raised here would overtake a wrong body."""
    return ids.from_hex(_text(value)) or _NONE_SUCH


def uuid_or_none_such(value: object) -> UUID:
    """Read a UUID with its hyphens, in whatever case; any other text is an id that nobody has."""
    text = _text(value)
    return UUID(text) if _UUID.fullmatch(text) else _NONE_SUCH


def uuid_if_any(value: object) -> UUID | None:
    """Read one, if there is any."""
    return None if value in (None, "") else uuid_or_none_such(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise fault("must be a string")
    return value


def object_id(value: object) -> object:
    """Read an id; what cannot be one is refused."""
    id = ids.from_hex(value) if isinstance(value, str) else None
    if id is None:
        raise fault("must be 24 hex digits")
    return id


def _role_or_none_such(value: object) -> str:
    """Read a role's name; what cannot be one is a name that no role has."""
    text = _text(value)
    return text if _ROLE_NAME.fullmatch(text) else ""


def _index_or_none_such(value: object) -> int:
    """Read a number from 1; what cannot be one is a number that nothing has."""
    return whole_number(_text(value)) or 0


def _given(value: object) -> object:
    if value is None:
        raise fault("is required")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise fault("must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _")
    return value


def _template_name(value: str) -> str:
    if not _TEMPLATE_NAME.fullmatch(value):
        raise fault("must be 1 to 255 characters of a-z, A-Z, 0-9, space and - . _ :")
    return value


def _role_name(value: str) -> str:
    if not _ROLE_NAME.fullmatch(value):
        raise fault("must be 1 to 255 characters without /, control characters and U+FFFD, and neither . nor ..")
    return value


def _required(value: object) -> object:
    if value in (None, ""):
        raise fault("is required")
    return value


def _bounded(value: str, *, most: int) -> str:
    if len(value) > most:
        raise fault(f"must have at most {most} characters")
    return value


def _not_large(value: str) -> str:
    if len(value.encode()) > _MOST_BYTES:
        raise fault("must not be larger than 16 KiB")
    return value


def _region(value: object) -> str:
    region = _text(value)
    if region not in get_args(_AnyRegion):
        raise message("Error: region not supported")
    return region


def _size(value: int) -> int:
    if value > 20_000:
        raise sentence("room size greater than 20000")
    if value < 0:
        raise sentence("room size less than 0")
    return value


def _max_duration(value: int) -> int:
    if value < 120:
        raise sentence("max_duration_seconds less than 120 seconds")
    if value > 43_200:
        raise sentence("max_duration_seconds greater than 43200 seconds")
    return value


def rfc3339(moment: datetime) -> str:
    """Spell a time with up to three digits of a second's fraction, as many as it needs."""
    in_full = moment.isoformat(timespec="milliseconds").removesuffix("+00:00")
    return in_full.rstrip("0").removesuffix(".") + "Z"


AN_ID: Final = "01a2034eede1d3b69c0210f3"
READ_ID: Final = "[0-9a-fA-F]{24}"
_SHOWN_ID: Final = "[0-9a-f]{24}"
_CODE: Final = "[a-z]{3}-[a-z]{4}-[a-z]{3}"
_SHOWN_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,2}[1-9])?Z"

_A_CODE: Final = "wqm-tzfa-olh"
A_PEER: Final = "019b32f0-7c1e-7d1e-8e5c-2a8f0c000000"

Text = Annotated[str, WithoutNul]
REQUIRED: Final = BeforeValidator(_required)
"""Of a required member: null and an empty text say as little as its absence."""


def _at_most(most: int) -> Any:
    return AfterValidator(partial(_bounded, most=most))


# What is longer would be a burden to whoever reads a page, or hears of it.
LargeText = Annotated[Text, AfterValidator(_not_large), Field(json_schema_extra={"maxLength": _MOST_BYTES})]
PeerName = Annotated[Text, _at_most(255), Field(json_schema_extra={"maxLength": 255})]
LeavingReason = Annotated[Text, _at_most(1024), Field(json_schema_extra={"maxLength": 1024})]
MessageType = Annotated[Text, _at_most(64), Field(json_schema_extra={"maxLength": 64})]
Message = Annotated[LargeText, REQUIRED, Field(json_schema_extra={"minLength": 1})]
SignedUserId = Annotated[Text, _at_most(255), Field(json_schema_extra={"maxLength": 255})]
RequiredFlag = Annotated[bool, BeforeValidator(_given)]
# Any text, as far as is told: what cannot be a code is as good as one of no room.
Code = Annotated[Text, BeforeValidator(_given), spelled(_CODE, _A_CODE)]
Name = Annotated[
    str,
    AfterValidator(_name),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[a-zA-Z0-9.:_-]*$",
            "examples": ["daily-standup"],
        }
    ),
]
TemplateName = Annotated[
    str,
    AfterValidator(_template_name),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[a-zA-Z0-9 .:_-]*$",
            "examples": ["webinar"],
        }
    ),
]
RoleName = Annotated[
    str,
    AfterValidator(_role_name),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": r"^[^/\u0000-\u001f\u007f-\u009f\ufffd]*$",
            "not": {"enum": [".", ".."]},
            "examples": ["host"],
        }
    ),
]
Size = Annotated[Whole, AfterValidator(_size), Field(json_schema_extra={"minimum": 0, "maximum": 20_000})]
MaxDuration = Annotated[
    Whole, AfterValidator(_max_duration), Field(json_schema_extra={"minimum": 120, "maximum": 43_200})
]
Polls = Annotated[
    list[Annotated[UUID, BeforeValidator(object_id), spelled(READ_ID, AN_ID)]], Field(fail_fast=True, max_length=1000)
]
Region = Annotated[_AnyRegion, BeforeValidator(_region)]
AnyId = Annotated[UUID, BeforeValidator(_id_or_none_such), spelled(READ_ID, AN_ID)]
RoomId = Annotated[AnyId, Path(description="24 hex digits; what cannot be an id is as good as one of no room.")]
TemplateId = Annotated[AnyId, Path(description="24 hex digits; what cannot be an id is as good as one of no template.")]
SessionId = Annotated[AnyId, Path(description="24 hex digits; what cannot be an id is as good as one of no session.")]
PollId = Annotated[AnyId, Path(description="24 hex digits; what cannot be an id is as good as one of no poll.")]
Index = Annotated[
    int,
    BeforeValidator(_index_or_none_such),
    WithJsonSchema({"type": "integer", "minimum": 1, "examples": [1]}),
    Path(description="A whole number from 1; what cannot be one is as good as one of nothing."),
]
JobId = Annotated[AnyId, Path(description="24 hex digits; what cannot be an id is as good as one of nothing.")]
PeerId = Annotated[
    UUID,
    BeforeValidator(uuid_or_none_such),
    spelled(_UUID.pattern, A_PEER),
    Path(description="A UUID; what cannot be one is as good as one of nobody."),
]
NamedRole = Annotated[
    str,
    BeforeValidator(_role_or_none_such),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["host"]}),
    Path(description="The name of a role; what cannot be one is as good as one of no role."),
]
NamedPeerId = Annotated[
    UUID | None,
    BeforeValidator(uuid_if_any),
    WithJsonSchema({"type": ["string", "null"], "examples": [A_PEER]}),
]

ShownId = Annotated[UUID, PlainSerializer(ids.to_hex, return_type=str), spelled(_SHOWN_ID, AN_ID)]
ShownIdText = Annotated[str, spelled(_SHOWN_ID, AN_ID)]
ShownIdOrNone = Annotated[str, spelled(f"({_SHOWN_ID})?", AN_ID)]
ShownUuid = Annotated[UUID, spelled(_UUID.pattern.replace("A-F", ""), A_PEER)]
ShownCode = Annotated[str, spelled(_CODE, _A_CODE)]
ShownTimeText = Annotated[str, spelled(_SHOWN_TIME, "2026-11-22T12:50:34.081Z")]
ShownTime = Annotated[
    datetime, PlainSerializer(rfc3339, return_type=str), spelled(_SHOWN_TIME, "2026-11-22T12:50:34.081Z")
]
