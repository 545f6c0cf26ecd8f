"""A Postgres of a test's own, that is killed, cut off and stopped, and started again with what it has."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg
from processes import SECRET_KEY

from app.adapters import embedded, migrations
from app.settings import Settings


@dataclass(frozen=True)
class Cluster:
    """An embedded Postgres that nobody watches; its one database has every migration run."""

    data_dir: Path
    life: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def url(self) -> str:
        """The same after each start."""
        return f"postgresql:///enfilade?host={quote(str(self.data_dir / 'postgres'))}&user=enfilade"

    def start(self) -> None:
        self.life.enter_context(embedded.running(self.data_dir, serving=False))

    def kill(self) -> None:
        """End it at once: the next start recovers."""
        os.kill(self._postmaster, signal.SIGQUIT)
        self.life.close()

    async def cut(self) -> None:
        """End each session of others."""
        for pid in await self._sessions("true"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    @contextlib.asynccontextmanager
    async def hanging(self, which: str = "true") -> AsyncIterator[None]:
        """Stop, for the time of a block, each session that there is now and of which this holds."""
        stopped = await self._sessions(which)
        assert stopped
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    async def _sessions(self, which: str) -> list[int]:
        others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        connection = await asyncpg.connect(self.url)
        try:
            return [row["pid"] for row in await connection.fetch(f"SELECT pid {others} AND {which}")]
        finally:
            await connection.close()

    @property
    def _postmaster(self) -> int:
        return int((self.data_dir / "postgres/postmaster.pid").read_text().split()[0])


@contextlib.contextmanager
def cluster_in(data_dir: Path) -> Iterator[Cluster]:
    """Make one, which runs at the end of the block as at its beginning."""
    cluster = Cluster(data_dir)
    cluster.start()
    with contextlib.ExitStack() as afterwards:
        afterwards.callback(cluster.life.close)
        migrations.migrate(Settings(_env_file=None, database_url=cluster.url, secret_key=SECRET_KEY))
        yield cluster
