"""Questions to what the server stands on: whether it is there, in time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import sqlalchemy as sa
from asyncpg import Pool, Record

from app.domain.database import Statement, Transaction, value

Probe: TypeAlias = Callable[[], Awaitable[object]]
"""Fails, or takes long, when what it asks is away."""

SECONDS: Final = 2
_ANSWERS = Statement(sa.select(sa.true().label("answers")), value)


async def fault(answer: Awaitable[object]) -> BaseException | None:
    """Return why it is not there in time, or None; what is not is told to end, and whenever it does is no matter."""
    asking = asyncio.ensure_future(answer)
    asking.add_done_callback(_end)
    # Not by a timeout: that would wait until who is told that nobody waits any more has heard it.
    try:
        await asyncio.wait([asking], timeout=SECONDS)
        return _end(asking) if asking.done() else TimeoutError(f"no answer within {SECONDS} seconds")
    finally:
        asking.cancel()


def _end(asking: asyncio.Future[object]) -> BaseException | None:
    return asyncio.CancelledError() if asking.cancelled() else asking.exception()


async def ask(pool: "Pool[Record]", question: Callable[[Transaction], Awaitable[object]]) -> None:
    """Ask the database something, on a connection that is cut when nobody waits for the answer any more."""
    async with pool.acquire() as connection:
        try:
            await question(Transaction(connection))
        except asyncio.CancelledError:
            connection.terminate()  # Postgres, which may hang, need not agree; the pool has its place back
            raise


async def database(transaction: Transaction) -> None:
    """Ask the database whether it answers at all."""
    await transaction.one(_ANSWERS)
