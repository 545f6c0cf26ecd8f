"""Pictures, of the sections "Rooms" and "Users" (section 6)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.downloads import RANGE, Download, downloads
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.files import PictureHeader
from app.apis.carbonio.spellings import PathRoomId, PathUserId
from app.apis.carbonio.uploads import DeclaredBytes, Received, Upload, arriving, judge_size, raw_body
from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.routes import Sweeping
from app.domain import pictures
from app.domain.blobs import Blob
from app.domain.database import Transaction
from app.domain.errors import NotAPicture

router = APIRouter(route_class=ChatsRoute)


async def _own(user_id: PathUserId, call: TransactionCall) -> UUID:
    """Judge whose picture it is before FastAPI looks at what is said of it. Raises NotOneself."""
    pictures.judge_user(user_id, caller_id=call.caller_id)
    return user_id


_OwnId = Annotated[UUID, Depends(_own)]


@router.get(
    "/rooms/{roomId}/picture",
    summary="getRoomPicture",
    tags=["Rooms"],
    response_class=Response,
    responses=downloads(403, 404),
    openapi_extra=RANGE,
)
async def get_room_picture(room_id: PathRoomId, call: AutocommitCall) -> Download:
    """GET /rooms/{roomId}/picture: send the picture of a room."""
    return Download(await pictures.read_of_room(call.transaction, room_id))


@router.put(
    "/rooms/{roomId}/picture",
    summary="updateRoomPicture",
    status_code=204,
    tags=["Rooms"],
    responses=refusals(400, 403, 404, 408, 424),
    openapi_extra=raw_body(least_bytes=1),
)
async def update_room_picture(
    room_id: PathRoomId, call: TransactionCall, sent: Annotated[PictureHeader, Header()], declared_bytes: DeclaredBytes
) -> Upload:
    """PUT /rooms/{roomId}/picture: set the picture of a group."""
    most_bytes = call.settings.chats.max_room_image_size_in_kb * 1024
    judge_size(declared_bytes, most_bytes)
    await pictures.judge_room(call.transaction, room_id, caller_id=call.caller_id)

    async def keep(transaction: Transaction, received: Received) -> Response:
        await pictures.set_of_room(transaction, room_id, _picture(received, sent), caller_id=call.caller_id)
        return Sweeping()

    return await Upload.begun(call, keep, arriving, most_bytes)


@router.delete(
    "/rooms/{roomId}/picture",
    summary="deleteRoomPicture",
    status_code=204,
    tags=["Rooms"],
    responses=refusals(403, 404),
)
async def delete_room_picture(room_id: PathRoomId, call: TransactionCall) -> Sweeping:
    """DELETE /rooms/{roomId}/picture: take away the picture of a room."""
    await pictures.remove_of_room(call.transaction, room_id, caller_id=call.caller_id)
    return Sweeping()


@router.get(
    "/users/{userId}/picture",
    summary="getUserPicture",
    tags=["Users"],
    response_class=Response,
    responses=downloads(404),
    openapi_extra=RANGE,
)
async def get_user_picture(user_id: PathUserId, call: AutocommitCall) -> Download:
    """GET /users/{userId}/picture: send the picture of a user."""
    return Download(await pictures.read_of_user(call.transaction, user_id))


@router.put(
    "/users/{userId}/picture",
    summary="updateUserPicture",
    status_code=204,
    tags=["Users"],
    responses=refusals(400, 403, 404, 408, 424),
    openapi_extra=raw_body(least_bytes=1),
)
async def update_user_picture(
    user_id: _OwnId, call: TransactionCall, sent: Annotated[PictureHeader, Header()], declared_bytes: DeclaredBytes
) -> Upload:
    """PUT /users/{userId}/picture: set the caller's own picture."""
    most_bytes = call.settings.chats.max_user_image_size_in_kb * 1024
    judge_size(declared_bytes, most_bytes)

    async def keep(transaction: Transaction, received: Received) -> Response:
        await pictures.set_of_user(transaction, user_id, _picture(received, sent))
        return Sweeping()

    return await Upload.begun(call, keep, arriving, most_bytes)


@router.delete(
    "/users/{userId}/picture",
    summary="deleteUserPicture",
    status_code=204,
    tags=["Users"],
    responses=refusals(403, 404),
)
async def delete_user_picture(user_id: PathUserId, call: TransactionCall) -> Sweeping:
    """DELETE /users/{userId}/picture: take away the caller's own picture."""
    await pictures.remove_of_user(call.transaction, user_id, caller_id=call.caller_id)
    return Sweeping()


def _picture(received: Received, sent: PictureHeader) -> Blob:
    if not received.size:
        raise NotAPicture
    return received.named(sent.file_name, sent.mime_type)
