"""Cross-origin requests: preflights of allowed origins (a setting) are answered before authentication."""

from collections.abc import Iterator

import httpx
import pytest
from processes import RunServer, Server

ROOM = "/api/realtime/room"
APP, OTHER = "https://app.example", "https://other.example"
PATHS = [ROOM, f"{ROOM}/1", "/api/realtime/token", "/health"]


@pytest.fixture(scope="module")
def settings(foreign: dict[str, str]) -> dict[str, str]:
    return foreign | {"ENFILADE_CORS_ORIGINS": f"{APP}, http://127.0.0.1:3000"}


@pytest.fixture(scope="module")
def browser(run_server: RunServer, settings: dict[str, str]) -> Iterator[httpx.Client]:
    with run_server(**settings) as server, server.client() as client:
        yield client


@pytest.fixture(scope="module")
def open_browser(run_server: RunServer, foreign: dict[str, str]) -> Iterator[httpx.Client]:
    with run_server(**foreign, ENFILADE_CORS_ORIGINS="*") as server, server.client() as client:
        yield client


def preflight(browser: httpx.Client, path: str, origin: str, method: str = "POST") -> httpx.Response:
    wish = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "x-vcs-token, content-type"}
    return browser.options(path, headers=wish | {"Origin": origin})


def cors_fields(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


class TestPreflight:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("origin", [APP, "http://127.0.0.1:3000"])
    def test_of_an_allowed_origin_is_answered_without_a_key(
        self, browser: httpx.Client, path: str, origin: str
    ) -> None:
        answer = preflight(browser, path, origin)
        assert answer.status_code in {200, 204}
        assert answer.headers["access-control-allow-origin"] == origin
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert {"x-vcs-token", "content-type"} <= set(
            answer.headers["access-control-allow-headers"].lower().split(", ")
        )
        assert "origin" in answer.headers["vary"].lower()
        assert answer.headers["x-trace-id"]

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    def test_allows_every_method_that_some_api_has(self, browser: httpx.Client, method: str) -> None:
        assert method in preflight(browser, ROOM, APP, method).headers["access-control-allow-methods"]

    @pytest.mark.parametrize("origin", [OTHER, "http://app.example", f"{APP}:444", f"{APP}.evil.example", "null"])
    def test_of_another_origin_is_a_request_like_any_other(self, browser: httpx.Client, origin: str) -> None:
        answer = preflight(browser, ROOM, origin)
        assert (answer.status_code, answer.json()["code"]) == (405, "BASE-00405")
        assert {name.strip() for name in answer.headers["allow"].split(",")} == {"GET", "HEAD", "POST", "DELETE"}
        assert cors_fields(answer) == {}

    def test_without_a_wish_is_a_request_like_any_other(self, browser: httpx.Client) -> None:
        assert browser.options(ROOM, headers={"Origin": APP}).status_code == 405

    def test_is_not_answered_when_the_setting_is_absent(self, server: Server) -> None:
        with server.client() as client:
            answer = preflight(client, ROOM, APP)
        assert (answer.status_code, cors_fields(answer)) == (405, {})

    def test_has_no_body_of_the_frameworks(self, browser: httpx.Client) -> None:
        answer = preflight(browser, ROOM, APP)
        assert (answer.content, answer.headers.get("content-type")) == (b"", None)


class TestRequests:
    @pytest.mark.parametrize(("path", "status"), [(ROOM, 401), ("/health", 200), ("/nonsense", 404)])
    def test_of_an_allowed_origin_may_be_read_by_it(self, browser: httpx.Client, path: str, status: int) -> None:
        answer = browser.get(path, headers={"Origin": APP})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "X-Trace-Id" in answer.headers["access-control-expose-headers"]

    def test_too_large_in_their_header_may_be_read_too(self, browser: httpx.Client) -> None:
        for _ in range(3):  # an answer has nothing of the one before
            answer = browser.get(ROOM, headers={"Origin": APP, "X": "x" * 40_000})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (431, APP)
            assert answer.headers.get_list("vary") == ["Origin"]

    def test_of_another_origin_may_not_be_read_by_it(self, browser: httpx.Client) -> None:
        assert cors_fields(browser.get("/health", headers={"Origin": OTHER})) == {}

    def test_of_nobody_say_nothing_of_origins(self, browser: httpx.Client) -> None:
        assert cors_fields(browser.get("/health")) == {}


class TestStar:
    def test_allows_whoever_asks_but_no_cookies(self, open_browser: httpx.Client) -> None:
        for answer in (preflight(open_browser, ROOM, OTHER), open_browser.get("/health", headers={"Origin": OTHER})):
            assert answer.status_code in {200, 204}
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers
