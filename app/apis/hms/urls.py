"""URLs in bodies of `/v2`: judged, and kept as they were sent."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AnyHttpUrl, Field, TypeAdapter, ValidationError

from app.apis.hms.bounds import Characters
from app.apis.hms.errors import fault
from app.domain.webhooks import HTTP_URL

# Without what some readers of patterns take for white space, and some do not.
_USER: Final = r"([^\x00-\x20\x7f-\xa0/?#@\[\]]*@)?"
_HOST: Final = r"(\[[0-9a-fA-F:.]+\]|[^\x00-\x20\x7f-\xa0/?#@:\[\]]+)"
_REST: Final = r"([/?#][^\x00-\x20\x7f-\xa0]*)?"
_RTMP: Final = rf"[rR][tT][mM][pP][sS]?://{_USER}{_HOST}(:[0-9]{{1,5}})?{_REST}"
_AN_HTTP_URL: Final = TypeAdapter[Any](AnyHttpUrl)
_AS_LONG_AS_IS_OPENED: Final = Characters(0, 2048)  # by browsers, and by servers of streams


def _http(value: str) -> str:
    """Judge as Pydantic does, but for what it would mend (white space, `http:host`): it is kept as it is."""
    try:
        _AN_HTTP_URL.validate_python(value)
    except ValidationError:
        raise fault("must be an http or https URL") from None
    if not re.fullmatch(HTTP_URL, value):
        raise fault("must be an http or https URL")
    return value


def _rtmp(value: str) -> str:
    if not re.fullmatch(_RTMP, value):
        raise fault("must be an rtmp or rtmps URL")
    return value


HttpUrl = Annotated[
    str,
    AfterValidator(_http),
    Field(
        examples=["https://backend.example/events"],
        json_schema_extra={"format": "uri", "pattern": f"^{HTTP_URL}$"},
    ),
]
MeetingUrl = Annotated[
    HttpUrl,
    _AS_LONG_AS_IS_OPENED,
    Field(examples=["https://meet.example/daily-standup?skip_preview=true"]),
]
RtmpUrl = Annotated[
    str,
    AfterValidator(_rtmp),
    _AS_LONG_AS_IS_OPENED,
    Field(examples=["rtmps://live.example/app/key"], json_schema_extra={"pattern": f"^{_RTMP}$"}),
]
RtmpUrls = Annotated[list[RtmpUrl], Field(fail_fast=True, max_length=5)]
