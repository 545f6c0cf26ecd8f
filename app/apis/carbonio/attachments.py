"""Section "Attachments", and how the section "Rooms" sends and lists them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.responses import JSONResponse, Response

from app.apis.carbonio import documents
from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.downloads import RANGE, Download, downloads
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.files import FileHeader, SentFile
from app.apis.carbonio.forms import FORM_BODY, OTHER_BYTES, SentForm
from app.apis.carbonio.schemas import Attachment, AttachmentId, AttachmentsPagination, Filter
from app.apis.carbonio.spellings import DEFAULT_ITEMS, ItemsNumber, PathFileId, PathRoomId
from app.apis.carbonio.uploads import DeclaredBytes, Keep, Read, Received, Upload, arriving, judge_size, raw_body
from app.apis.dependencies import AutocommitCall, Call, TransactionCall
from app.apis.routes import JsonText, Sweeping
from app.domain import attachments
from app.domain.database import Transaction
from app.domain.messages import Message

router = APIRouter(route_class=ChatsRoute, tags=["Attachments"])


@router.get(
    "/rooms/{roomId}/attachments",
    summary="listRoomAttachmentInfo",
    response_model=AttachmentsPagination,
    responses=refusals(400, 403, 404),
)
async def list_room_attachment_info(
    room_id: PathRoomId,
    call: AutocommitCall,
    items_number: Annotated[ItemsNumber, Query(alias="itemsNumber")] = DEFAULT_ITEMS,
    after: Annotated[Filter, Query(alias="filter", description="What the page before gave.")] = None,
) -> JsonText:
    """GET /rooms/{roomId}/attachments: show a page of the room's files, newest first."""
    return JsonText(await documents.page_of_attachments(call.transaction, room_id, items_number, after))


@router.post(
    "/rooms/{roomId}/attachments",
    summary="insertAttachment",
    status_code=201,
    response_model=AttachmentId,
    responses=refusals(400, 403, 404, 408, 413, 424),
    openapi_extra=raw_body(),
)
async def insert_attachment(
    room_id: PathRoomId, call: TransactionCall, sent: Annotated[FileHeader, Header()], declared_bytes: DeclaredBytes
) -> Upload:
    """POST /rooms/{roomId}/attachments: send a file, as it is; what is said of it stands in header fields."""

    async def keep(transaction: Transaction, received: Received) -> Response:
        return await _added(call, transaction, room_id, received, sent)

    return await _upload(call, room_id, keep, arriving, declared_bytes)


@router.put(
    "/rooms/{roomId}/attachments",
    summary="insertAttachmentOfForm",
    status_code=201,
    response_model=AttachmentId,
    responses=refusals(400, 403, 404, 408, 413, 424),
    openapi_extra=FORM_BODY,
)
async def insert_attachment_of_form(
    room_id: PathRoomId, call: TransactionCall, form: SentForm, declared_bytes: DeclaredBytes
) -> Upload:
    """PUT /rooms/{roomId}/attachments: send a file in a form, as newer clients do."""

    async def keep(transaction: Transaction, received: Received) -> Response:
        return await _added(call, transaction, room_id, received, SentFile.of_form(form.fields))

    return await _upload(call, room_id, keep, form.file, declared_bytes - OTHER_BYTES)


async def _upload(call: Call, room_id: UUID, keep: Keep, read: Read, declared_bytes: int) -> Upload:
    most_bytes = call.settings.chats.max_attachment_bytes
    judge_size(declared_bytes, most_bytes)
    await attachments.judge_sender(call.transaction, room_id, caller_id=call.caller_id)
    return await Upload.begun(call, keep, read, most_bytes)


async def _added(
    call: Call, transaction: Transaction, room_id: UUID, received: Received, sent: SentFile
) -> JSONResponse:
    """Put a file into the room, and hand on the message that it comes with."""
    file = received.named(sent.file_name, sent.type)
    id = await attachments.add(transaction, room_id, file, caller_id=call.caller_id, area=sent.area or None)
    message = Message(
        room_id=room_id,
        user_id=call.caller_id,
        stanza_id=sent.message_id or None,
        reply_id=sent.reply_id or None,
        body=sent.description or None,
        attachment_id=id,
    )
    await call.resources.dispatch(transaction, [message])
    return JSONResponse({"id": str(id)}, 201)


@router.get(
    "/attachments/{fileId}",
    summary="getAttachmentInfo",
    response_model=Attachment,
    responses=refusals(403, 404),
)
async def get_attachment_info(file_id: PathFileId, call: AutocommitCall) -> JsonText:
    """GET /attachments/{fileId}: show what is known of a file."""
    return JsonText(await documents.attachment_info(call.transaction, file_id))


@router.get(
    "/attachments/{fileId}/download",
    summary="getAttachment",
    response_class=Response,
    responses=downloads(403, 404),
    openapi_extra=RANGE,
)
async def get_attachment(file_id: PathFileId, call: AutocommitCall) -> Download:
    """GET /attachments/{fileId}/download: send a file, or the part of it that `Range` asks for."""
    return Download(await attachments.read(call.transaction, file_id))


@router.delete("/attachments/{fileId}", summary="deleteAttachment", status_code=204, responses=refusals(403, 404))
async def delete_attachment(file_id: PathFileId, call: TransactionCall) -> Sweeping:
    """DELETE /attachments/{fileId}: delete a file, for who sent it and for owners of its room."""
    await attachments.remove(call.transaction, file_id, caller_id=call.caller_id)
    return Sweeping()
