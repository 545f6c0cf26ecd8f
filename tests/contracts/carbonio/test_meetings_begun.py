"""One meeting: `GET` and `DELETE /meetings/{meetingId}`, `POST …/start` and `…/stop`; and whom all of it is refused."""

from itertools import product
from uuid import UUID

import httpx
import pytest
from gatherings import House
from participants import assert_shown, joined
from people import BASES, JSON, NOBODY, TIME, Meet, Person, Plug, Room, of_type
from transcripts import assert_empty, assert_same

from app.domain import ids

#: What is done to one meeting, and how that is answered to a member who is not in it.
OPERATIONS = [
    ("GET", "", 200),
    ("POST", "/start", 200),
    ("POST", "/stop", 200),
    ("POST", "/join", 200),
    ("POST", "/leave", 204),
    ("DELETE", "", 204),
]
EVERY = pytest.mark.parametrize(("method", "path", "status"), OPERATIONS)
TYPES = pytest.mark.parametrize("type", ["group", "one_to_one", "temporary", "workspace", "channel"])


@pytest.fixture
async def meeting(group: Room, meet: Meet) -> Room:
    """The meeting of Ada's group with Ben and Cleo."""
    return await meet(group)


def started(meeting: Room, answer: httpx.Response) -> Room:
    """Return the meeting as it is shown while it is active: `startedAt` stands before its type."""
    whole = {name: meeting[name] for name in meeting if name != "meetingType"} | {"active": True}
    return whole | {"startedAt": answer.json()["startedAt"], "meetingType": meeting["meetingType"]}


class TestStart:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_shows_it_active(self, ada: Person, ben: Person, *, meeting: Room, base: str, slash: str) -> None:
        path = f"{base}/meetings/{meeting['id']}"
        answer = await ben("POST", f"{path}/start{slash}", headers=JSON)
        assert_same(answer, active := started(meeting, answer))
        assert TIME.fullmatch(active["startedAt"])
        assert active["startedAt"] >= meeting["createdAt"]
        assert_same(await ada("GET", f"{path}{slash}"), active)
        assert_same(await ada("GET", f"{base}/meetings{slash}"), [active])
        assert_same(await ada("GET", f"{base}/rooms/{meeting['roomId']}/meeting{slash}"), active)

    async def test_again_changes_nothing(self, ada: Person, ben: Person, *, meeting: Room, venue: House) -> None:
        path = f"/meetings/{meeting['id']}/start"
        active = (await ada("POST", path)).json()
        for person in (ada, ben):
            assert_same(await person("POST", path), active)
        told = {"meeting_id": meeting["id"], "starter_user": ada.id}
        [(type, body, audience)] = (await venue.told())[1:]
        assert (type, body, len(audience)) == ("MeetingStarted", told, 3)

    @pytest.mark.parametrize("content", [b"", b"{}", b"{", b"\xff", b"[1]"])
    @pytest.mark.parametrize("path", ["start", "stop"])
    async def test_and_stop_take_whatever_body(self, ada: Person, meeting: Room, content: bytes, path: str) -> None:
        answer = await ada("POST", f"/meetings/{meeting['id']}/{path}", headers=JSON, content=content)
        assert answer.status_code == 200

    async def test_of_a_disabled_one_is_refused(self, ada: Person, *, meeting: Room, hms: httpx.AsyncClient) -> None:
        path, room = f"/meetings/{meeting['id']}/start", f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}"
        await hms.post(room, json={"enabled": False})
        assert_empty(await ada("POST", path), 403)
        assert_same(await ada("GET", f"/meetings/{meeting['id']}"), meeting)
        await hms.post(room, json={"enabled": True})
        assert_same(answer := await ada("POST", path), started(meeting, answer))


class TestStop:
    async def test_puts_everybody_out(
        self, ada: Person, ben: Person, cleo: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        for person in (ada, ben):
            await joined(person, meeting, await plug(person))
        assert_same(await cleo("POST", f"/meetings/{meeting['id']}/stop"), meeting)
        await assert_shown(ada, meeting)
        types = [type for type, _, _ in await venue.told()]
        assert types == ["MeetingCreated", "MeetingStarted", *["MeetingParticipantJoined"] * 2, "MeetingStopped"]

    async def test_of_one_that_nobody_is_in(self, ada: Person, ben: Person, *, meeting: Room, venue: House) -> None:
        await ada("POST", f"/meetings/{meeting['id']}/start")
        for _ in range(2):
            assert_same(await ben("POST", f"/meetings/{meeting['id']}/stop"), meeting)
        types = [type for type, _, _ in await venue.told()]
        assert types == ["MeetingCreated", "MeetingStarted", "MeetingStopped"]

    async def test_of_one_that_is_not_active_changes_nothing(self, ada: Person, *, meeting: Room, venue: House) -> None:
        assert_same(await ada("POST", f"/meetings/{meeting['id']}/stop"), meeting)
        assert [type for type, _, _ in await venue.told()] == ["MeetingCreated"]

    async def test_of_a_disabled_one(self, ada: Person, *, meeting: Room, plug: Plug, hms: httpx.AsyncClient) -> None:
        await joined(ada, meeting, await plug(ada))
        await hms.post(f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}", json={"enabled": False})
        assert_same(await ada("POST", f"/meetings/{meeting['id']}/stop"), meeting)

    async def test_and_start_again_is_another_start(self, ada: Person, ben: Person, meeting: Room, plug: Plug) -> None:
        first = (await ada("POST", f"/meetings/{meeting['id']}/start")).json()
        await ada("POST", f"/meetings/{meeting['id']}/stop")
        await joined(ben, meeting, await plug(ben))
        second = (await ada("GET", f"/meetings/{meeting['id']}")).json()
        assert second["startedAt"] > first["startedAt"]


class TestDelete:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_leaves_the_room_without_one(
        self, ada: Person, ben: Person, group: Room, *, meeting: Room, base: str, slash: str
    ) -> None:
        path = f"{base}/meetings/{meeting['id']}{slash}"
        assert_empty(await ben("DELETE", path), 204)
        for person in (ada, ben):
            assert_empty(await person("DELETE", path), 404)
            assert_empty(await person("GET", path), 404)
        assert_same(await ada("GET", f"/rooms/{group['id']}"), group)
        assert_same(await ada("GET", "/meetings"), [])

    async def test_of_an_active_one_stops_it_before(
        self, ada: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        await joined(ada, meeting, await plug(ada))
        assert_empty(await ada("DELETE", f"/meetings/{meeting['id']}"), 204)
        assert [type for type, _, _ in (await venue.told())[3:]] == ["MeetingStopped", "MeetingDeleted"]

    async def test_leaves_the_others_alone(self, ada: Person, ben: Person, *, meeting: Room, meet: Meet) -> None:
        other = await meet(await ada.created("one_to_one", ben))
        assert_empty(await ada("DELETE", f"/meetings/{meeting['id']}"), 204)
        assert_same(await ben("GET", "/meetings"), [other])


class TestWhoMay:
    @EVERY
    @TYPES
    async def test_every_member_of_a_room_of_any_type(
        self,
        ada: Person,
        ben: Person,
        cleo: Person,
        *,
        meet: Meet,
        plug: Plug,
        type: str,
        method: str,
        path: str,
        status: int,
    ) -> None:
        meeting = await meet(await of_type(type, ada, ben, cleo))
        answer = await ben(method, f"/meetings/{meeting['id']}{path}", headers=await plug(ben))
        assert answer.status_code == status

    @TYPES
    async def test_nobody_else(
        self,
        ada: Person,
        ben: Person,
        cleo: Person,
        dora: Person,
        *,
        meet: Meet,
        plug: Plug,
        type: str,
        subtests: pytest.Subtests,
    ) -> None:
        meeting = await meet(await of_type(type, ada, ben, cleo))
        for method, path, _ in OPERATIONS:
            with subtests.test(f"{method} {path}"):
                answer = await dora(method, f"/meetings/{meeting['id']}{path}", headers=await plug(dora))
                assert_empty(answer, 403)
                assert_same(await ada("GET", "/meetings"), [meeting])

    async def test_nobody_without_a_credential(
        self, client: httpx.AsyncClient, ada: Person, *, meeting: Room, subtests: pytest.Subtests
    ) -> None:
        for (method, path, _), id in product(OPERATIONS, (meeting["id"], NOBODY)):
            with subtests.test(f"{method} {id}{path}"):
                for headers in ({}, {"Cookie": "ZM_AUTH_TOKEN=junk"}, {"Authorization": "Bearer junk"}):
                    assert_empty(await client.request(method, f"/meetings/{id}{path}", headers=headers), 401)
                assert_empty(await ada(method, f"/meetings/{id}{path}", headers={"queue-id": "junk"}), 401)
                assert_same(await ada("GET", "/meetings"), [meeting])

    async def test_of_one_that_is_not_there(
        self, ada: Person, *, meeting: Room, plug: Plug, subtests: pytest.Subtests
    ) -> None:
        for id in (NOBODY, "junk", "%00", "%FF", "a" * 24, meeting["roomId"]):
            for method, path, _ in OPERATIONS:
                with subtests.test(f"{method} {id}{path}"):
                    assert_empty(await ada(method, f"/meetings/{id}{path}", headers=await plug(ada)), 404)
        assert_same(await ada("GET", "/meetings"), [meeting])

    @EVERY
    async def test_of_a_conference_that_is_no_chat_rooms(
        self, ada: Person, *, plug: Plug, vcs: httpx.AsyncClient, method: str, path: str, status: int
    ) -> None:
        room = (await vcs.post("/api/realtime/room", json={"name": "Ones"})).json()["room"]
        id = room["id"].removeprefix("RO-")
        assert_empty(await ada(method, f"/meetings/{id}{path}", headers=await plug(ada)), 404)
        assert (await vcs.get(f"/api/realtime/room/{id}")).status_code == 200
