"""How Alembic reaches the database: the same arguments and driver as the server."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import asyncpg
from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app import settings
from app.adapters import database
from app.domain.schema import metadata

# A migration that waits for a lock makes every request behind it wait too: give up instead, and be run again.
_LOCK_TIMEOUT = "5s"
# Two that migrate at once (replicas that start together) do it one after the other.
_MIGRATION_LOCK = 4_201_225_031


def _note_oldest_program(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[str], run_args: Mapping[str, Any]
) -> None:
    """Write down, where such a program can read it, from which revision on programs work on the one reached."""
    if not ctx.connection:
        return
    for head in heads:
        oldest = getattr(context.script.get_revision(head).module, "oldest_program", head)
        context.script.get_revision(oldest)  # which fails for what is none
        ctx.connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{oldest}'"))


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        on_version_apply=_note_oldest_program,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run(arguments: dict[str, Any]) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(**arguments), poolclass=NullPool
    )
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        await connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
        await connection.commit()
        await connection.run_sync(_migrate)


asyncio.run(_run(context.config.attributes.get("connection") or database.direct_arguments(settings.load())))
