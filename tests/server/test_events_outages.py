"""Postgres, servers and workers go away and come back: no change that was answered is lost, or told twice."""

import asyncio
import contextlib
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from clusters import Cluster
from listeners import Returning, Staying, Writer, going_on, person, until
from people import Person
from processes import RunServer, Server, settings_of
from sockets import accepted_by, cookie, opened

FEEDS = "query LIKE '%event.audience%'"


@pytest.fixture(scope="module")
def another(run_server: RunServer, cluster: Cluster) -> Iterator[Server]:
    with run_server(**settings_of(cluster.url)) as server:
        yield server


@dataclass(frozen=True)
class House:
    """Two people in three rooms that are renamed all the time, by way of two servers."""

    cluster: Cluster
    servers: list[Server]
    ada: Person
    ben: Person
    writers: list[Writer]
    listeners: contextlib.AsyncExitStack

    @property
    def urls(self) -> list[str]:
        return [server.url for server in self.servers]

    async def staying(self, worker: int | None = None) -> list[Staying]:
        """Join a session for each of the two on each process, or on this one alone."""
        joined = []
        for server in self.servers:
            for process in server.workers or {server.process.pid}:
                if worker in {None, process}:
                    with accepted_by(process, server.workers or {process}):
                        joined += [await self._joined(server, each) for each in (self.ada, self.ben)]
        return joined

    async def _joined(self, server: Server, whose: Person) -> Staying:
        return Staying(await self.listeners.enter_async_context(opened(server.url, "/events", cookie(whose.token))))

    async def recorded(self, whose: Person) -> list[tuple[int, str | None]]:
        """Return number and name of each event that concerns somebody."""
        desk = await asyncpg.connect(self.cluster.url)
        query = "SELECT number, body FROM event WHERE $1 = ANY (audience) ORDER BY number"
        rows = await desk.fetch(query, UUID(whose.id))
        await desk.close()
        return [(row["number"], json.loads(row["body"]).get("name")) for row in rows]

    async def end(self, *listeners: Staying | Returning) -> None:
        """Make a last room, and wait until all have heard of it."""
        await until(self.is_well)
        last = (await self.ada.created("group", self.ada, self.ben, name="Last"))["id"]
        for listener in listeners:
            await until(lambda listener=listener: listener.heard and listener.heard[-1]["roomId"] == last)

    async def is_well(self) -> bool:
        return all([await self._events_are(server, well=True) for server in self.servers])

    async def is_ill(self) -> bool:
        return all([await self._events_are(server, well=False) for server in self.servers])

    async def _events_are(self, server: Server, *, well: bool) -> bool:
        health = (await asyncio.to_thread(server.get, "/health")).json()
        of = {each["name"]: each["isHealthy"] for each in health["dependencies"]}
        return of["event_dispatcher"] is well

    async def assert_heard(self, *listeners: Staying) -> None:
        """See that each has heard just what is recorded, and so all that was answered."""
        names = [name for _, name in await self.recorded(self.ada) if name]
        for listener in listeners:
            assert not listener.is_closed
            assert listener.names == names
        for writer in self.writers:
            assert writer.answered
            assert set(writer.answered) <= set(names)


@pytest.fixture
async def house(cluster: Cluster, two_workers: Server, another: Server) -> AsyncIterator[House]:
    servers = [two_workers, another]
    async with (
        person(cluster.url, two_workers, "Ada") as ada,
        person(cluster.url, two_workers, "Ben") as ben,
        contextlib.AsyncExitStack() as listeners,
    ):
        rooms = [await ada.created("group", ada, ben, name=f"Room {n}") for n in range(3)]
        writers = [Writer(ada, room, [server.url for server in servers]) for room in rooms]
        yield House(cluster, servers, ada, ben, writers, listeners)
    assert not [server.log for server in servers if "Traceback" in server.log]


async def _killed(house: House, staying: list[Staying]) -> None:
    """Kill Postgres and start it again."""
    house.cluster.kill()
    await until(house.is_ill)
    for listener in staying:
        await listener.is_answered()
    house.cluster.start()


async def _cut(house: House, staying: list[Staying]) -> None:
    """End each session, as often as there is one."""
    for _ in range(3):
        await house.cluster.cut()
        await house.writers[0].go_on(5)


async def _hung(house: House, staying: list[Staying]) -> None:
    """Let each session stand still for longer than an answer may take."""
    async with house.cluster.hanging():
        await until(house.is_ill)
        await asyncio.sleep(12)
        for listener in staying:
            await listener.is_answered()


async def _hung_feeds(house: House, staying: list[Staying]) -> None:
    """Let those sessions stand still by which events are heard, while more and more are recorded."""
    async with house.cluster.hanging(FEEDS):
        await until(house.is_ill)
        await house.writers[0].go_on(300)


@pytest.mark.parametrize(
    "outage",
    [
        pytest.param(_killed, id="that is killed and started again"),
        pytest.param(_cut, id="that ends its sessions again and again", marks=pytest.mark.long),
        pytest.param(_hung, id="that stands still", marks=pytest.mark.long),
        pytest.param(_hung_feeds, id="that stands still for those who listen", marks=pytest.mark.long),
    ],
)
async def test_a_postgres_loses_nothing_for_those_who_stay(
    house: House, outage: Callable[[House, list[Staying]], Awaitable[None]]
) -> None:
    staying = await house.staying()
    async with going_on(each.run() for each in (*house.writers, *staying)):
        await house.writers[0].go_on(20)
        await outage(house, staying)
        await until(house.is_well)
        await house.writers[0].go_on(20)
    async with going_on(each.run() for each in staying):
        await house.end(*staying)
    await house.assert_heard(*staying)


@pytest.mark.long  # the watch looks every ten seconds
async def test_that_nothing_is_heard_any_more_is_said_once_and_that_it_is_again(house: House) -> None:
    def said(server: Server) -> list[str]:
        lines = [line.split(" ", 2)[2] for line in server.log.splitlines()]
        return [line.partition(" (")[0] for line in lines if line.startswith("event_dispatcher is ")]

    await until(lambda: all(len(said(server)) % 2 == 0 for server in house.servers))  # whatever was before is told
    before = [len(said(server)) for server in house.servers]
    staying = await house.staying()
    async with going_on(each.run() for each in staying):
        house.cluster.kill()
        try:
            await until(lambda: all(said(server)[old:] for server, old in zip(house.servers, before, strict=True)))
            for listener in staying:
                await listener.is_answered()
        finally:
            house.cluster.start()
        await until(lambda: all(said(server)[old + 1 :] for server, old in zip(house.servers, before, strict=True)))
        await house.end(*staying)
    for server, old in zip(house.servers, before, strict=True):
        assert said(server)[old:] == ["event_dispatcher is away", "event_dispatcher is back"]


class TestProcesses:
    async def test_hear_each_others_changes(self, house: House) -> None:
        staying = await house.staying()
        names = [f"{number} by {url}" for number, url in enumerate(house.urls * 3)]
        async with going_on(each.run() for each in staying):
            for name, url in zip(names, house.urls * 3, strict=True):
                await house.ada("PUT", f"{url}/rooms/{house.writers[0].room['id']}", json={"name": name})
            await house.end(*staying)
        assert [listener.names for listener in staying] == [names] * len(staying)

    @pytest.mark.long
    async def test_that_are_killed_take_no_sockets_along_but_their_own(self, house: House, two_workers: Server) -> None:
        lost, kept = sorted(two_workers.workers)
        gone, staying = await house.staying(lost), await house.staying(kept)
        async with going_on(each.run() for each in (*house.writers, *gone, *staying)):
            await house.writers[0].go_on(5)
            os.kill(lost, signal.SIGKILL)
            await until(lambda: all(listener.is_closed for listener in gone))
            await house.writers[0].go_on(5)
            await until(lambda: len(two_workers.workers) == 2)
        async with going_on(each.run() for each in staying):
            await house.end(*staying)
        await house.assert_heard(*staying)


async def _killed_worker(house: House) -> None:
    """Kill a worker, and see another in its place."""
    server = house.servers[0]
    before = server.workers
    os.kill(max(before), signal.SIGKILL)
    await until(lambda: len(server.workers) == 2 and server.workers != before)


async def _replaced_workers(house: House) -> None:
    server = house.servers[0]
    before = server.workers
    server.process.send_signal(signal.SIGUSR1)
    await until(lambda: len(server.workers) == 2 and not server.workers & before)


async def _restarted_postgres(house: House) -> None:
    house.cluster.kill()
    await until(house.is_ill)
    house.cluster.start()


_ALL = (_replaced_workers, _killed_worker, _restarted_postgres)


@pytest.mark.long
class TestWhoComesBack:
    """With the number of what was heard last, by whichever server."""

    @pytest.mark.parametrize(
        "happenings",
        [
            pytest.param((_killed_worker, _restarted_postgres), id="when a worker and Postgres are killed"),
            pytest.param(_ALL * 4, id="whatever happens"),
        ],
    )
    async def test_misses_nothing_and_hears_nothing_twice(
        self, house: House, happenings: Sequence[Callable[[House], Awaitable[None]]]
    ) -> None:
        place = (await house.recorded(house.ada))[-1][0]
        returning = [
            Returning(whose, order, place)
            for whose in (house.ada, house.ben)
            for order in (house.urls, house.urls[::-1], house.urls[:1])
        ]
        async with going_on(each.run() for each in (*house.writers, *returning)):
            await until(lambda: all(each.joined for each in returning))
            for happen in happenings:
                await happen(house)
                await until(house.is_well)
                await house.writers[0].go_on(20)
        async with going_on(each.run() for each in returning):
            await house.end(*returning)
        for each in returning:
            recorded = [(number, name) for number, name in await house.recorded(each.who) if number > place]
            assert [(frame["seq"], frame.get("name")) for frame in each.heard] == recorded
        answered = {name for writer in house.writers for name in writer.answered}
        assert answered <= {frame.get("name") for frame in returning[0].heard}
        told = happenings.count(_replaced_workers)
        assert returning[2].codes[1001] >= told, "a worker that is replaced says that it goes away"
        assert sum((each.codes for each in returning), start=Counter[int | None]()).keys() <= {1000, 1001, 1006}
