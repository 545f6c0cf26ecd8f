"""Section "Members", and how the section "Rooms" adds one."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.apis.carbonio import documents
from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import Member, MemberInserted, MembersToInsert
from app.apis.carbonio.spellings import PathMemberId, PathRoomId
from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.routes import JsonText, Sweeping
from app.domain import members

router = APIRouter(route_class=ChatsRoute, tags=["Members"])


@router.get(
    "/rooms/{roomId}/members", summary="listRoomMember", response_model=list[Member], responses=refusals(403, 404)
)
async def list_room_members(room_id: PathRoomId, call: AutocommitCall) -> JsonText:
    """GET /rooms/{roomId}/members: show every member, as they joined; those of a channel are its workspace's."""
    return JsonText(await documents.document(call.transaction, documents.MEMBERS, room_id))


@router.post(
    "/rooms/{roomId}/members",
    summary="insertRoomMember",
    status_code=201,
    responses=refusals(400, 403, 404, 413),
)
async def insert_room_member(
    room_id: PathRoomId, call: TransactionCall, sent: Annotated[MembersToInsert, Body()]
) -> MemberInserted | list[MemberInserted]:
    """POST /rooms/{roomId}/members: add a user, or several at once, all or none; answered in kind."""
    several = [each.newcomer for each in (sent if isinstance(sent, list) else [sent])]
    cleared_at = await members.add(
        call.transaction,
        room_id,
        several,
        caller_id=call.caller_id,
        most_members=call.settings.chats.max_group_members,
    )
    inserted = [MemberInserted.of(newcomer, cleared_at) for newcomer in several]
    return inserted if isinstance(sent, list) else inserted[0]


@router.delete("/rooms/{roomId}/members/{userId}", summary="deleteRoomMember", status_code=204, responses=refusals(403))
async def delete_room_member(room_id: PathRoomId, user_id: PathMemberId, call: TransactionCall) -> Sweeping:
    """DELETE /rooms/{roomId}/members/{userId}: leave, or put somebody out; the room goes with its last member."""
    await members.remove(call.transaction, room_id, user_id, caller_id=call.caller_id)
    return Sweeping()


@router.put(
    "/rooms/{roomId}/members/{userId}/owner",
    summary="updateToOwner",
    status_code=204,
    responses=refusals(403, 404),
)
async def update_to_owner(room_id: PathRoomId, user_id: PathMemberId, call: TransactionCall) -> None:
    """PUT /rooms/{roomId}/members/{userId}/owner: make a member an owner."""
    await members.promote(call.transaction, room_id, user_id, caller_id=call.caller_id)


@router.delete(
    "/rooms/{roomId}/members/{userId}/owner",
    summary="deleteOwner",
    status_code=204,
    responses=refusals(403, 404),
)
async def delete_owner(room_id: PathRoomId, user_id: PathMemberId, call: TransactionCall) -> None:
    """DELETE /rooms/{roomId}/members/{userId}/owner: make an owner a plain member."""
    await members.demote(call.transaction, room_id, user_id, caller_id=call.caller_id)
