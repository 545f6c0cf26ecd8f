"""Webhooks as servers send them: whatever receivers, processes and Postgres do, nothing is lost or out of turn."""

import asyncio
import contextlib
import json
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from clusters import Cluster
from databases import Postgres
from desks import Desk, repeated, told
from listeners import going_on, until
from ports import free_port
from processes import NO_TLS, PATIENCE, SECRET_KEY, Begin, RunServer, Server, settings_of
from receivers import Receiver, dying, last, later, plain, raw, receiving

from app.apis.hms.tokens import management_token
from app.domain import keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

HERE = {"ENFILADE_WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8"}
_LEASE = 60  # seconds
_LONG = 240  # seconds for ten thousand deliveries on a busy machine


@dataclass
class House:
    """A server, somebody who changes rooms by it, and a desk beside it."""

    server: Server
    desk: Desk
    client: httpx.AsyncClient

    async def room(self, url: str) -> str:
        """Make a room by the API, with this webhook."""
        return str((await self.asked("POST", "/v2/rooms", json={"webhook": {"url": url}}))["id"])

    async def asked(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        answer = await self.client.request(method, path, **what)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def change_for_ever(self, room: str) -> None:
        while True:
            await self.asked("POST", f"/v2/rooms/{room}", json={"description": "another"})
            await asyncio.sleep(0.05)

    async def log(self) -> list[dict[str, Any]]:
        """Return what the API tells of all deliveries, newest first."""
        page, log = 1, []
        while True:
            shown = await self.asked("GET", f"/v2/analytics/webhooks?limit=100&page={page}")
            log += shown["events"]
            if not shown["pagination"]["has_next"]:
                return log
            page += 1

    async def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing waits any more; pauses are over at once, but receivers may still rest."""
        async with asyncio.timeout(seconds):
            while not await self.desk.is_quiet():
                await self.desk.hurry()
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def lived_in(server: Server, url: str) -> AsyncIterator[House]:
    connection = await asyncpg.connect(url)
    desk = Desk(connection, SecretKey(SECRET_KEY))
    await desk.clear()
    key = await keys.create_hms(Transaction(connection), desk.key)
    headers = {"Authorization": f"Bearer {management_token(key.access_key, key.secret)}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=PATIENCE, verify=NO_TLS) as client:
        yield House(server, desk, client)
    await connection.close()
    assert "Traceback" not in server.log


@pytest.fixture(scope="module")
def own_url(postgres: Postgres, template: str) -> Iterator[str]:
    with postgres.database(template) as url:
        yield url


@pytest.fixture
def another_url(postgres: Postgres, template: str) -> Iterator[str]:
    with postgres.database(template) as url:
        yield url


@pytest.fixture(scope="module")
def sending(run_server: RunServer, own_url: str) -> Iterator[Server]:
    """A server whose two workers send to this machine."""
    with run_server(**settings_of(own_url), **HERE, ENFILADE_WORKERS="2") as server:
        yield server


@pytest.fixture
async def house(sending: Server, own_url: str) -> AsyncIterator[House]:
    async with lived_in(sending, own_url) as house:
        yield house


@pytest.fixture(scope="module")
def on_cluster(run_server: RunServer, cluster: Cluster) -> Iterator[Server]:
    with run_server(**settings_of(cluster.url), **HERE) as server:
        yield server


async def test_a_change_is_told_at_once_and_the_log_says_so(house: House) -> None:
    async with receiving(plain(202)) as receiver:
        url = f"http://ada:hunter2@127.0.0.1:{receiver.port}/hook?secret=hunter2"
        room = await house.room(url)
        await house.asked("POST", f"/v2/rooms/{room}", json={"description": "another"})
        await house.quiet()
    assert told(receiver.deliveries) == await house.desk.expected()
    assert [json.loads(delivery.body)["type"] for delivery in receiver.deliveries] == [
        "room.create.success",
        "room.update.success",
    ]
    shown = await house.log()
    assert [event["payload"].pop("event_data")["room_id"] for event in shown] == [room, room]
    assert [event["payload"] for event in shown] == [
        {
            "webhook_url": f"http://127.0.0.1:{receiver.port}/hook",
            "original_event_name": json.loads(delivery.body)["type"],
            "delivery_id": delivery.headers["webhook-id"],
            "attempts": 1,
            "is_replay": False,
        }
        for delivery in reversed(receiver.deliveries)
    ]
    assert "hunter2" not in house.server.log + json.dumps(shown)


@pytest.mark.long
async def test_a_receiver_that_was_away_is_told_all_of_it_in_its_order(house: House) -> None:
    port = int(free_port())
    away = [plain(500), plain(503), dying(), last(raw(b"HTTP/1.1 2")), later(0.2, dying(b"HTTP/1.1 200 OK\r\n"))]
    rooms = [await house.room(f"http://127.0.0.1:{port}/hook") for _ in range(3)]
    async with going_on(house.change_for_ever(room) for room in rooms):
        await asyncio.sleep(3)
        assert sum(event["payload"]["attempts"] for event in await house.log()) > 0
        receiver = Receiver([*away, plain()])
        async with receiver.receiving(port=port):
            await until(lambda: len(told(receiver.deliveries)) == 3)
            await asyncio.sleep(1)
    async with receiver.receiving(port=port):  # for a moment it was away again
        await house.quiet()
    expected = await house.desk.expected()
    assert told(receiver.deliveries) == expected
    log = await house.log()
    assert {event["event_name"] for event in log} == {"reporter.webhook.delivery.success"}
    assert len(log) == sum(map(len, expected.values()))
    first_tries = [event["payload"]["attempts"] for event in log]
    assert max(first_tries) > 1
    listed = await asyncio.to_thread(house.server.enfilade, "webhooks", "log", "--limit", "1000", "--status", "success")
    assert [each["id"] for each in listed] == [event["payload"]["delivery_id"] for event in log]
    assert [each["attempts"] for each in listed] == first_tries


def memory(server: Server) -> int:
    """Return how many bytes its processes have in memory."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in server.workers]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


async def latency(house: House, room: str) -> float:
    """Return how long a request takes, in the middle."""
    took = []
    for _ in range(100):
        began = time.perf_counter()
        await house.asked("GET", f"/v2/rooms/{room}")
        took.append(time.perf_counter() - began)
    return statistics.median(took)


@pytest.mark.long
async def test_ten_thousand_that_wait_for_a_dead_receiver_burden_nobody_and_are_told_in_their_order(
    house: House,
) -> None:
    port = int(free_port())
    room = await house.room("http://127.0.0.1:1/")
    await latency(house, room)
    before, quick = memory(house.server), await latency(house, room)
    rooms = await house.desk.rooms(100, f"http://127.0.0.1:{port}/hook")
    for _ in range(10):
        await house.desk.happen(*rooms, times=10)
    await asyncio.sleep(2)
    slow = await latency(house, room)
    receiver = Receiver([plain()])
    async with receiver.receiving(port=port):
        await until(lambda: receiver.deliveries)
        busy = await latency(house, room)
        async with asyncio.timeout(_LONG):
            while len(receiver.deliveries) < 10_100:
                await house.desk.hurry()
                await asyncio.sleep(0.5)
    expected = await house.desk.expected()
    expected.pop(room)
    assert told(receiver.deliveries) == expected
    assert repeated(receiver.deliveries) == 0
    # Other processes take their share of the machine; behind a connection that waits it would be seconds.
    assert max(slow, busy) < 50 * quick
    assert memory(house.server) - before < 50 * 2**20


async def _killed(house: House) -> None:
    """Kill each worker, and see others in their place."""
    before = house.server.workers
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await until(lambda: len(house.server.workers) == 2 and not house.server.workers & before)
    await house.desk.expire()


async def _replaced(house: House) -> None:
    before = house.server.workers
    house.server.process.send_signal(signal.SIGUSR1)
    await until(lambda: len(house.server.workers) == 2 and not house.server.workers & before)


@pytest.mark.long
@pytest.mark.parametrize(("happen", "most"), [(_killed, 8), (_replaced, 0)], ids=["killed", "replaced"])
async def test_what_workers_have_begun_who_are_gone_comes_again_by_the_same_id(
    house: House, happen: Callable[[House], Awaitable[None]], most: int
) -> None:
    async with receiving(later(0.3, plain())) as receiver:
        await house.desk.happen(*await house.desk.rooms(8, receiver.url), times=3)
        await until(lambda: len(receiver.deliveries) >= 8)
        await happen(house)
        await house.quiet()
    assert told(receiver.deliveries) == await house.desk.expected()
    assert repeated(receiver.deliveries) <= most
    assert {status for status, *_ in await house.desk.log()} == {"success"}


@pytest.mark.long
async def test_a_server_that_is_ended_writes_down_what_is_on_its_way(begin: Begin, another_url: str) -> None:
    server = begin(**settings_of(another_url), **HERE)
    async with lived_in(server, another_url) as house, receiving(later(0.5, plain())) as receiver:
        await house.desk.happen(*await house.desk.rooms(4, receiver.url), times=3)
        await until(lambda: len(receiver.deliveries) >= 6)
        assert await asyncio.to_thread(server.end) == 0
        query = "SELECT id::text FROM webhook_delivery WHERE status = 'success'"
        written = {row["id"] for row in await house.desk.connection.fetch(query)}
        assert written == {delivery.headers["webhook-id"] for delivery in receiver.deliveries}
        # Others could go on at once.
        assert await house.desk.connection.fetchval("SELECT bool_and(due_at <= now()) FROM webhook_queue")


@pytest.mark.long
class TestAnOutageOfPostgres:
    @pytest.fixture
    async def house(self, on_cluster: Server, cluster: Cluster) -> AsyncIterator[House]:
        async with lived_in(on_cluster, cluster.url) as house:
            yield house

    async def test_that_is_killed_delays_only(self, house: House, cluster: Cluster) -> None:
        async with receiving(later(0.02, plain())) as receiver:
            await house.desk.happen(*await house.desk.rooms(4, receiver.url), times=30)
            await until(lambda: len(receiver.deliveries) >= 20)
            expected = await house.desk.expected()
            cluster.kill()
            await asyncio.sleep(3)
            cluster.start()
            connection = await asyncpg.connect(cluster.url)
            async with asyncio.timeout(_LEASE + PATIENCE):  # what was on its way comes when its lease is over
                while not await Desk(connection, house.desk.key).is_quiet():  # noqa: ASYNC110 - nobody tells of it
                    await asyncio.sleep(0.1)
            await connection.close()
        assert told(receiver.deliveries) == expected
        assert repeated(receiver.deliveries) <= 4

    async def test_that_loses_notifications_delays_for_a_moment(self, house: House, cluster: Cluster) -> None:
        async with receiving() as receiver:
            room = await house.desk.room(receiver.url)
            await house.quiet()
            for _ in range(3):
                await house.desk.connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%event.audience%'"
                    " AND pid <> pg_backend_pid()"
                )
                await house.desk.happen(room)
                await house.quiet(_LEASE / 4)
        assert told(receiver.deliveries) == await house.desk.expected()
