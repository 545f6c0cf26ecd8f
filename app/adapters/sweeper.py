"""The sweep deletes what has expired or is left over: about once a minute, and when it is told that there is some."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Self

from asyncpg import Pool, Record

from app.domain import conferences, strays, tokens
from app.domain.blobs import BlobStore
from app.domain.database import Transaction
from app.domain.errors import StorageFailed

_log = logging.getLogger("enfilade")
_SECONDS: Final = 60


class Sweeper:
    """Sweeps for one process; any number of them do it side by side."""

    def __init__(self, pool: "Pool[Record]", store: BlobStore) -> None:
        self._pool = pool
        self._store = store
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something to sweep; called when that is committed."""
        self._woken.set()

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[Self]:
        """Sweep as long as the block runs, first at once: whoever was killed has left something."""
        task = asyncio.create_task(self._sweep_for_ever())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self._sweep()
            except StorageFailed as error:
                _log.warning("what is left in the store could not be swept: %s", error)
            except Exception:  # noqa: BLE001 - the next sweep does it; requests must not suffer
                _log.exception("sweep failed")
            await self._rest()

    async def _sweep(self) -> None:
        async with self._transaction() as transaction:
            await tokens.sweep(transaction)
            while await conferences.sweep(transaction):
                pass
        while await self._sweep_strays():
            pass

    async def _sweep_strays(self) -> bool:
        """Delete some bytes; no connection is held while the store, which may hang, does it."""
        async with self._transaction() as transaction:
            due = await strays.claim(transaction)
        if due:
            await self._store.delete(due)
            async with self._transaction() as transaction:
                await strays.forget(transaction, due)
        return bool(due)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async with self._pool.acquire() as connection:
            yield Transaction(connection)

    async def _rest(self) -> None:
        seconds = _SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - spreads the processes out
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        self._woken.clear()
