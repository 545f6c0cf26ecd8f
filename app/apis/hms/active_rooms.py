"""Section "Active rooms": who is in a room just now, and what is done with them."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import OF_BODY, invalid, missing, refusals
from app.apis.hms.queries import FilteredUserId
from app.apis.hms.session_schemas import (
    ActiveRoom,
    Done,
    Ending,
    NewMessage,
    Peer,
    PeerChanges,
    Peers,
    PeerWithTracks,
    Removal,
)
from app.apis.hms.spellings import PeerId, RoomId, Text
from app.domain import moderation, sessions

router = APIRouter(route_class=HmsRoute, tags=["Active rooms"])

_OF_ROOM: Final = (missing("Room"), missing("Session"))
_OF_PEER: Final = (*_OF_ROOM, missing("Peer"))


@router.get("/active-rooms/{room_id}", summary="Retrieve an active room", responses=refusals(*_OF_ROOM))
async def retrieve_active_room(room_id: RoomId, call: AutocommitCall) -> ActiveRoom:
    """GET /v2/active-rooms/{room_id}: show the session that runs in a room."""
    return ActiveRoom.of(await sessions.active(call.transaction, room_id), await call.deployment())


@router.get(
    "/active-rooms/{room_id}/peers",
    summary="List peers",
    responses=refusals(invalid("query", "role must not contain NUL"), *_OF_ROOM),
)
async def list_peers(
    room_id: RoomId, call: AutocommitCall, *, user_id: FilteredUserId = None, role: Text = ""
) -> Peers:
    """GET /v2/active-rooms/{room_id}/peers: show who is in a room: this user, in this role."""
    active = await sessions.active(call.transaction, room_id, user_id=user_id, role=role or None)
    return Peers(peers={str(peer.id): Peer.of(peer) for peer in active.session.peers})


@router.get("/active-rooms/{room_id}/peers/{peer_id}", summary="Retrieve a peer", responses=refusals(*_OF_PEER))
async def retrieve_peer(room_id: RoomId, peer_id: PeerId, call: AutocommitCall) -> PeerWithTracks:
    """GET /v2/active-rooms/{room_id}/peers/{peer_id}: show somebody who is in a room."""
    return PeerWithTracks.of(await sessions.get_peer(call.transaction, room_id, peer_id))


@router.post(
    "/active-rooms/{room_id}/peers/{peer_id}",
    summary="Update a peer",
    responses=refusals(*OF_BODY, invalid("body", "name must be a string"), *_OF_PEER, missing("Role")),
)
async def update_peer(
    room_id: RoomId, peer_id: PeerId, call: AutocommitCall, changes: Annotated[PeerChanges, Body()]
) -> PeerWithTracks:
    """POST /v2/active-rooms/{room_id}/peers/{peer_id}: change name, role or metadata of somebody who is in a room."""
    return PeerWithTracks.of(
        await sessions.change_peer(
            call.transaction, room_id, peer_id, name=changes.name, role=changes.role, metadata=changes.metadata
        )
    )


@router.post(
    "/active-rooms/{room_id}/send-message",
    summary="Send a message",
    responses=refusals(*OF_BODY, invalid("body", "message is required"), *_OF_PEER),
)
async def send_message(room_id: RoomId, call: TransactionCall, new: Annotated[NewMessage, Body()]) -> Done:
    """POST /v2/active-rooms/{room_id}/send-message: tell those who are in a room something, by their websockets."""
    await sessions.tell(
        call.transaction,
        room_id,
        new.message,
        message_type=new.type or "chat",
        peer_id=new.peer_id or new.peer_id_of_sdk,
        role=new.role or None,
    )
    return Done(message="message sent")


@router.post(
    "/active-rooms/{room_id}/remove-peers",
    summary="Remove peers",
    responses=refusals(*OF_BODY, invalid("body", "peer_id or role is required"), *_OF_PEER),
)
async def remove_peers(room_id: RoomId, call: TransactionCall, removal: Annotated[Removal, Body()]) -> Done:
    """POST /v2/active-rooms/{room_id}/remove-peers: put somebody out of a room; he can join again."""
    await moderation.put_out(
        call.transaction,
        room_id,
        peer_id=removal.peer_id,
        role=removal.role or None,
        message=removal.reason or None,
    )
    return Done(message="peer remove request submitted")


@router.post(
    "/active-rooms/{room_id}/end-room",
    summary="End a room's session",
    responses=refusals(*OF_BODY, invalid("body", "lock must be a boolean"), *_OF_ROOM),
)
async def end_room(room_id: RoomId, call: TransactionCall, ending: Annotated[Ending, Body()]) -> Done:
    """POST /v2/active-rooms/{room_id}/end-room: put everybody out of a room, and disable it if it is to be locked."""
    await moderation.end_session(call.transaction, room_id, lock=bool(ending.lock), message=ending.reason or None)
    return Done(message="session is ending")
