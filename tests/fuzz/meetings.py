"""Meetings of the chats: requests are led to those that are there, and who joins is in, hears it, and is shown."""

import json
from collections.abc import Sequence
from typing import Any

import schemathesis
from fuzz.listener import listeners
from schemathesis import Case, CheckContext, Response

Json = dict[str, Any]

#: What events of meetings say besides their type and when.
_EVENTS = {
    "MEETING_CREATED": ["meetingId", "roomId"],
    "MEETING_DELETED": ["meetingId"],
    "MEETING_STARTED": ["meetingId", "starterUser", "startedAt"],
    "MEETING_STOPPED": ["meetingId"],
    "MEETING_PARTICIPANT_JOINED": ["meetingId", "userId"],
    "MEETING_PARTICIPANT_LEFT": ["meetingId", "userId"],
    "MEETING_MESSAGE_SENT": ["meetingId", "message", "messageType"],
}
#: The meetings that the run has made, by their ids, with their rooms.
_meetings: dict[str, str] = {}
#: Those of them in which the caller is, as far as is known.
_joined: dict[str, None] = {}
_KEPT = 3  # meetings are not deleted below that
_WHATEVER = 4  # one of so many
#: Operations on a meeting that need nobody to be in it; those of all others are a media engine's, who is asked last.
_OF_ANY = ("get_meeting", "start_meeting", "leave_meeting", "stop_meeting", "delete_meeting")
#: Those that end presences. The caller stays in one meeting, where he may ask for streams.
_ENDS = _OF_ANY[2:]


def remember(name: str, ids: Json, response: Response) -> None:
    """Learn which meetings there are, and who is in them."""
    if response.status_code not in (200, 204):
        return
    id = str(ids.get("meetingId", "")).lower()
    if name == "create_meeting":
        meeting = response.json()
        _meetings[meeting["id"]] = meeting["roomId"]
    elif name == "join_meeting":
        _joined[id] = None
    elif name in _ENDS:
        _joined.pop(id, None)
    if name == "delete_meeting":
        _meetings.pop(id, None)


def forget(rooms: set[str]) -> None:
    """Take note that these rooms are gone, or their meetings out of reach."""
    for id in {id for id, room in _meetings.items() if room in rooms}:
        del _meetings[id]
        _joined.pop(id, None)


def lead(name: str, case: Case, rooms: Sequence[str], turn: int) -> None:
    """Lead a request to a meeting, or to a room that has one or none, as its operation needs it."""
    ids = case.path_parameters or {}
    if "meetingId" in ids:
        ids["meetingId"] = _one(_fitting(name, turn), turn) or ids["meetingId"]
    if name == "get_meeting_by_room_id":
        ids["roomId"] = _one(list(_meetings.values()), turn) or ids["roomId"]
    elif name == "create_meeting" and isinstance(case.body, dict):
        without = [room for room in rooms if room not in _meetings.values()]
        case.body = {**case.body, "roomId": _one(without or rooms, turn) or case.body["roomId"]}
    elif name in ("join_meeting", "leave_meeting"):
        _lead_to_websocket(case, turn)
    elif name == "update_audio_stream" and isinstance(case.body, dict) and turn % 2:
        case.body = {**case.body, "userToModerate": None}


def _fitting(name: str, turn: int) -> list[str]:
    """Return the meetings where an operation has something to do."""
    if name == "delete_meeting" and len(_meetings) <= _KEPT:
        return []
    if name == "join_meeting":
        return [id for id in _meetings if id not in _joined or turn % _WHATEVER == 0]
    if name in _OF_ANY:
        return [id for id in _meetings if name not in _ENDS or id not in list(_joined)[:1]]
    _sit_down()
    return list(_joined)


def _sit_down() -> None:
    """Let the caller be in one meeting at least, if there is any."""
    for id in list(_meetings)[:1] if not _joined else ():
        if listeners()[0].ask("POST", f"/meetings/{id}/join", {}).status_code == 200:
            _joined[id] = None


def _lead_to_websocket(case: Case, turn: int) -> None:
    """Say by which websocket the caller hears; who leaves may say so or not."""
    headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "queue-id"}
    named = case.operation.path.endswith("/join") or turn % 2
    case.headers = headers | ({"queue-id": listeners()[0].queue_id} if named else {})
    if isinstance(case.body, dict) and turn % 2:  # one stream of the two
        case.body = {"audioStreamEnabled": turn % 4 == 1, "videoStreamEnabled": turn % 4 == 3}


def _one(ids: Sequence[str], turn: int) -> str | None:
    return ids[turn % len(ids)] if ids else None


@schemathesis.check
def who_joins_is_shown(ctx: CheckContext, response: Response, case: Case) -> None:
    """A meeting is active while somebody is in it, whom it shows with what he said, until he leaves."""
    name, id = case.operation.definition.raw["operationId"], (case.path_parameters or {}).get("meetingId")
    if response.status_code not in (200, 204) or name not in ("join_meeting", "leave_meeting", "stop_meeting"):
        return
    shown = listeners()[0].ask("GET", f"/meetings/{id}").json()
    here = {each["queueId"]: each for each in shown["participants"]}
    queue_id = str(response.request.headers.get("queue-id", listeners()[0].queue_id)).lower()
    assert (queue_id in here) == (name == "join_meeting"), shown
    assert shown["active"] == bool(here) == ("startedAt" in shown), shown
    said = json.loads(response.request.body or b"{}")
    for stream in ("audioStreamEnabled", "videoStreamEnabled") if name == "join_meeting" else ():
        assert here[queue_id][stream] == bool(said.get(stream)), shown


@schemathesis.check
class WhatIsHeardIsDocumented:
    """Websockets stay open, whatever is asked, and hear of meetings what stands in the contract."""

    def after_run(self, ctx: CheckContext) -> None:
        for listener in listeners():
            assert listener.websocket.close_code is None, "the server has closed a websocket"
            for said in listener.heard:
                if said["type"].startswith("MEETING_"):
                    assert list(said) == ["type", "sentDate", *_EVENTS[said["type"]]], said
