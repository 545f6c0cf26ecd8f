"""The SQL that the server sends: all of it, or what one call sends; never a copy, which could differ."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from itertools import product
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, cast, get_origin

from sqlalchemy import Select

import app
from app.domain import database, keys, tokens
from app.domain.database import AnyConnection, Statement, Transaction
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
    """Stands where a connection would, and notes what it is asked; finds what that finds, or, without one, nothing."""

    def __init__(self, connection: "AnyConnection | None") -> None:
        self._connection = connection
        self.queries: list[Query] = []

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        self.queries.append(Query(sql, values))
        return await self._connection.fetch(sql, *values) if self._connection else []

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        return next(iter(await self.fetch(sql, *values)), None)

    def transaction(self) -> Any:
        assert self._connection
        return self._connection.transaction()


async def sent_by(operation: Operation) -> Sequence[Query]:
    """Return what the operation sends to a database in which nothing is found."""
    return await _recorded(operation, _Recorder(None))


async def sent_to(connection: AnyConnection, operation: Operation) -> Sequence[Query]:
    """Return what the operation sends to this database; then undo what it did."""
    async with undone(connection):
        return await _recorded(operation, _Recorder(connection))


async def _recorded(operation: Operation, recorder: _Recorder) -> Sequence[Query]:
    with suppress(LookupError, DomainError):  # something is not found, and the domain says so
        await operation(Transaction(cast("AnyConnection", recorder)))
    assert recorder.queries, f"{operation} asks nothing: is a parameter missing?"
    return recorder.queries


@asynccontextmanager
async def undone(connection: AnyConnection) -> AsyncIterator[None]:
    """Undo what is done in the block."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


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
    if isinstance(value, list | tuple):
        return "{" + ",".join(_as_element(as_text(item)) for item in value) + "}"
    return str(value)


def _as_element(text: str | None) -> str:
    return "NULL" if text is None else '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def every() -> dict[str, set[str]]:
    """Return every statement that is written in the server, by its place and name: its SQL, alone or beside a key."""
    modules = [import_module(found.name) for found in walk_packages(app.__path__, "app.") if _is_ours(found.name)]
    written = dict(found for module in modules for found in _written_in(module))
    return {name: set(_spellings(statement)) for name, statement in written.items()}


def _spellings(statement: Statement[Any]) -> Iterator[str]:
    """Yield what the server may send: the statement alone, and what it reads also beside each credential."""
    yield statement.sql
    lacking = statement.lacks({}) & {"caller_id"}
    for credential in (keys.OF_HMS, keys.OF_VCS, tokens.OF_CHATS):
        if statement.reads and lacking <= set(cast("Select[Any]", credential.statement).selected_columns.keys()):
            yield database._beside(credential, statement, lacking).sql  # noqa: SLF001 - as `find_both` asks


def _is_ours(module: str) -> bool:
    return not module.startswith("app.migrations")  # which an installed package has within it; Alembic loads them


def _written_in(module: ModuleType) -> Iterator[tuple[str, Statement[Any]]]:
    for name, found in vars(module).items():
        place = f"{module.__name__.removeprefix('app.')}.{name}"
        if isinstance(found, Statement):
            yield place, found
        elif isinstance(found, dict):
            yield from ((f"{place}[{name}]", one) for name, one in found.items() if isinstance(one, Statement))
        elif _makes_statements(found):
            yield from _made_by(found, place)


def _makes_statements(found: Any) -> bool:
    """Whether it is a cached function of flags; one without a cache is called for a constant, which is found itself."""
    if not hasattr(found, "cache_info"):
        return False
    signature = inspect.signature(found)
    flags = all(parameter.annotation is bool for parameter in signature.parameters.values())
    return flags and get_origin(signature.return_annotation) is Statement


def _made_by(function: Callable[..., Statement[Any]], place: str) -> Iterator[tuple[str, Statement[Any]]]:
    flags = list(inspect.signature(function).parameters)
    for values in product((False, True), repeat=len(flags)):
        given = dict(zip(flags, values, strict=True))
        yield f"{place}({', '.join(flag for flag, value in given.items() if value)})", function(**given)
