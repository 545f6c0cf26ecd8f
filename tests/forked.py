"""Processes of `enfilade` that do not wait for Python's imports, which cost more than most of what they do.

They are forked from one that has the imports behind it, which is their parent, too, and tells how they have ended.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ENFILADE = Path(sys.executable).with_name("enfilade")
_FORKING = Path(__file__).with_name("forking.py")


class Forked:
    """One of them, spoken to as a process of `subprocess` is."""

    def __init__(self, press: "_Press", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._press = press
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        with self._lock:
            if self.returncode is None:
                self.returncode = self._press.ask(look=self.pid)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status as soon as it has ended, or raise `subprocess.TimeoutExpired`."""
        if self.poll() is None:
            self._await_end(timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(ENFILADE), timeout or 0)
        return status

    def _await_end(self, timeout: float | None) -> None:
        with contextlib.suppress(ProcessLookupError):  # of which another thread has heard meanwhile
            ended, waiting = os.pidfd_open(self.pid), select.poll()
            waiting.register(ended, select.POLLIN)
            waiting.poll(None if timeout is None else timeout * 1000)
            os.close(ended)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Press:
    def __init__(self) -> None:
        self._socket, its_own = socket.socketpair()
        with its_own:
            command: list[str | Path] = [sys.executable, _FORKING, ENFILADE, str(its_own.fileno())]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[its_own.fileno()])
        self._answers = self._socket.makefile()
        self._lock = threading.Lock()

    def ask(self, **order: object) -> int | None:
        with self._lock:
            self._socket.sendall(f"{json.dumps(order)}\n".encode())
            answer: int | None = json.loads(self._answers.readline())
            return answer

    def end(self) -> None:
        self._answers.close()
        self._socket.close()
        self._process.wait()


@cache
def _press() -> _Press:
    press = _Press()
    atexit.register(press.end)
    return press


def begin(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path, *, hurries: bool
) -> Forked:
    """Begin `enfilade` with these arguments, this environment and no other, in this folder.

    Who hurries, a command, ends without Python's own tidying, and may take a minute.
    """
    python = {name for name in {*environment, *os.environ} if name.startswith("PYTHON")}
    assert not [name for name in python if environment.get(name) != os.environ.get(name)], "too late for that"
    order = {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}
    pid = _press().ask(**order, out=str(out), err=str(err), hurries=hurries)
    assert pid
    return Forked(_press(), pid)
