"""What recording costs those who change something: the same transaction with its event and without, by pgbench."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import events, room_settings, rooms, users
from app.domain.changes import RoomHistoryCleared
from app.domain.database import Statement, Transaction
from app.domain.events import Audience
from app.domain.invitations import Invited
from bench import programs, transactions
from bench.measurement import Meter
from bench.place import Postgres
from bench.programs import Program
from bench.statements import Query, Words
from bench.transactions import Script

SESSIONS: Final = (1, 4, 16)
_MEMBERS: Final = tuple(UUID(f"00000000-0000-4000-8000-{number:012x}") for number in range(max(SESSIONS)))
_OWN: Final = Words("('00000000-0000-4000-8000-' || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Commits a second without an event, with one for one user, and with one for a thousand."""

    silent: float
    for_one: float
    for_hall: float


Round = Mapping[int, Rates]
"""By the number of sessions."""


async def room_of_sessions(connection: "Connection[Record]") -> UUID:
    """Make a room with a member for each session, whose ids they know."""
    transaction = Transaction(connection)
    for id in _MEMBERS:
        await users.add(transaction, email=f"{id}@example.org", name="Somebody", id=id)
    first, *others = _MEMBERS
    async with transaction.begun():
        return await rooms.create(
            transaction,
            "group",
            [Invited(user_id=other) for other in others],
            caller_id=first,
            name="Sessions",
            description=None,
            most_members=len(_MEMBERS),
        )


def measured(postgres: Postgres, disk: Path, room_id: UUID, hall_id: UUID, seconds: int) -> Round:
    """Have each session clear the history of a member of its own, again and again."""
    found = programs.pgbench()
    pgbench = Program(found.path, found.environment | postgres.variables | programs.PLANNED_ONCE)
    for_one, for_hall = events.users(_MEMBERS[0]), events.members_of(hall_id)

    def rate(sessions: int, *audience: Audience) -> float:
        postgres.execute("DELETE FROM event WHERE number < (SELECT max(number) FROM event)", "VACUUM event")
        script, meter = _clearing(room_id, audience), Meter([], postgres.pid)
        return transactions.repeat(pgbench, script, clients=sessions, seconds=seconds, folder=disk, meter=meter).rate

    rates = {
        sessions: Rates(silent=rate(sessions), for_one=rate(sessions, for_one), for_hall=rate(sessions, for_hall))
        for sessions in SESSIONS
    }
    postgres.execute("CHECKPOINT")  # whose writing is not to be somebody else's delay
    return rates


def _clearing(room_id: UUID, audiences: Sequence[Audience]) -> Script:
    script = Script(["BEGIN;"]).ask(_query(room_settings._CLEAR, room_id=room_id, user_id=_OWN))  # noqa: SLF001 - as the server sends it
    for audience in audiences:
        script.ask(_recording(room_id, audience))
    return script.say("COMMIT;")


def _recording(room_id: UUID, audience: Audience) -> Query:
    return _query(
        events._RECORD,  # noqa: SLF001 - as the server sends it
        room_id=[audience.room_id],
        user_ids=[audience.array],
        contact_id=[audience.contact_id],
        queue_id=[audience.queue_id],
        type=[RoomHistoryCleared.__name__],
        body=[f'{{"room_id": "{room_id}", "cleared_at": "2024-08-30T11:08:26.123Z"}}'],
        place=[1],
    )


def _query(statement: Statement[Any], **given: Any) -> Query:
    return Query(statement.sql, tuple(statement.arguments(given)))
