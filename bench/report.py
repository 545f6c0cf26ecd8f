"""What the rounds say together: medians with their spread, as a Markdown table."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

from bench.cases import Case
from bench.rounds import HELLO, Round, by_pgbench

_COLUMNS = (
    "request",
    "requests/s",
    "p50, p99 in ms",
    "CPU µs: server",
    "Postgres",
    "% of the hello",
    "pgbench/s",
    "Postgres",
    "% of pgbench",
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return format(self)

    def __format__(self, form: str) -> str:
        """Spell each number in this form; by itself whole, with a comma between thousands."""
        form = form or ",.0f"
        return f"**{self.median:{form}}** ({self.least:{form}} to {self.most:{form}})"


@dataclass(frozen=True, slots=True)
class Share:
    """How much in percent of what something else did in the same round, and the least that it should be."""

    spread: Spread
    goal: float | None

    def __str__(self) -> str:
        return f"{self.spread}{'' if self.goal is None else f'; goal {self.goal:.0f}: {self.verdict}'}"

    @property
    def verdict(self) -> str:
        return "met" if self.goal is None or self.spread.median >= self.goal else "**missed**"


def shares(case: Case, rounds: Sequence[Round]) -> tuple[Share, Share]:
    """Return the shares of the hello and of pgbench, compared round by round: both had the same moment's machine."""

    def share(other: str, goal: float | None) -> Share:
        return Share(Spread.of([100 * one[case.name].rate / one[other].rate for one in rounds]), goal)

    return share(HELLO, case.of_hello), share(by_pgbench(case), case.of_pgbench)


def table(cases: Sequence[Case], rounds: Sequence[Round]) -> str:
    """Return the whole table: medians, and in brackets the least and the most."""
    rows = [_COLUMNS, ["---", *["--:"] * (len(_COLUMNS) - 1)], [*_served(HELLO, rounds), *[""] * 4]]
    for case in cases:
        of_hello, of_pgbench = shares(case, rounds)
        pgbench = by_pgbench(case)
        rows.append(
            [
                *_served(case.name, rounds),
                of_hello,
                _over(rounds, pgbench, "rate"),
                f"{_over(rounds, pgbench, 'postgres').median:,.0f}",
                of_pgbench,
            ]
        )
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def _served(name: str, rounds: Sequence[Round]) -> list[object]:
    p50, p99, server, postgres = (_over(rounds, name, figure).median for figure in ("p50", "p99", "server", "postgres"))
    return [name, _over(rounds, name, "rate"), f"{p50:.1f}, {p99:.1f}", f"{server:,.0f}", f"{postgres:,.0f}"]


def _over(rounds: Sequence[Round], name: str, figure: str) -> Spread:
    return Spread.of([getattr(one[name], figure) for one in rounds])
