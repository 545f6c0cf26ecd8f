"""Who may start, use and stop the Postgres of a data folder, settled by flock(2).

An flock belongs to the open file, so it ends with the last process that has inherited it, however that ended.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.01  # seconds between two looks at what is waited for


@dataclass(frozen=True)
class Locks:
    """Open files of the folder `locks`, one to each question.

    server    held by the one server of the data folder
    postgres  held by whoever started Postgres and, inherited, by every process of that Postgres: when it is
              free, none is left
    guests    shared by commands that use a Postgres which somebody else started and may not stop under them
    """

    server: int
    postgres: int
    guests: int


@contextmanager
def opened(data_dir: Path) -> Iterator[Locks]:
    """Open the three without taking any; on leaving, whatever was taken is free again."""
    folder = data_dir / "locks"
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        give_to_owner_of(data_dir, folder)
    with ExitStack() as stack:
        files = [open_own(folder / name) for name in ("server", "postgres", "guests")]
        for file in files:
            stack.callback(os.close, file)
        yield Locks(*files)


def open_own(path: Path) -> int:
    """Open a file of ours to append to; one that root makes is its folder's owner's."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    give_to_owner_of(path.parent, file)
    return file


def give_to_owner_of(folder: Path, target: Path | int) -> None:
    """As root, hand what we have made to the owner of the folder."""
    if os.geteuid() == 0:
        owner = folder.stat()
        if isinstance(target, int):
            os.fchown(target, owner.st_uid, owner.st_gid)
        else:
            os.chown(target, owner.st_uid, owner.st_gid, follow_symlinks=False)


def take(file: int, kind: int) -> bool:
    """Whether the lock (`LOCK_EX` or `LOCK_SH`) could be had at once."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def release(file: int) -> None:
    """Give the lock back while the file stays open."""
    fcntl.flock(file, fcntl.LOCK_UN)


def attempts(seconds: float) -> Iterator[None]:
    """Come round now and every few milliseconds until the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        yield
        if time.monotonic() > deadline:
            return
        time.sleep(INTERVAL)


def taken_within(seconds: float, file: int, kind: int) -> bool:
    """Whether the lock could be had in that time."""
    return any(take(file, kind) for _ in attempts(seconds))
