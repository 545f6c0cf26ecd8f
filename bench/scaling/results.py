"""What the rounds say together: a table for each call, and one of what each layout holds."""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from statistics import median

from bench.measurement import Measurement
from bench.report import Spread
from bench.scaling.doorbell import CLIENTS
from bench.scaling.layouts import ALONE, LAYOUTS
from bench.scaling.rounds import CALLS, Round, Seen
from bench.scaling.uploads import FILES_OF_ONE, PEOPLE

_OF_CALL = ("requests/s", "times one worker", "p50, p99 in ms", "CPU µs: servers", "Postgres", "pgbouncer")
_OF_LAYOUT = (
    "",
    "connections to Postgres",
    "MiB of a process: idle",
    "at most, under load",
    "parent",
    "preview worker",
)


def table(rounds: Sequence[Round]) -> str:
    """Return all tables: medians, and in brackets the least and the most."""
    parts = [
        *(_of_call(call, rounds) for call in CALLS),
        _of_layouts(rounds),
        _of_uploads(rounds),
        _of_doorbells(rounds),
    ]
    left_out = (
        "" if any("pgbouncer" in name for name in rounds[0].layouts) else "pgbouncer is not installed here: left out."
    )
    return "\n\n".join(filter(None, [*parts, left_out]))


def _drawn(rows: Sequence[Sequence[object]]) -> str:
    lined = [rows[0], ["---", *["--:"] * (len(rows[0]) - 1)], *rows[1:]]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in lined)


def _names(rounds: Sequence[Round]) -> Iterator[str]:
    """Yield the layouts in the order in which they are described, whatever a round's was."""
    yield from (layout.name for layout in LAYOUTS if layout.name in rounds[0].layouts)


def _of_call(call: str, rounds: Sequence[Round]) -> str:
    def over(name: str, figure: Callable[[Measurement], float]) -> Spread:
        return Spread.of([figure(one.layouts[name].loads[call]) for one in rounds])

    rows: list[Sequence[object]] = [(call, *_OF_CALL)]
    for name in _names(rounds):
        times = Spread.of(
            [one.layouts[name].loads[call].rate / one.layouts[ALONE.name].loads[call].rate for one in rounds]
        )
        pooler = median(one.layouts[name].of_pooler[call] for one in rounds)
        p50, p99 = (over(name, attrgetter(of)).median for of in ("p50", "p99"))
        rows.append(
            [
                name,
                over(name, attrgetter("rate")),
                "" if name == ALONE.name else f"{times:.2f}",
                f"{p50:.1f}, {p99:.1f}",
                f"{over(name, attrgetter('server')).median:,.0f}",
                f"{over(name, attrgetter('postgres')).median:,.0f}",
                f"{pooler:,.0f}" if pooler else "",
            ]
        )
    return _drawn(rows)


def _of_layouts(rounds: Sequence[Round]) -> str:
    rows: list[Sequence[object]] = [_OF_LAYOUT]
    for name in _names(rounds):
        seen = [one.layouts[name] for one in rounds]
        parent = [f"{each.parent:.0f}" for each in seen if each.parent]
        connections = max(each.connections for each in seen)
        rows.append([name, connections, *_memory(seen), parent[0] if parent else "", _previewing(seen)])
    return _drawn(rows)


def _memory(seen: Sequence[Seen]) -> Sequence[str]:
    return [f"{median(each.idle for each in seen):.0f}", f"{max(each.busy for each in seen):.0f}"]


def _previewing(seen: Sequence[Seen]) -> str:
    return f"{max(each.previewing for each in seen):.0f}"


def _of_uploads(rounds: Sequence[Round]) -> str:
    held = [one.layouts[ALONE.name].held for one in rounds]
    share = Spread.of([100 * each.beside / each.without for each in held if each])
    in_use = max(each.in_use for each in held if each)
    added = max(each.added for each in held if each)
    return (
        f"While {PEOPLE * FILES_OF_ONE} uploads of {PEOPLE} people had arrived by half at one worker, it answered"
        f" `{CALLS[0]}` {share:.0f} % as often as without them; {in_use} connections to Postgres were in use by them,"
        f" and it had {added:.0f} MiB more memory at most."
    )


def _of_doorbells(rounds: Sequence[Round]) -> str:
    ringing, silent = (Spread.of([getattr(one.rung, how) for one in rounds]) for how in ("ringing", "silent"))
    share = Spread.of([100 * one.rung.ringing / one.rung.silent for one in rounds])
    return (
        f"{CLIENTS} sessions that insert a row and commit do so {silent:,.0f} times a second;"
        f" {ringing:,.0f} times when each also calls `pg_notify`: {share:.0f} %."
    )
