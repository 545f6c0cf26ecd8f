"""Commands of `enfilade`, each in a process of its own, of which only the first waits for Python's imports."""

import atexit
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import forked


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


@cache
def _place() -> Path:
    place = tempfile.TemporaryDirectory(prefix="enfilade-commands-")
    atexit.register(place.cleanup)
    return Path(place.name)


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Finished:
    """Run `enfilade` with these arguments, this environment and no other, in this folder."""
    out, err = _place() / "out", _place() / "err"
    status = forked.begin(arguments, environment, folder, out, err, hurries=True).wait()
    return Finished(status, out.read_text(), err.read_text())
