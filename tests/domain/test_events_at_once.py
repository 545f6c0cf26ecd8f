"""Many record at once: who reads on behind the last number that he has read misses nothing."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from random import Random
from uuid import UUID

import asyncpg
import pytest
from factories import made
from processes import PATIENCE
from recorded import People

from app.domain import events, rooms
from app.domain.database import Transaction, connected
from app.domain.events import Heard

WRITERS, CHANGES = 20, 8
#: How long a transaction stays open behind its last statement.
SECONDS = (0, 0, 0.001, 0.004)


@pytest.fixture
async def pool(database_url: str, database: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database_url, min_size=0, max_size=WRITERS + 1) as pool:
        yield pool


async def renamed(pool: asyncpg.Pool, room: UUID, owner: UUID) -> None:
    """Change a room again and again, and now and then not."""
    chance = Random(room.int)  # noqa: S311 - any will do
    async with connected(pool) as transaction:
        for number in range(CHANGES):
            for undone in (number % 3 == 0, False):
                await _renamed(transaction, room, owner, f"{number}", chance.choice(SECONDS), undone=undone)


async def _renamed(
    transaction: Transaction, room: UUID, owner: UUID, name: str, seconds: float, *, undone: bool
) -> None:
    begun = transaction.begun()
    await begun.start()
    await rooms.change(transaction, room, caller_id=owner, name=name, description=None)
    await asyncio.sleep(seconds)
    await (begun.rollback() if undone else begun.commit())


async def followed(pool: asyncpg.Pool, writing: "asyncio.Future[object]", last: int) -> list[Heard]:
    """Read on until nothing comes any more."""
    heard: list[Heard] = []
    async with connected(pool) as transaction:
        while True:
            is_over = writing.done()
            read = await events.read(transaction, last, 7)
            if is_over and not read:
                return heard
            heard += read
            last = read[-1].event.number if read else last


async def test_who_reads_on_misses_nothing_and_reads_nothing_twice(
    transaction: Transaction, pool: asyncpg.Pool, people: People
) -> None:
    own = [await made(transaction, "temporary", people.ada) for _ in range(WRITERS)]
    last = (await events.kept(transaction)).newest
    async with asyncio.timeout(PATIENCE):
        writing = asyncio.gather(*(renamed(pool, room, people.ada) for room in own))
        heard = await followed(pool, writing, last)
        await writing
    names = defaultdict(list)
    for one in heard:
        body = json.loads(one.event.body)
        names[UUID(body["room_id"])].append(body["name"])
    assert names == {room: [f"{number}" for number in range(CHANGES)] for room in own}
