"""The published page of the chats, cut into its operations; where it does not lie beside the project, there is none."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = Path(__file__).parents[2] / "shared" / "seeds" / "004_5950cfc9465cdca3.txt"
Body = Any


@dataclass(frozen=True)
class Operation:
    """What the page says of one: its curl line, the body that it takes, the body that it answers."""

    line: str
    takes: Body
    answers: Body


def operations() -> dict[str, Operation]:
    """Cut the page into its operations, by name."""
    page = SEED.read_text(encoding="utf-8")
    parts = re.split(r"^(\w+)\nCode samples\n", page, flags=re.MULTILINE)
    return {name: _operation(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _operation(text: str) -> Operation:
    found = re.search(r"^curl (?:.*\\\n)*.*$", text, re.MULTILINE)
    assert found
    return Operation(found[0], _json(text, "Body parameter"), _json(text, r"\d+ Response"))


def _json(text: str, heading: str) -> Body:
    found = re.search(rf"^{heading}\n(?=[\[{{])", text, re.MULTILINE)
    return json.JSONDecoder().raw_decode(text, found.end())[0] if found else None


def assert_like(shown: Body, example: Body) -> None:
    """Judge a body by the page's: no other member, the same order, the same types all through."""
    assert type(shown) is type(example), (shown, example)
    if isinstance(shown, dict):
        assert list(shown) == [name for name in example if name in shown]
        for name, value in shown.items():
            assert_like(value, example[name])
    elif isinstance(shown, list):
        for value in shown:
            assert_like(value, example[0])
