"""Whatever is odd, in path, query, header fields and body: answered in the API's grammar, and never with a 500."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from people import BASES, JSON, NOBODY, Person
from transcripts import assert_empty, assert_same

KIB = 1024
#: Ways to spell an id that is one, none of which names it.
ODDLY_SPELLED = [
    pytest.param(spell, id=spell("ID"))
    for spell in (
        lambda id: id.replace("-", ""),
        lambda id: f"{{{id}}}",
        lambda id: f"%7B{id}%7D",
        lambda id: f"urn:uuid:{id}",
        lambda id: f"{id}0",
        lambda id: f"{id}%0A",
        lambda id: f"{id}%00",
        lambda id: f"{id}%20",
        lambda id: f"%20{id}",
        lambda id: f"-{id}",
        lambda id: f"{id[:-1]}g",
        lambda id: f"{id[:-1]}\u0661",
    )
]
JUNK = [
    "nonsense",
    "1",
    "0",
    "-",
    "{}",
    "%00",
    "%0A",
    "%FF",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "%25",
    "%22%7B%7D%22",
    "*",
    "%2E%2E",
    "null",
    NOBODY.replace("-", ""),
    f"{{{NOBODY}}}",
    f"urn:uuid:{NOBODY}",
    f"{NOBODY}%0A",
    f"{NOBODY}%20",
    f"{NOBODY[:-1]}g",
    f"{NOBODY}0",
    pytest.param("9" * 10_000, id="10,000 digits"),
    pytest.param("x" * 10_000, id="10,000 letters"),
]


def calls(room: str, member: str, newcomer: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return every call with the id of a room, but those that agree when there is none."""
    return [
        ("GET", f"/rooms/{room}", None),
        ("PUT", f"/rooms/{room}", {"name": "Others"}),
        ("PUT", f"/rooms/{room}/mute", None),
        ("DELETE", f"/rooms/{room}/mute", None),
        ("PUT", f"/rooms/{room}/clear", None),
        ("PUT", f"/rooms/workspaces/{room}/channels/rank", []),
        ("GET", f"/rooms/{room}/members", None),
        ("POST", f"/rooms/{room}/members", newcomer),
        ("PUT", f"/rooms/{room}/members/{member}/owner", None),
        ("DELETE", f"/rooms/{room}/members/{member}/owner", None),
        ("GET", f"/rooms/{room}/meeting", None),
    ]


class TestIds:
    @pytest.mark.parametrize("id", JUNK)
    async def test_that_cannot_be_are_not_found(self, ada: Person, ben: Person, cleo: Person, id: str) -> None:
        room = await ada.created("group", ben, cleo, name="Ones")
        for member in (ben.id, NOBODY, id):
            for method, path, body in calls(id, member, {"userId": ben.id, "historyCleared": False}):
                assert_empty(await ada(method, path, json=body), 404)
            for path in (f"/rooms/{id}", f"/rooms/{id}/members/{member}", f"/rooms/{NOBODY}/members/{id}"):
                assert_empty(await ada("DELETE", path), 204)
        assert_empty(await ada("DELETE", f"/rooms/{id}/members/{ada.id}"), 204)
        assert_empty(await ada("GET", f"/users/{id}"), 404)
        members = f"/rooms/{room['id']}/members"
        assert_empty(await ada("DELETE", f"{members}/{id}"), 204)
        for method in ("PUT", "DELETE"):
            assert_empty(await ada(method, f"{members}/{id}/owner"), 404)
        assert_same(await ada("GET", members), room["members"])

    @pytest.mark.parametrize("spell", ODDLY_SPELLED)
    async def test_oddly_spelled_are_not_found_even_where_there_is_such_a_one(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, spell: Callable[[str], str]
    ) -> None:
        rooms = [await ada.created(type, ben, cleo, name="Ones") for type in ("group", "workspace")]
        before = [(await ada("GET", f"/rooms/{room['id']}")).json() for room in rooms]
        for room in rooms:
            for method, path, body in calls(spell(room["id"]), ben.id, {"userId": dora.id, "historyCleared": False}):
                assert_empty(await ada(method, path, json=body), 404)
            for path in (
                spell(room["id"]),
                f"{spell(room['id'])}/members/{ben.id}",
                f"{room['id']}/members/{spell(ben.id)}",
            ):
                assert_empty(await ada("DELETE", f"/rooms/{path}"), 204)
            for method in ("PUT", "DELETE"):
                assert_empty(await ada(method, f"/rooms/{room['id']}/members/{spell(ben.id)}/owner"), 404)
        assert_empty(await ada("GET", f"/users/{spell(ben.id)}"), 404)
        assert [(await ada("GET", f"/rooms/{room['id']}")).json() for room in rooms] == before


class TestHeaderFields:
    """Header fields over 32 KiB in all: 431, before anything else."""

    @pytest.mark.parametrize("size", [33, 40, 200])
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("path", ["", "/rooms", "/rooms/nonsense", "/nonsense", "/health"])
    async def test_of_more_are_too_large(
        self, client: httpx.AsyncClient, ada: Person, base: str, path: str, size: int
    ) -> None:
        for caller in (client.request, ada):
            for method in ("GET", "PATCH", "HEAD"):
                assert_empty(await caller(method, base + path, headers={"x-padding": "x" * size * KIB}), 431)

    async def test_count_together(self, ada: Person) -> None:
        assert_same(await ada("GET", "/rooms", headers=[("x-padding", "x" * 100)] * 200), [])
        assert_empty(await ada("GET", "/rooms", headers=[("x-padding", "x" * 100)] * 400), 431)

    async def test_just_under_are_accepted(self, ada: Person) -> None:
        assert_same(await ada("GET", "/rooms", headers={"x-padding": "x" * 31 * KIB}), [])


ODD: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/rooms/a%2Fb", {}),
    ("GET", "/rooms//", {}),
    ("GET", "/rooms//members", {}),
    ("GET", "/rooms/;a=1", {}),
    ("GET", "/rooms?", {}),
    ("GET", "/rooms?&&==&", {}),
    ("GET", "/rooms?extraFields=%FF", {}),
    ("GET", "/rooms?extraFields=%00&extraFields=%ED%A0%80", {}),
    ("GET", "/rooms?extraFields[]=members", {}),
    ("GET", "/rooms?" + "extraFields=members&" * 1000, {}),
    ("GET", "/rooms?" + "a=1&" * 2000, {}),
    ("GET", "/users?userIds=%FF&userIds=%00", {}),
    ("GET", f"/users?userIds={NOBODY}%0A", {}),
    ("GET", "/users?" + "userIds=&" * 2000, {}),
    ("GET", "/users?userIds=" + "9" * 10_000, {}),
    ("GET", "/rooms", {"headers": {"Content-Type": "text/plain"}, "content": b"x"}),
    ("GET", "/rooms", {"headers": {"Accept": "text/html", "Accept-Encoding": "br", "Range": "bytes=0-1"}}),
    ("GET", "/rooms", {"headers": {"If-None-Match": "*", "If-Modified-Since": "x", "Expect": "nonsense"}}),
    ("GET", "/rooms", {"headers": {"Cookie": b"ZM_AUTH_TOKEN=\xff\xfe; \xff=\xff;;;==;"}}),
    ("GET", "/rooms", {"headers": [("Cookie", "ZM_AUTH_TOKEN=a"), ("Cookie", "ZM_AUTH_TOKEN=b")]}),
    ("GET", "/rooms", {"headers": {"X-HTTP-Method-Override": "DELETE", "Upgrade": "websocket"}}),
    ("GET", "/rooms", {"headers": {"X-WSC-API-VERSION": b"\xff", "queue-id": ""}}),
    ("DELETE", "/rooms/%ED%A0%80", {"content": b"{"}),
    ("PUT", f"/rooms/{NOBODY}/mute", {"headers": JSON, "content": b"{"}),
    ("PUT", f"/rooms/{NOBODY}/clear", {"content": b"x" * 2**21}),
    ("PUT", "/rooms/workspaces/rank", {"headers": JSON, "content": b'[{"roomId":"\\u0000","rank":1}]'}),
    ("PUT", "/rooms/workspaces/rank", {"headers": JSON, "content": b'[{"roomId":1,"rank":' + b"9" * 1000 + b"}]"}),
    ("PUT", "/rooms/workspaces/rank", {"json": [{"roomId": NOBODY, "rank": 2**31}]}),
    ("PUT", "/rooms/workspaces/rank", {"json": [{"roomId": NOBODY, "rank": 2**63}]}),
    ("PUT", "/rooms/workspaces/rank", {"json": [{"roomId": NOBODY, "rank": -(2**31)}]}),
    ("PUT", "/rooms/workspaces/rank", {"json": [{"roomId": NOBODY, "rank": 0}] * 10_000}),
    ("PUT", f"/rooms/workspaces/{NOBODY}/channels/rank", {"json": {"roomId": NOBODY, "rank": 0}}),
    ("POST", "/rooms", {"headers": {"Content-Type": b"\xff/\xff"}, "content": b"{}"}),
    ("POST", "/rooms", {"headers": {"Content-Type": "text/plain"}, "content": b'{"type":"temporary","name":"A"}'}),
    ("POST", "/rooms", {"headers": JSON | {"Content-Encoding": "gzip"}, "content": b"{}"}),
    ("POST", "/rooms", {"headers": JSON, "content": b"\xef\xbb\xbf{}"}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"type":"temporary","name":"\\ud800"}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"type":"temporary","name":"\\u0000"}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"type":"temporary","name":"A","description":"\\u0000"}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"type":"\\u0000"}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"\\u0000":"\\u0000","type":"temporary","name":"A"}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}"}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"x":' + b"9" * 100_000 + b"}"}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"x":1e999999999999}'}),
    ("POST", "/rooms", {"headers": JSON, "content": b'{"x":NaN}'}),
    ("POST", "/rooms", {"json": {"type": "group", "name": "A", "membersIds": ["\0", "😀"]}}),
    ("POST", "/rooms", {"json": {"type": "workspace", "membersIds": [NOBODY] * 20_000}}),
    ("POST", "/rooms", {"json": {"type": "channel", "parentId": "\0"}}),
    ("POST", "/rooms", {"json": {"type": "one_to_one", "membersIds": [None]}}),
    ("POST", "/rooms", {"json": {"type": "group", "name": "A", "members": [{"userId": "\0", "owner": False}]}}),
    ("PUT", f"/rooms/{NOBODY}", {"headers": JSON, "content": b'{"name":"\\u0000"}'}),
    ("POST", f"/rooms/{NOBODY}/members", {"json": [{"userId": NOBODY}] * 10_000}),
    ("OPTIONS", "/rooms", {"headers": {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}}),
    ("BREW", "/rooms/%0A", {}),
]


class TestGrammar:
    """No framework's own answer ever reaches a client."""

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
    @pytest.mark.parametrize("sent", ODD, ids=[str(number) for number in range(len(ODD))])
    async def test_an_odd_request_is_answered_in_the_words_of_the_api(
        self, client: httpx.AsyncClient, ada: Person, base: str, *, known: bool, sent: tuple[str, str, dict[str, Any]]
    ) -> None:
        method, path, odd = sent
        answer = await (ada if known else client.request)(method, base + path, **odd)
        if answer.status_code in {200, 201}:
            assert known
            assert answer.headers["content-type"] == "application/json"
            assert isinstance(answer.json(), list | dict)
        else:
            assert answer.status_code in ({204, 400, 401, 404, 405} if known else {401, 404, 405})
            assert_empty(answer, answer.status_code)
