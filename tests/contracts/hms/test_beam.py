"""POST /v2/beam, the legacy call that records and streams: its errors have numbers of their own (hms.md §3)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

BEAM = "/v2/beam"
NOBODY = "0123456789abcdef01234567"
NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
START: dict[str, Any] = {"operation": "start", "room_id": NOBODY, "meeting_url": "https://meet.example/one"}
URLS = ["rtmp://live.example/key"]
TEXTS = {
    3: "room_id missing",
    4: "room_id invalid",
    5: "rtmp_url and record missing",
    6: "meeting_url missing",
    7: "meeting_url invalid",
    8: "operation invalid",
    9: "operation missing",
    10: "no active beam found for the passed in identifiers",
    11: "Resolution not supported",
}
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def wrong(same: Check) -> Check:
    """`wrong(answer, number)`: what is wrong by the documented number, whole."""

    def wrong(answer: httpx.Response, number: int) -> None:
        same(answer, {"code": number, "message": f"Error: {TEXTS[number]}"}, 404 if number == 10 else 400)

    return wrong


class TestStart:
    @pytest.mark.parametrize(
        "more",
        [
            {"record": True},
            {"record": True, "rtmp_urls": []},
            {"rtmp_urls": URLS, "record": False},
            {"rtmp_urls": URLS * 5, "resolution": {"width": 1080, "height": 1920}, "unknown": 1},
            {"record": True, "resolution": None},
        ],
    )
    async def test_has_no_engine(self, hms: httpx.AsyncClient, same: Check, create: Make, more: dict[str, Any]) -> None:
        room = (await create())["id"]
        for path in (BEAM, f"/api{BEAM}"):
            same(await hms.post(path, json={**START, "room_id": room.upper(), **more}), NO_ENGINE, 501)

    async def test_in_no_room(self, hms: httpx.AsyncClient, wrong: Check) -> None:
        wrong(await hms.post(BEAM, json={**START, "record": True}), 4)

    async def test_in_a_disabled_room(self, hms: httpx.AsyncClient, refused: Check, create: Make) -> None:
        room = (await create(enabled=False))["id"]
        answer = await hms.post(BEAM, json={**START, "room_id": room, "record": True})
        refused(answer, 403, "Room is disabled", "Room is disabled")

    @pytest.mark.parametrize(
        ("number", "members"),
        [
            (6, [{"meeting_url": None}, {"meeting_url": ""}, {"meeting_url": None, "resolution": 1}]),
            (7, [{"meeting_url": value} for value in ("x", "rtmp://a/b", "https://", 1, [], f"https://{'x' * 2041}")]),
            (7, [{"meeting_url": "x", "resolution": 1}]),
            (5, [{}, {"record": False}, {"record": None, "rtmp_urls": None}, {"rtmp_urls": []}, {"resolution": 1}]),
            (11, [{"record": True, "resolution": value} for value in ({}, [], "x", {"width": 1280})]),
            (
                11,
                [
                    {"record": True, "resolution": {"width": width, "height": height}}
                    for width, height in ((499, 500), (500, 479), (1921, 500), (1081, 1081), ("1280", 720))
                ],
            ),
        ],
    )
    async def test_is_wrong(
        self, hms: httpx.AsyncClient, wrong: Check, number: int, members: list[dict[str, Any]]
    ) -> None:
        for more in members:
            wrong(await hms.post(BEAM, json={**START, **more}), number)

    async def test_of_other_types_is_told_in_the_words_of_the_api(
        self, hms: httpx.AsyncClient, bad_body: Check
    ) -> None:
        for more, text in (
            ({"record": "true"}, "record must be a boolean"),
            ({"rtmp_urls": URLS[0]}, "rtmp_urls must be an array"),
            ({"rtmp_urls": URLS * 6}, "rtmp_urls must have at most 5 elements"),
            ({"rtmp_urls": ["x"]}, "rtmp_urls.0 must be an rtmp or rtmps URL"),
        ):
            bad_body(await hms.post(BEAM, json={**START, **more}), text)


class TestStop:
    async def test_where_nothing_runs(self, hms: httpx.AsyncClient, wrong: Check, create: Make) -> None:
        for room in (await create(name="one"), await create(name="two", enabled=False), {"id": NOBODY}):
            for path in (BEAM, f"/api{BEAM}"):
                wrong(await hms.post(path, json={"operation": "stop", "room_id": room["id"]}), 10)


class TestBoth:
    @pytest.mark.parametrize(
        ("number", "bodies"),
        [
            (9, [{}, {"operation": None}, {"operation": ""}, {"room_id": "x"}]),
            (8, [{"operation": value} for value in ("pause", "Start", 1, ["start"], {}, True)]),
            (8, [{"operation": "x", "room_id": "x", "meeting_url": "x"}]),
            (3, [{"operation": name, "room_id": id} for name in ("start", "stop") for id in (None, "")]),
            (3, [{"operation": "start", "meeting_url": "x"}]),
            (4, [{"operation": "stop", "room_id": id} for id in ("x", NOBODY[:-1], f"{NOBODY}0", 1, [], "\0")]),
            (4, [{"operation": "start", "room_id": "x", "meeting_url": ""}]),
        ],
    )
    async def test_are_wrong(
        self, hms: httpx.AsyncClient, wrong: Check, number: int, bodies: list[dict[str, Any]]
    ) -> None:
        for body in bodies:
            wrong(await hms.post(BEAM, json=body), number)

    async def test_without_a_body(self, hms: httpx.AsyncClient, wrong: Check, bad_body: Check) -> None:
        wrong(await hms.post(BEAM), 9)
        for content in (b"{", b"[]", b"null"):
            bad_body(await hms.post(BEAM, content=content), "body is not a JSON object")

    async def test_the_token_comes_first(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check
    ) -> None:
        unauthorized(await client.post(BEAM, content=b"{"), "not found")
        token = mint(type="app", room_id=NOBODY, role="host")
        forbidden(await client.post(BEAM, content=b"{", headers={"Authorization": f"Bearer {token}"}))
