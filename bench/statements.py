"""The SQL that the domain sends, caught by calling its functions: nothing here can differ from what the server runs."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from app.domain.database import AnyConnection, Transaction
from app.domain.errors import DomainError

Operation = Callable[[Transaction], Awaitable[object]]
"""A call of the domain that lacks its transaction."""


class Words(str):
    """A value that Postgres works out, in SQL; where Python expects a value it is as good as any."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A statement, and the values of its `$1`, `$2` and so on."""

    sql: str
    values: tuple[Any, ...]

    @property
    def texts(self) -> list[str | None]:
        """The values as Postgres reads them."""
        return [as_text(value) for value in self.values]


class _Recorder:
    """Stands where a connection would; notes what it is asked, and finds nothing."""

    def __init__(self) -> None:
        self.queries: list[Query] = []

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        self.queries.append(Query(sql, values))
        return []

    async def fetchrow(self, sql: str, *values: Any) -> None:
        await self.fetch(sql, *values)


async def sent_by(operation: Operation) -> Sequence[Query]:
    """Return what the operation sends to a database in which nothing is found."""
    recorder = _Recorder()
    with suppress(LookupError, DomainError):  # nothing is found, and the domain says so
        await operation(Transaction(cast("AnyConnection", recorder)))
    return recorder.queries


def as_text(value: Any) -> str | None:
    """Spell a value in the way in which Postgres reads that of an untyped literal."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return rf"\x{value.hex()}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return "{" + ",".join(str(item) for item in value) + "}"
    return str(value)
