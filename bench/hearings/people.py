"""Rooms with as many members as wanted, and what is changed in them so that it is heard."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import events, rooms, tokens, users
from app.domain.changes import RoomUpdated
from app.domain.database import Transaction
from app.domain.events import Told
from app.domain.invitations import Invited
from bench.rows import TTL_SECONDS

_AT_ONCE: Final = 500
_MUCH: Final = "x" * 1000


@dataclass(frozen=True, slots=True)
class Room:
    """A group: its members, of whom the first is its owner, and a token of each."""

    id: UUID
    members: Sequence[UUID]
    tokens: Sequence[str]


async def room_of(connection: "Connection[Record]", count: int) -> Room:
    """Make a room of so many new people."""
    transaction = Transaction(connection)
    async with transaction.begun():
        people = [
            await users.add(transaction, email=f"{token_hex(8)}@example.org", name="Somebody") for _ in range(count)
        ]
        owner, *others = [person.id for person in people]
        id = await rooms.create(
            transaction,
            "group",
            [Invited(user_id=other) for other in others],
            caller_id=owner,
            name="Hall",
            description=None,
            most_members=count,
        )
        made = [await tokens.create(transaction, one.id, lifetime_seconds=TTL_SECONDS) for one in people]
    return Room(id, [person.id for person in people], [one.token for one in made])


async def rename(connection: "Connection[Record]", room: Room) -> float:
    """Change the room, and return when it began to be committed."""
    transaction = Transaction(connection)
    async with transaction.begun():
        await rooms.change(transaction, room.id, caller_id=room.members[0], name=token_hex(4), description=None)
        return time.monotonic()


async def record(connection: "Connection[Record]", room: Room, names: Sequence[str]) -> None:
    """Record that the room has been called by all these names, one after the other, in one transaction."""
    told = [
        Told(events.members_of(room.id), RoomUpdated(room_id=room.id, name=name, description=None)) for name in names
    ]
    transaction = Transaction(connection)
    async with transaction.begun():
        await events.record(transaction, *told)


async def flood(connection: "Connection[Record]", room: Room, member: UUID, count: int) -> None:
    """Record so many events of a kilobyte each for this member alone."""
    for _ in range(count // _AT_ONCE):
        told = [
            Told(events.users(member), RoomUpdated(room_id=room.id, name=token_hex(4), description=_MUCH))
            for _ in range(_AT_ONCE)
        ]
        transaction = Transaction(connection)
        async with transaction.begun():
            await events.record(transaction, *told)


async def head(connection: "Connection[Record]") -> int:
    """Return the number of the newest event."""
    return (await events.kept(Transaction(connection))).newest


async def names(connection: "Connection[Record]", member: UUID, behind: int) -> list[str]:
    """Return what this member had to hear behind this number, as `Crowd.names` has it."""
    rows = await connection.fetch(
        "SELECT coalesce(body ->> 'name', body ->> 'user_id', body ->> 'meeting_id') AS name FROM event"
        " WHERE number > $1 AND $2 = ANY (audience) ORDER BY number",
        behind,
        member,
    )
    return [row["name"] for row in rows]
