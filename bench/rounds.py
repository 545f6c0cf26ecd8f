"""Rounds: in each, everything once, in an order of its own, so that a slow moment of the machine hits no row alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from asyncpg import Connection, Record

from bench import load, transactions
from bench.cases import CONNECTIONS, Case
from bench.load import Request
from bench.measurement import BenchFailed, Measurement, Meter
from bench.place import Postgres, Server
from bench.programs import Program
from bench.scripts import NAMES

HELLO = "hello"
_WARM_UP_SECONDS = 1
_SEED = 4

Round = Mapping[str, Measurement]
"""What was measured of the hello, and for each row of Enfilade and of pgbench."""


def by_pgbench(case: Case) -> str:
    """Name what pgbench did in a round for this row."""
    return f"{case.name}, by pgbench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """All that it takes to measure."""

    wrk: Program
    pgbench: Program
    postgres: Postgres
    enfilade: Server
    hello: Server
    folder: Path

    def rounds(self, cases: Sequence[Case], *, count: int, seconds: int) -> Iterator[Round]:
        """Check and warm up everything, then measure it again and again."""
        for case in cases:
            case.request.check(f"{NAMES}0")
        forget_new_rooms(self.postgres)
        runs = self._runs(cases)
        for run in runs.values():
            run(_WARM_UP_SECONDS)
        order = Random(_SEED)  # noqa: S311 - to be the same again
        for _ in range(count):
            names = order.sample(list(runs), len(runs))
            yield {name: runs[name](seconds) for name in names}

    def _runs(self, cases: Sequence[Case]) -> dict[str, Callable[[int], Measurement]]:
        """Return what puts each load on something for so many seconds."""
        runs: dict[str, Callable[[int], Measurement]] = {HELLO: self._greet}
        for case in cases:
            runs[case.name] = partial(self._serve, case)
            runs[by_pgbench(case)] = partial(self._repeat, case)
        return runs

    def _greet(self, seconds: int) -> Measurement:
        request, meter = Request(url=f"{self.hello.url}/hello"), Meter([self.hello.pid], self.postgres.pid)
        measured = load.send(self.wrk, request, connections=CONNECTIONS, seconds=seconds, names=NAMES, meter=meter)
        meter.rest()
        return measured

    def _serve(self, case: Case, seconds: int) -> Measurement:
        meter = Meter([self.enfilade.pid], self.postgres.pid)
        measured = load.send(
            self.wrk, case.request, connections=case.connections, seconds=seconds, names=NAMES, meter=meter
        )
        meter.rest()
        return self._tidied(case, measured, unfinished=case.connections)

    def _repeat(self, case: Case, seconds: int) -> Measurement:
        measured = transactions.repeat(
            self.pgbench,
            case.script,
            clients=case.clients,
            seconds=seconds,
            folder=self.folder,
            meter=Meter([], self.postgres.pid),
        )
        return self._tidied(case, measured, unfinished=case.clients)

    def _tidied(self, case: Case, measured: Measurement, *, unfinished: int) -> Measurement:
        """Fail unless there is a room for each that was counted, and delete them.

        When its time is over, each connection leaves without counting what it has just asked for.
        """
        if case.request.creates:
            created = forget_new_rooms(self.postgres)
            if not measured.count <= created <= measured.count + unfinished:
                raise BenchFailed(f"{case.name}: {measured.count} were to be created, {created} are there")
        return measured


def forget_new_rooms(postgres: Postgres) -> int:
    """Delete the rooms that the load has made, tidy up behind them, and return how many they were."""

    async def forget(connection: "Connection[Record]") -> int:
        deleted = await connection.execute("DELETE FROM conference WHERE name LIKE $1", f"{NAMES}%")
        await connection.execute("VACUUM (ANALYZE) conference")
        await connection.execute("CHECKPOINT")  # lest it falls into what is measured next
        return int(deleted.split()[-1])

    return postgres.run(forget)
