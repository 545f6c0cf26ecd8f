"""Codes and stream keys of `/v2`: requests are led to a room that is enabled, and to codes that were shown."""

from collections.abc import Sequence
from typing import Any

import schemathesis
from fuzz.listener import make, show
from schemathesis import Case, CheckContext, Response

Json = dict[str, Any]

_OF_A_ROOM = ("/room-codes/room", "/stream-keys/room")
_FRUITLESS = (b"Room is disabled", b"as many room codes")
_LATEST = 5  # codes
_WHATEVER = 4  # one of so many
#: What is asked before, at every other turn, so that there is no stream key yet, or one.
_BEFORE = {"create_stream_key": "/disable", "disable_stream_key": ""}
#: The room's codes when it was made, one of each role; none when another room is to be made.
_first: list[Json] = []
#: Whether a code opens something, as far as is known.
_codes: dict[str, bool] = {}


def lead(name: str, case: Case, turn: int) -> None:
    """Lead a request to the room and a role of its template, or to a code."""
    if _is_of_a_room(case):
        if not _first:
            _first.extend(_of_a_new_room())
        code = _one(_first, turn)
        for said in (case.path_parameters or {}, case.query or {}):
            said.update({member: code[member] for member in ("room_id", "role") if member in said})
    elif name in ("update_room_code", "exchange_room_code") and isinstance(case.body, dict) and turn % _WHATEVER:
        known = [code for code, is_open in _codes.items() if is_open or name == "update_room_code"]
        case.body = {**case.body, **({"code": _one(known[-_LATEST:], turn)} if known else {})}
    if name in _BEFORE and turn % 2:
        make(f"/v2/stream-keys/room/{case.path_parameters['room_id']}{_BEFORE[name]}")


def _is_of_a_room(case: Case) -> bool:
    return case.operation.path.startswith(_OF_A_ROOM)


def _of_a_new_room() -> list[Json]:
    """Return the codes of a room whose template is its own: what becomes of others does not empty it."""
    template = make("/v2/templates", {"roles": {"host": {}, "guest": {}}}).json()
    room = make("/v2/rooms", {"template_id": template["id"]}).json()
    codes: list[Json] = make(f"/v2/room-codes/room/{room['id']}").json()["data"]
    return codes


def _one(things: Sequence[Any], turn: int) -> Any:
    return things[turn % len(things)]


def remember(name: str, case: Case, response: Response) -> None:
    """Learn which codes there are, and where there will be none."""
    if _is_of_a_room(case) and any(text in response.content for text in _FRUITLESS):
        _first.clear()
    elif name in ("create_room_codes", "create_room_code", "update_room_code") and response.status_code == 200:
        told = response.json()
        _codes.update({code["code"]: code["enabled"] for code in told.get("data", [told])})
    elif name == "exchange_room_code" and response.status_code == 403:
        _codes[case.body["code"]] = False


@schemathesis.check
def codes_that_are_made_are_listed(ctx: CheckContext, response: Response, case: Case) -> None:
    """A room's roles have a code each, among those that it lists; of which there are never too many."""
    if case.operation.definition.raw["operationId"] != "create_room_codes" or response.status_code != 200:
        return
    path = f"/v2/room-codes/room/{case.path_parameters['room_id']}"
    made, listed = response.json()["data"], show(f"{path}?limit=100").json()
    assert len({code["role"] for code in made}) == len(made), made
    assert all(code in listed["data"] for code in made), listed
    assert not made or not show(f"{path}?start={listed['last']}").json()["data"]
