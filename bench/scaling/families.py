"""The processes of a running server, told apart by what they do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.processes import memory

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Family:
    """Process ids: of those who answer requests, of the parent of several such, of those who make previews."""

    serving: Sequence[int]
    parent: int | None
    previewing: Sequence[int]

    @classmethod
    def of(cls, pid: int) -> Self:
        """Look at `enfilade serve` and all that it has started."""
        found = dict(_descended(pid))
        workers = [each for each, line in found.items() if "multiprocessing.spawn" in line]
        previewing = [each for each, line in found.items() if "anyio.to_process" in line]
        return cls(workers or [pid], pid if workers else None, previewing)


def _descended(pid: int) -> Iterator[tuple[int, str]]:
    """Yield what this process has started, and what that has, with their command lines."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child, Path(f"/proc/{child}/cmdline").read_text()
            yield from _descended(child)


def mebibytes(pids: Sequence[int], kind: str) -> list[float]:
    """Return what each of them has of memory (VmRSS), or had at most (VmHWM)."""
    return [memory(pid, kind) / _MIB for pid in pids]
