"""Section "Room codes": create, list, enable and disable."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import (
    OF_BODY,
    ROLE_GONE,
    ROOM_DISABLED,
    TOO_MANY_CODES,
    UNKNOWN_MEMBER,
    invalid,
    missing,
    refusals,
)
from app.apis.hms.queries import DEFAULT_LIMIT, WRONG_LIMIT, FilteredFlag, FilteredId, Limit
from app.apis.hms.room_code_schemas import RoomCode, RoomCodeChange, RoomCodePage, RoomCodes
from app.apis.hms.spellings import NamedRole, RoomId, Text
from app.domain import room_codes

router = APIRouter(route_class=HmsRoute, tags=["Room codes"])

_OF_ROOM: Final = (missing("Room"), ROOM_DISABLED)


@router.post("/room-codes/room/{room_id}", summary="Create room codes", responses=refusals(*_OF_ROOM, TOO_MANY_CODES))
async def create_room_codes(room_id: RoomId, call: TransactionCall) -> RoomCodes:
    """POST /v2/room-codes/room/{room_id}: show a code for every role of the room's template, its oldest.

    Made anew for a role that has none. Codes of roles that the template does not have any more are disabled.
    """
    codes = await room_codes.create_all(call.transaction, room_id)
    return RoomCodes(data=[RoomCode.of(code) for code in codes])


@router.post(
    "/room-codes/room/{room_id}/role/{role}",
    summary="Create a room code",
    responses=refusals(*_OF_ROOM, missing("Role"), TOO_MANY_CODES),
)
async def create_room_code(room_id: RoomId, role: NamedRole, call: TransactionCall) -> RoomCode:
    """POST /v2/room-codes/room/{room_id}/role/{role}: make a code for a role, which may have others."""
    return RoomCode.of(await room_codes.create(call.transaction, room_id, role))


@router.get(
    "/room-codes/room/{room_id}",
    summary="List room codes",
    responses=refusals(WRONG_LIMIT, *_OF_ROOM, missing("Role")),
)
async def list_room_codes(
    room_id: RoomId,
    call: AutocommitCall,
    *,
    role: Text = "",
    enabled: FilteredFlag = None,
    limit: Limit = DEFAULT_LIMIT,
    start: FilteredId = None,
) -> RoomCodePage:
    """GET /v2/room-codes/room/{room_id}: show a page of a room's codes, newest first; filters combine.

    `start` is the `last` of the page before. A parameter without a value counts as absent.
    """
    page = await room_codes.page(
        call.transaction, room_id, count=limit, before=start, role=role or None, enabled=enabled
    )
    return RoomCodePage.of([RoomCode.of(code) for code in page], limit=limit)


@router.post(
    "/room-codes/code",
    summary="Enable or disable a room code",
    responses=refusals(
        *OF_BODY, invalid("body", "enabled must be a boolean"), UNKNOWN_MEMBER, missing("Room code"), ROLE_GONE
    ),
)
async def update_room_code(call: AutocommitCall, change: Annotated[RoomCodeChange, Body()]) -> RoomCode:
    """POST /v2/room-codes/code: have a code open its room, or not; that of a role that is gone can be disabled only."""
    return RoomCode.of(await room_codes.set_enabled(call.transaction, change.code, enabled=change.enabled))
