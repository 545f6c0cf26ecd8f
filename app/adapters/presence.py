"""Presence: which sockets this process has, shown to all the others; and who is in a conference by one that is gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Collection
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, Self
from uuid import UUID

from asyncpg import ForeignKeyViolationError, LockNotAvailableError, Pool, Record

from app.adapters import rounds
from app.domain import absences, connections, ids
from app.domain.database import FAILURES, Transaction, connected

_SHOWN_SECONDS: Final = 5
_SECONDS: Final = 10
_SURE_SECONDS: Final = 30  # for as long everybody has had the time to show up, behind an outage or a clock's jump
_FAREWELL_SECONDS: Final = 3


class Presence:
    """Shows this process every few seconds; one that is not seen for thirty is taken for dead by the others.

    That goes by the feed's connection, so that it depends on nothing that requests do: nobody is put out of a meeting
    since the server of his socket is busy.
    """

    def __init__(self, pool: "Pool[Record]") -> None:
        self._connected = partial(connected, pool)
        self._id = ids.new_id()
        self._open: dict[UUID, UUID] = {}
        self._closed: set[UUID] = set()
        self._woken = asyncio.Event()
        self._is_lost = False
        self._shown_at = 0.0
        self._sure_since = 0.0

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[Self]:
        """Keep it as long as the block runs, and take leave."""
        try:
            async with (
                rounds.going("who has gone", self._close, lambda: _SECONDS, self._woken),
                rounds.going("who is there", self._tidy, lambda: _SECONDS),
            ):
                yield self
        finally:
            with suppress(TimeoutError, *FAILURES):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._take_leave()

    @asynccontextmanager
    async def listed(self, queue_id: UUID, user_id: UUID) -> AsyncIterator[None]:
        """Let every process see that this socket is open, until the block ends."""
        self._open[queue_id] = user_id
        try:
            await self._add(queue_id, user_id)
            yield
        finally:
            del self._open[queue_id]
            self._closed.add(queue_id)
            self._woken.set()

    async def _add(self, queue_id: UUID, user_id: UUID) -> None:
        try:
            async with self._connected() as transaction:
                await connections.add(transaction, self._id, queue_id, user_id)
        except ForeignKeyViolationError:
            self._lose()

    def _lose(self) -> None:
        """Have all sockets listed: this process was not known, or was taken for dead."""
        self._is_lost = True
        self._woken.set()

    async def show(self, transaction: Transaction) -> None:
        """Show that this process is there, if that is due."""
        if time.monotonic() - self._shown_at < _SHOWN_SECONDS:
            return
        silence = await connections.show(transaction, self._id)
        self._shown_at = time.monotonic()
        if silence is None:
            self._lose()
        # By the clock of the database, by which it is judged who is dead.
        if silence is None or not 0 <= silence <= _SURE_SECONDS * 2 / 3:
            self._sure_since = self._shown_at

    @property
    def _is_sure(self) -> bool:
        """Whether all who are alive have had the time to show up."""
        return self._shown_at - self._sure_since > _SURE_SECONDS

    async def _close(self) -> None:
        async with self._connected() as transaction:
            if self._is_lost:
                await connections.add_all(transaction, self._id, dict(self._open))
                self._is_lost = False
            # First, and committed: nobody joins by them any more.
            closed = [each for each in set(self._closed) if await _is_done(connections.close(transaction, each))]
            self._closed.difference_update(closed)
            await _end(transaction, await absences.of_sockets(transaction, closed))

    async def _tidy(self) -> None:
        async with self._connected() as transaction:
            await self.show(transaction)  # the feed's connection may be away, and nothing else
            if self._is_sure:
                for process_id in await connections.dead(transaction):
                    await _is_done(connections.bury(transaction, process_id))
            await _end(transaction, await absences.stale(transaction))

    async def _take_leave(self) -> None:
        async with self._connected() as transaction:
            await _is_done(connections.end(transaction, self._id))
            await _end(transaction, await absences.of_sockets(transaction, {*self._closed, *self._open}))


async def _end(transaction: Transaction, conference_ids: Collection[UUID]) -> None:
    """Let go whoever has to, of each by itself: what one holds up is found stale the next time."""
    for conference_id in conference_ids:
        await _is_done(_end_in(transaction, conference_id))


async def _end_in(transaction: Transaction, conference_id: UUID) -> None:
    async with transaction.begun():
        await absences.end(transaction, conference_id)


async def _is_done(doing: Awaitable[None]) -> bool:
    """Do it, and return whether nobody else kept it from being done."""
    try:
        await doing
    except LockNotAvailableError:
        return False
    return True
