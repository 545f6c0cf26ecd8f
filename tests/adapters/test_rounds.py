"""Rounds: done again and again, at once when woken, and they end though a failure hides that they were told to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from processes import PATIENCE

from app.adapters import rounds

NEVER = 3600.0
Work = Callable[[], Awaitable[None]]


class Rounds:
    """Notes each round; `doing` is done in each."""

    def __init__(self, doing: Work | None = None) -> None:
        self._doing = doing
        self.number = 0
        self.woken = asyncio.Event()
        self._done = asyncio.Event()

    async def go(self) -> None:
        self.number += 1
        self._done.set()
        if self._doing:
            await self._doing()

    async def another(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._done.wait()
            self._done.clear()


async def test_go_at_once_and_when_woken() -> None:
    each = Rounds()
    async with rounds.going("each", each.go, lambda: NEVER, each.woken):
        await each.another()
        each.woken.set()
        await each.another()
    assert each.number == 2


async def test_go_again_after_a_failure_however_often_they_are_woken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "_PAUSE_SECONDS", 0.5)

    async def fail() -> None:
        raise OSError("away")

    each = Rounds(fail)
    with caplog.at_level(logging.WARNING, "enfilade"):
        async with rounds.going("each", each.go, lambda: NEVER, each.woken):
            for _ in range(5):
                each.woken.set()
                await asyncio.sleep(0.01)
            assert each.number == 1
            each.woken.set()
            await each.another()
            each.woken.set()
            await each.another()
    told = {record.getMessage() for record in caplog.records}
    assert told == {"each has to wait, for the database does not answer: OSError: away"}


async def test_end_though_a_failure_hides_that_they_were_told_to() -> None:
    async def hide() -> None:
        try:
            await asyncio.sleep(NEVER)
        except asyncio.CancelledError:
            raise TimeoutError from None  # as a rollback that takes too long

    each = Rounds(hide)
    async with asyncio.timeout(PATIENCE):
        async with rounds.going("each", each.go, lambda: 0, each.woken):
            await each.another()
    assert each.number == 1


async def test_are_not_waited_for_when_they_do_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_LAST_SECONDS", 0.05)
    free = asyncio.Event()

    async def hang() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    each = Rounds(hang)
    async with asyncio.timeout(PATIENCE):
        async with rounds.going("each", each.go, lambda: NEVER, each.woken):
            await each.another()
    free.set()
