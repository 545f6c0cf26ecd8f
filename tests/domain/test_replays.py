"""Replays are forgotten with what was told again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from tellings import id_at

from app.domain import ids, replays
from app.domain.database import Transaction
from app.domain.replays import Choice

NOW = datetime.now(UTC)


async def begin_at(database: asyncpg.Connection, moment: datetime) -> UUID:
    id = id_at(moment)
    asked = Choice(since=moment, until=moment).json_text
    await database.execute(
        "INSERT INTO webhook_replay (id, asked, filters, created_at) VALUES ($1, '{}', $2, $3)", id, asked, moment
    )
    return id


async def test_those_of_before_a_moment_are_deleted(transaction: Transaction, database: asyncpg.Connection) -> None:
    past = ids.moment(ids.first_from(NOW - timedelta(days=31)))
    for earlier in (timedelta(milliseconds=1), timedelta(days=300)):
        await begin_at(database, past - earlier)
    kept = [await begin_at(database, past), await begin_at(database, NOW)]
    assert await replays.prune(transaction, past) == 2
    assert await replays.prune(transaction, past) == 0
    assert [row["id"] for row in await database.fetch("SELECT id FROM webhook_replay ORDER BY id")] == kept
