"""What would be told of a poll that was held: its sessions, responses and results (hms.md 1.11).

Without a media engine none ever is: lists are empty, and every id is unknown.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

POLLS = "/v2/polls"
NOBODY = "0123456789abcdef01234567"
NO_IDS = ["x", NOBODY[:-1], f"{NOBODY}0", "%00", "\u0660" * 24]
#: Each list, the member that has what it lists, and how one of these is called.
LISTS = {
    "sessions": ("responses", "Session"),
    "responses": ("responses", "Response"),
    "results": ("results", "Result"),
}
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def id(make_poll: Make) -> str:
    return str((await make_poll(questions=[{"text": "Where?"}]))["id"])


@pytest.mark.parametrize("kind", LISTS)
class TestList:
    async def test_is_an_empty_page(self, hms: httpx.AsyncClient, same: Check, id: str, kind: str) -> None:
        nothing = {"last": "", "limit": 10, LISTS[kind][0]: []}
        for path in (f"/v2/polls/{id}/{kind}", f"/api/v2/polls/{id.upper()}/{kind}", f"/v2/polls/{id}/{kind}/"):
            same(await hms.get(path), nothing)

    async def test_says_how_many_were_tried(self, hms: httpx.AsyncClient, same: Check, id: str, kind: str) -> None:
        for limit, tried in (("", 10), ("10", 10), ("57", 57), ("0100", 100)):
            answer = await hms.get(f"{POLLS}/{id}/{kind}", params={"limit": limit})
            same(answer, {"last": "", "limit": tried, LISTS[kind][0]: []})

    async def test_has_filters_that_combine_or_are_absent(
        self, hms: httpx.AsyncClient, same: Check, id: str, kind: str
    ) -> None:
        for filters in (
            {"start": NOBODY.upper(), "all": "True", "question": "007", "last": "x"},
            {"all": "false", "question": "0"},
            {"start": "", "all": "", "question": "", "limit": ""},
        ):
            answer = await hms.get(f"{POLLS}/{id}/{kind}", params=filters)
            same(answer, {"last": "", "limit": 10, LISTS[kind][0]: []})

    @pytest.mark.parametrize(
        ("parameter", "text", "values"),
        [
            ("limit", "limit must be a whole number from 10 to 100", ["9", "101", "x", "-1", "10.0", "9" * 5000]),
            ("start", "start must be 24 hex digits", ["x", f"{NOBODY}0", "\0"]),
            ("all", "all must be true or false", ["1", "yes", "true\0"]),
        ],
    )
    async def test_judges_its_query(
        self,
        hms: httpx.AsyncClient,
        bad_query: Check,
        *,
        id: str,
        kind: str,
        parameter: str,
        text: str,
        values: list[str],
    ) -> None:
        for value in values:
            for poll in (id, NOBODY):
                bad_query(await hms.get(f"{POLLS}/{poll}/{kind}", params={parameter: value}), text)

    async def test_of_answers_goes_by_a_question(
        self, hms: httpx.AsyncClient, same: Check, bad_query: Check, id: str, kind: str
    ) -> None:
        for question in ("x", "-1", "1.0", "1e0", "\u0661", "1" + "0" * 9):
            answer = await hms.get(f"{POLLS}/{id}/{kind}", params={"question": question})
            if kind == "sessions":
                same(answer, {"last": "", "limit": 10, "responses": []})
            else:
                bad_query(answer, "question must be a whole number from 0 to 999999999")

    async def test_of_no_poll(self, hms: httpx.AsyncClient, missing: Check, create: Make, kind: str) -> None:
        for poll in (NOBODY, (await create())["id"], *NO_IDS):
            missing(await hms.get(f"{POLLS}/{poll}/{kind}"), "Poll")


@pytest.mark.parametrize("kind", LISTS)
class TestOne:
    async def test_is_unknown(self, hms: httpx.AsyncClient, missing: Check, id: str, kind: str) -> None:
        for one in (NOBODY, NOBODY.upper(), "0" * 24, id, *NO_IDS):
            for prefix in ("/v2", "/api/v2"):
                missing(await hms.get(f"{prefix}/polls/{id}/{kind}/{one}"), LISTS[kind][1])

    async def test_of_no_poll(self, hms: httpx.AsyncClient, missing: Check, id: str, kind: str) -> None:
        for poll in (NOBODY, *NO_IDS):
            missing(await hms.get(f"{POLLS}/{poll}/{kind}/{id}"), "Poll")


class TestToken:
    """It comes before the query, the body and what there is."""

    async def test_comes_first(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check, id: str
    ) -> None:
        requests = [
            ("POST", ""),
            *((method, f"/{poll}") for poll in (id, NOBODY) for method in ("GET", "POST")),
            *((method, f"/{id}/questions/1") for method in ("POST", "DELETE")),
            *((method, f"/{id}/questions/1/options/1") for method in ("POST", "DELETE")),
            *(("GET", f"/{poll}/{kind}?limit=1") for poll in (id, NOBODY) for kind in LISTS),
            *(("GET", f"/{id}/{kind}/{NOBODY}") for kind in LISTS),
        ]
        client_token = {"Authorization": f"Bearer {mint(type='app', room_id=NOBODY, role='host')}"}
        for method, path in requests:
            content = b"{" if method == "POST" else b""
            unauthorized(await client.request(method, POLLS + path, content=content), "not found")
            forbidden(await client.request(method, POLLS + path, content=content, headers=client_token))
