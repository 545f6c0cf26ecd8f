"""Enfilade with all of it loaded, of which processes are forked: `forking.py SOCKET`, run by tests/forked.py.

Orders come on that socket, each a line of JSON that is answered by one. A process begins as `enfilade` does, but for
the seconds that Python's imports take: by the same script, with its own environment, folder, streams and signals.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import app.cli.health
import app.cli.keys
import app.cli.server
import app.cli.sweep
import app.cli.tokens
import app.cli.users
import app.demo
import app.server  # noqa: F401 - loaded for those to come

_COMMAND_SECONDS = 60


def _next_child(orders: socket.socket) -> dict[str, Any] | None:
    """Do what is ordered until there are no more orders; in each child, return what it is to be."""
    with orders, orders.makefile() as lines:
        for line in lines:
            order: dict[str, Any] = json.loads(line)
            if "arguments" not in order:
                answer = _status(order["look"])
            elif not (answer := os.fork()):
                return order
            orders.sendall(f"{json.dumps(answer)}\n".encode())
    return None


def _status(process: int) -> int | None:
    """Return its exit status as `subprocess` has it, or None while it runs."""
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _prepare(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Started below `nohup`, the tests would hand on that a closed terminal means nothing.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    for place, stream in ((order["out"], 1), (order["err"], 2)):
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(file, stream)
        os.close(file)


def _run(script: str) -> None:
    runpy.run_path(script, run_name="__main__")


def _hurry(script: str) -> None:
    """Run it without Python's own tidying afterwards, which takes longer than a command."""
    signal.alarm(_COMMAND_SECONDS)
    status = 1
    try:
        _run(script)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else status
    except BaseException:  # noqa: BLE001 - as Python itself does
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    # What a child would have in common with others, and no real process has.
    assert (threading.active_count(), len([*Path("/proc/self/task").iterdir()]), tempfile.tempdir) == (1, 1, None)
    gc.freeze()  # nothing of it is ever garbage, and looking for it would copy it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, with which this ends
    script, number = sys.argv[1:]
    sys.path[0] = str(Path(script).parent)  # as Python has it when it is given the script
    order = _next_child(socket.socket(fileno=int(number)))
    if order:
        _prepare(order)
        sys.argv[1:] = order["arguments"]
        (_hurry if order["hurries"] else _run)(script)
