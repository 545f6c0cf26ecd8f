"""The sweep deletes what has expired or is left over: about once a minute, and when it is told that there is some."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Self

from asyncpg import Pool, Record

from app.adapters import rounds
from app.domain import analytics, conferences, events, previews, replays, strays, tokens
from app.domain.blobs import BlobStore
from app.domain.database import connected
from app.domain.errors import StorageFailed

_log = logging.getLogger("enfilade")
_SECONDS: Final = 60
_KEPT: Final = timedelta(days=31)  # of what has happened, and of webhooks


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
        async with (
            rounds.going("the sweep", self._sweep_expired, _seconds),
            rounds.going("the sweep of previews", self._sweep_previews, _seconds),
            rounds.going("the sweep of the store", self._sweep_strays, _seconds, self._woken),
        ):
            yield self

    async def _sweep_expired(self) -> None:
        async with self._connected() as transaction:
            await tokens.sweep(transaction)
            while await events.prune(transaction):
                pass
            while await conferences.sweep(transaction):
                pass
            past = datetime.now(UTC) - _KEPT
            while await analytics.prune(transaction, past):
                pass
            while await replays.prune(transaction, past):
                pass

    async def _sweep_previews(self) -> None:
        while await self._evicted():
            self.wake()

    async def _evicted(self) -> int:
        async with self._connected() as transaction, transaction.begun():
            return await previews.evict(transaction, self._most_bytes_of_previews)

    async def _sweep_strays(self) -> None:
        try:
            while await strays.sweep(self._connected, self._store):
                pass
        except StorageFailed as error:
            _log.warning("what is left in the store could not be swept: %s", error)


def _seconds() -> float:
    """Spread the processes out."""
    return _SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - nobody has to guess it
