"""URLs in bodies of `/v2`: judged, and kept as they were sent."""

import re
from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AnyHttpUrl, AnyUrl, Field, TypeAdapter, UrlConstraints, ValidationError

from app.apis.hms.bounds import Characters
from app.apis.hms.errors import fault

_AN_HTTP_URL: Final = TypeAdapter[Any](AnyHttpUrl)
_AN_RTMP_URL: Final = TypeAdapter[Any](
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=["rtmp", "rtmps"], host_required=True)]
)
_AS_LONG_AS_IS_OPENED: Final = Characters(0, 2048)  # by browsers, and by servers of streams


def _pattern(scheme: str) -> str:
    """Return the form of a URL of this scheme, with `s` or without, in whatever case."""
    any_case = "".join(f"[{letter}{letter.upper()}]" for letter in scheme)
    return rf"{any_case}[sS]?://[^\s\x00/?#]+[^\s\x00]*"


def _judged(value: str, *, scheme: str, judge: TypeAdapter[Any]) -> str:
    """Judge as Pydantic does, but for what it would mend (white space, `http:host`): it is kept as it is."""
    try:
        judge.validate_python(value)
    except ValidationError:
        is_one = False
    else:
        is_one = re.fullmatch(_pattern(scheme), value) is not None
    if not is_one:
        raise fault(f"must be an {scheme} or {scheme}s URL")
    return value


HttpUrl = Annotated[
    str,
    AfterValidator(partial(_judged, scheme="http", judge=_AN_HTTP_URL)),
    Field(
        examples=["https://backend.example/events"],
        json_schema_extra={"format": "uri", "pattern": f"^{_pattern('http')}$"},
    ),
]
MeetingUrl = Annotated[
    HttpUrl,
    _AS_LONG_AS_IS_OPENED,
    Field(examples=["https://meet.example/daily-standup?skip_preview=true"]),
]
RtmpUrl = Annotated[
    str,
    AfterValidator(partial(_judged, scheme="rtmp", judge=_AN_RTMP_URL)),
    _AS_LONG_AS_IS_OPENED,
    Field(examples=["rtmps://live.example/app/key"], json_schema_extra={"pattern": f"^{_pattern('rtmp')}$"}),
]
RtmpUrls = Annotated[list[RtmpUrl], Field(fail_fast=True, max_length=5)]
