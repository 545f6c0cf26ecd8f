"""Section "Stream keys": create, list, disable. What they are for needs a media engine."""

from typing import Final

from fastapi import APIRouter

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import ROOM_DISABLED, STREAM_KEY_EXISTS, missing, refusals
from app.apis.hms.queries import DEFAULT_LIMIT, WRONG_LIMIT, FilteredId, Limit
from app.apis.hms.session_schemas import Done
from app.apis.hms.spellings import RoomId
from app.apis.hms.stream_key_schemas import StreamKey, StreamKeyPage
from app.domain import stream_keys

router = APIRouter(route_class=HmsRoute, tags=["Stream keys"])

_OF_ROOM: Final = (missing("Room"), ROOM_DISABLED)


@router.post(
    "/stream-keys/room/{room_id}", summary="Create a stream key", responses=refusals(*_OF_ROOM, STREAM_KEY_EXISTS)
)
async def create_stream_key(room_id: RoomId, call: AutocommitCall) -> StreamKey:
    """POST /v2/stream-keys/room/{room_id}: make a key for a room that has none which is enabled."""
    key = await stream_keys.create(call.transaction, room_id, call.secret_key)
    return StreamKey.of(key, await call.deployment(), call.secret_key)


@router.get(
    "/stream-keys/room/{room_id}",
    summary="List stream keys",
    responses=refusals(WRONG_LIMIT, missing("Room")),
)
async def list_stream_keys(
    room_id: RoomId, call: AutocommitCall, *, limit: Limit = DEFAULT_LIMIT, start: FilteredId = None
) -> StreamKeyPage:
    """GET /v2/stream-keys/room/{room_id}: show a page of a room's keys, newest first.

    `start` is the `last` of the page before. A parameter without a value counts as absent.
    """
    page = await stream_keys.page(call.transaction, room_id, count=limit, before=start)
    deployment = await call.deployment()
    return StreamKeyPage.of([StreamKey.of(key, deployment, call.secret_key) for key in page], limit=limit)


@router.post(
    "/stream-keys/room/{room_id}/disable",
    summary="Disable a stream key",
    responses=refusals(*_OF_ROOM, missing("Stream key")),
)
async def disable_stream_key(room_id: RoomId, call: AutocommitCall) -> Done:
    """POST /v2/stream-keys/room/{room_id}/disable: disable the key of a room, for good; then another can be made."""
    await stream_keys.disable(call.transaction, room_id)
    return Done(message="key disabled successfully")
