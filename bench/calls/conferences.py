"""Calls about conferences; those of a page with every combination of filters, place and time."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

from app.domain import conferences, configurations, ids, keys
from app.domain.conferences import Limits
from app.domain.configurations import Configuration
from bench.calls.call import Call, asking_both
from bench.calls.landmarks import COUNT, Landmarks

_LIMITS = Limits(max_participants=10, token_ttl_seconds=86_400, room_ttl_seconds=86_400, endpoint_ttl_seconds=86_400)
_DAY = timedelta(days=1)


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _pages(at)
    yield from _of_rooms(at)


def _pages(at: Landmarks) -> Iterator[Call]:
    middle = ids.moment(at.middle)
    choices: dict[str, tuple[Any, ...]] = {
        "template_id": (None, *at.templates),
        "enabled": (None, True, False),
        "name": (None, at.room_name),
        "before": (None, at.middle, at.nearly_last),
        "since": (None, middle - _DAY),
        "until": (None, middle + _DAY),
    }
    for chosen in product(*choices.values()):
        given = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        filters = [name for name in ("template_id", "enabled", "name") if name in given]
        yield Call(
            f"a page by {', '.join(filters)}" if filters else "a page",
            partial(conferences.page, count=COUNT, **given),
            # Which of a template's rooms are enabled is seen in each: most are, so those that are not lie far apart.
            rows=4 * COUNT if filters == ["template_id", "enabled"] else COUNT,
            details=str(given),
        )


def _of_rooms(at: Landmarks) -> Iterator[Call]:
    said = Configuration(description="said", enabled=False, recording="{}")
    yield Call("a room by id", partial(conferences.get, id=at.middle))
    by_id = conferences._BY_ID  # noqa: SLF001 - asked together with a credential, as `app/apis/admission.py` does
    for question, given in ((keys.OF_VCS, {"secret_hash": b""}), (keys.OF_HMS, {"key_id": at.hms_key})):
        yield Call("a room by id, beside a key", asking_both(question, by_id, id=at.middle, **given))
    yield Call("a new room", partial(conferences.create, name="new", limits=_LIMITS))
    for name in ("new", at.room_name):
        establish = partial(configurations.establish, name=name, configuration=said, limits=_LIMITS)
        yield Call("a room established by name", establish, details=name)
    yield Call("a change by id", partial(configurations.change, id=at.middle, configuration=said, name="new"))
    yield Call("a change by name", partial(configurations.change_named, name=at.room_name, configuration=said))
    yield Call("a room removed", partial(conferences.remove, id=at.middle))
    yield Call("a sweep of rooms", conferences.sweep, rows=2 * 1000)  # found and locked, then deleted
