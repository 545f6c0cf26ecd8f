"""Rounds, in each of which everything is measured once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench import place, programs
from bench.meetings import arrivals, shown, sockets


@dataclass(frozen=True, slots=True)
class Round:
    """What was seen of those who join, of sockets, and of who is shown."""

    arrivals: arrivals.Round
    sockets: sockets.Round
    shown: shown.Round


def seen(disk: Path, *, count: int, seconds: int) -> Sequence[Round]:
    """Measure in so many rounds. Raises BenchFailed when somebody is refused, or does not hear of each who joins."""
    wrk, rounds = programs.wrk(), []
    with place.postgres(disk / "data") as postgres:
        at = postgres.run(lambda connection: shown.prepared(connection, postgres.settings))
        for number in range(count):
            one = Round(
                arrivals.measured(postgres, disk),
                sockets.measured(postgres, disk),
                shown.measured(wrk, postgres, disk, at, seconds),
            )
            click.echo(f"round {number + 1} of {count}", err=True)
            rounds.append(one)
    return rounds
