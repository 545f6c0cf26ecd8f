"""What a body says of a recording or a stream that is to start. There is no engine yet that would do it."""

from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, model_validator

from app.apis.dependencies import Whole
from app.apis.hms.bodies import Said
from app.apis.hms.bounds import LARGEST, Between, Characters, OneOf
from app.apis.hms.destinations import TranscriptSummary
from app.apis.hms.errors import fault
from app.apis.hms.spellings import REQUIRED, Text
from app.apis.hms.template_parts import Few, Line
from app.apis.hms.urls import MeetingUrl, RtmpUrls

_MOST_SHORTER: Final = 1080
_LONGER: Final[Any] = {"minimum": _MOST_SHORTER + 1}
_URL: Final = "https://meet.example/daily-standup?skip_preview=true"
# It may hold a code of the room, or a token.
_MeetingUrl = Annotated[MeetingUrl | None, Field(description="Where a browser gets into the room.", repr=False)]
_Destination = Annotated[Line | None, Field(description="Which one of the room's template is meant.")]


class WantedResolution(Said):
    """How wide and high a picture is to be: 1920x1080 at most, or 1080x1920."""

    model_config = ConfigDict(json_schema_extra={"not": {"properties": {"width": _LONGER, "height": _LONGER}}})

    width: Annotated[Whole, Between(500, 1920)]
    height: Annotated[Whole, Between(480, 1920)]

    @model_validator(mode="after")
    def _shorter_side_is_short(self) -> Self:
        if min(self.width, self.height) > _MOST_SHORTER:
            raise fault(f"must have a shorter side of {_MOST_SHORTER} at most")
        return self


class WantedTranscription(Said):
    """How what is said in a recording is written down."""

    enabled: bool | None = None
    output_modes: Few[Annotated[str, OneOf("txt", "srt", "json")]] | None = None
    custom_vocabulary: Few[Line] | None = None
    summary: TranscriptSummary | None = None


class NewRecording(Said):
    """A recording that is to start."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"meeting_url": _URL, "resolution": {"width": 1280, "height": 720}}]}
    )

    meeting_url: _MeetingUrl = None
    resolution: WantedResolution | None = None
    destination: _Destination = None
    audio_only: bool | None = None
    transcription: WantedTranscription | None = None


class WantedRecording(Said):
    """What a live stream is to leave: something to be seen again, a file of each layer."""

    hls_vod: bool | None = None
    single_file_per_layer: bool | None = None


class NewLiveStream(Said):
    """A live stream that is to start."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"meeting_url": _URL, "recording": {"hls_vod": True}}]})

    meeting_url: _MeetingUrl = None
    recording: WantedRecording | None = None
    destination: _Destination = None


class TimedMetadata(Said):
    """What players of a live stream are told, and for how many seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"payload": "Goal", "duration": 5}]})

    payload: Annotated[Text, Characters(1, 100), REQUIRED]
    duration: Annotated[Whole, Between(0, LARGEST), REQUIRED]


class NewExternalStream(Said):
    """A stream to elsewhere that is to start."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"meeting_url": _URL, "rtmp_urls": ["rtmps://live.example/app/key"]}]}
    )

    # They hold the keys of the streams.
    rtmp_urls: Annotated[RtmpUrls, Field(min_length=1), REQUIRED] = Field(repr=False)
    meeting_url: _MeetingUrl = None
    recording: bool | None = None
    resolution: WantedResolution | None = None
    destination: _Destination = None
