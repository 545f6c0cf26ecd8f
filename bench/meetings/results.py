"""What the rounds say together."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final

from bench.measurement import Measurement
from bench.meetings import arrivals, shown, sockets
from bench.meetings.arrivals import Burst
from bench.meetings.rounds import Round
from bench.meetings.sockets import Opening
from bench.report import Spread

_AT_ONCE: Final = (
    f"{arrivals.SIZE} at once, {arrivals.WORKERS} workers",
    "all answered after, ms",
    "a second",
    "all heard by all after, ms",
    "CPU ms: server",
    "Postgres",
)
_OPENED: Final = ("a socket is opened", "a second", "CPU µs: server", "Postgres")
_ASKED: Final = ("request", "requests/s", "CPU µs: server", "Postgres", "% of the one above")


def table(rounds: Sequence[Round]) -> str:
    """Return three tables, and what is to be said of two: medians, the least and the most in brackets."""
    return "\n\n".join([_of_arrivals(rounds), _of_longer(rounds), _of_sockets(rounds), _of_shown(rounds)])


def _drawn(rows: Sequence[Sequence[object]]) -> str:
    lined = [rows[0], ["---", *["--:"] * (len(rows[0]) - 1)], *rows[1:]]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in lined)


def _of_arrivals(rounds: Sequence[Round]) -> str:
    return _drawn(
        [
            _AT_ONCE,
            _of_bursts("joins of one meeting", chain(*(one.arrivals.joins for one in rounds))),
            _of_bursts("other names of its room", chain(*(one.arrivals.renames for one in rounds))),
        ]
    )


def _of_bursts(what: str, bursts: Iterable[Burst]) -> list[object]:
    seen = [*bursts]
    answered, rate, heard, server, postgres = (
        Spread.of([getattr(each, name) for each in seen])
        for name in ("answered", "rate", "heard", "server", "postgres")
    )
    return [what, answered, rate, heard, f"{server:.1f}", f"{postgres:.1f}"]


def _of_longer(rounds: Sequence[Round]) -> str:
    def longer(time: Callable[[Burst], float]) -> Spread:
        pairs = (zip(one.arrivals.joins, one.arrivals.renames, strict=True) for one in rounds)
        return Spread.of([time(join) / time(rename) for join, rename in chain(*pairs)])

    answered, heard = longer(lambda burst: burst.answered), longer(lambda burst: burst.heard)
    return f"Joins are answered in {answered:.2f} times, and heard in {heard:.2f} times the time of as many names."


def _of_sockets(rounds: Sequence[Round]) -> str:
    listed, unlisted = (
        [*chain(*each)] for each in zip(*((one.sockets.listed, one.sockets.unlisted) for one in rounds), strict=True)
    )
    share = Spread.of([100 * known.rate / unknown.rate for known, unknown in zip(listed, unlisted, strict=True)])
    return "\n\n".join(
        [
            _drawn([_OPENED, _of_openings("with its row", listed), _of_openings("without one", unlisted)]),
            f"With its row {share:.0f} % as many are opened in a second ({sockets.SIZE} on one worker, 32 at once).",
        ]
    )


def _of_openings(what: str, openings: Sequence[Opening]) -> list[object]:
    return [what, *(Spread.of([getattr(each, name) for each in openings]) for name in ("rate", "server", "postgres"))]


def _of_shown(rounds: Sequence[Round]) -> str:
    rows: list[Sequence[object]] = [_ASKED]
    for little, much in shown.PAIRS:
        pairs = [one.shown[little, much] for one in rounds]
        share = Spread.of([100 * each.much.rate / each.little.rate for each in pairs])
        rows.append([little, *_over([each.little for each in pairs]), ""])
        rows.append([much, *_over([each.much for each in pairs]), share])
    return _drawn(rows)


def _over(measured: Sequence[Measurement]) -> list[Spread]:
    return [Spread.of([getattr(each, name) for each in measured]) for name in ("rate", "server", "postgres")]
