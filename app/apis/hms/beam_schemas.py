"""The legacy call that records and streams, as `/v2` reads it, and what it refuses with."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from app.apis.hms.bodies import Said
from app.apis.hms.errors import Coded, RefusedWith
from app.apis.hms.spellings import AnyId
from app.apis.hms.start_schemas import WantedResolution
from app.apis.hms.urls import MeetingUrl, RtmpUrls
from app.domain import ids

UNKNOWN_ROOM: Final = 4
NOTHING_RUNS: Final = 10
_TEXTS: Final[Mapping[int, str]] = {
    3: "room_id missing",
    UNKNOWN_ROOM: "room_id invalid",
    5: "rtmp_url and record missing",
    6: "meeting_url missing",
    7: "meeting_url invalid",
    8: "operation invalid",
    9: "operation missing",
    NOTHING_RUNS: "no active beam found for the passed in identifiers",
    11: "Resolution not supported",
}
_OPERATIONS: Final = ("start", "stop")
_NOTHING: Final = (None, "")
_A_MEETING_URL: Final = TypeAdapter[Any](MeetingUrl)
_A_RESOLUTION: Final = TypeAdapter[Any](WantedResolution | None)


class BeamError(Coded):
    """What is wrong with the legacy call: `code` is a number of its own, not the status."""

    @property
    def status(self) -> int:
        return 404 if self.code == NOTHING_RUNS else 400


def beam_error(number: int) -> BeamError:
    """Return what is wrong, by its documented number."""
    return BeamError(code=number, message=f"Error: {_TEXTS[number]}")


BEAM_ERRORS: Final = tuple(map(beam_error, _TEXTS))


class Beam(Said):
    """What the legacy call is to do; a room that is recorded or streamed is so until it is stopped."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"operation": {"const": "start"}}},
            "then": {
                "required": ["meeting_url"],
                "properties": {"meeting_url": {"type": "string"}},
                "anyOf": [
                    {"required": ["rtmp_urls"], "properties": {"rtmp_urls": {"type": "array", "minItems": 1}}},
                    {"required": ["record"], "properties": {"record": {"const": True}}},
                ],
            },
            "examples": [
                {
                    "operation": "start",
                    "room_id": "01a2034eede1d3b69c0210f3",
                    "meeting_url": "https://meet.example/daily-standup",
                    "record": True,
                },
                {"operation": "stop", "room_id": "01a2034eede1d3b69c0210f3"},
            ],
        }
    )

    operation: Literal["start", "stop"]
    room_id: AnyId
    meeting_url: MeetingUrl | None = Field(default=None, repr=False)
    rtmp_urls: RtmpUrls | None = Field(default=None, repr=False)
    record: bool | None = None
    resolution: WantedResolution | None = None

    @model_validator(mode="before")
    @classmethod
    def _judge_by_number(cls, sent: Any) -> Any:
        number = next(_wrong(sent), None) if isinstance(sent, dict) else None
        if number:
            raise RefusedWith(beam_error(number))
        return sent


def _wrong(sent: Mapping[str, Any]) -> Iterator[int]:
    """Yield the numbers of what is wrong, in the order in which it is told."""
    operation, room_id = sent.get("operation"), sent.get("room_id")
    if operation in _NOTHING:
        yield 9
    if operation not in _OPERATIONS:
        yield 8
    if room_id in _NOTHING:
        yield 3
    if not isinstance(room_id, str) or ids.from_hex(room_id) is None:
        yield UNKNOWN_ROOM
    if operation == "start":
        yield from _wrong_start(sent)


def _wrong_start(sent: Mapping[str, Any]) -> Iterator[int]:
    meeting_url = sent.get("meeting_url")
    if meeting_url in _NOTHING:
        yield 6
    if not _is_good(_A_MEETING_URL, meeting_url):
        yield 7
    if not sent.get("rtmp_urls") and not sent.get("record"):
        yield 5
    if not _is_good(_A_RESOLUTION, sent.get("resolution")):
        yield 11


def _is_good(judge: TypeAdapter[Any], value: object) -> bool:
    try:
        judge.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
