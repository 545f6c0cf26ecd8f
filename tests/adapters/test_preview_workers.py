"""The processes in which previews are made: how they are ended, what they may use, and what is left of them."""

import asyncio
import contextlib
import os
import resource
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from bare import RED, pdf, png
from hostile import is_like, middle
from hostile_documents import ENDLESS, FLATE_BOMBS
from processes import PATIENCE

from app.adapters.previews.workers import Workers
from app.domain.errors import NotPreviewable, PreviewFailed
from app.domain.specifications import Area, Drawing, Pages, Specification
from app.settings import PreviewsSettings

IMAGE = Drawing(source="image", area=Area(16, 16), fit="cover", rounded=False, format="png", quality=None)
PAGE = Drawing(source="pdf", area=Area(16, 16), fit="cover", rounded=False, format="png", quality=None)
FOREVER = ENDLESS[0].content
InALoop = Callable[[Coroutine[Any, Any, None]], None]
#: Workers of whoever else makes previews in this process, as the application does that other tests share.
_others: set[int] = set()


@pytest.fixture
def run() -> Iterator[InALoop]:
    """Run a coroutine in a loop of its own, with workers that nobody else has; none of them outlives it."""
    _others.clear()
    _others.update(processes())
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield runner.run
    assert processes() == set()


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def made(workers: Workers, content: bytes, wanted: Specification = IMAGE) -> bytes:
    async with workers.converted(_whole(content), wanted, "Ada") as conversion:
        return b"".join([piece async for piece in conversion.pieces])


async def assert_works(workers: Workers) -> None:
    assert is_like(middle(await made(workers, png())), RED)


async def given_up(*asking: "asyncio.Task[bytes]") -> None:
    for one in asking:
        one.cancel()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)


def processes() -> set[int]:
    """Return the workers that this process has started for the test and that are not over."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            _, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and b"anyio.to_process" in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return found - _others


async def at_work(count: int = 1) -> list[int]:
    """Wait until so many workers are at their first conversion, and return them."""
    async with asyncio.timeout(PATIENCE):
        while len(converting := [number for number in processes() if _is_converting(number)]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return converting


def _is_converting(process: int) -> bool:
    """Whether its time is limited, which each conversion does first of all: one that has only begun may be kept."""
    with contextlib.suppress(ProcessLookupError):
        return resource.prlimit(process, resource.RLIMIT_CPU) != resource.getrlimit(resource.RLIMIT_CPU)
    return False


class TestProbe:
    def test_after_one_that_found_all_at_work_it_is_a_real_one(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(workers=1))
            busy = asyncio.create_task(made(workers, FOREVER, PAGE))
            await at_work()
            await workers.probe()
            await given_up(busy)
            assert processes() == set()
            await workers.probe()
            assert len(processes()) == 1

        run(test())


class TestKilled:
    @pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
    def test_at_work_it_costs_that_call_alone_and_the_next_is_well(self, run: InALoop, by: signal.Signals) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings())
            other = asyncio.create_task(made(workers, FOREVER, PAGE))
            [first] = await at_work()
            one = asyncio.create_task(made(workers, FOREVER, PAGE))
            await at_work(2)
            os.kill(first, by)
            with pytest.raises(PreviewFailed):
                await other
            assert not one.done()
            await assert_works(workers)
            await given_up(one)

        run(test())

    def test_while_it_is_idle_it_costs_nothing(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings())
            await assert_works(workers)
            [idle] = processes()
            os.kill(idle, signal.SIGKILL)
            async with asyncio.timeout(PATIENCE):
                while Path(f"/proc/{idle}").exists():  # noqa: ASYNC110, ASYNC240 - nobody tells
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)  # until the loop has heard of it
            await assert_works(workers)
            assert idle not in processes()

        run(test())


class TestLimits:
    def test_it_is_ended_when_its_time_is_over_and_the_next_is_well(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(seconds=1))
            began = time.monotonic()
            with pytest.raises(PreviewFailed):
                await made(workers, FOREVER, PAGE)
            assert 1 <= time.monotonic() - began < 1 + PATIENCE / 4
            assert processes() == set()
            await assert_works(Workers(PreviewsSettings()))

        run(test())

    def test_it_cannot_have_more_memory_than_it_may(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(memory_in_mb=160))
            await assert_works(workers)
            with pytest.raises(PreviewFailed):
                await made(workers, FLATE_BOMBS[0].content, PAGE)
            await assert_works(workers)
            large = png(7000, 7000, depth=1, colour=0, row=bytes(875))
            with pytest.raises((NotPreviewable, PreviewFailed)):
                await made(workers, large, Drawing(**{**_fields(IMAGE), "area": Area(7000, 7000), "rounded": True}))
            await assert_works(workers)

        run(test())

    @pytest.mark.parametrize("count", [1, 3])
    def test_there_are_no_more_at_once_than_are_wanted(self, run: InALoop, count: int) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(workers=count))
            asking = [asyncio.create_task(made(workers, FOREVER, PAGE)) for _ in range(count + 2)]
            await at_work(count)
            await asyncio.sleep(0.05)
            assert len(processes()) == count
            await given_up(*asking)
            assert processes() == set()

        run(test())

    def test_whoever_waits_for_a_worker_has_its_whole_time(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(workers=1, seconds=2))
            first = asyncio.create_task(made(workers, FOREVER, PAGE))
            await at_work()
            await assert_works(workers)
            assert isinstance(first.exception(), PreviewFailed)

        run(test())


class TestSaid:
    def test_what_libraries_write_of_hostile_files_is_thrown_away(self, run: InALoop) -> None:
        """A pipe that nobody reads would be full after some thousand files, and whoever is next would wait for ever."""

        async def test() -> None:
            await assert_works(Workers(PreviewsSettings()))
            [worker] = processes()
            assert Path(f"/proc/{worker}/fd/2").readlink() == Path(os.devnull)  # noqa: ASYNC240 - it is at once

        run(test())


class TestGivenUp:
    def test_by_who_asked_it_is_ended_at_once(self, run: InALoop) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings())
            making = asyncio.create_task(made(workers, FOREVER, PAGE))
            await at_work()
            await given_up(making)
            assert processes() == set()
            await assert_works(workers)

        run(test())


class TestLeft:
    def test_in_the_temporary_folder_is_nothing_nor_open(
        self, run: InALoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

        async def test() -> None:
            workers = Workers(PreviewsSettings(seconds=1))
            await assert_works(workers)
            before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough, and are there
            await made(workers, pdf(), Pages(first=1, last=1))
            for content, wanted in ((b"none", IMAGE), (FOREVER, PAGE), (FLATE_BOMBS[0].content, PAGE)):
                with pytest.raises((NotPreviewable, PreviewFailed)):
                    await made(workers, content, wanted)
                assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - it is, of course
            await assert_works(Workers(PreviewsSettings()))
            assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208

        run(test())


def _fields(drawing: Drawing) -> dict[str, Any]:
    return {name: getattr(drawing, name) for name in drawing.__slots__}
