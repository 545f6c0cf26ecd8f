"""The watch of a running server: what it says of that which goes away and comes back, and how often."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from ports import free_port
from processes import PATIENCE, eventually

from app.adapters import database
from app.adapters.watch import Watch
from app.domain import probes
from app.domain.errors import StorageFailed

HINTS = {"store": "ENFILADE_BLOBS_URL", "database": "ENFILADE_DATABASE_URL"}
AWAY = "store is away (no such bucket): look at ENFILADE_BLOBS_URL"
BACK = "store is back"

# A server of three processes, each of which finds the store away at once and says on its output that it has looked.
SERVER = """
import asyncio, logging, multiprocessing, sys
from app.adapters import watch
from app.domain.errors import StorageFailed

watch._SOON_SECONDS = watch._SECONDS = 0.05

async def probe():
    raise StorageFailed("no such bucket")

def work():
    async def watched():
        async with watch.Watch({"store": probe}, {"store": "ENFILADE_BLOBS_URL"}).watching() as watching:
            while not watching.healthy:
                await asyncio.sleep(0.01)
            print(multiprocessing.current_process().pid, flush=True)
            await asyncio.Event().wait()

    logging.basicConfig(stream=sys.stderr, format="%(process)d %(message)s")
    asyncio.run(watched())

workers = [multiprocessing.get_context("fork").Process(target=work) for _ in range(3)]
for worker in workers:
    worker.start()
for line in sys.stdin:
    workers.append(multiprocessing.get_context("fork").Process(target=work))
    workers[-1].start()
for worker in workers:
    worker.kill()
"""


class Dependency:
    """Something to stand on, which a test takes away: by a failure, by silence, or so that it does not even end."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None
        self.is_silent = False
        self.may_end: asyncio.Event | None = None

    async def probe(self) -> None:
        self.asked += 1
        if self.failure:
            raise self.failure
        if self.is_silent:
            await asyncio.Event().wait()
        while self.may_end and not self.may_end.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.may_end.wait()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("adapters.watch._SECONDS", "adapters.watch._SOON_SECONDS"):
        monkeypatch.setattr(f"app.{name}", 0.01)
    monkeypatch.setattr("app.domain.probes.SECONDS", 0.1)


@pytest.fixture
def store() -> Dependency:
    return Dependency()


@pytest.fixture
async def watch(store: Dependency, hurried: None, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Watch]:
    caplog.set_level(logging.INFO, "enfilade")
    async with Watch({"store": store.probe}, HINTS).watching() as watch:
        yield watch


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)


async def asked_again(store: Dependency, times: int = 3) -> None:
    before = store.asked
    await until(lambda: store.asked > before + times)


class TestWhatIsAway:
    async def test_is_said_once_and_so_is_that_it_is_back(
        self, watch: Watch, store: Dependency, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(2):
            store.failure = StorageFailed("no such bucket\nand more")
            await until(lambda: watch.healthy == {"store": False})
            await asked_again(store)
            assert caplog.messages == [AWAY]
            store.failure = None
            await until(lambda: watch.healthy == {"store": True})
            await asked_again(store)
            assert caplog.messages == [AWAY, BACK]
            caplog.clear()

    async def test_is_away_when_it_hangs(
        self, watch: Watch, store: Dependency, caplog: pytest.LogCaptureFixture
    ) -> None:
        store.is_silent = True
        await until(lambda: watch.healthy == {"store": False})
        assert caplog.messages == ["store is away (no answer within 0.1 seconds): look at ENFILADE_BLOBS_URL"]
        store.is_silent = False
        await until(lambda: watch.healthy == {"store": True})
        assert caplog.messages[1:] == [BACK]

    async def test_is_not_asked_twice_when_it_does_not_even_end(self, watch: Watch, store: Dependency) -> None:
        await until(lambda: watch.healthy == {"store": True})
        store.may_end = asyncio.Event()
        await until(lambda: watch.healthy == {"store": False})
        asked = store.asked
        await asyncio.sleep(0.5)
        store.may_end.set()
        assert store.asked == asked
        await until(lambda: watch.healthy == {"store": True})

    async def test_is_not_said_of_what_fails_once(
        self, watch: Watch, store: Dependency, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(5):
            store.failure = StorageFailed("for a moment")
            asked = store.asked
            await until(lambda asked=asked: store.asked > asked)
            store.failure = None
            await asked_again(store)
        assert caplog.messages == []

    async def test_is_named_by_what_led_to_a_fault_without_words(
        self, watch: Watch, store: Dependency, caplog: pytest.LogCaptureFixture
    ) -> None:
        store.failure = StorageFailed()
        store.failure.__cause__ = OSError(28, "No space left on device")
        await until(lambda: caplog.messages)
        assert caplog.messages == ["store is away ([Errno 28] No space left on device): look at ENFILADE_BLOBS_URL"]


class TestWhatIsThere:
    async def test_is_asked_at_once_and_not_spoken_of(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "enfilade")
        one, other = Dependency(), Dependency()
        async with Watch({"store": one.probe, "database": other.probe}, HINTS).watching() as watch:
            await until(lambda: watch.healthy == {"store": True, "database": True})
        assert (one.asked, other.asked, caplog.messages) == (1, 1, [])

    async def test_is_found_beside_what_hangs(self, hurried: None) -> None:
        one, other = Dependency(), Dependency()
        one.is_silent = True
        async with Watch({"store": one.probe, "database": other.probe}, HINTS).watching() as watch:
            await asked_again(other)
            await until(lambda: watch.healthy == {"store": False, "database": True})


class TestEnd:
    @pytest.mark.parametrize("stubborn", [False, True])
    async def test_waits_for_no_answer(self, store: Dependency, *, stubborn: bool) -> None:
        store.may_end, store.is_silent = (asyncio.Event() if stubborn else None), not stubborn
        try:
            async with asyncio.timeout(1), Watch({"store": store.probe}, HINTS).watching():
                await until(lambda: store.asked)
        finally:
            if store.may_end:
                store.may_end.set()

    async def test_with_nothing_to_watch_is_one_too(self) -> None:
        async with Watch({}, {}).watching() as watch:
            assert watch.healthy == {}


class TestSeveralProcesses:
    @pytest.fixture
    def server(self, tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
        with (tmp_path / "err").open("a") as err, (tmp_path / "out").open("a") as out:  # several write at once
            process = subprocess.Popen(
                [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=out, stderr=err, text=True
            )
        yield process
        process.communicate(timeout=PATIENCE)

    def test_say_it_once_and_another_speaks_when_that_one_has_ended(
        self, server: "subprocess.Popen[str]", tmp_path: Path
    ) -> None:
        looked, said = tmp_path / "out", tmp_path / "err"
        assert eventually(lambda: len(looked.read_text().split()) == 3)
        [line] = said.read_text().splitlines()
        speaker, _, words = line.partition(" ")
        assert words == AWAY
        os.kill(int(speaker), signal.SIGKILL)
        assert server.stdin
        server.stdin.write("one more\n")
        server.stdin.flush()
        assert eventually(lambda: len(looked.read_text().split()) == 4)
        newcomer = looked.read_text().split()[-1]
        assert said.read_text().splitlines()[1:] == [f"{newcomer} {AWAY}"]


class TestDatabase:
    async def test_that_answers_is_there(self, own_pool: asyncpg.Pool) -> None:
        assert await probes.fault(database.probe(own_pool)) is None

    async def test_that_nobody_serves_is_away(self) -> None:
        async with asyncpg.create_pool(f"postgresql://ada:hunter2@127.0.0.1:{free_port()}/none", min_size=0) as pool:
            fault = await probes.fault(database.probe(pool))
        assert isinstance(fault, OSError)
        assert "hunter2" not in str(fault)

    async def test_without_a_connection_to_spare_is_away(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.domain.probes.SECONDS", 0.2)
        async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
            async with pool.acquire():
                assert isinstance(await probes.fault(database.probe(pool)), TimeoutError)
            assert await probes.fault(database.probe(pool)) is None
