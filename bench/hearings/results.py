"""What the rounds say together."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from statistics import median, quantiles
from typing import Final

from bench.hearings import group, hall, recording
from bench.hearings.rounds import Round
from bench.report import Spread

_LAST_MS, _SMALL_MS = 500, 20
_HEARD: Final = ("from the commit to the frame, ms", "median", "p99", "at most")
_RECORDED: Final = (
    "sessions",
    "without an event, commits/s",
    "one hears it",
    "% of that",
    "a thousand hear it",
    "% of that",
)


def table(rounds: Sequence[Round]) -> str:
    """Return two tables, and what else there is to say: medians of the rounds, the least and the most in brackets."""
    return "\n\n".join(
        [_of_hearing(rounds), _of_slow(rounds), _of_stall(rounds), _of_cost(rounds), _of_recording(rounds)]
    )


def _drawn(rows: Sequence[Sequence[object]]) -> str:
    lined = [rows[0], ["---", *["--:"] * (len(rows[0]) - 1)], *rows[1:]]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in lined)


def _of_hearing(rounds: Sequence[Round]) -> str:
    rate = Spread.of([one.group.rate for one in rounds])
    large, small = f"{hall.SIZE:,} sockets, one worker", f"{group.SIZE} members, {group.WORKERS} workers"
    return _drawn(
        [
            _HEARD,
            _late(f"{large}: the last", [one.hall.last for one in rounds], _LAST_MS),
            _late(f"{large}: of each change the median socket", [one.hall.middle for one in rounds]),
            _late(f"{large}: the first", [one.hall.first for one in rounds]),
            _late(f"{large}, of whom one reads nothing: the last", [one.hall.beside_slow for one in rounds]),
            _late(f"{small}, nothing else to do", [one.group.quiet for one in rounds], _SMALL_MS),
            _late(f"{small}, while {rate.median:,.0f} GETs/s are answered", [one.group.busy for one in rounds]),
        ]
    )


def _late(what: str, times: Sequence[Sequence[float]], goal: float | None = None) -> list[str]:
    """Return a row; the median is held against the goal."""
    middle = Spread.of([median(each) for each in times])
    judged = "" if goal is None else f"; goal {goal:g}: {'met' if middle.median <= goal else '**missed**'}"
    last = quantiles(chain(*times), n=100, method="inclusive")[98]
    return [what, f"{middle:.1f}{judged}", f"{last:.1f}", f"{max(chain(*times)):.1f}"]


def _of_slow(rounds: Sequence[Round]) -> str:
    longer = Spread.of([median(one.hall.beside_slow) / median(one.hall.last) for one in rounds])
    return f"Beside one who reads nothing the last of the others hears it after {longer:.2f} times as long."


def _of_stall(rounds: Sequence[Round]) -> str:
    recorded, heard = _over(rounds, lambda one: one.group.recorded), _over(rounds, lambda one: one.group.heard)
    return (
        f"{group.EVENTS:,} events, recorded in {recorded:.1f} s while Postgres' processes for the feeds stood still,"
        f" were heard by each of the room of {group.SIZE}, once and in order, {heard:.2f} s after these went on."
    )


def _of_cost(rounds: Sequence[Round]) -> str:
    server, listening, postgres, memory, opened = (
        _over(rounds, lambda one, name=name: getattr(one.hall, name))  # type: ignore[misc]
        for name in ("server", "listening", "postgres", "memory", "opened")
    )
    return (
        f"A frame takes {server:.0f} µs of the server, and {listening:.0f} µs of the process that reads it;"
        f" a change for {hall.SIZE:,} takes {postgres:.1f} ms of Postgres. {hall.SIZE:,} sockets are open after"
        f" {opened:.1f} s; each has {memory:.0f} KiB of the server."
    )


def _over(rounds: Iterable[Round], figure: Callable[[Round], float]) -> Spread:
    return Spread.of([figure(one) for one in rounds])


def _of_recording(rounds: Sequence[Round]) -> str:
    rows: list[Sequence[object]] = [_RECORDED]
    for sessions in recording.SESSIONS:
        rates = [one.recording[sessions] for one in rounds]
        silent, for_one, for_hall = (
            Spread.of([getattr(each, name) for each in rates]) for name in ("silent", "for_one", "for_hall")
        )
        of_one = Spread.of([100 * each.for_one / each.silent for each in rates])
        of_hall = Spread.of([100 * each.for_hall / each.silent for each in rates])
        rows.append([sessions, silent, for_one, of_one, for_hall, of_hall])
    return _drawn(rows)
