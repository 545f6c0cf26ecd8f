"""pgbouncer before the bench's Postgres, where the machine has one; in transaction mode, as a pooler is run."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.adapters.embedded import cluster
from app.adapters.embedded.account import account_for
from bench.measurement import BenchFailed
from bench.processes import free_port

_PATIENCE: Final = 10.0
_PAUSE: Final = 0.05
_CLIENTS: Final = 500
_CONFIGURATION: Final = """
[databases]
{name} = host={socket} port={socket_port} dbname={name} user={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {most}
max_client_conn = {clients}
ignore_startup_parameters = extra_float_digits
"""


@dataclass(frozen=True, slots=True)
class Pooler:
    """A pooler that answers at `url`."""

    url: str
    pid: int


def program() -> Path | None:
    """Return the machine's own, or None."""
    path = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))
    return Path(path) if path else None


@contextmanager
def running(disk: Path, *, most: int) -> Iterator[Pooler]:
    """Run one with so many connections to the Postgres in `disk`, as the user of that Postgres, for it is never root.

    It knows socket and configuration by open files that it inherits, so it need not be able to walk the way to them.
    """
    folder, port, file = cluster.folder_in(disk / "data"), free_port(), disk / "pgbouncer.ini"
    with cluster.directory(folder) as (fd, way):
        said = {"name": cluster.NAME, "socket": way, "socket_port": cluster.PORT, "port": port}
        file.write_text(_CONFIGURATION.format(**said, most=most, clients=_CLIENTS))
        file.chmod(0o644)
        with file.open() as configuration, _started(disk, fd, configuration.fileno()) as process:
            _await(port)
            yield Pooler(f"postgresql://{cluster.NAME}@127.0.0.1:{port}/{cluster.NAME}", process.pid)


@contextmanager
def _started(disk: Path, folder: int, configuration: int) -> "Iterator[subprocess.Popen[bytes]]":
    path = program()
    assert path
    account = account_for(disk / "data", cluster.folder_in(disk / "data"))
    command = account.command(path, "--quiet", f"/proc/self/fd/{configuration}")
    with (disk / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd="/", stdout=log, stderr=log, pass_fds=(folder, configuration), start_new_session=True
        )
    try:
        yield process
    finally:
        process.kill()  # nobody is connected any more
        process.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), _PATIENCE):
                return
        except OSError:
            time.sleep(_PAUSE)
    raise BenchFailed("pgbouncer does not start")
