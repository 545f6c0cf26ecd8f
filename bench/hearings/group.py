"""A room of ten on two workers: how late each hears, also while others ask, and behind a database that stood still."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asyncpg import Connection, Record

from app.adapters import database
from app.settings import PREFIX
from bench import load, place
from bench.hearings import people
from bench.hearings.crowd import Crowd, gathered
from bench.hearings.people import Room
from bench.load import Request
from bench.measurement import BenchFailed, Measurement, Meter
from bench.place import Postgres, Server
from bench.programs import Program
from bench.scaling.families import Family

SIZE: Final = 10
WORKERS: Final = 2
EVENTS: Final = 10_000
CHANGES: Final = 100
CONNECTIONS: Final = 8
_SESSIONS, _AT_ONCE = 4, 10
_PAUSE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How many ms behind its commit each change was heard on each socket, quiet and busy with so many requests/s."""

    quiet: Sequence[float]
    busy: Sequence[float]
    rate: float
    recorded: float
    """Seconds in which 10,000 events were recorded while nobody could read them."""
    heard: float
    """Seconds behind that until the last socket had all of them."""


def measured(wrk: Program, postgres: Postgres, disk: Path, seconds: int) -> Round:
    """Run a server with a room of ten. Raises BenchFailed when somebody does not hear each change once."""
    room = postgres.run(lambda connection: people.room_of(connection, SIZE))
    further = {f"{PREFIX}WORKERS": str(WORKERS)}
    with place.enfilade(postgres.settings, disk, further) as server, gathered() as crowd:
        behind = postgres.run(people.head)
        _open_on_each(crowd, server, room)
        _times(postgres, crowd, room, lambda done: len(done) < SIZE)  # to warm up
        quiet = _times(postgres, crowd, room, lambda done: len(done) < CHANGES * SIZE)
        with _asking(wrk, postgres, _asked(server, room), seconds) as asking:
            busy = _times(postgres, crowd, room, lambda _: not asking.done())
        recorded, heard = _behind_a_stall(postgres, crowd, room)
        crowd.judge(range(crowd.size), postgres.run(lambda one: people.names(one, room.members[0], behind)))
    return Round(quiet=quiet, busy=busy, rate=asking.result().rate, recorded=recorded, heard=heard)


def _open_on_each(crowd: Crowd, server: Server, room: Room) -> None:
    """Open a socket of each member; some on each worker, as the kernel shares them out."""
    before = _files(server)
    crowd.open(server.url, room.tokens)
    while any(now <= then for now, then in zip(_files(server), before, strict=True)):
        if crowd.size > SIZE * SIZE:
            raise BenchFailed("one worker has all sockets")
        crowd.open(server.url, room.tokens[:1])


def _files(server: Server) -> list[int]:
    return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in Family.of(server.pid).serving]


def _asked(server: Server, room: Room) -> Request:
    return Request(url=f"{server.url}/rooms/{room.id}", headers={"Authorization": f"Bearer {room.tokens[0]}"})


def _times(postgres: Postgres, crowd: Crowd, room: Room, goes_on: Callable[[list[float]], bool]) -> list[float]:
    """Change the room again and again, a moment after everybody has heard; return when each socket heard."""

    async def change(connection: "Connection[Record]") -> list[float]:
        times: list[float] = []
        while goes_on(times):
            committed = await people.rename(connection, room)
            times += [1e3 * (heard.moments[0] - committed) for heard in crowd.heard(range(crowd.size), 1)]
            await asyncio.sleep(_PAUSE)
        return times

    return postgres.run(change)


@contextmanager
def _asking(wrk: Program, postgres: Postgres, request: Request, seconds: int) -> "Iterator[Future[Measurement]]":
    """Ask as fast as it is answered."""
    meter = Meter([], postgres.pid)
    with ThreadPoolExecutor() as pool:
        yield pool.submit(load.send, wrk, request, connections=CONNECTIONS, seconds=seconds, names="", meter=meter)


def _behind_a_stall(postgres: Postgres, crowd: Crowd, room: Room) -> tuple[float, float]:
    """Record events while the processes of Postgres that serve the feeds stand still; return how long both took."""
    _times(postgres, crowd, room, lambda done: not done)  # so that reading is what they did last
    each = EVENTS // _SESSIONS
    with _standing_still(postgres):
        began = time.monotonic()
        asyncio.run(_record(postgres, room, each))
        recorded = time.monotonic()
    heard = crowd.heard(range(crowd.size), EVENTS)
    return recorded - began, max(one.moments[-1] for one in heard) - recorded


async def _record(postgres: Postgres, room: Room, count: int) -> None:
    """Record so many in each of some sessions, ten in a transaction."""

    async def session(number: int) -> None:
        async with database.connection(postgres.settings) as connection:
            for first in range(0, count, _AT_ONCE):
                names = [f"{number}.{first + place}" for place in range(_AT_ONCE)]
                await people.record(connection, room, names)

    await asyncio.gather(*map(session, range(_SESSIONS)))


@contextmanager
def _standing_still(postgres: Postgres) -> Iterator[None]:
    pids = postgres.run(_of_feeds)
    if len(pids) != WORKERS:
        raise BenchFailed(f"{len(pids)} sessions of Postgres serve {WORKERS} feeds")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def _of_feeds(connection: "Connection[Record]") -> Sequence[int]:
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%event.audience%' AND pid <> pg_backend_pid()"
    )
    return [row["pid"] for row in rows]
