"""A real Postgres for every test: the one of ENFILADE_DATABASE_URL, or an embedded one for the time of the run."""

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
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.adapters import embedded, migrations
from app.domain import keys
from app.domain.database import Transaction
from app.domain.schema import metadata
from app.main import create_app
from app.settings import PREFIX, Settings

SECRET_KEY = "a secret key of the tests, and of nothing else"
ENFILADE = Path(sys.executable).with_name("enfilade")
_FOREIGN_POSTGRES = os.environ.get(f"{PREFIX}DATABASE_URL")

# The tests say themselves what is set.
for _name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
    del os.environ[_name]


@dataclass(frozen=True)
class Postgres:
    """A Postgres on which databases can be made."""

    url: str

    def of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def make(self, template: str = "template1") -> str:
        """Make a database and return its URL."""
        name = f"enfilade_test_{secrets.token_hex(6)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.of(name)

    def drop(self, url: str) -> None:
        self.run(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')

    def run(self, sql: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url)
            await connection.execute(sql)
            await connection.close()

        # Not in the loop of the tests: fixtures that need no loop can use it too.
        with contextlib.closing(asyncio.new_event_loop()) as loop:
            loop.run_until_complete(run())


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    if _FOREIGN_POSTGRES:
        yield Postgres(_FOREIGN_POSTGRES)
        return
    data_dir = tmp_path_factory.mktemp("data")
    with embedded.running(data_dir, serving=True):
        address = embedded.address(data_dir)
        yield Postgres(f"postgresql:///enfilade?host={quote(address['host'])}&user={address['user']}")


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> Iterator[str]:
    """The name of a database with every migration run, to be cloned."""
    url = postgres.make()
    migrations.migrate(Settings(database_url=url, secret_key=SECRET_KEY))
    yield urlsplit(url).path[1:]
    postgres.drop(url)


@pytest.fixture(scope="session")
def database_url(postgres: Postgres, template: str) -> Iterator[str]:
    url = postgres.make(template)
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, secret_key=SECRET_KEY)


@pytest.fixture(scope="session")
async def application(settings: Settings) -> AsyncIterator[object]:
    """The whole server in this process, its lifespan entered."""
    async with LifespanManager(create_app(settings)) as manager:
        yield manager.app


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the application's database, which is empty."""
    connection = await asyncpg.connect(database_url)
    for table in reversed(metadata.sorted_tables):
        await connection.execute(str(table.delete()))
    yield connection
    await connection.close()


@pytest.fixture
def transaction(database: asyncpg.Connection) -> Transaction:
    """Runs the domain's statements, each committed by itself."""
    return Transaction(database)


def caller(application: object, **headers: str) -> httpx.AsyncClient:
    """Somebody who talks with the application in this process."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


@pytest.fixture
async def client(application: object, database: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a credential, on an empty database."""
    async with caller(application) as client:
        yield client


@pytest.fixture
async def vcs_key(transaction: Transaction) -> str:
    return await keys.create_vcs(transaction)


@pytest.fixture
async def vcs(application: object, vcs_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an API key of `/api/realtime`, on a database that holds nothing else."""
    async with caller(application, **{"x-vcs-token": vcs_key}) as client:
        yield client


@pytest.fixture(scope="session")
def enfilade() -> Path:
    """The command."""
    return ENFILADE


@dataclass(frozen=True)
class Server:
    """`enfilade serve` in a process of its own."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def enfilade(self, *arguments: str) -> object:
        """Run a command beside the server and return what it prints as JSON."""
        answer = subprocess.run(
            [ENFILADE, *arguments, "--json"], env=self.environment, capture_output=True, check=True, text=True
        )
        return json.loads(answer.stdout)

    @property
    def vcs_key(self) -> str:
        return self.enfilade("keys", "create", "vcs")["api_key"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(**settings: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | settings


def started(folder: Path, **settings: str) -> Server:
    """Start a server and wait until it is ready; stop it with `stop`."""
    port = _free_port()
    environment = _environment(ENFILADE_PORT=str(port), ENFILADE_DATA_DIR=str(folder / "data"), **settings)
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([ENFILADE, "serve"], env=environment, cwd=folder, stdout=output, stderr=output)
    server = Server(f"http://127.0.0.1:{port}", environment, process, log)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/health/ready").status_code == 204:
                return server
        time.sleep(0.05)
    stop(server)
    pytest.fail(f"the server did not start: {log.read_text()}")


def stop(server: Server, by: signal.Signals = signal.SIGTERM) -> int:
    """End the server and return its exit status."""
    if server.process.poll() is None:
        server.process.send_signal(by)
    return server.process.wait(30)


Serve = Callable[..., contextlib.AbstractAsyncContextManager[Server]]


@pytest.fixture
def serve(postgres: Postgres, template: str, tmp_path: Path) -> Serve:
    """A server in a process of its own, on a fresh database: `async with serve(ENFILADE_…="…") as server`."""

    @contextlib.asynccontextmanager
    async def serving(**more: str) -> AsyncIterator[Server]:
        url = await asyncio.to_thread(postgres.make, template)
        settings = {"ENFILADE_DATABASE_URL": url, "ENFILADE_SECRET_KEY": SECRET_KEY} | more
        server = await asyncio.to_thread(started, tmp_path, **settings)
        try:
            yield server
        finally:
            await asyncio.to_thread(stop, server)
            await asyncio.to_thread(postgres.drop, url)

    return serving


@pytest.fixture(scope="session")
def server(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that need a real process and no setting of their own."""
    url = postgres.make(template)
    folder = tmp_path_factory.mktemp("server")
    server = started(folder, ENFILADE_DATABASE_URL=url, ENFILADE_SECRET_KEY=SECRET_KEY)
    yield server
    stop(server)
    postgres.drop(url)
