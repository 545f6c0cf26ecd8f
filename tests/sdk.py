"""The official Node SDK of the 100ms-style API: scripts that drive it, what they saw, and what its types declare."""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from processes import PATIENCE

HERE = Path(__file__).parent / "clients"
TYPES_OF_SDK = HERE / "node_modules/@100mslive/server-sdk/dist/types"
DECLARATIONS = TYPES_OF_SDK / "types/api_types"

#: What the words of the SDK's type declarations are here; all others are objects.
TYPES = {
    "string": str,
    "boolean": bool,
    "number": int,
    "Date": datetime,
    "string[]": list,
    "AllowedTracks[]": list,
    "VideoCodec": str,
}

#: Of which services of the SDK a script calls each method.
DRIVES = {
    "rooms.mjs": {"rooms"},
    "sessions.mjs": {"activeRooms", "sessions"},
    "codes.mjs": {"api", "auth", "roomCodes"},
    "media.mjs": {"analytics", "externalStreams", "liveStreams", "recordingAssets", "recordings"},
}


@dataclass(frozen=True)
class Saw:
    """What a script saw by scenario, and which methods the SDK has: `service.method`."""

    scenarios: dict[str, Any] = field(repr=False)
    methods: set[str] = field(repr=False)

    def __call__(self, scenario: str) -> Any:
        """Return what a scenario saw."""
        seen = self.scenarios[scenario]
        assert "thrown" not in seen, seen["thrown"]
        return seen


def run(node: str, script: str, address: str, key: Mapping[str, str], **more: str) -> Saw:
    """Run a script with this address and key, and return what it saw, which must be by all that it `DRIVES`."""
    settings = {"ADDRESS": address, "ACCESS_KEY": key["access_key"], "SECRET": key["secret"], **more}
    done = subprocess.run(
        [node, HERE / script], env=os.environ | settings, capture_output=True, check=False, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout, object_hook=_dated)
    methods = public(told["methods"])
    driven = {method for method in methods if method.split(".")[0] in DRIVES.get(script, ())}
    thrown = [seen["thrown"] for seen in told["saw"].values() if "thrown" in seen]
    assert driven <= set(told["called"]), (driven - set(told["called"]), thrown)
    return Saw(told["saw"], methods)


def public(methods: Iterable[str]) -> set[str]:
    """Return those of the SDK's methods that its type declarations do not call private."""
    files = TYPES_OF_SDK.glob("*/*.d.ts")
    private = {name for file in files for name in re.findall(r"private (?:readonly )?(\w+)", file.read_text())}
    return {method for method in methods if method.split(".")[1] not in private}


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
