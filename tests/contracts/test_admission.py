"""Who calls is asked together with what is asked: nobody unknown learns or changes anything by it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg
import httpx
import pytest

from app.domain import ids

Room = dict[str, Any]
Trouble = Callable[[], AbstractAsyncContextManager[None]]
NONE_SUCH = "f" * 24


@pytest.fixture(params=["/v2", "/api/realtime"])
def stranger(request: pytest.FixtureRequest, client: httpx.AsyncClient, hms: object, vcs: object) -> httpx.AsyncClient:
    """Somebody whose credential is well-formed and unknown."""
    if request.param == "/v2":
        client.headers["Authorization"] = (
            "Bearer eyJhbGciOiJIUzI1NiJ9."
            "eyJhY2Nlc3Nfa2V5IjoiZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmIiwidHlwZSI6Im1hbmFnZW1lbnQiLCJ2ZXJzaW9uIjoyLCJleHAiOjQxMDI0NDQ4MDB9."
            "c2lnbmF0dXJl"
        )
    else:
        client.headers["x-vcs-token"] = "f00d" * 16
    return client


@pytest.fixture
def paths(stranger: httpx.AsyncClient) -> Callable[[str], list[tuple[str, str]]]:
    """Every way to touch a room."""

    def paths(id: str) -> list[tuple[str, str]]:
        if "Authorization" in stranger.headers:
            return [
                ("GET", f"/v2/rooms/{id}"),
                ("GET", "/v2/rooms"),
                ("POST", f"/v2/rooms/{id}"),
                ("POST", "/v2/rooms"),
            ]
        room = f"RO-{ids.from_hex(id)}"
        return [
            ("GET", f"/api/realtime/room/{room}"),
            ("GET", "/api/realtime/room"),
            ("DELETE", f"/api/realtime/room?id={room}"),
            ("POST", "/api/realtime/room"),
        ]

    return paths


def refuses(answer: httpx.Response) -> bool:
    """Whether the answer speaks of the credential alone."""
    if answer.request.url.path.startswith("/v2"):
        return answer.status_code == 401 and answer.json()["details"] == ["not found"]
    return answer.status_code == 400 and answer.json()["code"] == "REALTIME-00009"


class TestAStranger:
    async def test_learns_not_even_what_there_is_not(
        self,
        stranger: httpx.AsyncClient,
        create: Callable[..., Awaitable[Room]],
        paths: Callable[[str], list[tuple[str, str]]],
        subtests: pytest.Subtests,
    ) -> None:
        for id in ((await create())["id"], NONE_SUCH):
            for method, path in paths(id):
                with subtests.test(f"{method} {path}"):
                    assert refuses(await stranger.request(method, path))

    async def test_changes_nothing(
        self,
        stranger: httpx.AsyncClient,
        create: Callable[..., Awaitable[Room]],
        paths: Callable[[str], list[tuple[str, str]]],
        database: asyncpg.Connection,
    ) -> None:
        room = await create()
        before = await database.fetch("SELECT * FROM conference")
        for method, path in paths(room["id"]):
            body = {"json": {"name": "theirs", "enabled": False}} if method == "POST" else {}
            assert refuses(await stranger.request(method, path, **body))
        assert await database.fetch("SELECT * FROM conference") == before

    async def test_hears_of_no_trouble_of_ours(
        self,
        stranger: httpx.AsyncClient,
        paths: Callable[[str], list[tuple[str, str]]],
        failing_statements: Trouble,
        subtests: pytest.Subtests,
    ) -> None:
        async with failing_statements():
            for method, path in paths(NONE_SUCH):
                with subtests.test(f"{method} {path}"):
                    assert refuses(await stranger.request(method, path))


class TestARevokedKey:
    async def test_is_refused_with_the_next_request(
        self,
        hms: httpx.AsyncClient,
        vcs: httpx.AsyncClient,
        create: Callable[..., Awaitable[Room]],
        database: asyncpg.Connection,
    ) -> None:
        id = (await create())["id"]
        asked = [(hms, f"/v2/rooms/{id}"), (vcs, f"/api/realtime/room/RO-{ids.from_hex(id)}")]
        assert [(await client.get(path)).status_code for client, path in asked] == [200, 200]
        await database.execute("DELETE FROM api_key")
        assert all([refuses(await client.get(path)) for client, path in asked])
