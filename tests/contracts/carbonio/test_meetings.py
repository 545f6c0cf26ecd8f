"""Meetings of chat rooms: `GET /rooms/{roomId}/meeting`, `GET /meetings` (chats.md, its table and §11)."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from people import NOBODY, TIME, Meet, Person, Room
from transcripts import assert_empty, assert_same

from app.domain import ids


def of(room: Room) -> str:
    return f"/rooms/{room['id']}/meeting"


def met(room: Room, meeting: Room) -> Room:
    """Return the room as it is shown with its meeting."""
    whole = {}
    for member, value in room.items():
        if member == "createdAt":
            whole["meetingId"] = meeting["id"]
        whole[member] = value
    return whole


class TestMeeting:
    """GET /rooms/{roomId}/meeting."""

    @pytest.mark.parametrize("name", [None, "Daily", "Zoë \U0001f680"])
    @pytest.mark.parametrize("type", ["permanent", "scheduled"])
    async def test_is_shown_to_every_member(
        self, ada: Person, ben: Person, group: Room, meet: Meet, *, name: str | None, type: str
    ) -> None:
        meeting = await meet(group, name=name, meetingType=type)
        assert TIME.fullmatch(meeting["createdAt"])
        told = {"id": meeting["id"], "name": name or "Ones", "roomId": group["id"], "active": False, "participants": []}
        for person in (ada, ben):
            assert_same(await person("GET", of(group)), told | {"createdAt": meeting["createdAt"], "meetingType": type})

    async def test_is_shown_with_its_start_while_it_is_active(
        self, ada: Person, ben: Person, group: Room, meet: Meet
    ) -> None:
        meeting = await meet(group)
        started = (await ben("POST", f"/meetings/{meeting['id']}/start")).json()
        assert TIME.fullmatch(started["startedAt"])
        assert started == meeting | {"active": True, "startedAt": started["startedAt"]}
        assert_same(await ada("GET", of(group)), started)

    @pytest.mark.parametrize("type", ["workspace", "temporary", "one_to_one"])
    async def test_may_be_of_a_room_of_any_type(
        self, ada: Person, ben: Person, cleo: Person, meet: Meet, type: str
    ) -> None:
        room = await ada.created(type, *((ben,) if type == "one_to_one" else (ben, cleo)), name="Ones")
        meeting = await meet(room)
        assert_same(await ben("GET", of(room)), meeting)

    async def test_of_a_channel_is_for_its_workspace(
        self, ben: Person, dora: Person, channel: Room, meet: Meet
    ) -> None:
        meeting = await meet(channel)
        assert_same(await ben("GET", of(channel)), meeting)
        assert_empty(await dora("GET", of(channel)), 403)

    async def test_is_not_for_strangers(self, dora: Person, group: Room, meet: Meet) -> None:
        assert_empty(await dora("GET", of(group)), 403)
        await meet(group)
        assert_empty(await dora("GET", of(group)), 403)

    async def test_that_is_not_there_is_not_found(
        self, ada: Person, group: Room, workspace: Room, channel: Room, meet: Meet
    ) -> None:
        await meet(workspace)
        for room in (group, channel):
            assert_empty(await ada("GET", of(room)), 404)

    @pytest.mark.parametrize("id", [NOBODY, "junk", "%00", "%0A", "workspaces"])
    async def test_of_a_room_that_is_not_there_is_not_found(self, ada: Person, id: str) -> None:
        assert_empty(await ada("GET", f"/rooms/{id}/meeting"), 404)


class TestMeetings:
    """GET /meetings."""

    async def test_are_those_of_the_callers_rooms_newest_first(
        self, ada: Person, ben: Person, dora: Person, *, group: Room, workspace: Room, channel: Room, meet: Meet
    ) -> None:
        others = await dora.created("one_to_one", ada)
        hers = await meet(others)
        first, second, third = [await meet(room) for room in (channel, group, workspace)]
        assert_same(await ada("GET", "/meetings"), [third, second, first, hers])
        assert_same(await ben("GET", "/meetings"), [third, second, first])
        assert_same(await dora("GET", "/meetings"), [hers])

    async def test_are_not_those_of_rooms_that_were_left(
        self, ada: Person, ben: Person, *, group: Room, workspace: Room, channel: Room, meet: Meet
    ) -> None:
        first, second, third = [await meet(room) for room in (group, workspace, channel)]
        await ben("DELETE", f"/rooms/{workspace['id']}/members/{ben.id}")
        assert_same(await ben("GET", "/meetings"), [first])
        await ben("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        assert_same(await ben("GET", "/meetings"), [])
        assert_same(await ada("GET", "/meetings"), [third, second, first])

    async def test_go_with_their_rooms(
        self, ada: Person, group: Room, workspace: Room, channel: Room, meet: Meet
    ) -> None:
        for room in (group, workspace, channel):
            await meet(room)
        for room in (workspace, group):
            await ada("DELETE", f"/rooms/{room['id']}")
        assert_same(await ada("GET", "/meetings"), [])


class TestMeetingId:
    """`meetingId` of a room, omitted until there is a meeting."""

    async def test_is_in_every_answer(self, ada: Person, group: Room, meet: Meet) -> None:
        path, everything = f"/rooms/{group['id']}", "/rooms?extraFields=members&extraFields=settings"
        assert "meetingId" not in group
        whole = met(group, await meet(group))
        assert_same(await ada("GET", path), whole)
        assert_same(await ada("PUT", path, json={"name": "Ones"}), whole)
        del whole["membersIds"]
        assert_same(await ada("GET", everything), [whole])
        del whole["members"], whole["userSettings"]
        assert_same(await ada("GET", "/rooms"), [whole])

    async def test_is_in_a_workspace_and_its_channels(
        self, ada: Person, workspace: Room, channel: Room, meet: Meet
    ) -> None:
        of_channel, of_workspace = await meet(channel), await meet(workspace)
        path = f"/rooms/{workspace['id']}"
        for answer in ((await ada("GET", path)).json(), *(await ada("GET", "/rooms")).json()):
            assert answer["meetingId"] == of_workspace["id"]
            assert [child["meetingId"] for child in answer["children"]] == [of_channel["id"]]
        assert_same(await ada("GET", f"/rooms/{channel['id']}"), met(channel, of_channel))

    async def test_comes_after_the_rank(self, ada: Person, workspace: Room, meet: Meet) -> None:
        whole = met(workspace, await meet(workspace))
        assert_same(await ada("GET", f"/rooms/{workspace['id']}"), whole)


class TestElsewhere:
    """A meeting is a room of the administrators' APIs too."""

    async def test_it_is_listed_and_read_in_v2(
        self, hms: httpx.AsyncClient, create: Any, group: Room, meet: Meet
    ) -> None:
        own, id = await create(), ids.to_hex(UUID((await meet(group, name="Daily"))["id"]))
        made = (await hms.get(f"/v2/rooms/{id}")).json()["created_at"]
        facts = {"id": id, "name": "Daily", "created_at": made, "updated_at": made}
        facts["key"] = f"{own['customer_id']}:Daily"
        assert_same(await hms.get(f"/v2/rooms/{id}"), own | facts)
        assert_same(await hms.get("/v2/rooms"), {"limit": 10, "data": [own | facts, own], "last": own["id"]})

    async def test_without_a_name_it_is_named_after_its_chat_room(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, group: Room, meet: Meet
    ) -> None:
        id = UUID((await meet(group))["id"])
        for room in [
            (await hms.get("/v2/rooms")).json()["data"][0],
            (await hms.get(f"/v2/rooms/{ids.to_hex(id)}")).json(),
        ]:
            assert (room["name"], room["key"]) == ("Ones", f"{room['customer_id']}:Ones")
        assert (await vcs.get(f"/api/realtime/room/RO-{id}")).json()["name"] == "Ones"

    async def test_without_any_name_it_has_its_id_there(
        self, hms: httpx.AsyncClient, ada: Person, ben: Person, meet: Meet
    ) -> None:
        id = ids.to_hex(UUID((await meet(await ada.created("one_to_one", ben)))["id"]))
        assert (await hms.get(f"/v2/rooms/{id}")).json()["name"] == id

    async def test_it_is_listed_and_read_in_realtime(self, vcs: httpx.AsyncClient, group: Room, meet: Meet) -> None:
        id = f"RO-{(await meet(group, name='Daily'))['id']}"
        read = await vcs.get(f"/api/realtime/room/{id}")
        seen = read.json()
        at = seen["creationTime"]
        expected = {
            "id": id,
            "name": "Daily",
            "creationTime": at,
            "conferenceType": "SFU",
            "modificationTime": at,
            "maxParticipants": 10,
            "roomTokenTTLSeconds": 86400,
            "roomTTLSeconds": 86400,
            "endpointTTLSeconds": 86400,
            "token": seen["token"],
        }
        assert_same(read, expected)
        assert (await vcs.get("/api/realtime/room")).json()["data"] == [expected]

    @pytest.mark.parametrize("by", ["room", "workspace", "last member"])
    async def test_it_goes_there_with_its_chat_room(
        self,
        hms: httpx.AsyncClient,
        vcs: httpx.AsyncClient,
        ada: Person,
        workspace: Room,
        channel: Room,
        *,
        by: str,
        meet: Meet,
    ) -> None:
        meeting = await meet(channel)
        if by == "last member":
            for member in workspace["membersIds"][:2]:
                await ada("DELETE", f"/rooms/{workspace['id']}/members/{member}")
        path = {
            "room": f"/rooms/{channel['id']}",
            "workspace": f"/rooms/{workspace['id']}",
            "last member": f"/rooms/{workspace['id']}/members/{ada.id}",
        }
        assert_empty(await ada("DELETE", path[by]), 204)
        assert (await hms.get(f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}")).status_code == 404
        assert_same(await hms.get("/v2/rooms"), {"limit": 10, "data": [], "last": ""})
        gone = await vcs.get(f"/api/realtime/room/RO-{meeting['id']}")
        assert (gone.status_code, gone.json()["code"]) == (400, "REALTIME-00004")
        assert_same(await vcs.get("/api/realtime/room"), {"data": []})

    async def test_deleted_there_it_is_gone_here(
        self, vcs: httpx.AsyncClient, ada: Person, group: Room, meet: Meet
    ) -> None:
        meeting = await meet(group)
        deleted = await vcs.delete("/api/realtime/room", params={"id": f"RO-{meeting['id']}"})
        assert deleted.status_code == 200
        assert_empty(await ada("GET", of(group)), 404)
        assert_same(await ada("GET", "/meetings"), [])
        assert_same(await ada("GET", f"/rooms/{group['id']}"), group)

    async def test_changed_there_it_is_a_meeting_still(
        self, hms: httpx.AsyncClient, ada: Person, group: Room, meet: Meet
    ) -> None:
        meeting = await meet(group, name="Daily")
        answer = await hms.post(f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}", json={"name": "weekly"})
        assert answer.status_code == 200
        assert_same(await ada("GET", of(group)), meeting | {"name": "weekly"})

    async def test_other_conferences_are_no_meetings(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, ada: Person, group: Room
    ) -> None:
        await hms.post("/v2/rooms", json={})
        await vcs.post("/api/realtime/room", json={"name": "Ones"})
        assert_same(await ada("GET", "/meetings"), [])
        assert_empty(await ada("GET", of(group)), 404)
