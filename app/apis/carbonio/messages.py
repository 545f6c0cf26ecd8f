"""Messages that are forwarded, of the section "Rooms" (section 8)."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from app.apis.carbonio import stanzas
from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import Forwarded
from app.apis.carbonio.spellings import PathRoomId
from app.apis.carbonio.stanzas import Stanza
from app.apis.dependencies import Call, TransactionCall
from app.domain import attachments, standings
from app.domain.messages import Message

router = APIRouter(route_class=ChatsRoute, tags=["Rooms"])


@router.post(
    "/rooms/{roomId}/forward", summary="forwardMessages", status_code=204, responses=refusals(400, 403, 404, 413)
)
async def forward_messages(room_id: PathRoomId, call: TransactionCall, sent: Annotated[Forwarded, Body()]) -> None:
    """POST /rooms/{roomId}/forward: say messages again in this room, with copies of their files; all, or none."""
    # In a thread, since a megabyte of tags takes a while; and before anybody could wait for us.
    read = await asyncio.to_thread(lambda: [stanzas.read(message.original_message) for message in sent])
    (await standings.held(call.transaction, room_id, call.caller_id)).as_member()
    copies = await _copies(call, room_id, read)
    messages = [
        Message(
            room_id=room_id,
            user_id=call.caller_id,
            body=message.description,
            attachment_id=copy,
            original=stanza.text,
            original_sent_at=message.original_message_sent_at,
            forward_count=stanza.forward_count,
        )
        for message, stanza, copy in zip(sent, read, copies, strict=True)
    ]
    await call.resources.dispatch(call.transaction, messages)


async def _copies(call: Call, room_id: UUID, read: Sequence[Stanza]) -> list[UUID | None]:
    """Copy the files that the stanzas bring, and return the copy of each."""
    sources = [stanza.attachment_id for stanza in read if stanza.attachment_id]
    copied = iter(await attachments.copy(call.transaction, sources, room_id, caller_id=call.caller_id))
    return [next(copied) if stanza.attachment_id else None for stanza in read]
