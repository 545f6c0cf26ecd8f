"""`enfilade serve` in processes of its own: launched, awaited, asked, ended."""

import contextlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

import commands
import forked
import httpx
import pytest
from forked import ENFILADE, Forked
from ports import free_port

__all__ = ["ENFILADE"]
SECRET_KEY = "a secret key of the tests, and of nothing else"
PATIENCE = 60  # seconds for what a busy machine does late, but does
#: For clients of httpx, which would read all the world's authorities for each of them, in 20 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def settings_of(url: str) -> dict[str, str]:
    """Return the settings that make this database Enfilade's."""
    return {"ENFILADE_DATABASE_URL": url, "ENFILADE_SECRET_KEY": SECRET_KEY}


def eventually(condition: Callable[[], object]) -> bool:
    """Wait until the condition is true, and return whether it ever was."""
    deadline = time.monotonic() + PATIENCE
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(met)


_Process: TypeAlias = "subprocess.Popen[bytes] | Forked"


@dataclass(frozen=True)
class Server:
    """`enfilade serve` in a process of its own, beside which commands can be run."""

    url: str
    process: _Process
    environment: dict[str, str]
    data: Path
    out: Path
    err: Path

    @property
    def log(self) -> str:
        """All that it has written."""
        return self.out.read_text() + self.err.read_text()

    def logged(self, trace_id: str) -> str:
        """Return the log line of this request, which may be written a moment after its answer."""
        eventually(lambda: trace_id in self.log)
        [line] = [line for line in self.log.splitlines() if trace_id in line]
        return line

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def ready(self) -> Self:
        """Wait until it answers."""
        with self.client() as client:
            if eventually(lambda: self.ended or _is_ready(client)) and not self.ended:
                return self
        pytest.fail(f"the server did not start: {self.log}{self._standing()}")

    def _standing(self) -> str:
        """Return where in the kernel its threads stand, and those of its processes: a line for each."""
        lines = []
        for task in (task for number in self.left() for task in Path(f"/proc/{number}/task").glob("*")):
            with contextlib.suppress(OSError):
                lines.append(" ".join((task / what).read_text().strip() for what in ("stat", "wchan", "syscall")))
        return "\n".join(["", *lines])

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE, verify=NO_TLS)

    def get(self, path: str, **headers: str) -> httpx.Response:
        with self.client(**headers) as client:
            return client.get(path)

    def rooms(self, key: str) -> httpx.Response:
        return self.get("/api/realtime/room?numberOfRecords=100", **{"x-vcs-token": key})

    def enfilade(self, *arguments: str) -> Any:
        """Run a command beside the server and return what it prints as JSON."""
        # In its folder, as the server is: the developer's has perhaps a `.env`.
        done = commands.run([*arguments, "--json"], self.environment, self.out.parent)
        assert done.status == 0, done
        return json.loads(done.out)

    def create_key(self) -> str:
        """Make an API key of `/api/realtime`."""
        return str(self.enfilade("keys", "create", "vcs")["api_key"])

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit status."""
        if not self.ended:
            self.process.send_signal(by)
        return self.process.wait(PATIENCE)

    def left(self) -> dict[int, str]:
        """Return the processes that were started for its data folder, with their command lines."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self._is_its_own(process):
                    found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
        return {number: line for number, line in found.items() if line}

    def _is_its_own(self, process: Path) -> bool:
        if process.name == str(self.process.pid):  # forked, it shows the environment of the one it was forked from
            return not self.ended
        return f"ENFILADE_DATA_DIR={self.data}\0".encode() in (process / "environ").read_bytes()

    @property
    def workers(self) -> set[int]:
        """The processes that answer, where there are several; without those that make previews."""
        return {number for number, line in self.left().items() if "spawn_main" in line}

    def sweep(self) -> None:
        """Kill what is left of it."""
        for number in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait(PATIENCE)


#: What the fixtures `launch` and `begin` give: `begin("--demo", ENFILADE_…="…")`.
Begin = Callable[..., Server]
#: What the fixture `run_server` gives: `with run_server(ENFILADE_…="…") as server`.
RunServer = Callable[..., contextlib.AbstractContextManager[Server]]


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 204
    except httpx.TransportError:
        return False


def _launch(folder: Path, *arguments: str, **settings: str) -> Server:
    port = settings.get("ENFILADE_PORT") or free_port()
    own = {"ENFILADE_DATA_DIR": str(folder / "data"), **settings, "ENFILADE_PORT": port}
    environment, data = os.environ | own, Path(own["ENFILADE_DATA_DIR"])
    out, err = (folder / f"server-{port}-{secrets.token_hex(4)}.{stream}" for stream in ("out", "err"))
    process = begun(["serve", *arguments], environment, folder, out, err)
    return Server(f"http://127.0.0.1:{port}", process, environment, data, out, err)


def begun_anew(arguments: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path) -> _Process:
    """Begin Enfilade as a person does."""
    # Started below `nohup`, the tests would hand on that a closed terminal means nothing.
    command = ["env", "--default-signal=HUP", str(ENFILADE), *arguments]
    with out.open("wb") as output, err.open("wb") as errors:
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=errors)


def _begun_loaded(arguments: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path) -> _Process:
    return forked.begin(arguments, environment, folder, out, err, hurries=False)


#: How servers begin: loaded already, or as a person begins them, where the fixture `anew` is used.
begun = _begun_loaded


@contextlib.contextmanager
def launched(folder: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """Start a server in this folder without waiting for it; nothing of it outlives the `with`."""
    server = _launch(folder, *arguments, **settings)
    with contextlib.ExitStack() as afterwards:
        afterwards.callback(server.sweep)
        afterwards.callback(server.end)
        yield server


@contextlib.contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[Server]:
    """Run a server in this folder for the time of a `with`."""
    with launched(folder, *arguments, **settings) as server:
        yield server.ready()
