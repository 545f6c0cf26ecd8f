"""Error codes: every row of the table with its whole body, who is heard at all, and crashes."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
TOKEN = "/api/realtime/token"
JSON = {"Content-Type": "application/json"}
Check = Callable[..., None]
Trouble = Callable[[], AbstractAsyncContextManager[None]]


class TestTable:
    """Each row of the published table, letter by letter."""

    async def test_authorization_missing(self, client: httpx.AsyncClient, same: Check) -> None:
        same(
            await client.post(ROOM),
            {"httpCode": 401, "code": "BASE-00001", "id": None, "description": ["Authorization missing."]},
        )

    async def test_authorization_invalid(self, client: httpx.AsyncClient, same: Check) -> None:
        key = "ce0ef13256b4eff41bef65af69f53ae750a81c15fd124c235a59eecaa766105bc"
        same(
            await client.post(ROOM, headers={"x-vcs-token": key}),
            {
                "httpCode": 400,
                "code": "REALTIME-00009",
                "id": "INVALID_TOKEN",
                "description": [
                    ("The token ::= [ce0ef13256b4eff41bef65af69f53ae750a81c15fd124c235a59eecaa766105bc] is invalid.")
                ],
            },
        )

    async def test_page_token_invalid(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(
            await vcs.get(f"{ROOM}?numberOfRecords=10&token=B53AF55E"),
            {
                "httpCode": 400,
                "code": "REALTIME-00009",
                "id": "INVALID_TOKEN",
                "description": ["The token ::= [B53AF55E] is invalid."],
            },
        )

    async def test_body_is_no_json(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(
            await vcs.post(ROOM, content=b"{name: 'Room A'}", headers=JSON),
            {
                "httpCode": 400,
                "code": "BASE-00014",
                "id": None,
                "description": ["The passed JSON body is invalid."],
            },
        )

    async def test_media_type_not_supported(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(
            await vcs.post(ROOM, content=b"{}", headers={"Content-Type": "text/plain"}),
            {
                "httpCode": 415,
                "code": "BASE-00017",
                "id": None,
                "description": ["Passed media type is not supported."],
            },
        )

    @pytest.mark.parametrize(("member", "limit"), [("name", 512), ("description", 4096)])
    async def test_text_too_long(self, vcs: httpx.AsyncClient, same: Check, member: str, limit: int) -> None:
        same(
            await vcs.post(ROOM, json={member: "a" * (limit + 1)}),
            {
                "httpCode": 400,
                "code": "BASE-00013",
                "id": "STRING_SIZE",
                "description": [f"The parameter with name ::= [{member}] is larger than ::= [{limit}] characters"],
            },
        )

    async def test_number_of_records_out_of_range(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(
            await vcs.get(ROOM, params={"numberOfRecords": 101}),
            {
                "httpCode": 400,
                "code": "BASE-00015",
                "id": "NUMBER_SIZE",
                "description": [
                    ("The parameter with name ::= [numberOfRecords] is is not within the range from ::= [1] to [100]")
                ],
            },
        )

    async def test_participant_count_out_of_range(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(
            await vcs.post(ROOM, json={"autoUpgradeParticipantCount": 1}),
            {
                "httpCode": 400,
                "code": "BASE-00015",
                "id": "NUMBER_SIZE",
                "description": [
                    (
                        "The parameter with name ::= [autoUpgradeParticipantCount] is is not within "
                        "the range from ::= [2] to [10000]"
                    )
                ],
            },
        )

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    async def test_room_does_not_exist(self, vcs: httpx.AsyncClient, same: Check, method: str) -> None:
        unknown = "RO-fafd9427-fedf-4e58-9150-97d86a25fe58"
        path = f"{ROOM}/{unknown}" if method == "GET" else f"{ROOM}?id={unknown}"
        same(
            await vcs.request(method, path),
            {
                "httpCode": 400,
                "code": "REALTIME-00004",
                "id": "CONFERENCE_ROOM_DOES_NOT_EXIST",
                "description": [
                    "A conference room with id ::= [RO-fafd9427-fedf-4e58-9150-97d86a25fe58] does not exist."
                ],
            },
        )

    @pytest.mark.parametrize(
        ("path", "member"),
        [
            (ROOM, "name"),
            (ROOM, "description"),
            (ROOM, "conferenceType"),
            (ROOM, "autoUpgradeParticipantCount"),
            (TOKEN, "token"),
        ],
    )
    async def test_member_invalid(self, vcs: httpx.AsyncClient, same: Check, path: str, member: str) -> None:
        same(
            await vcs.post(path, json={member: [True]}),
            {
                "httpCode": 400,
                "code": "BASE-00016",
                "id": "INVALID_PARAMETER",
                "description": [f"The parameter with name ::= [{member}] is invalid"],
            },
        )

    @pytest.mark.parametrize(("method", "path", "name"), [("DELETE", ROOM, "id"), ("POST", TOKEN, "token")])
    async def test_parameter_missing(
        self, vcs: httpx.AsyncClient, same: Check, method: str, path: str, name: str
    ) -> None:
        same(
            await vcs.request(method, path),
            {
                "httpCode": 400,
                "code": "BASE-00012",
                "id": "MISSING_PARAMETER",
                "description": [f"The parameter with name ::= [{name}] is missing"],
            },
        )


#: Requests with nothing wrong, and with everything wrong that is judged after authentication.
UNJUDGED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", ROOM, {}),
    ("GET", f"{ROOM}/", {}),
    ("GET", f"{ROOM}?numberOfRecords=0", {}),
    ("GET", f"{ROOM}?numberOfRecords=abc&token=nonsense", {}),
    ("GET", f"{ROOM}/RO-7403cb88-8e88-452a-8bb7-0923923348f7", {}),
    ("GET", f"{ROOM}/nonsense", {}),
    ("GET", f"{ROOM}/%00", {}),
    ("DELETE", ROOM, {}),
    ("DELETE", f"{ROOM}?id=nonsense", {}),
    ("POST", ROOM, {}),
    ("POST", ROOM, {"content": b"{", "headers": JSON}),
    ("POST", ROOM, {"content": b"\xff", "headers": JSON}),
    ("POST", ROOM, {"content": b"[" * 200_000, "headers": JSON}),
    ("POST", ROOM, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", ROOM, {"content": b"{}"}),
    ("POST", ROOM, {"content": b" " * (2**20 + 1), "headers": JSON}),
    ("POST", ROOM, {"json": {"name": "a" * 513, "conferenceType": "P2P"}}),
    ("POST", TOKEN, {}),
    ("POST", TOKEN, {"json": {"token": True}}),
    ("POST", TOKEN, {"content": b"x" * (2**20 + 1), "headers": {"Content-Type": "text/plain"}}),
]


class TestAuthentication:
    """Authentication comes first: without it a caller learns nothing else."""

    @pytest.mark.parametrize(("method", "path", "request_body"), UNJUDGED)
    async def test_without_a_key_authorization_is_missing_whatever_else_is_wrong(
        self, client: httpx.AsyncClient, refused: Check, method: str, path: str, request_body: dict[str, Any]
    ) -> None:
        refused(await client.request(method, path, **request_body), "BASE-00001")

    @pytest.mark.parametrize(("method", "path", "request_body"), UNJUDGED)
    async def test_with_an_unknown_key_it_is_repeated_whatever_else_is_wrong(
        self, client: httpx.AsyncClient, refused: Check, method: str, path: str, request_body: dict[str, Any]
    ) -> None:
        headers = {"x-vcs-token": "not-a-key"} | request_body.get("headers", {})
        answer = await client.request(method, path, **(request_body | {"headers": headers}))
        refused(answer, "REALTIME-00009", "not-a-key")

    async def test_an_empty_key_counts_as_none(self, client: httpx.AsyncClient, refused: Check) -> None:
        refused(await client.get(ROOM, headers={"x-vcs-token": ""}), "BASE-00001")

    @pytest.mark.parametrize("scheme", ["Bearer {}", "Basic {}", "{}"])
    async def test_a_key_in_another_header_counts_as_none(
        self, client: httpx.AsyncClient, refused: Check, vcs_key: str, scheme: str
    ) -> None:
        headers = {"Authorization": scheme.format(vcs_key), "Cookie": f"x-vcs-token={vcs_key}"}
        refused(await client.get(f"{ROOM}?x-vcs-token={vcs_key}", headers=headers), "BASE-00001")

    async def test_a_key_must_be_whole_and_in_its_own_case(
        self, client: httpx.AsyncClient, refused: Check, vcs_key: str
    ) -> None:
        for odd in (vcs_key[:-1], vcs_key[1:], vcs_key + "0", vcs_key * 2, vcs_key.swapcase(), "%", "*"):
            refused(await client.get(ROOM, headers={"x-vcs-token": odd}), "REALTIME-00009", odd)

    async def test_a_room_token_is_no_key(
        self, client: httpx.AsyncClient, vcs: httpx.AsyncClient, refused: Check
    ) -> None:
        token = (await vcs.post(ROOM)).json()["room"]["token"]
        refused(await client.get(ROOM, headers={"x-vcs-token": token}), "REALTIME-00009", token)

    async def test_a_key_of_4000_characters_is_repeated_whole(self, client: httpx.AsyncClient, refused: Check) -> None:
        refused(await client.get(ROOM, headers={"x-vcs-token": "k" * 4000}), "REALTIME-00009", "k" * 4000)

    async def test_head_without_a_key_has_the_headers_of_the_refusal(self, client: httpx.AsyncClient) -> None:
        get, head = await client.get(ROOM), await client.head(ROOM)
        assert (head.status_code, head.content) == (401, b"")
        assert head.headers["content-length"] == str(len(get.content))
        assert head.headers["content-type"] == "application/json"


class TestCrash:
    """What goes wrong on our side is told as BASE-00500, with nothing of the cause."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", ROOM), ("GET", ROOM), ("GET", f"{ROOM}/{{id}}"), ("DELETE", f"{ROOM}?id={{id}}")],
    )
    async def test_a_failing_statement_is_told_without_its_cause(
        self, vcs: httpx.AsyncClient, refused: Check, failing_statements: Trouble, method: str, path: str
    ) -> None:
        whole = path.format(id=(await vcs.post(ROOM)).json()["room"]["id"])
        async with failing_statements():
            refused(await vcs.request(method, whole), "BASE-00500")
        assert (await vcs.request(method, whole)).status_code == 200

    async def test_a_failing_commit_is_heard_of(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check, failing_commits: Trouble
    ) -> None:
        async with failing_commits():
            refused(await vcs.post(ROOM), "BASE-00500")
        same(await vcs.get(ROOM), {"data": []})
