"""Feeds by themselves: what happens for them to hear, and what those who listen take."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
from processes import PATIENCE

from app.domain import events, tokens, users
from app.domain.changes import Change, RoomMuted
from app.domain.database import Transaction
from app.domain.events import Event, Told
from app.domain.hearings import Hearing
from app.domain.secrets import hashed

#: Sessions of feeds.
SESSIONS = "FROM pg_stat_activity WHERE application_name = 'feed'"


@dataclass(frozen=True)
class User:
    id: UUID
    token: str

    @property
    def hash(self) -> bytes:
        return hashed(self.token)


@dataclass(frozen=True)
class Desk:
    """A connection on which things change, and on which Postgres is asked for things that no program of ours asks."""

    connection: asyncpg.Connection

    async def user(self, *, seconds: int = 3600) -> User:
        transaction = Transaction(self.connection)
        user = await users.add(transaction, email=f"{uuid4()}@example.org", name="Ada")
        return User(user.id, (await tokens.create(transaction, user.id, lifetime_seconds=seconds)).token)

    async def revoke(self, user: User) -> None:
        async with self.connection.transaction():
            await tokens.revoke(Transaction(self.connection), user.token)

    async def tell(self, *whom: User, change: Change | None = None) -> None:
        told = Told(events.users(*(user.id for user in whom)), change or RoomMuted(room_id=uuid4()))
        async with self.connection.transaction():
            await events.record(Transaction(self.connection), told)

    async def tell_often(self, times: int, *whom: User) -> None:
        """Record so much in one commit."""
        insert = "INSERT INTO event (type, audience, body) SELECT 'RoomMuted', $2, '{}' FROM generate_series(1, $1)"
        async with self.connection.transaction():
            await self.connection.execute(insert, times, [user.id for user in whom])
            await self.connection.execute("SELECT pg_notify('event', max(number)::text) FROM event")

    async def head(self) -> int:
        number: int = await self.connection.fetchval("SELECT coalesce(max(number), 0) FROM event")
        return number

    async def sessions(self) -> list[int]:
        return [row["pid"] for row in await self.connection.fetch(f"SELECT pid {SESSIONS}")]

    async def feed_is_there(self) -> None:
        while not await self.sessions():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)

    async def cut(self) -> None:
        """End the session of the feed."""
        assert await self.sessions()
        await self.connection.execute(f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) {SESSIONS}")


#: What the fixture `shut` gives: `async with shut(): …`.
Shut = Callable[[], AbstractAsyncContextManager[None]]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)


async def taken(hearing: Hearing, count: int) -> list[Event]:
    """Take so many events, and not one more."""
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += await hearing.take()
    assert len(found) == count
    assert all(one.number < other.number for one, other in pairwise(found))
    return found


async def is_silent(hearing: Hearing) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await hearing.take()
            return False
    return True


async def first_taken(hearing: Hearing) -> Event:
    return (await hearing.take())[0]
