"""`python -m bench`: the command line."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from app.adapters.embedded import EmbeddedPostgresError
from app.settings import PREFIX
from bench import cases, place, programs, report
from bench.cases import Case
from bench.measurement import BenchFailed
from bench.programs import Program, ProgramMissing
from bench.rounds import Bench, Round

_ROOMS = 20_000
_DISK = Path("/var/tmp")  # noqa: S108 - a folder of our own in it; /tmp may be memory, where nothing waits for fsync


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often everything is measured.")
@click.option("--seconds", default=3, show_default=True, help="How long each load lasts in a round.")
@click.option("--only", default="", metavar="TEXT", help="Measure only the requests whose name has this text.")
def main(rounds: int, seconds: int, only: str) -> None:
    """Measure what requests cost, beside a FastAPI hello and pgbench on the same machine."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by an exception, so that every `with` is left
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]  # what is measured has the settings that it has by itself
    try:
        click.echo(report.table(*_measured(rounds, seconds, only)))
    except (BenchFailed, EmbeddedPostgresError, ProgramMissing) as error:
        raise click.ClickException(str(error)) from None


def _measured(count: int, seconds: int, only: str) -> tuple[Sequence[Case], Sequence[Round]]:
    with _bench() as bench:
        wanted = [case for case in cases.prepared(bench.postgres, bench.enfilade.url, _ROOMS) if only in case.name]
        if not wanted:
            raise BenchFailed(f"no request is called {only!r}")
        rounds = []
        for number, measured in enumerate(bench.rounds(wanted, count=count, seconds=seconds), 1):
            rounds.append(measured)
            click.echo(f"round {number} of {count}: hello {measured['hello'].rate:,.0f}/s", err=True)
        return wanted, rounds


@contextmanager
def _bench() -> Iterator[Bench]:
    wrk, pgbench = programs.wrk(), programs.pgbench()
    with tempfile.TemporaryDirectory(prefix="enfilade-bench-", dir=_DISK) as name:
        folder = Path(name)
        with (
            place.postgres(folder / "data") as postgres,
            place.enfilade(postgres.settings, folder) as enfilade,
            place.greeter(folder) as hello,
        ):
            yield Bench(
                wrk=wrk,
                pgbench=Program(pgbench.path, pgbench.environment | postgres.variables),
                postgres=postgres,
                enfilade=enfilade,
                hello=hello,
                folder=folder,
            )


if __name__ == "__main__":
    main()
