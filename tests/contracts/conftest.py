"""What the transcripts of more than one API need: rooms of `/v2`, and what goes wrong on our side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from gatherings import House
from transcripts import caller

from app.adapters import logs
from app.main import create_app
from app.settings import Settings

Trouble = Callable[..., AbstractAsyncContextManager[None]]
Room = dict[str, Any]


@pytest.fixture
def create(hms: httpx.AsyncClient) -> Callable[..., Awaitable[Room]]:
    """A room of `/v2`; what comes after it comes in another millisecond."""

    async def create(**members: object) -> Room:
        answer = await hms.post("/v2/rooms", json=members)
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.002)
        room: Room = answer.json()
        return room

    return create


@pytest.fixture
async def house(application: object, database: asyncpg.Connection) -> AsyncIterator[House]:
    """People who chat, whose rooms have meetings."""
    async with AsyncExitStack() as clients:
        yield await House.built(application, database, clients)


@pytest.fixture
def failing_statements(database: asyncpg.Connection) -> Trouble:
    """`async with failing_statements():` no statement finds conferences or sessions, templates, polls, or webhooks."""

    @contextlib.asynccontextmanager
    async def failing_statements(*more: str) -> AsyncIterator[None]:
        tables = ("conference", "session", "template", "poll", "analytics_event", "webhook_delivery", *more)
        await database.execute(";".join(f"ALTER TABLE {table} RENAME TO {table}_elsewhere" for table in tables))
        try:
            yield
        finally:
            await database.execute(";".join(f"ALTER TABLE {table}_elsewhere RENAME TO {table}" for table in tables))

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


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Postgres is asked for requests from now on, but not what a server asks when it likes."""
    queries: list[str] = []
    run = asyncpg.Connection.fetchrow

    async def fetchrow(connection: asyncpg.Connection, query: str, *values: object, **how: Any) -> object:
        if logs.trace_id.get():
            queries.append(query)
        return await run(connection, query, *values, **how)

    monkeypatch.setattr(asyncpg.Connection, "fetchrow", fetchrow)
    return queries


@pytest.fixture
async def unheard(settings: Settings, database: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a credential, from whose address one that was wrong has been one too many; of codes likewise."""
    limited = settings.model_copy(update={"max_failed_credentials": 1})
    async with LifespanManager(create_app(limited)) as manager, caller(manager.app) as client:
        assert (await client.get("/api/realtime/room", headers={"x-vcs-token": "0" * 64})).status_code == 400
        assert (await client.post("/v2/token", json={"code": "aaa-aaaa-aaa"})).status_code == 404
        yield client
