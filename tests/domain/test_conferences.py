"""Conferences: what the domain promises beyond any one API."""

import asyncio
from datetime import timedelta

import asyncpg
from factories import opened

from app.domain import conferences, ids
from app.domain.database import Transaction


class TestCreate:
    async def test_is_as_old_as_its_id(self, transaction: Transaction) -> None:
        created = await opened(transaction)
        assert created.created_at == created.modified_at == ids.moment(created.id)

    async def test_lasts_as_long_as_the_limits_say(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        await opened(transaction)
        lasts = await database.fetchval("SELECT extract(epoch FROM expires_at - created_at) FROM conference")
        assert lasts == 3600


class TestSweep:
    async def test_takes_those_whose_time_is_over_and_no_other(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        over, alive, endless = [await opened(transaction) for _ in range(3)]
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second' WHERE id = $1", over.id)
        await database.execute("UPDATE conference SET expires_at = NULL WHERE id = $1", endless.id)
        assert await conferences.sweep(transaction) == 1
        assert await conferences.sweep(transaction) == 0
        left = {row["id"] for row in await database.fetch("SELECT id FROM conference")}
        assert left == {alive.id, endless.id}

    async def test_takes_a_thousand_at_once(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        await database.execute(
            "INSERT INTO conference (id, opened_by, type, max_participants, token_ttl_seconds, room_ttl_seconds,"
            " endpoint_ttl_seconds, expires_at, template_id)"
            " SELECT gen_random_uuid(), 'vcs', 'mesh', 1, 1, 1, 1, now() - interval '1 second', id"
            " FROM template, generate_series(1, 1001)"
        )
        assert await conferences.sweep(transaction) == 1000
        assert await conferences.sweep(transaction) == 1


class TestPage:
    async def test_a_span_of_time_has_both_its_ends(self, transaction: Transaction) -> None:
        made = []
        for number in range(3):
            made.append(await opened(transaction, name=f"room-{number}"))
            await asyncio.sleep(0.002)
        [_, middle, _] = made
        microsecond = timedelta(microseconds=1)

        async def found(**span: object) -> list[str]:
            return [one.name or "" for one in await conferences.page(transaction, count=10, **span)]

        assert await found(since=middle.created_at) == ["room-2", "room-1"]
        assert await found(since=middle.created_at + microsecond) == ["room-2"]
        assert await found(until=middle.created_at) == ["room-1", "room-0"]
        assert await found(until=middle.created_at - microsecond) == ["room-0"]
        assert await found(until=middle.created_at, before=middle.id) == ["room-0"]
        assert await found(until=middle.created_at, before=ids.new_id()) == ["room-1", "room-0"]
