"""Rows for a full database: when each was made, and the way into its table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from random import Random
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record
from sqlalchemy import Table

from app.domain import ids

OTHERS = 2_000
"""Rows of each table that is not about rooms: enough for a scan of it to show."""

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
TTL_SECONDS = 86_400

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moments:
    """`made` is when the first row of a table was made; then one follows another in equal steps, until now."""

    made: datetime
    step: timedelta
    chance: Random

    @classmethod
    def until_now(cls, count: int, table: Table) -> "Moments":
        """Return those of so many rows, over a year, and for each table a chance of its own."""
        return cls(datetime.now(UTC) - YEAR, YEAR / (count + 1), Random(table.name))  # noqa: S311 - to be the same again

    def id(self, number: int) -> UUID:
        """Return an id as it would have been made at that moment."""
        first = ids.to_bytes(ids.first_from(self.made + number * self.step))
        return ids.from_bytes(first[:6] + self.chance.randbytes(6))


def limits() -> Row:
    """Return what every conference has of the administrator's settings."""
    return {
        "max_participants": 10,
        "token_ttl_seconds": TTL_SECONDS,
        "room_ttl_seconds": TTL_SECONDS,
        "endpoint_ttl_seconds": TTL_SECONDS,
    }


async def copy(connection: "Connection[Record]", table: Table, rows: Iterable[Row]) -> None:
    """Put rows into a table; all have the members of the first."""
    each = iter(rows)
    first = next(each)
    await copy_values(connection, table, list(first), (tuple(row.values()) for row in chain([first], each)))


async def copy_values(
    connection: "Connection[Record]", table: Table, columns: Sequence[str], values: Iterator[tuple[Any, ...]]
) -> None:
    """Put rows into these columns of a table: what there is millions of is quicker without names."""
    await connection.copy_records_to_table(table.name, records=values, columns=list(columns))
