"""The setting "developer mode": every refusal has the published `Error` (row "error body" of chats.md)."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from asgi_lifespan import LifespanManager
from people import BASES, JSON, NOBODY, Meet, Person, Plug, Trouble
from transcripts import assert_empty, assert_same

from app.main import create_app
from app.settings import ChatsSettings, Settings

#: Words of what stands below the API, of no use to who calls.
INNER = re.compile(r"(?i)asyncpg|postgres|sqlalchemy|pydantic|starlette|traceback|relation|select|\.py|0x|errors\.")


@pytest.fixture(scope="module")
async def application(settings: Settings) -> AsyncIterator[object]:
    developers = settings.model_copy(update={"chats": ChatsSettings(developer_mode=True)})
    async with LifespanManager(create_app(developers)) as manager:
        yield manager.app


def message_of(answer: httpx.Response, status: int) -> str:
    """Judge a refusal to the letter, and return what it says in words."""
    body = answer.json()
    message = body["message"]
    assert_same(answer, {"traceId": answer.headers["x-trace-id"], "message": message}, status)
    assert re.fullmatch("[0-9a-f]{32}", body["traceId"])
    assert isinstance(message, str)
    assert 0 < len(message) < 300
    assert message.isprintable()
    assert not INNER.search(message)
    return message


@pytest.mark.parametrize("base", BASES)
class TestEveryStatus:
    async def test_400(self, ada: Person, base: str) -> None:
        for body in ({"type": "group"}, {"type": "nonsense"}, {"name": 1}, [], {}):
            message_of(await ada("POST", f"{base}/rooms", json=body), 400)
        for content in (b"{", b"\xff", b'{"type":"\\ud800"}', b"[" * 200_000):
            message_of(await ada("POST", f"{base}/rooms", content=content, headers=JSON), 400)
        for path in ("/rooms?extraFields=x", "/users", "/users?userIds="):
            message_of(await ada("GET", f"{base}{path}"), 400)

    async def test_401(self, client: httpx.AsyncClient, ada: Person, base: str) -> None:
        for headers in ({}, {"Cookie": "ZM_AUTH_TOKEN=junk"}, {"Authorization": "Bearer junk"}, {"queue-id": "junk"}):
            message_of(await client.get(f"{base}/rooms", headers=headers), 401)
        message_of(await ada("GET", f"{base}/rooms", headers={"queue-id": "junk"}), 401)
        message_of(await client.post(f"{base}/rooms", content=b"{"), 401)

    async def test_403(self, ada: Person, ben: Person, cleo: Person, dora: Person, base: str) -> None:
        room = await ada.created("group", ben, cleo, name="Ones")
        message_of(await dora("GET", f"{base}/rooms/{room['id']}"), 403)
        message_of(await ben("DELETE", f"{base}/rooms/{room['id']}"), 403)
        message_of(await ada("DELETE", f"{base}/rooms/{room['id']}/members/{ada.id}"), 403)
        message_of(await ada("PUT", f"{base}/rooms/{room['id']}/members/{ada.id}/owner"), 403)

    async def test_404(self, ada: Person, ben: Person, cleo: Person, base: str) -> None:
        room = await ada.created("group", ben, cleo, name="Ones")
        for id in (NOBODY, "nonsense", "%00", "%FF"):
            message_of(await ada("GET", f"{base}/rooms/{id}"), 404)
            message_of(await ada("GET", f"{base}/users/{id}"), 404)
        message_of(await ada("GET", f"{base}/rooms/{room['id']}/meeting"), 404)

    @pytest.mark.parametrize("path", ["", "/", "/nonsense", "/rooms%0A", "/rooms/a/b/c/d", "/health/nonsense"])
    async def test_404_of_an_unknown_path(self, client: httpx.AsyncClient, ada: Person, base: str, path: str) -> None:
        for caller in (client.request, ada):
            message_of(await caller("GET", f"{base}{path}"), 404)

    @pytest.mark.parametrize("path", ["/rooms", "/health", "/health/live", f"/rooms/{NOBODY}/members"])
    async def test_405(self, client: httpx.AsyncClient, ada: Person, base: str, path: str) -> None:
        for caller in (client.request, ada):
            answer = await caller("PATCH", f"{base}{path}")
            message_of(answer, 405)
            assert answer.headers["allow"].startswith("GET, HEAD")

    async def test_409(self, ada: Person, ben: Person, base: str) -> None:
        await ada.created("one_to_one", ben)
        sent = {"type": "one_to_one", "membersIds": [ada.id]}
        message_of(await ben("POST", f"{base}/rooms", json=sent), 409)

    async def test_413(self, ada: Person, base: str) -> None:
        message_of(await ada("POST", f"{base}/rooms", content=b" " * (2**20 + 1), headers=JSON), 413)

    async def test_424(self, ada: Person, meet: Meet, plug: Plug, base: str) -> None:
        meeting, socket = await meet(await ada.created("temporary", name="Ones")), await plug(ada)
        path = f"{base}/meetings/{meeting['id']}"
        assert_same(await ada("POST", f"{path}/join", headers=socket), {"status": "ACCEPTED"})
        for method, what, body in (
            ("PUT", "media", {"type": "video", "enabled": True, "sdp": "v=0"}),
            ("PUT", "audio", {"enabled": True}),
            ("POST", "startRecording", {}),
        ):
            answer = await ada(method, f"{path}/{what}", headers=socket, json=body)
            assert message_of(answer, 424) == "no media engine is configured"

    @pytest.mark.parametrize("path", ["/rooms", "/nonsense", "/health"])
    async def test_431(self, client: httpx.AsyncClient, base: str, path: str) -> None:
        message_of(await client.get(f"{base}{path}", headers={"x-padding": "x" * 40 * 1024}), 431)

    async def test_500(self, ada: Person, failing: Trouble, base: str) -> None:
        async with failing("room"):
            for method, path in (("GET", "/rooms"), ("GET", f"/rooms/{NOBODY}"), ("PUT", f"/rooms/{NOBODY}/mute")):
                message_of(await ada(method, f"{base}{path}"), 500)
        assert_same(await ada("GET", f"{base}/rooms"), [])


class TestMessages:
    async def test_of_meetings_tell_one_fault_from_another(
        self, ada: Person, ben: Person, dora: Person, *, meet: Meet, plug: Plug
    ) -> None:
        room = await ada.created("one_to_one", ben)
        meeting, socket = await meet(room), await plug(ada)
        path = f"/meetings/{meeting['id']}"
        said = [
            message_of(await ada("POST", "/meetings", json={"roomId": room["id"], "meetingType": "permanent"}), 409),
            message_of(await ada("POST", "/meetings", json={"roomId": NOBODY, "meetingType": "permanent"}), 404),
            message_of(await ada("POST", f"/meetings/{NOBODY}/start"), 404),
            message_of(await dora("POST", f"{path}/start"), 403),
            message_of(await ada("POST", f"{path}/join"), 400),
            message_of(await ada("PUT", f"{path}/audio", json={"enabled": True}), 404),
        ]
        assert_same(await ada("POST", f"{path}/join", headers=socket), {"status": "ACCEPTED"})
        said.append(message_of(await ada("POST", f"{path}/join", headers=socket), 409))
        assert len(set(said)) == len(said), said

    async def test_hold_no_secret(self, client: httpx.AsyncClient, ada: Person) -> None:
        token = ada.token
        said = [
            message_of(await client.get("/rooms", headers={"Cookie": f"ZM_AUTH_TOKEN={token[::-1]}"}), 401),
            message_of(await client.get("/rooms", headers={"Authorization": f"Bearer {token[::-1]}"}), 401),
            message_of(await client.get("/rooms", headers={"Authorization": f"Basic {token}"}), 401),
            message_of(await ada("GET", "/rooms", headers={"queue-id": token}), 401),
            message_of(await ada("GET", f"/rooms?extraFields={token}"), 400),
            message_of(await ada("POST", "/rooms", json={"type": token, "name": [token]}), 400),
            message_of(await ada("POST", "/rooms", content=json.dumps(token)[:-1], headers=JSON), 400),
            message_of(await ada("POST", "/rooms", json={"type": "group", "name": "x", "membersIds": [token]}), 400),
        ]
        for message in said:
            assert token not in message
            assert token[::-1] not in message

    async def test_of_a_crash_are_all_the_same(self, ada: Person, failing: Trouble) -> None:
        async with failing("room"):
            calls = [("GET", "/rooms"), ("GET", f"/rooms/{NOBODY}"), ("DELETE", f"/rooms/{NOBODY}")]
            assert len({message_of(await ada(method, path), 500) for method, path in calls}) == 1

    async def test_tell_one_fault_from_another(self, ada: Person) -> None:
        room = message_of(await ada("GET", f"/rooms/{NOBODY}"), 404)
        user = message_of(await ada("GET", f"/users/{NOBODY}"), 404)
        path = message_of(await ada("GET", "/nonsense"), 404)
        assert len({room, user, path}) == 3


class TestAllElse:
    async def test_head_has_the_headers_of_the_refusal(self, client: httpx.AsyncClient, ada: Person) -> None:
        for caller, path, status in (
            (client.request, "/rooms", 401),
            (ada, "/nonsense", 404),
            (ada, f"/rooms/{NOBODY}", 404),
        ):
            get, head = await caller("GET", path), await caller("HEAD", path)
            assert (head.status_code, head.content) == (status, b"")
            assert head.headers["content-length"] == str(len(get.content))
            assert head.headers["content-type"] == "application/json"

    async def test_agreeing_answers_are_as_ever(self, ada: Person) -> None:
        assert_same(await ada("GET", "/rooms"), [])
        assert_empty(await ada("DELETE", f"/rooms/{NOBODY}"), 204)

    async def test_other_apis_are_as_ever(self, client: httpx.AsyncClient) -> None:
        for path in ("/v2/rooms", "/v2", "/api/v2/x", "/api/realtime/room", "/api/realtime"):
            assert set((await client.get(path)).json()) & {"code", "traceId"} == {"code"}
