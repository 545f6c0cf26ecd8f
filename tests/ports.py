"""Ports that nobody listens on, and that nobody else is given before somebody does."""

import contextlib
import os
import random
import socket

#: Which share of the ports is this process', and how many share them.
_OWN = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_SHARES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
#: Below those that the kernel gives away: they are still ours after a restart.
_PORTS = range(20_000 + _OWN, 30_000, _SHARES)


def free_ports(count: int) -> list[int]:
    """Return so many ports, each another."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", random.choice(_PORTS)))  # noqa: S311 - any will do
                ports.append(probe.getsockname()[1])
        return ports


def free_port() -> str:
    """Return a port as it is said in settings and addresses."""
    return str(free_ports(1)[0])
