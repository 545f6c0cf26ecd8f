"""Events are read by their numbers: on behind one, or what somebody has missed; old ones are pruned."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from databases import Postgres

from app.domain import events
from app.domain.database import Transaction
from app.domain.errors import EventsGone
from app.domain.events import REPLAYED, Event, Kept

PAGE = 4000
ADA, BEN = UUID(int=1), UUID(int=2)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(scope="module")
def own_database(postgres: Postgres, template: str) -> Iterator[str]:
    """A database of our own: where others listen, numbers do not begin again."""
    with postgres.database(template) as url:
        yield url


@pytest.fixture
async def database(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to it; no event is there."""
    connection = await asyncpg.connect(own_database)
    await connection.execute("DELETE FROM event")
    yield connection
    await connection.close()


async def put(
    database: asyncpg.Connection, *numbers: int, of: Sequence[UUID] = (ADA,), age: timedelta = MINUTE
) -> None:
    """Put events with these numbers into the table."""
    await database.execute(
        """
        INSERT INTO event (number, type, audience, body, created_at) OVERRIDING SYSTEM VALUE
        SELECT number, 'RoomMuted', $2, json_build_object('room_id', number), now() - $3::interval
          FROM unnest($1::bigint[]) AS number
        """,
        numbers,
        of,
        age,
    )


async def missed(transaction: Transaction, last: int, user_id: UUID = ADA) -> tuple[int, list[int] | None]:
    """Return the newest number, and those that the user has missed, or None where that cannot be told."""
    kept, found = await events.kept(transaction), [last]
    try:
        kept.reach(last)
        page = found
        while page:
            page = [event.number for event in await page_behind(transaction, found[-1], kept.newest, user_id)]
            found += page
    except EventsGone:
        return kept.newest, None
    return kept.newest, found[1:]


async def page_behind(transaction: Transaction, last: int, until: int, user_id: UUID = ADA) -> list[Event]:
    return await events.missed(transaction, last, until, user_id=user_id, most=PAGE)


async def numbers(database: asyncpg.Connection) -> list[int]:
    return [row["number"] for row in await database.fetch("SELECT number FROM event ORDER BY number")]


class TestKept:
    async def test_is_from_the_oldest_to_the_newest(self, transaction: Transaction, database) -> None:
        await put(database, 7, 5, 12)
        assert await events.kept(transaction) == Kept(oldest=5, newest=12)

    async def test_is_nothing_where_none_was_recorded(self, transaction: Transaction) -> None:
        assert await events.kept(transaction) == Kept(oldest=0, newest=0)


class TestRead:
    async def test_begins_behind_the_last_in_the_order_of_numbers(self, transaction: Transaction, database) -> None:
        await put(database, 5, 3, 8, 2**62, 4)
        assert [heard.event.number for heard in await events.read(transaction, 3, 9)] == [4, 5, 8, 2**62]
        assert await events.read(transaction, 2**63 - 1, 9) == []

    async def test_reads_no_more_at_once_than_it_is_asked_for(self, transaction: Transaction, database) -> None:
        await put(database, 1, 2, 3)
        assert [heard.event.number for heard in await events.read(transaction, 0, 2)] == [1, 2]

    async def test_tells_whom_each_concerns_and_when_it_was(self, transaction: Transaction, database) -> None:
        await put(database, 1, of=[BEN, ADA])
        [heard] = await events.read(transaction, 0, 9)
        assert list(heard.audience) == [BEN, ADA]
        assert heard.event.recorded_at == await database.fetchval("SELECT created_at FROM event")
        assert (heard.event.type, heard.event.body) == ("RoomMuted", '{"room_id" : 1}')


class TestMissed:
    async def test_is_what_came_behind_the_last(self, transaction: Transaction, database) -> None:
        await put(database, 1, 2, 3)
        assert await missed(transaction, 0) == (3, [1, 2, 3])
        assert await missed(transaction, 2) == (3, [3])
        assert await missed(transaction, 3) == (3, [])

    async def test_is_told_as_it_was_recorded(self, transaction: Transaction, database) -> None:
        await put(database, 1)
        [heard] = await events.read(transaction, 0, 1)
        assert await page_behind(transaction, 0, 1) == [heard.event]

    async def test_is_told_some_at_a_time(self, transaction: Transaction, database) -> None:
        await put(database, *range(1, PAGE + 3))
        assert [event.number for event in await page_behind(transaction, 1, PAGE + 2)] == [*range(2, PAGE + 2)]
        assert [event.number for event in await page_behind(transaction, PAGE + 1, PAGE + 2)] == [PAGE + 2]
        assert [event.number for event in await page_behind(transaction, 1, 2)] == [2]

    async def test_that_is_pruned_meanwhile_cannot_be_told(self, transaction: Transaction, database) -> None:
        await put(database, 5, 6)
        assert await page_behind(transaction, 4, 6)
        with pytest.raises(EventsGone):
            await page_behind(transaction, 3, 6)

    async def test_is_nothing_where_none_was_recorded(self, transaction: Transaction) -> None:
        assert await missed(transaction, 0) == (0, [])

    async def test_is_only_what_concerns_the_user(self, transaction: Transaction, database) -> None:
        await put(database, 1, 4, of=[BEN])
        await put(database, 2, of=[BEN, ADA])
        await put(database, 3, of=[])
        assert await missed(transaction, 0, ADA) == (4, [2])
        assert await missed(transaction, 0, BEN) == (4, [1, 2, 4])
        assert await missed(transaction, 0, UUID(int=3)) == (4, [])

    async def test_is_nothing_that_is_only_for_processes(self, transaction: Transaction, database) -> None:
        await put(database, 1, 2)
        await database.execute("UPDATE event SET type = 'TokensRevoked' WHERE number = 2")
        assert await missed(transaction, 0) == (2, [1])
        assert [heard.event.number for heard in await events.read(transaction, 0, 9)] == [1, 2]

    @pytest.mark.parametrize("last", [4, 2**63 - 1])
    async def test_cannot_be_told_behind_what_never_was(self, transaction: Transaction, database, last: int) -> None:
        await put(database, 1, 2, 3)
        assert await missed(transaction, last) == (3, None)

    async def test_cannot_be_told_behind_what_never_was_where_none_was_recorded(self, transaction: Transaction) -> None:
        assert await missed(transaction, 1) == (0, None)

    async def test_cannot_be_told_where_some_of_it_is_pruned(self, transaction: Transaction, database) -> None:
        await put(database, 5, 6)
        assert await missed(transaction, 4) == (6, [5, 6])
        assert await missed(transaction, 3) == (6, None)
        assert await missed(transaction, 0) == (6, None)

    async def test_is_told_across_numbers_that_were_undone(self, transaction: Transaction, database) -> None:
        await put(database, 1, 5, 9)
        assert await missed(transaction, 1) == (9, [5, 9])
        assert await missed(transaction, 3) == (9, [5, 9])
        assert await missed(transaction, 7) == (9, [9])

    async def test_is_told_of_ten_thousand_and_not_of_one_more(self, transaction: Transaction, database) -> None:
        await put(database, *range(1, REPLAYED + 1), REPLAYED + 2)
        assert REPLAYED == 10_000
        assert await missed(transaction, 1) == (10_002, None)
        assert await missed(transaction, 2) == (10_002, [*range(3, 10_001), 10_002])


class TestPrune:
    async def test_deletes_what_is_older_than_a_day_but_the_newest(self, transaction: Transaction, database) -> None:
        await put(database, 1, 2, 3, age=DAY + MINUTE)
        assert await events.prune(transaction) == 2
        assert await numbers(database) == [3]
        assert await events.prune(transaction) == 0

    async def test_deletes_nothing_of_the_last_day_where_few_are_newer(
        self, transaction: Transaction, database
    ) -> None:
        await put(database, 1, age=DAY + MINUTE)
        await put(database, 2, 3, 5, age=DAY - MINUTE)
        assert await events.prune(transaction) == 1
        assert await numbers(database) == [2, 3, 5]

    async def test_deletes_what_nobody_is_told_any_more_but_for_ten_minutes(
        self, transaction: Transaction, database
    ) -> None:
        await put(database, *range(1, 8), age=11 * MINUTE)
        await put(database, *range(8, REPLAYED + 11), age=9 * MINUTE)
        assert await events.prune(transaction) == 7
        assert await events.prune(transaction) == 0

    async def test_deletes_nothing_of_the_last_ten_thousand(self, transaction: Transaction, database) -> None:
        await put(database, *range(1, REPLAYED + 11), age=11 * MINUTE)
        assert await missed(transaction, 10) == (REPLAYED + 10, [*range(11, REPLAYED + 11)])
        assert await events.prune(transaction) == 9
        assert await missed(transaction, 10) == (REPLAYED + 10, [*range(11, REPLAYED + 11)])

    async def test_deletes_ten_thousand_at_a_time(self, transaction: Transaction, database) -> None:
        await put(database, *range(1, 10_012), age=2 * DAY)
        assert [await events.prune(transaction) for _ in range(3)] == [10_000, 10, 0]
        assert await numbers(database) == [10_011]

    async def test_of_nothing_deletes_nothing(self, transaction: Transaction) -> None:
        assert await events.prune(transaction) == 0
