"""How the server is laid out over processes and connections, and a deployment that runs like that."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.settings import PREFIX
from bench import place
from bench.place import Postgres, Server
from bench.scaling import pooler
from bench.scaling.families import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """So many servers of so many workers, each of which may have so many connections."""

    name: str
    servers: int = 1
    workers: int = 1
    pool_size: int = 10
    is_pooled: bool = False

    def variables(self, disk: Path) -> dict[str, str]:
        """Return what the environment of each server says; the store is one for all."""
        own = {"WORKERS": self.workers, "POOL_SIZE": self.pool_size, "BLOBS_URL": disk / "blobs"}
        return {PREFIX + name: str(value) for name, value in own.items()}


ALONE: Final = Layout(name="one worker")
LAYOUTS: Final[Sequence[Layout]] = (
    ALONE,
    Layout(name="two workers", workers=2),
    Layout(name="two servers", servers=2),
    Layout(name="one worker, 5 connections", pool_size=5),
    Layout(name="one worker, 20 connections", pool_size=20),
    Layout(name="one worker, 40 connections", pool_size=40),
    Layout(name="one worker, through pgbouncer", is_pooled=True),
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Servers that run; `pooler` is the process id of theirs, if they have one."""

    servers: Sequence[Server]
    pooler: int | None = None

    @property
    def families(self) -> Sequence[Family]:
        return [Family.of(server.pid) for server in self.servers]


@contextmanager
def running(layout: Layout, postgres: Postgres, disk: Path) -> Iterator[Deployment]:
    """Run what the layout says on this Postgres."""
    with ExitStack() as stack:
        variables = layout.variables(disk)
        pid = None
        if layout.is_pooled:
            pooled = stack.enter_context(pooler.running(disk, most=layout.pool_size))
            pid, variables = pooled.pid, variables | _past(postgres) | {f"{PREFIX}DATABASE_URL": pooled.url}
        servers = []
        for number in range(layout.servers):
            folder = disk / f"server-{number}"
            folder.mkdir(exist_ok=True)
            servers.append(stack.enter_context(place.enfilade(postgres.settings, folder, variables)))
        yield Deployment(servers, pid)


def _past(postgres: Postgres) -> dict[str, str]:
    assert postgres.settings.database_url
    return {f"{PREFIX}DIRECT_DATABASE_URL": postgres.settings.database_url.get_secret_value()}


def here() -> Sequence[Layout]:
    """Return the layouts that this machine has the programs for."""
    return [layout for layout in LAYOUTS if pooler.program() or not layout.is_pooled]
