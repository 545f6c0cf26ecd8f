"""POST /v2/rooms/{room_id}: update any member, rename."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
JSON = {"Content-Type": "application/json"}
NOBODY = "0123456789abcdef01234567"
POLL = "64a5f5a6b9a7a8c1d2e3f405"
pytestmark = pytest.mark.usefixtures("polls")
TAKEN = "name is taken by another room"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Changed = Callable[..., Room]
MakeTemplate = Callable[..., Awaitable[str]]

MEMBERS: Room = {
    "description": "9PM English class",
    "region": "eu",
    "large_room": True,
    "size": 2500,
    "max_duration_seconds": 600,
    "polls": [POLL],
    "webhook": {"url": "https://hooks.example"},
}


class TestUpdate:
    @pytest.mark.parametrize("member", MEMBERS)
    async def test_sets_one_member_and_keeps_the_others(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, member: str
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={member: MEMBERS[member]})
        same(answer, changed(room, answer.json(), **{member: MEMBERS[member]}))
        same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())

    async def test_sets_all_members_at_once(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-a", **MEMBERS})
        same(answer, changed(room, answer.json(), **MEMBERS))
        same(await hms.get(ROOMS), {"limit": 10, "data": [answer.json()], "last": room["id"]})

    @pytest.mark.parametrize(
        "request_body",
        [
            {},
            {"content": b""},
            {"content": b"", "headers": JSON},
            {"json": {}},
            {"json": {"unknown": 1, "id": NOBODY, "key": "mine", "created_at": "now", "recording_source_template": 1}},
            {"json": dict.fromkeys([*MEMBERS, "name", "enabled", "active", "recording_info", "template"])},
        ],
        ids=["no body", "empty body", "typed, without a body", "empty object", "unknown members", "all members null"],
    )
    async def test_that_supplies_no_member_changes_nothing(
        self, hms: httpx.AsyncClient, create: Make, same: Check, request_body: dict[str, Any]
    ) -> None:
        room = await create(name="room-a", **MEMBERS)
        same(await hms.post(f"{ROOMS}/{room['id']}", **request_body), room)
        same(await hms.get(f"{ROOMS}/{room['id']}"), room)

    async def test_that_supplies_what_is_there_is_a_change(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"description": ""})
        same(answer, changed(room, answer.json()))

    async def test_one_change_after_another(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        for number in range(1, 5):
            answer = await hms.post(f"{ROOMS}/{room['id']}", json={"size": number})
            same(answer, changed(room, answer.json(), size=number))
            same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())

    @pytest.mark.parametrize("spelling", ["/v2/rooms/{}/", "/api/v2/rooms/{}", "/api/v2/rooms/{}/"])
    async def test_by_another_spelling_of_the_path(self, hms: httpx.AsyncClient, create: Make, spelling: str) -> None:
        room = await create(name="room-a")
        answer = await hms.post(spelling.format(room["id"]), json={"size": 5})
        assert (answer.json()["id"], answer.json()["size"]) == (room["id"], 5)

    async def test_takes_the_id_in_either_case(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id'].upper()}", json={"size": 5})
        assert (answer.json()["id"], answer.json()["size"]) == (room["id"], 5)

    async def test_leaves_every_other_room(self, hms: httpx.AsyncClient, create: Make, same: Check) -> None:
        other, room = await create(name="room-a"), await create(name="room-b")
        await hms.post(f"{ROOMS}/{room['id']}", json=MEMBERS)
        same(await hms.get(f"{ROOMS}/{other['id']}"), other)

    @pytest.mark.parametrize(
        "more",
        [{"template": "no such template"}, {"template_id": NOBODY}, {"template_id": 1, "template": []}],
        ids=["an unknown name", "an unknown id", "other types"],
    )
    async def test_template_and_template_id_are_no_members_here(
        self, hms: httpx.AsyncClient, create: Make, same: Check, more: Room
    ) -> None:
        room = await create(name="room-a")
        same(await hms.post(f"{ROOMS}/{room['id']}", json=more), room)

    async def test_a_room_keeps_its_template(
        self, hms: httpx.AsyncClient, create: Make, make_template: MakeTemplate, same: Check, changed: Changed
    ) -> None:
        template_id = await make_template("other", region="us")
        room = await create(name="room-a")
        more = {"template": "other", "template_id": template_id, "size": 5}
        answer = await hms.post(f"{ROOMS}/{room['id']}", json=more)
        same(answer, changed(room, answer.json(), size=5))

    @pytest.mark.parametrize(
        "body",
        [{}, {"name": "room-a"}, {"enabled": False}, {"active": False}, {"description": "x", "size": 3}],
    )
    async def test_an_unknown_room_is_not_found_nor_made(
        self, hms: httpx.AsyncClient, missing: Check, same: Check, body: Room
    ) -> None:
        missing(await hms.post(f"{ROOMS}/{NOBODY}", json=body))
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})


class TestRename:
    """A name of `POST /rooms/{id}` obeys the rules of names, and no other room has it."""

    async def test_shows_at_once_wherever_the_room_does(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, account: dict[str, str]
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "Room-B"})
        renamed = changed(room, answer.json(), name="Room-B", key=f"{account['customer_id']}:Room-B")
        same(answer, renamed)
        same(await hms.get(f"{ROOMS}/{room['id']}"), renamed)
        same(await hms.get(ROOMS, params={"name": "room-b"}), {"limit": 10, "data": [renamed], "last": room["id"]})
        same(await hms.get(ROOMS, params={"name": "room-a"}), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("name", ["room-b", "Room-B", "ROOM-B"])
    async def test_onto_another_rooms_name_is_refused(
        self, hms: httpx.AsyncClient, create: Make, bad_body: Check, same: Check, name: str
    ) -> None:
        """Row "a rename onto another room's name"."""
        first, second = await create(name="room-a"), await create(name="Room-B")
        bad_body(await hms.post(f"{ROOMS}/{first['id']}", json={"name": name, "description": "x"}), TAKEN)
        same(await hms.get(ROOMS), {"limit": 10, "data": [second, first], "last": first["id"]})

    async def test_onto_the_name_of_a_disabled_room_is_refused(
        self, hms: httpx.AsyncClient, create: Make, bad_body: Check
    ) -> None:
        room, _ = await create(name="room-a"), await create(name="room-b", enabled=False)
        bad_body(await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-b"}), TAKEN)

    async def test_onto_its_own_name_is_a_change_of_nothing_else(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-a"})
        same(answer, changed(room, answer.json()))

    async def test_onto_its_own_name_in_another_case_takes_the_new_spelling(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, account: dict[str, str]
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "ROOM-a"})
        same(answer, changed(room, answer.json(), name="ROOM-a", key=f"{account['customer_id']}:ROOM-a"))
        assert (await create(name="room-A"))["id"] == room["id"]

    async def test_and_back(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a")
        for name in ("room-b", "room-a", "room-b"):
            answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": name})
            assert (answer.status_code, answer.json()["name"]) == (200, name)

    async def test_frees_the_name_for_another(self, hms: httpx.AsyncClient, create: Make) -> None:
        first, second = await create(name="room-a"), await create(name="room-b")
        await hms.post(f"{ROOMS}/{first['id']}", json={"name": "room-c"})
        answer = await hms.post(f"{ROOMS}/{second['id']}", json={"name": "room-a"})
        assert (answer.status_code, answer.json()["name"]) == (200, "room-a")
