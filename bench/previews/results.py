"""All of it in one go, and as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.previews import conversions, host, liveness, races
from bench.previews.conversions import Conversion
from bench.previews.races import Who
from bench.report import Spread

_OF_AGAIN: Final = 20
_OF_P50, _OF_P99 = 2, 4
_RACES: Final = ("preview", "the plain way, ms", "ours, ms", "times as fast", "seen before, ms", "times as fast")
_LIVENESS: Final = ("`/health/live`", "quiet, ms", "busy, ms", "times as long")


@dataclass(frozen=True, slots=True)
class Found:
    """What the rounds brought."""

    rows: Sequence[Conversion]
    races: Sequence[races.Round]
    liveness: Sequence[liveness.Round]


def seen(disk: Path, *, count: int, seconds: int) -> Found:
    """Measure in so many rounds; liveness for so long in each. Raises BenchFailed."""
    rows = conversions.every()
    with host.running(disk) as server:
        return Found(
            rows,
            races.run(rows, server, count=count),
            liveness.run(server, count=count, seconds=seconds),
        )


def table(found: Found) -> str:
    """Return two tables: medians, and in brackets the least and the most."""
    raced = _lined(_RACES, [_raced(row, found.races) for row in found.rows])
    lived = _lined(_LIVENESS, [_lived(found.liveness, "p50", _OF_P50), _lived(found.liveness, "p99", _OF_P99)])
    made = Spread.of([one.previews for one in found.liveness])
    return f"{raced}\n\n{lived}\n\nBusy with {made:.1f} previews/s."


def _lined(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [columns, ["---", *["--:"] * (len(columns) - 1)], *rows])


def _raced(row: Conversion, rounds: Sequence[races.Round]) -> list[str]:
    def took(who: Who) -> list[float]:
        return [one[row.name, who] for one in rounds]

    plain, ours, again = took("plain"), took("ours"), took("again")
    faster, sooner = _factor(plain, ours), _factor(plain, again)
    return [
        row.name,
        f"{Spread.of(plain):,.1f}",
        f"{Spread.of(ours):,.1f}",
        _judged(faster, row.factor, met=faster.median >= row.factor),
        f"{Spread.of(again):,.1f}",
        _judged(sooner, _OF_AGAIN, met=sooner.median >= _OF_AGAIN),
    ]


def _lived(rounds: Sequence[liveness.Round], figure: Literal["p50", "p99"], goal: float) -> list[str]:
    quiet = [getattr(one.quiet, figure) for one in rounds]
    busy = [getattr(one.busy, figure) for one in rounds]
    longer = _factor(busy, quiet)
    judged = _judged(longer, goal, met=longer.median <= goal)
    return [figure, f"{Spread.of(quiet):.2f}", f"{Spread.of(busy):.2f}", judged]


def _factor(many: Sequence[float], few: Sequence[float]) -> Spread:
    """Compare round by round: both had the same moment's machine."""
    return Spread.of([more / less for more, less in zip(many, few, strict=True)])


def _judged(spread: Spread, goal: float, *, met: bool) -> str:
    return f"{spread:,.2f}; goal {goal:g}: {'met' if met else '**missed**'}"
