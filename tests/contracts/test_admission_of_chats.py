"""The chats, asked together with who calls: a token that opens nothing opens nothing, whatever it is shown to."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from descriptions import Description, description
from factories import made
from transcripts import assert_empty

from app.domain import tokens, users
from app.domain.database import Transaction

PREFIXES = ["", "/services/chats"]
COOKIE, BEARER = "Cookie: ZM_AUTH_TOKEN=", "Authorization: Bearer "
NONE_SUCH = "01a202b2-f1ce-781c-91e8-3127f4000000"
OPEN = ["/health", "/health/live", "/health/ready"]
TABLES = (
    "room",
    "member",
    "room_setting",
    "user_account",
    "user_token",
    "conference",
    "session",
    "peer",
    "stray_blob",
    "message",
)
Show = Callable[[str], None]
Trouble = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
async def ada(transaction: Transaction) -> UUID:
    return (await users.add(transaction, email="ada@example.org", name="Ada")).id


@pytest.fixture
async def ben(transaction: Transaction) -> UUID:
    return (await users.add(transaction, email="ben@example.org", name="Ben")).id


@pytest.fixture
async def room_id(transaction: Transaction, ada: UUID, ben: UUID) -> UUID:
    """A room of Ada and Ben."""
    return await made(transaction, "group", ada, ada, ben)


@pytest.fixture
def show(client: httpx.AsyncClient) -> Show:
    """Show this token from now on: `show(COOKIE + token)`."""

    def show(field: str) -> None:
        name, _, value = field.partition(": ")
        client.headers[name] = value

    return show


@pytest.fixture
async def good_token(transaction: Transaction, ada: UUID) -> str:
    return (await tokens.create(transaction, ada, lifetime_seconds=600)).token


@pytest.fixture(params=["unknown", "revoked", "expired"])
async def bad_token(
    request: pytest.FixtureRequest, transaction: Transaction, database: asyncpg.Connection, good_token: str
) -> str:
    """A well-formed token that opens nothing, or not any more."""
    if request.param == "unknown":
        return good_token[::-1]
    if request.param == "revoked":
        async with transaction.begun():
            await tokens.revoke(transaction, good_token)
    else:
        await database.execute("UPDATE user_token SET expires_at = now() - interval '1 second'")
    return good_token


@pytest.fixture(params=[COOKIE, BEARER], ids=["cookie", "bearer"])
def stranger(
    request: pytest.FixtureRequest, client: httpx.AsyncClient, show: Show, bad_token: str
) -> httpx.AsyncClient:
    """Somebody who shows such a token."""
    show(request.param + bad_token)
    return client


@pytest.fixture
def failing(database: asyncpg.Connection) -> Trouble:
    """`async with failing():` no statement finds rooms, members or users; only tokens are there."""

    @asynccontextmanager
    async def failing() -> AsyncIterator[None]:
        names = ("room", "member", "room_setting", "conference")
        for name in names:
            await database.execute(f"ALTER TABLE {name} RENAME TO {name}_elsewhere")
        try:
            yield
        finally:
            for name in names:
                await database.execute(f"ALTER TABLE {name}_elsewhere RENAME TO {name}")

    return failing


def calls(told: Description, room_id: object, user_id: object) -> list[tuple[str, str]]:
    """Return every operation, but those for everybody, on these."""
    paths = {path: methods for path, methods in told.document["paths"].items() if path not in OPEN}
    asked = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    heads = [("HEAD", path) for method, path in asked if method == "GET"]
    return [
        (
            method,
            path.format(
                roomId=room_id, workspaceId=room_id, userId=user_id, fileId=room_id, meetingId=room_id, area="1x1"
            ),
        )
        for method, path in [*asked, *heads]
    ]


async def everything(database: asyncpg.Connection) -> list[Any]:
    return [await database.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]  # noqa: S608 - ours


class TestAStranger:
    @pytest.mark.parametrize("prefix", PREFIXES)
    async def test_learns_not_even_what_there_is_not(
        self, stranger: httpx.AsyncClient, room_id: UUID, ben: UUID, prefix: str
    ) -> None:
        told = await description(prefix)
        for ids in ((room_id, ben), (NONE_SUCH, NONE_SUCH), ("nonsense", "nonsense")):
            for method, path in calls(told, *ids):
                assert_empty(await stranger.request(method, prefix + path), 401)

    async def test_changes_nothing(
        self, stranger: httpx.AsyncClient, database: asyncpg.Connection, room_id: UUID, ben: UUID
    ) -> None:
        before = await everything(database)
        bodies: list[Any] = [
            *({"type": "temporary", "name": "Theirs"}, {"name": "Theirs"}, []),
            {"userId": str(ben), "historyCleared": True},
        ]
        for method, path in calls(await description(""), room_id, ben):
            for body in bodies if method in ("POST", "PUT") else [None]:
                assert_empty(await stranger.request(method, path, json=body), 401)
        assert await everything(database) == before

    async def test_hears_of_no_trouble_of_ours(
        self, stranger: httpx.AsyncClient, failing: Trouble, room_id: UUID, ben: UUID
    ) -> None:
        async with failing():
            for method, path in calls(await description(""), room_id, ben):
                assert_empty(await stranger.request(method, path), 401)

    @pytest.mark.parametrize("path", OPEN)
    async def test_learns_how_the_server_is(self, stranger: httpx.AsyncClient, path: str) -> None:
        assert (await stranger.get(path)).is_success


class TestARevokedToken:
    @pytest.mark.parametrize("kind", [COOKIE, BEARER])
    async def test_is_refused_with_the_next_request(
        self,
        client: httpx.AsyncClient,
        show: Show,
        transaction: Transaction,
        good_token: str,
        room_id: UUID,
        *,
        kind: str,
    ) -> None:
        show(kind + good_token)
        assert (await client.get(f"/rooms/{room_id}")).status_code == 200
        async with transaction.begun():
            await tokens.revoke(transaction, good_token)
        assert_empty(await client.get(f"/rooms/{room_id}"), 401)


class TestRoundTrips:
    """One is enough for a room, and for a refusal."""

    @pytest.mark.parametrize(
        "path", ["/rooms", "/rooms/{roomId}", "/rooms/{roomId}/members", "/users/{userId}", "/meetings"]
    )
    async def test_of_who_is_known(
        self, client: httpx.AsyncClient, asked: list[str], good_token: str, room_id: UUID, ada: UUID, *, path: str
    ) -> None:
        client.headers["Cookie"] = f"ZM_AUTH_TOKEN={good_token}"
        asked.clear()
        assert (await client.get(path.format(roomId=room_id, userId=ada))).status_code == 200
        assert len(asked) == 1

    async def test_of_a_stranger(self, stranger: httpx.AsyncClient, asked: list[str], room_id: UUID, ben: UUID) -> None:
        for method, path in calls(await description(""), room_id, ben):
            asked.clear()
            assert_empty(await stranger.request(method, path), 401)
            assert len(asked) == 1
