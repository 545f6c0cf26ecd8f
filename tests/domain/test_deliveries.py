"""Deliveries: who may send what is due, in which order, and what becomes of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from people import Waiting

from app.domain import analytics, configurations, deliveries, ids
from app.domain.analytics import Occurrence
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.database import Transaction, connected
from app.domain.deliveries import Claim, Delivery, Failure

OWN, WORKSPACES = b"the room's own", b"the workspace's"
LEASE = timedelta(seconds=60)
REFUSED = Failure("answered 500", 500)
PAUSES = [1, 3, 10, 30, 60, 120, 300, 300, 300]
SENDERS, QUEUES = 5, 20


@pytest.fixture(autouse=True)
async def webhook(database: asyncpg.Connection) -> None:
    """The workspace has one."""
    await database.execute("UPDATE deployment SET sealed_webhook = $1", WORKSPACES)


async def happen(transaction: Transaction, *conferences: UUID) -> None:
    """Have something happen to each of these, in this order."""
    async with transaction.begun():
        await analytics.record(transaction, *(Occurrence("ConferenceUpdated", id) for id in conferences))


async def queues(transaction: Transaction, count: int = 1, *, of: int = 1) -> list[UUID]:
    """Make so many queues, of so many deliveries each; the first is due first."""
    made = [ids.new_id() for _ in range(count)]
    for id in made:
        await happen(transaction, *[id] * of)
    return made


async def claimed(transaction: Transaction, *, of: int = 1) -> tuple[Claim, list[Delivery]]:
    """Make a queue of so many, claim it, and take what is in it."""
    [group_id] = await queues(transaction, of=of)
    claim = await claim_of(transaction, group_id)
    return claim, await taken(transaction, claim)


async def claim_of(transaction: Transaction, group_id: UUID) -> Claim:
    [claim] = [each for each in await deliveries.claim(transaction, 99) if each.group_id == group_id]
    return claim


async def taken(transaction: Transaction, claim: Claim) -> list[Delivery]:
    found = await deliveries.take(transaction, claim, 99)
    assert found
    return [*found.deliveries]


async def lose(database: asyncpg.Connection) -> None:
    """Let all leases be over, as when who had them stood still."""
    await asyncio.sleep(0.002)  # the next one ends in another millisecond
    await database.execute("UPDATE webhook_queue SET due_at = now()")


async def age(database: asyncpg.Connection, *which: Delivery, hours: float) -> None:
    await database.execute(
        "UPDATE webhook_delivery SET created_at = now() - $2::interval WHERE id = ANY ($1)",
        [each.id for each in which],
        timedelta(hours=hours),
    )


async def state(database: asyncpg.Connection, delivery: Delivery) -> dict[str, Any]:
    row = await database.fetchrow(
        "SELECT status, attempts, sealed_target, response_status, error, finished_at IS NOT NULL AS is_over"
        " FROM webhook_delivery WHERE id = $1",
        delivery.id,
    )
    assert row
    return dict(row)


async def rests(database: asyncpg.Connection, group_id: UUID) -> timedelta | None:
    """Return for how long a queue is not due, to the second."""
    query = (
        "SELECT date_trunc('second', due_at - now() + interval '0.9 seconds') FROM webhook_queue WHERE group_id = $1"
    )
    found: timedelta | None = await database.fetchval(query, group_id)
    return found


UNTRIED = {"status": "pending", "attempts": 0, "response_status": None, "error": None}
FRESH = {**UNTRIED, "sealed_target": None, "is_over": False}


class TestClaim:
    async def test_of_what_is_due_the_longest_due_first(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        first, second, later, third = await queues(transaction, 4)
        await database.execute(
            "UPDATE webhook_queue SET due_at = due_at + interval '1 hour' WHERE group_id = $1", later
        )
        await database.execute(
            "UPDATE webhook_queue SET due_at = due_at - interval '1 hour' WHERE group_id = $1", third
        )
        assert {claim.group_id for claim in await deliveries.claim(transaction, 2)} == {third, first}
        assert [claim.group_id for claim in await deliveries.claim(transaction, 2)] == [second]
        assert await deliveries.claim(transaction, 2) == []

    async def test_is_for_a_minute(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        [group_id] = await queues(transaction)
        before: datetime = await database.fetchval("SELECT clock_timestamp()")
        [claim] = await deliveries.claim(transaction, 9)
        assert timedelta() <= claim.until - before - LEASE + timedelta(milliseconds=1) < timedelta(seconds=5)
        assert await database.fetchval("SELECT due_at FROM webhook_queue") == claim.until
        await database.execute("UPDATE webhook_queue SET due_at = now()")
        assert [claim.group_id for claim in await deliveries.claim(transaction, 9)] == [group_id]

    async def test_passes_over_what_somebody_holds(self, transaction: Transaction, elsewhere: Transaction) -> None:
        held, free = await queues(transaction, 2)
        async with elsewhere.begun():
            await analytics.record(elsewhere, Occurrence("ConferenceUpdated", held))
            assert [claim.group_id for claim in await deliveries.claim(transaction, 9)] == [free]
        assert [claim.group_id for claim in await deliveries.claim(transaction, 9)] == [held]

    @pytest.fixture
    async def pool(self, database_url: str, database: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
        async with asyncpg.create_pool(database_url, min_size=SENDERS, max_size=SENDERS) as pool:
            yield pool

    async def test_gives_nobody_what_another_has(self, transaction: Transaction, pool: asyncpg.Pool) -> None:
        made = await queues(transaction, QUEUES)

        async def claim() -> list[UUID]:
            async with connected(pool) as own:
                got: list[UUID] = []
                while some := await deliveries.claim(own, 3):
                    got += [claim.group_id for claim in some]
                return got

        claimed = [id for got in await asyncio.gather(*(claim() for _ in range(SENDERS))) for id in got]
        left = [claim.group_id for claim in await deliveries.claim(transaction, 99)]  # what others held just then
        assert sorted(claimed + left) == made

    async def test_says_where_to(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        async def found() -> bytes | None:
            await lose(database)
            [claim] = await deliveries.claim(transaction, 9)
            return claim.sealed_target

        async def change(webhook: bytes) -> None:
            async with transaction.begun():
                await configurations.change(transaction, conference.id, Configuration(sealed_webhook=webhook))

        await happen(transaction, conference.id)
        assert await found() == WORKSPACES
        await database.execute("UPDATE deployment SET sealed_webhook = $1", b"another")
        assert await found() == b"another"
        await change(OWN)
        assert await found() == OWN
        await change(b"changed")
        assert await found() == b"changed"
        await database.execute("DELETE FROM conference")
        assert await found() == b"changed"
        await database.execute("UPDATE webhook_queue SET sealed_target = NULL")
        await database.execute("UPDATE deployment SET sealed_webhook = NULL")
        assert await found() is None


class TestTake:
    async def test_is_in_the_order_in_which_it_happened(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        one, other = await queues(transaction, 2)
        for _ in range(3):
            await happen(transaction, other, one, one)
        query = "SELECT id FROM webhook_delivery WHERE group_id = $1 ORDER BY number"
        for group_id, generation in ((one, 4), (other, 4)):
            wanted = [row["id"] for row in await database.fetch(query, group_id)]
            await lose(database)
            claim = await claim_of(transaction, group_id)
            found = await deliveries.take(transaction, claim, 99)
            assert found
            assert [each.id for each in found.deliveries] == wanted
            assert {each.event.conference_id for each in found.deliveries} == {group_id}
            assert found.generation == generation
            some = await deliveries.take(transaction, claim, 3)
            assert some
            assert [each.id for each in some.deliveries] == wanted[:3]

    async def test_has_what_happened(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        await happen(transaction, conference.id)
        *_, delivery = await taken(transaction, await claim_of(transaction, conference.id))
        row = await database.fetchrow("SELECT * FROM analytics_event ORDER BY id DESC LIMIT 1")
        assert row
        assert (delivery.id, delivery.attempts, delivery.is_replay) == (row["id"], 0, False)
        event = delivery.event
        assert {name: getattr(event, name) for name in row.keys()} == dict(row)  # noqa: SIM118 - of a Record

    async def test_passes_over_what_is_over(self, transaction: Transaction) -> None:
        claim, [first, second] = await claimed(transaction, of=2)
        renewed = await deliveries.succeed(transaction, claim, first, 204)
        assert renewed
        assert await taken(transaction, renewed) == [second]
        renewed = await deliveries.succeed(transaction, renewed, second, 204)
        assert renewed
        assert await deliveries.take(transaction, renewed, 9) == (1, [])

    async def test_is_nothing_of_what_is_not_ours_any_more(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, _ = await claimed(transaction)
        await lose(database)
        assert await deliveries.take(transaction, claim, 9) is None
        other = await claim_of(transaction, claim.group_id)
        assert await deliveries.take(transaction, claim, 9) is None
        assert await taken(transaction, other)


class TestSucceed:
    async def test_is_written_and_renews_the_lease(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery, _] = await claimed(transaction, of=2)
        await asyncio.sleep(0.002)
        renewed = await deliveries.succeed(transaction, claim, delivery, 204)
        assert renewed
        assert (renewed.until > claim.until, renewed._replace(until=claim.until)) == (True, claim)
        assert await database.fetchval("SELECT due_at FROM webhook_queue") == renewed.until
        told = {"status": "success", "attempts": 1, "response_status": 204, "error": None, "is_over": True}
        assert await state(database, delivery) == {**told, "sealed_target": WORKSPACES}

    async def test_after_failures_forgets_what_they_were(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await deliveries.fail(transaction, claim, delivery, REFUSED)
        await lose(database)
        claim = await claim_of(transaction, claim.group_id)
        assert await deliveries.succeed(transaction, claim, delivery, 200)
        told = {"status": "success", "attempts": 2, "response_status": 200, "error": None, "is_over": True}
        assert await state(database, delivery) == {**told, "sealed_target": WORKSPACES}

    async def test_is_written_also_when_the_lease_is_lost(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery, _] = await claimed(transaction, of=2)
        await lose(database)
        other = await claim_of(transaction, claim.group_id)
        assert await deliveries.succeed(transaction, claim, delivery, 204) is None
        assert (await state(database, delivery))["status"] == "success"
        assert await database.fetchval("SELECT due_at FROM webhook_queue") == other.until
        again = await deliveries.succeed(transaction, other, delivery, 200)
        assert again
        assert ((await state(database, delivery))["attempts"], again.until >= other.until) == (1, True)


class TestFail:
    async def test_rests_ever_longer(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        claim, _ = await claimed(transaction, of=2)
        for attempts, pause in enumerate(PAUSES):
            [delivery, second] = await taken(transaction, claim)
            assert delivery.attempts == attempts
            assert await deliveries.fail(transaction, claim, delivery, REFUSED) == 0
            assert await rests(database, claim.group_id) == timedelta(seconds=pause)
            failed = {**FRESH, "response_status": 500, "error": "answered 500", "sealed_target": WORKSPACES}
            assert await state(database, delivery) == {**failed, "attempts": attempts + 1}
            assert await state(database, second) == FRESH
            await lose(database)
            claim = await claim_of(transaction, claim.group_id)

    async def test_without_an_answer_has_no_status(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await deliveries.fail(transaction, claim, delivery, Failure("nobody answered"))
        failed = {**FRESH, "attempts": 1, "error": "nobody answered", "sealed_target": WORKSPACES}
        assert await state(database, delivery) == failed

    async def test_after_a_day_gives_up_what_is_as_old_and_nothing_else(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery, old, young] = await claimed(transaction, of=3)
        _, [other] = await claimed(transaction)
        await age(database, delivery, old, other, hours=24.01)
        await age(database, young, hours=23.99)
        assert await deliveries.fail(transaction, claim, delivery, REFUSED) == 2
        over = {"status": "failed", "sealed_target": WORKSPACES, "is_over": True}
        assert await state(database, delivery) == {
            **over,
            "attempts": 1,
            "response_status": 500,
            "error": "answered 500",
        }
        untried = {
            "sealed_target": None,
            "attempts": 0,
            "response_status": None,
            "error": "not told within 24 hours",
        }
        assert await state(database, old) == {**over, **untried}
        assert await state(database, young) == await state(database, other) == FRESH
        assert await rests(database, claim.group_id) == timedelta(seconds=1)

    async def test_just_within_a_day_gives_up_nothing(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await age(database, delivery, hours=23.99)
        assert await deliveries.fail(transaction, claim, delivery, REFUSED) == 0
        assert (await state(database, delivery))["status"] == "pending"

    async def test_when_the_lease_is_lost_writes_nothing(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await age(database, delivery, hours=25)
        await lose(database)
        other = await claim_of(transaction, claim.group_id)
        assert await deliveries.fail(transaction, claim, delivery, REFUSED) == 0
        assert await state(database, delivery) == FRESH
        assert await database.fetchval("SELECT due_at FROM webhook_queue") == other.until


class TestGivingBack:
    async def test_many_untried(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        await queues(transaction, 3)
        first, second, third = await deliveries.claim(transaction, 9)
        await asyncio.sleep(0.002)  # the next lease ends in another millisecond
        await database.execute("UPDATE webhook_queue SET due_at = now() WHERE group_id = $1", third.group_id)
        [again] = await deliveries.claim(transaction, 9)
        await deliveries.put_off(transaction, [first, third], 5)
        await deliveries.put_off(transaction, [second], 0)
        assert [await rests(database, claim.group_id) for claim in (first, second)] == [
            timedelta(seconds=5),
            timedelta(),
        ]
        due_at = await database.fetchval("SELECT due_at FROM webhook_queue WHERE group_id = $1", third.group_id)
        assert due_at == again.until
        rows = await database.fetch("SELECT DISTINCT status, attempts FROM webhook_delivery")
        assert [tuple(row) for row in rows] == [("pending", 0)]

    async def test_for_no_time_is_due_at_once(self, transaction: Transaction) -> None:
        claim, _ = await claimed(transaction)
        for _ in range(50):
            await deliveries.put_off(transaction, [claim], 0)
            claim = await claim_of(transaction, claim.group_id)

    @pytest.mark.parametrize("turn", [1, -1])
    async def test_keeps_nobody_from_writing_to_several(
        self, transaction: Transaction, elsewhere: Transaction, waiting: Waiting, *, turn: int
    ) -> None:
        """Whoever is removed leaves some conferences, then those that go with their rooms."""
        await queues(transaction, 2)
        first, last = (await deliveries.claim(transaction, 2))[::turn]
        async with elsewhere.begun():
            await analytics.record(elsewhere, Occurrence("PeerLeft", last.group_id))
            putting_off = asyncio.create_task(deliveries.put_off(transaction, [first, last], 1))
            await waiting(1)
            await analytics.record(elsewhere, Occurrence("PeerLeft", first.group_id))
        await putting_off

    async def test_ends_the_queue(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        claim, [delivery] = await claimed(transaction)
        _, _ = await claimed(transaction)
        renewed = await deliveries.succeed(transaction, claim, delivery, 200)
        assert renewed
        await deliveries.give_back(transaction, renewed, 1)
        left = await database.fetch("SELECT group_id FROM webhook_queue")
        assert claim.group_id not in {row["group_id"] for row in left}
        assert len(left) == 1

    async def test_of_what_grew_meanwhile_keeps_it_due(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await happen(transaction, claim.group_id)
        renewed = await deliveries.succeed(transaction, claim, delivery, 200)
        assert renewed
        await deliveries.give_back(transaction, renewed, 1)
        claim = await claim_of(transaction, claim.group_id)
        found = await deliveries.take(transaction, claim, 9)
        assert found
        assert (found.generation, len(found.deliveries)) == (2, 1)

    async def test_waits_for_who_puts_something_in_just_now(
        self, transaction: Transaction, elsewhere: Transaction, waiting: Waiting, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        claim = await deliveries.succeed(transaction, claim, delivery, 200) or claim
        async with elsewhere.begun():
            await analytics.record(elsewhere, Occurrence("ConferenceUpdated", claim.group_id))
            giving = asyncio.create_task(deliveries.give_back(transaction, claim, 1))
            await waiting(1)
        await giving
        assert await database.fetchval("SELECT generation FROM webhook_queue") == 2
        assert len(await taken(transaction, await claim_of(transaction, claim.group_id))) == 1

    async def test_of_what_is_not_ours_any_more_leaves_it(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, _ = await claimed(transaction)
        await lose(database)
        other = await claim_of(transaction, claim.group_id)
        await deliveries.give_back(transaction, claim, 1)
        assert await database.fetchval("SELECT due_at FROM webhook_queue") == other.until


class TestDrop:
    async def test_has_all_fail_where_there_is_no_webhook(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, both = await claimed(transaction, of=2)
        _, [other] = await claimed(transaction)
        await database.execute("UPDATE deployment SET sealed_webhook = NULL")
        await deliveries.drop(transaction, claim)
        dropped = {**FRESH, "status": "failed", "error": "no webhook is configured", "is_over": True}
        assert [await state(database, each) for each in both] == [dropped, dropped]
        assert await state(database, other) == FRESH
        assert await deliveries.take(transaction, claim, 9) == (1, [])

    @pytest.mark.parametrize("own", [True, False])
    async def test_leaves_what_has_one_by_now(
        self, transaction: Transaction, database: asyncpg.Connection, *, own: bool
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        if own:
            await database.execute("UPDATE deployment SET sealed_webhook = NULL")
            await database.execute("UPDATE webhook_queue SET sealed_target = $1", OWN)
        await deliveries.drop(transaction, claim)
        assert await state(database, delivery) == FRESH

    async def test_leaves_what_is_not_ours_any_more(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        claim, [delivery] = await claimed(transaction)
        await database.execute("UPDATE deployment SET sealed_webhook = NULL")
        await lose(database)
        await deliveries.drop(transaction, claim)
        assert await state(database, delivery) == FRESH


async def test_what_waits_is_counted_by_its_oldest(transaction: Transaction, database: asyncpg.Connection) -> None:
    assert await deliveries.waiting(transaction) == (0, 0)
    claim, [old, done] = await claimed(transaction, of=2)
    await claimed(transaction)
    await age(database, old, hours=2)
    await age(database, done, hours=3)
    assert await deliveries.succeed(transaction, claim, done, 200)
    waiting = await deliveries.waiting(transaction)
    assert waiting.number == 2
    assert 7200 <= waiting.oldest < 7300
