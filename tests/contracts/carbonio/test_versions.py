"""`X-WSC-API-VERSION` (§15 of chats.md): echoed with what succeeds, ours with what is refused."""

from typing import Any

import httpx
import pytest
from people import BASES, JSON, NOBODY, Person

NAME = "X-WSC-API-VERSION"
OURS = "1.3.1"


@pytest.fixture(params=BASES)
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestVersion:
    @pytest.mark.parametrize("version", ["1.6.2", "1.3.1", "0.0.0", "10.20.30"])
    async def test_is_echoed_with_what_succeeds(self, ada: Person, base: str, version: str) -> None:
        made = await ada("POST", f"{base}/rooms", json={"type": "temporary", "name": "Ones"}, headers={NAME: version})
        path = f"{base}/rooms/{made.json()['id']}"
        answers = [made, await ada("GET", path, headers={NAME: version})]
        for method, called in (("PUT", f"{path}/mute"), ("HEAD", f"{base}/rooms"), ("DELETE", path)):
            answers.append(await ada(method, called, headers={NAME: version}))
        assert [answer.status_code for answer in answers] == [201, 200, 204, 200, 204]
        assert [answer.headers.get_list(NAME) for answer in answers] == [[version]] * 5

    @pytest.mark.parametrize(
        ("method", "path", "more", "status"),
        [
            ("GET", "/users", {}, 400),
            ("GET", f"/rooms/{NOBODY}", {}, 404),
            ("GET", "/nonsense", {}, 404),
            ("PATCH", "/rooms", {}, 405),
            ("POST", "/rooms", {"content": b" " * (2**20 + 1), "headers": JSON}, 413),
            ("GET", "/rooms", {"headers": {"queue-id": "junk"}}, 401),
            ("GET", "/rooms", {"headers": {"Cookie": "ZM_AUTH_TOKEN=junk"}}, 401),
            ("GET", "/rooms", {"headers": {"x-padding": "x" * 40_000}}, 431),
        ],
    )
    async def test_is_ours_with_what_is_refused(
        self, ada: Person, base: str, *, method: str, path: str, more: dict[str, Any], status: int
    ) -> None:
        headers = more.get("headers", {}) | {NAME: "1.6.2"}
        answer = await ada(method, base + path, **(more | {"headers": headers}))
        assert (answer.status_code, answer.headers.get_list(NAME)) == (status, [OURS])

    async def test_is_ours_to_a_stranger(self, client: httpx.AsyncClient, base: str) -> None:
        answer = await client.get(f"{base}/rooms", headers={NAME: "1.6.2"})
        assert (answer.status_code, answer.headers.get_list(NAME)) == (401, [OURS])

    @pytest.mark.parametrize("junk", ["", "1", "1.6", "v1.6.2", "1.6.2 x", "1.6.2.3", "junk", "1,6,2", "-1.0.0"])
    async def test_that_is_junk_is_ignored(self, ada: Person, base: str, junk: str) -> None:
        for path, status in (("/rooms", 200), ("/nonsense", 404), ("/users", 400)):
            answer = await ada("GET", base + path, headers={NAME: junk})
            assert (answer.status_code, answer.headers.get(NAME)) == (status, None)

    async def test_that_is_not_sent_is_not_told(self, ada: Person, base: str) -> None:
        for path in ("/rooms", "/nonsense"):
            assert NAME not in (await ada("GET", base + path)).headers

    async def test_is_unknown_to_other_apis(self, client: httpx.AsyncClient) -> None:
        for path in ("/v2/rooms", "/api/realtime/room"):
            assert NAME not in (await client.get(path, headers={NAME: "1.6.2"})).headers
