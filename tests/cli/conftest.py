"""Terminals on which `enfilade` is typed: with a server beside them or alone, on Postgres embedded or foreign."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

ENFILADE = Path(sys.executable).with_name("enfilade")
SECRET_KEY = "a secret key of the tests of the command line"

# Forks a process for each command, so that only one of hundreds waits for Python's imports.
PRESS = """
import gc, json, os, signal, sys, traceback
import app.demo, app.server
from app.cli import main

gc.freeze()

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(os.open(order["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        try:
            main(order["arguments"], prog_name="enfilade")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # without Python's own tidying, which takes longer than the command
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """A folder and settings in which commands are run."""

    press: "subprocess.Popen[str]"
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **settings: str) -> Finished:
        out, err = self.folder / "out", self.folder / "err"
        order = {
            "arguments": arguments,
            "environment": {**os.environ, **self.settings, **settings},
            "folder": str(self.folder),
            "out": str(out),
            "err": str(err),
        }
        assert self.press.stdin
        assert self.press.stdout
        self.press.stdin.write(json.dumps(order) + "\n")
        self.press.stdin.flush()
        return Finished(int(self.press.stdout.readline()), out.read_text(), err.read_text())

    def json(self, *arguments: str, **settings: str) -> Any:
        """Run a command that does what it is told, and return the one line of JSON that it prints."""
        done = self.run(*arguments, "--json", **settings)
        assert (done.status, done.err) == (0, ""), done
        assert done.out.endswith("\n")
        assert done.out.count("\n") == 1
        return json.loads(done.out)

    def refusal(self, *arguments: str, **settings: str) -> str:
        """Run a command that is refused, and return the one line that says why."""
        done = self.run(*arguments, **settings)
        assert (done.status, done.out) == (1, ""), done
        assert done.err.endswith("\n"), done
        assert done.err.count("\n") == 1, done.err
        return done.err.removesuffix("\n")

    def misused(self, *arguments: str) -> str:
        """Run a command that is no command of ours, and return what it says about it."""
        done = self.run(*arguments)
        assert (done.status, done.out) == (2, ""), done
        assert "\nError: " in f"\n{done.err}", done.err
        assert "Traceback" not in done.err
        return done.err


@pytest.fixture(scope="session")
def press() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", PRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate()


@dataclass(frozen=True)
class Serving:
    """`enfilade serve` in a process of its own."""

    url: str
    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers)

    def rooms(self, key: str) -> httpx.Response:
        return self.get("/api/realtime/room", **{"x-vcs-token": key})

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launched(folder: Path, settings: dict[str, str], *arguments: str) -> Serving:
    """Start a server and return at once."""
    port = settings.get("ENFILADE_PORT") or str(free_port())
    name = f"{port}-{secrets.token_hex(4)}"
    out, err = folder / f"{name}.out", folder / f"{name}.err"
    with out.open("wb") as output, err.open("wb") as error:
        process = subprocess.Popen(
            [ENFILADE, "serve", *arguments],
            env={**os.environ, **settings, "ENFILADE_PORT": port},
            cwd=folder,
            stdout=output,
            stderr=error,
        )
    return Serving(f"http://127.0.0.1:{port}", process, out, err)


def ready(serving: Serving) -> Serving:
    """Wait until it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and serving.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if serving.get("/health/ready").status_code == 204:
                return serving
        time.sleep(0.05)
    serving.stop()
    pytest.fail(f"it did not start: {serving.err.read_text()}")


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    """Start servers in the test's folder without waiting for them; they are stopped at its end."""
    begun: list[Serving] = []

    def launch(settings: dict[str, str], *arguments: str) -> Serving:
        begun.append(launched(tmp_path, settings, *arguments))
        return begun[-1]

    yield launch
    for serving in begun:
        serving.stop()


@pytest.fixture
def begin(launch: Callable[..., Serving]) -> Callable[..., Serving]:
    """Start servers in the test's folder and wait until they answer."""
    return lambda settings, *arguments: ready(launch(settings, *arguments))


Terminal = Callable[..., Shell]


@pytest.fixture
def terminal(press: "subprocess.Popen[str]", tmp_path: Path) -> Terminal:
    """A terminal in the test's folder, with the settings given and no other."""
    return lambda **settings: Shell(press, tmp_path, settings)


@pytest.fixture(scope="session")
def _foreign(postgres: Any, template: str) -> Iterator[dict[str, str]]:
    url = postgres.make(template)
    yield {"ENFILADE_DATABASE_URL": url, "ENFILADE_SECRET_KEY": SECRET_KEY}
    postgres.drop(url)


@pytest.fixture
def foreign(_foreign: dict[str, str], look: "Look") -> dict[str, str]:
    """The settings for a foreign database that is current and empty."""
    look(_foreign, "TRUNCATE api_key, conference, user_account, user_token")
    return _foreign


@pytest.fixture
def shell(terminal: Terminal, foreign: dict[str, str]) -> Shell:
    """A terminal on a foreign database that is current and empty."""
    return terminal(**foreign)


@pytest.fixture
def beside(terminal: Terminal, server: Any) -> Shell:
    """A terminal beside the server that all tests share."""
    return terminal(**{name: value for name, value in server.environment.items() if name.startswith("ENFILADE_")})


@contextlib.contextmanager
def _served(folder: Path, settings: dict[str, str]) -> Iterator[None]:
    serving = ready(launched(folder, settings))
    yield
    serving.stop()


@pytest.fixture(scope="session", params=["embedded", "foreign"])
def owned(request: pytest.FixtureRequest, postgres: Any, template: str) -> Iterator[dict[str, str]]:
    """The settings for one Postgres or the other."""
    if request.param == "embedded":
        yield {}
        return
    url = postgres.make(template)
    yield {"ENFILADE_DATABASE_URL": url, "ENFILADE_SECRET_KEY": SECRET_KEY}
    postgres.drop(url)


@pytest.fixture(scope="session", params=["alone", "beside a server"])
def anywhere(
    request: pytest.FixtureRequest,
    owned: dict[str, str],
    press: "subprocess.Popen[str]",
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shell]:
    """Each place where a command must work; its tests leave it as empty as they have found it."""
    folder = tmp_path_factory.mktemp("place")
    settings = owned | {"ENFILADE_DATA_DIR": str(folder / "data")}
    with contextlib.nullcontext() if request.param == "alone" else _served(folder, settings):
        yield Shell(press, folder, settings)


Look = Callable[..., list[Any]]


@pytest.fixture
def look() -> Look:
    """Run a statement on the database of these settings and return its rows."""

    def look(settings: dict[str, str], sql: str) -> list[Any]:
        async def rows() -> list[Any]:
            connection = await asyncpg.connect(settings["ENFILADE_DATABASE_URL"])
            try:
                return await connection.fetch(sql)
            finally:
                await connection.close()

        return asyncio.run(rows())

    return look


@pytest.fixture
def stored(look: Look) -> Callable[[dict[str, str]], bytes]:
    """Return every byte that the tables keep, texts and numbers as they are written."""

    def stored(settings: dict[str, str]) -> bytes:
        tables = look(settings, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for table in tables for row in look(settings, f'SELECT * FROM "{table[0]}"')]  # noqa: S608
        values = [value for row in rows for value in row.values()]
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)

    return stored
