"""Who is in which meeting, as its events tell it and as the database has it."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import asyncpg
from recorded import Said, as_said

from app.domain import events
from app.domain.database import Transaction

_MOST_READ = 1_000_000
#: What there never is when nobody is doing anything any more.
_BROKEN = {
    "an open session that nobody is in": """
        SELECT id FROM session
         WHERE ended_at IS NULL
           AND NOT EXISTS (SELECT FROM peer WHERE session_id = session.id AND left_at IS NULL)
        """,
    "an open session of a conference that is gone": """
        SELECT id FROM session
         WHERE ended_at IS NULL AND NOT EXISTS (SELECT FROM conference WHERE id = conference_id)
        """,
    "an open session of a meeting that has not started": """
        SELECT session.id FROM session JOIN conference ON conference.id = conference_id
         WHERE ended_at IS NULL AND started_at IS NULL
        """,
    "somebody in a session that is over": """
        SELECT peer.id FROM peer JOIN session ON session.id = session_id WHERE left_at IS NULL AND ended_at IS NOT NULL
        """,
    "somebody in the meeting of a room whose member he is not": """
        SELECT peer.id
          FROM peer JOIN session ON session.id = session_id JOIN conference ON conference.id = conference_id
               JOIN room ON room.id = conference.room_id
               LEFT JOIN member ON member.room_id = coalesce(parent_id, room.id) AND member.user_id = peer.user_id
         WHERE left_at IS NULL AND member.user_id IS NULL
        """,
    "somebody in a meeting without a socket": """
        SELECT id FROM peer
         WHERE left_at IS NULL AND NOT EXISTS (SELECT FROM connection WHERE queue_id = peer.queue_id)
        """,
    "somebody in a meeting by the socket of another": """
        SELECT peer.id FROM peer JOIN connection USING (queue_id)
         WHERE left_at IS NULL AND peer.user_id <> connection.user_id
        """,
    "somebody who left before he joined, or after all was over": """
        SELECT peer.id FROM peer JOIN session ON session.id = session_id
         WHERE left_at < joined_at OR left_at > ended_at
        """,
    "a session that ended before it began": "SELECT id FROM session WHERE ended_at < created_at",
    "a session that began before the one before it was over": """
        SELECT id
          FROM (SELECT *, lag(coalesce(ended_at, 'infinity')) OVER (PARTITION BY conference_id ORDER BY id) AS over_at
                  FROM session) AS after
         WHERE date_trunc('milliseconds', over_at) > created_at
        """,
}


async def assert_sound(database: asyncpg.Connection) -> None:
    """See that no two rows say what cannot be."""
    found = {name: [row["id"] for row in await database.fetch(query)] for name, query in _BROKEN.items()}
    assert not {name: ids for name, ids in found.items() if ids}


@dataclass
class Course:
    """The course of one meeting as its events tell it; whatever cannot follow what came before fails."""

    room_id: str
    is_active: bool = False
    is_deleted: bool = False
    inside: list[str] = field(default_factory=list)
    sessions: int = 0
    joined: int = 0
    clashed: int = 0
    _before: str = "MeetingCreated"

    def go_on(self, said: Said) -> None:
        type, audience, body = said
        assert not self.is_deleted, f"{type} behind MeetingDeleted"
        # Whoever was the last one takes the meeting along, unless he is only coming again.
        is_emptied = self._before == "MeetingParticipantLeft" and not self.inside
        assert not is_emptied or type in ("MeetingStopped", "MeetingParticipantClashed"), f"{type} behind the last Left"
        assert self._before != "MeetingParticipantClashed" or type == "MeetingParticipantJoined"
        assert body.get("user_id") in {None, *map(str, audience)}, f"{type} is not told to whom it is about"
        getattr(self, f"_{type}")(body.get("user_id"))
        self._before = type

    def _MeetingStarted(self, _: None) -> None:  # noqa: N802 - as the change is called
        assert not self.is_active, "started twice"
        assert not self.inside
        self.is_active = True

    def _MeetingStopped(self, _: None) -> None:  # noqa: N802
        assert self.is_active, "stopped, but not active"
        self.inside, self.is_active = [], False

    def _MeetingDeleted(self, _: None) -> None:  # noqa: N802
        assert not self.is_active, "deleted, but not stopped"
        self.is_deleted = True

    def _MeetingParticipantJoined(self, user_id: str) -> None:  # noqa: N802
        assert self.is_active, "joined before it started"
        assert user_id not in self.inside, "joined twice"
        self.sessions += not self.inside and self._before != "MeetingParticipantClashed"
        self.inside.append(user_id)
        self.joined += 1

    def _MeetingParticipantLeft(self, user_id: str) -> None:  # noqa: N802
        self.inside.remove(user_id)

    def _MeetingParticipantClashed(self, _: None) -> None:  # noqa: N802
        assert self._before == "MeetingParticipantLeft"
        self.clashed += 1

    def _MeetingMessageSent(self, _: None) -> None:  # noqa: N802
        assert self.inside, "told to nobody"


@dataclass
class Story:
    """What the events tell of all meetings."""

    courses: dict[str, Course] = field(default_factory=dict)

    def tell(self, told: Iterable[Said]) -> None:
        for said in told:
            type, _, body = said
            if type == "MeetingCreated":
                assert body["meeting_id"] not in self.courses
                assert body["room_id"] not in {each.room_id for each in self.courses.values() if not each.is_deleted}
                self.courses[body["meeting_id"]] = Course(body["room_id"])
            elif type.startswith("Meeting"):
                self.courses[body["meeting_id"]].go_on(said)
            elif type == "RoomMemberRemoved":
                assert not [each for each in self._of(body["room_id"]) if body["user_id"] in each.inside]
            elif type == "RoomDeleted":
                assert all(each.is_deleted for each in self._of(body["room_id"])), "a room went before its meeting"

    def _of(self, room_id: str) -> list[Course]:
        return [each for each in self.courses.values() if each.room_id == room_id]

    async def assert_true(self, database: asyncpg.Connection) -> None:
        """See that the database has each meeting as it was told."""
        there = {str(row["id"]): row["is_active"] for row in await database.fetch(_MEETINGS)}
        told = {id: each.is_active for id, each in self.courses.items() if not each.is_deleted}
        silent = await self._silently_gone(database, told.keys() - there.keys())
        assert there == {id: is_active for id, is_active in told.items() if id not in silent}
        present = defaultdict(list)
        for row in await database.fetch(_PRESENT):
            present[str(row["conference_id"])].append(str(row["user_id"]))
        assert present == {id: each.inside for id, each in self.courses.items() if each.inside and id not in silent}
        numbers = {str(row["conference_id"]): (row["sessions"], row["peers"]) for row in await database.fetch(_NUMBERS)}
        assert numbers == {id: (each.sessions, each.joined) for id, each in self.courses.items() if each.joined}

    async def _silently_gone(self, database: asyncpg.Connection, gone: AbstractSet[str]) -> AbstractSet[str]:
        """Return these meetings, which a workspace took along with its channels, of which nothing is told."""
        room_ids = [self.courses[id].room_id for id in gone]
        assert not await database.fetch("SELECT id FROM room WHERE id = ANY ($1)", room_ids), "gone without a word"
        return gone


_MEETINGS = "SELECT id, started_at IS NOT NULL AS is_active FROM conference WHERE room_id IS NOT NULL"
_PRESENT = """
    SELECT conference_id, user_id FROM peer JOIN session ON session.id = session_id
     WHERE left_at IS NULL AND ended_at IS NULL ORDER BY peer.id
    """
_NUMBERS = """
    SELECT conference_id, count(DISTINCT session.id) AS sessions, count(*) AS peers
      FROM peer JOIN session ON session.id = session_id GROUP BY conference_id
    """


async def assert_told(database: asyncpg.Connection) -> Story:
    """See that what is recorded is a story that can be, and ends with what there is; return it."""
    story = Story()
    heard = await events.read(Transaction(database), 0, _MOST_READ)
    story.tell(as_said(one) for one in heard)
    await assert_sound(database)
    await story.assert_true(database)
    return story


async def is_left(desk: asyncpg.Connection) -> bool:
    """Whether no socket is open, and nobody in a meeting."""
    query = "SELECT EXISTS (SELECT FROM connection) OR EXISTS (SELECT FROM peer WHERE left_at IS NULL)"
    return not await desk.fetchval(query)
