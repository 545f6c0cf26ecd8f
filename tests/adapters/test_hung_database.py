"""A Postgres that is there and does not answer: its processes are stopped, as by a machine that hangs."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from processes import SECRET_KEY
from transcripts import caller

from app.adapters import database, embedded, migrations, rounds
from app.domain import database as domain
from app.domain import keys
from app.domain.database import Transaction
from app.main import create_app
from app.settings import Settings

SECONDS = 1
ROOM = "/api/realtime/room"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Postgres of these tests' own."""
    data_dir = tmp_path_factory.mktemp("hung")
    settings = Settings(_env_file=None, data_dir=data_dir, secret_key=SECRET_KEY, pool_size=2)
    with embedded.running(data_dir, serving=True):
        migrations.migrate(settings)
        yield settings


def processes(settings: Settings) -> list[int]:
    """Return the postmaster and all that it has begun."""
    postmaster = int((settings.data_dir / "postgres/postmaster.pid").read_text().split()[0])
    begun = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, begun)]


@contextlib.contextmanager
def stopped(settings: Settings, *, whole: bool) -> Iterator[None]:
    """Stop all of this Postgres, or only what it has begun."""
    numbers = processes(settings)[0 if whole else 1 :]
    for number in numbers:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in numbers:
            os.kill(number, signal.SIGCONT)


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a statement have a second, and what comes behind it a tenth of that."""
    monkeypatch.setattr(database, "_STATEMENT_SECONDS", SECONDS)
    monkeypatch.setattr(database, "_CONNECT_SECONDS", SECONDS)
    monkeypatch.setattr(domain, "_ACQUIRE_SECONDS", SECONDS)
    monkeypatch.setattr(domain, "_CANCEL_SECONDS", SECONDS / 10)


@pytest.fixture
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave both sessions to requests: who else had one would make room for a new one, which does not hang."""
    monkeypatch.setattr(rounds, "going", lambda *_: contextlib.nullcontext())


async def two_answers(client: httpx.AsyncClient, method: str) -> list[int]:
    answers = await asyncio.gather(*(client.request(method, ROOM) for _ in range(2)))
    return [answer.status_code for answer in answers]


@pytest.mark.usefixtures("_soon", "_quiet")
@pytest.mark.parametrize("whole", [False, True], ids=["its sessions hang", "all of it hangs"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_requests_are_refused_when_the_time_of_a_statement_is_over(
    own: Settings, method: str, caplog: pytest.LogCaptureFixture, *, whole: bool
) -> None:
    async with LifespanManager(create_app(own)) as manager:
        connection = await asyncpg.connect(**embedded.address(own.data_dir))
        key = await keys.create_vcs(Transaction(connection))
        await connection.close()
        async with caller(manager.app, **{"x-vcs-token": key}) as client:
            assert await two_answers(client, method) == [200, 200]  # by sessions that are there from now on
            with stopped(own, whole=whole):
                began = monotonic()
                assert await two_answers(client, method) == [500, 500]
                took = monotonic() - began
            assert SECONDS <= took < 1.8 * SECONDS
            assert (await client.request(method, ROOM)).status_code == 200
    told = [record for record in caplog.records if "the database does not answer" in record.getMessage()]
    assert len(told) == 2
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.usefixtures("_soon")
async def test_a_pool_that_is_used_up_is_called_that(settings: Settings) -> None:
    async with database.pool(settings.model_copy(update={"pool_size": 1})) as pool, domain.Borrowed(pool):
        with pytest.raises(TimeoutError) as late:
            async with domain.Borrowed(pool):
                pytest.fail("there is but one")
    assert database.outage(late.value) == "TimeoutError: no connection of the pool came free within 1 seconds"
    assert database.outage(TimeoutError()) == "TimeoutError"
