"""A Postgres of our own inside the data folder, for whoever has none.

`running` starts it, or joins the one that a process beside us has started; `address` says how to reach it.
Postgres ends with the process that started it, even when that process is killed.
"""

import errno
import fcntl
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from app.adapters.embedded import binaries, cluster, locks
from app.adapters.embedded.account import account_for
from app.adapters.embedded.errors import EmbeddedPostgresError

__all__ = ["EmbeddedPostgresError", "address", "running"]

PATIENCE = 30.0  # seconds until a turn at Postgres must have come
FAREWELL = 5.0  # seconds that whoever stops Postgres gives to those who joined
SUN_PATH = 107  # bytes of a socket's path (unix(7))
_ANOTHER_FOLDER = "set it to a folder that this user can read and write, start as the owner of the data"
_WAYS_OUT: dict[int | None, str] = {
    errno.ENOSPC: "make room on its disk, set it to a folder of another one",
    errno.EDQUOT: "raise this user's quota, set it to a folder of another disk",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


@contextmanager
def running(data_dir: Path, *, serving: bool, bin_dir: Path | None = None) -> Iterator[None]:
    """Inside the block an embedded Postgres answers at `address(data_dir)`.

    The server (`serving`) starts it, waiting up to 30 s for a command that has it, and is refused while
    another server runs. A command joins whoever has started it, or else starts it for its own time. Enter on
    the main thread: the kernel ties Postgres to the thread that starts it. Raises EmbeddedPostgresError on
    entering; and on leaving a server whose Postgres ended by itself, which SIGTERM has then asked to end.
    """
    _require_linux()
    _require_main_thread()
    data_dir = data_dir.absolute()
    with ExitStack() as stack:
        with _told_plainly(data_dir):
            _enter(stack, data_dir, bin_dir, serving=serving)
        yield


def address(data_dir: Path) -> dict[str, str]:
    """Say how asyncpg connects; ask in each process, while Postgres runs, rather than hand the answer over.

    The host is the socket's folder; where its path is too long for a socket, a name of it that holds in the
    calling process only. The port is part of the socket's name, given lest PGPORT change it.
    """
    return {
        "host": _host(data_dir.absolute()),
        "port": cluster.PORT,
        "user": cluster.NAME,
        "database": cluster.NAME,
    }


def _require_linux() -> None:
    if sys.platform != "linux" or not Path("/proc/self/fd").is_dir():
        raise EmbeddedPostgresError(
            "the embedded Postgres needs Linux with /proc: set ENFILADE_DATABASE_URL to another Postgres"
        )


def _require_main_thread() -> None:
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Postgres would end with this thread: start it on the main thread")


@contextmanager
def _told_plainly(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(
            f"ENFILADE_DATA_DIR={data_dir} cannot be used by uid {os.geteuid()} ({error.strerror}:"
            f" {error.filename}): {_WAYS_OUT.get(error.errno, _ANOTHER_FOLDER)}, or set ENFILADE_DATABASE_URL"
        ) from error


def _enter(stack: ExitStack, data_dir: Path, bin_dir: Path | None, *, serving: bool) -> None:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = stack.enter_context(locks.opened(data_dir))
    if serving and not locks.take(held.server, fcntl.LOCK_EX):
        raise EmbeddedPostgresError(
            f"another server is running on ENFILADE_DATA_DIR={data_dir}: stop it, or set another folder"
        )
    if _is_ours_to_start(data_dir, held, serving=serving):
        stack.enter_context(_hosting(data_dir, bin_dir, held, serving=serving))


def _is_ours_to_start(data_dir: Path, held: locks.Locks, *, serving: bool) -> bool:
    """Whether nobody has Postgres; False when we have joined somebody's, which a server never does."""
    for _ in locks.attempts(PATIENCE):
        if locks.take(held.postgres, fcntl.LOCK_EX):
            return True
        if not serving and _joined(data_dir, held):
            return False
    raise EmbeddedPostgresError(
        f"the Postgres in ENFILADE_DATA_DIR={data_dir} has been in other hands, starting or stopping for"
        f" {PATIENCE:.0f} seconds: try again when the other enfilade command is done, or set another folder"
    )


def _joined(data_dir: Path, held: locks.Locks) -> bool:
    # The lock first: from then on nobody stops what we are about to find ready.
    if not locks.take(held.guests, fcntl.LOCK_SH):
        return False
    if _answers(data_dir):
        return True
    locks.release(held.guests)
    return False


def _answers(data_dir: Path) -> bool:
    # The socket first: once somebody listens, postmaster.pid is no longer its predecessor's.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(f"{_host(data_dir)}/{cluster.SOCKET}")
        except OSError:
            return False
    return cluster.is_ready(cluster.folder_in(data_dir))


@contextmanager
def _hosting(data_dir: Path, bin_dir: Path | None, held: locks.Locks, *, serving: bool) -> Iterator[None]:
    account = account_for(data_dir, cluster.folder_in(data_dir))
    with (
        binaries.runnable(account, bin_dir) as programs,
        cluster.Cluster(data_dir, account, programs, held.postgres).started(serving=serving),
    ):
        try:
            yield
        finally:
            locks.taken_within(FAREWELL, held.guests, fcntl.LOCK_EX)


def _host(data_dir: Path) -> str:
    folder = cluster.folder_in(data_dir)
    if len(os.fsencode(folder / cluster.SOCKET)) <= SUN_PATH:
        return str(folder)
    return f"/proc/self/fd/{_opened(data_dir)}/{folder.name}"


@cache
def _opened(data_dir: Path) -> int:
    return os.open(data_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
