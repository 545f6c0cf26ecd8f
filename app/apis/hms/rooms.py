"""Section "Rooms": create, list, retrieve, update; and the legacy way to disable."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import (
    LARGE_ROOM_NEEDED,
    NAME_TAKEN,
    OF_BODY,
    OF_SETTINGS,
    UNKNOWN_POLL,
    UNKNOWN_TEMPLATE,
    invalid,
    missing,
    refusals,
)
from app.apis.hms.queries import DEFAULT_LIMIT, WRONG_LIMIT, FilteredFlag, FilteredId, FilteredTime, Limit
from app.apis.hms.schemas import NewRoom, Room, RoomMembers, RoomPage
from app.apis.hms.spellings import RoomId, Text
from app.domain import conferences, configurations, polls, templates

router = APIRouter(route_class=HmsRoute, tags=["Rooms"])

_OF_ROOM: Final = (
    *OF_BODY,
    invalid("body", "description must be a string"),
    LARGE_ROOM_NEEDED,
    *OF_SETTINGS,
    UNKNOWN_POLL,
    missing("Room"),
)


@router.post("/rooms", summary="Create a room", responses=refusals(*_OF_ROOM, UNKNOWN_TEMPLATE))
async def create_room(call: TransactionCall, new: Annotated[NewRoom, Body()]) -> Room:
    """POST /v2/rooms: create a room, or change the one of this name; `active: false` disables it, and never creates."""
    deployment = await call.deployment()
    template_id = await templates.chosen(call.transaction, id=new.template_id, name=new.template)
    await polls.judge(call.transaction, new.polls)
    configuration = new.configuration(call.secret_key, template_id)
    if new.existing_name:
        room = await configurations.change_named(call.transaction, new.existing_name, configuration)
    else:
        room = await configurations.establish(
            call.transaction, new.name_or_new, configuration, limits=call.settings.vcs.limits
        )
    return Room.of(room, deployment, call.secret_key, just_set=new.recording_info)


@router.get("/rooms", summary="List rooms", responses=refusals(WRONG_LIMIT))
async def list_rooms(
    call: AutocommitCall,
    *,
    name: Text = "",
    enabled: FilteredFlag = None,
    after: FilteredTime = None,
    before: FilteredTime = None,
    template_id: FilteredId = None,
    limit: Limit = DEFAULT_LIMIT,
    start: FilteredId = None,
) -> RoomPage:
    """GET /v2/rooms: show a page of rooms, newest first; filters combine.

    `name` is matched whole, whatever the case of its letters; `after` and `before` are about the time of creation.
    `start` is the `last` of the page before. A parameter without a value counts as absent.
    """
    page = await conferences.page(
        call.transaction,
        count=limit,
        before=start,
        since=after,
        until=before,
        enabled=enabled,
        name=name or None,
        template_id=template_id,
    )
    deployment = await call.deployment()
    data = [Room.of(conference, deployment, call.secret_key) for conference in page]
    return RoomPage.of(data, limit=limit)


@router.get("/rooms/{id}", summary="Retrieve a room", responses=refusals(missing("Room")))
async def retrieve_room(id: RoomId, call: AutocommitCall) -> Room:
    """GET /v2/rooms/{room_id}: show one room."""
    return Room.of(await conferences.get(call.transaction, id), await call.deployment(), call.secret_key)


@router.post("/rooms/{id}", summary="Update a room", responses=refusals(*_OF_ROOM, NAME_TAKEN))
async def update_room(id: RoomId, call: TransactionCall, changes: Annotated[RoomMembers, Body()]) -> Room:
    """POST /v2/rooms/{room_id}: change what the body has, `enabled` too; the template cannot be changed here."""
    deployment = await call.deployment()
    await polls.judge(call.transaction, changes.polls)
    room = await configurations.change(call.transaction, id, changes.configuration(call.secret_key), name=changes.name)
    return Room.of(room, deployment, call.secret_key, just_set=changes.recording_info)
