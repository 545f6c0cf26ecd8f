"""Calls about codes of rooms and stream keys."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

from app.domain import room_codes, stream_keys
from app.domain.secrets import SecretKey
from bench.calls.call import Call
from bench.calls.landmarks import COUNT, Landmarks
from bench.codes import MOST

_SEALING = SecretKey("of the plans, and of nothing else")


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _of_codes(at)
    yield from _of_keys(at)


def _of_codes(at: Landmarks) -> Iterator[Call]:
    for whose, id in (("a room with many", at.coded), ("a room without", at.uncoded)):
        yield Call("codes of all roles", partial(room_codes.create_all, conference_id=id), rows=MOST, details=whose)
        for role in ("host", "nobody's"):
            made = partial(room_codes.create, conference_id=id, role=role)
            yield Call("a new code", made, rows=MOST, details=f"{whose}, {role}")
    choices: dict[str, tuple[Any, ...]] = {
        "before": (None, at.middle_code),
        "role": (None, "guest", "nobody's"),
        "enabled": (None, True, False),
    }
    for chosen in product(*choices.values()):
        given = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        page = partial(room_codes.page, conference_id=at.coded, count=COUNT, **given)
        yield Call("a page of codes", page, rows=MOST, details=str(given))
    for code in (at.code, "nob-odys-one"):
        yield Call("what a code opens", partial(room_codes.opened, code=code), details=code)
        for enabled in (True, False):
            change = partial(room_codes.set_enabled, code=code, enabled=enabled)
            yield Call("a code changed", change, details=f"{code}, {enabled}")


def _of_keys(at: Landmarks) -> Iterator[Call]:
    for whose, id in (("a room with many", at.coded), ("a room without", at.uncoded)):
        made = partial(stream_keys.create, conference_id=id, secret_key=_SEALING)
        yield Call("a new stream key", made, details=whose)
        yield Call("a stream key disabled", partial(stream_keys.disable, conference_id=id), details=whose)
        for before in (None, at.middle_code):
            page = partial(stream_keys.page, conference_id=id, count=COUNT, before=before)
            yield Call("a page of stream keys", page, rows=COUNT, details=f"{whose}, {before}")
