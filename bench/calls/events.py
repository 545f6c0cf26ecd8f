"""Calls about events: what the feed reads, what a client has missed, what the sweep prunes, and a crowded room's."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from app.domain import events, rooms
from app.domain.events import REPLAYED
from app.domain.invitations import Invited
from bench.calls.call import Call
from bench.calls.landmarks import Landmarks

_READ_AT_ONCE: Final = 32
_MISSED_AT_ONCE: Final = 64
_PRUNED_AT_ONCE: Final = 10_000
_IN_A_BLOCK: Final = 20
"""So many events lie in a block at least: they are read in the order in which they are stored."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _of_the_feed(at)
    yield from _of_one_who_returns(at)
    yield Call("events pruned", events.prune, rows=_PRUNED_AT_ONCE)
    yield from _of_a_crowd(at)


def _of_the_feed(at: Landmarks) -> Iterator[Call]:
    yield Call("events that are kept", events.kept)
    for details, behind in (("one", 1), ("some", _READ_AT_ONCE), ("all", at.events)):
        read = partial(events.read, last=at.last_event - behind, most=_READ_AT_ONCE)
        yield Call("events read on", read, rows=_READ_AT_ONCE // _IN_A_BLOCK, details=f"{details} to come")


def _of_one_who_returns(at: Landmarks) -> Iterator[Call]:
    for details, behind, rows in (
        ("nothing", 0, 1),
        ("a few", 100, 1),
        ("all that is told", REPLAYED, REPLAYED // _IN_A_BLOCK),
    ):
        missed = partial(
            events.missed,
            last=at.last_event - behind,
            until=at.last_event,
            user_id=at.busy.id,
            most=_MISSED_AT_ONCE,
        )
        yield Call("events missed", missed, rows=rows, details=details)


def _of_a_crowd(at: Landmarks) -> Iterator[Call]:
    several = [Invited(user_id=id) for id in at.crowd]
    said: dict[str, Any] = {"name": "new", "description": None, "caller_id": at.busy.id, "most_members": 0}
    create = partial(rooms.create, type="workspace", others=several, **said)
    # Of each a member's row with its entries in indexes; then who hears of it.
    yield Call("a new chat of a crowd", create, rows=4 * len(several), details=f"{len(several)} others")
