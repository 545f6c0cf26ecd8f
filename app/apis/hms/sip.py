"""Calls by telephone (SIP): trunks, calls, tones; the telephone is a media engine's affair."""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import ClientRoute, HmsRoute
from app.apis.hms.errors import NO_MEDIA_ENGINE, OF_BODY, ROOM_DISABLED, Bare, invalid, missing, refusals
from app.apis.hms.sip_schemas import Made, NewCall, NewTrunk, Nothing, Tones, TrunkChanges
from app.apis.hms.spellings import JobId
from app.domain import jobs
from app.domain.errors import MediaEngineMissing, TrunkNotFound

router = APIRouter(route_class=HmsRoute, tags=["SIP"])
of_clients = APIRouter(route_class=ClientRoute, tags=["SIP"])

_wrong: Final = partial(Bare, code=400)


@router.post(
    "/sip/outbound/trunks",
    summary="Create an outbound trunk",
    responses=refusals(
        *OF_BODY,
        invalid("body", "username must be a string"),
        _wrong(message="address is mandatory"),
        _wrong(message="from is mandatory"),
        NO_MEDIA_ENGINE,
    ),
)
async def create_trunk(call: AutocommitCall, new: Annotated[NewTrunk, Body()]) -> Made:
    """POST /v2/sip/outbound/trunks: make a way to a telephone network."""
    raise MediaEngineMissing


@router.post(
    "/sip/outbound/trunks/{id}",
    summary="Update an outbound trunk",
    responses=refusals(*OF_BODY, invalid("body", "username must be a string"), missing("Trunk")),
)
async def update_trunk(id: JobId, call: AutocommitCall, changes: Annotated[TrunkChanges, Body()]) -> Made:
    """POST /v2/sip/outbound/trunks/{trunk_id}: change what the body has."""
    raise TrunkNotFound


@router.post(
    "/sip/outbound/call",
    summary="Call somebody",
    responses=refusals(
        *OF_BODY,
        invalid("body", "name must be a string"),
        _wrong(message="to is mandatory"),
        _wrong(message="room_code is mandatory"),
        _wrong(message="trunk_id is mandatory"),
        NO_MEDIA_ENGINE,
    ),
)
async def place_call(call: AutocommitCall, new: Annotated[NewCall, Body()]) -> Made:
    """POST /v2/sip/outbound/call: call somebody by telephone into a room."""
    raise MediaEngineMissing


@of_clients.post(
    "/sip/dtmf",
    summary="Send tones",
    responses=refusals(
        *OF_BODY,
        invalid("body", "digits must be an array"),
        _wrong(message="digits are mandatory"),
        _wrong(message="invalid digit"),
        missing("Room"),
        ROOM_DISABLED,
        NO_MEDIA_ENGINE,
    ),
)
async def send_tones(call: AutocommitCall, tones: Annotated[Tones, Body()]) -> Nothing:
    """POST /v2/sip/dtmf: let those who are in the caller's room by telephone hear tones.

    With a client's token, not a backend's.
    """
    await jobs.begin(call.transaction, call.caller_id)
