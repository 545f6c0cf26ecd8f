"""One domain: a room of one API listed, read and changed in the other, each in its own spelling and words.

Here: the ids, and the row "a room opened through `/api/realtime`, seen here" of hms.md. How rooms of `/v2` are seen in
`/api/realtime`, and rooms that end there, is in hms/test_seen_in_vcs.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from transcripts import assert_same as same

ROOMS, ROOM = "/v2/rooms", "/api/realtime/room"
HmsRoom = dict[str, Any]
VcsRoom = dict[str, Any]
MakeHms = Callable[..., Awaitable[HmsRoom]]
MakeVcs = Callable[..., Awaitable[VcsRoom]]


@pytest.fixture
def open_vcs(vcs: httpx.AsyncClient) -> MakeVcs:
    async def open_vcs(**members: object) -> VcsRoom:
        answer = await vcs.post(ROOM, json=members)
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.002)
        room: VcsRoom = answer.json()["room"]
        return room

    return open_vcs


def no_vcs_room(answer: httpx.Response, id: str) -> None:
    text = f"A conference room with id ::= [{id}] does not exist."
    error = {"httpCode": 400, "code": "REALTIME-00004", "id": "CONFERENCE_ROOM_DOES_NOT_EXIST", "description": [text]}
    same(answer, error, 400)


def no_hms_room(answer: httpx.Response) -> None:
    text = "Error: Room not found"
    same(answer, {"code": 404, "message": text, "data": {"description": text}}, 404)


def hex_id(room: VcsRoom) -> str:
    """Spell the id of a room of `/api/realtime` as `/v2` does: the bits of the UUIDv7 that are not fixed."""
    number = UUID(room["id"].removeprefix("RO-")).int
    return f"{number >> 80 << 48 | (number >> 64 & 0xFFF) << 36 | number >> 26 & (1 << 36) - 1:024x}"


def vcs_id(room: HmsRoom) -> str:
    """Spell the id of a room of `/v2` as `/api/realtime` does."""
    number = int(room["id"], 16)
    meaning = number >> 48 << 80 | (number >> 36 & 0xFFF) << 64 | (number & (1 << 36) - 1) << 26
    return f"RO-{UUID(int=meaning | 7 << 76 | 2 << 62)}"


def milliseconds(timestamp: str) -> int:
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


class TestIds:
    """The three spellings of an id are one bijection."""

    async def test_of_a_room_of_v2(self, vcs: httpx.AsyncClient, create: MakeHms) -> None:
        room = await create()
        bare = vcs_id(room).removeprefix("RO-")
        for spelling in (bare, f"RO-{bare}", bare.upper(), f"RO-{bare.upper()}"):
            assert (await vcs.get(f"{ROOM}/{spelling}")).json()["id"] == f"RO-{bare}"
        assert hex_id({"id": bare}) == room["id"]

    async def test_of_a_room_of_the_other(self, hms: httpx.AsyncClient, open_vcs: MakeVcs) -> None:
        room = await open_vcs()
        for spelling in (hex_id(room), hex_id(room).upper()):
            assert (await hms.get(f"{ROOMS}/{spelling}")).json()["id"] == hex_id(room)
        assert vcs_id({"id": hex_id(room)}) == room["id"]

    async def test_spelled_as_the_other_api_does_is_no_room(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: MakeHms, open_vcs: MakeVcs
    ) -> None:
        for id, other in [((await create())["id"], None), (None, (await open_vcs())["id"])]:
            digits, uuid = id or hex_id({"id": other}), other or vcs_id({"id": id})
            for odd in (uuid, uuid.removeprefix("RO-"), UUID(uuid.removeprefix("RO-")).hex):
                no_hms_room(await hms.get(f"{ROOMS}/{odd}"))
                no_hms_room(await hms.post(f"{ROOMS}/{odd}", json={"size": 1}))
            for odd in (digits, f"RO-{digits}"):
                no_vcs_room(await vcs.get(f"{ROOM}/{odd}"), odd)
                no_vcs_room(await vcs.delete(ROOM, params={"id": odd}), odd)

    @pytest.mark.parametrize("bit", [0, 25, 62, 63, 76, 79])
    async def test_a_uuid_with_another_fixed_bit_is_another_id(
        self, vcs: httpx.AsyncClient, create: MakeHms, open_vcs: MakeVcs, bit: int
    ) -> None:
        for room in (vcs_id(await create()), (await open_vcs())["id"]):
            other = f"RO-{UUID(int=UUID(room.removeprefix('RO-')).int ^ 1 << bit)}"
            no_vcs_room(await vcs.get(f"{ROOM}/{other}"), other)

    async def test_each_room_has_its_own(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient) -> None:
        for number in range(10):
            await (hms.post(ROOMS) if number % 2 else vcs.post(ROOM))
        here = [room["id"] for room in (await hms.get(ROOMS)).json()["data"]]
        there = [room["id"] for room in (await vcs.get(ROOM)).json()["data"]]
        assert len(set(here)) == 10
        assert [hex_id({"id": id}) for id in there] == here


class TestRoomOfVcsSeenInV2:
    async def test_with_everything(self, hms: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms) -> None:
        name, text = "Besprechung 3: é😀/", "My room description"
        seen = await open_vcs(name=name, description=text, conferenceType="MESH", autoUpgradeParticipantCount=4)
        own = await create()
        read = await hms.get(f"{ROOMS}/{hex_id(seen)}")
        made = read.json()["created_at"]
        assert milliseconds(made) == seen["creationTime"]
        facts = {"id": hex_id(seen), "name": name, "description": text, "created_at": made, "updated_at": made}
        same(read, own | facts | {"key": f"{own['customer_id']}:{name}"})
        same(await hms.get(ROOMS), {"limit": 10, "data": [own, read.json()], "last": hex_id(seen)})

    @pytest.mark.parametrize("members", [{}, {"name": ""}], ids=["none", "empty"])
    async def test_without_a_name_it_is_named_after_its_hex_id(
        self, hms: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms, members: VcsRoom
    ) -> None:
        seen, own = await open_vcs(**members), await create()
        read = await hms.get(f"{ROOMS}/{hex_id(seen)}")
        made = read.json()["created_at"]
        facts = {"id": hex_id(seen), "name": hex_id(seen), "created_at": made, "updated_at": made}
        same(read, own | facts | {"key": f"{own['customer_id']}:{hex_id(seen)}"})

    async def test_names_are_not_unique_and_found_by_no_filter(self, hms: httpx.AsyncClient, open_vcs: MakeVcs) -> None:
        rooms = [await open_vcs(name="room-a"), await open_vcs(name="room-a"), await open_vcs()]
        listed = (await hms.get(ROOMS)).json()["data"]
        assert [room["name"] for room in listed] == [hex_id(rooms[2]), "room-a", "room-a"]
        for name in ("room-a", hex_id(rooms[2])):
            same(await hms.get(ROOMS, params={"name": name}), {"limit": 10, "data": [], "last": ""})

    async def test_its_name_is_free_for_a_room_of_v2(
        self, hms: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms
    ) -> None:
        seen = await open_vcs(name="room-a")
        own = await create(name="room-a")
        assert own["id"] != hex_id(seen)
        assert (await create(name="ROOM-A", size=1))["id"] == own["id"]
        assert len((await hms.get(ROOMS)).json()["data"]) == 2
        no_hms_room(await hms.post(ROOMS, json={"name": "room-b", "active": False}))

    async def test_is_filtered_like_any_room(self, hms: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms) -> None:
        seen, own = await open_vcs(), await create(enabled=False)
        room = (await hms.get(f"{ROOMS}/{hex_id(seen)}")).json()
        for query, rooms in (
            ({"enabled": "true"}, [room]),
            ({"enabled": "false"}, [own]),
            ({"template_id": own["template_id"]}, [own, room]),
            ({"start": own["id"]}, [room]),
            ({"start": room["id"]}, []),
            ({"after": room["created_at"], "before": room["created_at"]}, [room]),
        ):
            assert (await hms.get(ROOMS, params=query)).json()["data"] == rooms


class TestRoomOfVcsChangedInV2:
    async def test_fields_may_be_set_and_what_is_not_set_stays(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs
    ) -> None:
        seen = await open_vcs(name="Free text é😀", description="x", conferenceType="MESH")
        before = (await hms.get(f"{ROOMS}/{hex_id(seen)}")).json()
        answer = await hms.post(f"{ROOMS}/{hex_id(seen)}", json={"description": "later", "region": "eu"})
        changed = before | {"description": "later", "region": "eu", "updated_at": answer.json()["updated_at"]}
        same(answer, changed)
        later = {"description": "later", "modificationTime": milliseconds(changed["updated_at"])}
        assert later["modificationTime"] > seen["modificationTime"]
        same(await vcs.get(f"{ROOM}/{seen['id']}"), seen | later)

    async def test_set_as_if_it_was_one_of_v2(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs
    ) -> None:
        seen = await open_vcs()
        path = f"{ROOMS}/{hex_id(seen)}"
        members = {
            "large_room": True,
            "size": 3000,
            "max_duration_seconds": 600,
            "polls": [],
            "webhook": {"url": "https://hooks.example"},
            "recording_info": {"enabled": True},
        }
        answer = (await hms.post(path, json=members)).json()
        assert answer == answer | members | {"name": hex_id(seen), "recording_source_template": False}
        assert (await hms.get(path)).json() == answer
        assert (await vcs.get(f"{ROOM}/{seen['id']}")).json()["maxParticipants"] == 3000

    async def test_saying_nothing_changes_nothing(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs
    ) -> None:
        seen = await open_vcs(name="Free text")
        before = (await hms.get(f"{ROOMS}/{hex_id(seen)}")).json()
        for body in ({}, {"name": None}, {"unknown": 1}):
            same(await hms.post(f"{ROOMS}/{hex_id(seen)}", json=body), before)
        same(await vcs.get(f"{ROOM}/{seen['id']}"), seen)

    async def test_a_new_name_is_a_key(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms
    ) -> None:
        """A room has a name key once `/v2` has named it; upsert and the `name` filter go by that key."""
        seen = await open_vcs(name="Free text")
        named = (await hms.post(f"{ROOMS}/{hex_id(seen)}", json={"name": "Room-A"})).json()
        assert (named["id"], named["name"]) == (hex_id(seen), "Room-A")
        assert named["key"] == f"{named['customer_id']}:Room-A"
        assert (await vcs.get(f"{ROOM}/{seen['id']}")).json()["name"] == "Room-A"
        same(await hms.get(ROOMS, params={"name": "ROOM-A"}), {"limit": 10, "data": [named], "last": named["id"]})
        assert (await create(name="room-a", size=1))["id"] == named["id"]
        off = (await hms.post(ROOMS, json={"name": "room-a", "active": False})).json()
        assert (off["id"], off["enabled"]) == (named["id"], False)

    @pytest.mark.parametrize("name", ["Free text", "", "é", "a" * 256], ids=["its own", "empty", "accent", "256"])
    async def test_a_new_name_obeys_the_rules(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs, name: str
    ) -> None:
        seen = await open_vcs(name="Free text")
        text = "Invalid body param: name must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _"
        answer = await hms.post(f"{ROOMS}/{hex_id(seen)}", json={"name": name, "size": 1})
        same(answer, {"code": 400, "message": "Invalid body param", "details": [text]}, 400)
        same(await vcs.get(f"{ROOM}/{seen['id']}"), seen)

    async def test_a_name_that_is_taken_is_refused(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, open_vcs: MakeVcs, create: MakeHms
    ) -> None:
        seen, _ = await open_vcs(name="room-a"), await create(name="Room-A")
        text = "Invalid body param: name is taken by another room"
        answer = await hms.post(f"{ROOMS}/{hex_id(seen)}", json={"name": "room-a"})
        same(answer, {"code": 400, "message": "Invalid body param", "details": [text]}, 400)
        same(await vcs.get(f"{ROOM}/{seen['id']}"), seen)
