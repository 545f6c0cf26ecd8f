"""Running servers, and what talks to them past any HTTP library."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

ENFILADE = Path(sys.executable).with_name("enfilade")
SECRET_KEY = "a secret key of the tests of the server"


@dataclass(frozen=True)
class Running:
    """`enfilade serve` in a process of its own, beside which commands can be run."""

    url: str
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    data: Path
    log: Path

    def enfilade(self, *arguments: str) -> Any:
        done = subprocess.run(
            [ENFILADE, *arguments, "--json"], env=self.environment, capture_output=True, check=True, text=True
        )
        return json.loads(done.stdout)

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30)

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launched(folder: Path, settings: dict[str, str]) -> Running:
    port = settings.get("ENFILADE_PORT") or str(_free_port())
    data = folder / "data"
    environment = {**os.environ, "ENFILADE_DATA_DIR": str(data), **settings, "ENFILADE_PORT": port}
    log = folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen([ENFILADE, "serve"], env=environment, cwd=folder, stdout=output, stderr=output)
    return Running(f"http://127.0.0.1:{port}", process, environment, data, log)


def _ready(running: Running) -> Running:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if running.get("/health/ready").status_code == 204:
                return running
        time.sleep(0.02)
    running.end()
    pytest.fail(f"it did not start: {running.log.read_text()}")


def _left_of(data: Path) -> dict[int, str]:
    """Return the processes that were started for this data folder, with their command lines."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"ENFILADE_DATA_DIR={data}\0".encode() in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
    return {number: line for number, line in found.items() if line}


@pytest.fixture
def left_of() -> Callable[[Path], dict[int, str]]:
    """The processes of a data folder that are still there after a while: Python's own helpers end a moment later."""

    def left_of(data: Path) -> dict[int, str]:
        deadline = time.monotonic() + 3
        while _left_of(data) and time.monotonic() < deadline:
            time.sleep(0.05)
        return _left_of(data)

    return left_of


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start servers on the test's data folder, with settings, and wait until they answer; all end with the test."""
    begun: list[Running] = []

    def begin(**settings: str) -> Running:
        begun.append(_launched(tmp_path, settings))
        return _ready(begun[-1])

    yield begin
    for running in begun:
        running.end()
    for orphan in _left_of(tmp_path / "data"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)


@pytest.fixture(scope="session")
def foreign(postgres: Any, template: str) -> Iterator[dict[str, str]]:
    """The settings for a foreign database of these tests."""
    url = postgres.make(template)
    yield {"ENFILADE_DATABASE_URL": url, "ENFILADE_SECRET_KEY": SECRET_KEY}
    postgres.drop(url)


@pytest.fixture(scope="session")
def run_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Run servers for many tests: `with run_server(ENFILADE_…="…") as running`."""

    @contextlib.contextmanager
    def run_server(**settings: str) -> Iterator[Running]:
        running = _ready(_launched(tmp_path_factory.mktemp("shared"), settings))
        yield running
        running.end()

    return run_server


@pytest.fixture(scope="session")
def key(server: Any) -> str:
    """An API key of the server that all tests share."""
    return str(server.vcs_key)


@pytest.fixture
def run_sql(postgres: Any) -> Callable[[str, str], None]:
    """Run a statement on the database of this URL."""

    def run_sql(url: str, sql: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(url)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())

    return run_sql


@dataclass(frozen=True)
class Heard:
    """An answer as it came over the wire."""

    version: str
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        values = [value for field, value in self.fields if field == name]
        assert len(values) < 2, f"{name} is there twice"
        return values[0] if values else None


class Wire:
    """A connection on which bytes are said and answers heard."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname
        self.socket = socket.create_connection((address.hostname, address.port or 80), timeout=20)
        self._heard = self.socket.makefile("rb")

    def say(self, *parts: str | bytes) -> None:
        self.socket.sendall(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts))

    def ask(self, line: str, *fields: str, body: bytes = b"", head: bool = False) -> Heard:
        """Say a whole request of HTTP/1.1, without any length of its body, and return the answer."""
        self.say(f"{line} HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in fields), "\r\n", body)
        return self.hear(head=head)

    def hear(self, *, head: bool = False) -> Heard:
        version, status, _ = self._heard.readline().decode("latin-1").split(" ", 2)
        fields = list(iter(self._field, None))
        length = next((int(value) for name, value in fields if name == "content-length"), 0)
        return Heard(version, int(status), fields, b"" if head else self._heard.read(length))

    def _field(self) -> tuple[str, str] | None:
        line = self._heard.readline().decode("latin-1").rstrip("\r\n")
        name, _, value = line.partition(": ")
        return (name.lower(), value) if line else None

    @property
    def ended(self) -> bool:
        """Whether the server says nothing more and hangs up."""
        try:
            return self._heard.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._heard.close()
        self.socket.close()


@pytest.fixture
def connect() -> Iterator[Callable[[str], Wire]]:
    """Open connections, which are closed at the test's end."""
    with contextlib.ExitStack() as stack:

        def connect(url: str) -> Wire:
            wire = Wire(url)
            stack.callback(wire.close)
            return wire

        yield connect


@pytest.fixture
def wire(connect: Callable[[str], Wire], server: Any) -> Wire:
    """A connection to the server that all tests share."""
    return connect(server.url)
