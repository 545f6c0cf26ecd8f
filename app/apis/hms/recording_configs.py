"""The recordings configuration of templates, as `/v2` reads and shows it. Flags that are false are not shown."""

from collections.abc import Sequence
from operator import not_
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from app.apis.hms.bounds import Characters
from app.apis.hms.destinations import Thumbnails
from app.apis.hms.errors import sentence
from app.apis.hms.spellings import RoleName, Text
from app.apis.hms.template_parts import Count, Part, Seconds

_Flag = Annotated[bool, Field(exclude_if=not_)]


class RecordingThumbnails(Thumbnails):
    """Pictures that are taken of a recording."""

    enabled: _Flag = False


class BrowserComposite(Part):
    """The recording of a room as a browser shows it."""

    auto_start: _Flag = False
    auto_stop_timeout: Seconds = None
    width: Count | None = None
    height: Count | None = None


class CustomComposite(Part):
    """The recording of a room as a page of one's own shows it."""

    enabled: _Flag = False


class CompositeRecording(Part):
    """The recording of a room as a whole."""

    browser_composite: BrowserComposite | None = None
    custom_composite: CustomComposite | None = None


class TrackRecording(Part):
    """The recording of each track of a room."""

    enabled: _Flag = False


class StreamRecording(Part):
    """The recording of what each peer of a room sends."""

    enabled: _Flag = False
    width: Count | None = None
    height: Count | None = None


class RecordingConfig(Part):
    """How a template's rooms are recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "default", "role": "host", "compositeRecording": {"customComposite": {}}}]
        }
    )

    name: Annotated[Text, Characters(1, 255)]
    role: RoleName
    max_duration: Seconds = None
    presign_duration: Seconds = None
    thumbnails: RecordingThumbnails | None = None
    composite_recording: CompositeRecording | None = None
    track_recording: TrackRecording | None = None
    stream_recording: StreamRecording | None = None


def _one(sent: object) -> object:
    if isinstance(sent, list) and len(sent) > 1:
        raise sentence("body must have at most 1 element")
    return sent


RecordingConfigs = Annotated[list[RecordingConfig], BeforeValidator(_one), Field(json_schema_extra={"maxItems": 1})]
"""One configuration, or none."""


def documents(configs: Sequence[RecordingConfig]) -> list[dict[str, Any]]:
    """Return the configuration as it is stored and shown."""
    return [config.document for config in configs]
