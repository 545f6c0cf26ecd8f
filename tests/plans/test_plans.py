"""On a database of 20,000 rooms no statement scans a table, nor reads more than its rows can explain.

The database is the same each time but for the clock (`bench/rooms.py`); so are the calls (`bench/calls`).
"""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from databases import Postgres

from app.domain.schema import metadata
from bench import calls, plans, rooms, statements
from bench.plans import Mode
from bench.statements import Query

ROOMS = 20_000

#: Statements that may read a whole table, and why.
UNWATCHED = {
    "domain.connections._BURY": "its table has a row for each process",
    "domain.connections._DEAD": "its table has a row for each process",
    "domain.deliveries._PUT_OFF": "of what somebody else holds; by the same key as others",
    "domain.deliveries._WAITING": "every half a minute, all that waits",
    "domain.probes._ANSWERS": "reads no table",
    "domain.deployments._GET": "its table has one row",
    "domain.keys._ALL": "a command's list of all keys",
    "domain.previews._TOTAL": "the sweep's: about once a minute, what all that is kept takes",
    "domain.keys._REVOKE_DEMO": "sent once, when a demo starts",
    "domain.seals._PAGES[api_key.sealed_secret]": "a command's: page by page through all keys",
    "domain.seals._PAGES[deployment.sealed_webhook]": "its table has one row",
    "domain.seals._PAGES[stream_key.sealed_key]": "a command's: page by page through all stream keys",
    "domain.seals._PAGES[template.sealed_recording]": "a command's: page by page through all templates",
    "domain.seals._PAGES[webhook_delivery.sealed_target]": "a command's: page by page through all deliveries",
    "domain.seals._PAGES[webhook_queue.sealed_target]": "a command's: page by page through all that waits",
    "domain.tokens._REVOKE_DEMO": "sent once, when a demo starts",
    "domain.users._ALL": "a command's list of all users",
    "domain.webhooks._CLEAR": "its table has one row",
    "domain.webhooks._GET": "its table has one row",
}


@pytest.fixture(scope="module")
def own_database(postgres: Postgres, template: str) -> Iterator[str]:
    with postgres.database(template) as url:
        yield url


@pytest.fixture(scope="module")
async def full(own_database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database full of rooms, of which nobody tidies up what statements leave that are undone."""
    connection = await asyncpg.connect(own_database)
    for table in metadata.tables:
        await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    await rooms.fill(connection, ROOMS, ROOMS, ROOMS)
    yield connection
    await connection.close()


#: How the server's connections ask for plans. The other way, which is a pooler's, finds the same faults but for few.
GENERIC: Mode = "force_generic_plan"
MODES = [pytest.param(mode, marks=() if mode == GENERIC else pytest.mark.long) for mode in plans.MODES]


@pytest.mark.parametrize("mode", MODES)
async def test_no_statement_reads_more_than_it_must(full: asyncpg.Connection, mode: Mode) -> None:
    await full.execute("VACUUM")  # what the calls have left in the other mode: of a crowd, it is more than the crowd
    faults = [one.fault async for one in plans.seen(full, mode) if one.fault]
    assert not faults, "\n".join(faults)


async def test_every_statement_is_watched(full: asyncpg.Connection) -> None:
    every = calls.every(await calls.Landmarks.found(full))
    watched = {query.sql for call in every for query in await statements.sent_to(full, call.operation)}
    assert {name for name, spellings in statements.every().items() if not spellings & watched} == set(UNWATCHED)


class TestTheInstrument:
    """It sees what it is there for."""

    async def test_sees_a_scan(self, full: asyncpg.Connection) -> None:
        query = Query("SELECT id FROM conference WHERE description = $1", ("9:30",))
        assert (await plans.planned(full, query, GENERIC)).scanned == ("conference",)

    async def test_sees_the_reading_of_a_whole_index(self, full: asyncpg.Connection) -> None:
        query = Query("SELECT * FROM conference ORDER BY id OFFSET $1 LIMIT 1", (ROOMS - 1,))
        plan = await plans.planned(full, query, "force_custom_plan")
        assert plan.scanned == ()
        assert plan.blocks > 300

    async def test_sees_a_scan_that_a_foreign_key_makes(self, full: asyncpg.Connection) -> None:
        await full.execute("CREATE TABLE souvenir AS SELECT id AS room_id FROM room")
        await full.execute("ALTER TABLE souvenir ADD FOREIGN KEY (room_id) REFERENCES room ON DELETE CASCADE")
        room = await full.fetchval("SELECT id FROM room LIMIT 1")
        plan = await plans.planned(full, Query("DELETE FROM room WHERE id = $1", (room,)), GENERIC)
        await full.execute("DROP TABLE souvenir")
        assert plan.scanned == ("souvenir",)

    async def test_asks_after_what_was_asked_before(self, full: asyncpg.Connection) -> None:
        first = Query("DELETE FROM user_account WHERE email = $1", ("person.7@example.org",))
        second = Query("INSERT INTO user_account SELECT gen_random_uuid(), $1, $1, $1, 'guest'", first.values)
        plan = await plans.planned(full, second, GENERIC, after=[first])
        assert plan.scanned == ()

    async def test_undoes_what_it_runs(self, full: asyncpg.Connection) -> None:
        await plans.planned(full, Query("DELETE FROM user_token", ()), "force_custom_plan")
        assert await full.fetchval("SELECT count(*) FROM user_token") > 0
