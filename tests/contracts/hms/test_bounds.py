"""What is bounded where the documentation has no bound, so that no room can be a burden to a page of them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
POLL = "64a5f5a6b9a7a8c1d2e3f405"
KIBIBYTE = 1024
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


def of_size(document: dict[str, Any], size: int) -> dict[str, Any]:
    """Pad a document until its JSON, without white space, has so many bytes."""
    missing = size - len(json.dumps({**document, "pad": ""}, separators=(",", ":")))
    return {**document, "pad": "x" * missing}


class TestDocuments:
    @pytest.mark.parametrize(
        ("member", "document"),
        [("recording_info", {"enabled": True}), ("webhook", {"url": "https://receiver.example"})],
    )
    async def test_end_at_16_kibibytes(
        self, hms: httpx.AsyncClient, bad_body: Check, member: str, document: dict[str, Any]
    ) -> None:
        longest = of_size(document, 16 * KIBIBYTE)
        answer = await hms.post(ROOMS, json={member: longest})
        assert answer.json()[member] == longest
        too_long = of_size(document, 16 * KIBIBYTE + 1)
        bad_body(await hms.post(ROOMS, json={member: too_long}), f"{member} must not be larger than 16 KiB")

    async def test_of_many_small_parts_count_by_their_size(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        answer = await hms.post(ROOMS, json={"recording_info": {"x": [[]] * 100_000}})
        bad_body(answer, "recording_info must not be larger than 16 KiB")

    async def test_header_fields_that_are_null_count_as_absent(self, hms: httpx.AsyncClient) -> None:
        webhook = {"url": "https://receiver.example", "headers": {"a": None, "b": "c"}}
        answer = await hms.post(ROOMS, json={"webhook": webhook})
        assert answer.json()["webhook"] == {"url": "https://receiver.example", "headers": {"b": "c"}}


@pytest.mark.usefixtures("polls")
class TestPolls:
    async def test_end_at_a_thousand(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        answer = await hms.post(ROOMS, json={"polls": [POLL] * 1000})
        assert answer.json()["polls"] == [POLL] * 1000
        too_many = await hms.post(ROOMS, json={"polls": [POLL] * 1001})
        bad_body(too_many, "polls must have at most 1000 elements")

    async def test_are_read_no_further_than_the_first_that_is_wrong(
        self, hms: httpx.AsyncClient, bad_body: Check
    ) -> None:
        answer = await hms.post(ROOMS, json={"polls": [POLL, 5, *[6] * 300_000]})
        bad_body(answer, "polls.1 must be 24 hex digits")

    async def test_are_shown_in_lower_case(self, hms: httpx.AsyncClient) -> None:
        answer = await hms.post(ROOMS, json={"polls": [POLL.upper()]})
        assert answer.json()["polls"] == [POLL]


class TestQueries:
    async def test_a_limit_may_have_zeros_before_it(self, hms: httpx.AsyncClient, bad_query: Check) -> None:
        assert (await hms.get(ROOMS, params={"limit": "0" * 5000 + "10"})).json()["limit"] == 10
        answer = await hms.get(ROOMS, params={"limit": "1" + "0" * 5000})
        bad_query(answer, "limit must be a whole number from 10 to 100")

    @pytest.mark.parametrize("name", ["\u212aay", "me\u00df", "me\u017fs", "ka\u00ff"])
    async def test_letters_that_only_look_alike_are_others(
        self, hms: httpx.AsyncClient, create: Make, name: str
    ) -> None:
        """hms.md 6: exact, in whatever case."""
        await create(name="Kay")
        await create(name="mess")
        assert (await hms.get(ROOMS, params={"name": name})).json() == {"limit": 10, "data": [], "last": ""}


class TestOrder:
    @pytest.mark.parametrize("id", ["zzz", POLL])
    async def test_a_body_is_judged_before_the_room_is_looked_for(
        self, hms: httpx.AsyncClient, bad_body: Check, missing: Check, id: str
    ) -> None:
        """Row "id that is not 24 hex digits, in a path": as if absent, in this too."""
        bad_body(await hms.post(f"{ROOMS}/{id}", json={"size": "x"}), "size must be an integer")
        missing(await hms.post(f"{ROOMS}/{id}", json={"size": 1}))

    async def test_an_impossible_template_is_no_more_urgent_than_a_wrong_name(
        self, hms: httpx.AsyncClient, bad_body: Check
    ) -> None:
        answer = await hms.post(ROOMS, json={"template_id": "zzz", "name": "a b"})
        bad_body(answer, "name must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _")
