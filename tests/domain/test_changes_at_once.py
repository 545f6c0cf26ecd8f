"""Everybody changes everything at once: no two wait for each other, and nothing but a fact of the domain is raised."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest
from factories import MOST_MEMBERS, arrived, found, made
from processes import PATIENCE

from app.domain import attachments, members, pictures, ranks, room_settings, rooms, tokens, users
from app.domain.database import Transaction, connected
from app.domain.errors import DomainError
from app.domain.members import Newcomer
from app.domain.ranks import Rank

TASKS, TURNS, PEOPLE = 12, 40, 12
NOBODY = UUID(int=1)


class Turn(NamedTuple):
    """Whose turn it is, and what he has to do with: mostly a room that he owns."""

    transaction: Transaction
    chance: Random
    people: list[UUID]
    caller: UUID
    other: UUID
    room: UUID

    @property
    def some(self) -> list[UUID]:
        return self.chance.sample(self.people, 2)

    @property
    def of_room(self) -> tuple[Transaction, UUID]:
        return self.transaction, self.room


async def _add(turn: Turn) -> object:
    several = [Newcomer(user_id=one, owner=True, history_cleared=turn.chance.random() < 0.5) for one in turn.some]
    return await members.add(*turn.of_room, several, caller_id=turn.caller, most_members=MOST_MEMBERS)


async def _rank_workspaces(turn: Turn) -> None:
    query = "SELECT room_id FROM member WHERE user_id = $1 AND rank IS NOT NULL ORDER BY random()"
    found = await turn.transaction._connection.fetch(query, turn.caller)  # noqa: SLF001 - nobody else asks for them
    order = [Rank(room_id=row["room_id"], rank=rank) for rank, row in enumerate(found)]
    await ranks.rank_workspaces(turn.transaction, order, caller_id=turn.caller)


async def _rank_channels(turn: Turn) -> None:
    query = "SELECT id FROM room WHERE parent_id = $1 ORDER BY random()"
    found = await turn.transaction._connection.fetch(query, turn.room)  # noqa: SLF001
    order = [Rank(room_id=row["id"], rank=rank) for rank, row in enumerate(found)]
    await ranks.rank_channels(turn.transaction, turn.room, order, caller_id=turn.caller)


async def _picture_room(turn: Turn) -> None:
    await pictures.set_of_room(*turn.of_room, await arrived(turn.transaction), caller_id=turn.caller)


async def _picture_user(turn: Turn) -> None:
    await pictures.set_of_user(turn.transaction, turn.caller, await arrived(turn.transaction))


async def _send(turn: Turn) -> None:
    file = await arrived(turn.transaction)
    await attachments.add(*turn.of_room, file, caller_id=turn.caller, area=None)


async def _come(turn: Turn) -> UUID:
    """Be somebody new, with a token."""
    newcomer = await users.add(turn.transaction, email=f"{turn.chance.random()}@example.org", name="New")
    await tokens.create(turn.transaction, newcomer.id, lifetime_seconds=60)
    return newcomer.id


#: What is done, and of how many turns: more is made than is deleted.
DOINGS: dict[str, tuple[int, Callable[[Turn], Awaitable[object]]]] = {
    "found a group": (2, lambda my: found(my.transaction, "group", my.caller, *my.some)),
    "found a workspace": (2, lambda my: found(my.transaction, "workspace", my.caller, *my.some)),
    "found a pair": (2, lambda my: found(my.transaction, "one_to_one", my.caller, my.other)),
    "found a channel": (
        2,
        lambda my: rooms.create_channel(*my.of_room, caller_id=my.caller, name=None, description=None),
    ),
    "change": (
        3,
        lambda my: rooms.change(*my.of_room, caller_id=my.caller, name=str(my.chance.random()), description=None),
    ),
    "delete": (1, lambda my: rooms.remove(*my.of_room, caller_id=my.caller)),
    "add": (3, _add),
    "leave": (2, lambda my: members.remove(*my.of_room, my.caller, caller_id=my.caller)),
    "put out": (1, lambda my: members.remove(*my.of_room, my.other, caller_id=my.caller)),
    "promote": (2, lambda my: members.promote(*my.of_room, my.other, caller_id=my.caller)),
    "demote": (1, lambda my: members.demote(*my.of_room, my.other, caller_id=my.caller)),
    "mute": (2, lambda my: room_settings.mute(*my.of_room, caller_id=my.caller)),
    "unmute": (1, lambda my: room_settings.unmute(*my.of_room, caller_id=my.caller)),
    "clear": (1, lambda my: room_settings.clear_history(*my.of_room, caller_id=my.caller)),
    "rank workspaces": (1, _rank_workspaces),
    "rank channels": (1, _rank_channels),
    "set a picture": (2, _picture_room),
    "remove a picture": (1, lambda my: pictures.remove_of_room(*my.of_room, caller_id=my.caller)),
    "set one's picture": (2, _picture_user),
    "remove one's picture": (1, lambda my: pictures.remove_of_user(my.transaction, my.caller, caller_id=my.caller)),
    "send a file": (2, _send),
    "be removed": (1, lambda my: users.remove(my.transaction, my.other)),
    "come": (3, _come),
    "lose one's tokens": (1, lambda my: tokens.revoke_of_user(my.transaction, my.caller)),
}
WEIGHTS = [weight for weight, _ in DOINGS.values()]


@pytest.fixture
async def pool(database_url: str, database: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database_url, min_size=0, max_size=TASKS) as pool:
        yield pool


async def met(connection: asyncpg.Connection) -> tuple[UUID, UUID, UUID]:
    """Return any room, or channel of it, one who owns it, and another member."""
    query = """
        SELECT room.id, own.user_id, other.user_id
          FROM member own JOIN room ON own.room_id = coalesce(parent_id, room.id) JOIN member other USING (room_id)
         WHERE own.owner AND own.user_id <> other.user_id ORDER BY random() LIMIT 1
        """
    return tuple(await connection.fetchrow(query) or (NOBODY, NOBODY, NOBODY))


async def busy(number: int, pool: asyncpg.Pool, people: list[UUID], done: Counter[str]) -> None:
    """Do anything, turn by turn, until everything was done."""
    chance, turns = Random(number), 0  # noqa: S311 - any will do
    async with connected(pool) as transaction:
        while (turns := turns + 1) <= TURNS or done.keys() != DOINGS.keys():
            room, owner, another = await met(transaction._connection)  # noqa: SLF001
            caller, other, *_ = chance.choice(([owner, another], [owner], [])) + chance.sample(people, 2)
            [doing] = chance.choices(list(DOINGS), WEIGHTS)
            with suppress(DomainError):
                async with transaction.begun():
                    came = await DOINGS[doing][1](Turn(transaction, chance, people, caller, other, room))
                if doing == "come":  # in the place of somebody who may be gone
                    people[chance.randrange(PEOPLE)] = came
                done[doing] += 1


async def test_nobody_waits_for_who_waits_for_him(transaction: Transaction, pool: asyncpg.Pool) -> None:
    people = [(await users.add(transaction, email=f"{n}@example.org", name=f"{n}")).id for n in range(PEOPLE)]
    for _ in range(4):
        await made(transaction, "workspace", *people[:3])
    done = Counter[str]()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(busy(number, pool, people, done) for number in range(TASKS)))
