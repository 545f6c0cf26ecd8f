"""What is written down of who comes and goes, and of sessions: each once, in its order, whatever brings it about."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from factories import LIMITS, made
from happenings import Happened, Telling
from recorded import People

from app.domain import (
    absences,
    conferences,
    configurations,
    connections,
    meetings,
    members,
    moderation,
    rooms,
    sessions,
    users,
)
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import AlreadyJoined, ConferenceDisabled, ConferenceFull, PeerNotFound, SessionNotFound
from app.domain.meetings import Streams
from app.domain.sessions import Peer, Session

STREAMS = Streams(audio_enabled=True, video_enabled=False)
PROCESS = uuid4()


@dataclass(frozen=True)
class Meeting:
    """A meeting of a room of Ada's, Ben's and Cleo's, and what is said of each occurrence there."""

    transaction: Transaction
    room: UUID
    id: UUID
    about: Happened
    sockets: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[Transaction, UUID]:
        return self.transaction, self.id

    async def join(self, *people: UUID) -> None:
        for whose in people:
            async with self.transaction.begun():
                await meetings.join(*self.asked, await self.socket(whose), STREAMS, caller_id=whose)

    async def socket(self, whose: UUID) -> UUID:
        """Open another socket."""
        self.sockets[whose] = uuid4()
        await connections.add_all(self.transaction, PROCESS, {self.sockets[whose]: whose})
        return self.sockets[whose]

    async def session(self) -> Session:
        [session, *_] = [
            each for each in await sessions.page(self.transaction, count=9) if each.conference_id == self.id
        ]
        return session

    async def opened(self) -> Happened:
        return self._of_session("SessionOpened", await self.session())

    async def closed(self) -> Happened:
        return self._of_session("SessionClosed", await self.session())

    async def joined(self, whose: UUID) -> Happened:
        session = await self.session()
        return self._of_peer("PeerJoined", session, _newest(session, whose))

    async def left(self, whose: UUID, reason: str, *, by_the_way: bool = False, message: str | None = None) -> Happened:
        """Spell that he left; by the way: another presence of his has begun since."""
        session = await self.session()
        peer = _newest(session, whose, is_over=by_the_way)
        assert peer.left_at
        said = {"message": message} if message else {}
        return self._of_peer("PeerLeft", session, peer) | {"left_at": peer.left_at, "reason": reason, **said}

    def _of_session(self, type: str, session: Session) -> Happened:
        ended = {"session_ended_at": session.ended_at} if session.ended_at else {}
        own = {"session_id": session.id, "session_started_at": session.created_at}
        return {"type": type, **self.about, **own, **ended}

    def _of_peer(self, type: str, session: Session, peer: Peer) -> Happened:
        his = {"peer_id": peer.id, "user_id": peer.user_id, "user_name": peer.name, "role": peer.role}
        return self._of_session(type, session) | his | {"metadata": peer.metadata, "joined_at": peer.joined_at}


def _newest(session: Session, whose: UUID, *, is_over: bool = False) -> Peer:
    *_, newest = [each for each in session.peers if each.user_id == whose and (each.left_at or not is_over)]
    return newest


async def meeting_of(transaction: Transaction, room: UUID, owner: UUID, shape: Happened) -> Meeting:
    how: dict[str, Any] = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
    async with transaction.begun():
        id = await meetings.create(transaction, room, caller_id=owner, **how)
    return Meeting(transaction, room, id, {"conference_id": id, "name": "Ones", "enabled": True, **shape})


@pytest.fixture
async def meeting(transaction: Transaction, people: People, shape: Happened) -> Meeting:
    room = await made(transaction, "group", people.ada, people.ben, people.cleo)
    return await meeting_of(transaction, room, people.ada, shape)


class TestComing:
    async def test_first_opens_a_session(self, telling: Telling, meeting: Meeting, people: People) -> None:
        socket = await meeting.socket(people.ada)
        happened = await telling(meetings.join, meeting.id, socket, STREAMS, caller_id=people.ada)
        assert happened == [await meeting.opened(), await meeting.joined(people.ada)]
        assert [each.get("role") for each in happened] == [None, "host"]

    async def test_later_joins_it(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada)
        socket = await meeting.socket(people.ben)
        happened = await telling(meetings.join, meeting.id, socket, STREAMS, caller_id=people.ben)
        assert happened == [await meeting.joined(people.ben)]
        assert happened[0]["role"] == "guest"

    async def test_by_another_socket_loses_the_first_place(
        self, telling: Telling, meeting: Meeting, people: People
    ) -> None:
        await meeting.join(people.ada, people.ben)
        async with meeting.transaction.begun():
            peer = _newest(await meeting.session(), people.ben)
            await sessions.change_peer(*meeting.asked, peer.id, name="Benno", role="host", metadata="{}")
        socket = await meeting.socket(people.ben)
        happened = await telling(meetings.join, meeting.id, socket, STREAMS, caller_id=people.ben)
        assert happened == [
            await meeting.left(people.ben, "removed", by_the_way=True),
            await meeting.joined(people.ben),
        ]
        assert [each["user_name"] for each in happened] == ["Benno", "Ben"]
        assert happened[0]["peer_id"] == peer.id

    async def test_alone_by_another_socket_stays_in_the_session(
        self, telling: Telling, meeting: Meeting, people: People
    ) -> None:
        await meeting.join(people.ada)
        socket = await meeting.socket(people.ada)
        happened = await telling(meetings.join, meeting.id, socket, STREAMS, caller_id=people.ada)
        assert happened == [
            await meeting.left(people.ada, "removed", by_the_way=True),
            await meeting.joined(people.ada),
        ]

    async def test_who_is_not_let_in_leaves_nothing(
        self, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        await meeting.join(people.ada)
        count = "SELECT count(*) FROM analytics_event"
        socket = await meeting.socket(people.ben)
        for caller, by, said, fact in (
            (people.ada, meeting.sockets[people.ada], Configuration(enabled=True), AlreadyJoined),
            (people.ben, socket, Configuration(size=1), ConferenceFull),
            (people.ben, socket, Configuration(enabled=False), ConferenceDisabled),
        ):
            async with meeting.transaction.begun():
                await configurations.change(*meeting.asked, said)
            before = await database.fetchval(count)
            with pytest.raises(fact):
                async with meeting.transaction.begun():
                    await meetings.join(*meeting.asked, by, STREAMS, caller_id=caller)
            assert await database.fetchval(count) == before


class TestGoing:
    async def test_leaves_the_others_in_it(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada, people.ben)
        happened = await telling(meetings.leave, meeting.id, None, caller_id=people.ben)
        assert happened == [await meeting.left(people.ben, "went")]
        assert await telling(meetings.leave, meeting.id, None, caller_id=people.ben) == []

    async def test_last_closes_the_session(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada)
        socket = meeting.sockets[people.ada]
        assert await telling(meetings.leave, meeting.id, uuid4(), caller_id=people.ada) == []
        happened = await telling(meetings.leave, meeting.id, socket, caller_id=people.ada)
        assert happened == [await meeting.left(people.ada, "went"), await meeting.closed()]
        assert "session_ended_at" in happened[1]

    async def test_from_what_is_stopped_or_deleted(self, telling: Telling, meeting: Meeting, people: People) -> None:
        for end in (meetings.stop, meetings.remove):
            await meeting.join(people.ada, people.ben)
            assert await telling(end, meeting.id, caller_id=people.ben) == [
                await meeting.left(people.ada, "ended"),
                await meeting.left(people.ben, "ended"),
                await meeting.closed(),
            ]

    async def test_from_a_conference_that_is_deleted(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada)
        happened = await telling(conferences.remove, meeting.id)
        assert happened == [await meeting.left(people.ada, "ended"), await meeting.closed()]

    @pytest.mark.parametrize("is_alone", [True, False])
    async def test_with_his_membership(
        self, telling: Telling, meeting: Meeting, people: People, *, is_alone: bool
    ) -> None:
        await meeting.join(people.ben, *[people.ada] * (not is_alone))
        happened = await telling(members.remove, meeting.room, people.ben, caller_id=people.ada)
        assert happened == [await meeting.left(people.ben, "removed"), *[await meeting.closed()] * is_alone]

    async def test_with_the_room(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ben, people.ada)
        assert await telling(rooms.remove, meeting.room, caller_id=people.ada) == [
            await meeting.left(people.ben, "ended"),
            await meeting.left(people.ada, "ended"),
            await meeting.closed(),
        ]

    async def test_when_somebody_is_removed_from_everywhere(
        self, transaction: Transaction, telling: Telling, meeting: Meeting, people: People, shape: Happened
    ) -> None:
        pair = await made(transaction, "one_to_one", people.ada, people.ben)
        other = await made(transaction, "group", people.ben, people.ada, people.cleo)
        with_ben = await meeting_of(transaction, pair, people.ada, shape | {"name": None})
        with_ben.about.pop("name")
        third = await meeting_of(transaction, other, people.ben, shape)
        await meeting.join(people.ada, people.ben)
        await third.join(people.ada)
        await with_ben.join(people.ada, people.ben)
        assert await telling(users.remove, people.ada) == [
            await meeting.left(people.ada, "removed"),
            await third.left(people.ada, "removed"),
            await third.closed(),
            await with_ben.left(people.ada, "ended"),
            await with_ben.left(people.ben, "ended"),
            await with_ben.closed(),
        ]


class TestPuttingOut:
    async def test_one_by_his_id(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada, people.ben)
        peer = _newest(await meeting.session(), people.ada)
        happened = await telling(moderation.put_out, meeting.id, peer_id=peer.id, role=None, message="Noise")
        assert happened == [await meeting.left(people.ada, "put_out", message="Noise")]

    async def test_all_of_a_role(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada, people.ben, people.cleo)
        assert await telling(moderation.put_out, meeting.id, peer_id=None, role="nobody's") == []
        assert await telling(moderation.put_out, meeting.id, peer_id=None, role="guest", message="Late") == [
            await meeting.left(people.ben, "put_out", message="Late"),
            await meeting.left(people.cleo, "put_out", message="Late"),
        ]
        assert await telling(moderation.put_out, meeting.id, peer_id=None, role="host") == [
            await meeting.left(people.ada, "put_out"),
            await meeting.closed(),
        ]

    async def test_of_nobody_leaves_nothing(
        self, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        with pytest.raises(SessionNotFound):
            await moderation.end_session(*meeting.asked, lock=True)
        await meeting.join(people.ada)
        before = await database.fetchval("SELECT count(*) FROM analytics_event")
        with pytest.raises(PeerNotFound):
            await moderation.put_out(*meeting.asked, peer_id=uuid4(), role=None)
        assert await database.fetchval("SELECT count(*) FROM analytics_event") == before

    @pytest.mark.parametrize("message", [None, "Enough"])
    async def test_everybody(self, telling: Telling, meeting: Meeting, people: People, message: str | None) -> None:
        await meeting.join(people.ada, people.ben)
        happened = await telling(moderation.end_session, meeting.id, lock=False, message=message)
        assert happened == [
            await meeting.left(people.ada, "ended", message=message),
            await meeting.left(people.ben, "ended", message=message),
            await meeting.closed(),
        ]

    async def test_everybody_and_locking_up_once(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada)
        happened = await telling(moderation.end_session, meeting.id, lock=True, message="Enough")
        meeting.about["enabled"] = False
        assert happened == [
            await meeting.left(people.ada, "ended", message="Enough"),
            await meeting.closed(),
            {"type": "ConferenceLocked", **meeting.about},
        ]

    async def test_everybody_from_what_is_locked_already(
        self, telling: Telling, meeting: Meeting, people: People
    ) -> None:
        await meeting.join(people.ada)
        async with meeting.transaction.begun():
            await configurations.change(*meeting.asked, Configuration(enabled=False))
        happened = await telling(moderation.end_session, meeting.id, lock=True)
        meeting.about["enabled"] = False
        assert happened == [await meeting.left(people.ada, "ended"), await meeting.closed()]


class TestBeingAbsent:
    async def test_whose_socket_is_gone(self, telling: Telling, meeting: Meeting, people: People) -> None:
        await meeting.join(people.ada, people.ben)
        assert await telling(absences.end, meeting.id) == []
        await connections.close(meeting.transaction, meeting.sockets[people.ada])
        assert await telling(absences.end, meeting.id) == [await meeting.left(people.ada, "lost")]

    async def test_whose_process_is_dead(
        self, telling: Telling, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        await meeting.join(people.ada, people.ben)
        await database.execute("UPDATE server_process SET seen_at = now() - interval '1 hour'")
        await connections.bury(meeting.transaction, PROCESS)
        assert await telling(absences.end, meeting.id) == [
            await meeting.left(people.ada, "lost"),
            await meeting.left(people.ben, "lost"),
            await meeting.closed(),
        ]

    async def test_when_its_time_is_over(
        self, telling: Telling, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        await meeting.join(people.ada, people.ben)
        async with meeting.transaction.begun():
            await configurations.change(*meeting.asked, Configuration(max_duration_seconds=60))
        await database.execute("UPDATE session SET created_at = created_at - interval '61 seconds'")
        assert await telling(absences.end, meeting.id) == [
            await meeting.left(people.ada, "ended"),
            await meeting.left(people.ben, "ended"),
            await meeting.closed(),
        ]

    async def test_from_a_meeting_that_nobody_has_joined(
        self, telling: Telling, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        async with meeting.transaction.begun():
            await meetings.start(*meeting.asked, caller_id=people.ada)
        await database.execute("UPDATE conference SET started_at = now() - interval '6 minutes'")
        assert await telling(absences.end, meeting.id) == []

    async def test_from_a_conference_that_an_older_program_has_deleted(
        self, telling: Telling, meeting: Meeting, people: People, database: asyncpg.Connection
    ) -> None:
        await meeting.join(people.ada)
        await database.execute("DELETE FROM conference")
        happened = await telling(absences.end, meeting.id)
        meeting.about.clear()
        meeting.about["conference_id"] = meeting.id
        assert happened == [await meeting.left(people.ada, "ended"), await meeting.closed()]
