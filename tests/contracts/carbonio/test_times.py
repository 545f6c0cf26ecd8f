"""Times of what had to wait (row "precision of times"): when it was done, not when it was asked for."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from people import Person

Room = dict[str, Any]
Kept = Callable[[Awaitable[httpx.Response]], Awaitable[tuple[datetime, httpx.Response]]]
_OF_STORING = timedelta(milliseconds=1)  # times are kept to the millisecond


@pytest.fixture
async def room(ada: Person, ben: Person, cleo: Person) -> Room:
    room: Room = await ada.created("group", ben, cleo, name="Ones")
    return room


@pytest.fixture
def kept_waiting(database: asyncpg.Connection, room: Room, waiting: Callable[[int], Awaitable[None]]) -> Kept:
    """Return when the room was let go for which the request had to wait, and the answer."""

    async def kept_waiting(request: Awaitable[httpx.Response]) -> tuple[datetime, httpx.Response]:
        async with database.transaction():
            await database.execute("SELECT FROM room WHERE id = $1 FOR UPDATE", UUID(room["id"]))
            sent = asyncio.ensure_future(request)
            await waiting(1)
            let_go = await database.fetchval("SELECT clock_timestamp()")
        return let_go - _OF_STORING, await sent

    return kept_waiting


async def test_a_change(kept_waiting: Kept, room: Room, ada: Person) -> None:
    let_go, answer = await kept_waiting(ada("PUT", f"/rooms/{room['id']}", json={"name": "Others"}))
    assert datetime.fromisoformat(answer.json()["updatedAt"]) >= let_go


async def test_the_history_of_a_newcomer(kept_waiting: Kept, room: Room, ada: Person, dora: Person) -> None:
    newcomer = {"userId": dora.id, "historyCleared": True}
    let_go, answer = await kept_waiting(ada("POST", f"/rooms/{room['id']}/members", json=newcomer))
    assert datetime.fromisoformat(answer.json()["clearedAt"]) >= let_go


async def test_a_change_never_goes_back(database: asyncpg.Connection, room: Room, ada: Person) -> None:
    """As when another process's clock was ahead."""
    ahead = "UPDATE room SET modified_at = now() + interval '1 hour' WHERE id = $1 RETURNING modified_at"
    then = await database.fetchval(ahead, UUID(room["id"]))
    answer = await ada("PUT", f"/rooms/{room['id']}", json={"name": "Others"})
    assert datetime.fromisoformat(answer.json()["updatedAt"]) == then
