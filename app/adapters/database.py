"""The way to Postgres: connection arguments, one connection for a command, a pool for the server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from asyncpg import Connection, Pool, Record
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from app.adapters import embedded
from app.domain import probes
from app.settings import PREFIX, Settings

# What hangs must end: a caller rather hears an error.
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 30

_OUTAGES = (
    OSError,  # also TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,  # shut down, starting, or a session was ended
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,  # a replica, after a failover
    asyncpg.ObjectNotInPrerequisiteStateError,  # it lets nobody in
)


class DatabaseUnusable(Exception):
    """Postgres does not let us in, or refuses what we need: one line that names the setting, without the password."""


def pool_arguments(settings: Settings) -> dict[str, Any]:
    """Return asyncpg's connection arguments for requests."""
    # A transaction pooler may give the next statement to another server connection: nothing may be prepared.
    cached = {"statement_cache_size": 0} if settings.direct_database_url else {}
    return _target(settings, settings.database_url) | cached | {"command_timeout": _STATEMENT_SECONDS}


def direct_arguments(settings: Settings) -> dict[str, Any]:
    """Return asyncpg's connection arguments for what needs a session of its own, past any pooler."""
    return _target(settings, settings.direct_database_url or settings.database_url)


def _target(settings: Settings, url: SecretStr | None) -> dict[str, Any]:
    where = {"dsn": url.get_secret_value()} if url else embedded.address(settings.data_dir)
    return {**where, "timeout": _CONNECT_SECONDS}


@asynccontextmanager
async def connection(settings: Settings) -> "AsyncIterator[Connection[Record]]":
    """One connection, closed at the end of the block; what Postgres refuses in the block is DatabaseUnusable too."""
    with telling(settings):
        connection = await _connected(settings)
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Turn what goes wrong with Postgres in the block into one line."""
    try:
        yield
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnusable(f"{_name(settings)}: {_first_line(error)}") from error
    except DBAPIError as error:  # Alembic's way; the cause is asyncpg's
        reason = error.orig.__cause__ if error.orig else None
        raise DatabaseUnusable(f"{_name(settings)}: {_first_line(reason or error)}") from error


async def _connected(settings: Settings) -> "Connection[Record]":
    try:
        return await asyncpg.connect(**direct_arguments(settings))
    except (asyncpg.InterfaceError, ValueError):  # whose text may show a part of the URL that is the password
        raise DatabaseUnusable(f"{_name(settings)} is no URL that a client of Postgres understands") from None


def _name(settings: Settings) -> str:
    if settings.direct_database_url:
        return f"{PREFIX}DIRECT_DATABASE_URL"
    return f"{PREFIX}DATABASE_URL" if settings.database_url else f"the database in {settings.data_dir}"


@asynccontextmanager
async def pool(settings: Settings) -> "AsyncIterator[Pool[Record]]":
    """The server's connections, as many as needed up to POOL_SIZE; each is opened when it is first wanted."""
    async with asyncpg.create_pool(
        **pool_arguments(settings),
        min_size=0,
        max_size=settings.pool_size,
        init=None if settings.direct_database_url else _plan_once,  # past a pooler it would be others' setting, too
        reset=_nothing_to_reset,
    ) as pool:
        yield pool


async def probe(pool: "Pool[Record]") -> None:
    """Fail, or take long, when a request could not have its connection, or Postgres does not answer."""
    await probes.ask(pool, probes.database)


async def _plan_once(connection: "Connection[Record]") -> None:
    """Plan each statement once, for any values: so they are written, and to plan a page costs more than to read it."""
    await connection.execute("SET plan_cache_mode = force_generic_plan")


async def _nothing_to_reset(connection: "Connection[Record]") -> None:
    """No statement leaves state on its connection, so giving one back needs no round trip."""


def outage(error: BaseException) -> str | None:
    """Return in one line why Postgres could not answer; None for any other error, which is a fault of our own."""
    is_ours = isinstance(error, ValueError)  # an argument that asyncpg cannot spell
    return f"{type(error).__name__}: {_first_line(error)}" if isinstance(error, _OUTAGES) and not is_ours else None


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
