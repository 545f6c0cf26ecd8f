"""POST /v2/rooms with a name that a room has: row "existing name on create"."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
POLL = "64a5f5a6b9a7a8c1d2e3f405"
pytestmark = pytest.mark.usefixtures("polls")
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Changed = Callable[..., Room]

MEMBERS: Room = {
    "description": "9PM English class",
    "recording_info": {"enabled": True, "upload_info": {"type": "s3", "location": "bucket"}},
    "region": "eu",
    "large_room": True,
    "size": 2501,
    "max_duration_seconds": 600,
    "polls": [POLL],
    "webhook": {"url": "https://hooks.example", "headers": {"a": "b"}},
    "enabled": False,
}
OTHER_MEMBERS: Room = {
    "description": "",
    "recording_info": {"enabled": False},
    "region": "us",
    "large_room": True,
    "size": 5000,
    "max_duration_seconds": 120,
    "polls": [],
    "webhook": {"url": "https://other.example"},
    "enabled": True,
}


class TestUpsert:
    @pytest.mark.parametrize("name", ["Room-A", "room-a", "ROOM-A", "rOOm-a"])
    async def test_is_the_same_room_whose_first_spelling_stays(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, name: str
    ) -> None:
        room = await create(name="Room-A")
        answer = await hms.post(ROOMS, json={"name": name, "description": "later"})
        same(answer, changed(room, answer.json(), description="later"))
        same(await hms.get(ROOMS), {"limit": 10, "data": [answer.json()], "last": room["id"]})

    @pytest.mark.parametrize("member", MEMBERS)
    async def test_overwrites_the_member_supplied_and_keeps_the_others(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, member: str
    ) -> None:
        room = await create(name="room-a", **MEMBERS)
        value = OTHER_MEMBERS[member]
        answer = await hms.post(ROOMS, json={"name": "room-a", member: value})
        alias = {"active": value} if member == "enabled" else {}
        same(answer, changed(room, answer.json(), **{member: value}, **alias))
        same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())

    @pytest.mark.parametrize("member", MEMBERS)
    async def test_sets_a_member_that_was_unset(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, member: str
    ) -> None:
        room = await create(name="room-a", large_room=member == "size")
        value = MEMBERS[member]
        answer = await hms.post(ROOMS, json={"name": "room-a", member: value})
        more = {"enabled": {"active": value}, "recording_info": {"recording_source_template": False}}.get(member, {})
        same(answer, changed(room, answer.json(), **{member: value}, **more))
        same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())

    async def test_overwrites_all_at_once(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a", **MEMBERS)
        answer = await hms.post(ROOMS, json={"name": "room-a", **OTHER_MEMBERS})
        same(answer, changed(room, answer.json(), **OTHER_MEMBERS, active=True))

    @pytest.mark.parametrize("more", [{}, {"description": None, "size": None}, {"unknown": 1, "id": POLL}])
    async def test_that_supplies_no_member_changes_nothing(
        self, hms: httpx.AsyncClient, create: Make, same: Check, more: Room
    ) -> None:
        room = await create(name="Room-A", **MEMBERS)
        same(await hms.post(ROOMS, json={"name": "ROOM-A", **more}), room)
        same(await hms.get(f"{ROOMS}/{room['id']}"), room)

    async def test_that_supplies_what_is_there_is_a_change(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a", **MEMBERS)
        answer = await hms.post(ROOMS, json={"name": "room-a", "description": MEMBERS["description"]})
        same(answer, changed(room, answer.json()))

    @pytest.mark.parametrize("path", [f"{ROOMS}/", "/api/v2/rooms", "/api/v2/rooms/"])
    async def test_by_another_spelling_of_the_path(self, hms: httpx.AsyncClient, create: Make, path: str) -> None:
        room = await create(name="room-a")
        assert (await hms.post(path, json={"name": "ROOM-A", "size": 1})).json()["id"] == room["id"]

    async def test_moves_the_room_nowhere_in_the_list(
        self, hms: httpx.AsyncClient, create_rooms: Callable[[int], Awaitable[list[Room]]]
    ) -> None:
        rooms = await create_rooms(3)
        await hms.post(ROOMS, json={"name": "room-1", "description": "later"})
        listed = (await hms.get(ROOMS)).json()["data"]
        assert [room["id"] for room in listed] == [room["id"] for room in rooms[::-1]]

    @pytest.mark.parametrize(
        ("first", "second"), [("a.b", "a-b"), ("a_b", "a-b"), ("a_b", "axb"), ("a", "a."), ("a:b", "a.b"), ("0", "00")]
    )
    async def test_goes_by_the_whole_name_and_no_pattern(self, create: Make, first: str, second: str) -> None:
        assert (await create(name=first))["id"] != (await create(name=second))["id"]

    async def test_of_a_name_that_was_given_up_is_a_new_room(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a")
        await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-b"})
        new = await create(name="room-a")
        assert new["id"] != room["id"]
        assert (await create(name="ROOM-B", size=1))["id"] == room["id"]

    async def test_of_a_name_of_our_own_making(self, create: Make) -> None:
        room = await create()
        assert (await create(name=room["name"].upper()))["id"] == room["id"]


class TestLargeRoom:
    """Row "clearing `large_room` while `size` is above 2500"; what counts is the room as it would be."""

    FAULT = "room size greater than 2500, set large_room flag as true"

    @pytest.fixture(params=["upsert", "update"])
    async def large(self, request: pytest.FixtureRequest, create: Make) -> tuple[Room, str]:
        """A large room, and where it is changed."""
        room = await create(name="room-a", large_room=True, size=2501)
        return room, ROOMS if request.param == "upsert" else f"{ROOMS}/{room['id']}"

    @pytest.mark.parametrize("more", [{}, {"size": None}, {"size": 2501}, {"size": 20000}])
    async def test_is_refused(
        self, hms: httpx.AsyncClient, same: Check, bad_body: Check, large: tuple[Room, str], more: Room
    ) -> None:
        room, path = large
        answer = await hms.post(path, json={"name": "room-a", "large_room": False, "description": "x", **more})
        bad_body(answer, self.FAULT)
        same(await hms.get(f"{ROOMS}/{room['id']}"), room)

    async def test_with_a_smaller_size_is_a_change(
        self, hms: httpx.AsyncClient, same: Check, changed: Changed, large: tuple[Room, str]
    ) -> None:
        room, path = large
        answer = await hms.post(path, json={"name": "room-a", "large_room": False, "size": 2500})
        same(answer, changed(room, answer.json(), large_room=False, size=2500))

    async def test_after_the_size_was_made_smaller_is_a_change(
        self, hms: httpx.AsyncClient, large: tuple[Room, str]
    ) -> None:
        _, path = large
        assert (await hms.post(path, json={"name": "room-a", "size": 2500})).json()["large_room"] is True
        assert (await hms.post(path, json={"name": "room-a", "large_room": False})).json()["large_room"] is False

    @pytest.mark.parametrize("size", [0, 2500, 2501, 20000])
    async def test_a_large_room_stays_large_when_only_its_size_is_changed(
        self, hms: httpx.AsyncClient, same: Check, changed: Changed, large: tuple[Room, str], size: int
    ) -> None:
        room, path = large
        answer = await hms.post(path, json={"name": "room-a", "size": size})
        same(answer, changed(room, answer.json(), size=size))

    async def test_over_20000_in_a_large_room(
        self, hms: httpx.AsyncClient, bad_body: Check, large: tuple[Room, str]
    ) -> None:
        answer = await hms.post(large[1], json={"name": "room-a", "size": 20001})
        bad_body(answer, "room size greater than 20000")
