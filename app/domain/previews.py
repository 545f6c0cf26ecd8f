"""Previews: what is shown of a file without opening it. Once made they are kept, as long as there is space."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, Self
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError
from sqlalchemy.dialects.postgresql import insert

from app.domain import blobs, ids
from app.domain.blobs import Blob
from app.domain.columns import seconds
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.errors import AttachmentNotFound, BlobSwept, NotAMember, PreviewFailed
from app.domain.schema import attachment, blob, member, preview, room, stray_blob
from app.domain.specifications import Specification
from app.domain.standings import seen_by

_USED_FOR_SECONDS: Final = 3600
_EVICTED_AT_ONCE: Final = 1000
_LEAST_BYTES: Final = 4096  # what a row and a small file take
_LOCK: Final = 0x50524556  # of nothing else: "PREV"


class Preview(NamedTuple):
    """Bytes that are kept: those of the file itself, if it needed no change."""

    id: UUID
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFile:
    """A file, whether the caller may see it, and the preview of it that is kept, if there is one."""

    file: Blob
    is_member: bool
    kept: Preview | None
    used_long_ago: UUID | None

    @classmethod
    def of_row(
        cls, *, kept_id: UUID | None, kept_size: int, is_member: bool, used_long_ago: UUID | None, **file: Any
    ) -> Self:
        """Return what a row says, with nulls where no preview is kept."""
        kept = Preview(kept_id, kept_size) if kept_id else None
        return cls(file=Blob(**file), kept=kept, is_member=is_member, used_long_ago=used_long_ago)


class Conversion(NamedTuple):
    """What was made of a file: how many bytes, these, to be read once, and whether they are the file's own."""

    size: int
    pieces: AsyncIterator[bytes]
    is_unchanged: bool


class Previewer(Protocol):
    """Makes previews, for each asker in turn, by any name. Raises NotPreviewable, NoSuchPages, PreviewFailed."""

    def name(self, specification: Specification) -> str:
        """Return what a preview is kept under: what has the same name is made of the same file byte for byte."""

    async def preview(
        self, file: Blob, specification: Specification, asker: str, lost: Preview | None = None
    ) -> Preview:
        """Return the preview of a file, made and kept; who asks for one that is being made waits for that.

        It takes the place of one that is kept, but whose bytes the store has lost. Raises AttachmentNotFound if the
        file is gone by then, and StorageFailed.
        """

    def converted(
        self, pieces: AsyncIterable[bytes], specification: Specification, asker: str
    ) -> AbstractAsyncContextManager[Conversion]:
        """Return what is made of bytes that are not kept, for as long as the block runs. Raises what they raise."""

    async def probe(self) -> None:
        """Return if previews can be made just now."""


_this = attachment.c.id == sa.bindparam("attachment_id")
_blob_id = sa.bindparam("blob_id", type_=sa.Uuid)
_specification = sa.bindparam("specification", type_=sa.Text)
_now = sa.func.now()
_long_ago = preview.c.used_at < _now - seconds(sa.literal(_USED_FOR_SECONDS))
_is_of_blob = (preview.c.blob_id == blob.c.id) & (preview.c.specification == _specification)
# Null beside a blob of which none is kept.
_bytes_id = sa.case((preview.c.size.is_not(None), preview.c.id), (preview.c.id.is_not(None), blob.c.id))
_bytes_size = sa.func.coalesce(preview.c.size, blob.c.size)

_SEE = Statement(
    sa.select(
        *blobs.columns,
        member.c.user_id.is_not(None).label("is_member"),
        _bytes_id.label("kept_id"),
        _bytes_size.label("kept_size"),
        sa.case((_long_ago, preview.c.id)).label("used_long_ago"),
    )
    .select_from(
        attachment.join(blob, blob.c.id == attachment.c.blob_id)
        .join(seen_by(sa.bindparam("caller_id", type_=sa.Uuid)), room.c.id == attachment.c.room_id)
        .outerjoin(preview, _is_of_blob)
    )
    .where(_this),
    SeenFile.of_row,
)
_USE = Statement(
    sa.update(preview)
    .where(preview.c.id == sa.bindparam("id"), _long_ago)
    .values(used_at=_now)
    .returning(preview.c.id),
    value,
)
_FIND = Statement(
    sa.select(_bytes_id.label("id"), _bytes_size.label("size"))
    .select_from(blob.outerjoin(preview, _is_of_blob))
    .where(blob.c.id == _blob_id),
    Preview,
)
_kept = (
    insert(preview)
    .from_select(
        ["id", "blob_id", "specification", "size"],
        sa.select(stray_blob.c.blob_id, _blob_id, _specification, sa.bindparam("size", type_=sa.BigInteger)).where(
            stray_blob.c.blob_id == sa.bindparam("id")
        ),
    )
    .on_conflict_do_nothing()
    .returning(preview.c.id)
    .cte("kept")
)
_KEEP = Statement(
    # That nobody has given it up is seen under the lock of its row.
    sa.delete(stray_blob)
    .where(stray_blob.c.blob_id == any_of(sa.select(_kept.c.id)), ~stray_blob.c.given_up)
    .returning(stray_blob.c.blob_id),
    value,
)
_KEEP_UNCHANGED = Statement(
    insert(preview)
    .values(id=sa.bindparam("id"), blob_id=_blob_id, specification=_specification)
    .on_conflict_do_nothing()
    .returning(preview.c.id),
    value,
)
_ALONE = Statement(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK).label("is_alone")), value)
_size = sa.func.greatest(sa.func.coalesce(preview.c.size, 0), _LEAST_BYTES)
_TOTAL = Statement(sa.select(sa.cast(sa.func.coalesce(sa.func.sum(_size), 0), sa.BigInteger)), value)
_oldest = (
    sa.select(preview.c.id, preview.c.used_at, _size.label("size"))
    .order_by(preview.c.used_at)
    .limit(_EVICTED_AT_ONCE)
    .with_for_update(skip_locked=True)
    .subquery("oldest")
)
_with_older = sa.select(
    _oldest.c.id,
    (sa.func.sum(_oldest.c.size).over(order_by=(_oldest.c.used_at, _oldest.c.id)) - _oldest.c.size).label("older"),
).subquery("with_older")
_too_old = sa.select(_with_older.c.id).where(_with_older.c.older < sa.bindparam("excess", type_=sa.BigInteger))
_evicted = sa.delete(preview).where(preview.c.id == any_of(_too_old)).returning(preview.c.id).cte("evicted")
_EVICT = blobs.to_the_sweep(sa.select(_evicted.c.id))
_forgotten = sa.delete(preview).where(preview.c.id == sa.bindparam("id")).returning(preview.c.id).cte("forgotten")
_FORGET = blobs.to_the_sweep(sa.select(_forgotten.c.id))


async def see(transaction: Transaction, id: UUID, specification: str) -> SeenFile:
    """Return the file of an attachment that the caller (`caller_id`) may see, and its preview if one is kept.

    Raises AttachmentNotFound, NotAMember.
    """
    seen = await transaction.one(_SEE, AttachmentNotFound, attachment_id=id, specification=specification)
    if not seen.is_member:
        raise NotAMember
    if seen.used_long_ago:
        await transaction.find(_USE, id=seen.used_long_ago)
    return seen


async def find(transaction: Transaction, file: Blob, specification: str) -> Preview:
    """Return the preview that is kept of the file. Raises AttachmentNotFound, or PreviewFailed if it is gone."""
    found = await transaction.one(_FIND, AttachmentNotFound, blob_id=file.id, specification=specification)
    if not found.id:
        raise PreviewFailed
    return found


async def keep(transaction: Transaction, id: UUID, file: Blob, specification: str, size: int) -> None:
    """Take bytes that have arrived (`strays.expect`) for the preview of a file; needs a transaction.

    Raises AttachmentNotFound if the file is gone; BlobSwept if the bytes are, or another process has kept its own.
    """
    try:
        await transaction.one(_KEEP, BlobSwept, id=id, blob_id=file.id, specification=specification, size=size)
    except ForeignKeyViolationError:
        raise AttachmentNotFound from None


async def keep_unchanged(transaction: Transaction, file: Blob, specification: str) -> None:
    """Remember that a file is its own preview. Raises AttachmentNotFound if it is gone."""
    try:
        await transaction.find(_KEEP_UNCHANGED, id=ids.new_id(), blob_id=file.id, specification=specification)
    except ForeignKeyViolationError:
        raise AttachmentNotFound from None


async def forget(transaction: Transaction, id: UUID) -> None:
    """Leave a preview that is kept to the sweep."""
    await transaction.find(_FORGET, id=id)


async def evict(transaction: Transaction, most_bytes: int) -> int:
    """Leave previews to the sweep, those first that were used least recently, until the rest has space.

    Return how many: they are some at a time, 0 when enough is done. Needs a transaction: one process does it at a time.
    """
    if not await transaction.one(_ALONE):
        return 0
    excess = await transaction.one(_TOTAL) - most_bytes
    return len(await transaction.all(_EVICT, excess=excess)) if excess > 0 else 0
