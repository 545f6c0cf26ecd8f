"""The sessions of a full database: of each meeting one that is over, of some one that runs, and a crowd's.

Whoever is in one has a socket open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.schema import connection as socket
from app.domain.schema import peer, server_process, session
from bench.rows import HOUR, OTHERS, YEAR, Moments, Row, copy, copy_values

CROWD: Final = 200
"""So many are in the crowd's session, and were in the last hundred before it."""

_RUNS, _CROWDED_RUNS = 1_000, 100
_MOST_ACTIVE: Final = 1_000
_A_FEW: Final = 3
_PROCESSES: Final = 4
"""So many have sockets."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A session that is to be there: `gone` were in it, `present` are; it is over when nobody is."""

    id: UUID
    conference_id: UUID
    gone: Sequence[UUID]
    present: Sequence[UUID] = ()


async def fill(
    connection: "Connection[Record]",
    meetings: Sequence[Row],
    members: Mapping[UUID, Sequence[UUID]],
    users: Sequence[Row],
    *,
    full: UUID,
) -> None:
    """Put sessions of these meetings into a database that has none; a crowd of users meets in the room `full`."""
    crowd = [user["id"] for user in users[:_RUNS]]
    of_crowd = next(meeting["id"] for meeting in meetings if meeting["room_id"] == full)
    runs = list(_runs(meetings, members, crowd, of_crowd))
    await copy_values(
        connection, session, ("id", "conference_id", "created_at", "modified_at", "ended_at"), _rows(runs)
    )
    columns = ("id", "session_id", "user_id", "queue_id", "name", "role", "joined_at", "left_at")
    peers = list(_peers(runs))
    await copy_values(connection, peer, columns, iter(peers))
    processes = list(_processes())
    await copy(connection, server_process, processes)
    await copy(connection, socket, _sockets(peers, [process["id"] for process in processes[:_PROCESSES]]))


def _runs(
    meetings: Sequence[Row], members: Mapping[UUID, Sequence[UUID]], crowd: Sequence[UUID], of_crowd: UUID
) -> Iterator[_Run]:
    """Yield them in their order: first those that are over."""
    active = [meeting for meeting in meetings if meeting["started_at"]][:_MOST_ACTIVE]
    moments = _ids(len(meetings) + _RUNS + len(active))
    for number in range(_RUNS):
        yield _Run(next(moments), of_crowd, crowd[: CROWD if number >= _RUNS - _CROWDED_RUNS else 1])
    for meeting in meetings:
        yield _Run(next(moments), meeting["id"], members[meeting["room_id"]][:_A_FEW])
    for meeting in active:
        if meeting["id"] == of_crowd:
            yield _Run(next(moments), of_crowd, crowd[CROWD:], crowd[:CROWD])
        else:
            there = members[meeting["room_id"]][:_A_FEW]
            yield _Run(next(moments), meeting["id"], there[:1], there)


def _ids(count: int) -> Iterator[UUID]:
    """Yield so many ids, over a year."""
    moments = Moments.until_now(count, session)
    return (moments.id(number) for number in range(count))


def _rows(runs: Sequence[_Run]) -> Iterator[tuple[Any, ...]]:
    for run in runs:
        moment = ids.moment(run.id)
        yield run.id, run.conference_id, moment, moment, None if run.present else moment + HOUR


def _peers(runs: Sequence[_Run]) -> Iterator[tuple[Any, ...]]:
    chance = Moments.until_now(len(runs), peer).chance
    for run in runs:
        moment = ids.moment(run.id)
        prefix = ids.to_bytes(run.id)[:6]
        for number, user in enumerate([*run.gone, *run.present]):
            id = ids.from_bytes(prefix + number.to_bytes(2, "big") + chance.randbytes(4))
            left = moment + HOUR if number < len(run.gone) else None
            yield id, run.id, user, id, f"Person {number}", "guest" if number else "host", moment, left


def _processes() -> Iterator[Row]:
    """Return processes that no server beside them takes for dead."""
    moments, seen_at = Moments.until_now(OTHERS, server_process), datetime.now(UTC) + YEAR
    return ({"id": moments.id(number), "seen_at": seen_at} for number in range(OTHERS))


def _sockets(peers: Sequence[tuple[Any, ...]], processes: Sequence[UUID]) -> Iterator[Row]:
    there = [(user, queue) for _, _, user, queue, *_, left in peers if not left]
    for number, (user, queue) in enumerate(there):
        yield {"queue_id": queue, "user_id": user, "process_id": processes[number % _PROCESSES]}
