"""Turns at the workers: however many previews somebody wants, others wait for a few of his at most."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bare import png
from stores import these

from app.adapters.previews.workers import Workers
from app.adapters.turns import Turns
from app.domain.errors import PreviewFailed
from app.domain.specifications import Area, Drawing
from app.settings import PreviewsSettings

TINY = Drawing(source="image", area=Area(4, 4), fit="cover", rounded=False, format="png", quality=None)
MOST_OF_ONE, MOST = 100, 1000


class Queue:
    """Askers before workers that serve one after the other, in the order in which they come."""

    def __init__(self, workers: int) -> None:
        self.turns, self.served = Turns(workers, PreviewFailed), list[str]()
        self._workers = asyncio.Semaphore(workers)
        self._asking = list[asyncio.Task[None]]()
        self.work = asyncio.Event()

    async def _ask(self, name: str) -> None:
        async with self.turns.turn(name), self._workers:
            await self.work.wait()
            await asyncio.sleep(0)
            self.served.append(name)

    async def ask(self, name: str, count: int = 1) -> list["asyncio.Task[None]"]:
        """Ask so often, and return when all of them wait, or are refused."""
        asking = [asyncio.create_task(self._ask(name)) for _ in range(count)]
        self._asking += asking
        await asyncio.sleep(0.005)
        return asking

    async def end(self) -> None:
        self.work.set()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def is_refused(self, asking: "asyncio.Task[None]") -> bool:
        return asking.done() and isinstance(asking.exception(), PreviewFailed)


@pytest.fixture
async def queue() -> AsyncIterator[Queue]:
    """Askers before two workers; in the end nothing of them is left."""
    queue = Queue(2)
    yield queue
    await queue.end()
    assert queue.turns._askers == {}  # noqa: SLF001 - nothing else tells of it


class TestOthers:
    @pytest.mark.parametrize("workers", [1, 2, 5])
    async def test_wait_for_no_more_of_one_than_there_are_workers(self, workers: int) -> None:
        queue = Queue(workers)
        await queue.ask("flood", 60)
        await queue.ask("Ada")
        await queue.end()
        assert queue.served.index("Ada") <= workers
        assert len(queue.served) == 61

    async def test_each_of_many_waits_for_a_few_of_the_others(self, queue: Queue) -> None:
        names = ["Ada", "Ben", "Cleo"]
        await queue.ask("flood", 90)
        for name in names:
            await queue.ask(name)
        await queue.end()
        assert [queue.served.index(name) <= 2 + 2 * len(names) for name in names] == [True] * 3

    async def test_what_one_wants_is_served_in_order_and_whole(self, queue: Queue) -> None:
        first, *others = await queue.ask("flood", 20)
        queue.work.set()
        await first
        assert len(queue.served) <= 2
        await asyncio.gather(*others)
        assert queue.served == ["flood"] * 20

    def test_of_real_workers_are_not_kept_waiting(self) -> None:
        async def test() -> None:
            workers = Workers(PreviewsSettings(workers=1))
            served = list[str]()

            async def ask(name: str) -> None:
                async with workers.converted(these(png()), TINY, name) as made:
                    assert made.size
                served.append(name)

            await ask("Ada")  # until a worker has begun
            async with asyncio.TaskGroup() as asking:
                for name in [*["flood"] * 60, "Ada"]:
                    asking.create_task(ask(name))
            assert served.index("Ada", 1) <= 3

        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(test())


class TestTooMany:
    async def test_of_one_are_refused_while_others_are_served(self, queue: Queue) -> None:
        flood = await queue.ask("flood", MOST_OF_ONE + 7)
        assert [queue.is_refused(asking) for asking in flood] == [False] * MOST_OF_ONE + [True] * 7
        [ada] = await queue.ask("Ada")
        queue.work.set()
        await ada
        await asyncio.gather(*flood, return_exceptions=True)
        assert queue.served.count("flood") == MOST_OF_ONE

    async def test_of_all_together_are_refused(self, queue: Queue) -> None:
        for number in range(MOST // MOST_OF_ONE):
            await queue.ask(f"flood {number}", MOST_OF_ONE)
        for name in ("Ada", "flood 1"):
            [one] = await queue.ask(name)
            assert queue.is_refused(one)
        await queue.end()
        [ada] = await queue.ask("Ada")
        await ada

    async def test_who_gives_up_or_is_served_makes_room(self, queue: Queue) -> None:
        flood = await queue.ask("flood", MOST_OF_ONE)
        for place in (0, -1):  # at work, and last of all
            flood[place].cancel()
            again, refused = await queue.ask("flood", 2)
            assert not queue.is_refused(again)
            assert queue.is_refused(refused)
        queue.work.set()
        await flood[1]
        assert not queue.is_refused((await queue.ask("flood"))[0])


class TestLeft:
    async def test_is_nothing_whatever_became_of_those_who_asked(self, queue: Queue) -> None:
        asking = [*await queue.ask("Ada", MOST_OF_ONE + 1), *await queue.ask("Ben", 3)]
        asking[0].cancel()
        asking[90].cancel()
        asking[-1].cancel()
        with pytest.raises(OSError, match="broken"):
            async with queue.turns.turn("Cleo"):
                raise OSError("broken")
        await queue.end()
        assert len(queue.served) == MOST_OF_ONE - 2 + 2
