"""Where the bench happens: a Postgres of its own, Enfilade on it, and the hello beside."""

import asyncio
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeVar
from urllib.parse import quote

from asyncpg import Connection, Record

from app.adapters import database, embedded, migrations
from app.adapters.embedded import cluster
from app.settings import PREFIX, Settings
from bench import bare, hello
from bench.processes import free_port, serving

Answer = TypeVar("Answer")

_ENFILADE = Path(sys.executable).with_name("enfilade")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at `url`."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Postgres:
    """A Postgres with a database of the newest schema; `settings` are Enfilade's for it."""

    settings: Settings
    pid: int
    variables: dict[str, str]
    """Where it is, as libpq's programs are told."""

    def run(self, work: "Callable[[Connection[Record]], Awaitable[Answer]]") -> Answer:
        """Do the work on a connection."""

        async def connected() -> Answer:
            async with database.connection(self.settings) as connection:
                return await work(connection)

        return asyncio.run(connected())

    def execute(self, *statements: str) -> None:
        """Run statements one by one, each for itself."""

        async def work(connection: "Connection[Record]") -> None:
            for statement in statements:
                await connection.execute(statement)

        self.run(work)


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run a new embedded Postgres in this folder, as durable as it always is."""
    with embedded.running(folder, serving=False):
        address = embedded.address(folder)
        url = f"postgresql:///{address['database']}?host={quote(address['host'])}&user={address['user']}"
        settings = Settings(_env_file=None, database_url=url, secret_key=secrets.token_hex(32))
        migrations.migrate(settings)
        pid = int((cluster.folder_in(folder) / "postmaster.pid").read_text().partition("\n")[0])
        yield Postgres(settings, pid, {f"PG{name.upper()}": value for name, value in address.items()})


@contextmanager
def enfilade(
    settings: Settings,
    folder: Path,
    further: Mapping[str, str] = MappingProxyType({}),
    command: Sequence[str | Path] = (_ENFILADE,),
) -> Iterator[Server]:
    """Run `enfilade serve`: one worker, every setting as it is by itself, its log written to a file.

    `further` are variables that say otherwise; `command` is what is run instead of `enfilade`.
    """
    port = free_port()
    assert settings.database_url
    assert settings.secret_key
    own = {
        "PORT": str(port),
        "DATA_DIR": str(folder / "enfilade"),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    environment = {**os.environ, **{PREFIX + name: value for name, value in own.items()}, **further}
    program, *arguments = command
    log = folder / "enfilade.log"
    with serving(Path(program), *map(str, arguments), "serve", port=port, environment=environment, log=log) as process:
        yield Server(f"http://127.0.0.1:{port}", process.pid)


@contextmanager
def greeter(folder: Path) -> Iterator[Server]:
    """Run the hello."""
    with _script(hello, folder) as server:
        yield server


@contextmanager
def bare_handlers(folder: Path) -> Iterator[Server]:
    """Run the bare handlers, which keep files in this folder."""
    with _script(bare, folder, str(folder)) as server:
        yield server


@contextmanager
def _script(module: ModuleType, folder: Path, *arguments: str) -> Iterator[Server]:
    port = free_port()
    script, log = str(module.__file__), folder / f"{module.__name__}.log"
    with serving(
        Path(sys.executable), script, str(port), *arguments, port=port, environment=os.environ, log=log
    ) as process:
        yield Server(f"http://127.0.0.1:{port}", process.pid)
