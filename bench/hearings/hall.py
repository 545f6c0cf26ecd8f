"""A room of a thousand on one worker: how late the last of them hears, also beside one who reads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from asyncpg import Connection, Record

from bench import place
from bench.hearings import people
from bench.hearings.crowd import Crowd, gathered
from bench.hearings.people import Room
from bench.measurement import BenchFailed, Meter
from bench.place import Postgres
from bench.processes import memory

SIZE: Final = 1_000
CHANGES: Final = 20
_WAITING, _TOO_MANY = 8_000, 20_000
_REFUSED: Final = (1013, 1006)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Of each change, when the first, the median and the last socket heard it, in ms from its commit."""

    first: Sequence[float]
    middle: Sequence[float]
    last: Sequence[float]
    beside_slow: Sequence[float]
    """When the last of the others heard it while one reads nothing."""

    opened: float
    """Seconds until all sockets were open."""

    memory: float
    """KiB of the server for a socket."""

    server: float
    """CPU µs of the server for a frame."""

    postgres: float
    """CPU ms of Postgres for a change."""

    listening: float
    """CPU µs of the bench's own reader for a frame."""


def measured(postgres: Postgres, disk: Path, room: Room) -> Round:
    """Run a server for a room of a thousand. Raises BenchFailed when somebody does not hear each change once."""
    with place.enfilade(postgres.settings, disk) as server, gathered() as crowd:
        behind, empty = postgres.run(people.head), memory(server.pid, "VmRSS")
        slow = SIZE - 1
        opened = crowd.open(server.url, room.tokens[:slow]) + crowd.open(
            server.url, room.tokens[slow:], take_little=True
        )
        full = memory(server.pid, "VmRSS")
        _times(postgres, crowd, room, range(SIZE), 3)  # to warm up
        meter = Meter([server.pid], postgres.pid)
        before, listening = meter.read(), crowd.spent()
        times = _times(postgres, crowd, room, range(SIZE), CHANGES)
        spent, listened = meter.spent_since(before), crowd.spent() - listening
        beside = _beside_slow(postgres, crowd, room, slow)
        _judge(postgres, crowd, room, behind)
        return Round(
            first=[min(each) for each in times],
            middle=[median(each) for each in times],
            last=[max(each) for each in times],
            beside_slow=[max(each) for each in beside],
            opened=opened,
            memory=(full - empty) / 1024 / SIZE,
            server=1e6 * spent.server / SIZE / CHANGES,
            postgres=1e3 * spent.postgres / CHANGES,
            listening=1e6 * listened / SIZE / CHANGES,
        )


def _times(postgres: Postgres, crowd: Crowd, room: Room, which: Sequence[int], count: int) -> Sequence[Sequence[float]]:
    """Change the room so often, one change when everybody has heard of the last; return when each socket heard."""

    async def change(connection: "Connection[Record]") -> list[list[float]]:
        times = []
        for _ in range(count):
            committed = await people.rename(connection, room)
            times.append([1e3 * (heard.moments[0] - committed) for heard in crowd.heard(which, 1)])
        return times

    return postgres.run(change)


def _beside_slow(postgres: Postgres, crowd: Crowd, room: Room, slow: int) -> Sequence[Sequence[float]]:
    """Have more for one to read than the kernel takes, who reads nothing; at last more than is kept for him."""

    def flood(count: int) -> None:
        postgres.run(lambda connection: people.flood(connection, room, room.members[slow], count))

    crowd.deafen(slow)
    flood(_WAITING)
    others = range(slow)
    _times(postgres, crowd, room, others, 1)  # heard behind all that
    times = _times(postgres, crowd, room, others, CHANGES)
    flood(_TOO_MANY)
    if (code := crowd.ended(slow)) not in _REFUSED:
        raise BenchFailed(f"who reads nothing is closed with {code}")
    return times


def _judge(postgres: Postgres, crowd: Crowd, room: Room, behind: int) -> None:
    """Raise BenchFailed unless each has heard all, and who was closed all up to some point."""
    *others, slow = range(SIZE)
    crowd.judge(others, postgres.run(lambda connection: people.names(connection, room.members[0], behind)))
    heard = crowd.names[slow]
    of_slow = postgres.run(lambda connection: people.names(connection, room.members[slow], behind))
    if heard != of_slow[: len(heard)]:
        raise BenchFailed("who reads nothing has not heard the first events once, in order")
