"""Commands of `enfilade`, each in a process of its own, of which only the first waits for Python's imports."""

import atexit
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Forks a process for each command.
_PRESS = """
import gc, json, os, signal, sys, traceback
import app.cli.commands, app.demo, app.server
from app.cli import main

gc.freeze()

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(os.open(order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            main(order["arguments"])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # without Python's own tidying, which takes longer than the command
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


class _Press:
    def __init__(self, place: Path) -> None:
        self._out, self._err = place / "out", place / "err"
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PRESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests, with which it ends
        )

    def run(self, order: dict[str, object]) -> Finished:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order | {"out": str(self._out), "err": str(self._err)}) + "\n")
        self._process.stdin.flush()
        return Finished(int(self._process.stdout.readline()), self._out.read_text(), self._err.read_text())

    def end(self) -> None:
        self._process.communicate()


@cache
def _press() -> _Press:
    place = tempfile.TemporaryDirectory(prefix="enfilade-commands-")
    atexit.register(place.cleanup)
    press = _Press(Path(place.name))
    atexit.register(press.end)
    return press


def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Finished:
    """Run `enfilade` with these arguments, this environment and no other, in this folder."""
    return _press().run({"arguments": arguments, "environment": dict(environment), "folder": str(folder)})
