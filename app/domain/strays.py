"""Strays: bytes in the store that nobody will own once they are due. The list is what the sweep goes by.

Bytes that are still arriving are on it, and so are those that nobody names any more; a crash at any moment leaves them
there. So the store need not be searched, but after a restore from a backup, which knows nothing of what came later.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.blobs import BlobStore
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.schema import blob, seconds, stray_blob

LEASE_SECONDS: Final = 120
"""So long bytes may arrive, or a claim may last, until it is said again."""

_AT_ONCE: Final = 100
_LISTED_AT_ONCE: Final = 1000
_SETTLED: Final = timedelta(days=1)  # by then whatever was arriving has arrived, or is on the list

_later = sa.func.now() + seconds(sa.literal(LEASE_SECONDS))
_this = stray_blob.c.blob_id == sa.bindparam("id")
_given = (
    sa.func.unnest(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
    .table_valued(sa.column("id", sa.Uuid))
    .render_derived("given")
)

_EXPECT = Statement(
    sa.insert(stray_blob).values(blob_id=sa.bindparam("id"), due_at=_later).returning(stray_blob.c.blob_id), value
)
_POSTPONE = Statement(
    sa.update(stray_blob).where(_this, ~stray_blob.c.given_up).values(due_at=_later).returning(stray_blob.c.blob_id),
    value,
)
_HASTEN = Statement(
    sa.update(stray_blob).where(_this).values(due_at=sa.func.now()).returning(stray_blob.c.blob_id), value
)
_due = (
    sa.select(stray_blob.c.blob_id)
    .where(stray_blob.c.due_at <= sa.func.now())
    .order_by(stray_blob.c.due_at)
    .limit(_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    sa.update(stray_blob)
    .where(stray_blob.c.blob_id == any_of(_due))
    .values(given_up=True, due_at=_later)
    .returning(stray_blob.c.blob_id),
    value,
)
_FORGET = Statement(
    sa.delete(stray_blob)
    .where(stray_blob.c.blob_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))))
    .returning(stray_blob.c.blob_id),
    value,
)
_UNOWNED = Statement(
    sa.select(_given.c.id).where(
        ~sa.exists().where(blob.c.id == _given.c.id), ~sa.exists().where(stray_blob.c.blob_id == _given.c.id)
    ),
    value,
)


async def expect(transaction: Transaction) -> UUID:
    """Return the id of bytes that are about to arrive; committed before the first of them is written."""
    return await transaction.one(_EXPECT, id=ids.new_id())


async def postpone(transaction: Transaction, id: UUID) -> None:
    """Say that bytes are still arriving."""
    await transaction.find(_POSTPONE, id=id)


async def hasten(transaction: Transaction, id: UUID) -> None:
    """Say that bytes will not arrive."""
    await transaction.find(_HASTEN, id=id)


async def claim(transaction: Transaction) -> list[UUID]:
    """Return some of those whose bytes are due, which nobody can keep any more; who claims them deletes the bytes.

    If that fails they are due again, after a while.
    """
    return await transaction.all(_CLAIM)


async def forget(transaction: Transaction, ids: Sequence[UUID]) -> None:
    """Take those off the list whose bytes are deleted."""
    await transaction.all(_FORGET, ids=ids)


async def sweep_unowned(transaction: Transaction, store: BlobStore) -> int:
    """Delete all bytes of the store that no row knows, but those of the last day, and return how many.

    Raises StorageFailed.
    """
    newest = ids.first_from(datetime.now(UTC) - _SETTLED)
    swept, batch = 0, []
    async for id in store.ids():
        if id < newest:
            batch.append(id)
        if len(batch) == _LISTED_AT_ONCE:
            swept += await _sweep_unowned(transaction, store, batch)
            batch = []
    return swept + await _sweep_unowned(transaction, store, batch)


async def _sweep_unowned(transaction: Transaction, store: BlobStore, listed: Sequence[UUID]) -> int:
    # Asked after they were listed: what is on its way has had a row ever since.
    unowned = await transaction.all(_UNOWNED, ids=listed)
    if unowned:
        await store.delete(unowned)
    return len(unowned)
