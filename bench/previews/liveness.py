"""How soon a server says that it lives, while it makes eight large previews at once and while it makes none."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count as numbers
from statistics import median, quantiles
from threading import Event
from typing import Final
from urllib.parse import urlsplit

from bench.measurement import BenchFailed
from bench.previews import sources
from bench.previews.host import Host

_AT_ONCE: Final = 8
_LEAST_WIDTH: Final = 1500  # from here on the picture itself is 1440 wide, whatever is asked for
_PER_SECOND: Final = 200
_REQUEST: Final = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
_ALIVE, _END = b"HTTP/1.1 204 ", b"\r\n\r\n"
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Round:
    """Quiet first, then busy with so many previews a second."""

    quiet: Latency
    busy: Latency
    previews: float


def run(host: Host, *, count: int, seconds: int) -> list[Round]:
    """Ask in so many rounds for so long. Raises BenchFailed if the server does not live, or a preview fails."""
    path = f"image/{host.send(sources.jpeg())}"
    paths = (f"{path}/{width}x1080/" for width in numbers(_LEAST_WIDTH))  # none was made before
    _latency(host, seconds)  # to warm up
    return [_round(host, paths, seconds) for _ in range(count)]


def _round(host: Host, paths: Iterator[str], seconds: int) -> Round:
    quiet = _latency(host, seconds)
    with _busy(host, paths) as made:
        before = len(made)
        busy = _latency(host, seconds)
        previews = len(made) - before
    return Round(quiet, busy, previews / seconds)


@contextmanager
def _busy(host: Host, paths: Iterator[str]) -> Iterator[list[int]]:
    """Have eight previews made at once, and more and more; they are counted by their sizes."""
    made: list[int] = []
    begun, enough = Event(), Event()

    def ask() -> None:
        with host.asker() as asker:
            while not enough.is_set():
                made.append(len(asker.get(next(paths))))
                begun.set()

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        asking = [threads.submit(ask) for _ in range(_AT_ONCE)]
        begun.wait(_PATIENCE)
        try:
            yield made
        finally:
            enough.set()
        for one in asking:
            one.result()


def _latency(host: Host, seconds: int) -> Latency:
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port), _PATIENCE) as connection:
        taken = list(_asked(connection, _PER_SECOND * seconds))
    return Latency(median(taken), quantiles(taken, n=100)[98])


def _asked(connection: socket.socket, count: int) -> Iterator[float]:
    """Ask so often at a steady pace, and yield how many milliseconds each answer took.

    Whatever falls due while an earlier answer is waited for counts from when it was due, as for a caller of its own.
    """
    due = time.perf_counter()
    for _ in range(count):
        due += 1 / _PER_SECOND
        began = due
        if (pause := due - time.perf_counter()) > 0:
            time.sleep(pause)
            began = time.perf_counter()
        _ask(connection)
        yield 1000 * (time.perf_counter() - began)


def _ask(connection: socket.socket) -> None:
    connection.sendall(_REQUEST)
    answer = connection.recv(4096)
    while answer and not answer.endswith(_END):
        answer += (more := connection.recv(4096))
        if not more:
            break
    if not answer.startswith(_ALIVE):
        raise BenchFailed(f"GET /health/live answers {answer[:200]!r}")
