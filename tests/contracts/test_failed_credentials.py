"""Who shows wrong credentials too often is refused unheard, in the words of the API that hears him."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import pytest
from asgi_lifespan import LifespanManager
from starlette.requests import Request

from app.apis import failures
from app.apis.failures import Failures
from app.main import create_app
from app.settings import Settings

MOST = 3
REFUSALS: dict[str, Any] = {
    "/v2/rooms": {
        "code": 429,
        "message": "Too Many Requests",
        "details": ["rate limit exceeded, retry after a minute"],
    },
    "/api/realtime/room": {
        "httpCode": 429,
        "code": "BASE-00429",
        "id": None,
        "description": ["Too many invalid credentials were passed."],
    },
    "/rooms": None,
}

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def caller(settings: Settings) -> AsyncIterator[Caller]:
    """Give clients of a server with a limit of three, each with an address of its own."""
    limited = settings.model_copy(update={"max_failed_credentials": MOST})
    async with LifespanManager(create_app(limited)) as manager:

        def client(address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(manager.app, client=(address, 1))
            return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)

        yield client


@pytest.fixture(params=list(REFUSALS))
def path(request: pytest.FixtureRequest) -> str:
    """A path of each API."""
    return str(request.param)


def wrong(path: str) -> dict[str, str]:
    """Return a credential that could be one, and opens nothing."""
    claims = {"access_key": "f" * 24, "type": "management", "version": 2, "exp": int(time.time()) + 600}
    return {
        "/v2/rooms": {"Authorization": f"Bearer {jwt.encode(claims, 'x' * 40, algorithm='HS256')}"},
        "/api/realtime/room": {"x-vcs-token": "0" * 64},
        "/rooms": {"Cookie": "ZM_AUTH_TOKEN=nobodys"},
    }[path]


async def fail(client: httpx.AsyncClient, path: str, times: int = MOST) -> None:
    for _ in range(times):
        assert (await client.get(path, headers=wrong(path))).status_code in {400, 401}


class TestTooMany:
    async def test_are_refused_in_the_words_of_the_api(self, caller: Caller, path: str) -> None:
        async with caller() as client:
            await fail(client, path)
            answer = await client.get(path, headers=wrong(path))
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert (answer.json() if answer.content else None) == REFUSALS[path]

    async def test_of_every_api_count_together(self, caller: Caller) -> None:
        async with caller() as client:
            for path in REFUSALS:
                await fail(client, path, times=1)
            assert (await client.get("/rooms", headers=wrong("/rooms"))).status_code == 429

    async def test_concern_no_other_address(self, caller: Caller, path: str) -> None:
        async with caller() as client, caller("192.0.2.2") as other:
            await fail(client, path)
            await fail(other, path, times=1)

    async def test_of_one_network_of_ipv6_count_together(self, caller: Caller, path: str) -> None:
        async with caller("2001:db8::1") as client, caller("2001:db8::2:1") as same, caller("2001:db8:0:1::1") as other:
            await fail(client, path)
            assert (await same.get(path, headers=wrong(path))).status_code == 429
            await fail(other, path, times=1)

    async def test_of_ipv4_addresses_that_are_spelled_as_ipv6_are_told_apart(self, caller: Caller, path: str) -> None:
        async with caller("::ffff:192.0.2.1") as client, caller("::ffff:192.0.2.2") as other, caller() as same:
            await fail(client, path)
            assert (await same.get(path, headers=wrong(path))).status_code == 429
            await fail(other, path, times=1)

    async def test_keep_a_right_one_from_being_heard_unless_it_was_a_moment_ago(
        self, caller: Caller, vcs_key: str
    ) -> None:
        path, right = "/api/realtime/room", {"x-vcs-token": vcs_key}
        async with caller() as client, caller("192.0.2.2") as other:
            await fail(client, path)
            assert (await client.get(path, headers=right)).status_code == 429
            assert (await other.get(path, headers=right)).status_code == 200
            assert (await client.get(path, headers=right)).status_code == 200

    async def test_are_refused_without_asking_the_database(self, caller: Caller, path: str, asked: list[str]) -> None:
        async with caller() as client:
            await fail(client, path)
            before = len(asked)
            await client.get(path, headers=wrong(path))
            assert len(asked) == before
            assert before >= MOST

    async def test_are_told_to_the_operator_once(
        self, caller: Caller, path: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with caller() as client:
            await fail(client, path)
            for _ in range(3):
                await client.get(path, headers=wrong(path))
        told = [line for line in caplog.messages if "wrong credentials" in line]
        assert told == ["3 wrong credentials in a minute from 192.0.2.1: no more (ENFILADE_MAX_FAILED_CREDENTIALS)"]


class TestAfterAMinute:
    async def test_the_next_is_heard(self, caller: Caller, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        async with caller() as client:
            await fail(client, path)
            now = time.monotonic
            monkeypatch.setattr(failures.time, "monotonic", lambda: now() + 61)
            await fail(client, path, times=1)


class TestNoCredential:
    async def test_at_all_is_none_that_is_wrong(self, caller: Caller, path: str) -> None:
        async with caller() as client:
            statuses = {(await client.get(path)).status_code for _ in range(MOST + 2)}
        assert statuses <= {400, 401}


class TestMemory:
    def test_of_addresses_is_bounded(self) -> None:
        counted = Failures(MOST, "")
        for number in range(25_000):
            scope = {"type": "http", "client": (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1)}
            counted.count(Request(scope), "wrong")
            counted.remember(str(number))
        held = [len(part) for part in vars(counted).values() if isinstance(part, (dict, set))]
        assert held
        assert max(held) <= 10_000
