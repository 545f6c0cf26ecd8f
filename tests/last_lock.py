"""Whoever records events takes no lock behind that one: another who holds it may be waiting for the first.

What happens is written down by the transaction in which it happens. Every transaction of the tests is watched for both,
whichever test it is made by.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from app.domain import analytics, events
from app.domain.database import Statement, Transaction

_LOCKS = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|FOR( NO KEY)? UPDATE|FOR( KEY)? SHARE|pg_\w*advisory\w*)\b")
_RECORDING = (events._OPEN, events._RECORD)  # noqa: SLF001 - what is watched
_WRITING_DOWN = analytics._RECORD  # noqa: SLF001 - so is this
Ask = Callable[..., Awaitable[Any]]


class LocksTooLate(AssertionError):
    """A statement writes or locks after events were recorded in its transaction."""


class RecordedAlone(AssertionError):
    """Events are recorded, but not in the transaction of what they tell of."""


@contextmanager
def guarded() -> Iterator[None]:
    """Fail what breaks the rule, as long as the block runs."""
    recorded: WeakKeyDictionary[Any, object] = WeakKeyDictionary()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find", "all"):
            patch.setattr(Transaction, name, _guarding(getattr(Transaction, name), recorded))
        yield


def _guarding(ask: Ask, recorded: "WeakKeyDictionary[Any, object]") -> Ask:
    async def asked(self: Transaction, statement: Statement[Any], /, **given: Any) -> Any:
        connection = _behind(self._connection)
        begun = getattr(connection, "_top_xact", None)  # asyncpg tells nobody
        if begun is None and statement in (*_RECORDING, _WRITING_DOWN):
            raise RecordedAlone
        if statement in _RECORDING:
            recorded[connection] = begun
        elif begun is not None and recorded.get(connection) is begun and locks(statement):
            raise LocksTooLate(statement.sql)
        return await ask(self, statement, **given)

    return asked


def _behind(connection: Any) -> Any:
    """Return the connection behind what notes its queries (`bench/statements.py`), or behind that of a pool."""
    for name in ("_connection", "_con"):
        connection = getattr(connection, name, connection)
    return connection


@cache
def locks(statement: Statement[Any]) -> bool:
    """Whether the statement writes or locks anything."""
    return _LOCKS.search(statement.sql) is not None
