"""What it costs to carry files: beside bare handlers and `dd`, and in memory."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from bench import caller, place
from bench.bucket import bucket
from bench.courier import MIB, Courier, Parcel
from bench.measurement import BenchFailed
from bench.place import Postgres, Server
from bench.processes import cpu_seconds, forget_peak, memory
from bench.report import Spread

_MOST_ADDED_MIB: Final = 64
_MANY, _MANY_MIB = 50, 8
_MOST_KB: Final = 4 * MIB
_SEED: Final = 6
_PAUSE, _LONGEST_PAUSE = 0.05, 60.0  # seconds
_COLUMNS = ("", "MiB/s", "% of the bare handler", "% of dd", "CPU s for a GiB", "MiB of memory, at most")


@dataclass(frozen=True, slots=True)
class Carried:
    """How a transfer went: MiB per second, MiB of memory that it added at most, seconds of CPU for a GiB."""

    pace: float
    added: float = 0
    cpu: float = 0


Round = Mapping[str, Carried]
"""How everything went once, by its name."""

Runs = Mapping[str, Callable[[], Carried]]
"""What carries something once, by its name."""


def seen(disk: Path, *, count: int, mib: int) -> Sequence[Sequence[Round]]:
    """Carry files of so many MiB, in so many rounds for each store. Raises BenchFailed if one is not intact."""
    with place.postgres(disk / "data") as postgres:
        with _enfilade(postgres, disk, {}) as own, place.bare_handlers(disk) as server:
            bare = _Carrier(server, Courier(url=server.url))
            runs = {**own.runs("folder", mib), **bare.runs("bare", mib), "dd up": lambda: _dd(disk / "dd", mib)}
            on_folder = _rounds(runs, count)
        with bucket(disk / "bucket") as variables, _enfilade(postgres, disk, variables) as own:
            return on_folder, _rounds(own.runs("S3", mib), count)


def _rounds(runs: Runs, count: int) -> list[Round]:
    """Run everything so often, in an order of its own; but first a large file, which finds the worker as it began."""
    order = Random(_SEED)  # noqa: S311 - to be the same again
    orders = [list(runs), *(order.sample(list(runs), len(runs)) for _ in range(count - 1))]
    return [{name: runs[name]() for name in names} for names in orders]


def table(found: Sequence[Sequence[Round]], mib: int) -> str:
    """Return a table: medians, and in brackets the least and the most."""
    what = {
        "up": f"{mib:,} MiB up",
        "down": f"{mib:,} MiB down",
        "many": f"{_MANY} files of {_MANY_MIB} MiB up at once",
    }
    rows: list[Sequence[object]] = [_COLUMNS, ["---", *["--:"] * (len(_COLUMNS) - 1)]]
    for rounds in found:
        for name in sorted(rounds[0], key=lambda name: (list(what).index(name.split()[1]), -len(name))):
            who, did = name.split()
            shares = [_share(rounds, name, f"{other} {did}") for other in ("bare", "dd")]
            cpu, added = (_over(rounds, name, figure) for figure in ("cpu", "added"))
            rest = ["", ""] if who == "dd" else [f"{cpu.median:.2f}", f"{added.most:.0f}"]
            rows.append([f"{what[did]}, {who}", _over(rounds, name, "pace"), *shares, *rest])
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def _share(rounds: Sequence[Round], name: str, other: str) -> object:
    if name == other or other not in rounds[0] or name.startswith("dd"):
        return ""
    return Spread.of([100 * one[name].pace / one[other].pace for one in rounds])


def _over(rounds: Sequence[Round], name: str, figure: str) -> Spread:
    return Spread.of([getattr(one[name], figure) for one in rounds])


@contextmanager
def _enfilade(postgres: Postgres, disk: Path, further: Mapping[str, str]) -> Iterator["_Carrier"]:
    """Run Enfilade, which takes large files; at the end, see that what it sends is what it was sent."""
    room, token = postgres.run(caller.with_room)
    most = {"ENFILADE_CHATS__MAX_ATTACHMENT_SIZE_IN_KB": str(_MOST_KB)}
    with place.enfilade(postgres.settings, disk, {**most, **further}) as server:
        courier = Courier(url=server.url, room=room, headers={"Authorization": f"Bearer {token}"})
        carrier = _Carrier(server, courier, postgres)
        yield carrier
        carrier.check()


@dataclass(frozen=True, slots=True)
class _Carrier:
    """Carries files to and from a server, and measures it; `postgres` is that of Enfilade."""

    server: Server
    courier: Courier
    postgres: Postgres | None = None

    def check(self) -> None:
        """Carry many at once, and look at what comes back."""
        ids = self.courier.send_all(_many())
        for id, parcel in zip(ids, _many(), strict=True):
            self.courier.check(id, parcel)
        self._tidy(ids)

    def runs(self, name: str, mib: int) -> Runs:
        """Return what carries a large file, either way, and many at once."""
        return {
            f"{name} up": lambda: self._alone(self._up([Parcel(mib)])),
            f"{name} down": lambda: self._alone(self._down(mib)),
            f"{name} many": lambda: self._up(_many()),
        }

    def _alone(self, carried: Carried) -> Carried:
        if self.postgres and carried.added > _MOST_ADDED_MIB:
            raise BenchFailed(f"one file took {carried.added:.0f} MiB of memory, more than {_MOST_ADDED_MIB}")
        return carried

    def _up(self, parcels: list[Parcel]) -> Carried:
        ids: list[str] = []
        carried = self._measured(
            lambda: ids.extend(self.courier.send_all(parcels)), sum(parcel.mib for parcel in parcels)
        )
        if self.postgres:
            for id, parcel in zip(ids, parcels, strict=True):
                self.courier.check_tag(id, parcel)
        self._tidy(ids)
        return carried

    def _down(self, mib: int) -> Carried:
        id = self.courier.send(Parcel(mib))
        carried = self._measured(lambda: self.courier.fetch(id), mib)
        self._tidy([id])
        return carried

    def _measured(self, work: Callable[[], None], mib: int) -> Carried:
        before, spent = forget_peak(self.server.pid), cpu_seconds(self.server.pid)
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        return Carried(
            pace=mib / seconds,
            added=(memory(self.server.pid, "VmHWM") - before) / MIB,
            cpu=(cpu_seconds(self.server.pid) - spent) * 1024 / mib,
        )

    def _tidy(self, ids: Sequence[str]) -> None:
        """Delete these, and wait until their bytes are gone: that is work, too."""
        for id in ids:
            self.courier.remove(id)
        if self.postgres:
            deadline = time.monotonic() + _LONGEST_PAUSE
            while self.postgres.run(lambda own: own.fetchval("SELECT count(*) FROM stray_blob")):
                if time.monotonic() > deadline:
                    raise BenchFailed("what was deleted is not swept")
                time.sleep(_PAUSE)
        os.sync()


def _many() -> list[Parcel]:
    return [Parcel(_MANY_MIB, seed) for seed in range(1, _MANY + 1)]


def _dd(file: Path, mib: int) -> Carried:
    """Write as many bytes as fast as the disk takes them."""
    began = time.perf_counter()
    command = ["dd", "if=/dev/zero", f"of={file}", "bs=1M", f"count={mib}", "conv=fsync", "status=none"]
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - began
    file.unlink()
    os.sync()
    return Carried(mib / seconds)
