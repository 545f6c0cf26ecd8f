"""Strays: bytes in the store that nobody will own once they are due. The list is what the sweep goes by.

Bytes that are still arriving are on it, and so are those that nobody names any more; a crash at any moment leaves them
there. So the store need not be searched, but after a restore from a backup, which knows nothing of what came later.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from app.domain import blobs, ids
from app.domain.blobs import BlobStore
from app.domain.columns import seconds
from app.domain.database import FAILURES, Statement, Transaction, any_of, finds_none, value
from app.domain.schema import blob, preview, stray_blob

_log = logging.getLogger("enfilade")

Connected: TypeAlias = Callable[[], AbstractAsyncContextManager[Transaction]]
"""What runs statements for a while, each of which is committed by itself."""

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
_GIVE_UP = blobs.to_the_sweep(sa.select(sa.bindparam("id", type_=sa.Uuid)))
_kept = (blob.c.id, preview.c.id)
_is_not_kept = sa.and_(*(finds_none(sa.select(kept).where(kept == stray_blob.c.blob_id)) for kept in _kept))
_next = (
    sa.select(stray_blob.c.blob_id)
    .where(stray_blob.c.due_at <= sa.func.now())
    .order_by(stray_blob.c.due_at)
    .limit(_AT_ONCE)
)
# Of the next ones only: each step would else look at all that are due.
_FORGET_KEPT = Statement(
    sa.delete(stray_blob).where(stray_blob.c.blob_id == any_of(_next), ~_is_not_kept).returning(stray_blob.c.blob_id),
    value,
)
_due = _next.where(_is_not_kept).with_for_update(skip_locked=True)
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
        *(finds_none(sa.select(known).where(known == _given.c.id)) for known in (*_kept, stray_blob.c.blob_id))
    ),
    value,
)


async def expect(transaction: Transaction) -> UUID:
    """Return the id of bytes that are about to arrive; committed before the first of them is written."""
    return await transaction.one(_EXPECT, id=ids.new_id())


async def postpone(transaction: Transaction, id: UUID) -> None:
    """Say that bytes are still arriving."""
    await transaction.find(_POSTPONE, id=id)


@asynccontextmanager
async def arriving(connected: Connected, id: UUID) -> AsyncIterator[None]:
    """Say from time to time that bytes are arriving, as long as the block runs; if it fails, that they are not kept."""
    prolonging = asyncio.create_task(_prolong_for_ever(connected, id))
    try:
        yield
    except Exception:
        await _try_to_give_up(connected, id)
        raise
    finally:
        prolonging.cancel()
        await asyncio.wait([prolonging])


async def _prolong_for_ever(connected: Connected, id: UUID) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / 4)
        try:
            async with connected() as transaction:
                await postpone(transaction, id)
        except FAILURES as error:
            _log.warning(
                "bytes that are arriving could not be prolonged: %s", error
            )  # if it was too long, keeping it will fail


async def _try_to_give_up(connected: Connected, id: UUID) -> None:
    try:
        async with connected() as transaction:
            await give_up(transaction, id)
    except FAILURES as error:  # its row is due later then; the caller hears of what came first
        _log.warning("bytes that are not kept will be swept later: %s", error)


async def give_up(transaction: Transaction, id: UUID) -> None:
    """Say that bytes will not be kept, whether or not they have arrived, and whatever the sweep did in between.

    When nobody knows whether they are kept, because the connection broke while that was committed, they stay if so.
    """
    await transaction.one(_GIVE_UP, id=id)


async def sweep(connected: Connected, store: BlobStore) -> int:
    """Delete some of the bytes that are due, and return how many. Raises StorageFailed; they are due again then.

    They are claimed before, by a statement that is committed: nobody can keep them any more. No connection is held
    while the store, which may hang, deletes them.
    """
    async with connected() as transaction:
        await transaction.all(_FORGET_KEPT)
        due = await transaction.all(_CLAIM)
    if due:
        await store.delete(due)
        async with connected() as transaction:
            await transaction.all(_FORGET, ids=due)
    return len(due)


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
