"""What tests share: users, a conference, another connection, and what an operation records and writes down."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from factories import LIMITS
from happenings import Chronicle, Happened, Telling
from recorded import People, Recorded, Recording

from app.domain import configurations, users
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.database import Transaction


@pytest.fixture
async def people(transaction: Transaction) -> People:
    """Four users who have no room."""
    names = ("Ada", "Ben", "Cleo", "Dora")
    added = [await users.add(transaction, email=f"{name.lower()}@example.org", name=name) for name in names]
    return People(*(user.id for user in added))


@pytest.fixture
def recording(transaction: Transaction) -> Recording:
    """Do something in a transaction, and return what it records: `await recording(rooms.remove, room, …)`."""
    return Recorded(transaction).by


@pytest.fixture
def telling(transaction: Transaction, database: asyncpg.Connection) -> Telling:
    """Do something in a transaction, and return what it writes down: `await telling(conferences.create, …)`."""
    return Chronicle(transaction, database).by


@pytest.fixture
async def shape(database: asyncpg.Connection) -> Happened:
    """What is said of the default template."""
    row = await database.fetchrow("SELECT id AS template_id, name AS template_name FROM template WHERE is_default")
    assert row
    return dict(row)


@pytest.fixture
async def conference(transaction: Transaction) -> Conference:
    """A conference of `/v2` that lasts."""
    async with transaction.begun():
        return await configurations.establish(transaction, "Ones", Configuration(), limits=LIMITS)


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[Transaction]:
    """Runs statements on a connection of its own."""
    connection = await asyncpg.connect(database_url)
    yield Transaction(connection)
    await connection.close()
