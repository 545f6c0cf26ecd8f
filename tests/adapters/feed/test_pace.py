"""The feed catches up no faster than those who listen can take."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from uuid import UUID, uuid4

import asyncpg
import pytest
from databases import Postgres
from processes import SECRET_KEY

from app.adapters import feed as adapter
from app.adapters.feed import ListeningFeed
from app.domain import tokens, users
from app.domain.database import Transaction
from app.domain.hearings import Hearing
from app.domain.secrets import hashed
from app.settings import Settings

EVENTS, KEPT = 3_000, 1_000
LISTENERS = 20
BITE_SECONDS = 0.0001  # what it takes to send what is taken at once
RECORD = (
    "INSERT INTO event (type, audience, body) SELECT 'RoomMuted', ARRAY[$2::uuid], '{}' FROM generate_series(1, $1)"
)


@pytest.fixture
def own(postgres: Postgres, template: str) -> Iterator[Settings]:
    with postgres.database(template) as url:
        yield Settings(_env_file=None, database_url=url, secret_key=SECRET_KEY)


@pytest.fixture
async def connection(own: Settings) -> AsyncIterator[asyncpg.Connection]:
    assert own.database_url
    connection = await asyncpg.connect(own.database_url.get_secret_value())
    yield connection
    await connection.close()


async def _record(connection: asyncpg.Connection, user_id: UUID) -> None:
    async with connection.transaction():
        await connection.execute(RECORD, EVENTS, user_id)
        await connection.execute("NOTIFY event")


async def _taken(hearing: Hearing) -> list[int]:
    """Take all that is given, as a socket does."""
    numbers: list[int] = []
    while len(numbers) < EVENTS and not hearing.over:
        numbers += [event.number for event in await hearing.take()]
        time.sleep(BITE_SECONDS)  # noqa: ASYNC251 - as long as it sends, nobody else has a turn
    return numbers


async def test_who_takes_all_he_is_given_is_not_outrun_by_a_feed_that_has_much_to_catch_up_with(
    own: Settings, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_MOST_WAITING", KEPT)
    user = await users.add(Transaction(connection), email="ada@example.org", name="Ada")
    made = await tokens.create(Transaction(connection), user.id, lifetime_seconds=3600)
    async with ListeningFeed(own).listening() as feed, asyncio.timeout(60):
        await feed.ready()
        with ExitStack() as stack:
            hearings = [
                stack.enter_context(feed.hearing(user.id, uuid4(), hashed(made.token), LISTENERS))
                for _ in range(LISTENERS)
            ]
            taking = asyncio.gather(*map(_taken, hearings))
            for hearing in hearings:
                hearing.when_over(taking.cancel)
            await _record(connection, user.id)
            heard = await taking
    assert heard == [list(range(heard[0][0], heard[0][0] + EVENTS))] * LISTENERS
