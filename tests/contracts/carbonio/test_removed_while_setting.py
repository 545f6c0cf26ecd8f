"""Users are removed while they mute and clear rooms that go with them.

Who sets something holds the room and comes to its user; so does who removes him, or each would wait for the other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from people import Acquaint, Person, Room, Waiting, removed
from transcripts import assert_empty

ROOMS = "/rooms"
MANY = 20
KINDS = pytest.mark.parametrize("kind", range(3), ids=["one_to_one", "temporary", "channel"])
Settled = Callable[[int], Awaitable[tuple[Person, list[Room]]]]


@pytest.fixture
async def settled(acquaint: Acquaint, ada: Person, ben: Person) -> Settled:
    """`zoe, rooms = await settled(1)`: somebody new, and rooms that go with him or lose their only member."""

    async def settled(number: int) -> tuple[Person, list[Room]]:
        zoe = await acquaint(f"Zoe {number}")
        workspace = await zoe.created("workspace", zoe, ben, name="House")
        await ben("DELETE", f"{ROOMS}/{workspace['id']}/members/{ben.id}")
        return zoe, [
            await zoe.created("one_to_one", ada),
            await zoe.created("temporary", name="Alone"),
            await zoe.created("channel", name="Hall", parentId=workspace["id"]),
        ]

    return settled


async def removed_while_setting(zoe: Person, rooms: list[Room], database: asyncpg.Connection, after: int) -> None:
    """Remove somebody after so many of his own calls, while the others are on their way."""
    actions = (("PUT", "mute"), ("PUT", "clear"), ("DELETE", "mute"))
    calls: list[Awaitable[Any]] = [
        zoe(method, f"{ROOMS}/{room['id']}/{action}") for method, action in actions for room in rooms
    ]
    calls.insert(after % (len(calls) + 1), removed(zoe, database))
    for answer in await asyncio.gather(*calls):
        if answer is not None and answer.status_code != 200:
            assert_empty(answer, answer.status_code)
            assert answer.status_code in {204, 401, 403, 404}
    assert await database.fetchval("SELECT count(*) FROM room") == 0
    assert await database.fetchval("SELECT count(*) FROM room_setting") == 0


@KINDS
@pytest.mark.parametrize("action", ["mute", "clear"])
@pytest.mark.parametrize("first", ["removed", "set"])
async def test_each_waits_for_a_third_and_not_for_the_other(
    settled: Settled,
    database: asyncpg.Connection,
    elsewhere: asyncpg.Connection,
    *,
    waiting: Waiting,
    kind: int,
    action: str,
    first: str,
) -> None:
    zoe, rooms = await settled(1)
    async with elsewhere.transaction():
        await elsewhere.execute("SELECT FROM user_account WHERE id = $1 FOR UPDATE", UUID(zoe.id))
        calls = {"removed": removed(zoe, database), "set": zoe("PUT", f"{ROOMS}/{rooms[kind]['id']}/{action}")}
        one = asyncio.create_task(calls.pop(first))
        await waiting(1)
        other = asyncio.create_task(*calls.values())
        await waiting(2)
    answer = (await asyncio.gather(one, other))[first == "removed"]
    assert answer.status_code == (404 if first == "removed" else {"mute": 204, "clear": 200}[action])
    assert await database.fetchval("SELECT count(*) FROM room") == 0
    assert await database.fetchval("SELECT count(*) FROM room_setting") == 0


@KINDS
async def test_of_one_room(settled: Settled, database: asyncpg.Connection, kind: int) -> None:
    for number in range(MANY):
        zoe, rooms = await settled(number)
        await removed_while_setting(zoe, rooms[kind : kind + 1] * 3, database, after=number)


async def test_of_all_his_rooms(settled: Settled, database: asyncpg.Connection) -> None:
    for number in range(MANY):
        zoe, rooms = await settled(number)
        await removed_while_setting(zoe, rooms, database, after=number)
