"""Who is found to be in a conference and should not be, and what becomes of him."""

import asyncio
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg import LockNotAvailableError
from factories import LIMITS, made
from processes import PATIENCE
from recorded import People, Recording, said

from app.domain import absences, configurations, connections, meetings, presences, sessions
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound
from app.domain.meetings import Streams

STREAMS = Streams(audio_enabled=True, video_enabled=False)
HOUR = 3600


class Meeting(NamedTuple):
    """A meeting in which Ada and Ben are, by these sockets."""

    id: UUID
    hers: UUID
    his: UUID


@pytest.fixture
async def meeting(transaction: Transaction, people: People) -> Meeting:
    ada, ben = people.ada, people.ben
    room = await made(transaction, "group", ada, ben, people.cleo)
    how = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
    queues = {uuid4(): ada, uuid4(): ben}
    await connections.add_all(transaction, uuid4(), queues)
    async with transaction.begun():
        id = await meetings.create(transaction, room, caller_id=ada, **how)
    for queue_id, user_id in queues.items():
        async with transaction.begun():
            await meetings.join(transaction, id, queue_id, STREAMS, caller_id=user_id)
    return Meeting(id, *queues)


async def began_an_hour_ago(database: asyncpg.Connection) -> None:
    await database.execute("UPDATE session SET created_at = created_at - interval '1 hour'")


async def limit(transaction: Transaction, meeting: Meeting, seconds: int) -> None:
    async with transaction.begun():
        await configurations.change(transaction, meeting.id, Configuration(max_duration_seconds=seconds))


async def test_nobody_is_while_all_sockets_are_open(
    transaction: Transaction, meeting: Meeting, recording: Recording
) -> None:
    assert await absences.stale(transaction) == []
    assert await absences.of_sockets(transaction, [uuid4()]) == []
    assert await recording(absences.end, meeting.id) == []


async def test_whose_socket_is_closed_is_out(
    transaction: Transaction, meeting: Meeting, people: People, recording: Recording
) -> None:
    await connections.close(transaction, meeting.his)
    assert await absences.stale(transaction) == await absences.of_sockets(transaction, [meeting.his]) == [meeting.id]
    members = (people.ada, people.ben, people.cleo)
    left = said("MeetingParticipantLeft", *members, meeting_id=meeting.id, user_id=people.ben)
    assert await recording(absences.end, meeting.id) == [left]
    await connections.close(transaction, meeting.hers)
    left = said("MeetingParticipantLeft", *members, meeting_id=meeting.id, user_id=people.ada)
    stopped = said("MeetingStopped", *members, meeting_id=meeting.id)
    assert await recording(absences.end, meeting.id) == [left, stopped]
    assert await absences.stale(transaction) == []


async def test_whose_process_is_silent_for_half_a_minute_is_out(
    transaction: Transaction, meeting: Meeting, database: asyncpg.Connection
) -> None:
    [process] = await database.fetch("SELECT id FROM server_process")
    silent = "UPDATE server_process SET seen_at = now() - $1 * interval '1 second'"
    await database.execute(silent, 29)
    assert await connections.dead(transaction) == []
    await connections.bury(transaction, process["id"])
    assert await absences.stale(transaction) == []
    await database.execute(silent, 31)
    assert await connections.dead(transaction) == [process["id"]]
    await connections.bury(transaction, process["id"])
    assert await absences.stale(transaction) == [meeting.id]


async def test_a_meeting_that_nobody_joins_is_over_after_a_while(
    transaction: Transaction, meeting: Meeting, people: People, recording: Recording, database: asyncpg.Connection
) -> None:
    for do in (meetings.stop, meetings.start):
        async with transaction.begun():
            await do(transaction, meeting.id, caller_id=people.ada)
    ago = "UPDATE conference SET started_at = now() - $1 * interval '1 second'"
    await database.execute(ago, 290)
    assert await absences.stale(transaction) == []
    assert await recording(absences.end, meeting.id) == []
    await database.execute(ago, 310)
    assert await absences.stale(transaction) == [meeting.id]
    members = (people.ada, people.ben, people.cleo)
    assert await recording(absences.end, meeting.id) == [said("MeetingStopped", *members, meeting_id=meeting.id)]
    assert await absences.stale(transaction) == []


@pytest.mark.long  # two seconds each
async def test_who_joins_and_takes_long_keeps_nobody_else_from_being_noted(
    transaction: Transaction, meeting: Meeting, people: People, elsewhere: Transaction
) -> None:
    process = await transaction._connection.fetchval("SELECT id FROM server_process")  # noqa: SLF001
    async with elsewhere.begun():
        await connections.hold_open(elsewhere, meeting.his, people.ben)
        for noting in (connections.close(transaction, meeting.his), connections.end(transaction, process)):
            with pytest.raises(LockNotAvailableError):
                await noting
    assert await transaction._connection.fetchval("SHOW lock_timeout") == "0"  # noqa: SLF001
    await connections.close(transaction, meeting.his)
    assert await absences.stale(transaction) == [meeting.id]


async def test_what_others_hold_is_not_waited_for(
    transaction: Transaction, meeting: Meeting, elsewhere: Transaction
) -> None:
    await connections.close(transaction, meeting.his)
    async with elsewhere.begun():
        await presences.hold(elsewhere, meeting.id)
        with pytest.raises(LockNotAvailableError):
            async with asyncio.timeout(PATIENCE), transaction.begun():
                await absences.end(transaction, meeting.id)


@pytest.mark.parametrize(("seconds", "is_over"), [(HOUR - 60, True), (HOUR + 60, False)])
async def test_everybody_is_when_it_takes_longer_than_an_administrator_lets_it(
    transaction: Transaction,
    meeting: Meeting,
    people: People,
    recording: Recording,
    database: asyncpg.Connection,
    *,
    seconds: int,
    is_over: bool,
) -> None:
    await began_an_hour_ago(database)
    assert await absences.stale(transaction) == []
    await limit(transaction, meeting, seconds)
    stopped = said("MeetingStopped", people.ada, people.ben, people.cleo, meeting_id=meeting.id)
    assert await absences.stale(transaction) == [meeting.id] * is_over
    assert await recording(absences.end, meeting.id) == [stopped] * is_over
    [session] = await sessions.page(transaction, count=9)
    assert session.is_active is not is_over


async def test_everybody_is_when_an_older_program_has_deleted_the_conference(
    transaction: Transaction, meeting: Meeting, recording: Recording, database: asyncpg.Connection
) -> None:
    await database.execute("DELETE FROM conference WHERE id = $1", meeting.id)
    assert await absences.stale(transaction) == [meeting.id]
    assert await recording(absences.end, meeting.id) == []
    assert await absences.stale(transaction) == []
    with pytest.raises(ConferenceNotFound):
        await sessions.active(transaction, meeting.id)
    [session] = await sessions.page(transaction, count=9)
    assert [peer.left_at is not None for peer in session.peers] == [True, True]
