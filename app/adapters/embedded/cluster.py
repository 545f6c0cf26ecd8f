"""A Postgres cluster inside the data folder: made once, started, watched until it is ready, stopped.

Postgres is told of its folder as `/proc/self/fd/N`, an open directory that it inherits. So it can run as a
user who could not walk the path there, and no length or character of that path matters to its socket.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from app.adapters.embedded import locks
from app.adapters.embedded.account import Account, surroundings
from app.adapters.embedded.binaries import Binaries
from app.adapters.embedded.errors import EmbeddedPostgresError

NAME = "enfilade"  # of the superuser and of the database
PORT = "5432"  # names the socket file only: nothing listens on TCP
SOCKET = f".s.PGSQL.{PORT}"
LOG_LIMIT = 10 * 1024 * 1024  # bytes after which the next start begins a new log

# C.UTF-8 rather than C, whose lower() knows ASCII only. The folder's mode 0700 is what `trust` relies on.
INITDB = (
    f"--username={NAME}",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Smart: sessions may finish. Fast: they are ended. Immediate: the next start recovers. Seconds for each.
SHUTDOWN = ((signal.SIGTERM, 3.0), (signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, None))


@dataclass(frozen=True)
class Cluster:
    """The cluster of a data folder, for a caller who holds the lock `postgres` (see Locks)."""

    data_dir: Path
    account: Account
    binaries: Binaries
    lock: int

    @property
    def folder(self) -> Path:
        """Postgres' own data directory."""
        return folder_in(self.data_dir)

    @contextmanager
    def started(self, *, serving: bool) -> Iterator[None]:
        """Inside the block the cluster is ready; afterwards it is shut down and no process of it is left.

        A server is told when it ends before; a command hears that from its connection.
        """
        if not (self.folder / "PG_VERSION").exists():
            self._create()
        self._refuse_other_major()
        _forget_dead_postmaster(self.folder)
        postmaster, log = self._launch()
        try:
            self._await_ready(postmaster, log)
            with self._watched(postmaster, log) if serving else nullcontext():
                yield
        finally:
            stop(postmaster)

    def _create(self) -> None:
        """Made beside its place and renamed: whatever is killed half-way is never mistaken for a cluster."""
        unfinished = self.data_dir / "postgres.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        if self.folder.exists():
            self.folder.rmdir()  # fails, and says so, where it holds something that is no cluster
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self.account.uid, self.account.gid, follow_symlinks=False)
        with directory(unfinished) as (fd, name):
            self._run(fd, "initdb", f"--pgdata={name}", *INITDB)
            single = ("--single", "-D", name, "-c", "exit_on_error=on", "template1")
            self._run(fd, "postgres", *single, words=f"CREATE DATABASE {NAME}\n")
        unfinished.rename(self.folder)
        with directory(self.data_dir) as (fd, _):
            os.fsync(fd)

    def _run(self, folder: int, program: str, *arguments: str, words: str = "") -> None:
        done = subprocess.run(  # noqa: S603 -- our own words
            self.account.command(self.binaries.folder / program, *arguments),
            input=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            pass_fds=(folder, self.lock, *self.binaries.held),
            **surroundings(),
        )
        if done.returncode != 0:
            raise self._failure(f"{program} could not make the database", done.stdout)

    def _refuse_other_major(self) -> None:
        made_by = int((self.folder / "PG_VERSION").read_text())
        if made_by != self.binaries.major:
            raise EmbeddedPostgresError(
                f"{self.folder} was made by Postgres {made_by} and {self.binaries.folder} holds Postgres"
                f" {self.binaries.major}: set ENFILADE_POSTGRES_BIN to the bin folder of a Postgres"
                f" {made_by}, or ENFILADE_DATA_DIR to another folder"
            )

    def _launch(self) -> "tuple[subprocess.Popen[bytes], BoundedLog]":
        log = BoundedLog.opened(self.data_dir / "postgres.log")
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with directory(self.folder) as (fd, name):
            arguments = ["-D", name, "-k", name, "-p", PORT, *settings]
            postmaster = subprocess.Popen(  # noqa: S603 -- our own words
                self.account.command(self.binaries.folder / "postgres", *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log.file,
                stderr=log.file,
                pass_fds=(fd, self.lock, *self.binaries.held),
                **surroundings(),
            )
        os.close(log.file)
        return postmaster, log

    def _await_ready(self, postmaster: subprocess.Popen[bytes], log: "BoundedLog") -> None:
        # No bound: recovery takes as long as it takes, and cutting it off would only start it over.
        while not is_ready(self.folder, postmaster.pid):
            if postmaster.poll() is not None:
                raise self._failure(f"Postgres did not start (its log is {log.path})", log.since_opened())
            time.sleep(locks.INTERVAL)

    @contextmanager
    def _watched(self, postmaster: "subprocess.Popen[bytes]", log: "BoundedLog") -> Iterator[None]:
        """Ask this process to end when Postgres ends before the block does, and then say so."""
        over, ended = threading.Event(), threading.Event()

        def watch() -> None:
            status = postmaster.wait()
            if not over.is_set():
                if status != 0:  # else somebody asked it to end, as service managers ask every process at once
                    ended.set()
                os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            over.set()
            if ended.is_set():
                raise self._failure(f"Postgres ended by itself (its log is {log.path})", log.since_opened())

    def _failure(self, what: str, said: str) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(
            f"{what}: {reason(said)}; mend that, or set ENFILADE_DATA_DIR={self.data_dir} to another folder,"
            " ENFILADE_POSTGRES_BIN to another Postgres, or ENFILADE_DATABASE_URL to one that runs already"
        )


@dataclass(frozen=True)
class BoundedLog:
    """The log of Postgres, with the place where this start began."""

    path: Path
    file: int
    start: int

    @classmethod
    def opened(cls, path: Path) -> "BoundedLog":
        """Open it to be written at its end; a log that has grown too large is set aside first."""
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        file = locks.open_own(path)
        return cls(path, file, os.fstat(file).st_size)

    def since_opened(self) -> str:
        """Read what this start has said so far."""
        return self.path.read_bytes()[self.start :].decode(errors="replace")


def folder_in(data_dir: Path) -> Path:
    """Name Postgres' own data directory, where its socket lies too."""
    return data_dir / "postgres"


@contextmanager
def directory(path: Path) -> Iterator[tuple[int, str]]:
    """Open a directory, and tell the name by which a process that inherits it can use it."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield fd, f"/proc/self/fd/{fd}"
    finally:
        os.close(fd)


def is_ready(folder: Path, pid: int | None = None) -> bool:
    """Whether the eighth line of postmaster.pid says that this postmaster, or any, takes sessions."""
    try:
        lines = (folder / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return False
    return lines[7:] != [] and lines[7].strip() == "ready" and (pid is None or lines[0] == str(pid))


def stop(postmaster: subprocess.Popen[bytes]) -> None:
    """Ask ever less kindly until it has ended."""
    for wish, seconds in SHUTDOWN:
        postmaster.send_signal(wish)
        try:
            postmaster.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def reason(said: str) -> str:
    """Find what Postgres gave as its reason, or else its last line."""
    found = re.findall(r"(?:FATAL|PANIC|DETAIL|error):\s+(.*)", said)
    return "; ".join(found) or "".join(said.strip().splitlines()[-1:]) or "it gave no reason"


def _forget_dead_postmaster(folder: Path) -> None:
    """Remove lock files that would make Postgres take a stranger for its predecessor.

    It believes any living process of its user whose number was given out again, after a container's restart
    above all. The caller holds the lock that every Postgres of ours inherits; one that was started by hand
    works in the folder, which /proc tells.
    """
    for name in ("postmaster.pid", f"{SOCKET}.lock"):
        file = folder / name
        if file.exists() and _misleads(file.read_text(errors="replace"), folder):
            file.unlink()


def _misleads(lock_file: str, folder: Path) -> bool:
    pid = lock_file.partition("\n")[0].strip()
    if not pid.isdigit():
        return True
    process = Path("/proc", pid)
    try:
        if "State:\tZ" in (process / "status").read_text():
            return True  # Postgres takes a process that nobody has buried for a living one
        return not (process / "cwd").samefile(folder)
    except (FileNotFoundError, ProcessLookupError):
        return False  # there is none: Postgres sees that itself
    except PermissionError:
        # Root without CAP_SYS_PTRACE, as in most containers, may not look; a program's name is told to all.
        return (process / "comm").read_text() != "postgres\n"
