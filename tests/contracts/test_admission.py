"""Who calls is asked together with what is asked: nobody unknown learns or changes anything by it."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import httpx
import jwt
import pytest

from app.domain import ids

Room = dict[str, Any]
Create = Callable[..., Awaitable[Room]]
Trouble = Callable[[], AbstractAsyncContextManager[None]]
NONE_SUCH = "f" * 24
HMS, VCS = "/v2/rooms", "/api/realtime/room"


def token(access_key: str, secret: str, **claims: object) -> str:
    said = {"access_key": access_key, "type": "management", "version": 2, "exp": int(time.time()) + 600, **claims}
    return f"Bearer {jwt.encode(said, secret, algorithm='HS256')}"


@pytest.fixture(params=["unknown token", "other secret", "app token", "expired", "unknown key"])
def stranger(
    request: pytest.FixtureRequest, client: httpx.AsyncClient, hms_key: tuple[str, str], vcs_key: str
) -> httpx.AsyncClient:
    """Somebody whose credential is well-formed, and opens nothing."""
    if request.param == "unknown key":
        client.headers["x-vcs-token"] = vcs_key[::-1]
        return client
    access_key, secret = hms_key
    shown = {
        "unknown token": lambda: token(NONE_SUCH, secret),
        "other secret": lambda: token(access_key, secret[::-1]),
        "app token": lambda: token(access_key, secret, type="app"),
        "expired": lambda: token(access_key, secret, exp=1),
    }
    client.headers["Authorization"] = shown[request.param]()
    return client


def calls(stranger: httpx.AsyncClient, id: str) -> list[tuple[str, str]]:
    """Return every way to touch this room, and others."""
    if "Authorization" in stranger.headers:
        rooms = [("GET", f"{HMS}/{id}"), ("HEAD", f"{HMS}/{id}"), ("GET", HMS), ("POST", f"{HMS}/{id}"), ("POST", HMS)]
        below = [f"/v2/{things}/room/{id}" for things in ("room-codes", "stream-keys")]
        return [
            *rooms,
            ("POST", "/v2/room-codes/code"),
            *(way for path in below for way in (("GET", path), ("POST", path))),
        ]
    room = f"RO-{ids.from_hex(id)}"
    others = [("DELETE", f"{VCS}?id={room}"), ("POST", VCS), ("POST", "/api/realtime/token")]
    return [("GET", f"{VCS}/{room}"), ("HEAD", f"{VCS}/{room}"), ("GET", VCS), *others]


def refuses(answer: httpx.Response) -> bool:
    """Whether the answer speaks of the credential alone."""
    of_hms = answer.request.url.path.startswith("/v2")
    if answer.request.method == "HEAD":
        return answer.status_code in ({401, 403} if of_hms else {400})
    said = answer.json()
    return said["message"] in {"Token validation error", "Forbidden"} if of_hms else said["code"] == "REALTIME-00009"


class TestAStranger:
    async def test_learns_not_even_what_there_is_not(
        self, stranger: httpx.AsyncClient, create: Create, subtests: pytest.Subtests
    ) -> None:
        for id in ((await create())["id"], NONE_SUCH):
            for method, path in calls(stranger, id):
                with subtests.test(f"{method} {path}"):
                    assert refuses(await stranger.request(method, path))

    async def test_changes_nothing(
        self, stranger: httpx.AsyncClient, create: Create, database: asyncpg.Connection
    ) -> None:
        room = await create()
        before = await database.fetch("SELECT * FROM conference")
        for method, path in calls(stranger, room["id"]):
            body = {"json": {"name": "theirs", "enabled": False}} if method == "POST" else {}
            assert refuses(await stranger.request(method, path, **body))
        assert await database.fetch("SELECT * FROM conference") == before
        assert await database.fetch("SELECT id FROM room_code UNION ALL SELECT id FROM stream_key") == []

    async def test_hears_of_no_trouble_of_ours(
        self, stranger: httpx.AsyncClient, failing_statements: Trouble, subtests: pytest.Subtests
    ) -> None:
        async with failing_statements():
            for method, path in calls(stranger, NONE_SUCH):
                with subtests.test(f"{method} {path}"):
                    assert refuses(await stranger.request(method, path))


class TestARevokedKey:
    async def test_is_refused_with_the_next_request(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Create, database: asyncpg.Connection
    ) -> None:
        id = (await create())["id"]
        asked = [(hms, f"{HMS}/{id}"), (vcs, f"{VCS}/RO-{ids.from_hex(id)}")]
        assert [(await client.get(path)).status_code for client, path in asked] == [200, 200]
        await database.execute("DELETE FROM api_key")
        for client, path in asked:
            assert refuses(await client.get(path))


class TestRoundTrips:
    """One is enough for a room, and for a refusal."""

    async def test_of_who_is_known(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Create, asked: list[str]
    ) -> None:
        id = (await create())["id"]
        for client, path in ((hms, f"{HMS}/{id}"), (vcs, f"{VCS}/RO-{ids.from_hex(id)}")):
            await client.get(path)  # notes that the key is used
            asked.clear()
            assert (await client.get(path)).status_code == 200
            assert len(asked) == 1

    async def test_of_a_stranger(self, stranger: httpx.AsyncClient, asked: list[str]) -> None:
        for method, path in calls(stranger, NONE_SUCH):
            asked.clear()
            assert refuses(await stranger.request(method, path))
            assert len(asked) == 1
