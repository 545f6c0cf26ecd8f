"""What is stored sealed is sealed anew: all of it, under the one key, beside whoever writes meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from factories import LIMITS
from people import Waiting

from app.domain import configurations, ids, keys, seals, stream_keys, webhooks
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.seals import Resealing
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target

OLD = SecretKey("the old key")
BOTH = SecretKey("the new key", "the old key")
NEW = SecretKey("the new key")
SEALED = {
    "api_key": ["sealed_secret"],
    "conference": ["sealed_recording", "sealed_webhook"],
    "deployment": ["sealed_webhook"],
    "stream_key": ["sealed_key"],
    "template": ["sealed_recording"],
    "webhook_delivery": ["sealed_target"],
    "webhook_queue": ["sealed_target"],
}


@pytest.fixture
async def beside(database_url: str) -> AsyncIterator[Transaction]:
    """Runs statements on a connection of its own."""
    connection = await asyncpg.connect(database_url)
    yield Transaction(connection)
    await connection.close()


async def fill(transaction: Transaction, database: asyncpg.Connection, key: SecretKey = OLD) -> UUID:
    """Seal something under the key wherever anything is sealed, and return the id of the room."""
    await keys.create_hms(transaction, key)
    await keys.create_vcs(transaction)
    await webhooks.put(transaction, key, Target("https://hooks.example"))
    configuration = Configuration(
        recording="{}", sealed_recording=key.seal("recording"), sealed_webhook=key.seal("webhook")
    )
    async with transaction.begun():
        room = await configurations.establish(transaction, "with", configuration, limits=LIMITS)
        await configurations.establish(transaction, "without", Configuration(), limits=LIMITS)
    await stream_keys.create(transaction, room.id, key)
    await database.execute("UPDATE template SET sealed_recording = $1", key.seal("recording of all"))
    tried = "UPDATE webhook_delivery SET sealed_target = $1 WHERE group_id = $2"
    await database.execute(tried, key.seal("target"), room.id)
    return room.id


async def sealed(database: asyncpg.Connection) -> list[bytes]:
    columns = [(table, column) for table, columns in SEALED.items() for column in columns]
    every = " UNION ALL ".join(f"SELECT {column} AS sealed FROM {table}" for table, column in columns)  # noqa: S608
    return [row["sealed"] for row in await database.fetch(every) if row["sealed"]]


async def test_nothing_else_is_sealed_than_what_is_filled_here(database: asyncpg.Connection) -> None:
    found = await database.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE 'sealed%' ORDER BY 1, 2"
    )
    assert [tuple(row) for row in found] == [(table, column) for table in SEALED for column in SEALED[table]]


async def test_all_that_another_key_sealed_is_sealed_anew(
    transaction: Transaction, database: asyncpg.Connection
) -> None:
    await fill(transaction, database)
    before = [OLD.unseal(one) for one in await sealed(database)]
    assert await seals.reseal(transaction, BOTH) == Resealing(resealed=8)
    assert [NEW.unseal(one) for one in await sealed(database)] == before


async def test_what_the_key_itself_sealed_stays(transaction: Transaction, database: asyncpg.Connection) -> None:
    await fill(transaction, database, NEW)
    before = await sealed(database)
    assert await seals.reseal(transaction, BOTH) == Resealing()
    assert await sealed(database) == before


async def test_nothing_else_of_a_row_changes(transaction: Transaction, database: asyncpg.Connection) -> None:
    id = await fill(transaction, database)
    query = "SELECT to_jsonb(conference) - 'sealed_webhook' - 'sealed_recording' FROM conference WHERE id = $1"
    before = await database.fetchval(query, id)
    await seals.reseal(transaction, BOTH)
    assert await database.fetchval(query, id) == before


async def test_what_no_key_opens_is_counted_and_left_and_keeps_nothing_from_the_rest(
    transaction: Transaction, database: asyncpg.Connection
) -> None:
    id = await fill(transaction, database)
    lost = SecretKey("a lost key").seal("webhook")
    await database.execute("UPDATE conference SET sealed_webhook = $1 WHERE id = $2", lost, id)
    first = f"conference.sealed_webhook of {ids.to_hex(id)}"
    assert await seals.reseal(transaction, BOTH) == Resealing(resealed=7, unreadable=1, first_unreadable=first)
    assert lost in await sealed(database)


async def test_the_deployment_is_named_by_its_number(transaction: Transaction, database: asyncpg.Connection) -> None:
    await webhooks.put(transaction, SecretKey("a lost key"), Target("https://hooks.example"))
    found = await seals.reseal(transaction, BOTH)
    assert found == Resealing(unreadable=1, first_unreadable="deployment.sealed_webhook of 1")


async def test_what_is_copied_meanwhile_is_a_copy_of_what_was_sealed_anew(
    transaction: Transaction, database: asyncpg.Connection, beside: Transaction, waiting: Waiting
) -> None:
    """The queue takes a room's webhook just when that is sealed anew."""
    id = await fill(transaction, database)
    await database.execute("DELETE FROM webhook_queue")
    async with database.transaction():
        await database.execute("SELECT FROM conference WHERE id = $1 FOR UPDATE", id)
        resealing = asyncio.create_task(seals.reseal(beside, BOTH))
        await waiting(1)
        copied = "INSERT INTO webhook_queue (group_id, sealed_target) SELECT id, sealed_webhook FROM conference"
        await database.execute(f"{copied} WHERE id = $1", id)
    assert await resealing == Resealing(resealed=8)
    assert {NEW.unseal(one) for one in await sealed(database)} >= {"target", "webhook"}


@pytest.mark.parametrize("rows", [1000, 1001, 2001])
async def test_all_pages_are_read(transaction: Transaction, database: asyncpg.Connection, rows: int) -> None:
    await database.execute(
        "INSERT INTO api_key (id, api, sealed_secret) SELECT gen_random_uuid(), 'hms', $1 FROM generate_series(1, $2)",
        OLD.seal("secret"),
        rows,
    )
    assert await seals.reseal(transaction, BOTH) == Resealing(resealed=rows)
    assert {NEW.unseal(one) for one in await sealed(database)} == {"secret"}


async def test_what_is_written_meanwhile_stays(
    transaction: Transaction, database: asyncpg.Connection, beside: Transaction, waiting: Waiting
) -> None:
    """A webhook is set, and committed when its old one was read already."""
    id = await fill(transaction, database)
    await database.execute("UPDATE conference SET sealed_recording = NULL")
    another = NEW.seal("another webhook")
    async with database.transaction():
        await database.execute("UPDATE conference SET sealed_webhook = $1 WHERE id = $2", another, id)
        resealing = asyncio.create_task(seals.reseal(beside, BOTH))
        await waiting(1)
    assert await resealing == Resealing(resealed=6)
    assert another in await sealed(database)


async def test_two_at_once_do_it_together(
    transaction: Transaction, database: asyncpg.Connection, beside: Transaction
) -> None:
    for _ in range(100):
        await keys.create_hms(transaction, OLD)
    done = await asyncio.gather(*(seals.reseal(one, BOTH) for one in (transaction, beside)))
    assert sum(one.resealed for one in done) == 100
    assert [one.unreadable for one in done] == [0, 0]
    assert len([NEW.unseal(one) for one in await sealed(database)]) == 100
