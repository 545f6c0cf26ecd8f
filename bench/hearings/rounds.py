"""Rounds, in each of which everything is measured once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench import place, programs
from bench.hearings import group, hall, people, recording


@dataclass(frozen=True, slots=True)
class Round:
    """What was seen of the room of a thousand, of the room of ten, and of those who record."""

    hall: hall.Round
    group: group.Round
    recording: recording.Round


def seen(disk: Path, *, count: int, seconds: int) -> Sequence[Round]:
    """Measure in so many rounds. Raises BenchFailed when an event is lost, told twice or out of order."""
    wrk, rounds = programs.wrk(), []
    with place.postgres(disk / "data") as postgres:
        own = postgres.run(recording.room_of_sessions)
        many = postgres.run(lambda connection: people.room_of(connection, hall.SIZE))
        for number in range(count):
            one = Round(
                hall.measured(postgres, disk, many),
                group.measured(wrk, postgres, disk, seconds),
                recording.measured(postgres, disk, own, many.id, seconds),
            )
            click.echo(f"round {number + 1} of {count}", err=True)
            rounds.append(one)
    return rounds
