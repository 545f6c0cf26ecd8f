"""Active rooms: what every call refuses, and in which order: 401, 403, the body, the room, the session, the peer."""

import re
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
from gatherings import House

NOBODY = "0123456789abcdef01234567"
NO_PEER = "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"
JSON = {"Content-Type": "application/json"}
NO_OBJECT = "body is not a JSON object"
TOO_LARGE = (413, "Payload Too Large", "body is larger than 1 MiB")
Check = Callable[..., None]
Mint = Callable[..., str]
#: Each call on an active room, and a good body of it.
READS = ["", "/peers", f"/peers/{NO_PEER}"]
WRITES: dict[str, dict[str, Any]] = {
    f"/peers/{NO_PEER}": {"name": "Zoë"},
    "/send-message": {"message": "Hello"},
    "/remove-peers": {"role": "guest"},
    "/end-room": {"lock": True},
}
CALLS = [("GET", end) for end in READS] + [("POST", end) for end in WRITES]
OF_A_PEER = ("/send-message", "/remove-peers")


def at(room: str, end: str) -> str:
    return f"/v2/active-rooms/{room}{end}"


@pytest.fixture
async def room(house: House) -> str:
    """The id of a meeting's room, in which is Ada."""
    meeting = await house.meeting()
    await meeting.join(house.ada)
    return meeting.hex


@pytest.fixture
async def nothing_changes(hms: httpx.AsyncClient, database: asyncpg.Connection, room: str) -> Any:
    """The session goes on as it was, the room stays enabled, nobody is told of anything."""
    before = [(await hms.get(path)).json() for path in ("/v2/sessions", f"/v2/rooms/{room}")]
    told = await database.fetchval("SELECT count(*) FROM event")
    yield
    assert [(await hms.get(path)).json() for path in ("/v2/sessions", f"/v2/rooms/{room}")] == before
    assert await database.fetchval("SELECT count(*) FROM event") == told


class TestToken:
    async def test_comes_first(
        self,
        client: httpx.AsyncClient,
        mint: Mint,
        *,
        unauthorized: Check,
        forbidden: Check,
        subtests: pytest.Subtests,
    ) -> None:
        """Before the body, the query and what there is; a token of a client is none of a manager."""
        paths = [(method, at(NOBODY, end)) for method, end in CALLS]
        for method, path in [*paths, ("GET", "/v2/sessions"), ("GET", f"/v2/sessions/{NOBODY}")]:
            how: dict[str, Any] = {"content": b"{"} if method == "POST" else {"params": {"limit": "1", "role": "\0"}}
            for target in (path, f"/api{path}/"):
                with subtests.test(f"{method} {target}"):
                    *refused, last = [
                        await client.request(method, target, headers=headers, **how)
                        for headers in ({}, bearer(mint(exp=1)), bearer("x"), bearer(mint(type="app")))
                    ]
                    reasons = ("not found", "token is expired", "token is malformed")
                    for answer, reason in zip(refused, reasons, strict=True):
                        unauthorized(answer, reason)
                    forbidden(last)

    @pytest.mark.parametrize("end", WRITES)
    @pytest.mark.usefixtures("nothing_changes")
    async def test_of_a_client_changes_nothing(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, mint: Mint, *, forbidden: Check, room: str, end: str
    ) -> None:
        [peer] = (await hms.get(at(room, "/peers"))).json()["peers"]
        path = at(room, end.replace(NO_PEER, peer))
        body = WRITES[end] | ({"peer_id": peer} if end in OF_A_PEER else {})
        for claims in ({}, {"room_id": room, "role": "host", "user_id": "x"}):
            forbidden(await client.post(path, json=body, headers=bearer(mint(type="app", **claims))))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.usefixtures("nothing_changes")
class TestBody:
    """It is judged before anything is looked for, and changes nothing when it is wrong."""

    @pytest.mark.parametrize("end", WRITES)
    async def test_that_is_no_object(
        self, hms: httpx.AsyncClient, room: str, end: str, *, bad_body: Check, refused: Check
    ) -> None:
        for target in (room, NOBODY, "x"):
            for content in (b"{", b"[]", b"null", b'"x"', b"4", b" ", b'{"message":"\\ud800"}', b'{"reason":"\xff"}'):
                bad_body(await hms.post(at(target, end), content=content, headers=JSON), NO_OBJECT)
        refused(await hms.post(at(room, end), content=b'{"message":"%s"}' % (b"x" * 2**20), headers=JSON), *TOO_LARGE)

    @pytest.mark.parametrize(
        ("end", "body", "text"),
        [
            (f"/peers/{NO_PEER}", {"name": 1}, "name must be a string"),
            ("/send-message", {}, "message is required"),
            ("/remove-peers", {}, "peer_id or role is required"),
            ("/end-room", {"lock": "true"}, "lock must be a boolean"),
        ],
    )
    async def test_that_is_wrong_is_told_before_what_is_not_there(
        self, hms: httpx.AsyncClient, room: str, create: Any, *, bad_body: Check, end: str, body: Any, text: str
    ) -> None:
        idle = (await create())["id"]
        for target in (room, idle, NOBODY, "x"):
            bad_body(await hms.post(at(target, end), json=body), text)


class TestNoRoom:
    async def test_is_not_found(self, hms: httpx.AsyncClient, missing: Check, subtests: pytest.Subtests) -> None:
        for id in (NOBODY, "x", "1", NOBODY[:-1], NOBODY + "0", "%00", f"{NOBODY}%0A", "00000000-0000-7000-8000-0" * 2):
            for method, end in CALLS:
                with subtests.test(f"{method} {at(id, end)}"):
                    missing(await hms.request(method, at(id, end), json=WRITES.get(end)), "Room")

    async def test_whose_time_is_over_is_not_found(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, database: asyncpg.Connection, missing: Check
    ) -> None:
        assert (await vcs.post("/api/realtime/room")).status_code == 200
        id = (await hms.get("/v2/rooms")).json()["data"][0]["id"]
        for thing in ("Session", "Room"):
            for method, end in CALLS:
                missing(await hms.request(method, at(id, end), json=WRITES.get(end)), thing)
            await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")


class TestNoSession:
    async def test_is_not_found(
        self, hms: httpx.AsyncClient, house: House, *, create: Any, missing: Check, subtests: pytest.Subtests
    ) -> None:
        """Neither in a room of `/v2`, nor in a meeting that nobody is in, yet or any more."""
        meeting, idle, room = await house.meeting(), await house.meeting(), await create()
        await meeting.join(house.ada)
        await meeting.leave(house.ada)
        for id in (room["id"], idle.hex, meeting.hex):
            for method, end in CALLS:
                with subtests.test(f"{method} {at(id, end)}"):
                    missing(await hms.request(method, at(id, end), json=WRITES.get(end)), "Session")
            assert (await hms.get(f"/v2/rooms/{id}")).json()["enabled"] is True

    async def test_is_told_before_that_the_peer_is_not_there(
        self, hms: httpx.AsyncClient, house: House, missing: Check
    ) -> None:
        meeting = await house.meeting()
        for end in OF_A_PEER:
            missing(await hms.post(at(meeting.hex, end), json={"message": "x", "peer_id": NO_PEER}), "Session")


class TestNoPeer:
    #: No id of anybody.
    IDS = (NO_PEER, NO_PEER.upper(), NOBODY, "x", "null", "é", "0" * 5000)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.usefixtures("nothing_changes")
    async def test_in_the_path_is_not_found(
        self, hms: httpx.AsyncClient, room: str, method: str, missing: Check
    ) -> None:
        for id in (*self.IDS, "%00", f"{NO_PEER}%0A", f"{NO_PEER}0"):
            missing(await hms.request(method, at(room, f"/peers/{id}"), json={"name": "x"}), "Peer")

    @pytest.mark.parametrize("end", OF_A_PEER)
    @pytest.mark.usefixtures("nothing_changes")
    async def test_in_the_body_is_not_found(self, hms: httpx.AsyncClient, room: str, end: str, missing: Check) -> None:
        for id in self.IDS:
            missing(await hms.post(at(room, end), json={"message": "x", "peer_id": id}), "Peer")

    @pytest.mark.usefixtures("nothing_changes")
    async def test_is_told_before_the_role_that_is_not_there(
        self, hms: httpx.AsyncClient, room: str, missing: Check
    ) -> None:
        missing(await hms.post(at(room, f"/peers/{NO_PEER}"), json={"role": "speaker"}), "Peer")


class TestMethods:
    async def test_that_are_wrong_are_answered_whoever_asks(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, refused: Check, subtests: pytest.Subtests
    ) -> None:
        for path, methods in (
            ("/v2/sessions", "GET HEAD"),
            (f"/v2/sessions/{NOBODY}", "GET HEAD"),
            (at(NOBODY, ""), "GET HEAD"),
            (at(NOBODY, "/peers"), "GET HEAD"),
            (at(NOBODY, f"/peers/{NO_PEER}"), "GET HEAD POST"),
            (at(NOBODY, "/send-message"), "POST"),
            (at(NOBODY, "/remove-peers"), "POST"),
            (at(NOBODY, "/end-room"), "POST"),
        ):
            own = set(methods.split())
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - own:
                with subtests.test(f"{method} {path}"):
                    for asking in (client, hms):
                        answer = await asking.request(method, path)
                        refused(answer, 405, "Method Not Allowed", "method not allowed")
                        assert set(re.split(r" *, *", answer.headers["allow"])) == own

    async def test_of_unknown_paths_are_not_found(self, hms: httpx.AsyncClient, refused: Check) -> None:
        for path in ("/v2/active-rooms", at(NOBODY, "/nothing"), at(NOBODY, "/peers/x/y"), "/v2/sessions/x/y"):
            for method in ("GET", "POST"):
                refused(await hms.request(method, path), 404, "Not Found", "path not found")
