"""POST /v2/token: bodies that are wrong, codes that are none, whoever guesses them; and pages of other origins."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from transcripts import caller

from app.main import create_app
from app.settings import Settings

TOKEN = "/v2/token"
NO_OBJECT = "body is not a JSON object"
TOO_MANY = (429, "Too Many Requests", "rate limit exceeded, retry after a minute")
WRONG, GOOD = "aaa-aaaa-aaa", "goo-dddd-ddd"
PAGE = {"Origin": "https://page.example"}
WISH = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]
#: `await serve(max_failed_credentials=3)`: somebody without a credential, at a server with other settings.
Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def room(create: Make, put_codes: Put) -> Room:
    """A room with a good code."""
    room = await create(name="room-a")
    await put_codes(room, GOOD)
    return room


@pytest.fixture
async def serve(settings: Settings, hms: httpx.AsyncClient) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def serve(**changes: Any) -> httpx.AsyncClient:
            server = create_app(settings.model_copy(update=changes))
            manager = await stack.enter_async_context(LifespanManager(server))
            return await stack.enter_async_context(caller(manager.app))

        yield serve


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 4096):
        yield body[start : start + 4096]


class TestABody:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({}, "code is required"),
            ({"code": None}, "code is required"),
            ({"user_id": "ada"}, "code is required"),
            ({"Code": WRONG}, "code is required"),
            ({"code": 1}, "code must be a string"),
            ({"code": True}, "code must be a string"),
            ({"code": [WRONG]}, "code must be a string"),
            ({"code": {}}, "code must be a string"),
            ({"code": "goo-dddd-dd\0"}, "code must not contain NUL"),
            ({"code": GOOD, "user_id": 7}, "user_id must be a string"),
            ({"code": GOOD, "user_id": ["ada"]}, "user_id must be a string"),
            ({"code": GOOD, "user_id": "a\0"}, "user_id must not contain NUL"),
            ({"code": GOOD, "user_id": "x" * 256}, "user_id must have at most 255 characters"),
            ({"code": WRONG, "user_id": 7}, "user_id must be a string"),  # before the code is looked for
        ],
        ids=lambda value: str(value)[:40],
    )
    async def test_that_is_wrong(
        self, client: httpx.AsyncClient, room: Room, bad_body: Check, body: Room, text: str
    ) -> None:
        bad_body(await client.post(TOKEN, json=body), text)

    @pytest.mark.parametrize(
        "content",
        [
            *(b"{", b"[]", b'["code"]', b"null", b"1", b'"goo-dddd-ddd"', b"code=goo-dddd-ddd", b"\xff"),
            *(b'{"code":NaN}', b'{"code":"goo-dddd-ddd","user_id":"\\ud800"}', b"[" * 60_000),
        ],
        ids=lambda content: repr(content)[:40],
    )
    async def test_that_is_no_object(
        self, client: httpx.AsyncClient, room: Room, bad_body: Check, content: bytes
    ) -> None:
        for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
            bad_body(await client.post(TOKEN, content=content, headers={"Content-Type": media_type}), NO_OBJECT)

    async def test_that_is_a_form(self, client: httpx.AsyncClient, room: Room, bad_body: Check) -> None:
        bad_body(await client.post(TOKEN, data={"code": GOOD}), NO_OBJECT)
        bad_body(await client.post(TOKEN, files={"code": GOOD.encode()}), NO_OBJECT)

    async def test_that_is_none(self, client: httpx.AsyncClient, bad_body: Check) -> None:
        bad_body(await client.post(TOKEN), "code is required")

    async def test_of_64_kib_at_most(self, client: httpx.AsyncClient, room: Room, refused: Check) -> None:
        start = b'{"code":"%s","x":"' % GOOD.encode()
        whole = start + b"x" * (2**16 - len(start) - 2) + b'"}'
        too_large = (413, "Payload Too Large", "body is larger than 64 KiB")
        for sent in (bytes, in_pieces):
            assert (await client.post(TOKEN, content=sent(whole))).status_code == 200
            refused(await client.post(TOKEN, content=sent(whole + b" ")), *too_large)
        refused(await client.post(TOKEN, content=in_pieces(b" " * 2**21)), *too_large)
        refused(await client.post(TOKEN, content=b" " * 2**21), 413, "Payload Too Large", "body is larger than 1 MiB")


@pytest.mark.parametrize(
    "code",
    [WRONG, "", " ", "GOO-DDDD-DDD", "gooddddddd", "goo-dddd-ddd ", "goo_dddd_ddd", "góo-dddd-ddd", "x" * 60_000],
)
async def test_a_code_that_is_none(client: httpx.AsyncClient, room: Room, missing: Check, code: str) -> None:
    missing(await client.post(TOKEN, json={"code": code}), "Room code")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method(client: httpx.AsyncClient, refused: Check, method: str) -> None:
    answer = await client.request(method, TOKEN)
    refused(answer, 405, "Method Not Allowed", "method not allowed")
    assert answer.headers["allow"] == "POST"


class TestGuesses:
    async def test_past_60_a_minute_are_not_heard_and_shut_out_no_management_token(
        self, serve: Serve, room: Room, hms: httpx.AsyncClient, *, refused: Check, missing: Check, asked: list[str]
    ) -> None:
        client = await serve(max_failed_credentials=600)
        answers = [await client.post(TOKEN, json={"code": f"aaa-{n:04}-aaa"}) for n in range(200)]
        for answer in answers[:60]:
            missing(answer, "Room code")
        for answer in answers[60:]:
            refused(answer, *TOO_MANY)
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        asked.clear()
        refused(await client.post("/api/v2/token", json={"code": GOOD}), *TOO_MANY)
        assert asked == []
        known = await client.get(f"/v2/rooms/{room['id']}", headers={"Authorization": hms.headers["Authorization"]})
        assert known.status_code == 200

    async def test_at_once_are_not_all_looked_up_before_one_counts(self, serve: Serve, room: Room) -> None:
        client = await serve(max_failed_credentials=600)
        guesses = [client.post(TOKEN, json={"code": f"aaa-{n:04}-aaa"}) for n in range(90)]
        counted = Counter(answer.status_code for answer in await asyncio.gather(*guesses))
        assert counted.keys() == {404, 429}
        assert 60 <= counted[404] <= 63

    async def test_that_wait_for_others_of_their_address_are_a_hundred(self, serve: Serve, room: Room) -> None:
        client = await serve(max_failed_credentials=600)
        answers = await asyncio.gather(*(client.post(TOKEN, json={"code": GOOD}) for _ in range(150)))
        assert {answer.status_code for answer in answers} == {200, 429}
        refused = [answer for answer in answers if answer.status_code == 429]
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        assert len(refused) <= 50

    async def test_leave_a_code_that_was_right_a_moment_ago_heard(
        self, serve: Serve, room: Room, put_codes: Put, *, refused: Check, missing: Check
    ) -> None:
        await put_codes(room, "als-oogo-ood")
        client = await serve(max_failed_credentials=3)
        assert (await client.post(TOKEN, json={"code": GOOD})).status_code == 200
        for code in ("", "GOO-DDDD-DDD", "x" * 50):  # of whatever shape
            missing(await client.post(TOKEN, json={"code": code}), "Room code")
        assert (await client.post(TOKEN, json={"code": GOOD})).status_code == 200
        refused(await client.post(TOKEN, json={"code": "als-oogo-ood"}), *TOO_MANY)

    async def test_are_codes_that_are_none_and_nothing_else(self, serve: Serve, room: Room, put_codes: Put) -> None:
        await put_codes(room, "off-offf-off", enabled=False)
        await put_codes(room, "gon-eeee-eee", role="gone")
        client = await serve(max_failed_credentials=1)
        for code in ("off-offf-off", "gon-eeee-eee"):
            for _ in range(3):
                assert (await client.post(TOKEN, json={"code": code})).status_code == 403
        for body in ({}, {"code": 1}, {"code": GOOD, "user_id": 1}):
            assert (await client.post(TOKEN, json=body)).status_code == 400
        assert (await client.get("/v2/rooms", headers={"Authorization": "Bearer x.y.z"})).status_code == 401
        assert (await client.post(TOKEN, json={"code": GOOD})).status_code == 200

    async def test_are_not_counted_with_wrong_credentials(self, serve: Serve, room: Room, vcs_key: str) -> None:
        client = await serve(max_failed_credentials=1)
        assert (await client.post(TOKEN, json={"code": WRONG})).status_code == 404
        assert (await client.get("/api/realtime/room", headers={"x-vcs-token": vcs_key})).status_code == 200
        assert (await client.get("/api/realtime/room", headers={"x-vcs-token": "0" * 64})).status_code == 400
        assert (await client.get("/api/realtime/room", headers={"x-vcs-token": "0" * 64})).status_code == 429

    async def test_are_any_number_where_credentials_are(self, client: httpx.AsyncClient, missing: Check) -> None:
        for _ in range(100):
            missing(await client.post(TOKEN, json={"code": WRONG}), "Room code")

    async def test_are_told_to_the_operator_without_the_code(
        self, serve: Serve, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = await serve(max_failed_credentials=2)
        for _ in range(3):
            await client.post(TOKEN, json={"code": WRONG})
        told = [line for line in caplog.messages if "wrong credentials" in line]
        assert told == ["2 wrong credentials in a minute from 127.0.0.1: no more (codes of rooms)"]


class TestPages:
    """Row "CORS": the origins of the setting, and without one every origin, but for this path alone."""

    @pytest.mark.parametrize("path", [TOKEN, "/api/v2/token", f"{TOKEN}/"])
    async def test_of_every_origin_may_ask(self, client: httpx.AsyncClient, room: Room, path: str) -> None:
        wished = await client.options(path, headers=WISH | PAGE)
        assert (wished.status_code, wished.content) == (204, b"")
        assert "POST" in wished.headers["access-control-allow-methods"]
        assert "content-type" in wished.headers["access-control-allow-headers"]
        for body, status in (({"code": GOOD}, 200), ({"code": WRONG}, 404), ({}, 400)):
            answer = await client.post(path, json=body, headers=PAGE)
            assert answer.status_code == status
            for each in (wished, answer):
                assert each.headers["access-control-allow-origin"] == "*"
                assert "access-control-allow-credentials" not in each.headers
        assert (await client.post(path, json={"code": GOOD})).headers.get("access-control-allow-origin") is None

    @pytest.mark.parametrize(
        "path",
        [
            "/v2/rooms",
            "/v2/rooms/token",
            "/v2/tokens",
            "/v2/token/x",
            "/v2",
            "/v2/room-codes/code",
            "/token",
            "/api/realtime/token",
        ],
    )
    async def test_of_no_origin_may_read_anything_else(self, client: httpx.AsyncClient, path: str) -> None:
        for method in ("OPTIONS", "GET", "POST"):
            answer = await client.request(method, path, headers=WISH | PAGE)
            assert answer.status_code >= 400
            assert "access-control-allow-origin" not in answer.headers

    async def test_of_origins_of_the_setting_alone_may_ask_where_there_is_one(
        self, serve: Serve, room: Room, refused: Check
    ) -> None:
        client = await serve(cors_origins=("https://app.example",))
        app = {"Origin": "https://app.example"}
        assert (await client.options(TOKEN, headers=WISH | app)).status_code == 204
        answer = await client.post(TOKEN, json={"code": GOOD}, headers=app)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, app["Origin"])
        refused(await client.options(TOKEN, headers=WISH | PAGE), 405, "Method Not Allowed", "method not allowed")
        answer = await client.post(TOKEN, json={"code": GOOD}, headers=PAGE)
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (200, False)
