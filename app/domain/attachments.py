"""Attachments: files in rooms. They belong to the room, and stay when who sent them goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError

from app.domain import blobs, ids, standings
from app.domain.blobs import Blob, SeenBlob
from app.domain.database import Statement, Transaction, value
from app.domain.errors import AttachmentNotFound, NoPlaceForFiles, NotAMember, NotTheSender
from app.domain.schema import attachment, blob, member, room
from app.domain.standings import Standing, seen_by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """Where an attachment is, and who sent it."""

    room_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What a copy of an attachment has of it, and whether the caller may read it."""

    id: UUID
    blob_id: UUID
    area: str | None
    is_member: bool


_this = attachment.c.id == sa.bindparam("attachment_id")
_ids = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_caller_id = sa.bindparam("caller_id", type_=sa.Uuid)
_rooms = seen_by(_caller_id)
_is_member = member.c.user_id.is_not(None).label("is_member")
_new = {name: sa.bindparam(name, type_=attachment.c[name].type) for name in ("id", "room_id", "user_id")}

_ADD = Statement(
    sa.insert(attachment)
    .values(**_new, blob_id=sa.bindparam("blob_id"), area=sa.bindparam("area"))
    .returning(attachment.c.id),
    value,
)
_READ = Statement(
    sa.select(_is_member, *blobs.columns)
    .select_from(
        attachment.join(blob, blob.c.id == attachment.c.blob_id).join(_rooms, room.c.id == attachment.c.room_id)
    )
    .where(_this),
    SeenBlob.of_row,
)
_SENT = Statement(sa.select(attachment.c.room_id, attachment.c.user_id).where(_this), _Sent)
_REMOVE = Statement(sa.delete(attachment).where(_this).returning(attachment.c.blob_id), value)
_CLEAR = Statement(
    sa.delete(attachment).where(attachment.c.room_id == sa.any_(_ids)).returning(attachment.c.blob_id), value
)
_copied = ("id", "blob_id", "area")
_SOURCES = Statement(
    sa.select(*(attachment.c[name] for name in _copied), _is_member)
    .select_from(attachment.join(_rooms, room.c.id == attachment.c.room_id))
    .where(attachment.c.id == sa.any_(_ids)),
    _Source,
)
_copy = (
    sa.func.unnest(*(sa.bindparam(name, type_=sa.ARRAY(attachment.c[name].type)) for name in _copied))
    .table_valued(*(sa.column(name, attachment.c[name].type) for name in _copied))
    .render_derived("copy")
)
_COPY = Statement(
    sa.insert(attachment)
    .from_select(
        [*_copied, "room_id", "user_id"],
        # In the order in which `blobs.free` locks them.
        sa.select(*_copy.c, _new["room_id"], _new["user_id"]).order_by(_copy.c.blob_id),
    )
    .returning(attachment.c.id),
    value,
)


async def judge_sender(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Return if the caller may send a file to the room just now.

    Raises RoomNotFound, NotAMember, NoPlaceForFiles.
    """
    _judge(await standings.get(transaction, room_id, caller_id))


def _judge(standing: Standing) -> None:
    if standing.as_member().type in ("workspace", "channel"):
        raise NoPlaceForFiles


async def add(transaction: Transaction, room_id: UUID, file: Blob, *, caller_id: UUID, area: str | None) -> UUID:
    """Put a file that has arrived into the room, and return the attachment's id; needs a transaction.

    Raises what `judge_sender` does, and BlobSwept.
    """
    _judge(await standings.held(transaction, room_id, caller_id))
    await blobs.keep(transaction, file)
    return await transaction.one(_ADD, id=ids.new_id(), room_id=room_id, user_id=caller_id, blob_id=file.id, area=area)


async def read(transaction: Transaction, id: UUID) -> Blob:
    """Return the file that the caller (`caller_id`) wants to read. Raises AttachmentNotFound, NotAMember."""
    file = (await transaction.one(_READ, AttachmentNotFound, attachment_id=id)).as_member()
    assert file, "an attachment without a file cannot be"
    return file


async def copy(transaction: Transaction, source_ids: Sequence[UUID], room_id: UUID, *, caller_id: UUID) -> list[UUID]:
    """Put files of rooms that the caller is in into this one too, and return the new attachments' ids, in their order.

    The bytes are shared. Raises AttachmentNotFound, NotAMember.
    """
    if not source_ids:
        return []
    found = {source.id: source for source in await transaction.all(_SOURCES, ids=list(source_ids), caller_id=caller_id)}
    if not found.keys() >= set(source_ids):
        raise AttachmentNotFound
    if not all(source.is_member for source in found.values()):
        raise NotAMember
    sources = [found[id] for id in source_ids]
    new_ids = [ids.new_id() for _ in sources]
    blob_ids, areas = [source.blob_id for source in sources], [source.area for source in sources]
    try:
        await transaction.all(_COPY, id=new_ids, blob_id=blob_ids, area=areas, room_id=room_id, user_id=caller_id)
    except ForeignKeyViolationError:  # freed just now, together with its bytes
        raise AttachmentNotFound from None
    return new_ids


async def remove(transaction: Transaction, id: UUID, *, caller_id: UUID) -> None:
    """Delete an attachment, for who sent it or an owner of its room; needs a transaction.

    Raises AttachmentNotFound, NotAMember, NotTheSender.
    """
    sent = await transaction.one(_SENT, AttachmentNotFound, attachment_id=id)
    standing = (await standings.get(transaction, sent.room_id, caller_id)).as_member()
    if caller_id != sent.user_id and not standing.is_owner:
        raise NotTheSender
    freed = await transaction.one(_REMOVE, AttachmentNotFound, attachment_id=id)
    await blobs.free(transaction, [freed])


async def clear(transaction: Transaction, room_ids: Sequence[UUID]) -> list[UUID]:
    """Delete every attachment of these rooms, which are locked against new ones; return the blobs, for `free`."""
    return await transaction.all(_CLEAR, ids=list(room_ids))
