"""What NOTIFY costs those who commit: a row with its doorbell, and the same row without, many at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import programs, transactions
from bench.measurement import Meter
from bench.place import Postgres
from bench.programs import Program
from bench.transactions import Script

CLIENTS: Final = 16
_ROW: Final = """INSERT INTO rung (fact) VALUES ('{"room":"01a206ab-42c3-7a00-8985-adc494000000"}');"""
_RING: Final = "SELECT pg_notify('rung', '1');"


@dataclass(frozen=True, slots=True)
class Rung:
    """Commits per second, with and without."""

    ringing: float
    silent: float


def rung(postgres: Postgres, folder: Path, seconds: int) -> Rung:
    """Commit as fast as so many sessions can."""
    found = programs.pgbench()
    pgbench = Program(found.path, found.environment | postgres.variables)

    def rate(*lines: str) -> float:
        return transactions.repeat(
            pgbench,
            Script(["BEGIN;", *lines, "COMMIT;"]),
            clients=CLIENTS,
            seconds=seconds,
            folder=folder,
            meter=Meter([], postgres.pid),
        ).rate

    with _table(postgres):
        return Rung(rate(_ROW, _RING), rate(_ROW))


@contextmanager
def _table(postgres: Postgres) -> Iterator[None]:
    columns = "number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fact json NOT NULL"
    postgres.execute(f"CREATE TABLE rung ({columns})")
    try:
        yield
    finally:
        postgres.execute("DROP TABLE rung", "CHECKPOINT")
