"""What would go wrong later, and will not pass by itself, is said at the start."""

import asyncio
import resource
import secrets
from typing import Final

from asyncpg import Connection, Record

from app.adapters import blobs, database, secret_key
from app.adapters.database import DatabaseUnusable
from app.adapters.secret_key import SecretKeyUnusable
from app.domain import keys
from app.domain.database import Transaction
from app.domain.errors import KeyNotFound, SecretKeyMismatch
from app.domain.schema import metadata
from app.settings import PREFIX, Settings

_FILES_BESIDE_THE_POOL: Final = 64  # its own, those of what makes previews, and some connections of clients
_FREE_CONNECTIONS: Final = """
    SELECT least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    )
    """
_NOT_OURS_TO_USE: Final = """
    SELECT name FROM unnest($1::text[]) AS name
     WHERE NOT has_table_privilege(name, 'SELECT') OR NOT has_table_privilege(name, 'INSERT')
        OR NOT has_table_privilege(name, 'UPDATE') OR NOT has_table_privilege(name, 'DELETE')
     LIMIT 1
    """
_LOCKED: Final = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND classid = 0 AND objid = $1::int8::oid
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    """


class TooFewFiles(Exception):
    """The server may not open what it needs; in one line."""


def inspect_limits(settings: Settings) -> None:
    """Raise TooFewFiles if each process may not open what it needs."""
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.pool_size + _FILES_BESIDE_THE_POOL
    if resource.RLIM_INFINITY != files < needed:
        raise TooFewFiles(
            f"this process may open {files} files, and needs {needed} with {PREFIX}POOL_SIZE={settings.pool_size}:"
            " raise its hard limit (ulimit -n, LimitNOFILE=), or lower that"
        )


def inspect(settings: Settings) -> None:
    """Raise DatabaseUnusable, SecretKeyUnusable or BlobsUnusable if requests could not be served as it is now.

    Asked of the server once, not of each of its processes, which must be able to begin while something is away.
    """
    blobs.inspect(settings)
    asyncio.run(_inspect(settings))


async def _inspect(settings: Settings) -> None:
    async with database.connection(settings) as direct:
        if settings.direct_database_url:
            await _is_the_same(settings, direct)
        elif settings.database_url:
            await _has_room_for_every_pool(settings, direct)
        await _is_ours_to_write(settings, direct)
        await _was_sealed_under_our_key(settings, Transaction(direct))


async def _is_the_same(settings: Settings, direct: "Connection[Record]") -> None:
    """See by way of the pooler what is locked past it: an address tells nothing."""
    number = secrets.randbits(31)
    await direct.execute(f"SELECT pg_advisory_lock({number})")
    async with database.connection(settings, pooled=True) as pooled, pooled.transaction():
        is_the_same = await pooled.fetchval(_LOCKED, number)
    await direct.execute(f"SELECT pg_advisory_unlock({number})")
    if not is_the_same:
        raise DatabaseUnusable(
            f"{PREFIX}DIRECT_DATABASE_URL is another database than {PREFIX}DATABASE_URL: set both to the same one,"
            " the first past the pooler"
        )


async def _has_room_for_every_pool(settings: Settings, direct: "Connection[Record]") -> None:
    # One more for each, which hears of events.
    free, wanted = await direct.fetchval(_FREE_CONNECTIONS), settings.workers * (settings.pool_size + 1)
    if wanted > free:
        raise DatabaseUnusable(
            f"{PREFIX}WORKERS times ({PREFIX}POOL_SIZE + 1) is {wanted}, and {database.name_of(settings)} lets in"
            f" {free}: lower one, raise max_connections there, or put a transaction pooler between"
        )


async def _is_ours_to_write(settings: Settings, direct: "Connection[Record]") -> None:
    name = database.name_of(settings)
    if await direct.fetchval("SHOW transaction_read_only") == "on":
        raise DatabaseUnusable(f"{name} takes no writes: set it to the server that does, not to a replica of it")
    table = await direct.fetchval(_NOT_OURS_TO_USE, list(metadata.tables))
    if table:
        raise DatabaseUnusable(
            f"{name}: its user may not read and write the table {table}: grant that, on every table, or set the"
            " user who migrated"
        )


async def _was_sealed_under_our_key(settings: Settings, transaction: Transaction) -> None:
    """Open what was sealed last: what came before may be lost for good, and no reason not to start."""
    try:
        await keys.newest_hms(transaction, secret_key.load(settings))
    except KeyNotFound:
        return
    except SecretKeyMismatch:
        raise SecretKeyUnusable(
            f"{PREFIX}SECRET_KEY is not the one that sealed the newest key of /v2: set that one, or name it in"
            f" {PREFIX}SECRET_KEY_FALLBACKS; if it is lost, revoke the keys that it sealed (`enfilade keys list`)"
        ) from None
