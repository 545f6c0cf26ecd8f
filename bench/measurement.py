"""What one run of some load tells: how fast, how late, and at which cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bench.processes import cpu_seconds, family_cpu_seconds

_PAUSE = 0.1  # seconds in which whoever is at work uses at least one tick
_LONGEST_REST = 50  # pauses; then it is autovacuum or the like


class BenchFailed(Exception):
    """What was to be measured did not happen; in one line."""


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds, of the server alone and of Postgres with all its processes."""

    server: float
    postgres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """`rate` is requests or transactions per second, `server` and `postgres` CPU in µs for each, the rest in ms."""

    count: int
    rate: float
    server: float
    postgres: float
    p50: float | None = None
    p99: float | None = None

    @classmethod
    def of(cls, *, count: int, seconds: float, spent: Spent, **latency: float) -> Self:
        """Share out what was spent."""
        return cls(
            count=count,
            rate=count / seconds,
            server=1e6 * spent.server / count,
            postgres=1e6 * spent.postgres / count,
            **latency,
        )


@dataclass
class Meter:
    """Reads the CPU time of a server's processes, if there are any, and of its Postgres."""

    servers: Sequence[int]
    postmaster: int

    def read(self) -> Spent:
        """Return what was spent since they began."""
        return Spent(sum(map(cpu_seconds, self.servers)), family_cpu_seconds(self.postmaster))

    def spent_since(self, before: Spent) -> Spent:
        """Return what was spent since an earlier reading."""
        now = self.read()
        return Spent(now.server - before.server, now.postgres - before.postgres)

    def rest(self) -> None:
        """Wait until both are idle: whoever made load has left without waiting for what it asked last."""
        for _ in range(_LONGEST_REST):
            before = self.read()
            time.sleep(_PAUSE)
            if self.read() == before:
                return
