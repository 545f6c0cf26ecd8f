"""`python -m bench`: the command line."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from app.adapters.embedded import EmbeddedPostgresError
from app.settings import PREFIX
from bench import (
    cases,
    documents,
    hearings,
    machine,
    meetings,
    million,
    place,
    previews,
    programs,
    report,
    scaling,
    transfers,
)
from bench.cases import Case
from bench.measurement import BenchFailed
from bench.programs import Program, ProgramMissing
from bench.rounds import HELLO, Bench, Round

_ROOMS, _ROUNDS, _SECONDS = 20_000, 5, 3
_PLANS, _FILES, _PREVIEWS, _SCALING, _EVENTS, _MEETINGS = "plans", "files", "previews", "scaling", "events", "meetings"
_PARTS = (_PLANS, _FILES, _PREVIEWS, _SCALING, _EVENTS, _MEETINGS)
_DOZEN = 12  # what previews cost differs more from round to round, and a round is short
_MIB = 1024
_DISK = Path("/var/tmp")  # noqa: S108 - for folders of our own; /tmp may be memory, where nothing waits for fsync


@click.command()
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=_ROUNDS,
    show_default=True,
    help=f"How often everything is measured; previews by themselves {_DOZEN} times.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1),
    default=_SECONDS,
    show_default=True,
    help="How long each load lasts in a round.",
)
@click.option(
    "--only",
    default="",
    metavar="TEXT",
    help=f"Only requests whose name has this text, or {', '.join(f'`{part}`' for part in _PARTS)}.",
)
@click.option(
    "--mib", type=click.IntRange(1), default=_MIB, show_default=True, help="The size of the file that is carried."
)
@click.option("--write/--no-write", default=None, help="Into docs/? By itself, when everything is measured in full.")
def main(*, rounds: int, seconds: int, only: str, mib: int, write: bool | None) -> None:
    """Measure what requests cost, beside a hello and pgbench; also lists of a million rooms, files and so on."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(1))  # by an exception, so that every `with` is left
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        del os.environ[name]  # what is measured has the settings that it has by itself
    if write is None:
        write = (rounds, seconds, only, mib) == (_ROUNDS, _SECONDS, "", _MIB)
    try:
        _measure(rounds, seconds, only, mib, write=write)
    except (BenchFailed, EmbeddedPostgresError, ProgramMissing) as error:
        raise click.ClickException(str(error)) from None


def _measure(rounds: int, seconds: int, only: str, mib: int, *, write: bool) -> None:
    parts: dict[str, Callable[[], None]] = {
        _PLANS: lambda: _plans(write=write),
        _FILES: lambda: _files(rounds, mib, write=write),
        _PREVIEWS: lambda: _previews(_DOZEN if rounds == _ROUNDS else rounds, seconds, write=write),
        _SCALING: lambda: _scaling(rounds, seconds, write=write),
        _EVENTS: lambda: _events(rounds, seconds, write=write),
        _MEETINGS: lambda: _meetings(rounds, seconds, write=write),
    }
    if only not in parts:
        _requests(rounds, seconds, only, write=write)
    for part, measure in parts.items():
        if only in {"", part}:
            measure()


def _requests(count: int, seconds: int, only: str, *, write: bool) -> None:
    with _bench() as bench:
        conditions = machine.described(bench.postgres)
        wanted = [case for case in cases.prepared(bench.postgres, bench.enfilade.url, _ROOMS) if only in case.name]
        if not wanted:
            raise BenchFailed(f"no request has {only!r} in its name")
        rounds = list(_told(bench, wanted, count, seconds))
    text = f"{report.table(wanted, rounds)}\n\n{count} rounds of {seconds} s. {conditions}"
    click.echo(text)
    if write:
        documents.put("requests", text)
        _draw(wanted, rounds)


def _told(bench: Bench, wanted: Sequence[Case], count: int, seconds: int) -> Iterator[Round]:
    for number, measured in enumerate(bench.rounds(wanted, count=count, seconds=seconds), 1):
        click.echo(f"round {number} of {count}: the hello answers {measured[HELLO].rate:,.0f} requests/s", err=True)
        yield measured


def _draw(wanted: Sequence[Case], rounds: Sequence[Round]) -> None:
    from bench import picture  # noqa: PLC0415 - a quick look does without its library

    documents.PICTURE.write_text(picture.drawn({case.name: report.shares(case, rounds) for case in wanted}) + "\n")


def _plans(*, write: bool) -> None:
    click.echo("loading a million rooms, 300,000 chats and a million attachments ...", err=True)
    found = million.seen(_DISK)
    for block, text in (("plans", million.table(found)), ("plans of files", million.table_of_files(found))):
        click.echo(f"{text}\n")
        if write:
            documents.put(block, text)


def _files(count: int, mib: int, *, write: bool) -> None:
    _measured(
        "files", lambda folder: transfers.table(transfers.seen(folder, count=count, mib=mib), mib), count, write=write
    )


def _previews(count: int, seconds: int, *, write: bool) -> None:
    _measured(
        "previews",
        lambda folder: previews.table(previews.seen(folder, count=count, seconds=seconds)),
        count,
        write=write,
    )


def _scaling(count: int, seconds: int, *, write: bool) -> None:
    _measured(
        "scaling", lambda folder: scaling.table(scaling.seen(folder, count=count, seconds=seconds)), count, write=write
    )


def _events(count: int, seconds: int, *, write: bool) -> None:
    _measured(
        "events", lambda folder: hearings.table(hearings.seen(folder, count=count, seconds=seconds)), count, write=write
    )


def _meetings(count: int, seconds: int, *, write: bool) -> None:
    _measured(
        "meetings",
        lambda folder: meetings.table(meetings.seen(folder, count=count, seconds=seconds)),
        count,
        write=write,
    )


def _measured(block: str, measure: Callable[[Path], str], count: int, *, write: bool) -> None:
    """Tell what is found in so many rounds, in a folder of their own, and on what machine."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="enfilade-bench-", dir=_DISK) as folder:
        table = measure(Path(folder))
    text = f"{table}\n\n{count} rounds. {machine.cores()}, load {load:.1f} before."
    click.echo(text)
    if write:
        documents.put(block, text)


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
                pgbench=Program(pgbench.path, pgbench.environment | postgres.variables | programs.PLANNED_ONCE),
                postgres=postgres,
                enfilade=enfilade,
                hello=hello,
                folder=folder,
            )


if __name__ == "__main__":
    main()
