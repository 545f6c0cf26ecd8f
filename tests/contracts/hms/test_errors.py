"""The documented texts, each with its whole body; who is heard at all; crashes."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
JSON = {"Content-Type": "application/json"}
Check = Callable[..., None]
Trouble = Callable[[], AbstractAsyncContextManager[None]]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Mint = Callable[..., str]


def fault(text: str) -> Room:
    """Row "bad body or query"."""
    return {"code": 400, "message": "Invalid body param", "details": [f"Invalid body param: {text}"]}


def lone(text: str) -> Room:
    """Row "texts that stand alone"."""
    return {"code": 400, "message": text, "details": [text]}


class TestTable:
    """Letter by letter."""

    async def test_room_not_found(self, hms: httpx.AsyncClient, same: Check) -> None:
        text = "Error: Room not found"
        same(
            await hms.get(f"{ROOMS}/{NOBODY}"),
            {"code": 404, "message": text, "data": {"description": text}},
            404,
        )

    async def test_token_validation_error(self, client: httpx.AsyncClient, same: Check) -> None:
        same(await client.get(ROOMS), {"code": 401, "message": "Token validation error", "details": ["not found"]}, 401)

    @pytest.mark.parametrize(
        ("own", "reason"),
        [
            ({"version": 1}, "token is malformed"),
            ({"secret": "another secret of enough characters for any key"}, "signature is invalid"),
            ({"exp": 1}, "token is expired"),
            ({"nbf": 2**40}, "token is not valid yet"),
        ],
    )
    async def test_other_token_validation_errors(
        self, client: httpx.AsyncClient, same: Check, mint: Mint, own: Room, reason: str
    ) -> None:
        headers = {"Authorization": f"Bearer {mint(**own)}"}
        answer = await client.get(ROOMS, headers=headers)
        same(answer, {"code": 401, "message": "Token validation error", "details": [reason]}, 401)

    async def test_forbidden(self, client: httpx.AsyncClient, same: Check, mint: Mint) -> None:
        text = "The API management token provided doesn't have enough permission"
        answer = await client.get(ROOMS, headers={"Authorization": f"Bearer {mint(type='app')}"})
        same(answer, {"code": 403, "message": "Forbidden", "details": [text]}, 403)

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            ({"size": 20001}, fault("room size greater than 20000")),
            ({"size": 2501}, fault("room size greater than 2500, set large_room flag as true")),
            ({"size": -1}, fault("room size less than 0")),
            ({"max_duration_seconds": 119}, fault("max_duration_seconds less than 120 seconds")),
            ({"max_duration_seconds": 43201}, fault("max_duration_seconds greater than 43200 seconds")),
            ({"active": False}, fault("name is required when active is false")),
            ({"description": 1}, fault("description must be a string")),
            ({"region": "ap"}, lone("Error: region not supported")),
            ({"template": "none"}, lone("Error: template not found")),
            ({"template_id": NOBODY}, lone("Error: template not found")),
            ({"recording_info": {"upload_info": {"type": "s3"}}}, lone("Bucket location is missing")),
            ({"recording_info": {"upload_info": {}}}, lone("Invalid upload configuration")),
        ],
    )
    async def test_a_bad_body(self, hms: httpx.AsyncClient, same: Check, sent: Room, expected: Room) -> None:
        same(await hms.post(ROOMS, json=sent), expected, 400)
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("sent", [b"{", b"[]", b"null"])
    async def test_a_body_that_is_no_object(self, hms: httpx.AsyncClient, same: Check, sent: bytes) -> None:
        same(await hms.post(ROOMS, content=sent, headers=JSON), fault("body is not a JSON object"), 400)

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("limit=9", "limit must be a whole number from 10 to 100"),
            ("start=x", "start must be 24 hex digits"),
            ("template_id=x", "template_id must be 24 hex digits"),
            ("enabled=x", "enabled must be true or false"),
            ("after=x", "after must be a time like 2006-01-02T15:04:05.000Z"),
            ("before=x", "before must be a time like 2006-01-02T15:04:05.000Z"),
        ],
    )
    async def test_a_bad_query(self, hms: httpx.AsyncClient, same: Check, query: str, text: str) -> None:
        details = [f"Invalid query parameter: {text}"]
        same(
            await hms.get(f"{ROOMS}?{query}"),
            {"code": 400, "message": "Invalid query parameter", "details": details},
            400,
        )

    @pytest.mark.parametrize(
        ("method", "path", "more", "expected"),
        [
            ("GET", "/v2/nothing", {}, (404, "Not Found", "path not found")),
            ("PUT", ROOMS, {}, (405, "Method Not Allowed", "method not allowed")),
            ("POST", ROOMS, {"content": b" " * (2**20 + 1)}, (413, "Payload Too Large", "body is larger than 1 MiB")),
            (
                "GET",
                ROOMS,
                {"headers": {"x-padding": "x" * 40_000}},
                (431, "Request Header Fields Too Large", "header fields are larger than 32 KiB"),
            ),
        ],
        ids=["404", "405", "413", "431"],
    )
    async def test_of_any_api(
        self, hms: httpx.AsyncClient, same: Check, method: str, path: str, more: Room, *, expected: tuple[int, str, str]
    ) -> None:
        """Row "unknown path, wrong method, too large, crash"."""
        code, message, detail = expected
        answer = await hms.request(method, path, **more)
        same(answer, {"code": code, "message": message, "details": [detail]}, code)


#: Requests with nothing wrong, and with everything wrong that is judged after authentication.
UNJUDGED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", ROOMS, {}),
    ("GET", f"{ROOMS}/", {}),
    ("GET", "/api/v2/rooms", {}),
    ("GET", f"{ROOMS}?limit=0", {}),
    ("GET", f"{ROOMS}?limit=abc&start=x&enabled=x&after=x&template_id=x", {}),
    ("GET", f"{ROOMS}?name=%00", {}),
    ("GET", f"{ROOMS}/{NOBODY}", {}),
    ("GET", f"{ROOMS}/nonsense", {}),
    ("GET", f"{ROOMS}/%00", {}),
    ("GET", f"{ROOMS}/%0A", {}),
    ("POST", ROOMS, {}),
    ("POST", ROOMS, {"content": b"{", "headers": JSON}),
    ("POST", ROOMS, {"content": b"\xff", "headers": JSON}),
    ("POST", ROOMS, {"content": b"[" * 200_000, "headers": JSON}),
    ("POST", ROOMS, {"content": b"null", "headers": JSON}),
    ("POST", ROOMS, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", ROOMS, {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("POST", ROOMS, {"json": {"name": "", "size": -1, "template": "none"}}),
    ("POST", ROOMS, {"json": {"name": "none", "active": False}}),
    ("POST", f"{ROOMS}/{NOBODY}", {"json": {"enabled": False}}),
    ("POST", f"{ROOMS}/nonsense", {"content": b"{"}),
]


class TestAuthenticationComesFirst:
    """An unauthenticated caller learns nothing else."""

    @pytest.mark.parametrize(("method", "path", "more"), UNJUDGED, ids=range(len(UNJUDGED)))
    async def test_without_a_good_token(
        self, client: httpx.AsyncClient, unauthorized: Check, mint: Mint, *, method: str, path: str, more: Room
    ) -> None:
        unauthorized(await client.request(method, path, **more), "not found")
        for token, reason in ((mint(exp=1), "token is expired"), ("x", "token is malformed")):
            headers = {"Authorization": f"Bearer {token}"} | more.get("headers", {})
            unauthorized(await client.request(method, path, **(more | {"headers": headers})), reason)


class TestHead:
    async def test_without_a_token_has_the_headers_of_the_refusal(self, client: httpx.AsyncClient) -> None:
        get, head = await client.get(ROOMS), await client.head(ROOMS)
        assert (head.status_code, head.content) == (401, b"")
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["content-type"] == "application/json"


class TestCrash:
    """What goes wrong on our side is told with nothing of the cause."""

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", ROOMS, None),
            ("GET", f"{ROOMS}?name=room-a", None),
            ("GET", f"{ROOMS}/{{id}}", None),
            ("POST", ROOMS, {}),
            ("POST", ROOMS, {"name": "room-a", "description": "x"}),
            ("POST", f"{ROOMS}/{{id}}", {"size": 5}),
        ],
    )
    async def test_a_failing_statement(
        self,
        hms: httpx.AsyncClient,
        create: Make,
        refused: Check,
        failing_statements: Trouble,
        *,
        method: str,
        path: str,
        body: Room | None,
    ) -> None:
        room = await create(name="room-a")
        whole = path.format(id=room["id"])
        async with failing_statements():
            answer = await hms.request(method, whole, json=body)
            refused(answer, 500, "Internal Server Error", "internal error")
        assert (await hms.request(method, whole, json=body)).status_code == 200

    async def test_a_failing_commit_is_heard_of(
        self, hms: httpx.AsyncClient, same: Check, refused: Check, failing_commits: Trouble
    ) -> None:
        async with failing_commits():
            refused(await hms.post(ROOMS), 500, "Internal Server Error", "internal error")
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})
