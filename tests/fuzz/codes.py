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
#: The room's codes when it was made, one of each role; none when another room is to be made.
_first: list[Json] = []
_codes: list[str] = []


def lead(name: str, case: Case, turn: int) -> None:
    """Lead a request to the room and a role of its template, or to a code."""
    if case.operation.path.startswith(_OF_A_ROOM):
        if not _first:
            _first.extend(_of_a_new_room())
        _fill(case.path_parameters or {}, turn)
        _fill(case.query or {}, turn)
    elif name in ("update_room_code", "exchange_room_code") and isinstance(case.body, dict) and turn % _WHATEVER:
        case.body = {**case.body, **({"code": _one(_codes[-_LATEST:], turn)} if _codes else {})}


def _of_a_new_room() -> list[Json]:
    codes: list[Json] = make(f"/v2/room-codes/room/{make('/v2/rooms').json()['id']}").json()["data"]
    return codes


def _fill(said: Json, turn: int) -> None:
    if _first:
        said.update({name: _one(_first, turn)[name] for name in ("room_id", "role") if name in said})


def _one(things: Sequence[Any], turn: int) -> Any:
    return things[turn % len(things)]


def remember(name: str, response: Response) -> None:
    """Learn which codes there are, and where there will be none."""
    if any(text in response.content for text in _FRUITLESS):
        _first.clear()
    elif name in ("create_room_codes", "create_room_code") and response.status_code == 200:
        told = response.json()
        _codes.extend(code["code"] for code in told.get("data", [told]))


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
