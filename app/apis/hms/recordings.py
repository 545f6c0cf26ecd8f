"""Section "Recordings": start, stop, pause, resume, list, retrieve; what is recorded is a media engine's affair."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import NO_MEDIA_ENGINE, OF_BODY, ROOM_DISABLED, invalid, missing, refusals
from app.apis.hms.job_schemas import JobFilters, Recording, RecordingPage
from app.apis.hms.queries import WRONG_LIMIT
from app.apis.hms.spellings import JobId, RoomId
from app.apis.hms.start_schemas import NewRecording
from app.domain import jobs
from app.domain.errors import RecordingNotFound

router = APIRouter(route_class=HmsRoute, tags=["Recordings"])

_OF_ROOM: Final = refusals(missing("Room"), NO_MEDIA_ENGINE)
_OF_RECORDING: Final = refusals(missing("Recording"))


@router.post(
    "/recordings/room/{room_id}/start",
    summary="Start a recording",
    responses=refusals(
        *OF_BODY,
        invalid("body", "audio_only must be a boolean"),
        missing("Room"),
        ROOM_DISABLED,
        NO_MEDIA_ENGINE,
    ),
)
async def start_recording(room_id: RoomId, call: AutocommitCall, new: Annotated[NewRecording, Body()]) -> Recording:
    """POST /v2/recordings/room/{room_id}/start: record a room."""
    await jobs.begin(call.transaction, room_id)


@router.post("/recordings/room/{room_id}/stop", summary="Stop a room's recordings", responses=_OF_ROOM)
async def stop_recordings(room_id: RoomId, call: AutocommitCall) -> RecordingPage:
    """POST /v2/recordings/room/{room_id}/stop: end all recordings of a room."""
    await jobs.control(call.transaction, room_id)


@router.post("/recordings/room/{room_id}/pause", summary="Pause a room's recording", responses=_OF_ROOM)
async def pause_recording(room_id: RoomId, call: AutocommitCall) -> Recording:
    """POST /v2/recordings/room/{room_id}/pause: let the recording of a room leave out what comes now."""
    await jobs.control(call.transaction, room_id)


@router.post("/recordings/room/{room_id}/resume", summary="Resume a room's recording", responses=_OF_ROOM)
async def resume_recording(room_id: RoomId, call: AutocommitCall) -> Recording:
    """POST /v2/recordings/room/{room_id}/resume: go on with a recording that is paused."""
    await jobs.control(call.transaction, room_id)


@router.get("/recordings", summary="List recordings", responses=refusals(WRONG_LIMIT))
async def list_recordings(filters: Annotated[JobFilters, Query()]) -> RecordingPage:
    """GET /v2/recordings: show a page of recordings, of which there are none without a media engine."""
    return RecordingPage.of([], limit=filters.limit)


@router.get("/recordings/{id}", summary="Retrieve a recording", responses=_OF_RECORDING)
async def retrieve_recording(id: JobId, call: AutocommitCall) -> Recording:
    """GET /v2/recordings/{recording_id}: show one recording, with the files that it has left."""
    raise RecordingNotFound


@router.post("/recordings/{id}/stop", summary="Stop a recording", responses=_OF_RECORDING)
async def stop_recording(id: JobId, call: AutocommitCall) -> Recording:
    """POST /v2/recordings/{recording_id}/stop: end one recording."""
    raise RecordingNotFound
