"""A chat room's meeting as a room of `/v2` and of `/api/realtime`: disabled and deleted there, deleted here.

The row "a meeting as a room of the administrator APIs" of chats.md.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting
from transcripts import assert_empty
from transcripts import assert_same as same

ROOMS, ROOM, TOKEN = "/v2/rooms", "/api/realtime/room", "/api/realtime/token"
Shown = dict[str, Any]
Make = Callable[..., Awaitable[Shown]]
#: `await put(enabled=False)`
Put = Callable[..., Awaitable[None]]


@pytest.fixture
async def meeting(house: House) -> Meeting:
    """The meeting of a group of Ada's with Ben and Cleo, without a name of its own."""
    return await house.meeting()


@pytest.fixture
def put(hms: httpx.AsyncClient, meeting: Meeting) -> Put:
    """Enable or disable the meeting as `/v2` does."""

    async def put(*, enabled: bool) -> None:
        answer = await hms.post(f"{ROOMS}/{meeting.hex}", json={"enabled": enabled})
        assert (answer.status_code, answer.json()["enabled"]) == (200, enabled)

    return put


def of_vcs(meeting: Meeting) -> str:
    return f"RO-{meeting.id}"


async def deleted(vcs: httpx.AsyncClient, meeting: Meeting) -> httpx.Response:
    return await vcs.delete(ROOM, params={"id": of_vcs(meeting)})


async def joining(house: House, meeting: Meeting, name: str) -> httpx.Response:
    socket = {"queue-id": await house.socket(house.people[name])}
    return await house.people[name]("POST", f"{meeting.path}/join", headers=socket)


class TestDisabled:
    @pytest.mark.parametrize("by", ["enabled", "active", "name"])
    async def test_nobody_starts_or_joins_it(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, put: Put, *, by: str
    ) -> None:
        told = await house.told()
        if by == "name":
            await hms.post(f"{ROOMS}/{meeting.hex}", json={"name": "weekly"})
            off = await hms.post(ROOMS, json={"name": "Weekly", "active": False})
        else:
            off = await hms.post(f"{ROOMS}/{meeting.hex}", json={by: False})
        assert (off.json()["id"], off.json()["enabled"]) == (meeting.hex, False)
        for name in ("Ada", "Ben"):
            assert_empty(await house.people[name]("POST", f"{meeting.path}/start"), 403)
            assert_empty(await joining(house, meeting, name), 403)
        assert await house.told() == told
        assert (await hms.get("/v2/sessions")).json()["data"] == []
        await put(enabled=True)
        assert (await house.ben("POST", f"{meeting.path}/start")).json()["active"] is True
        await meeting.join(house.ada)

    async def test_its_token_opens_nothing_until_it_is_enabled(
        self, vcs: httpx.AsyncClient, meeting: Meeting, put: Put
    ) -> None:
        token = (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()["token"]
        await put(enabled=False)
        error = {"httpCode": 400, "code": "REALTIME-00009", "id": "INVALID_TOKEN"}
        error |= {"description": [f"The token ::= [{token}] is invalid."]}
        same(await vcs.post(TOKEN, json={"token": token}), error, 400)
        [seen] = (await vcs.get(ROOM)).json()["data"]
        await put(enabled=True)
        opened = (await vcs.post(TOKEN, json={"token": token})).json()["room"]
        assert opened == seen | {"modificationTime": opened["modificationTime"]}

    async def test_who_is_in_stays(self, hms: httpx.AsyncClient, house: House, meeting: Meeting, put: Put) -> None:
        await meeting.join(house.ada, house.ben)
        told = await house.told()
        await put(enabled=False)
        assert (await hms.get(f"/v2/active-rooms/{meeting.hex}")).status_code == 200
        shown = (await house.cleo("GET", meeting.path)).json()
        assert (shown["active"], len(shown["participants"])) == (True, 2)
        assert await house.told() == told
        assert_empty(await joining(house, meeting, "Cleo"), 403)
        await meeting.leave(house.ada, house.ben)
        assert (await house.cleo("GET", meeting.path)).json()["active"] is False
        assert_empty(await joining(house, meeting, "Ada"), 403)

    async def test_it_is_seen_and_deleted_as_ever(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting, *, put: Put
    ) -> None:
        await put(enabled=False)
        [room], [seen] = (await hms.get(ROOMS)).json()["data"], (await vcs.get(ROOM)).json()["data"]
        assert (room["id"], seen["id"]) == (meeting.hex, of_vcs(meeting))
        assert (await house.ada("GET", "/meetings")).json() == [meeting.made]
        assert (await house.ada("GET", f"/rooms/{meeting.room['id']}")).json()["meetingId"] == meeting.id
        assert_empty(await house.ada("DELETE", meeting.path), 204)
        assert (await hms.get(f"{ROOMS}/{meeting.hex}")).status_code == 404


class TestDeletedThere:
    """`DELETE /api/realtime/room`."""

    async def test_it_is_shown_as_it_was_and_is_gone_everywhere(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        seen = (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()
        told = await house.told()
        same(await deleted(vcs, meeting), {"room": seen})
        everybody = {house.ada.id, house.ben.id, house.cleo.id}
        assert await house.told() == [*told, ("MeetingDeleted", {"meeting_id": meeting.id}, everybody)]
        room = (await house.ada("GET", f"/rooms/{meeting.room['id']}")).json()
        assert room == meeting.room
        assert (await house.ada("GET", "/meetings")).json() == []
        for path in (meeting.path, f"/rooms/{meeting.room['id']}/meeting"):
            assert_empty(await house.ada("GET", path), 404)
        for call in ("start", "stop", "leave"):
            assert_empty(await house.ada("POST", f"{meeting.path}/{call}"), 404)
        assert_empty(await joining(house, meeting, "Ada"), 404)
        assert (await hms.get(f"{ROOMS}/{meeting.hex}")).status_code == 404
        gone = await deleted(vcs, meeting)
        assert (gone.status_code, gone.json()["code"]) == (400, "REALTIME-00004")
        assert len(await house.told()) == len(told) + 1

    async def test_while_people_are_in_it_stops_first(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        await meeting.join(house.ada, house.ben)
        told = len(await house.told())
        assert (await deleted(vcs, meeting)).status_code == 200
        everybody = {house.ada.id, house.ben.id, house.cleo.id}
        expected = [(type, {"meeting_id": meeting.id}, everybody) for type in ("MeetingStopped", "MeetingDeleted")]
        assert (await house.told())[told:] == expected
        [session] = (await hms.get("/v2/sessions", params={"room_id": meeting.hex})).json()["data"]
        assert session["active"] is False
        assert all("left_at" in peer for peer in session["peers"].values())
        assert (await hms.get(f"/v2/active-rooms/{meeting.hex}")).json()["message"] == "Error: Room not found"

    async def test_of_a_channel_the_workspace_is_told(self, vcs: httpx.AsyncClient, house: House) -> None:
        workspace = await house.room("workspace")
        meeting = await house.meeting(await house.room("channel", parentId=workspace["id"]))
        assert (await deleted(vcs, meeting)).status_code == 200
        everybody = {house.ada.id, house.ben.id, house.cleo.id}
        assert (await house.told())[-1] == ("MeetingDeleted", {"meeting_id": meeting.id}, everybody)

    async def test_the_room_may_have_another(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, meeting: Meeting
    ) -> None:
        await hms.post(f"{ROOMS}/{meeting.hex}", json={"name": "weekly"})
        await deleted(vcs, meeting)
        again = await house.meeting(meeting.room)
        assert again.id != meeting.id
        assert again.made["name"] == (await hms.get(f"{ROOMS}/{again.hex}")).json()["name"] == "Ones"
        assert (await house.ada("GET", f"/rooms/{meeting.room['id']}")).json()["meetingId"] == again.id

    async def test_other_rooms_tell_nobody(self, vcs: httpx.AsyncClient, house: House, meeting: Meeting) -> None:
        told = await house.told()
        room = (await vcs.post(ROOM, json={"name": "Ones"})).json()["room"]
        assert (await vcs.delete(ROOM, params={"id": room["id"]})).status_code == 200
        assert await house.told() == told
        assert (await house.ada("GET", "/meetings")).json() == [meeting.made]


class TestDeletedHere:
    @pytest.mark.parametrize("by", ["meeting", "room", "workspace", "last one out"])
    async def test_it_is_gone_there(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, create: Make, *, by: str
    ) -> None:
        kept, workspace = await create(), await house.room("workspace")
        meeting = await house.meeting(await house.room("channel", parentId=workspace["id"]))
        await meeting.join(house.ada)
        token = (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()["token"]
        members = f"/rooms/{workspace['id']}/members"
        if by == "last one out":
            for person in (house.ben, house.cleo):
                assert_empty(await person("DELETE", f"{members}/{person.id}"), 204)
        path = {
            "meeting": meeting.path,
            "room": f"/rooms/{meeting.room['id']}",
            "workspace": f"/rooms/{workspace['id']}",
            "last one out": f"{members}/{house.ada.id}",
        }
        assert_empty(await house.ada("DELETE", path[by]), 204)
        assert (await hms.get(f"{ROOMS}/{meeting.hex}")).status_code == 404
        same(await hms.get(ROOMS), {"limit": 10, "data": [kept], "last": kept["id"]})
        assert (await vcs.get(f"{ROOM}/{of_vcs(meeting)}")).json()["code"] == "REALTIME-00004"
        assert (await vcs.post(TOKEN, json={"token": token})).json()["code"] == "REALTIME-00009"
        [session] = (await hms.get("/v2/sessions", params={"room_id": meeting.hex})).json()["data"]
        assert (session["active"], ["left_at" in peer for peer in session["peers"].values()]) == (False, [True])
