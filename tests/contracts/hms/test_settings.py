"""What the operator has set: origins of browsers (row "CORS"), the ids of the account, the secret key."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from pydantic import SecretStr
from transcripts import caller

from app.main import create_app
from app.settings import HmsSettings, Settings

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
CUSTOMER, APP = "aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbb"
OURS, OTHERS = {"Origin": "https://app.example"}, {"Origin": "https://other.example"}
Check = Callable[..., None]
Mint = Callable[..., str]


@contextlib.asynccontextmanager
async def serving(settings: Settings, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the same database under other settings."""
    server = create_app(settings.model_copy(update=changes))
    async with LifespanManager(server) as manager, caller(manager.app) as client:
        yield client


@pytest.fixture
def wish() -> dict[str, str]:
    """What a browser asks before it posts."""
    return {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


class TestOrigins:
    """Row "CORS": origins from a setting; a preflight is answered before authentication."""

    @pytest.mark.parametrize("path", [ROOMS, "/api/v2/rooms", f"{ROOMS}/{NOBODY}", f"{ROOMS}/"])
    async def test_of_the_setting_are_answered(
        self, settings: Settings, database: asyncpg.Connection, unauthorized: Check, wish: dict[str, str], path: str
    ) -> None:
        async with serving(settings, cors_origins=("https://app.example",)) as browser:
            answer = await browser.options(path, headers=wish | OURS)
            assert answer.status_code in {200, 204}
            assert answer.headers["access-control-allow-origin"] == OURS["Origin"]
            assert "POST" in answer.headers["access-control-allow-methods"]
            assert "authorization" in answer.headers["access-control-allow-headers"].lower()

            refused = await browser.get(path, headers=OURS)
            unauthorized(refused, "not found")
            assert refused.headers["access-control-allow-origin"] == OURS["Origin"]

    async def test_others_are_not(
        self, settings: Settings, hms: httpx.AsyncClient, refused: Check, wish: dict[str, str]
    ) -> None:
        async with serving(settings, cors_origins=("https://app.example",)) as browser:
            answer = await browser.options(ROOMS, headers=wish | OTHERS)
            refused(answer, 405, "Method Not Allowed", "method not allowed")
            assert "access-control-allow-origin" not in answer.headers
            read = await browser.get(ROOMS, headers=OTHERS | {"Authorization": hms.headers["Authorization"]})
            assert read.status_code == 200
            assert "access-control-allow-origin" not in read.headers

    async def test_without_a_setting_are_none(
        self, client: httpx.AsyncClient, refused: Check, wish: dict[str, str]
    ) -> None:
        answer = await client.options(ROOMS, headers=wish | OURS)
        refused(answer, 405, "Method Not Allowed", "method not allowed")
        assert "access-control-allow-origin" not in answer.headers


class TestSecretKey:
    async def test_another_one_makes_old_keys_unknown(
        self, settings: Settings, hms: httpx.AsyncClient, unauthorized: Check
    ) -> None:
        async with serving(settings, secret_key=SecretStr("another secret key of the tests")) as other:
            answer = await other.get(ROOMS, headers={"Authorization": hms.headers["Authorization"]})
        unauthorized(answer, "not found")


class TestAccount:
    """`customer_id` and `app_id`: made once, or set."""

    async def test_made_once_they_are_24_hex_digits(self, account: dict[str, str], hms: httpx.AsyncClient) -> None:
        room = (await hms.post(ROOMS)).json()
        for member in ("customer_id", "customer", "app_id"):
            assert room[member] == account[member]
            assert len(bytes.fromhex(room[member])) == 12
        assert room["customer_id"] == room["customer"] != room["app_id"]

    async def test_set_they_win_in_every_room(
        self, settings: Settings, hms: httpx.AsyncClient, same: Check, account: dict[str, str]
    ) -> None:
        before = (await hms.post(ROOMS, json={"name": "room-a"})).json()
        own = {"customer_id": CUSTOMER, "customer": CUSTOMER, "app_id": APP, "key": f"{CUSTOMER}:room-a"}
        async with serving(settings, hms=HmsSettings(customer_id=CUSTOMER, app_id=APP)) as other:
            other.headers["Authorization"] = hms.headers["Authorization"]
            same(await other.get(f"{ROOMS}/{before['id']}"), before | own)
            same(await other.get(ROOMS), {"limit": 10, "data": [before | own], "last": before["id"]})
            created = (await other.post(ROOMS, json={"name": "room-b"})).json()
            assert created["key"] == f"{CUSTOMER}:room-b"
        same(await hms.get(f"{ROOMS}/{before['id']}"), before)

    async def test_one_set_leaves_the_other(
        self, settings: Settings, hms: httpx.AsyncClient, account: dict[str, str]
    ) -> None:
        async with serving(settings, hms=HmsSettings(app_id=APP)) as other:
            other.headers["Authorization"] = hms.headers["Authorization"]
            room = (await other.post(ROOMS)).json()
        assert (room["app_id"], room["customer_id"]) == (APP, account["customer_id"])
