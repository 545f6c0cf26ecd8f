"""Processes that end with the bench, whatever becomes of it; and the CPU time that they take."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.adapters.embedded.account import Account

_PATIENCE = 30.0  # seconds until a server answers, or has ended
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(
    program: Path, *arguments: str, port: int, environment: Mapping[str, str], log: Path, health: str = "/health"
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a server on this port of 127.0.0.1; inside the block it answers."""
    # Tied to this process by the kernel, as the embedded Postgres is.
    command = Account(os.geteuid(), os.getegid()).command(program, *arguments)
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=log.parent,  # where no `.env` of a developer's is
            stdout=lines,
            stderr=lines,
            start_new_session=True,
        )
    try:
        _await(process, f"http://127.0.0.1:{port}{health}", log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-2000:]}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its threads, without its children."""
    user, system, _, _ = _times(pid)
    return user + system


def memory(pid: int, kind: str) -> int:
    """Return how many bytes of memory a process has (VmRSS), or had at most (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [kib] = [line.split()[1] for line in lines if line.startswith(f"{kind}:")]
    return int(kib) * 1024


def forget_peak(pid: int) -> int:
    """Let VmHWM begin anew from what the process has now, and return that."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory(pid, "VmRSS")


def family_cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its children, those that have ended included."""
    living = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_times(pid)) + sum(sum(_times_or_none(int(child))) for child in living)


def _times_or_none(pid: int) -> list[float]:
    try:
        return _times(pid)
    except (FileNotFoundError, ProcessLookupError):  # it ended a moment ago, or while it was read
        return []


def _times(pid: int) -> list[float]:
    """Return proc_pid_stat(5)'s utime, stime, cutime and cstime in seconds."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) / _TICKS_PER_SECOND for ticks in after_name[11:15]]
