"""What no generator guesses: most well-formed requests to the chats are led to users and rooms that are there."""

import itertools
from typing import Any

import schemathesis
from fuzz.fuzzer import USERS
from schemathesis import Case, HookContext, Response

Json = dict[str, Any]

#: The rooms that the run has made and, as far as it knows, is still in, by their ids.
_rooms: dict[str, Json] = {}
_turns = itertools.count()
_GENERATED_AS_IT_IS = 4  # one of so many
_KEPT = 6  # rooms are not deleted below that


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: Json) -> None:
    """Lead a request to what is there."""
    turn = next(_turns)
    if case.meta is None or case.meta.generation.mode.is_negative or turn % _GENERATED_AS_IT_IS == 0:
        return
    name = case.operation.definition.raw["operationId"]
    if name == "insert_room" and isinstance(case.body, dict):
        case.body = _room(case.body, turn)
    elif name == "update_workspaces_rank":
        case.body = _ranks("workspace", None, turn)
    elif name == "update_channels_rank":
        case.path_parameters["workspaceId"] = _workspace(turn)
        case.body = _ranks("channel", _workspace(turn), turn)
    elif _rooms and "roomId" in case.path_parameters and (name != "delete_room" or len(_rooms) > _KEPT):
        case.path_parameters["roomId"] = list(_rooms)[turn % len(_rooms)]


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Remember what is there."""
    name, ids = case.operation.definition.raw["operationId"], case.path_parameters or {}
    if name == "insert_room" and response.status_code == 201:
        room = response.json()
        _rooms[room["id"]] = room
    left = name == "delete_room_member" and ids.get("userId") == USERS[0]
    if (name == "delete_room" or left) and response.status_code == 204:
        gone = {id for id, room in _rooms.items() if ids["roomId"] in (id, room.get("parentId"))}
        for id in gone:
            del _rooms[id]


def _room(body: Json, turn: int) -> Json:
    """Return a body that says what a room of its type needs."""
    type = body.get("type")
    others = {"one_to_one": USERS[1 + turn % 2 :][:1], "channel": None}.get(str(type), USERS[turn % 2 :])
    fitting = {"membersIds": others, "members": None, "name": body.get("name") or "Room"}
    return {**body, **fitting, **({"parentId": _workspace(turn)} if type == "channel" else {})}


def _of_type(type: str, parent_id: str | None) -> list[str]:
    return [id for id, room in _rooms.items() if room["type"] == type and room.get("parentId") == parent_id]


def _workspace(turn: int) -> str:
    workspaces = _of_type("workspace", None)
    return workspaces[turn % len(workspaces)] if workspaces else USERS[0]


def _ranks(type: str, parent_id: str | None, turn: int) -> list[Json]:
    """Return an order of all of them, from 0 or from 1."""
    ids = _of_type(type, parent_id)
    return [{"roomId": id, "rank": rank} for rank, id in enumerate(reversed(ids), turn % 2)]
