"""Paths and methods: the same application at `/` and at `/services/chats`, its 404 and 405 whoever asks."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from people import BASES, NOBODY, Person
from transcripts import assert_empty, assert_same


@pytest.fixture(params=["with a cookie", "without", "with a bad one", "with junk in queue-id"])
def whoever(request: pytest.FixtureRequest, client: httpx.AsyncClient, ada: Person) -> Callable[..., Any]:
    """Ask with a credential, without one, with a bad one, and with junk."""
    good = {"Cookie": f"ZM_AUTH_TOKEN={ada.token}"}
    shown = {
        "with a cookie": good,
        "with a bad one": {"Cookie": "ZM_AUTH_TOKEN=junk"},
        "with junk in queue-id": good | {"queue-id": "junk"},
    }

    async def ask(method: str, path: str, **more: object) -> httpx.Response:
        return await client.request(method, path, headers=shown.get(request.param, {}), **more)

    return ask


class TestBothAddresses:
    async def test_are_one_application(self, ada: Person, ben: Person, cleo: Person) -> None:
        for one, other in (BASES, reversed(BASES)):
            sent = {"type": "group", "name": "Ones", "membersIds": [ben.id, cleo.id]}
            room = (await ada("POST", f"{one}/rooms", json=sent)).json()
            for base in (one, other):
                assert_same(await ben("GET", f"{base}/rooms/{room['id']}"), room)
            assert_empty(await ada("DELETE", f"{other}/rooms/{room['id']}"), 204)
            assert_empty(await ada("GET", f"{one}/rooms/{room['id']}"), 404)

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_know_every_path_with_and_without_slash(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, *, base: str, slash: str
    ) -> None:
        room = (await ada.created("group", ben, cleo, name="Ones"))["id"]
        house = (await ada.created("workspace", ben, cleo, name="House"))["id"]
        member = {"userId": dora.id, "historyCleared": False}
        calls: list[tuple[str, str, Any, int]] = [
            ("GET", "/rooms", None, 200),
            ("POST", "/rooms", {"type": "temporary", "name": "Alone"}, 201),
            ("GET", f"/rooms/{room}", None, 200),
            ("PUT", f"/rooms/{room}", {"name": "Others"}, 200),
            ("PUT", f"/rooms/{room}/mute", None, 204),
            ("DELETE", f"/rooms/{room}/mute", None, 204),
            ("PUT", f"/rooms/{room}/clear", None, 200),
            ("PUT", "/rooms/workspaces/rank", [{"roomId": house, "rank": 1}], 204),
            ("PUT", f"/rooms/workspaces/{house}/channels/rank", [], 204),
            ("GET", f"/rooms/{room}/members", None, 200),
            ("POST", f"/rooms/{room}/members", member, 201),
            ("PUT", f"/rooms/{room}/members/{dora.id}/owner", None, 204),
            ("DELETE", f"/rooms/{room}/members/{dora.id}/owner", None, 204),
            ("DELETE", f"/rooms/{room}/members/{dora.id}", None, 204),
            ("GET", f"/rooms/{room}/meeting", None, 404),
            ("DELETE", f"/rooms/{room}", None, 204),
            ("GET", "/users/capabilities", None, 200),
            ("GET", f"/users/{ben.id}", None, 200),
            ("GET", "/auth/token", None, 200),
            ("GET", "/meetings", None, 200),
            ("GET", "/health", None, 200),
            ("GET", "/health/live", None, 204),
            ("GET", "/health/ready", None, 204),
        ]
        for method, path, body, status in calls:
            answer = await ada(method, f"{base}{path}{slash}", json=body)
            assert (f"{method} {path}", answer.status_code) == (f"{method} {path}", status)
        assert (await ada("GET", f"{base}/users{slash}?userIds={ben.id}")).status_code == 200

    @pytest.mark.parametrize("base", BASES)
    async def test_have_a_page_and_a_description(self, client: httpx.AsyncClient, base: str) -> None:
        page, description = await client.get(f"{base}/docs"), await client.get(f"{base}/openapi.json")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert description.status_code == 200
        assert description.headers["content-type"] == "application/json"
        assert {"/rooms", "/users/capabilities", "/auth/token", "/health"} <= set(description.json()["paths"])


class TestUnknownPath:
    """404 without a body, whoever asks."""

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/",
            "?a=b",
            "/nonsense",
            "/ROOMS",
            "/room",
            "/rooms%0A",
            "/rooms%20",
            "/rooms/workspaces/rank/x",
            f"/rooms/{NOBODY}/nonsense",
            f"/rooms/{NOBODY}/members/{NOBODY}/owners",
            f"/rooms/{NOBODY}/channels/rank",
            "/rooms/workspaces//channels/rank",
            f"/users/{NOBODY}/nonsense",
            "/auth",
            "/auth/tokens",
            "/meeting",
            "/healthy",
            "/health/nonsense",
            "/health%0A",
            "/%0A",
            "/%00",
            "/%FF",
            "//rooms",
            "/%2Frooms",
            "/%2E%2E/%2E%2E/etc/passwd",
            "/services",
            "/services/chats/rooms" * 2,
            "/v1",
            "/\U0001f680",
            pytest.param(f"/{'x' * 10_000}", id="10,000 characters"),
        ],
    )
    async def test_is_not_found(self, whoever: Callable[..., Any], base: str, path: str) -> None:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"):
            assert_empty(await whoever(method, base + path), 404)

    async def test_near_the_other_address_is_of_this_grammar(self, whoever: Callable[..., Any]) -> None:
        for path in ("/services/chatsx", "/services/chats%0A", "/services/chat", "/services/CHATS/rooms"):
            assert_empty(await whoever("GET", path), 404)

    async def test_below_the_other_address_is_none_of_another_api(self, whoever: Callable[..., Any]) -> None:
        for path in ("/v2", "/v2/rooms", "/api/v2/rooms", "/api/realtime", "/api/realtime/room"):
            assert_empty(await whoever("GET", f"/services/chats{path}"), 404)

    async def test_is_not_found_whatever_the_body(self, whoever: Callable[..., Any]) -> None:
        assert_empty(await whoever("POST", "/nonsense", content=b"x" * 2**21), 404)


class TestOtherApis:
    @pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/rooms", "/v2/x", "/v2/%0A", "/api/v2", "/api/v2/rooms"])
    async def test_of_v2_keeps_its_own_words(self, whoever: Callable[..., Any], path: str) -> None:
        answer = await whoever("GET", path)
        assert answer.json()["code"] == answer.status_code in {401, 404}

    @pytest.mark.parametrize("path", ["/api/realtime", "/api/realtime/", "/api/realtime/room", "/api/realtime/%0A"])
    async def test_of_realtime_keeps_its_own_words(self, whoever: Callable[..., Any], path: str) -> None:
        answer = await whoever("GET", path)
        assert answer.json()["httpCode"] == answer.status_code in {401, 404}

    @pytest.mark.parametrize("path", ["/v2x", "/v3/rooms", "/api", "/api/", "/api/v3", "/api/realtimex", "/api/rooms"])
    async def test_near_them_is_of_this_grammar(self, whoever: Callable[..., Any], path: str) -> None:
        assert_empty(await whoever("GET", path), 404)


METHODS = {
    "/rooms": ["GET", "HEAD", "POST"],
    f"/rooms/{NOBODY}": ["DELETE", "GET", "HEAD", "PUT"],
    "/rooms/nonsense": ["DELETE", "GET", "HEAD", "PUT"],
    "/rooms/workspaces": ["DELETE", "GET", "HEAD", "PUT"],
    "/rooms/%0A": ["DELETE", "GET", "HEAD", "PUT"],
    f"/rooms/{NOBODY}/mute": ["DELETE", "PUT"],
    f"/rooms/{NOBODY}/clear": ["PUT"],
    f"/rooms/{NOBODY}/members": ["GET", "HEAD", "POST"],
    f"/rooms/{NOBODY}/members/{NOBODY}": ["DELETE"],
    f"/rooms/{NOBODY}/members/{NOBODY}/owner": ["DELETE", "PUT"],
    f"/rooms/{NOBODY}/meeting": ["GET", "HEAD"],
    "/rooms/workspaces/rank": ["PUT"],
    f"/rooms/workspaces/{NOBODY}/channels/rank": ["PUT"],
    "/users": ["GET", "HEAD"],
    "/users/capabilities": ["GET", "HEAD"],
    f"/users/{NOBODY}": ["GET", "HEAD"],
    "/auth/token": ["GET", "HEAD"],
    "/health": ["GET", "HEAD"],
    "/health/live": ["GET", "HEAD"],
    "/health/ready": ["GET", "HEAD"],
}
EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]


class TestWrongMethod:
    """405 without a body, with every method of the path in `Allow`, whoever asks."""

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("path", METHODS)
    async def test_is_answered_with_those_there_are(
        self, whoever: Callable[..., Any], base: str, slash: str, path: str
    ) -> None:
        for method in [method for method in EVERY_METHOD if method not in METHODS[path]]:
            answer = await whoever(method, f"{base}{path}{slash}")
            assert_empty(answer, 405)
            assert sorted(re.split(r" *, *", answer.headers["allow"])) == METHODS[path]

    async def test_is_answered_whatever_the_body(self, whoever: Callable[..., Any]) -> None:
        assert_empty(await whoever("PATCH", "/rooms", content=b"x" * 2**21), 405)


class TestHead:
    """`HEAD` works wherever `GET` does, with the same headers."""

    async def test_has_the_headers_and_no_body(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = (await ada.created("group", ben, cleo, name="Ones"))["id"]
        paths = ["/rooms", f"/rooms/{room}", f"/rooms/{room}/members", f"/users/{ben.id}", f"/users?userIds={ben.id}"]
        paths += ["/users/capabilities", "/auth/token", "/meetings", "/health", "/health/live", "/health/ready"]
        paths += [f"/rooms/{room}/meeting", f"/rooms/{NOBODY}", "/rooms/nonsense", "/users", "/nonsense"]
        for path in paths:
            get, head = await ada("GET", path), await ada("HEAD", path)
            assert (path, head.status_code, head.content) == (path, get.status_code, b"")
            for field in ("content-length", "content-type", "allow"):
                assert head.headers.get(field) == get.headers.get(field)
