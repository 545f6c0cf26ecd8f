"""Sections "Create a room", "Fetch a room", "Fetch rooms" and "Delete a room"."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.vcs.auth import VcsRoute
from app.apis.vcs.errors import (
    OF_BODY,
    InvalidPagingToken,
    invalid,
    missing,
    no_such_room,
    out_of_range,
    refusals,
    too_long,
)
from app.apis.vcs.schemas import DEFAULT_RECORDS, ROOM_ID, NewRoom, NumberOfRecords, Room, RoomAnswer, RoomId, RoomPage
from app.domain import conferences

router = APIRouter(route_class=VcsRoute, tags=["Rooms"])

_ID: Final = "Its `RO-` may be left out."
_COUNT: Final = "How many rooms at most, from 1 to 100."
_TOKEN: Final = "The `token` of the page before."  # noqa: S105 - a text
_PAGES: Final = "page of conferences"


async def _page_before(call: AutocommitCall, token: Annotated[str, Query(description=_TOKEN)] = "") -> UUID | None:
    """Return the room behind which the page begins, or raise InvalidPagingToken."""
    if not token:
        return None
    payload = call.secret_key.signed(_PAGES, token)
    if payload is None:
        raise InvalidPagingToken(token)
    return UUID(bytes=payload)


@router.post(
    "/room",
    summary="Create a room",
    responses=refusals(
        *OF_BODY,
        too_long("name", 512),
        too_long("description", 4096),
        out_of_range("autoUpgradeParticipantCount", 2, 10_000),
        invalid("conferenceType"),
    ),
)
async def create_room(call: TransactionCall, new: Annotated[NewRoom, Body()]) -> RoomAnswer:
    """POST /api/realtime/room: open a room and show it, join token included. The body may be left out."""
    created = await conferences.create(
        call.transaction,
        name=new.name,
        description=new.description,
        type=new.conference_type,
        auto_upgrade_participant_count=new.auto_upgrade_participant_count,
        limits=call.settings.vcs.limits,
    )
    return RoomAnswer(room=Room.of(created, call.secret_key))


@router.get("/room/{id}", summary="Fetch a room", responses=refusals(no_such_room(ROOM_ID)))
async def fetch_room(id: Annotated[RoomId, Path(description=_ID)], call: AutocommitCall) -> Room:
    """GET /api/realtime/room/{id}: show one room."""
    return Room.of(await conferences.get(call.transaction, id), call.secret_key)


@router.get("/room", summary="Fetch rooms", responses=refusals(out_of_range("numberOfRecords", 1, 100)))
async def fetch_rooms(
    call: AutocommitCall,
    before: Annotated[UUID | None, Depends(_page_before)],
    count: Annotated[NumberOfRecords, Query(alias="numberOfRecords", description=_COUNT)] = DEFAULT_RECORDS,
) -> RoomPage:
    """GET /api/realtime/room: show a page of rooms, newest first."""
    page = await conferences.page(call.transaction, count=count, before=before)
    token = call.secret_key.sign(_PAGES, page[-1].id.bytes) if page else None
    return RoomPage(data=[Room.of(conference, call.secret_key) for conference in page], token=token)


@router.delete("/room", summary="Delete a room", responses=refusals(missing("id"), no_such_room(ROOM_ID)))
async def delete_room(id: Annotated[RoomId, Query(description=_ID)], call: TransactionCall) -> RoomAnswer:
    """DELETE /api/realtime/room?id=: delete a room and show it as it was."""
    return RoomAnswer(room=Room.of(await conferences.remove(call.transaction, id), call.secret_key))
