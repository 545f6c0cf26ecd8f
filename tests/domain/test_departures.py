"""A user is removed: no room is left without an owner, none without members, whatever happens at the same time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from app.domain import members, rooms, users
from app.domain.database import Transaction
from app.domain.errors import UnknownUser
from app.domain.invitations import Invited
from app.domain.members import Newcomer
from app.domain.standings import RoomType

MANY = 20


@pytest.fixture
async def people(transaction: Transaction) -> list[UUID]:
    added = [await users.add(transaction, email=f"{name}@example.org", name=name) for name in ("ada", "ben", "cleo")]
    return [user.id for user in added]


async def created(transaction: Transaction, type: RoomType, owner: UUID, *others: UUID) -> UUID:
    invited = [Invited(user_id=other) for other in others]
    async with transaction.begun():
        return await rooms.create(
            transaction, type, invited, caller_id=owner, name="G", description=None, most_members=9
        )


async def removed(transaction: Transaction, user_id: UUID) -> None:
    async with transaction.begun():
        await users.remove(transaction, user_id)


async def owners(database: asyncpg.Connection, room_id: UUID) -> list[UUID]:
    found = await database.fetch("SELECT user_id FROM member WHERE room_id = $1 AND owner ORDER BY position", room_id)
    return [user_id for (user_id,) in found]


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Transaction]:
    """A transaction on another connection."""
    connection = await asyncpg.connect(database_url)
    yield Transaction(connection)
    await connection.close()


class TestWhatTheyLeave:
    async def test_the_member_of_longest_standing_becomes_the_owner(
        self, transaction: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        ada, ben, cleo = people
        room = await created(transaction, "group", ada, cleo, ben)
        await removed(transaction, ada)
        assert await owners(database, room) == [cleo]

    async def test_nobody_is_promoted_where_another_owner_stays(
        self, transaction: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        ada, ben, cleo = people
        room = await created(transaction, "group", ada, ben, cleo)
        async with transaction.begun():
            await members.promote(transaction, room, cleo, caller_id=ada)
        await removed(transaction, ada)
        assert await owners(database, room) == [cleo]

    async def test_a_plain_member_changes_nothing(
        self, transaction: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        ada, ben, cleo = people
        room = await created(transaction, "group", ada, ben, cleo)
        await removed(transaction, ben)
        assert await owners(database, room) == [ada]

    @pytest.mark.parametrize("left", ["one_to_one", "temporary"])
    async def test_one_to_ones_and_rooms_of_nobody_else_go_whole(
        self, transaction: Transaction, database: asyncpg.Connection, people: list[UUID], left: RoomType
    ) -> None:
        ada, ben, _ = people
        await created(transaction, left, ada, *([ben] if left == "one_to_one" else []))
        await removed(transaction, ada)
        assert await database.fetchval("SELECT count(*) FROM room") == 0

    async def test_a_workspace_goes_on_with_its_channels(
        self, transaction: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        ada, ben, cleo = people
        workspace = await created(transaction, "workspace", ada, ben, cleo)
        async with transaction.begun():
            await rooms.create_channel(transaction, workspace, caller_id=ada, name="C", description=None)
        await removed(transaction, ada)
        assert await owners(database, workspace) == [ben]
        assert await database.fetchval("SELECT count(*) FROM room WHERE parent_id = $1", workspace) == 1


class TestAtTheSameTime:
    async def test_who_joins_while_being_removed_is_in_no_room(
        self, transaction: Transaction, elsewhere: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        ada, ben, cleo = people
        for number in range(MANY):
            dora = (await users.add(transaction, email=f"dora{number}@example.org", name="Dora")).id
            room = await created(transaction, "group", ada, ben, cleo)
            await asyncio.gather(removed(transaction, dora), self._joining(elsewhere, room, dora, ada))
            assert await database.fetchval("SELECT count(*) FROM member WHERE room_id = $1", room) == 3

    async def test_the_last_two_owners_are_removed_at_once(
        self, transaction: Transaction, elsewhere: Transaction, database: asyncpg.Connection, people: list[UUID]
    ) -> None:
        cleo = people[2]
        for number in range(MANY):
            first, second = [
                (await users.add(transaction, email=f"{name}{number}@example.org", name=name)).id
                for name in ("first", "second")
            ]
            room = await created(transaction, "group", first, second, cleo)
            async with transaction.begun():
                await members.promote(transaction, room, second, caller_id=first)
            await asyncio.gather(removed(transaction, first), removed(elsewhere, second))
            assert await owners(database, room) == [cleo]

    async def _joining(self, elsewhere: Transaction, room: UUID, dora: UUID, ada: UUID) -> None:
        with contextlib.suppress(UnknownUser):
            async with elsewhere.begun():
                newcomer = Newcomer(user_id=dora, owner=True)
                await members.add(elsewhere, room, [newcomer], caller_id=ada, most_members=9)


async def test_who_joined_a_room_that_was_not_locked_makes_the_removal_begin_again(
    transaction: Transaction, elsewhere: Transaction, database: asyncpg.Connection, people: list[UUID]
) -> None:
    ada, ben, cleo = people
    async with elsewhere.begun():
        # Not seen yet by who locks the rooms; what he waits for next is the user, who is locked by it.
        invited = [Invited(user_id=ada), Invited(user_id=cleo)]
        room = await rooms.create(
            elsewhere, "workspace", invited, caller_id=ben, name="W", description=None, most_members=9
        )
        removal = asyncio.create_task(removed(transaction, ada))
        await asyncio.sleep(0.05)
        assert not removal.done()
    await removal
    found = await database.fetch("SELECT user_id FROM member WHERE room_id = $1", room)
    assert {user_id for (user_id,) in found} == {ben, cleo}
