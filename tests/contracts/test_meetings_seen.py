"""A chat room's meeting as a room of `/v2` and of `/api/realtime`: seen, named, changed.

The row "a meeting as a room of the administrator APIs" of chats.md, and the last sentences of the rows about rooms of
the other API in hms.md and vcs.md.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting
from transcripts import assert_empty
from transcripts import assert_same as same

ROOMS, ROOM, TOKEN = "/v2/rooms", "/api/realtime/room", "/api/realtime/token"
Shown = dict[str, Any]
Make = Callable[..., Awaitable[Shown]]


@pytest.fixture
async def meeting(house: House) -> Meeting:
    """The meeting of a group of Ada's with Ben and Cleo, without a name of its own."""
    return await house.meeting()


def of_vcs(meeting: Meeting) -> str:
    return f"RO-{meeting.id}"


def milliseconds(timestamp: str) -> int:
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


async def names(meeting: Meeting, hms: httpx.AsyncClient, vcs: httpx.AsyncClient) -> list[str | None]:
    """Return the meeting's name in the chats, in `/v2` and in `/api/realtime`: the same where it is listed."""
    ada = meeting.house.ada
    [listed], [room], [seen] = [
        (await ada("GET", "/meetings")).json(),
        (await hms.get(ROOMS)).json()["data"],
        (await vcs.get(ROOM)).json()["data"],
    ]
    assert (await ada("GET", meeting.path)).json() == listed
    assert (await ada("GET", f"/rooms/{meeting.room['id']}/meeting")).json() == listed
    assert (await hms.get(f"{ROOMS}/{meeting.hex}")).json() == room
    assert (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json() == seen
    assert room["key"] == f"{room['customer_id']}:{room['name']}"
    return [listed.get("name"), room["name"], seen.get("name")]


class TestSeen:
    @pytest.mark.parametrize(
        ("type", "own"),
        [
            ("permanent", {}),
            ("permanent", {"name": "Daily \U0001f680"}),
            ("scheduled", {"expiration": "2030-01-01T00:00:00Z"}),
        ],
    )
    async def test_in_v2_as_a_whole_room(
        self, hms: httpx.AsyncClient, house: House, create: Make, *, own: Shown, type: str
    ) -> None:
        """Region and template by default, under its own name or the chat room's."""
        default = await create()
        meeting = await house.meeting(meetingType=type, **own)
        read = await hms.get(f"{ROOMS}/{meeting.hex}")
        name, at = own.get("name", "Ones"), read.json()["created_at"]
        facts = {"id": meeting.hex, "name": name, "key": f"{default['customer_id']}:{name}"}
        whole = default | facts | {"created_at": at, "updated_at": at}
        same(read, whole)
        same(await hms.get(ROOMS), {"limit": 10, "data": [whole, default], "last": default["id"]})
        assert milliseconds(at) == milliseconds(meeting.made["createdAt"])

    async def test_in_realtime_as_a_whole_room(self, vcs: httpx.AsyncClient, meeting: Meeting) -> None:
        read = await vcs.get(f"{ROOM}/{of_vcs(meeting)}")
        at = milliseconds(meeting.made["createdAt"])
        whole = {
            "id": of_vcs(meeting),
            "name": "Ones",
            "creationTime": at,
            "conferenceType": "SFU",
            "modificationTime": at,
            "maxParticipants": 10,
            "roomTokenTTLSeconds": 86400,
            "roomTTLSeconds": 86400,
            "endpointTTLSeconds": 86400,
            "token": read.json()["token"],
        }
        same(read, whole)
        page = await vcs.get(ROOM)
        same(page, {"data": [whole], "token": page.json()["token"]})
        same(await vcs.post(TOKEN, json={"token": whole["token"]}), {"room": whole})

    async def test_among_the_others_in_the_order_of_making(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, create: Make
    ) -> None:
        first, meeting, last = await create(), await house.meeting(), await create()
        expected = [last["id"], meeting.hex, first["id"]]
        assert [room["id"] for room in (await hms.get(ROOMS)).json()["data"]] == expected
        for query, found in (
            ({"enabled": "true"}, expected),
            ({"enabled": "false"}, []),
            ({"template_id": first["template_id"]}, expected),
            ({"start": last["id"]}, expected[1:]),
            ({"start": meeting.hex}, expected[2:]),
            ({"name": "Ones"}, []),
        ):
            assert [room["id"] for room in (await hms.get(ROOMS, params=query)).json()["data"]] == found, query
        assert (await vcs.get(ROOM)).json()["data"][1]["id"] == of_vcs(meeting)

    async def test_its_people_change_nothing_of_the_room(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        before = [(await hms.get(ROOMS)).json(), (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()]
        await meeting.join(house.ada)
        await meeting.leave(house.ada)
        await meeting.join(house.ben)
        assert [(await hms.get(ROOMS)).json(), (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()] == before

    async def test_its_times_are_those_of_the_chats(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        await meeting.join(house.ben, house.ada)
        there = (await house.cleo("GET", meeting.path)).json()["participants"]
        here = (await hms.get(f"/v2/active-rooms/{meeting.hex}/peers")).json()["peers"].values()
        expected = [(each["userId"], milliseconds(each["joinedAt"])) for each in there]
        assert [(peer["user_id"], milliseconds(peer["joined_at"])) for peer in here] == expected
        assert [user for user, _ in expected] == [house.ben.id, house.ada.id]


class TestName:
    async def test_follows_the_chat_rooms(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        assert await names(meeting, hms, vcs) == ["Ones"] * 3
        renamed = await house.ada("PUT", f"/rooms/{meeting.room['id']}", json={"name": "Twos \U0001f680"})
        assert renamed.status_code == 200
        assert await names(meeting, hms, vcs) == ["Twos \U0001f680"] * 3

    async def test_of_its_own_stays(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House) -> None:
        meeting = await house.meeting(name="Daily")
        await house.ada("PUT", f"/rooms/{meeting.room['id']}", json={"name": "Twos"})
        assert await names(meeting, hms, vcs) == ["Daily"] * 3

    @pytest.mark.parametrize("name", ["Ones", "", None])
    async def test_that_says_nothing_new_follows_too(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, name: str | None
    ) -> None:
        meeting = await house.meeting(name=name)
        await house.ada("PUT", f"/rooms/{meeting.room['id']}", json={"name": "Twos"})
        assert await names(meeting, hms, vcs) == ["Twos"] * 3

    @pytest.mark.parametrize("type", ["one_to_one", "workspace", "channel"])
    async def test_is_none_where_neither_has_one(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, type: str
    ) -> None:
        """In `/v2`, where every room has one, it is the id."""
        parent = {"parentId": (await house.room("workspace"))["id"]} if type == "channel" else {}
        meeting = await house.meeting(await house.room(type, name=None, **parent))
        assert await names(meeting, hms, vcs) == [None, meeting.hex, None]

    async def test_set_in_v2_is_its_own(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting, *, create: Make
    ) -> None:
        renamed = (await hms.post(f"{ROOMS}/{meeting.hex}", json={"name": "Weekly"})).json()
        assert (renamed["id"], renamed["name"]) == (meeting.hex, "Weekly")
        assert await names(meeting, hms, vcs) == ["Weekly"] * 3
        await house.ada("PUT", f"/rooms/{meeting.room['id']}", json={"name": "Twos"})
        assert await names(meeting, hms, vcs) == ["Weekly"] * 3
        assert (await house.ada("GET", f"/rooms/{meeting.room['id']}")).json()["name"] == "Twos"
        same(await hms.get(ROOMS, params={"name": "WEEKLY"}), {"limit": 10, "data": [renamed], "last": meeting.hex})
        assert (await create(name="weekly", size=5))["id"] == meeting.hex

    async def test_in_v2_obeys_the_rules_there(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, house: House
    ) -> None:
        await create(name="taken")
        other = await house.meeting(name="Daily 1")
        for name in ("Daily 1", "TAKEN", "", "é"):
            assert (await hms.post(f"{ROOMS}/{other.hex}", json={"name": name})).status_code == 400
        assert (await vcs.get(f"{ROOM}/{of_vcs(other)}")).json()["name"] == "Daily 1"

    async def test_of_two_meetings_may_be_the_same(self, hms: httpx.AsyncClient, house: House, create: Make) -> None:
        await create(name="Ones")
        await house.meeting()
        await house.meeting()
        assert [room["name"] for room in (await hms.get(ROOMS)).json()["data"]] == ["Ones"] * 3


class TestChanged:
    async def test_what_else_is_set_in_v2_is_not_seen_in_the_chats(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        before, told = (await house.ada("GET", meeting.path)).json(), await house.told()
        members = {"description": "x", "size": 2, "region": "eu", "large_room": True, "max_duration_seconds": 600}
        room = (await hms.post(f"{ROOMS}/{meeting.hex}", json=members)).json()
        assert room == room | members
        assert (await house.ada("GET", meeting.path)).json() == before
        assert await house.told() == told
        assert (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()["maxParticipants"] == 2

    async def test_its_size_is_how_many_get_in(self, hms: httpx.AsyncClient, house: House, meeting: Meeting) -> None:
        await hms.post(f"{ROOMS}/{meeting.hex}", json={"size": 2})
        await meeting.join(house.ada, house.ben)
        assert_empty(await joining(house, meeting, "Cleo"), 403)
        await meeting.join(house.ben)  # by another socket, in his own place
        await hms.post(f"{ROOMS}/{meeting.hex}", json={"size": 3})
        await meeting.join(house.cleo)


async def joining(house: House, meeting: Meeting, name: str) -> httpx.Response:
    socket = {"queue-id": await house.socket(house.people[name])}
    return await house.people[name]("POST", f"{meeting.path}/join", headers=socket)


class TestOthers:
    async def test_conferences_of_the_other_apis_are_no_meetings(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, create: Make
    ) -> None:
        """Nor can they be started, joined or deleted as such."""
        room = await create(name="Ones")
        seen = (await vcs.post(ROOM, json={"name": "Ones"})).json()["room"]
        assert (await house.ada("GET", "/meetings")).json() == []
        own = [each["id"].removeprefix("RO-") for each in (await vcs.get(ROOM)).json()["data"]]
        assert len(own) == 2
        for id in own:
            assert_empty(await house.ada("GET", f"/meetings/{id}"), 404)
            assert_empty(await house.ada("DELETE", f"/meetings/{id}"), 404)
            for call in ("start", "stop", "leave"):
                assert_empty(await house.ada("POST", f"/meetings/{id}/{call}"), 404)
            socket = {"queue-id": await house.socket(house.ada)}
            assert_empty(await house.ada("POST", f"/meetings/{id}/join", headers=socket), 404)
        assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room
        assert (await vcs.get(f"{ROOM}/{seen['id']}")).json() == seen
