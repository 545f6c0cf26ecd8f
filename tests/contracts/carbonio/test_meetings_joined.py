"""Who joins a meeting: `POST /meetings/{meetingId}/join`, and the participants that are shown."""

import asyncio
import itertools
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from gatherings import House
from participants import ACCEPTED, assert_shown, joined
from people import BASES, JSON, Meet, Person, Plug, Room, of_type
from transcripts import assert_empty, assert_same

from app.domain import ids

#: What no body can be.
WRONG: list[object] = [
    *({"audioStreamEnabled": each} for each in (1, 0, "true", "", [], {})),
    *({"audioStreamEnabled": True, "videoStreamEnabled": each} for each in (1, "false", [True])),
    *([], [{}], "x", 1, True),
]


@pytest.fixture
async def meeting(group: Room, meet: Meet) -> Room:
    """The meeting of Ada's group with Ben and Cleo."""
    return await meet(group)


class TestJoin:
    async def test_shows_everybody_in_the_order_of_joining(
        self, ada: Person, ben: Person, cleo: Person, *, meeting: Room, plug: Plug
    ) -> None:
        people = [await joined(each, meeting, await plug(each)) for each in (cleo, ada, ben)]
        shown = await assert_shown(ben, meeting, *people)
        assert shown["startedAt"] <= shown["participants"][0]["joinedAt"]

    @pytest.mark.parametrize(
        ("audio", "video"), [*itertools.product((True, False), repeat=2), (None, None), (None, True), (True, None)]
    )
    async def test_keeps_the_flags(self, ada: Person, meeting: Room, plug: Plug, *, audio: Any, video: Any) -> None:
        flags = {"audioStreamEnabled": audio, "videoStreamEnabled": video}
        await assert_shown(ada, meeting, await joined(ada, meeting, await plug(ada), **flags))

    @pytest.mark.parametrize("content", [b"", b"{}", b'{"screenStreamEnabled":true,"queueId":1,"unknown":null}'])
    async def test_needs_no_flags(self, ada: Person, meeting: Room, plug: Plug, content: bytes) -> None:
        socket = await plug(ada)
        path = f"/meetings/{meeting['id']}/join"
        assert_same(await ada("POST", path, content=content, headers=JSON | socket), ACCEPTED)
        streams = dict.fromkeys(["audioStreamEnabled", "videoStreamEnabled", "screenStreamEnabled"], False)
        await assert_shown(ada, meeting, {"userId": ada.id, "queueId": socket["queue-id"], **streams})

    @pytest.mark.parametrize("type", ["one_to_one", "temporary", "workspace", "channel"])
    async def test_in_rooms_of_every_type_by_any_member(
        self, ada: Person, ben: Person, cleo: Person, *, meet: Meet, plug: Plug, type: str
    ) -> None:
        meeting = await meet(await of_type(type, ada, ben, cleo), meetingType="scheduled")
        people = [await joined(each, meeting, await plug(each)) for each in (ben, ada)]
        await assert_shown(ada, meeting, *people)

    @pytest.mark.parametrize("base", BASES)
    async def test_by_either_path_with_a_slash_and_capitals(
        self, ada: Person, meeting: Room, plug: Plug, base: str
    ) -> None:
        socket = await plug(ada)
        shouted = {"Queue-ID": socket["queue-id"].upper()}
        path = f"{base}/meetings/{meeting['id'].upper()}"
        assert_same(await ada("POST", f"{path}/join/", headers=shouted, json={"audioStreamEnabled": True}), ACCEPTED)
        [shown] = (await ada("GET", f"{path}/")).json()["participants"]
        assert shown["queueId"] == socket["queue-id"]
        assert_empty(await ada("POST", f"{path}/leave/", headers=shouted), 204)
        await assert_shown(ada, meeting)

    async def test_starts_it_for_who_comes_first_alone(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        await joined(ben, meeting, await plug(ben))
        started = (await ada("GET", f"/meetings/{meeting['id']}")).json()["startedAt"]
        await joined(ada, meeting, await plug(ada))
        assert (await ada("GET", f"/meetings/{meeting['id']}")).json()["startedAt"] == started
        told = [(type, body.get("starter_user") or body.get("user_id")) for type, body, _ in await venue.told()]
        came = [("MeetingParticipantJoined", person.id) for person in (ben, ada)]
        assert told == [("MeetingCreated", None), ("MeetingStarted", ben.id), *came]

    async def test_of_one_that_is_started_does_not_start_it_again(
        self, ada: Person, ben: Person, meeting: Room, plug: Plug
    ) -> None:
        started = (await ada("POST", f"/meetings/{meeting['id']}/start")).json()["startedAt"]
        await joined(ben, meeting, await plug(ben))
        assert (await ada("GET", f"/meetings/{meeting['id']}")).json()["startedAt"] == started

    async def test_of_two_meetings_by_one_socket(
        self, ada: Person, ben: Person, meeting: Room, meet: Meet, plug: Plug
    ) -> None:
        other, socket = await meet(await ada.created("one_to_one", ben)), await plug(ada)
        for each in (meeting, other):
            await joined(ada, each, socket)
            shown = (await ben("GET", f"/meetings/{each['id']}")).json()
            assert [participant["queueId"] for participant in shown["participants"]] == [socket["queue-id"]]


class TestClash:
    async def test_takes_the_place_of_the_first_socket(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        await joined(ada, meeting, await plug(ada), audioStreamEnabled=True)
        second = await joined(ben, meeting, await plug(ben))
        again = await joined(ada, meeting, await plug(ada), videoStreamEnabled=True)
        await assert_shown(ben, meeting, second, again)
        types = [type for type, _, _ in await venue.told()][-3:]
        assert types == ["MeetingParticipantLeft", "MeetingParticipantClashed", "MeetingParticipantJoined"]

    async def test_of_the_only_one_does_not_stop_the_meeting(self, ada: Person, meeting: Room, plug: Plug) -> None:
        await joined(ada, meeting, await plug(ada))
        started = (await ada("GET", f"/meetings/{meeting['id']}")).json()["startedAt"]
        shown = await assert_shown(ada, meeting, await joined(ada, meeting, await plug(ada)))
        assert shown["startedAt"] == started

    async def test_with_the_same_socket_is_refused(
        self, ada: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        socket = await plug(ada)
        once = await joined(ada, meeting, socket, audioStreamEnabled=True)
        before = await venue.told()
        answer = await ada("POST", f"/meetings/{meeting['id']}/join", headers=socket, json={"videoStreamEnabled": True})
        assert_empty(answer, 409)
        await assert_shown(ada, meeting, once)
        assert await venue.told() == before

    async def test_of_many_sockets_leaves_one_of_them(
        self, ada: Person, meeting: Room, plug: Plug, venue: House
    ) -> None:
        sockets = [await plug(ada) for _ in range(6)]
        path = f"/meetings/{meeting['id']}/join"
        for answer in await asyncio.gather(*(ada("POST", path, headers=socket) for socket in sockets)):
            assert_same(answer, ACCEPTED)
        [left] = (await ada("GET", f"/meetings/{meeting['id']}")).json()["participants"]
        assert left["queueId"] in [socket["queue-id"] for socket in sockets]
        told = [type for type, _, _ in await venue.told()]
        assert (told.count("MeetingStarted"), told.count("MeetingParticipantClashed")) == (1, 5)


class TestJoinRefused:
    """The order is: 401, the body 400, the meeting 404, the caller 403, and then the socket."""

    async def test_without_a_credential_or_with_a_queue_that_is_none(
        self, client: httpx.AsyncClient, ada: Person, meeting: Room
    ) -> None:
        for path in ("join", "leave"):
            assert_empty(await client.post(f"/meetings/{meeting['id']}/{path}", content=b"{"), 401)
            for junk in ("junk", f"{uuid4()}0", str(uuid4()).replace("-", "")):
                answer = await ada("POST", f"/meetings/{meeting['id']}/{path}", headers={"queue-id": junk}, json={})
                assert_empty(answer, 401)
        await assert_shown(ada, meeting)

    async def test_without_a_socket_of_the_callers_that_is_open(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, database: asyncpg.Connection
    ) -> None:
        closed = await plug(ada)
        await database.execute("DELETE FROM connection")
        for headers in ({}, {"queue-id": ""}, {"queue-id": str(uuid4())}, closed, await plug(ben)):
            assert_empty(await ada("POST", f"/meetings/{meeting['id']}/join", headers=headers, json={}), 400)
        await assert_shown(ada, meeting)

    async def test_with_a_wrong_body(
        self, ada: Person, dora: Person, *, meeting: Room, plug: Plug, subtests: pytest.Subtests
    ) -> None:
        for wrong in WRONG:
            with subtests.test(repr(wrong)):
                for person, path in ((ada, meeting["id"]), (dora, meeting["id"]), (ada, uuid4())):
                    answer = await person("POST", f"/meetings/{path}/join", headers=await plug(person), json=wrong)
                    assert_empty(answer, 400)
                await assert_shown(ada, meeting)

    @pytest.mark.parametrize("type", ["", "text/plain", "application/x-www-form-urlencoded"])
    async def test_with_a_body_that_a_foreign_page_could_send(
        self, client: httpx.AsyncClient, ada: Person, *, meeting: Room, plug: Plug, type: str
    ) -> None:
        """Beside the cookie; who shows the bearer is no page."""
        path, headers = f"/meetings/{meeting['id']}/join", await plug(ada) | {"Content-Type": type}
        assert_empty(await ada("POST", path, content=b"{}", headers=headers), 400)
        await assert_shown(ada, meeting)
        headers |= {"Authorization": f"Bearer {ada.token}"}
        assert_same(await client.post(path, content=b"{}", headers=headers), ACCEPTED)

    async def test_of_who_is_no_member_whatever_his_socket(self, dora: Person, meeting: Room, plug: Plug) -> None:
        for headers in ({}, await plug(dora)):
            for path in ("join", "leave"):
                assert_empty(await dora("POST", f"/meetings/{meeting['id']}/{path}", headers=headers), 403)

    async def test_of_who_is_a_member_no_more(self, ada: Person, ben: Person, meeting: Room, plug: Plug) -> None:
        socket = await plug(ben)
        await joined(ben, meeting, socket)
        assert_empty(await ada("DELETE", f"/rooms/{meeting['roomId']}/members/{ben.id}"), 204)
        await assert_shown(ada, meeting)
        for path in ("join", "leave"):
            assert_empty(await ben("POST", f"/meetings/{meeting['id']}/{path}", headers=socket), 403)

    async def test_while_it_is_disabled(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, hms: httpx.AsyncClient
    ) -> None:
        first = await joined(ada, meeting, await plug(ada))
        room = f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}"
        await hms.post(room, json={"enabled": False})
        for person in (ada, ben):
            answer = await person("POST", f"/meetings/{meeting['id']}/join", headers=await plug(person))
            assert_empty(answer, 403)
        await assert_shown(ben, meeting, first)
        await hms.post(room, json={"enabled": True})
        await assert_shown(ben, meeting, first, await joined(ben, meeting, await plug(ben)))

    async def test_while_it_is_full(
        self, ada: Person, ben: Person, cleo: Person, *, meeting: Room, plug: Plug, hms: httpx.AsyncClient
    ) -> None:
        """Who is in it counts himself not: another socket of his has his place."""
        await hms.post(f"/v2/rooms/{ids.to_hex(UUID(meeting['id']))}", json={"size": 2})
        await joined(ada, meeting, await plug(ada))
        second = await joined(ben, meeting, await plug(ben))
        assert_empty(await cleo("POST", f"/meetings/{meeting['id']}/join", headers=await plug(cleo)), 403)
        await assert_shown(cleo, meeting, second, await joined(ada, meeting, await plug(ada)))
        assert_empty(await ben("POST", f"/meetings/{meeting['id']}/leave"), 204)
        await joined(cleo, meeting, await plug(cleo))
        assert_empty(await ben("POST", f"/meetings/{meeting['id']}/join", headers=await plug(ben)), 403)
