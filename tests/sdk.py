"""The official Node SDK of the 100ms-style API: scripts that drive it, what they saw, and what its types declare."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from processes import PATIENCE

HERE = Path(__file__).parent / "clients"
DECLARATIONS = HERE / "node_modules/@100mslive/server-sdk/dist/types/types/api_types"

#: What the words of the SDK's type declarations are here.
TYPES = {"string": str, "boolean": bool, "Date": datetime, "RecordingInfo": dict, "string[]": list, "Session": dict}

#: What tells what a scenario saw.
Saw = Callable[[str], Any]


def run(node: str, script: str, address: str, key: Mapping[str, str], **more: str) -> Saw:
    """Run a script with this address and key, and return what tells what a scenario of it saw."""
    told = {"ADDRESS": address, "ACCESS_KEY": key["access_key"], "SECRET": key["secret"], **more}
    done = subprocess.run(
        [node, HERE / script], env=os.environ | told, capture_output=True, check=False, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    scenarios = json.loads(done.stdout, object_hook=_dated)

    def saw(scenario: str) -> Any:
        seen = scenarios[scenario]
        assert "thrown" not in seen, seen["thrown"]
        return seen

    return saw


def _dated(members: dict[str, Any]) -> Any:
    """Read a date of the SDK as one."""
    return datetime.fromisoformat(members["Date"]) if list(members) == ["Date"] else members


def cast(listed: dict[str, Any]) -> dict[str, Any]:
    """Read the moments of an object inside of another, in which the SDK leaves them texts."""
    moments = {name: value for name, value in listed.items() if name.endswith("_at") and isinstance(value, str)}
    return listed | {name: datetime.fromisoformat(value) for name, value in moments.items()}


def declared(file: str, interface: str) -> list[tuple[str, str, str]]:
    """Return the members of an interface, those that it inherits first: the name, `?` if it is optional, the type."""
    text = (DECLARATIONS / f"{file}.d.ts").read_text()
    found = re.search(rf"export interface {interface}(?: extends (\w+))? {{(.*?)}}", text, re.DOTALL)
    assert found, (file, interface)
    parent, block = found.groups()
    inherited = declared("common" if parent.startswith("Base") else file, parent) if parent else []
    return inherited + re.findall(r"(\w+)(\??): ([^;]+);", block)


def assert_declared(shown: dict[str, Any], file: str, interface: str, *, without: str = "") -> None:
    """Find in an object what the SDK's types say of it: each member that is not optional, each of its type.

    `without`: a member that the SDK declares and documented examples leave out.
    """
    for name, optional, kind in declared(file, interface):
        assert optional or name in shown or name == without, name
        assert name not in shown or isinstance(shown[name], TYPES.get(kind, dict)), (name, shown[name])
