"""Calls about sessions and who is in them; those of a page with every combination of filters, place and time."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

from app.domain import ids, sessions
from bench.calls.call import Call
from bench.calls.landmarks import COUNT, Landmarks
from bench.sessions import CROWD

_DAY = timedelta(days=1)
_OF_CROWD = CROWD // 5
"""Rows of one session lie side by side, and are read with as many blocks as this many that do not."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _pages(at)
    for whose, meeting, rows in (("a meeting", at.meeting, 1), ("a crowd", at.crowded, _OF_CROWD)):
        yield Call("a session by id", partial(sessions.get, id=meeting.over), rows=rows, details=f"of {whose}")
        for details, asked in (("all", {}), ("one role's", {"role": "host"}), ("one user's", {"user_id": at.busy.id})):
            here = partial(sessions.active, conference_id=meeting.id, **asked)
            yield Call("who is in", here, rows=rows, details=f"{whose}, {details}")
        one: dict[str, Any] = {"conference_id": meeting.id, "peer_id": meeting.peer}
        yield Call("a peer", partial(sessions.get_peer, **one), details=f"of {whose}")
        for role in ("host", "nobody's"):
            change = partial(sessions.change_peer, **one, name="changed", role=role)
            yield Call("a peer changed", change, details=f"of {whose}, {role}")
        tell = partial(sessions.tell, conference_id=meeting.id, message="said", message_type="chat")
        yield Call("a message", tell, rows=rows, details=f"to {whose}")


def _pages(at: Landmarks) -> Iterator[Call]:
    middle = ids.moment(at.middle_session)
    choices: dict[str, tuple[Any, ...]] = {
        "conference_id": (None, at.meeting.id, at.crowded.id),
        "active": (None, True, False),
        "before": (None, at.middle_session),
        "since": (None, middle - _DAY),
        "until": (None, middle + _DAY),
    }
    for chosen in product(*choices.values()):
        given = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        filters = [name for name in ("conference_id", "active") if name in given]
        # Each with its peers; of the crowd, they are as many as of a whole page of others.
        rows = COUNT * _OF_CROWD if given.get("conference_id") == at.crowded.id else 2 * COUNT
        page = partial(sessions.page, count=COUNT, **given)
        kind = f"a page of sessions by {', '.join(filters)}" if filters else "a page of sessions"
        yield Call(kind, page, rows=rows, details=str(given))
