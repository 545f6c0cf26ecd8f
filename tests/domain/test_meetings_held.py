"""Whoever holds a meeting waits for nobody who has its room: that one may be waiting for the meeting."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from factories import LIMITS, made
from people import Waiting
from recorded import People

from app.domain import absences, conferences, configurations, connections, meetings, members, moderation
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import NotAMember
from app.domain.meetings import Streams

STREAMS = Streams(audio_enabled=True, video_enabled=False)
SECONDS = 5


class Meeting(NamedTuple):
    """A meeting of Ada's room, which she is in and Ben is not; their sockets."""

    transaction: Transaction
    id: UUID
    people: People
    sockets: dict[UUID, UUID]

    @property
    def asked(self) -> tuple[Transaction, UUID]:
        return self.transaction, self.id

    async def join(self, whose: UUID) -> None:
        await meetings.join(*self.asked, self.sockets[whose], STREAMS, caller_id=whose)


@pytest.fixture
async def meeting(transaction: Transaction, people: People) -> Meeting:
    room = await made(transaction, "group", *people[:3])
    id = await _created(transaction, room, people.ada)
    sockets = {whose: uuid4() for whose in people}
    await connections.add_all(transaction, uuid4(), {queue_id: whose for whose, queue_id in sockets.items()})
    meeting = Meeting(transaction, id, people, sockets)
    async with transaction.begun():
        await meeting.join(people.ada)
    return meeting


async def _created(transaction: Transaction, room: UUID, caller: UUID) -> UUID:
    how = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
    async with transaction.begun():
        return await meetings.create(transaction, room, caller_id=caller, **how)


async def _be_absent(its: Meeting) -> None:
    for queue_id in its.sockets.values():
        await connections.close(its.transaction, queue_id)
    await absences.end(*its.asked)


DOINGS: dict[str, Callable[[Meeting], Awaitable[object]]] = {
    "stops": lambda its: meetings.stop(*its.asked, caller_id=its.people.ben),
    "joins": lambda its: its.join(its.people.ben),
    "leaves": lambda its: meetings.leave(*its.asked, None, caller_id=its.people.ada),
    "deletes": lambda its: meetings.remove(*its.asked, caller_id=its.people.ben),
    "deletes the conference": lambda its: conferences.remove(*its.asked),
    "ends": lambda its: moderation.end_session(*its.asked, lock=False),
    "ends and locks": lambda its: moderation.end_session(*its.asked, lock=True),
    "puts out": lambda its: moderation.put_out(*its.asked, peer_id=None, role="host"),
    "configures": lambda its: configurations.change(*its.asked, Configuration(enabled=False, size=2)),
    "is absent": _be_absent,
}


@pytest.mark.parametrize("doing", DOINGS)
async def test_whoever(meeting: Meeting, elsewhere: Transaction, doing: str) -> None:
    async with elsewhere.begun():
        await elsewhere._connection.execute("SELECT FROM room FOR UPDATE")  # noqa: SLF001 - as who deletes it
        async with asyncio.timeout(SECONDS), meeting.transaction.begun():
            await DOINGS[doing](meeting)


async def test_a_socket_is_not_noted_as_closed_before_whoever_joins_by_it_is_in(
    meeting: Meeting, elsewhere: Transaction, waiting: Waiting
) -> None:
    own = meeting.sockets[meeting.people.ben]
    async with meeting.transaction.begun():
        await meeting.join(meeting.people.ben)
        closing = asyncio.create_task(connections.close(elsewhere, own))
        await waiting(1)
    await closing
    assert await absences.of_sockets(elsewhere, [own]) == [meeting.id]


async def test_no_meeting_is_made_while_somebody_leaves_the_room_who_would_be_in_it(
    transaction: Transaction, elsewhere: Transaction, people: People, waiting: Waiting
) -> None:
    room = await made(transaction, "group", *people[:3])
    async with elsewhere.begun():
        await members.remove(elsewhere, room, people.ben, caller_id=people.ada)
        making = asyncio.create_task(_created(transaction, room, people.ben))
        await waiting(1)
    with pytest.raises(NotAMember):
        await making
