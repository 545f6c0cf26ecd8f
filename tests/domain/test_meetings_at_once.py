"""Everybody comes, goes, opens and ends meetings at once: no two wait for each other, and events tell it as it is."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from attendance import assert_told, is_left
from factories import LIMITS, MOST_MEMBERS, found, made
from listeners import until
from processes import PATIENCE

from app.adapters import presence
from app.adapters.presence import Presence
from app.domain import conferences, configurations, connections, meetings, members, moderation, rooms, users
from app.domain.configurations import Configuration
from app.domain.database import Transaction, connected
from app.domain.errors import DomainError
from app.domain.meetings import Streams
from app.domain.members import Newcomer

TASKS, TURNS, PEOPLE, PROCESSES = 12, 60, 12, 3
NOBODY = UUID(int=1)
STREAMS = Streams(audio_enabled=True, video_enabled=False)


@dataclass
class Sockets:
    """The open sockets of everybody, each in one of several processes, as servers have them."""

    pool: asyncpg.Pool
    processes: list[tuple[Presence, AsyncExitStack]] = field(default_factory=list)
    open: dict[UUID, tuple[UUID, Presence, AsyncExitStack]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Have one more process."""
        life = AsyncExitStack()
        self.processes.append((await life.enter_async_context(Presence(self.pool).kept()), life))

    async def end(self) -> None:
        """End the process that began first, behind its sockets."""
        process, life = self.processes.pop(0)
        await self.close(*[id for id, (_, of, _) in self.open.items() if of is process])
        await life.aclose()

    async def add(self, whose: UUID, chance: Random) -> None:
        process, _ = chance.choice(self.processes)
        life, id = AsyncExitStack(), uuid4()
        await life.enter_async_context(process.listed(id, whose))
        self.open[id] = whose, process, life

    async def close(self, *ids: UUID) -> None:
        for _, _, life in [self.open.pop(id) for id in ids]:
            await life.aclose()

    def of(self, whose: UUID) -> list[UUID]:
        return [id for id, (user_id, _, _) in self.open.items() if user_id == whose]


class Turn(NamedTuple):
    """Whose turn it is, and what he has to do with: a room that he owns, and its meeting, mostly."""

    transaction: Transaction
    sockets: Sockets
    chance: Random
    people: list[UUID]
    caller: UUID
    other: UUID
    room: UUID
    meeting: UUID

    @property
    def of_room(self) -> tuple[Transaction, UUID]:
        return self.transaction, self.room

    @property
    def of_meeting(self) -> tuple[Transaction, UUID]:
        return self.transaction, self.meeting

    def socket_of(self, whose: UUID) -> UUID:
        return self.chance.choice([*self.sockets.of(whose), NOBODY])


async def _create(my: Turn) -> object:
    how = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
    return await meetings.create(*my.of_room, caller_id=my.caller, **how)


async def _join(my: Turn, whose: UUID) -> None:
    await meetings.join(*my.of_meeting, my.socket_of(whose), STREAMS, caller_id=whose)


async def _add(my: Turn) -> object:
    several = [Newcomer(user_id=one, owner=True) for one in my.chance.sample(my.people, 3)]
    return await members.add(*my.of_room, several, caller_id=my.caller, most_members=MOST_MEMBERS)


async def _put_out_one(my: Turn) -> None:
    query = """
        SELECT peer.id FROM peer JOIN session ON session.id = session_id
         WHERE left_at IS NULL AND conference_id = $1 ORDER BY random() LIMIT 1
        """
    peer = await my.transaction._connection.fetchval(query, my.meeting)  # noqa: SLF001 - nobody else asks for it
    await moderation.put_out(*my.of_meeting, peer_id=peer or NOBODY, role=None)


async def _close_all(my: Turn) -> None:
    await my.sockets.close(*my.sockets.of(my.caller))


async def _close_one(my: Turn) -> None:
    await my.sockets.close(*my.sockets.of(my.caller)[:1])


async def _restart(my: Turn) -> None:
    await my.sockets.begin()
    await my.sockets.end()


async def _crash(my: Turn) -> None:
    """Take a process away without a word, whose sockets somebody joins by."""
    process, mine = uuid4(), uuid4()
    with suppress(asyncpg.ForeignKeyViolationError):  # one of them is being removed
        await connections.add_all(my.transaction, process, {mine: my.caller, uuid4(): my.other})
    with suppress(DomainError):
        async with my.transaction.begun():
            await meetings.join(*my.of_meeting, mine, STREAMS, caller_id=my.caller)
    aged = "UPDATE server_process SET seen_at = now() - interval '1 hour' WHERE id = $1"
    await my.transaction._connection.execute(aged, process)  # noqa: SLF001


def _configure(**said: object) -> "Doing":
    return lambda my: configurations.change(*my.of_meeting, Configuration(**said))


async def _come(my: Turn) -> UUID:
    """Be somebody new."""
    return (await users.add(my.transaction, email=f"{my.chance.random()}@example.org", name="New")).id


Doing = Callable[[Turn], Awaitable[object]]
#: What requests do, each in a transaction, and of how many turns.
REQUESTS: dict[str, tuple[int, Doing]] = {
    "found a group": (1, lambda my: found(my.transaction, "group", my.caller, *my.chance.sample(my.people, 4))),
    "found a workspace": (1, lambda my: found(my.transaction, "workspace", my.caller, *my.chance.sample(my.people, 4))),
    "found a pair": (1, lambda my: found(my.transaction, "one_to_one", my.caller, my.other)),
    "found a channel": (
        2,
        lambda my: rooms.create_channel(*my.of_room, caller_id=my.caller, name=None, description=None),
    ),
    "delete a room": (1, lambda my: rooms.remove(*my.of_room, caller_id=my.caller)),
    "add": (4, _add),
    "leave a room": (2, lambda my: members.remove(*my.of_room, my.caller, caller_id=my.caller)),
    "put out of a room": (2, lambda my: members.remove(*my.of_room, my.other, caller_id=my.caller)),
    "be removed": (1, lambda my: users.remove(my.transaction, my.other)),
    "come": (2, _come),
    "create": (8, _create),
    "start": (3, lambda my: meetings.start(*my.of_meeting, caller_id=my.caller)),
    "stop": (2, lambda my: meetings.stop(*my.of_meeting, caller_id=my.caller)),
    "delete": (1, lambda my: meetings.remove(*my.of_meeting, caller_id=my.other)),
    "join": (24, lambda my: _join(my, my.caller)),
    "join, too": (24, lambda my: _join(my, my.other)),
    "leave": (4, lambda my: meetings.leave(*my.of_meeting, None, caller_id=my.caller)),
    "leave by a socket": (
        4,
        lambda my: meetings.leave(*my.of_meeting, my.socket_of(my.other), caller_id=my.other),
    ),
    "end": (1, lambda my: moderation.end_session(*my.of_meeting, lock=False)),
    "end and lock": (1, lambda my: moderation.end_session(*my.of_meeting, lock=True)),
    "put out a peer": (2, _put_out_one),
    "put out a role": (1, lambda my: moderation.put_out(*my.of_meeting, peer_id=None, role="guest")),
    "delete a conference": (1, lambda my: conferences.remove(*my.of_meeting)),
    "enable": (5, _configure(enabled=True)),
    "disable": (1, _configure(enabled=False)),
    "let few in": (1, _configure(size=2)),
    "let many in": (3, _configure(size=100)),
    "let it be short": (1, _configure(max_duration_seconds=1)),
}
#: What happens to sockets and processes.
HAPPENINGS: dict[str, tuple[int, Doing]] = {
    "open": (12, lambda my: my.sockets.add(my.caller, my.chance)),
    "open another": (12, lambda my: my.sockets.add(my.other, my.chance)),
    "close one": (3, _close_one),
    "close all": (3, _close_all),
    "restart a process": (1, _restart),
    "crash": (2, _crash),
}
DOINGS = REQUESTS | HAPPENINGS
WEIGHTS = [weight for weight, _ in DOINGS.values()]


@pytest.fixture
async def pool(database_url: str, database: asyncpg.Connection) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database_url, min_size=0, max_size=TASKS + PROCESSES) as pool:
        yield pool


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have processes show up often, and be missed soon."""
    monkeypatch.setattr(presence, "_SHOWN_SECONDS", 0.1)
    monkeypatch.setattr(presence, "_SECONDS", 0.2)
    monkeypatch.setattr(presence, "_SURE_SECONDS", 0.9)


@pytest.fixture
def calm(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is told of that fails beside what is asked."""
    with caplog.at_level(logging.WARNING, "enfilade"):
        yield
    assert [record.getMessage() + str(record.exc_info) for record in caplog.records] == []


@asynccontextmanager
async def sockets_of_processes(pool: asyncpg.Pool) -> AsyncIterator[Sockets]:
    """Have some processes; in the end all sockets are closed, and nobody is in a meeting."""
    sockets = Sockets(pool)
    for _ in range(PROCESSES):
        await sockets.begin()
    try:
        yield sockets
        await sockets.close(*list(sockets.open))
        async with pool.acquire() as looking:
            await until(lambda: is_left(looking))
    finally:
        while sockets.processes:
            await sockets.end()


async def met(connection: asyncpg.Connection) -> tuple[UUID, UUID, UUID, UUID]:
    """Return any room, or channel of it, one who owns it, another member, and its meeting."""
    query = """
        SELECT room.id, own.user_id, other.user_id, coalesce(conference.id, $1)
          FROM member own JOIN room ON own.room_id = coalesce(parent_id, room.id) JOIN member other USING (room_id)
               LEFT JOIN conference ON conference.room_id = room.id
         WHERE own.owner AND own.user_id <> other.user_id
         ORDER BY random() * (CASE WHEN conference.id IS NULL THEN 4 ELSE 1 END) LIMIT 1
        """
    return tuple(await connection.fetchrow(query, NOBODY) or (NOBODY, NOBODY, NOBODY, NOBODY))


async def busy(number: int, sockets: Sockets, people: list[UUID], done: Counter[str]) -> None:
    """Do anything, turn by turn, until everything was done."""
    chance, turns = Random(number), 0  # noqa: S311 - any will do
    async with connected(sockets.pool) as transaction:
        while (turns := turns + 1) <= TURNS or done.keys() != DOINGS.keys():
            room, owner, another, meeting = await met(transaction._connection)  # noqa: SLF001
            caller, other, *_ = chance.choice(([owner, another], [owner], [])) + chance.sample(people, 2)
            turn = Turn(transaction, sockets, chance, people, caller, other, room, meeting)
            [doing] = chance.choices(list(DOINGS), WEIGHTS)
            with suppress(DomainError):
                await _do(doing, turn)
                done[doing] += 1


async def _do(doing: str, turn: Turn) -> None:
    _, do = DOINGS[doing]
    if doing in HAPPENINGS:
        await do(turn)
        return
    async with turn.transaction.begun():
        came = await do(turn)
    if doing == "come":  # in the place of somebody who may be gone
        turn.people[turn.chance.randrange(PEOPLE)] = came


@pytest.mark.usefixtures("quick", "calm")
@pytest.mark.long
async def test_nobody_waits_for_who_waits_for_him_nor_stays_behind(
    transaction: Transaction, pool: asyncpg.Pool, database: asyncpg.Connection
) -> None:
    people = [(await users.add(transaction, email=f"{n}@example.org", name=f"{n}")).id for n in range(PEOPLE)]
    for _ in range(4):
        await made(transaction, "workspace", *people[:5])
    done = Counter[str]()
    async with asyncio.timeout(PATIENCE), sockets_of_processes(pool) as sockets:
        await asyncio.gather(*(busy(number, sockets, people, done) for number in range(TASKS)))
    story = await assert_told(database)
    assert sum(course.clashed for course in story.courses.values())
    assert sum(course.sessions for course in story.courses.values())
