"""The sweep of a running server: told that there is something to sweep, and told to end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from processes import PATIENCE
from stores import Place, in_folder, written

from app.adapters.sweeper import Sweeper


@pytest.fixture
async def pool(database: asyncpg.Connection, database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A sweeper's own, on a database that holds nothing."""
    async with asyncpg.create_pool(database_url, min_size=1, max_size=2) as pool:
        yield pool


async def due(database: asyncpg.Connection, place: Place) -> UUID:
    """Keep bytes that are due to be swept."""
    id = await written(place.store)
    await database.execute("INSERT INTO stray_blob (blob_id, due_at) VALUES ($1, now())", id)
    return id


async def rested(pool: asyncpg.Pool, place: Place) -> None:
    """Wait until all is swept and nobody has asked the database for a while."""
    idle = 0
    async with asyncio.timeout(PATIENCE):
        while idle < 10:
            await asyncio.sleep(0.001)
            idle = idle + 1 if place.is_empty and pool.get_idle_size() == pool.get_size() else 0


class TestWoken:
    async def test_deletes_at_once_what_is_due(
        self, database: asyncpg.Connection, pool: asyncpg.Pool, folder: Path
    ) -> None:
        place = in_folder(folder)
        async with Sweeper(pool, place.store, 0).sweeping() as sweeper:
            for _ in range(2):
                await due(database, place)
                sweeper.wake()
                await rested(pool, place)
        assert await database.fetchval("SELECT count(*) FROM stray_blob") == 0

    @pytest.mark.parametrize("turns", range(3))
    async def test_and_cancelled_so_many_turns_of_the_loop_later_it_ends(
        self, database: asyncpg.Connection, pool: asyncpg.Pool, folder: Path, *, turns: int
    ) -> None:
        place = in_folder(folder)
        await due(database, place)
        async with asyncio.timeout(PATIENCE / 12), Sweeper(pool, place.store, 0).sweeping() as sweeper:
            await rested(pool, place)
            sweeper.wake()
            for _ in range(turns):
                await asyncio.sleep(0)
        assert place.is_empty
