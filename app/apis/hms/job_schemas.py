"""What a media engine makes, as `/v2` lists it: recordings and their files, live streams, streams to elsewhere."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from app.apis.descriptions import Shown
from app.apis.hms.bounds import OneOf
from app.apis.hms.lists import Listed, Page
from app.apis.hms.queries import DEFAULT_LIMIT, FilteredId, Limit
from app.apis.hms.spellings import ShownId, ShownTime

_JOB: Final = ("starting", "running", "stopping", "post_processing", "completed", "failed")
_ASSET: Final = ("completed", "failed")
_ASSET_TYPES: Final = (
    "room-composite",
    "room-composite-legacy",
    "room-vod",
    "chat",
    "transcript",
    "summary",
    "track",
    "stream",
)


def _if_any(value: str) -> str | None:
    return value or None


_JobStatus = Annotated[str, OneOf(*_JOB)]
_AssetStatus = Annotated[str, OneOf(*_ASSET)]
_AssetType = Annotated[str, OneOf(*_ASSET_TYPES)]
_OfPeer = Annotated[str, Field(examples=[""], description="A peer's id; empty where a backend has done it.")]
_Path = Annotated[str, Field(examples=["s3://bucket/recordings/1.mp4"])]
_Metadata = Annotated[
    dict[str, Any],
    WithJsonSchema({"type": "object", "examples": [{"resolution": {"width": 1280, "height": 720}}]}),
]


class _Filters(BaseModel):
    """What a page of a list goes by. A parameter without a value counts as absent."""

    room_id: FilteredId = None
    session_id: FilteredId = None
    limit: Limit = DEFAULT_LIMIT
    start: FilteredId = None


class JobFilters(_Filters):
    """The same, of recordings and streams."""

    status: Annotated[
        _JobStatus | None, BeforeValidator(_if_any), WithJsonSchema({"type": "string", "enum": _JOB}), Query()
    ] = None


class AssetFilters(_Filters):
    """The same, of files."""

    status: Annotated[
        _AssetStatus | None, BeforeValidator(_if_any), WithJsonSchema({"type": "string", "enum": _ASSET}), Query()
    ] = None


class AssetOfJob(Listed):
    """A file that a recording or a stream has left; what `metadata` has depends on its type."""

    type: _AssetType
    path: _Path
    status: _AssetStatus
    size: int = Field(examples=[892154], description="In bytes.")
    duration: int = Field(examples=[55], description="In seconds.")
    created_at: ShownTime
    thumbnails: list[_Path] | None
    metadata: _Metadata


class RecordingAsset(AssetOfJob):
    """The same with where it is from."""

    job_id: ShownId
    room_id: ShownId
    session_id: ShownId


class RecordingAssetPage(Page[RecordingAsset]):
    """A page of files."""


class PresignedUrl(Shown):
    """Where a file can be had, and for how many seconds."""

    id: ShownId
    path: _Path
    url: str = Field(examples=["https://bucket.example/recordings/1.mp4?signature=…"], repr=False)
    expiry: int = Field(examples=[3600], description="In seconds.")


class _Job(Listed):
    """What recordings and streams have in common; what has not happened yet is left out."""

    room_id: ShownId
    session_id: ShownId
    status: _JobStatus
    created_at: ShownTime
    started_at: ShownTime | None
    updated_at: ShownTime
    stopped_at: ShownTime | None
    meeting_url: str = Field(examples=["https://meet.example/daily-standup"], repr=False)
    destination: str | None = Field(examples=["channel"])
    started_by: _OfPeer
    stopped_by: _OfPeer
    recording_assets: list[AssetOfJob] | None = Field(description="Not in a list.")


class Recording(_Job):
    """A recording of a room."""

    asset_types: list[_AssetType] | None


class RecordingPage(Page[Recording]):
    """A page of recordings."""


class Playback(Shown):
    """Where a live stream can be seen."""

    url: str = Field(examples=["https://live.example/master.m3u8"])


class KindsOfRecording(Shown):
    """What a live stream leaves: something to be seen again, a file of each layer."""

    hls_vod: bool
    single_file_per_layer: bool


class LiveStream(_Job):
    """A live stream of a room, by HLS."""

    playback: Playback
    recording: KindsOfRecording


class LiveStreamPage(Page[LiveStream]):
    """A page of live streams."""


class Resolution(Shown):
    """How wide and high a picture is."""

    width: int = Field(examples=[1280])
    height: int = Field(examples=[720])


class ExternalStream(_Job):
    """A stream of a room to servers elsewhere, by RTMP."""

    rtmp_urls: list[str] = Field(repr=False)
    recording: bool
    resolution: Resolution


class ExternalStreamPage(Page[ExternalStream]):
    """A page of streams to elsewhere."""
