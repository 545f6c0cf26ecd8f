"""Blobs: bytes that were sent, with the name and type that their sender gave them. Under an id they never change."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain.database import Statement, Transaction, any_of, finds_none, value
from app.domain.errors import BlobSwept, NotAMember
from app.domain.schema import attachment, blob, preview, room, stray_blob, user_account


class BlobStore(Protocol):
    """Where the bytes are. Whatever fails in it is StorageFailed."""

    async def write(self, id: UUID, pieces: AsyncIterable[bytes]) -> None:
        """Keep what the pieces are together, whole or not at all; when it returns, it outlives a loss of power.

        What the pieces raise is raised.
        """

    def read(self, id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to, but not including, `end`; StorageFailed also when they are not there."""

    async def delete(self, ids: Sequence[UUID]) -> None:
        """Delete these, and what the store shows of half a write; absent is fine.

        What cannot be deleted keeps no other from it.
        """

    def ids(self) -> AsyncIterator[UUID]:
        """Yield the id of everything that is kept, and of what the store shows of half a write."""

    async def probe(self) -> None:
        """Return if the store does what it is asked, as far as can be seen without leaving something in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """What is known of some bytes."""

    id: UUID
    name: str
    mime_type: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBlob:
    """What somebody sees of a blob that is in a room: whether he is a member of it, and the blob, if there is one."""

    is_member: bool
    blob: Blob | None

    @classmethod
    def of_row(cls, *, is_member: bool, id: UUID | None, **others: Any) -> Self:
        """Return what a row says that has `columns`, or nulls, and `is_member`."""
        return cls(is_member=is_member, blob=Blob(id=id, **others) if id else None)

    def as_member(self) -> Blob | None:
        """Return the blob, or raise NotAMember."""
        if not self.is_member:
            raise NotAMember
        return self.blob


columns: Final = (blob.c.id, blob.c.name, blob.c.mime_type, blob.c.size, blob.c.sha256)


def to_the_sweep(ids: sa.Select[Any]) -> Statement[UUID]:
    """Return the statement that puts these ids on the sweep's list, due now; some may be on it already, due later."""
    return Statement(
        insert(stray_blob)
        .from_select(["blob_id", "due_at"], ids.add_columns(sa.func.now()))
        .on_conflict_do_update(index_elements=[stray_blob.c.blob_id], set_={"due_at": sa.func.now()})
        .returning(stray_blob.c.blob_id),
        value,
    )


_ids = sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
_arrived = (
    sa.delete(stray_blob)
    .where(stray_blob.c.blob_id == sa.bindparam("id"), ~stray_blob.c.given_up)
    .returning(stray_blob.c.blob_id)
    .cte("arrived")
)
_KEEP = Statement(
    sa.insert(blob)
    .from_select(
        ["id", "name", "mime_type", "size", "sha256"],
        sa.select(_arrived.c.blob_id, *(sa.bindparam(column.name, type_=column.type) for column in columns[1:])),
    )
    .returning(blob.c.id),
    value,
)
_LOCK = Statement(sa.select(blob.c.id).where(blob.c.id == _ids).order_by(blob.c.id).with_for_update(), value)
_named_by = (attachment.c.blob_id, room.c.picture_blob_id, user_account.c.picture_blob_id)
_dead = (
    sa.delete(blob)
    .where(
        blob.c.id == _ids,
        *(finds_none(sa.select(named).where(named == blob.c.id)) for named in _named_by),
    )
    .returning(blob.c.id)
    .cte("dead")
)
# By themselves, not by their foreign key: their rows are locked before they are on the list, as eviction does it.
_previews = (
    sa.delete(preview).where(preview.c.blob_id == any_of(sa.select(_dead.c.id))).returning(preview.c.id).cte("previews")
)
_left = sa.union_all(sa.select(_dead.c.id), sa.select(_previews.c.id)).subquery("left_over")
_FREE = to_the_sweep(sa.select(_left.c.id))  # that they have arrived may have been doubted: then they are there already


async def keep(transaction: Transaction, arrived: Blob) -> None:
    """Take bytes that have arrived (`strays.expect`) off the sweep's list, for whoever names them in this transaction.

    Raises BlobSwept.
    """
    given = {column.name: getattr(arrived, column.name) for column in columns}
    await transaction.one(_KEEP, BlobSwept, **given)


async def free(transaction: Transaction, ids: Sequence[UUID]) -> None:
    """Leave to the sweep those of these bytes that nobody names any more, with their previews.

    Rows that named them are deleted before.
    """
    # Not in one statement: of two that free the same bytes at once, each would see the row that the other deletes.
    await transaction.all(_LOCK, ids=ids)
    await transaction.all(_FREE, ids=ids)
