"""What it costs to open a socket that every process knows of, beside one that is known to nobody else."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import place
from bench.hearings import people
from bench.hearings.crowd import gathered
from bench.measurement import Meter
from bench.meetings import unlisted
from bench.place import Postgres, Server

SIZE: Final = 600
TIMES: Final = 3
_OF_ONE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Sockets opened a second, and CPU µs of the server and of Postgres for each."""

    rate: float
    server: float
    postgres: float


@dataclass(frozen=True, slots=True)
class Round:
    """Openings of both kinds, by turns."""

    listed: Sequence[Opening]
    unlisted: Sequence[Opening]


def measured(postgres: Postgres, disk: Path) -> Round:
    """Run two servers of one worker each, and open sockets on them by turns."""
    room = postgres.run(lambda connection: people.room_of(connection, SIZE // _OF_ONE))
    own = disk / "unlisted"
    own.mkdir(exist_ok=True)
    command = (sys.executable, str(unlisted.__file__))
    with (
        place.enfilade(postgres.settings, disk) as known,
        place.enfilade(postgres.settings, own, command=command) as unknown,
    ):
        both = (known, unknown)
        _, *measured = [[_opened(postgres, server, room.tokens) for server in both] for _ in range(1 + TIMES)]
    return Round(*zip(*measured, strict=True))


def _opened(postgres: Postgres, server: Server, tokens: Sequence[str]) -> Opening:
    meter = Meter([server.pid], postgres.pid)
    with gathered() as crowd:
        meter.rest()  # from closing those before
        before = meter.read()
        seconds = crowd.open(server.url, [*tokens] * _OF_ONE)
        spent = meter.spent_since(before)
    return Opening(rate=SIZE / seconds, server=1e6 * spent.server / SIZE, postgres=1e6 * spent.postgres / SIZE)
