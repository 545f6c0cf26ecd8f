"""Clients of websockets who read nothing, say too much, or vanish: others hear all, in time; memory is bounded."""

import asyncio
import contextlib
import json
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from databases import Postgres, name_of
from listeners import Staying, going_on, joined, person, tell, until
from peers import Peer, text
from people import Person
from ports import free_port
from processes import NO_TLS, RunServer, Server, settings_of
from prometheus_client.parser import text_string_to_metric_families
from sockets import PING, cookie, opened, refused

POOL_SIZE = 10


@pytest.fixture(scope="module")
def live(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    with (
        postgres.database(template) as url,
        run_server(**settings_of(url), ENFILADE_METRICS_PORT=free_port()) as server,
    ):
        yield server
        assert "Traceback" not in server.log


@pytest.fixture
def url(live: Server) -> str:
    return live.environment["ENFILADE_DATABASE_URL"]


@pytest.fixture
async def desk(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def ada(live: Server, url: str) -> AsyncIterator[Person]:
    async with person(url, live, "Ada") as ada:
        yield ada


@pytest.fixture
async def ben(live: Server, url: str) -> AsyncIterator[Person]:
    async with person(url, live, "Ben") as ben:
        yield ben


async def head(desk: asyncpg.Connection) -> int:
    number: int = await desk.fetchval("SELECT coalesce(max(number), 0) FROM event")
    return number


@pytest.fixture
async def peer(live: Server) -> AsyncIterator[Callable[[], Peer]]:
    """Make clients, which are gone at the test's end."""
    with contextlib.ExitStack() as peers:

        def peer() -> Peer:
            made = Peer(live.url)
            peers.callback(made.close)
            return made

        yield peer


@contextlib.asynccontextmanager
async def staying(live: Server, *people: Person) -> AsyncIterator[list[Staying]]:
    """Have a session of each of them that hears all, pings, and is never closed."""
    async with contextlib.AsyncExitStack() as stack:
        sessions = [
            Staying(await stack.enter_async_context(opened(live.url, "/events", cookie(each.token)))) for each in people
        ]
        async with going_on(each.run() for each in sessions):
            yield sessions
    assert not any(each.is_closed for each in sessions)


def resident(server: Server) -> float:
    """Return how many MiB of memory it has."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


def files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


async def figure(server: Server, name: str, *labels: tuple[str, str]) -> float:
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        answer = await client.get(f"http://127.0.0.1:{server.environment['ENFILADE_METRICS_PORT']}/metrics")
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name and sample.labels.items() >= set(labels)
    )


class TestPingsAmidWhatWasMissed:
    async def test_are_never_answered_by_a_number_lower_than_one_that_was_told(
        self, ada: Person, desk: asyncpg.Connection, peer: Callable[[], Peer]
    ) -> None:
        """Who came back with that number would hear something twice."""
        before = await head(desk)
        await tell(desk, 1000, ada)
        mine = joined(peer(), ada, f"?after={before}", text(PING) * 40)
        frames = [json.loads(mine.heard()) for _ in range(1041)]
        numbers = [frame["seq"] for frame in frames]
        assert numbers == sorted(numbers)
        assert [frame["type"] for frame in frames].count("pong") == 40


class TestWhoNeverReads:
    async def test_is_cut_while_others_hear_all_as_soon_as_ever_in_bounded_memory(
        self, live: Server, ada: Person, ben: Person, desk: asyncpg.Connection, peer: Callable[[], Peer]
    ) -> None:
        count, size = 3_500, 1_500
        async with staying(live, ben) as [his]:

            async def took(times: int, *whom: Person) -> float:
                enough, began = len(his.heard) + times * count, time.monotonic()
                for _ in range(times):
                    await tell(desk, count, *whom, size=size)
                await until(lambda: len(his.heard) >= enough)
                assert len(his.heard) == enough
                return time.monotonic() - began

            usual = await took(1, ben)
            memory = resident(live)
            slow = [joined(peer(), ada) for _ in range(5)]
            late = await took(6, ada, ben)  # more than wait for a socket, and lie between it and her
            assert resident(live) - memory < 60
            assert late < 3 * (6 * usual) + 1, (late, usual)
            await his.is_answered()
            assert [await asyncio.to_thread(each.closed) for each in slow] == [1013] * 5


class TestADatabaseThatComesBack:
    async def test_with_ten_thousand_events_has_all_of_them_heard(
        self, live: Server, postgres: Postgres, url: str, ada: Person, desk: asyncpg.Connection
    ) -> None:
        name, count = name_of(url), 10_000
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        async with staying(live, ada, ada) as sessions:
            await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            try:
                await desk.execute(f"SELECT pg_terminate_backend(pid, 60000) {others}")
                await tell(desk, count, ada)
                for each in sessions:
                    await each.is_answered()
                assert [each.heard for each in sessions] == [[], []]
            finally:
                await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            for each in sessions:
                await until(lambda each=each: len(each.heard) >= count)
                assert [frame["roomId"] for frame in each.heard] == [str(n + 1) for n in range(count)]


class TestWhoSaysTooMuch:
    @pytest.mark.parametrize("seconds", [1, pytest.param(45, marks=pytest.mark.long)])
    async def test_does_not_keep_others_waiting(
        self, live: Server, ada: Person, ben: Person, peer: Callable[[], Peer], seconds: int
    ) -> None:
        """Pings as fast as they are taken, by some who read the answers, and some who do not; not for so long that who
        does not answer the server's is cut."""
        reading, deaf = [joined(peer(), ada) for _ in range(2)], [joined(peer(), ada) for _ in range(2)]
        memory, slowest = resident(live), 0.0
        async with staying(live, ben) as [his]:
            talking = [asyncio.to_thread(_talk, each, seconds, is_reading=each in reading) for each in reading + deaf]
            talk = asyncio.gather(*talking)
            while not talk.done():
                began = time.monotonic()
                await ben.created("temporary", name="A")
                heard = len(his.heard)
                await his.is_answered()
                slowest = max(slowest, time.monotonic() - began)
            assert heard
        assert min((await talk)[:2]) > 1000 * seconds, "who reads is answered"
        assert slowest < 1
        assert resident(live) - memory < 30

    async def test_nonsense_is_cut_off_alone(
        self, live: Server, ada: Person, ben: Person, peer: Callable[[], Peer]
    ) -> None:
        chance = random.Random(9)  # noqa: S311 - the same in every run
        async with staying(live, ben) as [his]:
            before = files(live)
            for _ in range(100):
                junk = joined(peer(), ada)
                with contextlib.suppress(ConnectionError):
                    junk.say(chance.randbytes(chance.randrange(1, 3000)))
                junk.close()
            await until(lambda: files(live) <= before + POOL_SIZE)
            await his.is_answered()


class TestWhoVanishes:
    async def test_leaves_nothing_behind(
        self, live: Server, ada: Person, ben: Person, desk: asyncpg.Connection, peer: Callable[[], Peer]
    ) -> None:
        """In the midst of a handshake or of what is told, with a reset or a word."""
        async with staying(live, ben) as [his]:
            before, memory = files(live), resident(live)
            for number in range(200):
                gone = peer()
                if number % 4:
                    joined(gone, ada)
                else:
                    gone.say("GET /events HTTP/1.1\r\nUpgrade: websocket\r\n")
                if number == 100:
                    await tell(desk, 2000, ada, size=1000)
                gone.reset() if number % 2 else gone.close()
            await until(lambda: files(live) <= before + POOL_SIZE)
            assert resident(live) - memory < 30
            await his.is_answered()

    async def test_half_way_hundreds_of_times_keeps_nobody_from_joining(
        self, live: Server, ada: Person, ben: Person, peer: Callable[[], Peer]
    ) -> None:
        for number in range(500):
            half = f"GET /events HTTP/1.1\r\nHost: x\r\nCookie: ZM_AUTH_TOKEN={ada.token}\r\nUpgrade: websocket\r\n"
            peer().say(half[: 1 + number % len(half)])
        began = time.monotonic()
        async with staying(live, ben) as [his]:
            await his.is_answered()
        assert time.monotonic() - began < 2


class TestFigures:
    async def test_are_of_sockets_of_events_and_of_those_that_were_cut(
        self, live: Server, ada: Person, ben: Person, desk: asyncpg.Connection
    ) -> None:
        gone, told = ("enfilade_sockets_cut_total", ("reason", "token gone")), ("enfilade_events_total",)
        before = await figure(live, *told), await figure(live, *gone)
        async with staying(live, ben, ben) as sessions, opened(live.url, "/events", cookie(ada.token)) as hers:
            await tell(desk, 10, ada, ben)
            await until(lambda: all(len(each.heard) == 10 for each in sessions))
            await asyncio.to_thread(live.enfilade, "tokens", "revoke", "--user", ada.id)
            assert await hers.closed() == 1008
            # They are taken every five seconds; what happened before may be counted only now.
            await until(lambda: _is(live, 2, "enfilade_sockets"))
            await until(lambda: _is_at_least(live, before[0] + 11, *told))
            await until(lambda: _is_at_least(live, before[1] + 1, *gone))


class TestLog:
    async def test_has_one_line_of_a_socket_when_it_is_answered_without_any_secret(
        self, live: Server, ada: Person
    ) -> None:
        async with httpx.AsyncClient(base_url=live.url, verify=NO_TLS) as client:
            refusal = await refused(client, "/events?after=secret", cookie(ada.token))
            nobody = await refused(client, "/services/chats/events/?token=secret", {"Cookie": "ZM_AUTH_TOKEN=secret"})
        async with opened(live.url, "/events?after=0&secret=secret", cookie(ada.token)) as session:
            id = session.connection.response.headers["X-Trace-Id"]
            line = live.logged(id)
        for status, told in ((101, line), (400, live.logged(refusal.headers["x-trace-id"]))):
            assert f" INFO request api=chats operation=GET /events status={status} milliseconds=" in told
            assert f" caller={ada.id} trace_id=" in told
        told = live.logged(nobody.headers["x-trace-id"])
        assert " operation=GET /events status=401 " in told
        assert "caller" not in told
        await asyncio.sleep(0.2)
        assert live.logged(id) == line, "its end is not told of"
        assert ada.token not in live.log
        assert "secret" not in live.log


def _talk(peer: Peer, seconds: float, *, is_reading: bool) -> int:
    """Say pings as fast as they are taken, for so long, and return how many answers were read."""
    one = text(PING)
    said, end, answers = one * 100, time.monotonic() + seconds, 0
    peer.socket.setblocking(False)  # noqa: FBT003 - its one parameter
    while time.monotonic() < end:
        with contextlib.suppress(BlockingIOError):
            taken = peer.socket.send(said)
            said = said[taken:] + one * (taken // len(one))
        with contextlib.suppress(BlockingIOError):
            answers += peer.socket.recv(65536).count(b'{"type":"pong"}') if is_reading else 0
        time.sleep(0.001)
    return answers


async def _is(server: Server, value: float, name: str, *labels: tuple[str, str]) -> bool:
    return await figure(server, name, *labels) == value


async def _is_at_least(server: Server, value: float, name: str, *labels: tuple[str, str]) -> bool:
    return await figure(server, name, *labels) >= value
