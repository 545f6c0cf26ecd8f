"""Rounds: in each, every layout is started, asked, looked at and ended, in an order of its own."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

import click
from asyncpg import Connection, Record

from bench import cases, load, place, programs
from bench.cases import Case
from bench.load import Request
from bench.measurement import Measurement, Meter
from bench.place import Postgres
from bench.processes import cpu_seconds
from bench.programs import Program
from bench.rounds import forget_new_rooms
from bench.scaling import doorbell, layouts, uploads
from bench.scaling.doorbell import Rung
from bench.scaling.families import mebibytes
from bench.scaling.layouts import ALONE, Deployment, Layout
from bench.scaling.uploads import Held
from bench.scripts import NAMES

CALLS: Final = (
    "GET /v2/rooms/{id}",
    "POST /api/realtime/room",
    "GET /rooms?extraFields=members&extraFields=settings",
)
_ROOMS: Final = 20_000
_WARM_UP_SECONDS: Final = 1
_SEED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A layout in a round: each call's load, with µs of the pooler; connections to Postgres; MiB of each process."""

    loads: Mapping[str, Measurement]
    of_pooler: Mapping[str, float]
    connections: int
    idle: float
    busy: float
    parent: float | None
    previewing: float
    held: Held | None


@dataclass(frozen=True, slots=True)
class Round:
    """What was seen of each layout, by its name; and of commits that ring."""

    layouts: Mapping[str, Seen]
    rung: Rung


@dataclass(frozen=True, slots=True)
class Ground:
    """What all rounds share."""

    wrk: Program
    postgres: Postgres
    disk: Path
    calls: Sequence[Case]
    seconds: int


def seen(disk: Path, *, count: int, seconds: int) -> Sequence[Round]:
    """Measure every layout in so many rounds. Raises BenchFailed when a request is refused."""
    order, wrk = Random(_SEED), programs.wrk()  # noqa: S311 - to be the same again
    with place.postgres(disk / "data") as postgres:
        prepared = {case.name: case for case in cases.prepared(postgres, "", _ROOMS)}
        ground = Ground(wrk, postgres, disk, [prepared[name] for name in CALLS], seconds)
        here, rounds = layouts.here(), []
        for number in range(count):
            found = {layout.name: _seen(ground, layout) for layout in order.sample(here, len(here))}
            rounds.append(Round(found, doorbell.rung(postgres, disk, seconds)))
            click.echo(f"round {number + 1} of {count} of {len(here)} layouts", err=True)
    return rounds


def _seen(ground: Ground, layout: Layout) -> Seen:
    with layouts.running(layout, ground.postgres, ground.disk) as deployment:
        idle = _largest(deployment, "VmRSS")
        runs = {case.name: _run(ground, deployment, case) for case in ground.calls}
        parents = [family.parent for family in deployment.families if family.parent]
        return Seen(
            loads={name: measured for name, (measured, _) in runs.items()},
            of_pooler={name: spent for name, (_, spent) in runs.items()},
            connections=ground.postgres.run(_connections),
            idle=idle,
            busy=_largest(deployment, "VmHWM"),
            parent=max(mebibytes(parents, "VmRSS"), default=None),
            previewing=max(mebibytes([pid for each in deployment.families for pid in each.previewing], "VmRSS")),
            held=uploads.held(ground.wrk, ground.postgres, deployment, ground.calls[0], ground.seconds)
            if layout is ALONE
            else None,
        )


def _largest(deployment: Deployment, kind: str) -> float:
    return max(mebibytes([pid for family in deployment.families for pid in family.serving], kind))


async def _connections(connection: "Connection[Record]") -> int:
    """Count those of all servers, and of a pooler: none is given up within minutes."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return count


def _run(ground: Ground, deployment: Deployment, case: Case) -> tuple[Measurement, float]:
    """Return how the load went, and the µs that each request took of the pooler."""
    _send(ground, deployment, case, _WARM_UP_SECONDS)
    before = _spent_by(deployment.pooler)
    measured = _send(ground, deployment, case, ground.seconds)
    of_pooler = 1e6 * (_spent_by(deployment.pooler) - before) / measured.count
    if case.request.creates:
        forget_new_rooms(ground.postgres)
    return measured, of_pooler


def _spent_by(pooler: int | None) -> float:
    return cpu_seconds(pooler) if pooler else 0.0


def _send(ground: Ground, deployment: Deployment, case: Case, seconds: int) -> Measurement:
    """Ask all servers at once; each has its share of the connections, and a wrk of its own."""
    requests = list(_requests(deployment, case))
    meter = Meter([pid for family in deployment.families for pid in family.serving], ground.postgres.pid)
    before = meter.read()

    def send(number: int) -> Measurement:
        return load.send(
            ground.wrk,
            requests[number],
            connections=case.connections // len(requests),
            seconds=seconds,
            names=f"{NAMES}{number}-",
            meter=Meter([], ground.postgres.pid),
        )

    with ThreadPoolExecutor() as pool:
        parts = list(pool.map(send, range(len(requests))))
    spent = meter.spent_since(before)
    meter.rest()
    count, rate = sum(part.count for part in parts), sum(part.rate for part in parts)
    p50, p99 = (max(getattr(part, name) for part in parts) for name in ("p50", "p99"))
    return Measurement.of(count=count, seconds=count / rate, spent=spent, p50=p50, p99=p99)


def _requests(deployment: Deployment, case: Case) -> Iterator[Request]:
    for server in deployment.servers:
        yield replace(case.request, url=server.url + case.request.url)  # which is a path here
