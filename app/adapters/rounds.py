"""Rounds: what a process does again and again as long as it runs, and at once when it is woken."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from app.adapters import database

_log: Final = logging.getLogger("enfilade")
_PAUSE_SECONDS: Final = 5
_LAST_SECONDS: Final = 5  # a database that hangs is not waited for


@asynccontextmanager
async def going(
    name: str, work: Callable[[], Awaitable[None]], seconds: Callable[[], float], woken: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """Do the work at once, and again so many seconds after each time, as long as the block runs.

    When it fails, that is told; it is done the next time, and requests don't suffer.
    """
    task = asyncio.create_task(_go_for_ever(name, work, seconds, woken or asyncio.Event()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=_LAST_SECONDS)


async def _go_for_ever(
    name: str, work: Callable[[], Awaitable[None]], seconds: Callable[[], float], woken: asyncio.Event
) -> None:
    while not _is_cancelled():
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - see above
            tell(name, error)
            await asyncio.sleep(min(seconds(), _PAUSE_SECONDS))  # however often it is woken
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds()):
                await woken.wait()
        woken.clear()


def _is_cancelled() -> bool:
    """Whether it was told to end: a failure while a transaction is rolled back may have hidden that."""
    task = asyncio.current_task()
    return bool(task and task.cancelling())


def tell(name: str, error: Exception) -> None:
    """Log that something failed, in one line if it is the database that does not answer."""
    reason = database.outage(error)
    if reason:
        _log.warning("%s has to wait, for the database does not answer: %s", name, reason)
    else:
        _log.exception("%s failed", name)
