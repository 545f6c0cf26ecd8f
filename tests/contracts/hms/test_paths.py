"""Paths, methods and header fields: unknown ones are answered in the API's own words too, whoever asks."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from processes import Server
from wire import Wire

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
JSON = {"Content-Type": "application/json"}
KIB = 1024
NO_PATH = (404, "Not Found", "path not found")
NO_METHOD = (405, "Method Not Allowed", "method not allowed")
TOO_LARGE = (431, "Request Header Fields Too Large", "header fields are larger than 32 KiB")
Check = Callable[..., None]
Mint = Callable[..., str]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Everybody = Callable[..., Awaitable[list[httpx.Response]]]
PREFIXES = ("/v2", "/api/v2")


@pytest.fixture
def everybody(client: httpx.AsyncClient, mint: Mint) -> Everybody:
    """Ask with a token, without one, and with ones that are not good."""
    tokens = [f"Bearer {token}" for token in (mint(), mint(exp=1), mint(type="app"), "x")]

    async def ask(method: str, path: str, **more: object) -> list[httpx.Response]:
        headers = [{"Authorization": token} for token in tokens] + [{}]
        return [await client.request(method, path, headers=own, **more) for own in headers]

    return ask


class TestUnknownPath:
    """404 whoever asks; the prefix itself belongs to the API, and so does every path below it."""

    async def test_is_not_found_whoever_asks(
        self, everybody: Everybody, refused: Check, subtests: pytest.Subtests
    ) -> None:
        for path in (
            "",
            "/",
            "?limit=10",
            "/room",
            "/ROOMS",
            "/rooms/{id}/nothing",
            "/rooms/{id}/nothing/",
            "/rooms/{id}//",
            "/rooms//",
            "/nothing/at/all/",
            "/v2/rooms",
            "/%0A",
            "/%00",
            "/%FF",
            "//rooms",
            "/%2Frooms",
            "/%2E%2E/%2E%2E/etc/passwd",
            "/rooms%0A",
            "/rooms%20",
            "/rooms%00",
            "/\U0001f680",
            "/docs/index.html",
            "/docs/page.html",
            "/docs/%2E%2E/openapi.json",
            "/docs%0A",
            "/redoc",
            "/" + "x" * 10_000,
        ):
            with subtests.test(repr(path)[:60]):
                for prefix in PREFIXES:
                    for method in ("GET", "POST", "DELETE", "BREW"):
                        for answer in await everybody(method, prefix + path.format(id=NOBODY)):
                            refused(answer, *NO_PATH)

    @pytest.mark.parametrize("path", ["/v2", "/v2/", "/api/v2", "/api/v2/", "/v2/room"])
    async def test_head_has_the_headers_and_no_body(self, everybody: Everybody, path: str) -> None:
        for get, head in zip(await everybody("GET", path), await everybody("HEAD", path), strict=True):
            assert (head.status_code, head.content) == (404, b"")
            assert head.headers["content-length"] == str(len(get.content))

    async def test_is_not_found_whatever_the_body(self, everybody: Everybody, refused: Check) -> None:
        for answer in await everybody("POST", "/v2/room", content=b"{"):
            refused(answer, *NO_PATH)

    async def test_what_only_resembles_the_prefix_is_of_another_api(
        self, hms: httpx.AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for path in (
            "/v2x",
            "/v20/rooms",
            "/V2/rooms",
            "/api/v2x/rooms",
            "/v2%0A",
            "/api",
        ):
            with subtests.test(repr(path)[:60]):
                answer = await hms.get(path)
                assert answer.status_code == 404
                assert "path not found" not in answer.text

    async def test_dots_and_slashes_on_the_wire_lead_nowhere_else(
        self, server: Server, subtests: pytest.Subtests
    ) -> None:
        for target in (
            "/v2/..",
            "/v2/.",
            "/v2/../v2/rooms",
            "/v2//",
            "/v2/rooms/../rooms",
            "/v2//rooms",
        ):
            with subtests.test(repr(target)[:60]):
                wire = Wire(server.url)
                heard = wire.ask(f"GET {target}")
                wire.close()
                assert (heard.status, heard.json) == (
                    404,
                    {"code": 404, "message": "Not Found", "details": ["path not found"]},
                )


EVERY_METHOD = ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW"]
OWN_METHODS = {"GET", "HEAD", "POST"}


class TestWrongMethod:
    """405 whoever asks, with every method of the path in `Allow`."""

    @pytest.mark.parametrize("method", [method for method in EVERY_METHOD if method not in OWN_METHODS])
    async def test_is_answered_whoever_asks(self, everybody: Everybody, refused: Check, method: str) -> None:
        for prefix in PREFIXES:
            for path in ("/rooms", "/rooms/", f"/rooms/{NOBODY}", f"/rooms/{NOBODY}/", "/rooms/nonsense", "/rooms/%0A"):
                for answer in await everybody(method, prefix + path):
                    refused(answer, *NO_METHOD)
                    assert set(re.split(r" *, *", answer.headers["allow"])) == OWN_METHODS

    async def test_is_answered_whatever_the_body(self, everybody: Everybody, refused: Check) -> None:
        for answer in await everybody("PUT", ROOMS, content=b"x" * 2**21):
            refused(answer, *NO_METHOD)
        for answer in await everybody("DELETE", f"{ROOMS}/{NOBODY}", content=b"{"):
            refused(answer, *NO_METHOD)


class TestPrefix:
    """Row "prefix": the same application at `/v2` and `/api/v2`."""

    async def test_both_show_the_same_room(self, hms: httpx.AsyncClient, create: Make, same: Check) -> None:
        room = await create(name="room-a")
        for path in (f"{ROOMS}/{room['id']}", f"/api/v2/rooms/{room['id']}", f"/api/v2/rooms/{room['id']}/"):
            same(await hms.get(path), room)
        for path in (ROOMS, "/api/v2/rooms", "/api/v2/rooms/"):
            same(await hms.get(path), {"limit": 10, "data": [room], "last": room["id"]})
        off = await hms.post("/api/v2/rooms", json={"name": "room-a", "active": False})
        same(await hms.get(f"{ROOMS}/{room['id']}"), off.json())

    @pytest.mark.parametrize("prefix", PREFIXES)
    async def test_both_refuse_alike(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, unauthorized: Check, missing: Check, *, prefix: str
    ) -> None:
        unauthorized(await client.get(f"{prefix}/rooms"), "not found")
        missing(await hms.get(f"{prefix}/rooms/{NOBODY}"))
        assert (await hms.get(f"{prefix}/rooms?limit=1")).json()["message"] == "Invalid query parameter"


class TestTrailingSlash:
    """Both work, answered directly, never by redirect."""

    @pytest.mark.parametrize("prefix", PREFIXES)
    async def test_works(self, hms: httpx.AsyncClient, prefix: str) -> None:
        for path in (f"{prefix}/rooms", f"{prefix}/rooms/"):
            room = await hms.post(path, json={"name": "room-a"})
            assert room.status_code == 200
            for method in ("GET", "POST", "HEAD"):
                assert (await hms.request(method, f"{path.rstrip('/')}/{room.json()['id']}/")).status_code == 200


class TestHeaderFields:
    """Header fields over 32 KiB in all: 431, before anything else."""

    @pytest.mark.parametrize("path", [ROOMS, f"{ROOMS}/nonsense"])
    async def test_just_under_32_kib_are_accepted(self, hms: httpx.AsyncClient, path: str) -> None:
        answer = await hms.get(path, headers={"x-padding": "x" * 30 * KIB})
        assert answer.status_code == (await hms.get(path)).status_code

    @pytest.mark.parametrize("size", [32, 40, 200])
    @pytest.mark.parametrize("path", [ROOMS, f"{ROOMS}/nonsense", "/api/v2/rooms/"])
    async def test_more_are_too_large(self, hms: httpx.AsyncClient, refused: Check, path: str, size: int) -> None:
        refused(await hms.get(path, headers={"x-padding": "x" * size * KIB}), *TOO_LARGE)
        refused(await hms.get(path, headers=[("x-padding", "x" * 100)] * 10 * size), *TOO_LARGE)

    async def test_whoever_asks_and_whatever_the_body(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, refused: Check, same: Check
    ) -> None:
        fields = JSON | {"x-padding": "x" * 40 * KIB}
        refused(await client.post(ROOMS, json={}, headers=fields), *TOO_LARGE)
        refused(await hms.post(ROOMS, json={"name": "room-a"}, headers=fields), *TOO_LARGE)
        refused(await hms.post(ROOMS, content=b"{", headers=fields), *TOO_LARGE)
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})


#: Whatever is odd, in path, query, header fields and body.
ODD: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"{ROOMS}/a%2Fb", {}),
    ("GET", f"{ROOMS}/%FF", {}),
    ("GET", f"{ROOMS}/;a=1", {}),
    ("GET", f"{ROOMS}?&&==&", {}),
    ("GET", f"{ROOMS}?limit=%FF&start=%FF&name=%FF", {}),
    ("GET", f"{ROOMS}?name=%ED%A0%80", {}),
    ("GET", f"{ROOMS}?name=%00", {}),
    ("GET", f"{ROOMS}?limit[]=10", {}),
    ("GET", f"{ROOMS}?" + "a=1&" * 2000, {}),
    ("GET", ROOMS, {"headers": {"Content-Type": "text/plain"}, "content": b"x"}),
    ("GET", ROOMS, {"headers": {"Accept": "text/html", "Accept-Encoding": "br", "Range": "bytes=0-1"}}),
    ("GET", ROOMS, {"headers": {"If-None-Match": "*", "If-Modified-Since": "x", "Expect": "nonsense"}}),
    ("GET", ROOMS, {"headers": {"Authorization": b"Bearer \xff\xfe"}}),
    ("GET", ROOMS, {"headers": {"Authorization": "Bearer é".encode()}}),
    ("GET", ROOMS, {"headers": [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]}),
    ("GET", ROOMS, {"headers": {"X-HTTP-Method-Override": "DELETE", "Upgrade": "websocket"}}),
    ("POST", f"{ROOMS}?name=%FF", {}),
    ("POST", ROOMS, {"headers": {"Content-Type": b"\xff/\xff"}, "content": b"{}"}),
    ("POST", ROOMS, {"headers": JSON | {"Content-Encoding": "gzip"}, "content": b"{}"}),
    ("POST", ROOMS, {"headers": JSON, "content": b"\xef\xbb\xbf{}"}),
    ("POST", ROOMS, {"headers": JSON, "content": b'{"\\u0000":"\\u0000"}'}),
    ("POST", ROOMS, {"headers": JSON, "content": b'{"polls":[' + b"[" * 50_000 + b"]" * 50_000 + b"]}"}),
    ("POST", ROOMS, {"headers": JSON, "content": b'{"size":1e999999999999}'}),
    ("POST", ROOMS, {"headers": JSON, "content": b'{"region":"' + b"x" * 1_000_000 + b'"}'}),
    ("POST", ROOMS, {"headers": JSON, "content": b'{"polls":["' + b"f" * 1_000_000 + b'"]}'}),
    ("POST", f"{ROOMS}/%FF", {"headers": JSON, "content": b"{}"}),
    ("PUT", ROOMS, {"headers": JSON, "content": b"{"}),
    ("OPTIONS", ROOMS, {"headers": {"Origin": "https://elsewhere.example"}}),
    ("OPTIONS", ROOMS, {"headers": {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}}),
    ("BREW", f"{ROOMS}/%0A", {}),
]


class TestGrammar:
    """No framework's own answer ever reaches a client."""

    @pytest.mark.parametrize("sent", ODD, ids=range(len(ODD)))
    async def test_an_odd_request_is_answered_in_the_words_of_the_api(
        self, client: httpx.AsyncClient, mint: Mint, sent: tuple[str, str, dict[str, Any]]
    ) -> None:
        method, path, odd = sent
        good, fields = f"Bearer {mint()}", httpx.Headers(odd.get("headers"))
        for token in (good, "Bearer x", None):
            own = [("Authorization", token)] if token and "authorization" not in fields else []
            answer = await client.request(method, path, **(odd | {"headers": own + fields.raw}))
            assert b'"detail"' not in answer.content
            assert answer.headers.get_list("content-type") == ["application/json"]
            body = answer.json()
            if answer.status_code == 200:
                assert token == good
                assert list(body) == ["limit", "data", "last"] or "recording_info" in body
            else:
                assert 400 <= answer.status_code < 500
                assert list(body) in (["code", "message", "details"], ["code", "message", "data"])
                assert body["code"] == answer.status_code
                assert isinstance(body["message"], str)
