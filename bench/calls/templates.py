"""Calls about templates; those of a page with every combination of filters and place."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

from app.domain import templates
from app.domain.templates import Contents
from bench.calls.call import Call
from bench.calls.landmarks import COUNT, Landmarks

_CONTENTS = Contents(
    region="eu",
    recording=None,
    sealed_recording=None,
    settings="{}",
    roles='{"host":{}}',
    destinations="{}",
    plugins=None,
)
_COLUMNS: tuple[dict[str, Any], ...] = (
    {"roles": "{}"},
    {"destinations": "{}"},
    {"recordings": "[]"},
    {"region": "us", "recording": None, "sealed_recording": None, "settings": "{}"},
)


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    one = at.templates[0]
    yield Call("a template chosen by id", partial(templates.chosen, id=one))
    yield Call("a template chosen by name", partial(templates.chosen, name=at.template_name))
    yield Call("a template", partial(templates.get, id=one))
    yield Call("a template held", partial(templates.hold, id=one))
    yield Call("a role", partial(templates.get_role, id=one, role="host"))
    for default in (None, True):
        for name in ("new", at.template_name):
            establish = partial(templates.establish, name=name, contents=_CONTENTS, default=default)
            yield Call("a template established", establish, details=f"{name}, default: {default}")
        replace = partial(templates.replace, id=one, contents=_CONTENTS, name="new", default=default)
        yield Call("a template replaced", replace, details=f"default: {default}")
    for changed in _COLUMNS:
        yield Call("a template changed", partial(templates.change, id=one, **changed), details=", ".join(changed))
    yield from _pages(at)


def _pages(at: Landmarks) -> Iterator[Call]:
    choices: dict[str, tuple[Any, ...]] = {
        "before": (None, at.templates[1]),
        "id": (None, at.templates[0]),
        "name": (None, at.template_name),
        "default": (None, True, False),
    }
    for chosen in product(*choices.values()):
        given = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        page = partial(templates.page, count=COUNT, **given)
        yield Call("a page of templates", page, rows=COUNT, details=str(given))
