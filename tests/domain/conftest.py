"""What tests of events share: users, another connection, and what an operation records."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from recorded import People, Recorded, Recording

from app.domain import users
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
async def elsewhere(database_url: str) -> AsyncIterator[Transaction]:
    """Runs statements on a connection of its own."""
    connection = await asyncpg.connect(database_url)
    yield Transaction(connection)
    await connection.close()
