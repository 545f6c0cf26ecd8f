"""The legacy call that records a room, or streams it by RTMP: one operation that says what it is to do."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.beam_schemas import BEAM_ERRORS, NOTHING_RUNS, UNKNOWN_ROOM, Beam, beam_error
from app.apis.hms.errors import NO_MEDIA_ENGINE, OF_BODY, ROOM_DISABLED, RefusedWith, invalid, refusals
from app.apis.hms.session_schemas import Done
from app.domain import jobs
from app.domain.errors import ConferenceNotFound

router = APIRouter(route_class=HmsRoute, tags=["Legacy"])


@router.post(
    "/beam",
    summary="Start or stop a beam",
    responses=refusals(
        *OF_BODY,
        invalid("body", "record must be a boolean"),
        *BEAM_ERRORS,
        ROOM_DISABLED,
        NO_MEDIA_ENGINE,
    ),
)
async def operate_beam(call: AutocommitCall, beam: Annotated[Beam, Body()]) -> Done:
    """POST /v2/beam: record a room, stream it by RTMP, or both; or end that."""
    if beam.operation == "stop":
        raise RefusedWith(beam_error(NOTHING_RUNS))
    try:
        await jobs.begin(call.transaction, beam.room_id)
    except ConferenceNotFound:
        raise RefusedWith(beam_error(UNKNOWN_ROOM)) from None
