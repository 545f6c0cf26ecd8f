"""What it costs to show who is in a meeting, beside one in which nobody is; and pages of sessions beside rooms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from app.adapters import secret_key
from app.apis.hms.tokens import management_token
from app.domain import conferences, connections, ids, keys, meetings
from app.domain.database import Transaction
from app.domain.meetings import Streams
from app.domain.schema import peer, session
from app.settings import Settings
from bench import load, place
from bench.hearings import people
from bench.hearings.people import Room
from bench.load import Request
from bench.measurement import Measurement, Meter
from bench.place import Postgres
from bench.programs import Program
from bench.rows import HOUR, Row, copy

PRESENT: Final = 200
PAGE: Final = 100
PEERS: Final = 20
CONNECTIONS: Final = 8
EVERY, ONE, PAGES = PAIRS = (
    ("GET /meetings, one that nobody is in", f"GET /meetings, one that {PRESENT} are in"),
    ("GET /rooms/{id}/meeting, nobody in it", f"GET /rooms/{{id}}/meeting, {PRESENT} in it"),
    (f"GET /v2/rooms?limit={PAGE}", f"GET /v2/sessions?limit={PAGE}, {PEERS} peers each"),
)
_STREAMS: Final = Streams(audio_enabled=True, video_enabled=True)


@dataclass(frozen=True, slots=True)
class Pair:
    """What is asked, and what it is held against."""

    little: Measurement
    much: Measurement


Round = Mapping[tuple[str, str], Pair]
"""By what is asked."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A room whose meeting is crowded, one in whose nobody is, and a management token."""

    crowded: Room
    empty: Room
    token: str


async def prepared(connection: "Connection[Record]", settings: Settings) -> Prepared:
    """Make the rooms, and a page of rooms of /v2 each with a session that is over."""
    crowded, empty = [await people.room_of(connection, PRESENT) for _ in range(2)]
    transaction = Transaction(connection)
    meeting, _ = [await _meeting(transaction, room, settings) for room in (crowded, empty)]
    await _enter(connection, meeting, crowded)
    made = [await conferences.create(transaction, limits=settings.vcs.limits) for _ in range(PAGE)]
    rows = list(_sessions([one.id for one in made]))
    await copy(connection, session, rows)
    await copy(connection, peer, _peers(rows))
    await connection.execute("VACUUM (ANALYZE)")
    key = await keys.create_hms(transaction, secret_key.load(settings))
    return Prepared(crowded, empty, management_token(key.access_key, key.secret))


async def _meeting(transaction: Transaction, room: Room, settings: Settings) -> UUID:
    async with transaction.begun():
        return await meetings.create(
            transaction,
            room.id,
            caller_id=room.members[0],
            name=None,
            type="permanent",
            expires_at=None,
            limits=settings.vcs.limits,
        )


async def _enter(connection: "Connection[Record]", meeting: UUID, room: Room) -> None:
    """Let everybody in, by sockets of a process that no server takes for dead."""
    transaction, process = Transaction(connection), ids.new_id()
    sockets = {ids.new_id(): member for member in room.members}
    await connections.add_all(transaction, process, sockets)
    await connection.execute("UPDATE server_process SET seen_at = now() + interval '1 year' WHERE id = $1", process)
    for queue, member in sockets.items():
        async with transaction.begun():
            await meetings.join(transaction, meeting, queue, _STREAMS, caller_id=member)


def _sessions(conference_ids: list[UUID]) -> Iterator[Row]:
    for conference_id in conference_ids:
        id = ids.new_id()
        moment = ids.moment(id)
        yield {
            "id": id,
            "conference_id": conference_id,
            "created_at": moment,
            "modified_at": moment,
            "ended_at": moment + HOUR,
        }


def _peers(sessions: list[Row]) -> Iterator[Row]:
    for one in sessions:
        for number in range(PEERS):
            yield {
                "id": ids.new_id(),
                "session_id": one["id"],
                "user_id": ids.new_id(),
                "queue_id": ids.new_id(),
                "name": f"Person {number}",
                "role": "guest" if number else "host",
                "joined_at": one["created_at"],
                "left_at": one["ended_at"],
            }


def measured(wrk: Program, postgres: Postgres, disk: Path, at: Prepared, seconds: int) -> Round:
    """Run a server of one worker, and ask it for both of each pair by turns."""
    with place.enfilade(postgres.settings, disk) as server:
        meter = Meter([server.pid], postgres.pid)

        def measurement(path: str, token: str) -> Measurement:
            request = Request(url=server.url + path, headers={"authorization": f"Bearer {token}"})
            request.check("")
            return load.send(wrk, request, connections=CONNECTIONS, seconds=seconds, names="", meter=meter)

        rooms = (at.empty, at.crowded)
        asked = {
            EVERY: [("/meetings", room.tokens[0]) for room in rooms],
            ONE: [(f"/rooms/{room.id}/meeting", room.tokens[0]) for room in rooms],
            PAGES: [(f"/v2/{what}?limit={PAGE}", at.token) for what in ("rooms", "sessions")],
        }
        return {pair: Pair(*(measurement(*each) for each in both)) for pair, both in asked.items()}
