"""What goes wrong on our side, arranged for every API."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

Trouble = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def failing_statements(database: asyncpg.Connection) -> Trouble:
    """`async with failing_statements():` no statement finds the conferences."""

    @contextlib.asynccontextmanager
    async def failing_statements() -> AsyncIterator[None]:
        await database.execute("ALTER TABLE conference RENAME TO conference_elsewhere")
        try:
            yield
        finally:
            await database.execute("ALTER TABLE conference_elsewhere RENAME TO conference")

    return failing_statements


@pytest.fixture
def failing_commits(database: asyncpg.Connection) -> Trouble:
    """`async with failing_commits():` every statement goes well, and no commit of a new conference."""

    @contextlib.asynccontextmanager
    async def failing_commits() -> AsyncIterator[None]:
        await database.execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON conference
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
            """
        )
        try:
            yield
        finally:
            await database.execute("DROP TRIGGER refuse ON conference; DROP FUNCTION refuse()")

    return failing_commits
