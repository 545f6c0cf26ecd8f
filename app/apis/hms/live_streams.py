"""Section "Live streams": start, stop, list, retrieve, what players are told; the stream is a media engine's affair."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import NO_MEDIA_ENGINE, OF_BODY, ROOM_DISABLED, invalid, missing, refusals
from app.apis.hms.job_schemas import JobFilters, LiveStream, LiveStreamPage
from app.apis.hms.queries import WRONG_LIMIT
from app.apis.hms.spellings import JobId, RoomId
from app.apis.hms.start_schemas import NewLiveStream, TimedMetadata
from app.domain import jobs
from app.domain.errors import LiveStreamNotFound

router = APIRouter(route_class=HmsRoute, tags=["Live streams"])

_OF_STREAM: Final = refusals(missing("Live stream"))


@router.post(
    "/live-streams/room/{room_id}/start",
    summary="Start a live stream",
    responses=refusals(
        *OF_BODY,
        invalid("body", "recording must be an object"),
        missing("Room"),
        ROOM_DISABLED,
        NO_MEDIA_ENGINE,
    ),
)
async def start_live_stream(room_id: RoomId, call: AutocommitCall, new: Annotated[NewLiveStream, Body()]) -> LiveStream:
    """POST /v2/live-streams/room/{room_id}/start: stream a room by HLS."""
    await jobs.begin(call.transaction, room_id)


@router.post(
    "/live-streams/room/{room_id}/stop",
    summary="Stop a room's live streams",
    responses=refusals(missing("Room"), NO_MEDIA_ENGINE),
)
async def stop_live_streams(room_id: RoomId, call: AutocommitCall) -> LiveStreamPage:
    """POST /v2/live-streams/room/{room_id}/stop: end all live streams of a room."""
    await jobs.control(call.transaction, room_id)


@router.get("/live-streams", summary="List live streams", responses=refusals(WRONG_LIMIT))
async def list_live_streams(filters: Annotated[JobFilters, Query()]) -> LiveStreamPage:
    """GET /v2/live-streams: show a page of live streams, of which there are none without a media engine."""
    return LiveStreamPage.of([], limit=filters.limit)


@router.get("/live-streams/{id}", summary="Retrieve a live stream", responses=_OF_STREAM)
async def retrieve_live_stream(id: JobId, call: AutocommitCall) -> LiveStream:
    """GET /v2/live-streams/{stream_id}: show one live stream."""
    raise LiveStreamNotFound


@router.post("/live-streams/{id}/stop", summary="Stop a live stream", responses=_OF_STREAM)
async def stop_live_stream(id: JobId, call: AutocommitCall) -> LiveStream:
    """POST /v2/live-streams/{stream_id}/stop: end one live stream."""
    raise LiveStreamNotFound


@router.post(
    "/live-streams/{id}/timed-metadata",
    summary="Send timed metadata",
    responses=refusals(*OF_BODY, invalid("body", "payload is required"), missing("Live stream")),
)
async def send_timed_metadata(
    id: JobId, call: AutocommitCall, metadata: Annotated[TimedMetadata, Body()]
) -> LiveStream:
    """POST /v2/live-streams/{stream_id}/timed-metadata: tell the players of a live stream something."""
    raise LiveStreamNotFound


@router.post("/live-streams/{id}/pause-recording", summary="Pause a live stream's recording", responses=_OF_STREAM)
async def pause_live_stream_recording(id: JobId, call: AutocommitCall) -> LiveStream:
    """POST /v2/live-streams/{stream_id}/pause-recording: let its recording leave out what comes now."""
    raise LiveStreamNotFound


@router.post("/live-streams/{id}/resume-recording", summary="Resume a live stream's recording", responses=_OF_STREAM)
async def resume_live_stream_recording(id: JobId, call: AutocommitCall) -> LiveStream:
    """POST /v2/live-streams/{stream_id}/resume-recording: go on with a recording that is paused."""
    raise LiveStreamNotFound
