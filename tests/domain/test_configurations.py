"""Configurations: what is said of a conference, and who decides when two say it at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from factories import LIMITS, opened

from app.domain import conferences, configurations, ids
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound, LargeRoomNeeded, NameTaken

NOTHING = Configuration()
AtOnce = Callable[..., Awaitable[list[Conference | BaseException]]]


async def establish(transaction: Transaction, name: str, configuration: Configuration = NOTHING) -> Conference:
    async with transaction.begun():
        return await configurations.establish(transaction, name, configuration, limits=LIMITS)


async def change(transaction: Transaction, id: UUID, configuration: Configuration = NOTHING, **name: str) -> Conference:
    async with transaction.begun():
        return await configurations.change(transaction, id, configuration, **name)


@pytest.fixture
async def pool(database: asyncpg.Connection, database_url: str) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    async with asyncpg.create_pool(database_url, min_size=20, max_size=20) as pool:
        yield pool


@pytest.fixture
def at_once(pool: "asyncpg.Pool[asyncpg.Record]") -> AtOnce:
    """Run calls of the domain at the same time, each in a transaction of its own; return what they return or raise."""

    async def alone(call: Callable[[Transaction], Awaitable[Conference]]) -> Conference:
        async with pool.acquire() as connection, connection.transaction():
            return await call(Transaction(connection))

    async def at_once(
        *calls: Callable[[Transaction], Awaitable[Conference]],
    ) -> list[Conference | BaseException]:
        return await asyncio.gather(*map(alone, calls), return_exceptions=True)

    return at_once


async def expire(database: asyncpg.Connection, conference: Conference) -> None:
    await database.execute(
        "UPDATE conference SET expires_at = now() - interval '1 second' WHERE id = $1", conference.id
    )


class TestEstablish:
    async def test_lasts_for_ever_with_the_limits_of_the_moment(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        made = await establish(transaction, "a")
        assert (made.type, made.enabled, made.large_room, made.max_participants) == ("sfu", True, False, 10)
        assert made.created_at == made.modified_at == ids.moment(made.id)
        assert await database.fetchval("SELECT expires_at FROM conference") is None

    async def test_a_name_in_another_case_is_the_same_conference(self, transaction: Transaction) -> None:
        made = await establish(transaction, "Daily", Configuration(description="first", size=5))
        again = await establish(transaction, "DAILY", Configuration(size=6))
        assert (again.id, again.name, again.description, again.size) == (made.id, "Daily", "first", 6)
        assert again.modified_at >= made.modified_at

    async def test_saying_nothing_changes_nothing(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        await establish(transaction, "a", Configuration(description="x", recording="{}", sealed_recording=b"x"))
        await database.execute("UPDATE conference SET modified_at = now() - interval '1 hour'")
        before = await database.fetchrow("SELECT * FROM conference")
        await establish(transaction, "a")
        assert await database.fetchrow("SELECT * FROM conference") == before

    async def test_recording_without_credentials_drops_those_of_before(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        await establish(transaction, "a", Configuration(recording="{}", sealed_recording=b"x"))
        await establish(transaction, "a", Configuration(recording='{"enabled": true}'))
        assert await database.fetchval("SELECT sealed_recording FROM conference") is None

    async def test_takes_the_name_of_one_whose_time_is_over(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        over = await opened(transaction)
        await change(transaction, over.id, NOTHING, name="a")
        await expire(database, over)
        assert (await establish(transaction, "A")).id != over.id
        assert await database.fetchval("SELECT count(*) FROM conference") == 1

    async def test_twenty_at_once_make_one(self, at_once: AtOnce) -> None:
        """hms.md, "existing name on create": same room, same id."""
        spellings = ["Room", "ROOM", "room", "rOOM"] * 5
        made = await at_once(*(lambda on, name=name: establish(on, name) for name in spellings))
        assert len({one.id for one in made if isinstance(one, Conference)}) == 1
        assert len({one.name for one in made if isinstance(one, Conference)}) == 1

    async def test_twenty_at_once_make_one_where_the_name_is_of_one_that_is_over(
        self, at_once: AtOnce, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        over = await establish(transaction, "room")
        await expire(database, over)
        made = await at_once(*[lambda on: establish(on, "room")] * 20)
        [one] = {one.id for one in made if isinstance(one, Conference)}
        assert one != over.id
        assert len(made) == 20

    async def test_ordinary_rooms_end_at_2500(self, transaction: Transaction) -> None:
        assert (await establish(transaction, "a", Configuration(size=2500))).size == 2500
        with pytest.raises(LargeRoomNeeded):
            await establish(transaction, "b", Configuration(size=2501))
        assert (await establish(transaction, "c", Configuration(size=2501, large_room=True))).size == 2501


class TestChange:
    async def test_one_that_is_not_there(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        over = await establish(transaction, "a")
        await expire(database, over)
        for id in (ids.new_id(), over.id):
            with pytest.raises(ConferenceNotFound):
                await change(transaction, id, NOTHING, name="b")
        with pytest.raises(ConferenceNotFound):
            await configurations.change_named(transaction, "a", Configuration(enabled=False))

    async def test_a_name_of_another(self, transaction: Transaction) -> None:
        taken, other = await establish(transaction, "Taken"), await establish(transaction, "other")
        with pytest.raises(NameTaken):
            await change(transaction, other.id, NOTHING, name="TAKEN")
        renamed = await change(transaction, taken.id, NOTHING, name="TAKEN")
        assert (renamed.id, renamed.name) == (taken.id, "TAKEN")

    async def test_twenty_that_want_one_name_at_once(self, at_once: AtOnce, transaction: Transaction) -> None:
        """hms.md, "a rename onto another room's name": refused, under a race too."""
        rooms = [await establish(transaction, f"room-{number}") for number in range(20)]
        renamed = await at_once(
            *(lambda on, id=room.id: configurations.change(on, id, NOTHING, name="wanted") for room in rooms)
        )
        assert sum(isinstance(one, Conference) for one in renamed) == 1
        assert sum(isinstance(one, NameTaken) for one in renamed) == 19

    async def test_two_that_wait_for_each_others_name(self, at_once: AtOnce, transaction: Transaction) -> None:
        one, two = await establish(transaction, "one"), await establish(transaction, "two")
        both_hold_theirs = asyncio.Barrier(2)

        async def rename(on: Transaction, id: UUID, name: str) -> Conference:
            await configurations.change(on, id, Configuration(description="held"))
            await both_hold_theirs.wait()
            return await configurations.change(on, id, NOTHING, name=name)

        swapped = await at_once(lambda on: rename(on, one.id, "two"), lambda on: rename(on, two.id, "one"))
        assert {type(outcome) for outcome in swapped} == {NameTaken}
        assert (await conferences.get(transaction, one.id)).name == "one"

    async def test_what_is_there_counts_too(self, transaction: Transaction) -> None:
        """hms.md, "clearing `large_room` while `size` is above 2500"."""
        large = await establish(transaction, "a", Configuration(size=2501, large_room=True))
        assert (await change(transaction, large.id, Configuration(size=3000))).size == 3000
        with pytest.raises(LargeRoomNeeded):
            await change(transaction, large.id, Configuration(large_room=False))

    async def test_region_auto_follows_the_template_again(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        made = await establish(transaction, "a", Configuration(region="eu"))
        auto = Configuration(region="auto")
        assert (made.region, (await change(transaction, made.id, auto)).region) == ("eu", "in")
        await database.execute("UPDATE template SET region = 'us'")
        assert (await conferences.get(transaction, made.id)).region == "us"
        await database.execute("UPDATE template SET region = 'auto'")
        assert (await conferences.get(transaction, made.id)).region == "in"
