"""Uploads at once: many that stop half-way, what they hold meanwhile, and what that is to everybody else."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

import httpx
from asyncpg import Connection, Record

from bench import caller, load
from bench.cases import Case
from bench.measurement import BenchFailed, Measurement, Meter
from bench.place import Postgres, Server
from bench.processes import forget_peak, memory
from bench.programs import Program
from bench.scaling.layouts import Deployment
from bench.scripts import NAMES

MIB: Final = 1024 * 1024
PEOPLE: Final = 25
FILES_OF_ONE: Final = 8
_PATIENCE: Final = 60.0
_HALF: Final = os.urandom(MIB)


@dataclass(frozen=True, slots=True)
class Held:
    """With so many uploads half-way: requests per second without and with them, connections in use, MiB added."""

    without: float
    beside: float
    in_use: int
    added: float


def held(wrk: Program, postgres: Postgres, deployment: Deployment, case: Case, seconds: int) -> Held:
    """Hold uploads of two MiB when one of them has arrived, and ask for something else meanwhile."""
    [server] = deployment.servers
    people = [postgres.run(caller.with_room) for _ in range(PEOPLE)]

    def rate() -> float:
        return _sent(wrk, postgres, server, case, seconds).rate

    without, before = rate(), forget_peak(server.pid)
    with _half_way(server, people):
        Meter([server.pid], postgres.pid).rest()  # until all that was sent has been taken in
        in_use = postgres.run(_in_use)
        beside = rate()
    return Held(without, beside, in_use, (memory(server.pid, "VmHWM") - before) / MIB)


def _sent(wrk: Program, postgres: Postgres, server: Server, case: Case, seconds: int) -> Measurement:
    request = replace(case.request, url=server.url + case.request.url)
    meter = Meter([server.pid], postgres.pid)
    measured = load.send(wrk, request, connections=case.connections, seconds=seconds, names=NAMES, meter=meter)
    meter.rest()
    return measured


async def _in_use(connection: "Connection[Record]") -> int:
    """Count the sessions that are in the middle of something."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    return count


@contextmanager
def _half_way(server: Server, people: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Have half of each file sent inside the block, and the rest behind it. Raises BenchFailed if one is not kept."""
    with ExitStack() as stack:
        begun = []
        for room, token in [*people] * FILES_OF_ONE:
            connection = HTTPConnection(urlsplit(server.url).netloc, timeout=_PATIENCE)
            stack.callback(connection.close)
            _begin(connection, room, token)
            begun.append(connection)
        yield
        for connection in begun:
            connection.send(_HALF)
            answer = connection.getresponse()
            if answer.status != httpx.codes.CREATED:
                raise BenchFailed(f"an upload is answered {answer.status} {answer.read()[:200]!r}")


def _begin(connection: HTTPConnection, room: str, token: str) -> None:
    fields = {"fileName": "half.bin", "mimeType": "application/octet-stream", "Authorization": f"Bearer {token}"}
    connection.putrequest("POST", f"/rooms/{room}/attachments")
    for name, value in {**fields, "Content-Length": str(2 * MIB)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(_HALF)
