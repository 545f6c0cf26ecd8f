"""POST /v2/token: a client's code becomes the token that its backend would have signed (hms.md §3)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import jwt
import pytest
from gatherings import House
from processes import SECRET_KEY

from app.domain import keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

TOKEN, CODES = "/v2/token", "/v2/room-codes"
DAY = 86_400
NO_KEY = (403, "There is no key to sign a token with", "There is no key to sign a token with")
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]
Key = tuple[str, str]


@pytest.fixture
async def room(create: Make) -> Room:
    return await create(name="room-a")


@pytest.fixture
async def code(hms: httpx.AsyncClient, room: Room) -> str:
    """The guests' code of the room."""
    return str((await hms.post(f"{CODES}/room/{room['id']}")).json()["data"][1]["code"])


def verified(answer: httpx.Response, key: Key) -> dict[str, Any]:
    """Return what a token says, as the backend of a customer finds out who has the key."""
    assert answer.status_code == 200, answer.text
    access_key, secret = key
    needed = {"require": ["access_key", "room_id", "role", "type", "version", "jti", "iat", "nbf", "exp"]}
    claims: dict[str, Any] = jwt.decode(answer.json()["token"], secret, algorithms=["HS256"], options=needed)
    assert claims["access_key"] == access_key
    return claims


class TestAToken:
    async def test_says_what_the_backends_own_would_say(
        self, client: httpx.AsyncClient, hms_key: Key, room: Room, code: str, same: Check
    ) -> None:
        before = int(time.time())
        answer = await client.post(TOKEN, json={"code": code, "user_id": "ada@example.org"})
        claims = verified(answer, hms_key)
        now = claims["exp"] - DAY
        assert before <= now <= time.time()
        assert claims == {
            "access_key": hms_key[0],
            "room_id": room["id"],
            "role": "guest",
            "user_id": "ada@example.org",
            "type": "app",
            "version": 2,
            "jti": str(UUID(claims["jti"], version=4)),
            "iat": now - 10,
            "nbf": now - 10,
            "exp": now + DAY,
        }
        assert jwt.get_unverified_header(answer.json()["token"]) == {"alg": "HS256", "typ": "JWT"}
        expires_at = f"{datetime.fromtimestamp(claims['exp'], UTC):%Y-%m-%dT%H:%M:%SZ}"
        same(answer, {"token": answer.json()["token"], "expires_at": expires_at})

    @pytest.mark.parametrize("said", [{}, {"user_id": None}, {"user_id": ""}, {"name": "Ada", "role": "host"}])
    async def test_names_nobody_who_is_not_named(
        self, client: httpx.AsyncClient, hms_key: Key, code: str, said: dict[str, Any]
    ) -> None:
        claims = verified(await client.post(TOKEN, json={"code": code, **said}), hms_key)
        assert "user_id" not in claims
        assert claims["role"] == "guest"

    @pytest.mark.parametrize("user_id", ["Zoë 🎉", "x" * 255, " ", '"', "null", "\u0001"])
    async def test_names_whoever_is_named(
        self, client: httpx.AsyncClient, hms_key: Key, code: str, user_id: str
    ) -> None:
        answer = await client.post(TOKEN, json={"code": code, "user_id": user_id})
        assert verified(answer, hms_key)["user_id"] == user_id

    async def test_is_another_each_time(self, client: httpx.AsyncClient, hms_key: Key, code: str) -> None:
        answers = await asyncio.gather(*(client.post(TOKEN, json={"code": code}) for _ in range(20)))
        assert len({verified(answer, hms_key)["jti"] for answer in answers}) == 20

    async def test_is_one_of_a_client_and_no_management_token(
        self, client: httpx.AsyncClient, room: Room, code: str, forbidden: Check, database: asyncpg.Connection
    ) -> None:
        token = (await client.post(TOKEN, json={"code": code})).json()["token"]
        before = await database.fetch("SELECT * FROM conference")
        client.headers["Authorization"] = f"Bearer {token}"
        for method, path in (
            ("GET", "/v2/rooms"),
            ("POST", "/v2/rooms"),
            ("POST", f"/v2/rooms/{room['id']}"),
            ("POST", f"{CODES}/room/{room['id']}"),
            ("GET", f"{CODES}/room/{room['id']}"),
            ("POST", f"/v2/stream-keys/room/{room['id']}"),
        ):
            forbidden(await client.request(method, path))
        forbidden(await client.post(f"{CODES}/code", json={"code": code, "enabled": False}))
        assert await database.fetch("SELECT * FROM conference") == before
        assert await database.fetchval("SELECT count(*) FROM room_code WHERE enabled") == 2

    async def test_lets_in_where_a_clients_is_wanted_until_its_room_is_disabled(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, *, room: Room, code: str, refused: Check, same: Check
    ) -> None:
        token = (await client.post(TOKEN, json={"code": code})).json()["token"]
        tones = {"json": {"digits": ["1"]}, "headers": {"Authorization": f"Bearer {token}"}}
        no_engine = {"code": 501, "message": "media engine is not configured"}
        same(await client.post("/v2/sip/dtmf", **tones), no_engine, 501)
        await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": False})
        refused(await client.post("/v2/sip/dtmf", **tones), 403, "Room is disabled", "Room is disabled")

    @pytest.mark.parametrize("path", [TOKEN, f"{TOKEN}/", "/api/v2/token"])
    @pytest.mark.parametrize(
        "media_type",
        [None, "", "text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded", "nonsense"],
    )
    async def test_is_given_whatever_type_the_body_is_said_to_have(
        self, client: httpx.AsyncClient, hms_key: Key, code: str, path: str, media_type: str | None
    ) -> None:
        headers = {} if media_type is None else {"Content-Type": media_type}
        content = b'{"code":"%s","user_id":"ada"}' % code.encode()
        assert verified(await client.post(path, content=content, headers=headers), hms_key)["user_id"] == "ada"

    @pytest.mark.parametrize("shown", ["", "Bearer x", "Basic YTpi"])
    async def test_needs_no_credential_and_minds_none(
        self, client: httpx.AsyncClient, hms_key: Key, code: str, shown: str
    ) -> None:
        answer = await client.post(TOKEN, json={"code": code}, headers={"Authorization": shown})
        assert verified(answer, hms_key)["role"] == "guest"

    async def test_takes_two_questions(self, client: httpx.AsyncClient, code: str, asked: list[str]) -> None:
        for _ in range(2):  # the first notes that the key is used
            asked.clear()
            assert (await client.post(TOKEN, json={"code": code})).status_code == 200
        assert len(asked) == 2

    async def test_of_a_meeting_of_the_chats(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, hms_key: Key, house: House
    ) -> None:
        meeting = await house.meeting()
        code = (await hms.post(f"{CODES}/room/{meeting.hex}/role/host")).json()["code"]
        claims = verified(await client.post(TOKEN, json={"code": code}), hms_key)
        assert (claims["room_id"], claims["role"]) == (meeting.hex, "host")


class TestTheKey:
    async def test_is_the_newest_that_is_not_revoked(
        self, client: httpx.AsyncClient, transaction: Transaction, hms_key: Key, *, code: str, refused: Check
    ) -> None:
        newer = [await keys.create_hms(transaction, SecretKey(SECRET_KEY)) for _ in range(2)]
        await keys.create_vcs(transaction)
        for key in reversed(newer):
            verified(await client.post(TOKEN, json={"code": code}), (key.access_key, key.secret))
            await keys.revoke(transaction, key.id)
        verified(await client.post(TOKEN, json={"code": code}), hms_key)
        [last] = [key for key in await keys.every(transaction) if key.api == "hms"]
        await keys.revoke(transaction, last.id)
        refused(await client.post(TOKEN, json={"code": code}), *NO_KEY)

    async def test_is_one_that_the_secret_key_opens(
        self, client: httpx.AsyncClient, transaction: Transaction, code: str, refused: Check
    ) -> None:
        await keys.create_hms(transaction, SecretKey("of another deployment"))
        refused(await client.post(TOKEN, json={"code": code}), *NO_KEY)

    async def test_is_seen_to_be_used(self, client: httpx.AsyncClient, database: asyncpg.Connection, code: str) -> None:
        await database.execute("UPDATE api_key SET last_used_at = now() - interval '1 hour'")
        assert (await client.post(TOKEN, json={"code": code})).status_code == 200
        assert await database.fetchval("SELECT last_used_at > now() - interval '1 minute' FROM api_key")


class TestWhatACodeOpens:
    async def test_is_nothing_when_it_is_disabled_and_its_room_when_it_is_enabled(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, hms_key: Key, code: str, refused: Check
    ) -> None:
        await hms.post(f"{CODES}/code", json={"code": code, "enabled": False})
        refused(await client.post(TOKEN, json={"code": code}), 403, "Room code is disabled", "Room code is disabled")
        await hms.post(f"{CODES}/code", json={"code": code, "enabled": True})
        verified(await client.post(TOKEN, json={"code": code}), hms_key)

    async def test_is_nothing_when_its_room_is_disabled(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, hms_key: Key, *, room: Room, code: str, refused: Check
    ) -> None:
        await hms.post(f"{CODES}/code", json={"code": code, "enabled": False})
        await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": False})
        for enabled in (False, True):
            await hms.post(f"{CODES}/code", json={"code": code, "enabled": enabled})
            refused(await client.post(TOKEN, json={"code": code}), 403, "Room is disabled", "Room is disabled")
        await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": True})
        verified(await client.post(TOKEN, json={"code": code}), hms_key)

    async def test_is_nothing_when_its_role_is_gone_until_it_is_back(
        self,
        client: httpx.AsyncClient,
        hms: httpx.AsyncClient,
        hms_key: Key,
        *,
        of_roles: Make,
        set_roles: Put,
        refused: Check,
    ) -> None:
        room = await of_roles("host", "guest")
        code = (await hms.post(f"{CODES}/room/{room['id']}/role/guest")).json()["code"]
        await set_roles(room["template_id"], "host", "renamed")
        text = "Role of the room code does not exist"
        refused(await client.post(TOKEN, json={"code": code}), 403, text, text)
        await set_roles(room["template_id"], "guest")
        assert verified(await client.post(TOKEN, json={"code": code}), hms_key)["role"] == "guest"

    async def test_is_nothing_when_its_room_is_over_or_deleted(
        self, client: httpx.AsyncClient, code: str, missing: Check, database: asyncpg.Connection
    ) -> None:
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        missing(await client.post(TOKEN, json={"code": code}), "Room code")
        await database.execute("DELETE FROM conference")
        missing(await client.post(TOKEN, json={"code": code}), "Room code")
