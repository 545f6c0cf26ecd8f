"""What is written down of what happens, as the tests of it spell it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from app.domain import ids
from app.domain.database import Transaction

Happened: TypeAlias = dict[str, Any]
"""An occurrence: its type, whom and what it is about, and the data, without what is not there."""

Telling: TypeAlias = Callable[..., Awaitable[list[Happened]]]

_ABOUT = ("conference_id", "session_id", "peer_id", "user_id")
_KEPT = (
    "SELECT id, type, created_at, conference_id, session_id, peer_id, user_id, data FROM analytics_event ORDER BY id"
)


@dataclass(frozen=True)
class Chronicle:
    """What is written down by way of this connection."""

    transaction: Transaction
    connection: asyncpg.Connection

    async def by(self, operation: Callable[..., Awaitable[object]], *arguments: Any, **others: Any) -> list[Happened]:
        """Do something in a transaction, and return what it writes down, in its order; undone it writes nothing."""
        before = await self._counted()
        undone = self.connection.transaction()
        await undone.start()
        await operation(self.transaction, *arguments, **others)
        await undone.rollback()
        assert await self._counted() == before
        async with self.transaction.begun():
            await operation(self.transaction, *arguments, **others)
        return [_happened(row) for row in (await self.connection.fetch(_KEPT))[before[0] :]]

    async def _counted(self) -> list[int]:
        tables = ("analytics_event", "webhook_delivery", "webhook_queue")
        return [await self.connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608


def _happened(row: asyncpg.Record) -> Happened:
    assert row["created_at"] == ids.moment(row["id"])
    data = {name: _read(name, member) for name, member in json.loads(row["data"]).items()}
    about = {name: row[name] for name in _ABOUT if row[name]}
    assert not about.keys() & data.keys()
    return {"type": row["type"]} | about | data


def _read(name: str, member: Any) -> Any:
    if name.endswith("_at"):
        return datetime.fromisoformat(member)
    return UUID(member) if name.endswith("_id") else member
