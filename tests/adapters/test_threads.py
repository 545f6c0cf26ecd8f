"""Work in threads: who is cancelled meanwhile goes on only when it is done, however often he is cancelled."""

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import anyio
import pytest
from processes import PATIENCE

from app.adapters.threads import in_thread

TURNS = 20


class Work:
    """Work that takes until it is let go, and then returns or fails."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.failure, self.is_done = threading.Event(), threading.Event(), "", False

    def __call__(self) -> None:
        self.begun.set()
        assert self.go_on.wait(PATIENCE)
        self.is_done = True
        if self.failure:
            raise OSError(self.failure)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.go_on.set()


async def cancelled_with_each_turn(waiting: Callable[[], Coroutine[Any, Any, None]], work: Work) -> None:
    """Wait for the work in a scope of anyio, which is cancelled for some turns before the work is done."""
    async with asyncio.timeout(PATIENCE), anyio.create_task_group() as group:
        group.start_soon(waiting)
        assert await asyncio.to_thread(work.begun.wait, PATIENCE)
        group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            for _ in range(TURNS):
                await asyncio.sleep(0)
            work.go_on.set()


class TestCancelled:
    @pytest.mark.parametrize("failure", ["", "the disk hangs"])
    async def test_with_each_turn_of_the_loop(self, work: Work, caplog: pytest.LogCaptureFixture, failure: str) -> None:
        work.failure = failure
        went_on: list[bool] = []
        cancellations: list[int] = []

        async def waiting() -> None:
            try:
                await in_thread(work)
            finally:
                went_on.append(work.is_done)
                task = asyncio.current_task()
                assert task
                cancellations.append(task.cancelling())

        await cancelled_with_each_turn(waiting, work)
        gc.collect()
        assert went_on == [True]
        assert cancellations[0] < TURNS  # else it would be woken as often as the loop turns
        assert caplog.messages == []

    @pytest.mark.parametrize("failure", ["", "the disk hangs"])
    async def test_several_times_by_somebody_else(
        self, work: Work, caplog: pytest.LogCaptureFixture, failure: str
    ) -> None:
        work.failure = failure
        waiting = asyncio.create_task(in_thread(work))
        for _ in range(TURNS):
            await asyncio.sleep(0)
            waiting.cancel()
        assert not waiting.done()
        work.go_on.set()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        assert work.is_done
        del waiting
        gc.collect()
        assert caplog.messages == []
