"""What is recorded, as the tests of it spell it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from app.domain import events
from app.domain.database import Transaction
from app.domain.events import Heard

Said: TypeAlias = tuple[str, set[UUID], dict[str, Any]]
"""The type of an event, whom it concerns, and its body."""

Recording: TypeAlias = Callable[..., Awaitable[list[Said]]]


class People(NamedTuple):
    """The ids of four users."""

    ada: UUID
    ben: UUID
    cleo: UUID
    dora: UUID


def said(type: str, *audience: UUID, **body: object) -> Said:
    """Spell an event: `said("RoomDeleted", ada, ben, room_id=room)`."""
    return type, set(audience), {name: str(each) if isinstance(each, UUID) else each for name, each in body.items()}


def as_said(heard: Heard) -> Said:
    """Spell an event that was recorded; nobody may be in its audience twice."""
    assert len(set(heard.audience)) == len(heard.audience)
    return heard.event.type, set(heard.audience), json.loads(heard.event.body)


@dataclass(frozen=True)
class Recorded:
    """What is recorded by way of this connection."""

    transaction: Transaction

    async def by(self, operation: Callable[..., Awaitable[object]], *arguments: Any, **others: Any) -> list[Said]:
        """Do something in a transaction, and return what it recorded."""
        last = (await events.kept(self.transaction)).newest
        async with self.transaction.begun():
            await operation(self.transaction, *arguments, **others)
        return [as_said(heard) for heard in await events.read(self.transaction, last, 1_000)]
