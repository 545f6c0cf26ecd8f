"""Paths, methods and header fields: unknown ones are answered in the API's own words too, whoever asks."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from processes import PATIENCE

PREFIX = "/api/realtime"
ROOM = "/api/realtime/room"
TOKEN = "/api/realtime/token"
JSON = {"Content-Type": "application/json"}
KIB = 1024
Check = Callable[..., None]


async def raw(real: httpx.AsyncClient, request_line: str, *fields: str) -> httpx.Response:
    """Send a request exactly as spelled, with this client's key, and read the answer to its end."""
    host, port, key = real.base_url.host, real.base_url.port, real.headers["x-vcs-token"]
    reader, writer = await asyncio.open_connection(host, port)
    fields = (f"Host: {host}:{port}", f"x-vcs-token: {key}", "Connection: close", *fields)
    writer.write("\r\n".join([request_line, *fields, "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    head, _, content = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [(line.split(": ", 1)[0], line.split(": ", 1)[1]) for line in lines]
    return httpx.Response(int(status.split()[1]), headers=headers, content=content)


@pytest.fixture(params=["with a key", "without a key", "with an unknown key"])
def whoever(request: pytest.FixtureRequest, client: httpx.AsyncClient, vcs_key: str) -> Callable[..., Any]:
    """Ask with a key, without one, and with an unknown one."""
    keys = {"with a key": {"x-vcs-token": vcs_key}, "with an unknown key": {"x-vcs-token": "not-a-key"}}

    async def ask(method: str, path: str, **more: object) -> httpx.Response:
        return await client.request(method, path, headers=keys.get(request.param, {}), **more)

    return ask


class TestUnknownPath:
    """404, BASE-00404."""

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
    @pytest.mark.parametrize(
        "path",
        [
            PREFIX,
            f"{PREFIX}/",
            f"{PREFIX}?numberOfRecords=1",
            f"{PREFIX}/rooms",
            f"{PREFIX}/ROOM",
            f"{PREFIX}/roo",
            f"{PREFIX}/nothing/at/all/",
            f"{ROOM}/RO-7403cb88-8e88-452a-8bb7-0923923348f7/participants",
            f"{TOKEN}/verify",
            f"{PREFIX}/%0A",
            f"{PREFIX}/%00",
            f"{PREFIX}/%FF",
            f"{PREFIX}//room",
            f"{PREFIX}/%2Froom",
            f"{PREFIX}/%2E%2E/%2E%2E/etc/passwd",
            f"{ROOM}%0A",
            f"{ROOM}%20",
            f"{PREFIX}/\U0001f680",
            pytest.param(f"{PREFIX}/{'x' * 10_000}", id="10,000 characters"),
        ],
    )
    async def test_is_not_found_whoever_asks(
        self, whoever: Callable[..., Any], refused: Check, method: str, path: str
    ) -> None:
        refused(await whoever(method, path), "BASE-00404")

    @pytest.mark.parametrize("path", [PREFIX, f"{PREFIX}/", f"{PREFIX}/rooms"])
    async def test_head_has_the_headers_and_no_body(self, whoever: Callable[..., Any], path: str) -> None:
        get, head = await whoever("GET", path), await whoever("HEAD", path)
        assert (head.status_code, head.content) == (404, b"")
        assert head.headers["content-length"] == str(len(get.content))

    async def test_is_not_found_whatever_the_body(self, whoever: Callable[..., Any], refused: Check) -> None:
        refused(await whoever("POST", f"{PREFIX}/rooms", content=b"{"), "BASE-00404")

    @pytest.mark.parametrize(
        "target",
        [
            f"{PREFIX}/..",
            f"{PREFIX}/.",
            f"{PREFIX}/../../etc/passwd",
            f"{PREFIX}/../realtime",
            f"{PREFIX}/../realtime/room",
            f"{PREFIX}//",
            f"{PREFIX}/room/../room/..",
        ],
    )
    async def test_dots_and_slashes_on_the_wire_lead_nowhere_else(
        self, real: httpx.AsyncClient, refused: Check, target: str
    ) -> None:
        refused(await raw(real, f"GET {target} HTTP/1.1"), "BASE-00404")


EVERY_METHOD = ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW"]
METHODS = {
    ROOM: ["DELETE", "GET", "HEAD", "POST"],
    f"{ROOM}/": ["DELETE", "GET", "HEAD", "POST"],
    f"{ROOM}/RO-7403cb88-8e88-452a-8bb7-0923923348f7": ["GET", "HEAD"],
    f"{ROOM}/7403cb88-8e88-452a-8bb7-0923923348f7/": ["GET", "HEAD"],
    f"{ROOM}/nonsense": ["GET", "HEAD"],
    f"{ROOM}/%0A": ["GET", "HEAD"],
    TOKEN: ["POST"],
    f"{TOKEN}/": ["POST"],
}


class TestWrongMethod:
    """405, BASE-00405, with every method of the path in `Allow`."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [(method, path) for path, own in METHODS.items() for method in EVERY_METHOD if method not in own],
    )
    async def test_is_answered_whoever_asks(
        self, whoever: Callable[..., Any], refused: Check, method: str, path: str
    ) -> None:
        answer = await whoever(method, path)
        refused(answer, "BASE-00405")
        assert sorted(re.split(r" *, *", answer.headers["allow"])) == METHODS[path]

    async def test_head_where_there_is_no_get(self, whoever: Callable[..., Any]) -> None:
        answer = await whoever("HEAD", TOKEN)
        assert (answer.status_code, answer.content) == (405, b"")
        assert answer.headers["allow"] == "POST"

    async def test_is_answered_whatever_the_body(self, whoever: Callable[..., Any], refused: Check) -> None:
        refused(await whoever("PUT", ROOM, content=b"x" * 2**21), "BASE-00405")


class TestOddIds:
    """What stands in the place of an id is an id, if an odd one: no such room."""

    @pytest.mark.parametrize(
        ("path", "spelled"),
        [
            ("%0A", "\n"),
            ("%0D%0A", "\r\n"),
            ("%00", "\x00"),
            ("%20", " "),
            ("a%00b", "a\x00b"),
            ("%2E%2E", ".."),
            ("%25", "%"),
            ("%2525", "%25"),
            ("+", "+"),
            ("%22%7B%7D%22", '"{}"'),
            ("%C3%A9%F0%9F%98%80", "é😀"),
            ("%5B1%5D", "[1]"),
            ("*", "*"),
            ("RO-7403cb88-8e88-452a-8bb7-0923923348f7%0A", "RO-7403cb88-8e88-452a-8bb7-0923923348f7\n"),
            pytest.param("9" * 10_000, "9" * 10_000, id="10,000 digits"),
        ],
    )
    async def test_is_no_room(self, vcs: httpx.AsyncClient, refused: Check, path: str, spelled: str) -> None:
        refused(await vcs.get(f"{ROOM}/{path}"), "REALTIME-00004", spelled)

    @pytest.mark.parametrize("target", ["..", ".", "...", "*", "@", "%0A"])
    async def test_is_no_room_on_the_wire_either(self, real: httpx.AsyncClient, refused: Check, target: str) -> None:
        answer = await raw(real, f"GET {ROOM}/{target} HTTP/1.1")
        refused(answer, "REALTIME-00004", target.replace("%0A", "\n"))

    @pytest.mark.parametrize("path", ["%FF", "%C3", "%ED%A0%80"])
    async def test_that_is_no_text_is_no_room(self, vcs: httpx.AsyncClient, path: str) -> None:
        answer = await vcs.get(f"{ROOM}/{path}")
        assert answer.status_code == 400
        assert list(answer.json()) == ["httpCode", "code", "id", "description"]
        assert answer.json()["code"] == "REALTIME-00004"


class TestHead:
    async def test_sends_no_body_over_the_wire(self, real: httpx.AsyncClient) -> None:
        for target in (ROOM, f"{ROOM}/nonsense", f"{PREFIX}/rooms"):
            head, get = [await raw(real, f"{method} {target} HTTP/1.1") for method in ("HEAD", "GET")]
            assert head.content == b""
            assert get.content
            assert head.status_code == get.status_code
            for field in ("content-length", "content-type"):
                assert head.headers[field] == get.headers[field]


class TestHeaderFields:
    """Header fields over 32 KiB in all: 431, BASE-00431."""

    @pytest.mark.parametrize("path", [ROOM, f"{ROOM}/nonsense"])
    async def test_just_under_32_kib_are_accepted(self, vcs: httpx.AsyncClient, path: str) -> None:
        answer = await vcs.get(path, headers={"x-padding": "x" * 31 * KIB})
        assert answer.status_code == (await vcs.get(path)).status_code

    @pytest.mark.parametrize("size", [32, 40, 200])
    @pytest.mark.parametrize("path", [ROOM, f"{ROOM}/nonsense"])
    async def test_one_field_of_more_is_too_large(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, size: int
    ) -> None:
        refused(await vcs.get(path, headers={"x-padding": "x" * size * KIB}), "BASE-00431")

    async def test_many_small_fields_count_together(self, vcs: httpx.AsyncClient, refused: Check) -> None:
        few = await vcs.get(ROOM, headers=[("x-padding", "x" * 100)] * 200)
        assert few.status_code == 200
        refused(await vcs.get(ROOM, headers=[("x-padding", "x" * 100)] * 400), "BASE-00431")

    async def test_a_post_is_refused_before_its_body_is_judged(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check
    ) -> None:
        fields = JSON | {"x-padding": "x" * 40 * KIB}
        refused(await vcs.post(ROOM, json={"name": "A"}, headers=fields), "BASE-00431")
        refused(await vcs.post(ROOM, content=b"{", headers=fields), "BASE-00431")
        same(await vcs.get(ROOM), {"data": []})

    async def test_it_holds_on_the_wire(self, real: httpx.AsyncClient, refused: Check) -> None:
        answer = await raw(real, f"GET {ROOM} HTTP/1.1", "x-padding: " + "x" * 40 * KIB)
        refused(answer, "BASE-00431")


#: Whatever is odd, in path, query, header fields and body.
ODD: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", f"{ROOM}/a%2Fb", {}),
    ("GET", f"{ROOM}/%FF", {}),
    ("GET", f"{ROOM}//", {}),
    ("GET", f"{ROOM}//x", {}),
    ("GET", f"{ROOM}/;a=1", {}),
    ("GET", f"{ROOM}?", {}),
    ("GET", f"{ROOM}?&&==&", {}),
    ("GET", f"{ROOM}?numberOfRecords=%FF&token=%FF", {}),
    ("GET", f"{ROOM}?numberOfRecords[]=1", {}),
    ("GET", f"{ROOM}?" + "a=1&" * 2000, {}),
    ("GET", ROOM, {"headers": {"Content-Type": "text/plain"}, "content": b"x"}),
    ("GET", ROOM, {"headers": {"Accept": "text/html", "Accept-Encoding": "br", "Range": "bytes=0-1"}}),
    ("GET", ROOM, {"headers": {"If-None-Match": "*", "If-Modified-Since": "x", "Expect": "nonsense"}}),
    ("GET", ROOM, {"headers": {"x-vcs-token": b"\xff\xfe"}}),
    ("GET", ROOM, {"headers": [("x-vcs-token", "a"), ("x-vcs-token", "b")]}),
    ("GET", ROOM, {"headers": {"X-HTTP-Method-Override": "DELETE", "Upgrade": "websocket"}}),
    ("DELETE", f"{ROOM}?id=%FF", {}),
    ("DELETE", f"{ROOM}?id=%ED%A0%80", {}),
    ("DELETE", ROOM, {"content": b"{"}),
    ("POST", f"{ROOM}?name=%FF", {}),
    ("POST", ROOM, {"headers": {"Content-Type": b"\xff/\xff"}, "content": b"{}"}),
    ("POST", ROOM, {"headers": JSON | {"Content-Encoding": "gzip"}, "content": b"{}"}),
    ("POST", ROOM, {"headers": JSON, "content": b"\xef\xbb\xbf{}"}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"x":"\\ud800"}'}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"\\u0000":"\\u0000"}'}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"\\ud800":1}'}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"x":' + b"9" * 100_000 + b"}"}),
    ("POST", ROOM, {"headers": JSON, "content": b'{"x":1e999999999999}'}),
    ("POST", TOKEN, {"headers": JSON, "content": b'{"token":"' + b"x" * 1_000_000 + b'"}'}),
    ("PUT", ROOM, {"headers": JSON, "content": b"{"}),
    ("OPTIONS", ROOM, {"headers": {"Origin": "https://elsewhere.example"}}),
    ("BREW", f"{ROOM}/%0A", {}),
]


class TestGrammar:
    """No framework's own answer ever reaches a client."""

    @pytest.mark.parametrize("key", ["known", "unknown", "none"])
    @pytest.mark.parametrize("sent", ODD, ids=[str(number) for number in range(len(ODD))])
    async def test_an_odd_request_is_answered_in_the_words_of_the_api(
        self, client: httpx.AsyncClient, vcs_key: str, key: str, sent: tuple[str, str, dict[str, Any]]
    ) -> None:
        method, path, odd = sent
        keys = {"known": [("x-vcs-token", vcs_key)], "unknown": [("x-vcs-token", "not-a-key")], "none": []}
        fields = httpx.Headers(odd.get("headers"))
        headers = (keys[key] if "x-vcs-token" not in fields else []) + fields.raw
        answer = await client.request(method, path, **(odd | {"headers": headers}))
        assert b'"detail"' not in answer.content
        assert answer.headers.get_list("content-type") == ["application/json"]
        body = answer.json()
        if answer.status_code == 200:
            assert key == "known"
            assert list(body) in (["data"], ["room"])
        else:
            assert 400 <= answer.status_code < 500
            assert list(body) == ["httpCode", "code", "id", "description"]
            assert body["httpCode"] == answer.status_code
            assert re.fullmatch(r"(BASE|REALTIME)-\d{5}", body["code"])
            assert [type(line) for line in body["description"]] == [str]
