"""`/health` and `/health/ready` (decisions table, §10): which dependency makes them `warn`, which `error`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from functools import partial

import asyncpg
import httpx
import pytest
from people import Trouble
from transcripts import assert_empty, assert_same, caller

from app.adapters import blobs
from app.adapters.feed import ListeningFeed
from app.adapters.logs import request_log
from app.adapters.presence import Presence
from app.adapters.previews.previewer import KeepingPreviewer
from app.apis.carbonio import application as carbonio
from app.apis.dependencies import Resources
from app.apis.failures import Failures
from app.domain import messages
from app.domain.database import connected
from app.domain.media import NoMediaEngine
from app.domain.secrets import SecretKey
from app.front_door import Door, FrontDoor
from app.settings import Settings

OWN = ("database", "authentication_service", "profiling_service")
WATCHED = "watched"
SOON = 0.5  # seconds in which even a busy machine answers
Probe = Callable[[], Awaitable[object]]


async def reachable() -> None:
    pass


async def refused() -> None:
    raise ConnectionRefusedError


async def silent() -> None:
    await asyncio.sleep(3600)


@pytest.fixture
async def pool(database_url: str, database: asyncpg.Connection) -> AsyncIterator[object]:
    named = {"application_name": WATCHED}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=3, server_settings=named) as pool:
        yield pool


@pytest.fixture
def watching(pool: object, settings: Settings) -> Callable[..., object]:
    """Watch a server that stands on more: `async with watching(storage_service=refused) as watcher`."""

    @asynccontextmanager
    async def watching(**probes: Probe) -> AsyncIterator[httpx.AsyncClient]:
        store = blobs.opened(settings)
        resources = Resources(
            settings,
            SecretKey("of the tests"),
            pool,
            lambda _: reachable(),
            store,
            messages.keep,
            ListeningFeed(settings),
            Presence(pool),
            lambda: None,
            KeepingPreviewer(settings.previews, partial(connected, pool), store),
            NoMediaEngine(),
            Failures(0, ""),
            Failures(0, ""),
            lambda _: nullcontext(),
            lambda _: nullcontext(),
            nullcontext(),
            lambda: False,
            probes,
        )
        door = FrontDoor([Door("", "chats", carbonio.create())], reachable, [request_log("text")])

        async def application(scope: dict[str, object], receive: object, send: object) -> None:
            await door({**scope, "state": {"resources": resources}}, receive, send)

        async with caller(application) as watcher:
            yield watcher

    return watching


def told(status: str, **healthy: bool) -> dict[str, object]:
    dependencies = dict.fromkeys(OWN, True) | healthy
    listed = [{"name": name, "isHealthy": is_healthy} for name, is_healthy in dependencies.items()]
    return {"isLive": True, "status": status, "dependencies": listed}


class TestWithMoreToStandOn:
    @pytest.mark.parametrize("name", ["event_dispatcher", "storage_service", "previewer_service"])
    async def test_all_well(self, watching: Callable[..., object], name: str) -> None:
        async with watching(**{name: reachable}) as watcher:
            assert_same(await watcher.get("/health"), told("ok", **{name: True}))
            assert_empty(await watcher.get("/health/ready"), 204)

    @pytest.mark.parametrize("probe", [refused, silent])
    async def test_without_what_it_can_do_without_it_warns(
        self, watching: Callable[..., object], probe: Probe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.domain.probes.SECONDS", SOON)
        async with watching(event_dispatcher=reachable, storage_service=probe) as watcher:
            expected = told("warn", event_dispatcher=True, storage_service=False)
            assert_same(await watcher.get("/health"), expected)
            assert_empty(await watcher.get("/health/ready"), 429)
            assert_empty(await watcher.get("/health/live"), 204)

    async def test_one_that_does_not_even_end_when_told_to_keeps_nobody_waiting(
        self, watching: Callable[..., object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.domain.probes.SECONDS", SOON)
        may_end = asyncio.Event()

        async def stubborn() -> None:
            try:
                await silent()
            finally:
                await may_end.wait()

        async with watching(storage_service=stubborn) as watcher:
            assert_same(await watcher.get("/health"), told("warn", storage_service=False))
            may_end.set()


class TestWithoutAPartOfTheDatabase:
    @pytest.mark.parametrize(
        ("table", "ill"),
        [("user_token", ["authentication_service"]), ("user_account", ["profiling_service"])],
    )
    async def test_tokens_and_users_are_really_asked_for(
        self, watching: Callable[..., object], failing: Trouble, table: str, ill: list[str]
    ) -> None:
        async with failing(table), watching(storage_service=refused) as watcher:
            healthy = dict.fromkeys(ill, False) | {"storage_service": False}
            assert_same(await watcher.get("/health"), told("error", **healthy))
            assert_empty(await watcher.get("/health/ready"), 500)


async def test_what_hangs_takes_neither_the_others_time_nor_a_connection(
    watching: Callable[..., object], database: asyncpg.Connection, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.probes.SECONDS", SOON)
    async with watching(storage_service=reachable) as watcher:
        async with database.transaction():
            await database.execute("LOCK TABLE user_token")
            expected = told("error", authentication_service=False, storage_service=True)
            for _ in range(4):  # one more than there are connections
                assert_same(await watcher.get("/health"), expected)
        assert_same(await watcher.get("/health"), told("ok", storage_service=True))
    async with pool.acquire() as one, pool.acquire() as two, pool.acquire() as three:
        assert [await connection.fetchval("SELECT 1") for connection in (one, two, three)] == [1, 1, 1]


async def test_a_server_without_connections_is_not_ready(
    watching: Callable[..., object], pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.probes.SECONDS", 0.05)
    async with watching() as watcher, pool.acquire(), pool.acquire(), pool.acquire():
        assert_same(await watcher.get("/health"), told("error", **dict.fromkeys(OWN, False)))


async def test_connections_that_are_cut_are_no_crash(
    watching: Callable[..., object], database: asyncpg.Connection
) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
    async with watching() as watcher:
        for _ in range(30):
            asked = [asyncio.create_task(watcher.get("/health")) for _ in range(4)]
            await database.execute(cut, WATCHED)
            assert {(answer.status_code, answer.json()["isLive"]) for answer in await asyncio.gather(*asked)} == {
                (200, True)
            }
