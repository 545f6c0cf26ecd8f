"""What is stored sealed, in whatever table: sealed anew when SECRET_KEY has changed."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.database import Statement, Transaction, value
from app.domain.errors import SecretKeyMismatch
from app.domain.schema import metadata
from app.domain.secrets import SecretKey

_READ_AT_ONCE = 1000


@dataclass(slots=True)
class Resealing:
    """How many were sealed anew, and how many no key opens: the first of these is in that column, of that id."""

    resealed: int = 0
    unreadable: int = 0
    first_unreadable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    id: UUID
    sealed: bytes | None


def _page(column: sa.Column[Any]) -> Statement[_Stored]:
    # Without a word of what is sealed at all: nothing has an index for that, and a page could read the whole table.
    id = column.table.c.id
    rows = sa.select(id, column.label("sealed")).where(id > sa.bindparam("after")).order_by(id)
    return Statement(rows.limit(_READ_AT_ONCE), _Stored)


def _replacement(column: sa.Column[Any]) -> Statement[UUID]:
    this = sa.and_(column.table.c.id == sa.bindparam("this"), column == sa.bindparam("old"))
    written = sa.update(column.table).where(this).values({column.name: sa.bindparam("new")})
    return Statement(written.returning(column.table.c.id), value)


_COLUMNS: Final[Mapping[str, sa.Column[Any]]] = {
    str(column): column for table in metadata.sorted_tables for column in table.c if column.name.startswith("sealed_")
}
_PAGES: Final = {name: _page(column) for name, column in _COLUMNS.items()}
_REPLACEMENTS: Final = {name: _replacement(column) for name, column in _COLUMNS.items()}


async def reseal(transaction: Transaction, secret_key: SecretKey) -> Resealing:
    """Seal everything under SECRET_KEY itself that another of its keys has sealed.

    Outside of a transaction: each value is replaced by a statement of its own, which has no other row to wait for, and
    only if nobody has written another meanwhile.
    """
    done = Resealing()
    for name in _COLUMNS:
        async for id, sealed in _stored(transaction, name):
            try:
                done.resealed += await _sealed_anew(transaction, secret_key, name, id, sealed)
            except SecretKeyMismatch:
                done.unreadable += 1
                done.first_unreadable = done.first_unreadable or f"{name} of {ids.to_hex(id)}"
    return done


async def _sealed_anew(transaction: Transaction, secret_key: SecretKey, name: str, id: UUID, sealed: bytes) -> bool:
    anew = secret_key.sealed_anew(sealed)
    if anew is None:
        return False
    return await transaction.find(_REPLACEMENTS[name], this=id, old=sealed, new=anew) is not None


async def _stored(transaction: Transaction, name: str) -> AsyncIterator[tuple[UUID, bytes]]:
    """Yield what is sealed there, by id, to the first page that is not full: new ones need not be sealed anew."""
    after, is_last = UUID(int=0), False
    while not is_last:
        page = await transaction.all(_PAGES[name], after=after)
        is_last = len(page) < _READ_AT_ONCE
        for row in page:
            after = row.id
            if row.sealed is not None:
                yield row.id, row.sealed
