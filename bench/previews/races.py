"""Rounds in which each preview is made once, in an order of its own: by Enfilade, and the plain way.

And it is fetched from a server that has made it before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final, Literal, TypeAlias

from bench.previews.conversions import Conversion
from bench.previews.host import Asker, Host

_LEAST_SECONDS: Final = 0.05
_SEED: Final = 7

Who: TypeAlias = Literal["plain", "ours", "again"]
"""The plain way; Enfilade's; and a server that has made it before, over HTTP."""

Round: TypeAlias = Mapping[tuple[str, Who], float]
"""How many milliseconds each row took: of CPU where nothing but that is needed, else of time."""

_CLOCKS: Final[Mapping[Who, Callable[[], float]]] = {
    "plain": time.thread_time,  # who else is at work on the machine does not matter so much
    "ours": time.thread_time,
    "again": time.perf_counter,
}


def run(conversions: Sequence[Conversion], host: Host, *, count: int) -> list[Round]:
    """Look at each preview, then measure so many rounds. Raises BenchFailed if one is not as it should be."""
    with host.asker() as asker:
        runs = {key: work for one in conversions for key, work in _checked(one, host, asker).items()}
        order = Random(_SEED)  # noqa: S311 - to be the same again
        orders = [order.sample(list(runs), len(runs)) for _ in range(count)]
        return [{(name, who): _milliseconds(runs[name, who], _CLOCKS[who]) for name, who in keys} for keys in orders]


def _checked(one: Conversion, host: Host, asker: Asker) -> dict[tuple[str, Who], Callable[[], bytes]]:
    path = one.path.format(id=host.send(one.source))
    runs: dict[tuple[str, Who], Callable[[], bytes]] = {
        (one.name, "plain"): one.theirs,
        (one.name, "ours"): one.ours,
        (one.name, "again"): lambda: asker.get(path),
    }
    for (_, who), work in runs.items():
        one.check(work, who)
    return runs


def _milliseconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return how long it takes; what is short is repeated, lest a moment of the machine's decides."""
    count, began = 0, clock()
    while (elapsed := clock() - began) < _LEAST_SECONDS:
        work()
        count += 1
    return 1000 * elapsed / count
