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
_TIME = re.compile(rf"{_DATE}T{_CLOCK}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_CLOCK})")
_FLAGS: Final = {"": None, "true": True, "false": False}
DEFAULT_LIMIT: Final = 10
WRONG_LIMIT: Final = invalid("query", "limit must be a whole number from 10 to 100")


def _filtered_id(value: str) -> object:
    return object_id(value) if value else None


def _limit(value: str, *, least: int) -> int:
    if not value:
        return DEFAULT_LIMIT
    number = whole_number(value)
    if number is None or not least <= number <= 100:
        raise fault(f"must be a whole number from {least} to 100")
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


def _filtered_time(value: str) -> datetime | None:
    if not value:
        return None
    try:
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or a zone that leads out of the calendar
        pass
    raise fault("must be a time like 2006-01-02T15:04:05.000Z")


FilteredId = Annotated[
    UUID | None,
    BeforeValidator(_filtered_id),
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
FilteredUserId = Annotated[
    UUID | None,
    BeforeValidator(uuid_if_any),
    WithJsonSchema({"type": "string", "examples": [A_PEER]}),
    Query(description="A user's id."),
]
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
    BeforeValidator(_filtered_time),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": f"^{_TIME.pattern}$",
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
Limit = Annotated[
    int,
    BeforeValidator(partial(_limit, least=10)),
    WithJsonSchema({"type": "integer", "minimum": 10, "maximum": 100}),
    Query(description="How many at most, from 10 to 100."),
]
