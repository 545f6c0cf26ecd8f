"""The way to Postgres: connection arguments, one connection for a command, a pool for the server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

import asyncpg
from asyncpg import Connection, Pool, Record
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from app.adapters import embedded
from app.domain import probes
from app.domain.database import FAILURES
from app.settings import PREFIX, Settings

# What hangs must end: a caller rather hears an error.
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 30
_CLOSE_SECONDS = 3
_OLDEST: Final = 14  # of Postgres

_OUTAGES = (
    OSError,  # also TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a session was ended in the midst of a statement
    asyncpg.OperatorInterventionError,  # shut down, starting, or a session was ended
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,  # a replica, after a failover
    asyncpg.ObjectNotInPrerequisiteStateError,  # it lets nobody in
)

# The first that fits: what the operator can do.
_WAYS_OUT: Final[tuple[tuple[type[Exception], str], ...]] = (
    (asyncpg.InvalidAuthorizationSpecificationError, "set user, password and sslmode as this Postgres wants them"),
    (asyncpg.InvalidCatalogNameError, "create that database, or set another"),
    (
        asyncpg.TooManyConnectionsError,
        f"lower {PREFIX}POOL_SIZE or {PREFIX}WORKERS of who uses this Postgres, or raise its max_connections",
    ),
    (asyncpg.InsufficientPrivilegeError, "grant that to this user, or set another"),
    (asyncpg.InvalidSchemaNameError, "grant this user USAGE and CREATE on the schema public, or set another"),
    (asyncpg.InsufficientResourcesError, "make room where this Postgres runs"),
    (asyncpg.ReadOnlySQLTransactionError, "set it to the server that takes writes"),
    (asyncpg.DuplicateTableError, "set another database: this one is somebody else's"),
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
async def connection(settings: Settings, *, pooled: bool = False) -> "AsyncIterator[Connection[Record]]":
    """One connection, closed at the end of the block; what Postgres refuses in the block is DatabaseUnusable too.

    A direct one, or else (`pooled`) one like those of requests.
    """
    with telling(settings, pooled=pooled):
        connection = await _connected(settings, pooled=pooled)
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def telling(settings: Settings, *, pooled: bool = False) -> Iterator[None]:
    """Turn what goes wrong with Postgres in the block into one line."""
    name = name_of(settings, pooled=pooled)
    try:
        yield
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnusable(f"{name}: {_reason(error)}") from error
    except DBAPIError as error:  # Alembic's way; the cause is asyncpg's
        reason = error.orig.__cause__ if error.orig else None
        raise DatabaseUnusable(f"{name}: {_reason(reason or error)}") from error


async def _connected(settings: Settings, *, pooled: bool) -> "Connection[Record]":
    name = name_of(settings, pooled=pooled)
    try:
        connection: Connection[Record] = await asyncpg.connect(
            **(pool_arguments if pooled else direct_arguments)(settings)
        )
    except (asyncpg.InterfaceError, ValueError):  # whose text may show a part of the URL that is the password
        raise DatabaseUnusable(
            f"{name} is no URL that a client of Postgres understands, or has an sslmode without its certificates:"
            " set it to postgresql://user:password@host/database, user and password percent-encoded"
        ) from None
    except OSError as error:
        reason = f"no answer within {_CONNECT_SECONDS} seconds" if isinstance(error, TimeoutError) else error
        raise DatabaseUnusable(
            f"{name}: {_first_line(reason)}: start Postgres there, or set address and sslmode right"
        ) from error
    if connection.get_server_version().major < _OLDEST:
        connection.terminate()
        raise DatabaseUnusable(f"{name}: this Postgres is older than {_OLDEST}: upgrade it, or set another")
    return connection


def name_of(settings: Settings, *, pooled: bool = False) -> str:
    """Return by what name the operator knows the database."""
    if settings.direct_database_url and not pooled:
        return f"{PREFIX}DIRECT_DATABASE_URL"
    return f"{PREFIX}DATABASE_URL" if settings.database_url else f"the database in {settings.data_dir}"


@asynccontextmanager
async def pool(settings: Settings) -> "AsyncIterator[Pool[Record]]":
    """The server's connections, as many as needed up to POOL_SIZE; each is opened when it is first wanted."""
    pool = await asyncpg.create_pool(
        **pool_arguments(settings),
        min_size=0,
        max_size=settings.pool_size,
        init=None if settings.direct_database_url else _plan_once,  # past a pooler it would be others' setting, too
        reset=_nothing_to_reset,
    )
    try:
        yield pool
    finally:
        await _close(pool)


async def _close(pool: "Pool[Record]") -> None:
    """Take leave of Postgres; one that hangs is left without a word."""
    with suppress(*FAILURES):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await pool.close()


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
    if not isinstance(error, _OUTAGES) or is_ours:
        return None
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])


def _reason(error: BaseException) -> str:
    ways_out = [way for kind, way in _WAYS_OUT if isinstance(error, kind)]
    return ": ".join([_first_line(error), *ways_out[:1]])


def _first_line(error: BaseException | str) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
