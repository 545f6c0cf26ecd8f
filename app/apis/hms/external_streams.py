"""Section "External streams": to servers elsewhere; start, stop, list, retrieve, which are a media engine's affair."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import NO_MEDIA_ENGINE, OF_BODY, ROOM_DISABLED, invalid, missing, refusals
from app.apis.hms.job_schemas import ExternalStream, ExternalStreamPage, JobFilters
from app.apis.hms.queries import WRONG_LIMIT
from app.apis.hms.spellings import JobId, RoomId
from app.apis.hms.start_schemas import NewExternalStream
from app.domain import jobs
from app.domain.errors import ExternalStreamNotFound

router = APIRouter(route_class=HmsRoute, tags=["External streams"])

_OF_STREAM: Final = refusals(missing("External stream"))


@router.post(
    "/external-streams/room/{room_id}/start",
    summary="Start an external stream",
    responses=refusals(
        *OF_BODY,
        invalid("body", "rtmp_urls is required"),
        missing("Room"),
        ROOM_DISABLED,
        NO_MEDIA_ENGINE,
    ),
)
async def start_external_stream(
    room_id: RoomId, call: AutocommitCall, new: Annotated[NewExternalStream, Body()]
) -> ExternalStream:
    """POST /v2/external-streams/room/{room_id}/start: stream a room by RTMP, to up to five servers."""
    await jobs.begin(call.transaction, room_id)


@router.post(
    "/external-streams/room/{room_id}/stop",
    summary="Stop a room's external streams",
    responses=refusals(missing("Room"), NO_MEDIA_ENGINE),
)
async def stop_external_streams(room_id: RoomId, call: AutocommitCall) -> ExternalStreamPage:
    """POST /v2/external-streams/room/{room_id}/stop: end all streams of a room to elsewhere."""
    await jobs.control(call.transaction, room_id)


@router.get("/external-streams", summary="List external streams", responses=refusals(WRONG_LIMIT))
async def list_external_streams(filters: Annotated[JobFilters, Query()]) -> ExternalStreamPage:
    """GET /v2/external-streams: show a page of streams to elsewhere, of which there are none without a media engine."""
    return ExternalStreamPage.of([], limit=filters.limit)


@router.get("/external-streams/{id}", summary="Retrieve an external stream", responses=_OF_STREAM)
async def retrieve_external_stream(id: JobId, call: AutocommitCall) -> ExternalStream:
    """GET /v2/external-streams/{stream_id}: show one stream to elsewhere."""
    raise ExternalStreamNotFound


@router.post("/external-streams/{id}/stop", summary="Stop an external stream", responses=_OF_STREAM)
async def stop_external_stream(id: JobId, call: AutocommitCall) -> ExternalStream:
    """POST /v2/external-streams/{stream_id}/stop: end one stream to elsewhere."""
    raise ExternalStreamNotFound
