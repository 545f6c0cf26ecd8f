"""What is written down is in the order of the commits, is told to who has a webhook, and goes in time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from factories import CONTENTS, LIMITS
from happenings import Telling

from app.domain import analytics, configurations, ids, templates
from app.domain.analytics import WORKSPACE, Occurrence
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.database import Transaction, connected

SAID, OFF = Configuration(description="said"), Configuration(enabled=False)
OWN, WORKSPACES = b"the room's own", b"the workspace's"
WRITERS, TURNS = 6, 12


async def kept(database: asyncpg.Connection) -> list[tuple[str, UUID | None]]:
    """Return what was written down, and of what."""
    rows = await database.fetch("SELECT type, conference_id FROM analytics_event ORDER BY id")
    return [tuple(row) for row in rows]


async def hook(database: asyncpg.Connection, *, own: bool = False, workspace: bool = False) -> None:
    await database.execute("UPDATE deployment SET sealed_webhook = $1", WORKSPACES if workspace else None)
    await database.execute("UPDATE conference SET sealed_webhook = $1", OWN if own else None)


class TestToldTo:
    """Who has a webhook is told: by a delivery, and a queue that says where to, if not to the workspace's."""

    @pytest.mark.parametrize(
        ("hooks", "queued"),
        [
            ({}, []),
            ({"workspace": True}, [None]),
            ({"own": True}, [OWN]),
            ({"own": True, "workspace": True}, [OWN]),
        ],
        ids=str,
    )
    async def test_of_a_conference(
        self,
        telling: Telling,
        database: asyncpg.Connection,
        conference: Conference,
        hooks: dict[str, bool],
        queued: list[bytes | None],
    ) -> None:
        await hook(database, **hooks)
        await telling(configurations.change, conference.id, SAID)
        queues = await database.fetch("SELECT group_id, sealed_target, generation, due_at <= now() FROM webhook_queue")
        assert [tuple(row) for row in queues] == [(conference.id, where, 1, True) for where in queued]
        event = await database.fetchrow("SELECT id, created_at FROM analytics_event ORDER BY id DESC LIMIT 1")
        assert event
        rows = await database.fetch("SELECT * FROM webhook_delivery")
        fresh = {"group_id": conference.id, "status": "pending", "attempts": 0, "created_at": event["created_at"]}
        unknown = dict.fromkeys(("replay_id", "sealed_target", "response_status", "error", "finished_at"))
        ours = {"id": event["id"], "analytics_event_id": event["id"], **fresh, **unknown}
        assert [{name: row[name] for name in ours} for row in rows] == [ours for _ in queued]

    @pytest.mark.parametrize("is_told", [True, False])
    async def test_of_the_workspace(self, telling: Telling, database: asyncpg.Connection, *, is_told: bool) -> None:
        await hook(database, own=True, workspace=is_told)
        await telling(templates.establish, "other", CONTENTS)
        await telling(templates.establish, "other", CONTENTS)
        queues = await database.fetch("SELECT group_id, sealed_target, generation FROM webhook_queue")
        assert [tuple(row) for row in queues] == [(WORKSPACE, None, 2)] * is_told
        groups = await database.fetch("SELECT group_id FROM webhook_delivery")
        assert [row["group_id"] for row in groups] == [WORKSPACE, WORKSPACE] * is_told

    async def test_what_waits_follows_the_webhook(
        self, telling: Telling, database: asyncpg.Connection, conference: Conference
    ) -> None:
        await hook(database, own=True, workspace=True)
        await telling(configurations.change, conference.id, SAID)
        await database.execute("UPDATE webhook_queue SET due_at = '2100-01-01Z'")
        await telling(configurations.change, conference.id, Configuration(sealed_webhook=b"another"))
        row = await database.fetchrow("SELECT sealed_target, generation, due_at = '2100-01-01Z' FROM webhook_queue")
        assert row
        assert tuple(row) == (b"another", 2, True)

    async def test_whoever_listens_hears_of_it_once_it_is_committed(
        self, transaction: Transaction, database: asyncpg.Connection, database_url: str, conference: Conference
    ) -> None:
        heard: asyncio.Queue[str] = asyncio.Queue()
        listening = await asyncpg.connect(database_url)
        await listening.add_listener(analytics.CHANNEL, lambda *heard_: heard.put_nowait(heard_[-1]))
        for told in (False, True):
            await hook(database, own=told)
            async with transaction.begun():
                await configurations.change(transaction, conference.id, SAID)
            await listening.execute("SELECT")
            assert heard.qsize() == told
        await listening.close()


class TestRecord:
    async def test_keeps_the_order_of_what_it_is_given(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        async with transaction.begun():
            two = await configurations.establish(transaction, "Twos", Configuration(), limits=LIMITS)
        await hook(database, own=True)
        given = [
            Occurrence(type, id)
            for type in ("ConferenceUpdated", "ConferenceLocked")
            for id in (two.id, conference.id, two.id)
        ]
        async with transaction.begun():
            await analytics.record(transaction, *given)
        wanted = [(each.type, each.conference_id) for each in given]
        assert (await kept(database))[2:] == wanted
        rows = await database.fetch(
            "SELECT type, group_id FROM webhook_delivery JOIN analytics_event event ON event.id = analytics_event_id"
            " ORDER BY number"
        )
        assert [tuple(row) for row in rows] == wanted
        queues = await database.fetch("SELECT group_id, generation FROM webhook_queue ORDER BY group_id")
        assert [tuple(row) for row in queues] == [(conference.id, 1), (two.id, 1)]

    async def test_of_nothing_asks_nothing(self) -> None:
        await analytics.record(Transaction(None))  # type: ignore[arg-type]  # which nobody asks

    async def test_of_a_conference_that_is_gone_knows_no_name(
        self, transaction: Transaction, telling: Telling, database: asyncpg.Connection
    ) -> None:
        gone = ids.new_id()
        await hook(database, workspace=True)
        assert await telling(analytics.record, Occurrence("SessionClosed", gone)) == [
            {"type": "SessionClosed", "conference_id": gone}
        ]
        assert await database.fetchval("SELECT group_id FROM webhook_queue") == gone


class TestAtOnce:
    """Deliveries of a conference are numbered in the order of the commits, whoever else records."""

    @pytest.fixture
    async def pool(self, database_url: str, database: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
        async with asyncpg.create_pool(database_url, min_size=0, max_size=WRITERS) as pool:
            yield pool

    async def test_in_two_conferences(
        self, transaction: Transaction, database: asyncpg.Connection, pool: asyncpg.Pool, conference: Conference
    ) -> None:
        async with transaction.begun():
            two = await configurations.establish(transaction, "Twos", Configuration(), limits=LIMITS)
        await database.execute("UPDATE deployment SET sealed_webhook = $1", WORKSPACES)
        committed: dict[UUID, list[str]] = {conference.id: [], two.id: []}

        async def write(number: int) -> None:
            id = (conference.id, two.id)[number % 2]
            async with connected(pool) as own:
                for turn in range(TURNS):
                    said = f"{number}.{turn}"
                    async with own.begun():
                        await analytics.record(own, Occurrence("ConferenceUpdated", id, message=said))
                        await asyncio.sleep(0.001 * (turn % 3))
                        committed[id].append(said)  # nobody else has its queue until this is committed

        await asyncio.gather(*map(write, range(WRITERS)))
        for id, said in committed.items():
            rows = await database.fetch(
                "SELECT data ->> 'message' AS said FROM webhook_delivery"
                " JOIN analytics_event event ON event.id = analytics_event_id WHERE group_id = $1 ORDER BY number",
                id,
            )
            assert [row["said"] for row in rows] == said
            generation = await database.fetchval("SELECT generation FROM webhook_queue WHERE group_id = $1", id)
            assert generation == len(said) == WRITERS // 2 * TURNS

    async def test_of_two_who_disable_it_one_does(
        self, database: asyncpg.Connection, pool: asyncpg.Pool, conference: Conference
    ) -> None:
        async def disable() -> None:
            async with connected(pool) as own, own.begun():
                await configurations.change(own, conference.id, OFF)

        await asyncio.gather(*(disable() for _ in range(WRITERS)))
        types = [type for type, _ in await kept(database)]
        assert types == ["ConferenceCreated", "ConferenceLocked", *["ConferenceUpdated"] * (WRITERS - 1)]


class TestPrune:
    async def test_takes_what_is_older_with_its_deliveries(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        await hook(database, own=True)
        created = ids.moment(await database.fetchval("SELECT id FROM analytics_event"))
        await asyncio.sleep(0.002)
        for _ in range(2):
            async with transaction.begun():
                await configurations.change(transaction, conference.id, SAID)
            await asyncio.sleep(0.002)
        [_, first, last] = await database.fetch("SELECT id, created_at FROM analytics_event ORDER BY id")
        assert await analytics.prune(transaction, created) == 0
        assert await analytics.prune(transaction, created + timedelta(milliseconds=1)) == 1
        assert await analytics.prune(transaction, last["created_at"]) == 1
        for table, column in (("analytics_event", "id"), ("webhook_delivery", "analytics_event_id")):
            rows = await database.fetch(f"SELECT {column} AS id FROM {table}")  # noqa: S608 - as above
            assert [row["id"] for row in rows] == [last["id"]], table
        assert first["id"] != last["id"]

    async def test_takes_a_thousand_at_once_the_oldest_first(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        await database.execute(
            "INSERT INTO analytics_event (id, type, data, created_at)"
            " SELECT lpad(to_hex(number), 32, '0')::uuid, 'TemplateCreated', '{}', now() FROM generate_series(1, 1001)"
            " AS number"
        )
        now = await database.fetchval("SELECT now()")
        assert await analytics.prune(transaction, now) == 1000
        assert await database.fetchval("SELECT id FROM analytics_event") == UUID(int=1001)
        assert await analytics.prune(transaction, now) == 1
        assert await analytics.prune(transaction, now) == 0
