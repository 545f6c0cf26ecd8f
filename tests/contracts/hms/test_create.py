"""POST /v2/rooms with a name that is new, or without one."""

import re
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

ROOMS = "/v2/rooms"
JSON = {"Content-Type": "application/json"}
POLL = "64a5f5a6b9a7a8c1d2e3f405"
pytestmark = pytest.mark.usefixtures("polls")
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Whole = Callable[..., Room]

EVERYTHING: Room = {
    "name": "Room-A.1:b_C",
    "description": "9PM English class, batch 2 é😀",
    "recording_info": {"enabled": True, "upload_info": {"type": "s3", "location": "bucket"}},
    "region": "eu",
    "large_room": True,
    "size": 20000,
    "max_duration_seconds": 43200,
    "polls": [POLL],
    "webhook": {"url": "https://hooks.example/in", "headers": {"x-secret": "yes"}},
    "enabled": True,
}


class TestCreate:
    async def test_with_everything_answers_the_whole_room_in_the_decided_order(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole
    ) -> None:
        """Row "a room's members, in this order"."""
        answer = await hms.post(ROOMS, json=EVERYTHING)
        room = answer.json()
        same(answer, whole(room, **EVERYTHING))
        same(await hms.get(f"{ROOMS}/{room['id']}"), whole(room, **EVERYTHING))

    @pytest.mark.parametrize(
        "request_body",
        [
            {},
            {"content": b""},
            {"content": b"", "headers": JSON},
            {"content": b"", "headers": {"Content-Type": "text/plain"}},
            {"json": {}},
            {"content": b"{}"},
            {"content": b" {\n} ", "headers": {"Content-Type": "text/plain;charset=UTF-8"}},
            {
                "json": {
                    "unknown": 1,
                    "id": "0" * 24,
                    "customer_id": "mine",
                    "created_at": "now",
                    "key": [],
                    "app_id": 0,
                }
            },
            {"json": {"recording_source_template": False, "updated_at": 1, "customer": {}, "user": "me"}},
            {"json": dict.fromkeys([*EVERYTHING, "active", "template", "template_id"])},
        ],
        ids=[
            "no body",
            "empty body",
            "typed, without a body",
            "typed otherwise, without a body",
            "empty object",
            "empty object without a type",
            "empty object of another type",
            "unknown members",
            "members that only answers have",
            "all members null",
        ],
    )
    async def test_with_nothing_answers_a_room_with_a_name_of_our_own(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, request_body: dict[str, Any]
    ) -> None:
        answer = await hms.post(ROOMS, **request_body)
        room = answer.json()
        same(answer, whole(room))
        same(await hms.get(ROOMS), {"limit": 10, "data": [whole(room)], "last": room["id"]})

    async def test_an_omitted_name_is_a_uuid4(self, create: Make) -> None:
        """Row "omitted name"."""
        names = [(await create())["name"] for _ in range(3)]
        assert [str(UUID(name)) for name in names] == names
        assert {UUID(name).version for name in names} == {4}
        assert len(set(names)) == 3

    async def test_the_time_is_now_and_the_room_was_never_changed(self, create: Make) -> None:
        """Row "timestamps": `updated_at` of a never-changed room equals `created_at`."""
        before = time.time()
        room = await create()
        assert before - 0.002 <= datetime.fromisoformat(room["created_at"]).timestamp() <= time.time() + 0.002
        assert room["updated_at"] == room["created_at"]

    async def test_ids_rise(self, create: Make) -> None:
        made = [(await create())["id"] for _ in range(5)]
        assert made == sorted(made)
        assert len(set(made)) == 5
        assert all(re.fullmatch("[0-9a-f]{24}", id) for id in made)

    async def test_a_status_of_200_and_not_201(self, hms: httpx.AsyncClient) -> None:
        assert (await hms.post(ROOMS)).status_code == 200

    @pytest.mark.parametrize("path", [f"{ROOMS}/", "/api/v2/rooms", "/api/v2/rooms/"])
    async def test_by_another_spelling_of_the_path(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, path: str
    ) -> None:
        answer = await hms.post(path, json={"name": "room-a"})
        same(answer, whole(answer.json(), name="room-a"))
        same(await hms.get(f"{ROOMS}/{answer.json()['id']}"), answer.json())

    async def test_of_a_member_given_twice_the_last_counts(self, hms: httpx.AsyncClient) -> None:
        answer = await hms.post(ROOMS, content=b'{"name":1,"name":"room-a","size":-1,"size":5}', headers=JSON)
        assert (answer.json()["name"], answer.json()["size"]) == ("room-a", 5)


class TestName:
    """Row "name not of `[a-zA-Z0-9.:_-]`, empty, or over 255 characters"."""

    FAULT = "name must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _"

    @pytest.fixture
    async def paths(self, create: Make) -> list[str]:
        """Where a name can be given; there is one room."""
        return [ROOMS, f"{ROOMS}/{(await create(name='room-a'))['id']}"]

    async def test_is_kept_as_it_is(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, create: Make, subtests: pytest.Subtests
    ) -> None:
        for name in (
            "a",
            "Z",
            "0",
            ".",
            "-",
            ":",
            "_",
            "..",
            "-.:_",
            "abcdefghijklmnopqrstuvwxyz",
            "ZYXWVUTSRQPONMLKJIHGFEDCBA",
            "0123456789",
            "null",
            "RO-7403cb88-8e88-452a-8bb7-0923923348f7",
            "64a5f5a6b9a7a8c1d2e3f405",
            "a" * 254,
            "a" * 255,
        ):
            with subtests.test(repr(name)[:60]):
                room = await create(name=name)
                assert room == whole(room, name=name)
                same(await hms.get(f"{ROOMS}/{room['id']}"), room)
                same(await hms.get(ROOMS, params={"name": name}), {"limit": 10, "data": [room], "last": room["id"]})

    async def test_of_other_characters_empty_or_too_long(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, paths: list[str], subtests: pytest.Subtests
    ) -> None:
        for name in (
            "",
            " ",
            " a",
            "a ",
            "a b",
            "a\n",
            "\na",
            "a\tb",
            "a/b",
            "a+b",
            "a,b",
            "a;b",
            "a@b",
            "a%b",
            "a*",
            "a'--",
            'a"',
            "a\\",
            "é",
            "\u017f",
            "\u212a",
            "\u0130",
            "a\u0301",
            "\uff41",
            "\u0661",
            "会議",
            "😀",
            "a\u200b",
            "a\u007f",
            "\u0000",
            "a\u0000",
            "a" * 256,
            "a" * 100_000,
            "é" * 255,
        ):
            with subtests.test(repr(name)[:60]):
                for path in paths:
                    before = (await hms.get(ROOMS)).json()
                    bad_body(await hms.post(path, json={"name": name, "size": 7}), self.FAULT)
                    same(await hms.get(ROOMS), before)

    async def test_of_another_type(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, paths: list[str], subtests: pytest.Subtests
    ) -> None:
        for name in (
            True,
            False,
            0,
            1,
            1.5,
            [],
            ["a"],
            {},
            {"a": "b"},
        ):
            with subtests.test(repr(name)[:60]):
                for path in paths:
                    before = (await hms.get(ROOMS)).json()
                    bad_body(await hms.post(path, json={"name": name}), "name must be a string")
                    same(await hms.get(ROOMS), before)


class TestDescription:
    async def test_comes_back_as_it_was(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, create: Make, subtests: pytest.Subtests
    ) -> None:
        for text in (
            "",
            " ",
            "  This is\ta\nroom \u007f\u0001",
            "Überraum 会議室 غرفة",
            "👩🏽‍🚀 🏳️‍🌈 e\u0301 \u202eRTL\ufeff \uffff",
            "'; DROP TABLE conference; -- $1 %s {} \\",
            '[a] "quoted" </script>',
            "x" * 100_000,
        ):
            with subtests.test(repr(text)[:60]):
                room = await create(description=text)
                assert room == whole(room, description=text)
                same(await hms.get(f"{ROOMS}/{room['id']}"), room)
                assert room in (await hms.get(ROOMS)).json()["data"]

    async def test_an_escaped_surrogate_pair_is_one_character(self, hms: httpx.AsyncClient) -> None:
        answer = await hms.post(ROOMS, content=rb'{"description":"\ud83d\ude80"}', headers=JSON)
        assert answer.json()["description"] == "🚀"
