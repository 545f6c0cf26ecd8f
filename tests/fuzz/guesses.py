"""What no generator guesses: most well-formed requests are led to what is there, and files have sizes."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import schemathesis
from fuzz import active_rooms, codes, meetings, polls, previews, templates
from fuzz.fuzzer import LARGEST, USERS
from people import stanza
from schemathesis import Case, HookContext, Response
from schemathesis.generation.meta import CoverageScenario

Json = dict[str, Any]

#: The rooms that the run has made and, as far as it knows, is still in, by their ids.
_rooms: dict[str, Json] = {}
#: The files in them, by their ids, with their rooms.
_files: dict[str, str] = {}
#: What pages gave for the next one, by their rooms.
_filters: dict[str, str] = {}
#: The rooms that have a picture, the last one at the end.
_pictured: dict[str, None] = {}
_turns = itertools.count()
_GENERATED_AS_IT_IS = 4  # one of so many
_WHATEVER = 5  # one of so many
_KEPT = 6  # rooms are not deleted below that, and neither are files
_PARTS = ("bytes=0-", "bytes=99999-", "", "bytes=-1", "bytes=-0", "bytes=0-0, 1-1", "bytes=1-0")
#: What is asked for next, by the path.
_parts: defaultdict[str, Iterator[str]] = defaultdict(partial(itertools.cycle, _PARTS))
_SIZES = (0, 1, 1000, LARGEST, LARGEST + 1)


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: Json) -> None:
    """Lead a request to what is there."""
    turn = next(_turns)
    previews.make_small(case.path_parameters or {})
    templates.agree(case)
    told = case.operation.definition.raw
    if case.method == "POST" and "requestBody" not in told and not _lacks_a_field(case):
        case.headers["Content-Type"] = "application/json"  # as the web client says, also without a body
    if case.meta is None or case.meta.generation.mode.is_negative or turn % _GENERATED_AS_IT_IS == 0:
        return
    name = told["operationId"]
    _lead_path(name, case.path_parameters or {}, turn)
    meetings.lead(name, case, list(_rooms), turn)
    active_rooms.lead(name, case, turn)
    codes.lead(name, case, turn)
    templates.lead(name, case, turn)
    polls.lead(name, case, turn)
    if isinstance(case.body, dict) and "file" in case.body:
        kwargs["files"] = _form(case.body, previews.next_file(name))
    if lead := previews.lead if previews.kind_of(name) else _LEADERS.get(name):
        lead(case, turn)


def _lacks_a_field(case: Case) -> bool:
    """Whether a field is missing on purpose: schemathesis puts it back when any other is changed."""
    scenario = getattr(case.meta.phase.data, "scenario", None) if case.meta else None
    return scenario is CoverageScenario.MISSING_PARAMETER


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Remember what is there."""
    name, ids = case.operation.definition.raw["operationId"], case.path_parameters or {}
    meetings.remember(name, ids, response)
    active_rooms.remember(name, case, response)
    codes.remember(name, case, response)
    templates.remember(name, case, response)
    polls.remember(name, case, response)
    if name == "insert_room" and response.status_code == 201:
        room = response.json()
        _rooms[room["id"]] = room
    elif name in ("insert_attachment", "insert_attachment_of_form") and response.status_code == 201:
        id = response.json()["id"]
        _files[id] = ids["roomId"]
        previews.remember(id, response.request.body)
    elif name == "list_room_attachment_info" and response.status_code == 200:
        page = response.json()
        _files.update({file["id"]: ids["roomId"] for file in page["attachments"]})
        _filters.update({ids["roomId"]: page["filter"]} if "filter" in page else {})
    elif name == "delete_attachment" and response.status_code == 204:
        _files.pop(ids["fileId"].lower(), None)
    elif name == "update_room_picture" and response.status_code == 204:
        _pictured[ids["roomId"]] = None
    elif name == "delete_room_picture" and response.status_code == 204:
        _pictured.pop(ids["roomId"].lower(), None)
    left = name == "delete_room_member" and ids.get("userId") == USERS[0]
    if (name == "delete_room" or left) and response.status_code == 204:
        _forget(ids["roomId"])


def _forget(room_id: str) -> None:
    gone = {id for id, room in _rooms.items() if room_id in (id, room.get("parentId"))}
    meetings.forget(gone)
    for id in gone:
        del _rooms[id]
        _pictured.pop(id, None)
    for id in {id for id, its_room in _files.items() if its_room not in _rooms}:
        del _files[id]


def _lead_path(name: str, ids: Json, turn: int) -> None:
    if "roomId" in ids and (name != "delete_room" or len(_rooms) > _KEPT):
        ids["roomId"] = _one(_fitting(name), turn) or ids["roomId"]
    if "fileId" in ids and (name != "delete_attachment" or len(_files) > _KEPT):
        fitting = previews.shown_as(previews.kind_of(name), list(_files)) if turn % _WHATEVER else []
        ids["fileId"] = _one(fitting or list(_files), turn) or ids["fileId"]
    if name in ("update_user_picture", "delete_user_picture"):
        ids["userId"] = USERS[0]
    if name in ("update_to_owner", "delete_owner"):
        ids["userId"] = USERS[-1]  # who is in every group


def _fitting(name: str) -> Sequence[str]:
    """Return the rooms where an operation has something to do."""
    if name in ("update_room_picture", "update_to_owner", "delete_owner"):
        return _of_type("group", None)
    if name == "get_room_picture" or (name == "delete_room_picture" and len(_pictured) > 1):
        return list(_pictured)
    if name == "list_room_attachment_info" and _files:
        return list(_files.values())
    if name.startswith("insert_attachment"):
        return _of_type("group", None)[:2]  # whose pages are soon full
    return list(_rooms)


def _one(ids: Sequence[str], turn: int) -> str | None:
    return ids[turn % len(ids)] if ids else None


def _lead_room(case: Case, turn: int) -> None:
    if not isinstance(case.body, dict):
        return
    body, type = case.body, case.body.get("type")
    others = {"one_to_one": USERS[1 + turn % 2 :][:1], "channel": None}.get(str(type), USERS[turn % 2 :])
    fitting = {"membersIds": others, "members": None, "name": body.get("name") or "Room"}
    case.body = {**body, **fitting, **({"parentId": _workspace(turn)} if type == "channel" else {})}


def _lead_workspaces(case: Case, turn: int) -> None:
    case.body = _ranks("workspace", None, turn)


def _lead_channels(case: Case, turn: int) -> None:
    case.path_parameters["workspaceId"] = _workspace(turn)
    case.body = _ranks("channel", _workspace(turn), turn)


def _lead_page(case: Case, turn: int) -> None:
    """Go on where a page has ended, of this room or of another."""
    query = {} if "filter" not in (case.query or {}) else {"filter": _one(list(_filters.values()), turn) or ""}
    case.query = {**(case.query or {}), **query}


def _lead_bytes(case: Case, turn: int) -> None:
    case.body = bytes(_SIZES[turn % len(_SIZES)])


def _lead_file(case: Case, turn: int) -> None:
    case.body = previews.next_file("insert_attachment")


def _form(said: Json, content: bytes) -> Json:
    """Return the parts of a form: what is said with the file as it is, but a real file."""
    return {**{name: (None, str(value)) for name, value in said.items()}, "file": ("file", content)}


def _lead_download(case: Case, turn: int) -> None:
    """Ask for parts that are there, for others, and now and then for news alone."""
    part = next(_parts[case.operation.path])
    case.headers = {**(case.headers or {}), "Range": part or "bytes=0-", "If-None-Match": '"0"' if part else "*"}


def _lead_messages(case: Case, turn: int) -> None:
    """Forward what brings a file, or plain text."""
    if isinstance(case.body, list):
        file = _one(list(_files), turn)
        original = stanza(file) if file and turn % 2 else "Hello"
        case.body = [{**message, "originalMessage": original} for message in case.body if isinstance(message, dict)]


_LEADERS: dict[str, Callable[[Case, int], None]] = {
    "insert_room": _lead_room,
    "update_workspaces_rank": _lead_workspaces,
    "update_channels_rank": _lead_channels,
    "list_room_attachment_info": _lead_page,
    "insert_attachment": _lead_file,
    "update_room_picture": _lead_bytes,
    "update_user_picture": _lead_bytes,
    "forward_messages": _lead_messages,
    "get_attachment": _lead_download,
    "get_room_picture": _lead_download,
    "get_user_picture": _lead_download,
}


def _of_type(type: str, parent_id: str | None) -> list[str]:
    return [id for id, room in _rooms.items() if room["type"] == type and room.get("parentId") == parent_id]


def _workspace(turn: int) -> str:
    return _one(_of_type("workspace", None), turn) or USERS[0]


def _ranks(type: str, parent_id: str | None, turn: int) -> list[Json]:
    """Return an order of all of them, from 0 or from 1."""
    ids = _of_type(type, parent_id)
    return [{"roomId": id, "rank": rank} for rank, id in enumerate(reversed(ids), turn % 2)]
