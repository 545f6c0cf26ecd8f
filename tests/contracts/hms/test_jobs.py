"""What recordings, their files, live streams and external streams have in common where no media engine is.

Lists are empty pages, ids are unknown, what a room is to begin or to end is 501 (hms.md §1.6 to §1.9, §2).
"""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

NOBODY = "0123456789abcdef01234567"
JSON = {"Content-Type": "application/json"}
NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
DISABLED = (403, "Room is disabled", "Room is disabled")
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]

OF_JOB = ["starting", "running", "stopping", "post_processing", "completed", "failed"]
#: Each list, the words for a status that it knows, and how it says them.
LISTS = {
    "recordings": (OF_JOB, "starting, running, stopping, post_processing, completed or failed"),
    "recording-assets": (["completed", "failed"], "completed or failed"),
    "live-streams": (OF_JOB, "starting, running, stopping, post_processing, completed or failed"),
    "external-streams": (OF_JOB, "starting, running, stopping, post_processing, completed or failed"),
}
#: What is done with one of them, and how it is called.
OF_ONE = [
    *(("GET", f"{kind}s/{{}}", kind) for kind in ("recording", "recording-asset", "live-stream", "external-stream")),
    *(("POST", f"{kind}s/{{}}/stop", kind) for kind in ("recording", "live-stream", "external-stream")),
    ("GET", "recording-assets/{}/presigned-url", "recording-asset"),
    ("POST", "live-streams/{}/pause-recording", "live-stream"),
    ("POST", "live-streams/{}/resume-recording", "live-stream"),
]
STARTS: dict[str, dict[str, Any]] = {
    "recordings": {"audio_only": True},
    "live-streams": {"recording": {"hls_vod": True}},
    "external-streams": {"rtmp_urls": ["rtmp://live.example/key"]},
}
#: What is done with all of a room.
OF_ROOM = ["recordings/room/{}/pause", "recordings/room/{}/resume", *(f"{kind}/room/{{}}/stop" for kind in STARTS)]
NO_IDS = ["x", NOBODY[:-1], f"{NOBODY}0", "%00", "\u0660" * 24, "room"]


def words(kind: str) -> str:
    """Return how a thing is called where it is missing."""
    return kind.replace("-", " ").capitalize()


@pytest.mark.parametrize("kind", LISTS)
class TestList:
    async def test_is_an_empty_page(self, hms: httpx.AsyncClient, same: Check, kind: str) -> None:
        for path in (f"/v2/{kind}", f"/api/v2/{kind}", f"/v2/{kind}/"):
            same(await hms.get(path), {"limit": 10, "data": [], "last": ""})

    async def test_says_how_many_were_tried(self, hms: httpx.AsyncClient, same: Check, kind: str) -> None:
        for limit, tried in (("", 10), ("10", 10), ("57", 57), ("0100", 100)):
            answer = await hms.get(f"/v2/{kind}", params={"limit": limit})
            same(answer, {"limit": tried, "data": [], "last": ""})

    async def test_has_filters_that_combine_or_are_absent(
        self, hms: httpx.AsyncClient, same: Check, create: Make, kind: str
    ) -> None:
        room = (await create())["id"]
        for status in ("", *LISTS[kind][0]):
            for filters in (
                {"status": status},
                {"status": status, "room_id": room, "session_id": NOBODY.upper(), "start": room, "last": "x"},
                {"status": status, "room_id": "", "session_id": "", "start": "", "limit": ""},
            ):
                same(await hms.get(f"/v2/{kind}", params=filters), {"limit": 10, "data": [], "last": ""})

    async def test_asks_the_database_for_the_key_alone(
        self, hms: httpx.AsyncClient, asked: list[str], kind: str
    ) -> None:
        await hms.get(f"/v2/{kind}")
        asked.clear()
        await hms.get(f"/v2/{kind}", params={"room_id": NOBODY, "limit": 100})
        [query] = asked
        assert "api_key" in query
        assert "conference" not in query

    @pytest.mark.parametrize(
        ("parameter", "text", "values"),
        [
            ("limit", "limit must be a whole number from 10 to 100", ["9", "101", "x", "-1", "10.0", "9" * 5000]),
            ("start", "start must be 24 hex digits", ["x", f"{NOBODY}0", "\0"]),
            ("room_id", "room_id must be 24 hex digits", ["x", NOBODY[:-1], "\u0660" * 24]),
            ("session_id", "session_id must be 24 hex digits", ["x", "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"]),
            ("status", "status must be {}", ["Completed", "done", "completed,failed", "completed\0", "processing"]),
        ],
    )
    async def test_judges_its_query(
        self, hms: httpx.AsyncClient, bad_query: Check, *, kind: str, parameter: str, text: str, values: list[str]
    ) -> None:
        for value in values:
            bad_query(await hms.get(f"/v2/{kind}", params={parameter: value}), text.format(LISTS[kind][1]))

    async def test_of_files_knows_no_status_of_a_recording(
        self, hms: httpx.AsyncClient, bad_query: Check, kind: str
    ) -> None:
        for status in set(OF_JOB).difference(LISTS[kind][0]):
            bad_query(await hms.get(f"/v2/{kind}", params={"status": status}), f"status must be {LISTS[kind][1]}")


@pytest.mark.parametrize(("method", "path", "kind"), OF_ONE)
class TestOne:
    async def test_is_unknown(
        self, hms: httpx.AsyncClient, missing: Check, create: Make, *, method: str, path: str, kind: str
    ) -> None:
        room = (await create())["id"]
        for id in (NOBODY, NOBODY.upper(), "0" * 24, room, *NO_IDS):
            for prefix in ("/v2/", "/api/v2/"):
                missing(await hms.request(method, prefix + path.format(id)), words(kind))

    async def test_has_no_body_to_be_judged(
        self, hms: httpx.AsyncClient, missing: Check, *, method: str, path: str, kind: str
    ) -> None:
        """The Node SDK sends `{}`, the documented lines nothing."""
        for content in (b"", b"{}", b"{", b"[]"):
            answer = await hms.request(method, "/v2/" + path.format(NOBODY), content=content, headers=JSON)
            missing(answer, words(kind))


class TestRoom:
    """What is to end, to pause or to go on in a room."""

    @pytest.mark.parametrize("path", OF_ROOM)
    async def test_that_is_there_has_no_engine(
        self, hms: httpx.AsyncClient, same: Check, create: Make, path: str
    ) -> None:
        """Disabled or not: what was begun before goes on until it is stopped."""
        for room in (await create(name="one"), await create(name="two", enabled=False)):
            for content in (b"", b"{}", b"{"):
                answer = await hms.post("/v2/" + path.format(room["id"]), content=content, headers=JSON)
                same(answer, NO_ENGINE, 501)

    @pytest.mark.parametrize("path", OF_ROOM)
    async def test_that_is_not_there(self, hms: httpx.AsyncClient, missing: Check, path: str) -> None:
        for id in (NOBODY, *NO_IDS):
            missing(await hms.post("/v2/" + path.format(id)))

    async def test_whose_time_is_over(
        self, hms: httpx.AsyncClient, missing: Check, create: Make, database: asyncpg.Connection
    ) -> None:
        room = (await create())["id"]
        await database.execute("UPDATE conference SET expires_at = now()")
        missing(await hms.post(f"/v2/recordings/room/{room}/stop"))
        missing(await hms.post(f"/v2/recordings/room/{room}/start"))


@pytest.mark.parametrize("kind", STARTS)
class TestStart:
    @pytest.fixture
    async def room(self, create: Make) -> str:
        return str((await create(name="one"))["id"])

    async def test_has_no_engine(self, hms: httpx.AsyncClient, same: Check, room: str, kind: str) -> None:
        for prefix in ("/v2", "/api/v2"):
            same(await hms.post(f"{prefix}/{kind}/room/{room}/start", json=STARTS[kind]), NO_ENGINE, 501)
        as_text = await hms.post(
            f"/v2/{kind}/room/{room}/start",
            content=b'{"rtmp_urls":["rtmps://a/b"]}',
            headers={"Content-Type": "text/plain"},
        )
        same(as_text, NO_ENGINE, 501)

    async def test_in_no_room(self, hms: httpx.AsyncClient, missing: Check, kind: str) -> None:
        for id in (NOBODY, *NO_IDS):
            missing(await hms.post(f"/v2/{kind}/room/{id}/start", json=STARTS[kind]))

    async def test_in_a_disabled_room(self, hms: httpx.AsyncClient, refused: Check, create: Make, kind: str) -> None:
        room = (await create(name="two", enabled=False))["id"]
        refused(await hms.post(f"/v2/{kind}/room/{room}/start", json=STARTS[kind]), *DISABLED)

    async def test_by_a_wrong_body_is_told_first(
        self, hms: httpx.AsyncClient, create: Make, bad_body: Check, refused: Check, *, room: str, kind: str
    ) -> None:
        disabled = (await create(name="two", enabled=False))["id"]
        for id in (room, disabled, NOBODY, "x"):
            url = f"/v2/{kind}/room/{id}/start"
            bad_body(await hms.post(url, json={"destination": 1, **STARTS[kind]}), "destination must be a string")
            for content in (b"{", b"[]", b"null", b'"x"', b'{"x":"\\ud800"}', b"\xff"):
                bad_body(await hms.post(url, content=content, headers=JSON), "body is not a JSON object")
        large = b'{"x":"%s"}' % (b"x" * 2**20)
        too_large = (413, "Payload Too Large", "body is larger than 1 MiB")
        refused(await hms.post(f"/v2/{kind}/room/{room}/start", content=large, headers=JSON), *too_large)


class TestToken:
    """It comes before the query, the body and what there is."""

    async def test_comes_first(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check, create: Make
    ) -> None:
        room = (await create())["id"]
        requests = [
            *(("GET", f"{kind}?limit=1") for kind in LISTS),
            *((method, path.format(NOBODY)) for method, path, _ in OF_ONE),
            *(("POST", path.format(room)) for path in OF_ROOM),
            *(("POST", f"{kind}/room/{room}/start") for kind in STARTS),
        ]
        client_token = {"Authorization": f"Bearer {mint(type='app', room_id=room, role='host')}"}
        for method, path in requests:
            content = b"{" if method == "POST" else b""
            unauthorized(await client.request(method, f"/v2/{path}", content=content), "not found")
            forbidden(await client.request(method, f"/v2/{path}", content=content, headers=client_token))
