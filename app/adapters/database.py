"""The way to Postgres: connection arguments, one connection for a command, a pool for the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from asyncpg import Connection, Pool, Record
from pydantic import SecretStr

from app.adapters import embedded
from app.settings import Settings

# What hangs must end: a caller rather hears an error.
_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 30


class DatabaseUnreachable(Exception):
    """Postgres does not let us in: one line that names the setting, without the password."""


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
    """One connection, closed at the end of the block; raises DatabaseUnreachable."""
    try:
        connection = await asyncpg.connect(**direct_arguments(settings))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnreachable(f"ENFILADE_DATABASE_URL: {_first_line(error)}") from error
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def pool(settings: Settings) -> "AsyncIterator[Pool[Record]]":
    """The server's connections, as many as needed up to POOL_SIZE; each is opened when it is first wanted."""
    async with asyncpg.create_pool(
        **pool_arguments(settings), min_size=0, max_size=settings.pool_size, reset=_nothing_to_reset
    ) as pool:
        yield pool


async def _nothing_to_reset(connection: "Connection[Record]") -> None:
    """No statement leaves state on its connection, so giving one back needs no round trip."""


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
