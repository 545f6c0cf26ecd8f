"""Statements in SQLAlchemy Core, compiled once, when they are first asked; run by asyncpg.

Core keeps the words checked against the tables, asyncpg keeps the run fast. Two things of Core do not work this way:
column defaults in Python (a default is the database's or the caller's), and `in_()` of a list (write `= ANY`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache, cached_property
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from asyncpg import Connection, InterfaceError, InternalClientError, Pool, PostgresError, Record
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

Row = TypeVar("Row")
Other = TypeVar("Other")
AnyConnection: TypeAlias = "Connection[Record] | PoolConnectionProxy[Record]"

FAILURES: Final = (OSError, PostgresError, InterfaceError, InternalClientError)
"""What is raised when Postgres is away, or does not do what it was asked.

The last when it ends a session in the midst of a statement: asyncpg then goes on with the next step.
"""

_ACQUIRE_SECONDS: Final = 30
_CANCEL_SECONDS: Final = 2
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class _Compiled(NamedTuple):
    """A statement as it is sent: its text, whether it changes nothing, and its parameters in the order of their places.

    Those that are `literals` have a value of its own; those that are `required` are given.
    """

    sql: str
    reads: bool
    names: list[str]
    literals: dict[str, Any]
    required: frozenset[str]


class Statement(Generic[Row]):
    """A Core statement, and what a row of its answer becomes: `row(**columns)`."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete, row: Callable[..., Row]) -> None:
        self.statement = statement
        self.row = row

    @cached_property
    def _compiled(self) -> _Compiled:
        # When it is first asked: there are hundreds of statements, and most programs begin without them.
        compiled = self.statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)
        params = compiled.params
        literals = {name: value for name, value in params.items() if not compiled.binds[name].required}
        writes = any(cte.element.is_dml for cte in compiled.ctes or ())
        return _Compiled(
            sql=compiled.string,
            reads=isinstance(self.statement, Select) and not writes,
            names=compiled.positiontup or [],
            literals=literals,
            required=frozenset(params.keys() - literals.keys()),
        )

    @property
    def sql(self) -> str:
        """The statement as Postgres reads it."""
        return self._compiled.sql

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self._compiled.reads

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values for `$1`, `$2`, …: those given by name, else the statement's own literals."""
        literals = self._compiled.literals
        return [given[name] if name in given else literals[name] for name in self._compiled.names]

    def lacks(self, given: Mapping[str, Any]) -> frozenset[str]:
        """Return the parameters that neither it nor anybody else has a value for."""
        return self._compiled.required.difference(given)


def any_of(ids: Select[Any] | sa.CompoundSelect[Any]) -> sa.ColumnElement[Any]:
    """Return what an id is compared with to be one of these, each of which is looked up.

    As an array: joined, Postgres may rather read the whole table.
    """
    return sa.any_(sa.func.array(ids.scalar_subquery(), type_=sa.ARRAY(sa.Uuid)))


def finds_none(looked_for: Select[Any]) -> sa.ColumnElement[bool]:
    """Return whether there is no such row, which is looked up for each row that asks.

    As NOT EXISTS it would be joined, for which Postgres may rather read the whole table.
    """
    return looked_for.limit(1).scalar_subquery().is_(None)


def if_given(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Compare a column with what is given of its name, unless that is None. It chooses no index."""
    given = sa.bindparam(column.name, type_=column.type)
    return given.is_(None) | (column == given)


def unnested(name: str, ordinality: str, **kinds: Any) -> Any:
    """Return the rows that arrays of these names and kinds are together, numbered."""
    arrays = (sa.bindparam(column, type_=sa.ARRAY(kind)) for column, kind in kinds.items())
    columns = (sa.column(column, kind) for column, kind in kinds.items())
    return sa.func.unnest(*arrays).table_valued(*columns, with_ordinality=ordinality).render_derived(name)


def value(**column: Any) -> Any:
    """Return the one column of a row, for statements that answer with no more."""
    (only,) = column.values()
    return only


@cache
def _beside(
    first: Statement[Row], second: Statement[Other], lacking: frozenset[str]
) -> Statement[tuple[Row, Other | None]]:
    """Return one statement for two that read a row each; there is a second row only beside a first.

    What the second is lacking are columns of the first.
    """
    assert isinstance(first.statement, Select)
    assert isinstance(second.statement, Select)
    one = first.statement.subquery("one")
    completed = _completed(second.statement, {name: one.c[name] for name in lacking})
    other = completed.add_columns(sa.true().label("is_there")).lateral("other")
    columns = [column.label(f"{half.name}_{column.name}") for half in (one, other) for column in half.c]

    names, other_names = one.c.keys(), other.c.keys()[:-1]

    def rows(**columns: Any) -> tuple[Row, Other | None]:
        *values, is_there = columns.values()
        found = first.row(**dict(zip(names, values[: len(names)], strict=True)))
        beside = dict(zip(other_names, values[len(names) :], strict=True))
        return found, second.row(**beside) if is_there else None

    return Statement(sa.select(*columns).join_from(one, other, sa.true(), isouter=True), rows)


def _completed(statement: Select[Any], columns: Mapping[str, sa.ColumnElement[Any]]) -> Select[Any]:
    """Return the statement with these columns for its parameters of the same names."""

    def column(element: Any, **_: Any) -> Any:
        if isinstance(element, sa.BindParameter) and element.key in columns:
            # As text: a column would bring its table into whatever subquery it stands in.
            return sa.literal_column(str(columns[element.key]), element.type)
        return None

    return cast("Select[Any]", visitors.replacement_traverse(statement, {}, column)) if columns else statement


class Transaction:
    """Runs statements on the connection that it was given; whoever gave it begins it, and so commits."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection

    def begun(self) -> AbstractAsyncContextManager[Any]:
        """Return what begins a transaction and commits it; without it, each statement is one by itself."""
        return self._connection.transaction()

    async def find(self, statement: Statement[Row], /, **given: Any) -> Row | None:
        """Return the first row, or None."""
        record = await self._connection.fetchrow(statement.sql, *statement.arguments(given))
        return None if record is None else statement.row(**record)

    async def find_both(
        self, first: Statement[Row], second: Statement[Other], /, **given: Any
    ) -> tuple[Row | None, Other | None]:
        """Return what each would find that reads one row, in one round trip; the second only if the first finds any.

        A parameter of the second that is not given is the column of that name which the first finds.
        """
        return await self.find(_beside(first, second, second.lacks(given)), **given) or (None, None)

    async def one(self, statement: Statement[Row], /, otherwise: type[Exception] = LookupError, **given: Any) -> Row:
        """Return the first row, or raise `otherwise`: the fact that there is none."""
        found = await self.find(statement, **given)
        if found is None:
            raise otherwise
        return found

    async def all(self, statement: Statement[Row], /, **given: Any) -> list[Row]:
        """Return every row."""
        records = await self._connection.fetch(statement.sql, *statement.arguments(given))
        return [statement.row(**record) for record in records]


class Borrowed:
    """A connection of the pool, for as long as a block runs. Raises TimeoutError when none comes free for 30 s."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool

    async def __aenter__(self) -> AnyConnection:
        try:
            # A fifth of what the pool's own timeout would cost: no task is made.
            async with asyncio.timeout(_ACQUIRE_SECONDS) as waiting:
                self._connection = await self._pool.acquire()
        except TimeoutError:
            if not waiting.expired():  # Postgres lets nobody in
                raise
            raise TimeoutError(f"no connection of the pool came free within {_ACQUIRE_SECONDS} seconds") from None
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._pool.release(self._connection)
            return
        # A statement may have been cut short. Postgres, which may hang, is asked to end it, and until it says so the
        # pool would wait as long as for any other.
        with suppress(TimeoutError):
            await self._pool.release(self._connection, timeout=_CANCEL_SECONDS)


@asynccontextmanager
async def connected(pool: "Pool[Record]") -> AsyncIterator[Transaction]:
    """What runs statements as long as the block does; each is committed by itself, unless a transaction is begun."""
    async with Borrowed(pool) as connection:
        yield Transaction(connection)
