"""The sweep deletes what has expired or is left over: about once a minute, and when it is told that there is some."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, Self

from asyncpg import Pool, Record

from app.adapters import database
from app.domain import conferences, events, previews, strays, tokens
from app.domain.blobs import BlobStore
from app.domain.database import connected
from app.domain.errors import StorageFailed

_log = logging.getLogger("enfilade")
_SECONDS: Final = 60


class Sweeper:
    """Sweeps for one process; any number of them do it side by side."""

    def __init__(self, pool: "Pool[Record]", store: BlobStore, most_bytes_of_previews: int) -> None:
        self._connected = partial(connected, pool)
        self._store = store
        self._most_bytes_of_previews = most_bytes_of_previews
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something to sweep; called when that is committed."""
        self._woken.set()

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[Self]:
        """Sweep as long as the block runs, first at once: whoever was killed has left something."""
        tasks = [
            asyncio.create_task(_for_ever(self._sweep_expired, asyncio.Event())),
            asyncio.create_task(_for_ever(self._sweep_previews, asyncio.Event())),
            asyncio.create_task(_for_ever(self._sweep_strays, self._woken)),
        ]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _sweep_expired(self) -> None:
        async with self._connected() as transaction:
            await tokens.sweep(transaction)
            while await events.prune(transaction):
                pass
            while await conferences.sweep(transaction):
                pass

    async def _sweep_previews(self) -> None:
        while await self._evicted():
            self.wake()

    async def _evicted(self) -> int:
        async with self._connected() as transaction, transaction.begun():
            return await previews.evict(transaction, self._most_bytes_of_previews)

    async def _sweep_strays(self) -> None:
        while await strays.sweep(self._connected, self._store):
            pass


async def _for_ever(sweep: Callable[[], Awaitable[None]], woken: asyncio.Event) -> None:
    while True:
        try:
            await sweep()
        except StorageFailed as error:
            _log.warning("what is left in the store could not be swept: %s", error)
        except Exception as error:  # noqa: BLE001 - the next sweep does it; requests must not suffer
            reason = database.outage(error)
            if reason:
                _log.warning("nothing could be swept, for the database does not answer: %s", reason)
            else:
                _log.exception("sweep failed")
        await _rest(woken)


async def _rest(woken: asyncio.Event) -> None:
    seconds = _SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - spreads the processes out
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
    woken.clear()
