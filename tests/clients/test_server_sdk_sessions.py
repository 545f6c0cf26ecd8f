"""The official Node SDK, as it is published, drives a running server: sessions, and who is in a room just now.

People of the chats are in: each by a websocket, by which they hear what is done to them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from listeners import person
from people import Person
from processes import Server
from sdk import Saw, assert_declared, cast, run
from sockets import Frame, Session, cookie, opened

from app.domain import ids

Told = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What sessions.mjs saw of a meeting, and what each of those who were in it heard meanwhile."""

    saw: Saw
    meeting: str
    people: dict[str, Person]
    heard: dict[str, list[Frame]]

    @property
    def room(self) -> str:
        return ids.to_hex(UUID(self.meeting))


@pytest.fixture(scope="module")
async def seen(node: str, server: Server, server_key: dict[str, str]) -> AsyncIterator[Seen]:
    """A meeting that Ada was in alone, once, and in which all three are now."""
    async with AsyncExitStack() as stack:
        url = server.environment["ENFILADE_DATABASE_URL"]
        people = {name: await stack.enter_async_context(person(url, server, name)) for name in ("Ada", "Ben", "Cleo")}
        ada, *others = people.values()
        room = await ada.created("group", *others, name="Ones")
        sockets = {
            name: await stack.enter_async_context(opened(server.url, "/events", cookie(each.token)))
            for name, each in people.items()
        }
        made = await ada("POST", "/meetings", json={"roomId": room["id"], "meetingType": "permanent", "name": "Daily"})
        meeting = made.json()["id"]
        await join(meeting, ada, sockets["Ada"])
        assert (await ada("POST", f"/meetings/{meeting}/leave")).status_code == 204
        for name, each in people.items():
            await join(meeting, each, sockets[name])
        hex_id = ids.to_hex(UUID(meeting))
        saw = await asyncio.to_thread(run, node, "sessions.mjs", f"{server.url}/v2", server_key, ROOM=hex_id)
        assert (await ada("DELETE", f"/meetings/{meeting}")).status_code == 204
        heard = {name: await until_deleted(socket) for name, socket in sockets.items()}
        yield Seen(saw, meeting, people, heard)


async def join(meeting: str, whose: Person, socket: Session) -> None:
    answer = await whose("POST", f"/meetings/{meeting}/join", headers={"queue-id": socket.queue_id})
    assert answer.status_code == 200, answer.text


async def until_deleted(socket: Session) -> list[Frame]:
    """Return what is heard behind the joining of the last, up to the end of the meeting."""
    heard: list[Frame] = []
    joined = 0
    while (frame := await socket.next())["type"] != "MEETING_DELETED":
        if joined == 4:
            heard.append({name: value for name, value in frame.items() if name not in ("sentDate", "meetingId")})
        joined += frame["type"] == "MEETING_PARTICIPANT_JOINED"
    return heard


class TestRetrieve:
    def test_the_active_room(self, seen: Seen) -> None:
        saw = seen.saw("retrieve")
        room, session = saw["activeRoom"], cast(saw["activeRoom"]["session"])
        assert_declared(room, "activeRoom", "Object")
        assert_declared(session, "activeRoom", "Session")
        assert (room["id"], room["name"]) == (seen.room, "Daily")
        assert session["peers"] == list(saw["peers"])

    def test_the_peers_in_the_order_of_joining(self, seen: Seen) -> None:
        saw = seen.saw("retrieve")
        peers = [cast(peer) for peer in saw["peers"].values()]
        roles = {"Ada": "host", "Ben": "guest", "Cleo": "guest"}
        assert [(peer["name"], peer["role"]) for peer in peers] == list(roles.items())
        assert [peer["user_id"] for peer in peers] == [person.id for person in seen.people.values()]
        for peer, alone in zip(peers, saw["each"], strict=True):
            assert_declared(peer, "activeRoom", "Peer")
            assert_declared(alone, "activeRoom", "PeerWithTrack")
            assert alone == peer | {"tracks": {}}

    def test_the_session(self, seen: Seen) -> None:
        saw = seen.saw("retrieve")
        session = saw["byId"]
        assert_declared(session, "session", "Object")
        assert cast(saw["byRoom"]) == session
        assert (session["room_id"], session["active"]) == (seen.room, True)
        assert list(session["peers"]) == list(saw["peers"])
        for id, peer in session["peers"].items():
            assert_declared(cast(peer), "session", "Peer", without="left_at")
            shared = {name: value for name, value in saw["peers"][id].items() if name != "metadata"}
            assert peer == peer | shared | {"session_id": session["id"], "user": shared["user_id"]}


class TestList:
    def test_shows_the_sessions_of_a_room_newest_first(self, seen: Seen) -> None:
        saw = seen.saw("list")
        newest, oldest = (cast(session) for session in saw["ofRoom"])
        assert newest == seen.saw("retrieve")["byId"]
        assert (newest["active"], oldest["active"], len(oldest["peers"])) == (True, False, 1)
        [left] = (cast(peer) for peer in oldest["peers"].values())
        assert_declared(left, "session", "Peer")
        assert left["name"] == "Ada"
        assert saw["byHundreds"] == saw["ofRoom"] == saw["active"] + saw["over"]
        assert len(saw["active"]) == 1
        assert saw["ofNoRoom"] == []


class TestUpdate:
    def test_changes_a_peer(self, seen: Seen) -> None:
        saw = seen.saw("update")
        assert_declared(saw["updated"], "activeRoom", "PeerWithTrack")
        assert saw["updated"] == saw["before"] | saw["changes"] == saw["now"]


class TestMessages:
    def test_are_heard_by_those_whom_they_are_for(self, seen: Seen) -> None:
        assert seen.saw("sendMessage") == dict.fromkeys(("everybody", "hosts", "cleo"))
        everybody, hosts, cleo = [
            {"type": "MEETING_MESSAGE_SENT", "message": message, "messageType": type}
            for message, type in (("To everybody", "chat"), ("To hosts", "note"), ("To Cleo", "chat"))
        ]
        for name, expected in (("Ada", [everybody, hosts]), ("Ben", [everybody, hosts]), ("Cleo", [everybody, cleo])):
            assert [frame for frame in seen.heard[name] if frame["type"] == "MEETING_MESSAGE_SENT"] == expected


class TestEnds:
    def test_who_is_removed_is_out(self, seen: Seen) -> None:
        _, ben, cleo = seen.saw("retrieve")["peers"]
        assert seen.saw("removePeer") == {"answer": None, "left": [ben, cleo]}
        assert seen.saw("removeRole") == {"answer": None, "left": [ben]}

    def test_the_end_is_the_end_of_the_session(self, seen: Seen) -> None:
        saw = seen.saw("end")
        assert saw["answer"] is None
        over = saw["over"]
        assert_declared(over, "session", "Object")
        assert over["active"] is False
        for peer in over["peers"].values():
            assert_declared(cast(peer), "session", "Peer")
        no_session = {"code": 404, "name": "Not Found", "message": "Error: Session not found"}
        assert saw["activeRoom"] == saw["again"] == no_session
        assert saw["byRoom"]["message"] == f"No active Session found in the room with id - {seen.room}"

    @pytest.mark.parametrize("name", ["Ada", "Ben", "Cleo"])
    def test_everybody_hears_of_it(self, seen: Seen, name: str) -> None:
        """Also who is out already: members hear it, whether they are in or not."""
        others = [frame for frame in seen.heard[name] if frame["type"] != "MEETING_MESSAGE_SENT"]
        left = [{"type": "MEETING_PARTICIPANT_LEFT", "userId": seen.people[who].id} for who in ("Ada", "Cleo")]
        assert others == [*left, {"type": "MEETING_STOPPED"}]


class TestRefusals:
    @pytest.mark.parametrize(
        ("scenario", "code", "name", "message"),
        [
            ("message", 400, "Bad Request", "Invalid body param"),
            ("nobody", 400, "Bad Request", "Invalid body param"),
            ("peer", 404, "Not Found", "Error: Peer not found"),
            ("role", 404, "Not Found", "Error: Role not found"),
            ("unknownPeer", 404, "Not Found", "Error: Peer not found"),
            ("unknownRoom", 404, "Not Found", "Error: Room not found"),
            ("unknownSession", 404, "Not Found", "Error: Session not found"),
        ],
    )
    def test_are_told(self, seen: Seen, scenario: str, code: int, *, name: str, message: str) -> None:
        assert seen.saw("refusals")[scenario] == {"code": code, "name": name, "message": message}
