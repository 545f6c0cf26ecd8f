"""Who calls: the cookie, the bearer, `queue-id`, and `GET /auth/token` (chats.md, its table and §1)."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from people import JSON, NOBODY, Acquaint, Person, Trouble, removed
from transcripts import assert_empty, assert_same

from app.domain import tokens
from app.domain.database import Transaction

#: Every operation behind a credential, with nothing wrong, and with what is judged after authentication.
UNJUDGED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/rooms", {}),
    ("GET", "/rooms/", {}),
    ("GET", "/rooms?extraFields=nonsense", {}),
    ("POST", "/rooms", {}),
    ("POST", "/rooms", {"json": {"type": "group", "name": "Ones", "membersIds": [NOBODY]}}),
    ("POST", "/rooms", {"content": b"{", "headers": JSON}),
    ("POST", "/rooms", {"content": b"\xff", "headers": JSON}),
    ("POST", "/rooms", {"content": b"[" * 200_000, "headers": JSON}),
    ("POST", "/rooms", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", "/rooms", {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("GET", f"/rooms/{NOBODY}", {}),
    ("GET", f"/rooms/{NOBODY}/", {}),
    ("GET", "/rooms/nonsense", {}),
    ("GET", "/rooms/%00", {}),
    ("PUT", f"/rooms/{NOBODY}", {"json": {"name": ""}}),
    ("PUT", f"/rooms/{NOBODY}", {"content": b"{", "headers": JSON}),
    ("PUT", f"/rooms/{NOBODY}", {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("PUT", "/rooms/nonsense", {"json": {"name": 5}}),
    ("DELETE", f"/rooms/{NOBODY}", {}),
    ("DELETE", "/rooms/nonsense", {}),
    ("PUT", f"/rooms/{NOBODY}/mute", {}),
    ("DELETE", f"/rooms/{NOBODY}/mute", {}),
    ("PUT", f"/rooms/{NOBODY}/clear", {}),
    ("PUT", "/rooms/nonsense/mute", {}),
    ("DELETE", "/rooms/nonsense/mute", {}),
    ("PUT", "/rooms/nonsense/clear", {}),
    ("PUT", "/rooms/workspaces/rank", {"json": []}),
    ("PUT", "/rooms/workspaces/rank", {"content": b"{", "headers": JSON}),
    ("PUT", "/rooms/workspaces/rank", {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("PUT", f"/rooms/workspaces/{NOBODY}/channels/rank", {"json": []}),
    ("PUT", f"/rooms/workspaces/{NOBODY}/channels/rank", {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("PUT", "/rooms/workspaces/nonsense/channels/rank", {"json": 1}),
    ("GET", f"/rooms/{NOBODY}/members", {}),
    ("POST", f"/rooms/{NOBODY}/members", {"json": {"userId": NOBODY, "historyCleared": False}}),
    ("POST", f"/rooms/{NOBODY}/members", {"json": []}),
    ("POST", f"/rooms/{NOBODY}/members", {"content": b"x" * (2**20 + 1), "headers": JSON}),
    ("DELETE", f"/rooms/{NOBODY}/members/{NOBODY}", {}),
    ("DELETE", "/rooms/nonsense/members/nonsense", {}),
    ("PUT", f"/rooms/{NOBODY}/members/{NOBODY}/owner", {}),
    ("DELETE", f"/rooms/{NOBODY}/members/{NOBODY}/owner", {}),
    ("GET", "/users", {}),
    ("GET", f"/users?userIds={NOBODY}", {}),
    ("GET", "/users/capabilities", {}),
    ("GET", f"/users/{NOBODY}", {}),
    ("GET", "/users/nonsense", {}),
    ("GET", "/auth/token", {}),
    ("GET", f"/rooms/{NOBODY}/meeting", {}),
    ("GET", "/meetings", {}),
    ("GET", "/services/chats/rooms", {}),
    ("POST", "/services/chats/rooms", {"content": b"{", "headers": JSON}),
    ("GET", "/services/chats/auth/token/", {}),
]
every_operation = pytest.mark.parametrize(
    ("method", "path", "sent"), UNJUDGED, ids=[f"{number}" for number in range(len(UNJUDGED))]
)


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"ZM_AUTH_TOKEN={token}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(answer: httpx.Response) -> None:
    assert_empty(answer, 401)
    assert "www-authenticate" not in answer.headers


class TestNobody:
    """Without a credential, with a bad one, with junk in `queue-id`: 401, before anything else is judged."""

    @every_operation
    async def test_without_a_credential(
        self, client: httpx.AsyncClient, method: str, path: str, sent: dict[str, Any]
    ) -> None:
        refused(await client.request(method, path, **sent))

    @every_operation
    async def test_with_a_bad_cookie(
        self, client: httpx.AsyncClient, method: str, path: str, sent: dict[str, Any]
    ) -> None:
        headers = sent.get("headers", {}) | cookie("0" * 64)
        refused(await client.request(method, path, **(sent | {"headers": headers})))

    @every_operation
    async def test_with_junk_in_queue_id(self, ada: Person, method: str, path: str, sent: dict[str, Any]) -> None:
        headers = sent.get("headers", {}) | {"queue-id": "junk"}
        refused(await ada(method, path, **(sent | {"headers": headers})))

    async def test_learns_and_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        room = await ada.created("group", ben, cleo, name="Ones")
        house = await ada.created("workspace", ben, cleo, name="House")
        hall = await ada.created("channel", name="Hall", parentId=house["id"])
        path, everything = f"/rooms/{room['id']}", "/rooms?extraFields=members&extraFields=settings"
        await ada("PUT", f"/rooms/{hall['id']}/mute")
        before = (await ada("GET", everything)).json()
        calls: list[tuple[str, str, Any]] = [
            ("GET", path, None),
            ("GET", everything, None),
            ("POST", "/rooms", {"type": "temporary", "name": "Theirs"}),
            ("PUT", path, {"name": "Theirs"}),
            ("PUT", f"{path}/mute", None),
            ("PUT", f"{path}/clear", None),
            ("DELETE", f"/rooms/{hall['id']}/mute", None),
            ("PUT", "/rooms/workspaces/rank", [{"roomId": house["id"], "rank": 0}]),
            ("PUT", f"/rooms/workspaces/{house['id']}/channels/rank", [{"roomId": hall["id"], "rank": 0}]),
            ("POST", f"{path}/members", {"userId": dora.id, "historyCleared": False}),
            ("PUT", f"{path}/members/{ben.id}/owner", None),
            ("DELETE", f"{path}/members/{ben.id}", None),
            ("DELETE", path, None),
        ]
        for headers in ({}, cookie("0" * 64), bearer("junk"), cookie(ada.token) | {"queue-id": "junk"}):
            for method, called, body in calls:
                refused(await client.request(method, called, json=body, headers=headers))
        assert_same(await ada("GET", everything), before)

    async def test_hears_of_no_trouble_of_ours(self, client: httpx.AsyncClient, failing: Trouble) -> None:
        async with failing("room"):
            for headers in ({}, cookie("0" * 64)):
                refused(await client.get("/rooms", headers=headers))
                refused(await client.get(f"/rooms/{NOBODY}", headers=headers))


class TestToken:
    """GET /auth/token: the token presented, however it came."""

    async def test_of_a_cookie(self, client: httpx.AsyncClient, ada: Person) -> None:
        assert_same(await client.get("/auth/token", headers=cookie(ada.token)), {"zmToken": ada.token})

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    async def test_of_a_bearer(self, client: httpx.AsyncClient, ada: Person, scheme: str) -> None:
        headers = {"Authorization": f"{scheme} {ada.token}"}
        assert_same(await client.get("/auth/token", headers=headers), {"zmToken": ada.token})

    async def test_of_both_is_the_cookies(self, client: httpx.AsyncClient, ada: Person, ben: Person) -> None:
        for other in (ben.token, "junk", ""):
            answer = await client.get("/auth/token", headers=cookie(ada.token) | bearer(other))
            assert_same(answer, {"zmToken": ada.token})

    async def test_of_a_bad_cookie_is_refused_whatever_the_bearer(self, client: httpx.AsyncClient, ada: Person) -> None:
        for bad in ("junk", "0" * 64, ada.token.upper(), ada.token[:-1], f"{ada.token}0"):
            refused(await client.get("/auth/token", headers=cookie(bad) | bearer(ada.token)))

    async def test_of_an_empty_cookie_is_the_bearers(self, client: httpx.AsyncClient, ada: Person) -> None:
        for empty in ("ZM_AUTH_TOKEN=", "ZM_AUTH_TOKEN=; a=b", "ZM_AUTH_TOKEN", ""):
            answer = await client.get("/auth/token", headers={"Cookie": empty} | bearer(ada.token))
            assert_same(answer, {"zmToken": ada.token})

    async def test_among_other_cookies(self, client: httpx.AsyncClient, ada: Person) -> None:
        for others in (f"a=b; ZM_AUTH_TOKEN={ada.token}", f"ZM_AUTH_TOKEN={ada.token}; ZX_AUTH_TOKEN=x; a=b=c"):
            assert_same(await client.get("/auth/token", headers={"Cookie": others}), {"zmToken": ada.token})

    async def test_of_a_guest(self, acquaint: Acquaint) -> None:
        guest = await acquaint("Gus", type="guest")
        assert_same(await guest("GET", "/auth/token"), {"zmToken": guest.token})


class TestCredential:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": "Basic {}"},
            {"Authorization": "{}"},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer x{}"},
            {"Authorization": "Bearer {} {}"},
            {"Cookie": "zm_auth_token={}"},
            {"Cookie": "ZX_AUTH_TOKEN={}"},
            {"Cookie": "a={}"},
            {"x-vcs-token": "{}"},
            {"ZM_AUTH_TOKEN": "{}"},
        ],
    )
    async def test_elsewhere_or_otherwise_spelled_is_none(
        self, client: httpx.AsyncClient, ada: Person, headers: dict[str, str]
    ) -> None:
        spelled = {name: value.replace("{}", ada.token) for name, value in headers.items()}
        refused(await client.get(f"/rooms?ZM_AUTH_TOKEN={ada.token}", headers=spelled))

    @pytest.mark.parametrize(
        "odd",
        [b"\xff\xfe", "é😀".encode(), b"%00", b"'", b'"', b'""', b"=", b"*", b"k" * 4000, b"a b", b"\\ud800", b"\t"],
        ids=str,
    )
    async def test_that_cannot_be_one_is_refused(self, client: httpx.AsyncClient, odd: bytes) -> None:
        for headers in ({b"Cookie": b"ZM_AUTH_TOKEN=" + odd}, {b"Authorization": b"Bearer " + odd}):
            refused(await client.get("/rooms", headers=headers))

    async def test_of_another_scheme_leaves_the_cookie(self, ada: Person) -> None:
        assert_same(await ada("GET", "/rooms", headers={"Authorization": "Basic eDp5"}), [])

    async def test_of_an_administrator_opens_nothing(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, vcs_key: str
    ) -> None:
        management = hms.headers["Authorization"].removeprefix("Bearer ")
        for other in (management, vcs_key):
            for headers in (cookie(other), bearer(other)):
                refused(await client.get("/rooms", headers=headers))

    async def test_whose_time_is_over_is_refused(self, ada: Person, database: asyncpg.Connection) -> None:
        await database.execute("UPDATE user_token SET expires_at = now() - interval '1 millisecond'")
        refused(await ada("GET", "/rooms"))
        refused(await ada("GET", "/auth/token", headers={"Cookie": ""} | bearer(ada.token)))

    async def test_that_is_revoked_is_refused_with_the_next_request(
        self, ada: Person, transaction: Transaction
    ) -> None:
        other = (await tokens.create(transaction, UUID(ada.id), lifetime_seconds=60)).token
        assert_same(await ada("GET", "/rooms"), [])
        async with transaction.begun():
            await tokens.revoke(transaction, ada.token)
        refused(await ada("GET", "/rooms"))
        assert_same(await ada("GET", "/auth/token", headers=cookie(other)), {"zmToken": other})

    async def test_of_a_removed_user_is_refused(self, ada: Person, database: asyncpg.Connection) -> None:
        await removed(ada, database)
        refused(await ada("GET", "/rooms"))


QUEUE = "0f4a7b52-7a55-4c0e-8d7e-3a4c1f6d9be2"


class TestQueueId:
    @pytest.mark.parametrize("id", [QUEUE, QUEUE.upper(), "", "00000000-0000-0000-0000-000000000000"])
    async def test_that_is_unknown_or_absent_is_fine(self, ada: Person, id: str) -> None:
        assert_same(await ada("GET", "/rooms", headers={"queue-id": id}), [])

    @pytest.mark.parametrize(
        "id",
        [
            "junk",
            "null",
            "undefined",
            "1",
            " x",
            QUEUE[:-1],
            f"{QUEUE}0",
            f"x{QUEUE}",
            f"{{{QUEUE}}}",
            f"urn:uuid:{QUEUE}",
            f"{QUEUE}, {QUEUE}",
        ],
    )
    async def test_that_is_junk_is_refused(self, client: httpx.AsyncClient, ada: Person, id: str) -> None:
        for caller in (client.request, ada):
            refused(await caller("GET", "/rooms", headers={"queue-id": id}))

    @pytest.mark.parametrize("id", [b"\xff", "é".encode(), b"\xc3\xa9" * 18], ids=str)
    async def test_that_is_no_ascii_is_junk(self, ada: Person, id: bytes) -> None:
        refused(await ada("GET", "/rooms", headers={b"queue-id": id}))

    async def test_does_not_matter_where_nobody_is_asked(self, client: httpx.AsyncClient) -> None:
        junk = {"queue-id": "junk"} | cookie("junk")
        assert_empty(await client.get("/nonsense", headers=junk), 404)
        assert_empty(await client.put("/rooms", headers=junk), 405)
        for path in ("/health", "/services/chats/health"):
            assert (await client.get(path, headers=junk)).status_code == 200
        for path in ("/health/live", "/health/ready"):
            assert_empty(await client.get(path, headers=junk), 204)

    async def test_as_session_id_is_ignored(self, ada: Person) -> None:
        assert_same(await ada("GET", "/rooms", headers={"session-id": "junk"}), [])
