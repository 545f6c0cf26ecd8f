"""What is stored sealed, in whatever table: sealed anew when SECRET_KEY has changed."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.database import Statement, Transaction, value
from app.domain.errors import SecretKeyMismatch
from app.domain.schema import metadata
from app.domain.secrets import SecretKey

_Key: TypeAlias = UUID | int

_READ_AT_ONCE = 1000
# The nil UUID stands for the workspace, whose webhook is sealed in the deployment alone.
_BEFORE_ALL: Final[Mapping[type, Any]] = {int: 0, UUID: UUID(int=0)}


@dataclass(slots=True)
class Resealing:
    """How many were sealed anew, and how many no key opens: the first of these is in that column, of that id."""

    resealed: int = 0
    unreadable: int = 0
    first_unreadable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    key: _Key
    sealed: bytes | None


def _key(column: sa.Column[Any]) -> sa.Column[Any]:
    """Return the primary key of the column's table, whatever it is called and of."""
    (key,) = column.table.primary_key
    return key


def _page(column: sa.Column[Any]) -> Statement[_Stored]:
    # Without a word of what is sealed at all: nothing has an index for that, and a page could read the whole table.
    key = _key(column)
    rows = sa.select(key.label("key"), column.label("sealed")).where(key > sa.bindparam("after")).order_by(key)
    return Statement(rows.limit(_READ_AT_ONCE), _Stored)


def _replacement(column: sa.Column[Any]) -> Statement[_Key]:
    key = _key(column)
    this = sa.and_(key == sa.bindparam("this"), column == sa.bindparam("old"))
    written = sa.update(column.table).where(this).values({column.name: sa.bindparam("new")})
    return Statement(written.returning(key), value)


_SEALED: Final = [column for table in metadata.sorted_tables for column in table.c if column.name.startswith("sealed_")]
# Targets last: they are copied from the webhooks, and what is copied meanwhile is then sealed anew already.
_COLUMNS: Final[Mapping[str, sa.Column[Any]]] = {
    str(column): column for column in sorted(_SEALED, key=lambda column: column.name == "sealed_target")
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
        async for key, sealed in _stored(transaction, name):
            try:
                done.resealed += await _sealed_anew(transaction, secret_key, name, key, sealed)
            except SecretKeyMismatch:
                done.unreadable += 1
                done.first_unreadable = done.first_unreadable or f"{name} of {_named(key)}"
    return done


async def _sealed_anew(transaction: Transaction, secret_key: SecretKey, name: str, key: _Key, sealed: bytes) -> bool:
    anew = secret_key.sealed_anew(sealed)
    if anew is None:
        return False
    return await transaction.find(_REPLACEMENTS[name], this=key, old=sealed, new=anew) is not None


async def _stored(transaction: Transaction, name: str) -> AsyncIterator[tuple[_Key, bytes]]:
    """Yield what is sealed there, by key, to the first page that is not full: new ones need not be sealed anew."""
    after, is_last = _BEFORE_ALL[_key(_COLUMNS[name]).type.python_type], False
    while not is_last:
        page = await transaction.all(_PAGES[name], after=after)
        is_last = len(page) < _READ_AT_ONCE
        for row in page:
            after = row.key
            if row.sealed is not None:
                yield row.key, row.sealed


def _named(key: _Key) -> str:
    return ids.to_hex(key) if isinstance(key, UUID) else str(key)
