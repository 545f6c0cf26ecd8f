"""Rooms of `/v2` in which people are: requests are led to one, and who is put out is out."""

import json
from functools import cache
from typing import Any
from uuid import UUID

import schemathesis
from fuzz.fuzzer import PEERS
from fuzz.listener import Listener, listeners, show
from schemathesis import Case, CheckContext, Response

from app.domain import ids

Json = dict[str, Any]

_ROOM_IS_THIS = 5  # one of so many
_PUT_OUT = ("end_room", "remove_peers")
_OF_PEOPLE = ("/active-rooms", "/sessions", "/analytics")
_OF_A_ROOM = ("/recordings/room", "/live-streams/room", "/external-streams/room", "/beam")


class _Meeting:
    """A meeting to which people come back after they were put out: to another one, if they are not let in."""

    def __init__(self) -> None:
        self._host, *_ = listeners()
        room = {"type": "group", "name": "Fuzz", "membersIds": PEERS[1:]}
        self._room: str = self._host.ask("POST", "/rooms", room).json()["id"]
        self._id = ""
        self.session: Json = {}

    @property
    def hex(self) -> str:
        """Its id as `/v2` spells it."""
        return ids.to_hex(UUID(self._id))

    def assemble(self) -> None:
        """Let everybody be in it, and look who that is, unless nothing was heard that they are not."""
        while not self.session:
            if self._id and all(self._lets_in(listener) for listener in listeners()):
                self.session = show(f"/v2/active-rooms/{self.hex}").json()["session"]
            else:
                self._id = self._next()

    def _lets_in(self, listener: Listener) -> bool:
        status = listener.ask("POST", f"/meetings/{self._id}/join", {}).status_code
        return status in {200, 409}  # 409: he is in

    def _next(self) -> str:
        if self._id:
            self._host.ask("DELETE", f"/meetings/{self._id}")
        meeting = {"roomId": self._room, "meetingType": "permanent"}
        return str(self._host.ask("POST", "/meetings", meeting).json()["id"])


@cache
def _meeting() -> _Meeting:
    return _Meeting()


def lead(name: str, case: Case, turn: int) -> None:
    """Lead a request to the meeting, its session, and those who are in it."""
    path = case.operation.path
    if path.startswith(_OF_PEOPLE + _OF_A_ROOM) or (path == "/rooms/{id}" and turn % _ROOM_IS_THIS == 0):
        _lead_to_people(name, case, turn)


def _lead_to_people(name: str, case: Case, turn: int) -> None:
    meeting = _meeting()
    meeting.assemble()
    peer_id = meeting.session["peers"][turn % len(PEERS)]
    id = meeting.session["id"] if name == "retrieve_session" else meeting.hex
    known = {"room_id": meeting.hex, "session_id": meeting.session["id"], "peer_id": peer_id, "id": id}
    for named in filter(None, (case.path_parameters, case.query)):
        named.update({name: known[name] for name in named if name in known})
    if isinstance(case.body, dict):
        named = {"room_id": meeting.hex, "peer_id": peer_id, "peerId": peer_id}
        case.body = {**case.body, **{name: named[name] for name in named if case.body.get(name)}}


def remember(name: str, case: Case, response: Response) -> None:
    """Learn that somebody is perhaps not there any more."""
    if name in _PUT_OUT or (case.operation.path.startswith(_OF_PEOPLE) and response.status_code == 404):
        _meeting().session = {}


@schemathesis.check
def who_is_put_out_is_out(ctx: CheckContext, response: Response, case: Case) -> None:
    """No session runs in a room that was ended, and nobody is in it who was removed."""
    if case.operation.definition.raw["operationId"] not in _PUT_OUT or response.status_code != 200:
        return
    said, now = json.loads(response.request.body or b"{}"), show(f"/v2/active-rooms/{case.path_parameters['room_id']}")
    is_ended = case.operation.path.endswith("/end-room")
    assert now.status_code in ({404} if is_ended else {200, 404}), now.text
    peers = now.json()["session"]["peers"] if now.status_code == 200 else []
    assert said.get("peer_id") not in peers, now.text
