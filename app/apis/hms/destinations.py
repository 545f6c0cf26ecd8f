"""Destinations of templates, as `/v2` reads and completes them: where streams, recordings and transcripts go."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from app.apis.dependencies import Whole
from app.apis.hms.bounds import Between, Characters, OneOf
from app.apis.hms.errors import fault
from app.apis.hms.spellings import RoleName, Text
from app.apis.hms.template_parts import ByName, Count, Few, Line, Map, Named, Part, Seconds

_LEAST_LONGER: Final = 192
_MOST_SHORTER: Final = 1080
_Side = Annotated[Whole, Between(144, 1920, step=2)]


def _both_sides(**bounds: int) -> JsonDict:
    sides = ("width", "height")
    return {"required": list(sides), "properties": {side: {"type": "integer", **bounds} for side in sides}}


class Thumbnails(Part):
    """Pictures that are taken of a recording."""

    enabled: bool | None = None
    width: Count | None = None
    height: Count | None = None
    offsets: Few[Count] | None = None
    fps: Count | None = None


class BrowserRecording(Named):
    """A recording by a browser. Deprecated: `…/recordings` configures recordings now."""

    width: Count | None = None
    height: Count | None = None
    max_duration: Seconds = None
    thumbnails: Thumbnails | None = None
    presign_duration: Seconds = None
    role: RoleName | None = None
    auto_start: bool | None = None
    auto_stop_timeout: Seconds = None


class RtmpDestination(Named):
    """Where a room is streamed to by RTMP."""

    width: Count | None = None
    height: Count | None = None
    max_duration: Seconds = None
    rtmp_urls: Annotated[list[Line], Field(fail_fast=True, max_length=3)] | None = Field(default=None, repr=False)
    recording_enabled: bool | None = None
    auto_stop_timeout: Seconds = None


class HlsLayer(Part):
    """One of the sizes of an HLS stream."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "anyOf": [_both_sides(maximum=_LEAST_LONGER - 1), _both_sides(minimum=_MOST_SHORTER + 1)],
            }
        }
    )

    width: _Side | None = None
    height: _Side | None = None
    video_bitrate: Count | None = None
    audio_bitrate: Count | None = None

    @model_validator(mode="after")
    def _has_a_size_of_video(self) -> Self:
        sides = [side for side in (self.width, self.height) if side is not None]
        if len(sides) == 2 and (max(sides) < _LEAST_LONGER or min(sides) > _MOST_SHORTER):
            raise fault(
                f"must have a longer side of {_LEAST_LONGER} at least and a shorter one of {_MOST_SHORTER} at most"
            )
        return self


class HlsRecording(Part):
    """What is recorded of an HLS stream."""

    hls_vod: bool | None = None
    single_file_per_layer: bool | None = None
    enable_zip_upload: bool | None = None
    layers: Few[HlsLayer] | None = None
    thumbnails: Thumbnails | None = None
    presign_duration: Seconds = None


class HlsDestination(Named):
    """How a room is streamed by HLS."""

    max_duration: Seconds = None
    layers: Few[HlsLayer] | None = None
    playlist_type: Annotated[str, OneOf("event", "live")] | None = None
    num_playlist_segments: Annotated[Whole, Between(3, 150)] = 5
    video_frame_rate: Count | None = None
    enable_metadata_insertion: bool | None = None
    enable_static_url: bool | None = None
    recording: HlsRecording | None = None
    auto_stop_timeout: Seconds = None


class SummarySection(Part):
    """A section of a summary."""

    title: Annotated[Text, Characters(0, 100)]
    format: Annotated[str, OneOf("bullets", "paragraph")]


class TranscriptSummary(Part):
    """The summary of a transcript."""

    enabled: bool | None = None
    context: Annotated[Text, Characters(0, 300)] | None = None
    temperature: Annotated[int | float, Between(0.1, 1.0)] = 0.5
    sections: Annotated[list[SummarySection], Field(fail_fast=True, max_length=6)] | None = None


class Translation(Part):
    """The languages into which a transcript is translated, by role."""

    enabled: bool | None = None
    role_languages: Map[Line] | None = None


class Transcription(Named):
    """How what is said in a room is written down."""

    role: RoleName = Field(description="Whom it hears is written down.")
    modes: Few[Annotated[str, OneOf("recorded", "live", "caption")]] | None = None
    output_modes: Few[Annotated[str, OneOf("txt", "srt", "json")]] | None = None
    custom_vocabulary: Few[Line] | None = None
    summary: TranscriptSummary | None = None
    translation: Translation | None = None


class Destinations(Part):
    """What a body says of a template's destinations, by name; what is absent stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rtmpDestinations": {"channel": {"rtmpUrls": ["rtmp://live.example/key"]}}}]}
    )

    browser_recordings: ByName[BrowserRecording] | None = None
    rtmp_destinations: ByName[RtmpDestination] | None = None
    hls_destinations: ByName[HlsDestination] | None = None
    transcriptions: ByName[Transcription] | None = None

    def over(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was `kept` with what is said in its place, in the documented order."""
        kinds, all_of_them = (to_camel(name) for name in type(self).model_fields), {**kept, **self.document}
        return {kind: all_of_them[kind] for kind in kinds if kind in all_of_them}
