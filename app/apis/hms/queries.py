"""What queries of `/v2` go by: filters, where a page starts, how many it has. What has no value counts as absent."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from app.apis.dependencies import whole_number
from app.apis.descriptions import spelled
from app.apis.hms.errors import fault, invalid
from app.apis.hms.spellings import A_PEER, AN_ID, READ_ID, REQUIRED, object_id, uuid_if_any, uuid_or_none_such

_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
TIME = re.compile(rf"{_DATE}T{_CLOCK}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_CLOCK})")
_FLAGS: Final = {"": None, "true": True, "false": False}
DEFAULT_LIMIT: Final = 10
DEFAULT_DELIVERIES: Final = 50
MOST_PAGES: Final = 1_000_000
WRONG_LIMIT: Final = invalid("query", "limit must be a whole number from 10 to 100")


def id_if_any(value: object) -> object:
    """Read an id, if there is any; what cannot be one is refused."""
    return None if value in (None, "") else object_id(value)


def _limit(value: str, *, least: int, most: int = 100, default: int = DEFAULT_LIMIT) -> int:
    if not value:
        return default
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise fault(f"must be a whole number from {least} to {most}")
    return number


def _filtered_number(value: str) -> int | None:
    number = whole_number(value)
    if value and number is None:
        raise fault("must be a whole number from 0 to 999999999")
    return number


def _filtered_flag(value: str) -> bool | None:
    if value.lower() not in _FLAGS:
        raise fault("must be true or false")
    return _FLAGS[value.lower()]


def time_if_any(value: object) -> datetime | None:
    """Read a time, if there is any."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, str) and TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or a zone that leads out of the calendar
        pass
    raise fault("must be a time like 2006-01-02T15:04:05.000Z")


FilteredId = Annotated[
    UUID | None,
    BeforeValidator(id_if_any),
    spelled(READ_ID, AN_ID),
    Query(description="24 hex digits."),
]
AskedId = Annotated[
    UUID,
    BeforeValidator(object_id),
    REQUIRED,
    spelled(READ_ID, AN_ID),
    Query(description="24 hex digits."),
]
AskedPeerId = Annotated[
    UUID,
    BeforeValidator(uuid_or_none_such),
    REQUIRED,
    WithJsonSchema({"type": "string", "minLength": 1, "examples": [A_PEER]}),
    Query(description="A UUID; what cannot be one is as good as one of nobody."),
]
_FilteredUuid = Annotated[
    UUID | None, BeforeValidator(uuid_if_any), WithJsonSchema({"type": "string", "examples": [A_PEER]})
]
FilteredUserId = Annotated[_FilteredUuid, Query(description="A user's id.")]
FilteredPeerId = Annotated[_FilteredUuid, Query(description="A peer's id.")]
EventStart = Annotated[_FilteredUuid, Query(description="The `next` of the page before.")]
_FilteredNumber = Annotated[
    int | None,
    BeforeValidator(_filtered_number),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 999_999_999}),
]
PresignDuration = Annotated[_FilteredNumber, Query(description="In seconds.")]
FilteredQuestion = Annotated[_FilteredNumber, Query(description="The number of a question.")]
FilteredFlag = Annotated[
    bool | None,
    BeforeValidator(_filtered_flag),
    WithJsonSchema({"type": "boolean"}),
    Query(description="`true` or `false`, in whatever case."),
]
FilteredTime = Annotated[
    datetime | None,
    BeforeValidator(time_if_any),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": f"^{TIME.pattern}$",
            "examples": ["2026-01-31T00:00:00Z"],
        }
    ),
    Query(description="A time like `2006-01-02T15:04:05.000Z`, in whatever zone."),
]
EventLimit = Annotated[
    int,
    BeforeValidator(partial(_limit, least=1)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100}),
    Query(description="How many at most, from 1 to 100."),
]
DeliveryLimit = Annotated[
    int,
    BeforeValidator(partial(_limit, least=1, default=DEFAULT_DELIVERIES)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100}),
    Query(description="How many at most, from 1 to 100."),
]
PageNumber = Annotated[
    int,
    BeforeValidator(partial(_limit, least=1, most=MOST_PAGES, default=1)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_PAGES}),
    Query(description="Which page, from 1."),
]
Limit = Annotated[
    int,
    BeforeValidator(partial(_limit, least=10)),
    WithJsonSchema({"type": "integer", "minimum": 10, "maximum": 100}),
    Query(description="How many at most, from 10 to 100."),
]
