"""A user is removed while a room that nobody could lock is being made; all else is in the chats' own tests."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from factories import channel_of, found, made
from people import Waiting

from app.domain import members, room_settings, standings, users
from app.domain.database import Transaction


@pytest.fixture
async def people(transaction: Transaction) -> list[UUID]:
    added = [await users.add(transaction, email=f"{name}@example.org", name=name) for name in ("ada", "ben", "cleo")]
    return [user.id for user in added]


async def removed(transaction: Transaction, user_id: UUID) -> None:
    async with transaction.begun():
        await users.remove(transaction, user_id)


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Transaction]:
    """A transaction on another connection."""
    connection = await asyncpg.connect(database_url)
    yield Transaction(connection)
    await connection.close()


async def test_who_joined_a_room_that_was_not_locked_makes_the_removal_begin_again(
    transaction: Transaction,
    elsewhere: Transaction,
    database: asyncpg.Connection,
    *,
    people: list[UUID],
    waiting: Waiting,
) -> None:
    ada, ben, cleo = people
    async with elsewhere.begun():
        # Not seen yet by who locks the rooms; what he waits for next is the user, who is locked by it.
        room = await found(elsewhere, "workspace", ada, ben, cleo)
        removal = asyncio.create_task(removed(transaction, ada))
        await waiting(1)
    await removal
    rows = await database.fetch("SELECT user_id, owner FROM member WHERE room_id = $1 ORDER BY position", room)
    assert [tuple(row) for row in rows] == [(ben, True), (cleo, False)]


async def test_a_workspace_that_he_has_left_is_locked_for_what_he_set_for_its_channels(
    transaction: Transaction, elsewhere: Transaction, *, people: list[UUID], waiting: Waiting
) -> None:
    """Deleted at the same time, both would delete his settings of the channels, each in an order of its own."""
    ada, ben, cleo = people
    workspace = await made(transaction, "workspace", ada, ben, cleo)
    channel = await channel_of(transaction, workspace, ada)
    async with transaction.begun():
        await room_settings.mute(transaction, channel, caller_id=ben)
    async with transaction.begun():
        await members.remove(transaction, workspace, ben, caller_id=ben)
    async with elsewhere.begun():
        await standings.locked(elsewhere, workspace, ada)
        removal = asyncio.create_task(removed(transaction, ben))
        await waiting(1)
        assert not removal.done()
    await removal
