"""A real Postgres for every test, the application in this process on it, and servers in processes of their own."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import processes
import pytest
from anyio._backends._asyncio import _root_task
from asgi_lifespan import LifespanManager
from buckets import Buckets, serving
from databases import Postgres, name_of
from disks import mounted
from last_lock import guarded
from people import Waiting
from processes import PATIENCE, SECRET_KEY, Begin, RunServer, Server, launched, running, settings_of
from shares import Shares, longest_first
from sharing import Sharer, sharer_on
from starlette.types import ASGIApp, Receive, Scope, Send
from stores import Place, in_bucket, in_folder
from transcripts import caller

from app.adapters import embedded, migrations
from app.adapters.webhooks.sender import Sender
from app.apis.hms.tokens import management_token
from app.domain import keys
from app.domain.database import Transaction
from app.domain.schema import metadata
from app.domain.secrets import SecretKey
from app.main import create_app
from app.settings import PREFIX, PreviewsSettings, Settings

_FOREIGN_POSTGRES = os.environ.get(f"{PREFIX}DATABASE_URL")

# The tests say themselves what is set.
for _name in [name for name in os.environ if name.upper().startswith((PREFIX, "AWS_"))]:
    del os.environ[_name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares | None:
    """Share the tests out by file, where pytest-xdist does so at all: `pytest -n 4 --dist loadfile`."""
    return Shares(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage where there is none, in eleven thousand tests that all stay: that takes half of the time."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    longest_first(items)


@pytest.fixture(scope="session", autouse=True)
def last_lock() -> Iterator[None]:
    """Every transaction of this process has its last lock where it records events."""
    with guarded():
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The one of ENFILADE_DATABASE_URL, or an embedded one for the time of the run."""
    if _FOREIGN_POSTGRES:
        yield Postgres(_FOREIGN_POSTGRES)
        return
    data_dir = tmp_path_factory.mktemp("data")
    with embedded.running(data_dir, serving=True):
        address = embedded.address(data_dir)
        postgres = Postgres(f"postgresql:///enfilade?host={quote(address['host'])}&user={address['user']}")
        postgres.forget_the_disk()
        yield postgres


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> Iterator[str]:
    """The name of a database with every migration run, to be cloned."""
    with postgres.database() as url:
        migrations.migrate(Settings(_env_file=None, database_url=url, secret_key=SECRET_KEY))
        yield name_of(url)


@pytest.fixture(scope="session")
def database_url(postgres: Postgres, template: str) -> Iterator[str]:
    with postgres.database(template) as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database_url,
        secret_key=SECRET_KEY,
        blobs_url=str(tmp_path_factory.mktemp("blobs")),
        max_failed_credentials=0,
        previews=PreviewsSettings(seconds=120),  # a large one has its time, whatever else the machine does
    )


@pytest.fixture(scope="session", autouse=True)
async def root_task() -> AsyncIterator[None]:
    """Have makers of previews outlive the test that first wants one.

    anyio kills them with the task that the loop was started for: a server's own, but here that of one test.
    """
    root = asyncio.create_task(asyncio.Event().wait())
    _root_task.set(root)
    yield
    root.cancel()


@pytest.fixture(scope="session")
async def application(settings: Settings) -> AsyncIterator[object]:
    """The whole server in this process, its lifespan entered; but nothing of a test's webhooks is sent meanwhile."""
    manager = LifespanManager(_with_state_of_its_own(create_app(settings)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sender, "_look", _look_away)
        await manager.__aenter__()
    try:
        yield manager.app
    finally:
        await manager.__aexit__()


async def _look_away(_: Sender) -> None:
    """Leave to whoever tests it what is in the queues."""


def _with_state_of_its_own(application: ASGIApp) -> ASGIApp:
    """Give each request a copy of the state, as servers do; the manager gives all of them the same."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        own = scope if scope["type"] == "lifespan" else {**scope, "state": scope["state"].copy()}
        await application(own, receive, send)

    return served


#: In one round trip, and one commit: it is done before each of thousands of tests.
_EMPTIED = ";".join(str(table.delete()) for table in reversed(metadata.sorted_tables) if table.name != "deployment")
#: What puts a template there as it is now.
_TEMPLATE = """
SELECT format('INSERT INTO template SELECT * FROM json_populate_record(NULL::template, %L)', to_json(template))
  FROM template WHERE is_default
"""


@pytest.fixture(scope="session")
async def own_pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """The tests' own way to the application's database: for thousands of them Postgres starts one session."""
    async with asyncpg.create_pool(database_url, min_size=0, max_size=1) as pool:
        yield pool


@pytest.fixture(scope="session")
async def emptied(own_pool: asyncpg.Pool) -> str:
    """What leaves nothing in the application's database but what the migrations put there."""
    without_webhook = "UPDATE deployment SET sealed_webhook = NULL WHERE sealed_webhook IS NOT NULL"
    return f"{_EMPTIED};{without_webhook};{await own_pool.fetchval(_TEMPLATE)}"


@pytest.fixture
async def database(own_pool: asyncpg.Pool, emptied: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the application's database, which holds nothing but what the migrations put there."""
    async with own_pool.acquire() as connection:
        await connection.execute(emptied)
        yield connection


@pytest.fixture
async def waiting(database_url: str) -> AsyncIterator[Waiting]:
    """`await waiting(2)`: until so many statements on the application's database wait for a lock."""
    looking = await asyncpg.connect(database_url)

    async def waiting(count: int) -> None:
        query = """
            SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        async with asyncio.timeout(PATIENCE):
            while await looking.fetchval(query) < count:  # noqa: ASYNC110 - Postgres tells nobody of it
                await asyncio.sleep(0.005)

    yield waiting
    await looking.close()


@pytest.fixture
def transaction(database: asyncpg.Connection) -> Transaction:
    """Runs the domain's statements, each committed by itself."""
    return Transaction(database)


@pytest.fixture
async def client(application: object, database: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a credential, on an empty database."""
    async with caller(application) as client:
        yield client


@pytest.fixture
async def hms_key(transaction: Transaction) -> tuple[str, str]:
    """Access key and secret."""
    key = await keys.create_hms(transaction, SecretKey(SECRET_KEY))
    return key.access_key, key.secret


@pytest.fixture
async def hms(application: object, hms_key: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a management token of `/v2`, on a database that holds nothing else."""
    async with caller(application, Authorization=f"Bearer {management_token(*hms_key)}") as client:
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
def foreign(postgres: Postgres, template: str) -> Iterator[dict[str, str]]:
    """The settings for a foreign database that is current, for servers and commands."""
    with postgres.database(template) as url:
        yield settings_of(url)


@pytest.fixture(scope="session")
def buckets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """A server that speaks S3."""
    with serving(tmp_path_factory.mktemp("buckets")) as buckets:
        yield buckets


@pytest.fixture
def told(buckets: Buckets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings for a prefix of its bucket that is this test's own, in the environment; no `.env` is there."""
    settings = buckets.prefix
    monkeypatch.chdir(tmp_path)
    for name in buckets.settings:
        monkeypatch.setenv(name, settings[name])
    return settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where files may be kept."""
    return tmp_path / "kept" / "blobs"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, folder: Path) -> Place:
    """Both places where files are kept."""
    if request.param == "folder":
        return in_folder(folder)
    buckets: Buckets = request.getfixturevalue("buckets")
    return in_bucket(buckets.prefix, buckets)


@pytest.fixture(scope="module")
def sharer(postgres: Postgres, template: str) -> Iterator[Sharer]:
    """Somebody who shares files, on a database that holds nothing else."""
    with postgres.database(template) as url, (sharer := sharer_on(url)).clients:
        yield sharer


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Begin]:
    """Start servers in the test's folder without waiting for them: `launch("--demo", ENFILADE_…="…")`."""
    with contextlib.ExitStack() as servers:
        yield lambda *arguments, **settings: servers.enter_context(launched(tmp_path, *arguments, **settings))


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this test's servers begin as a person begins them, with nothing loaded yet."""
    monkeypatch.setattr(processes, "begun", processes.begun_anew)


@pytest.fixture
def begin(launch: Begin) -> Begin:
    """Start servers in the test's folder and wait until they answer."""
    return lambda *arguments, **settings: launch(*arguments, **settings).ready()


@pytest.fixture(scope="session")
def run_server(tmp_path_factory: pytest.TempPathFactory) -> RunServer:
    """Run a server for many tests: `with run_server(ENFILADE_…="…") as server`."""
    return lambda **settings: running(tmp_path_factory.mktemp("server"), **settings)


@pytest.fixture(scope="session")
def server(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    """One server for all tests that need a real process and no setting of their own."""
    with postgres.database(template) as url, run_server(**settings_of(url)) as server:
        yield server


@pytest.fixture(scope="session")
def key(server: Server) -> str:
    """An API key of the server that all tests share."""
    return server.create_key()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk."""
    place = tmp_path / "disk"
    with mounted(place):
        yield place
