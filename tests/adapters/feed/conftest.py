"""A feed on a database of its own, whose sessions are told from all others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from databases import Postgres, name_of
from feeds import Desk, Shut, User
from processes import SECRET_KEY

from app.adapters.feed import ListeningFeed
from app.settings import Settings


@pytest.fixture(scope="module")
def own(postgres: Postgres, template: str) -> Iterator[Settings]:
    """A database of these tests' own."""
    with postgres.database(template) as url:
        named = f"{url}{'&' if '?' in url else '?'}application_name=feed"
        yield Settings(_env_file=None, database_url=url, direct_database_url=named, secret_key=SECRET_KEY)


@pytest.fixture
async def desk(own: Settings) -> AsyncIterator[Desk]:
    assert own.database_url
    connection = await asyncpg.connect(own.database_url.get_secret_value())
    # The newest is always kept.
    await connection.execute("DELETE FROM event WHERE number < (SELECT max(number) FROM event)")
    yield Desk(connection)
    await connection.close()


@pytest.fixture
async def feed(own: Settings, desk: Desk) -> AsyncIterator[ListeningFeed]:
    async with ListeningFeed(own).listening() as feed:
        await feed.ready()
        yield feed


@pytest.fixture
async def ada(desk: Desk) -> User:
    return await desk.user()


@pytest.fixture
async def ben(desk: Desk) -> User:
    return await desk.user()


@pytest.fixture
def shut(own: Settings, postgres: Postgres, desk: Desk) -> Shut:
    """Let nobody in to the database for the time of a block, nor stay there but the desk."""
    assert own.database_url
    name = name_of(own.database_url.get_secret_value())

    @contextlib.asynccontextmanager
    async def shut() -> AsyncIterator[None]:
        await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            for pid in await desk.sessions():
                await desk.connection.execute("SELECT pg_terminate_backend($1, 60000)", pid)
            yield
        finally:
            await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    return shut
