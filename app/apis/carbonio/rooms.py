"""Section "Rooms" but members, pictures and files: list, insert, get, update, delete, mute, clear, ranks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import BeforeValidator

from app.apis.carbonio import documents
from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import ClearedDate, NewRoom, Room, RoomChanges, RoomRank
from app.apis.carbonio.spellings import Extra, PathRoomId, PathWorkspaceId, present
from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.routes import JsonText, Sweeping
from app.domain import ranks, room_settings, rooms

router = APIRouter(route_class=ChatsRoute, tags=["Rooms"])


@router.get("/rooms", summary="listRoom", response_model=list[Room], responses=refusals(400))
async def list_rooms(
    call: AutocommitCall,
    extra_fields: Annotated[
        Sequence[Extra], BeforeValidator(present), Query(alias="extraFields", description="What each room has besides.")
    ] = (),
) -> JsonText:
    """GET /rooms: show every room of the caller: workspaces by his rank, with their channels, then the newest first."""
    statement = documents.rooms_of_caller(
        with_members="members" in extra_fields, with_settings="settings" in extra_fields
    )
    return JsonText(await call.transaction.one(statement))


@router.post(
    "/rooms", summary="insertRoom", status_code=201, response_model=Room, responses=refusals(400, 403, 409, 413)
)
async def insert_room(call: TransactionCall, new: Annotated[NewRoom, Body()]) -> JsonText:
    """POST /rooms: create a room; the caller is an owner of it.

    For a group or a workspace two are named at least, of whom the caller may be one; for a one-to-one just the other;
    for a temporary room none, or two at least. A channel is made in the workspace `parentId`, and has its members.
    """
    if new.type == "channel":
        id = await rooms.create_channel(
            call.transaction, new.workspace_id, caller_id=call.caller_id, name=new.name, description=new.description
        )
    else:
        id = await rooms.create(
            call.transaction,
            new.type,
            new.others,
            caller_id=call.caller_id,
            name=new.name,
            description=new.description,
            most_members=call.settings.chats.max_group_members,
        )
    return JsonText(await documents.document(call.transaction, documents.ROOM, id), 201)


@router.get("/rooms/{roomId}", summary="getRoom", response_model=Room, responses=refusals(403, 404))
async def get_room(room_id: PathRoomId, call: AutocommitCall) -> JsonText:
    """GET /rooms/{roomId}: show one room."""
    return JsonText(await documents.document(call.transaction, documents.ROOM, room_id))


@router.put("/rooms/{roomId}", summary="updateRoom", response_model=Room, responses=refusals(400, 403, 404, 413))
async def update_room(room_id: PathRoomId, call: TransactionCall, changes: Annotated[RoomChanges, Body()]) -> JsonText:
    """PUT /rooms/{roomId}: change name and description, and show the room."""
    await rooms.change(
        call.transaction, room_id, caller_id=call.caller_id, name=changes.name, description=changes.description
    )
    return JsonText(await documents.document(call.transaction, documents.ROOM, room_id))


@router.delete("/rooms/{roomId}", summary="deleteRoom", status_code=204, responses=refusals(403))
async def delete_room(room_id: PathRoomId, call: TransactionCall) -> Sweeping:
    """DELETE /rooms/{roomId}: delete a room with all that is in it, or one that is not there."""
    await rooms.remove(call.transaction, room_id, caller_id=call.caller_id)
    return Sweeping()


@router.put("/rooms/{roomId}/mute", summary="muteRoom", status_code=204, responses=refusals(403, 404))
async def mute_room(room_id: PathRoomId, call: TransactionCall) -> None:
    """PUT /rooms/{roomId}/mute: mute a room for the caller."""
    await room_settings.mute(call.transaction, room_id, caller_id=call.caller_id)


@router.delete("/rooms/{roomId}/mute", summary="unmuteRoom", status_code=204, responses=refusals(403, 404))
async def unmute_room(room_id: PathRoomId, call: TransactionCall) -> None:
    """DELETE /rooms/{roomId}/mute: unmute a room for the caller."""
    await room_settings.unmute(call.transaction, room_id, caller_id=call.caller_id)


@router.put("/rooms/{roomId}/clear", summary="clearRoomHistory", responses=refusals(403, 404))
async def clear_room_history(room_id: PathRoomId, call: TransactionCall) -> ClearedDate:
    """PUT /rooms/{roomId}/clear: hide from the caller what was before."""
    cleared_at = await room_settings.clear_history(call.transaction, room_id, caller_id=call.caller_id)
    return ClearedDate(cleared_at=cleared_at)


@router.put("/rooms/workspaces/rank", summary="updateWorkspacesRank", status_code=204, responses=refusals(400, 413))
async def update_workspaces_rank(call: TransactionCall, order: Annotated[list[RoomRank], Body()]) -> None:
    """PUT /rooms/workspaces/rank: order all workspaces of the caller, for him alone, from 0 or from 1."""
    await ranks.rank_workspaces(call.transaction, [each.given for each in order], caller_id=call.caller_id)


@router.put(
    "/rooms/workspaces/{workspaceId}/channels/rank",
    summary="updateChannelsRank",
    status_code=204,
    responses=refusals(400, 403, 404, 413),
)
async def update_channels_rank(
    workspace_id: PathWorkspaceId, call: TransactionCall, order: Annotated[list[RoomRank], Body()]
) -> None:
    """PUT /rooms/workspaces/{workspaceId}/channels/rank: order all channels of a workspace, from 0 or from 1."""
    await ranks.rank_channels(call.transaction, workspace_id, [each.given for each in order], caller_id=call.caller_id)
