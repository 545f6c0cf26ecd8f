"""What the server stands on, opened for the time that it runs."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import Final, TypeAlias

from asyncpg import Pool, Record

from app.adapters import blobs, database, secret_key
from app.adapters.ending import Ending
from app.adapters.feed import ListeningFeed
from app.adapters.metrics import figures
from app.adapters.presence import Presence
from app.adapters.previews.previewer import KeepingPreviewer
from app.adapters.sweeper import Sweeper
from app.adapters.turns import Turns
from app.adapters.watch import Watch
from app.adapters.webhooks.courier import Courier
from app.adapters.webhooks.sender import Sender
from app.adapters.webhooks.teller import Spell, Teller
from app.apis.dependencies import Resources
from app.apis.failures import Failures
from app.apis.hms import occurrences
from app.domain import analytics, deployments, messages
from app.domain.database import Transaction, connected
from app.domain.deployments import Deployment
from app.domain.errors import StorageFailed, TooManyAtOnce
from app.domain.hearings import Over
from app.domain.media import NoMediaEngine
from app.domain.secrets import SecretKey
from app.settings import PREFIX, Settings

_Deployed: TypeAlias = Callable[[Transaction], Awaitable[Deployment]]

_MOST_WRONG_CODES: Final = 60  # a code has 47 bits: from one address, one of a million is found in four years
_CODES_OF_ONE: Final = 4  # whose answers are not known yet, so that they cannot count against the next
_UPLOADS_OF_ONE: Final = 16  # each holds up to 11 MiB, when they go to a bucket
_REPLAYS: Final = 2  # connections of the pool; when a server has ended, all of its clients want one at once
# By itself 700: a frame for each of a thousand sockets is more than is made in ten of that, so after a few
# changes the collector looked through all that all sockets have: 200 ms, in which nobody is answered.
_MADE_BEFORE_COLLECTING: Final = 10_000
_LOOK_AT: Final[Mapping[str, str]] = {
    "database": f"Postgres and {PREFIX}DATABASE_URL",
    "event_dispatcher": f"Postgres and {PREFIX}DIRECT_DATABASE_URL, which no transaction pooler may stand before",
    "storage_service": f"{PREFIX}BLOBS_URL, with a bucket the AWS_ variables too",
    "previewer_service": f"{PREFIX}PREVIEWS__MEMORY_IN_MB and the space in TMPDIR",
}


@asynccontextmanager
async def opened(settings: Settings, ending: Ending) -> AsyncIterator[Resources]:
    """Open everything, and close it behind the block."""
    gc.set_threshold(_MADE_BEFORE_COLLECTING, *gc.get_threshold()[1:])
    store, key, deployment = blobs.opened(settings), secret_key.load(settings), _deployment(settings)
    async with (
        database.pool(settings) as pool,
        Sweeper(pool, store, settings.previews.cache_in_mb * 1024**2).sweeping() as sweeper,
        KeepingPreviewer(settings.previews, partial(connected, pool), store).making() as previewer,
        Presence(pool).kept() as presence,
        Sender(_teller(settings, pool, key, deployment)).sending() as sender,
        ListeningFeed(settings, beside=presence.show, bells={analytics.CHANNEL: sender.wake}).listening() as feed,
    ):
        probes = {"event_dispatcher": feed.probe, "storage_service": store.probe, "previewer_service": previewer.probe}
        watch = Watch({"database": partial(database.probe, pool), **probes}, _LOOK_AT)
        counting = sender.counting() if settings.metrics_port else nullcontext()
        async with watch.watching(), counting, _counted(settings, pool, feed, previewer, watch):
            yield Resources(
                settings=settings,
                secret_key=key,
                pool=pool,
                deployment=deployment,
                blobs=store,
                dispatch=messages.keep,
                feed=feed,
                sockets=presence,
                sweep_soon=sweeper.wake,
                previewer=previewer,
                media=NoMediaEngine(),
                failures=Failures(settings.max_failed_credentials, f"{PREFIX}MAX_FAILED_CREDENTIALS"),
                code_failures=Failures(min(_MOST_WRONG_CODES, settings.max_failed_credentials), "codes of rooms"),
                code_turn=Turns(_CODES_OF_ONE, TooManyAtOnce).turn,
                upload_turn=Turns(_UPLOADS_OF_ONE, StorageFailed).turn,
                replay_turn=asyncio.Semaphore(_REPLAYS),
                is_ending=lambda: ending.has_begun,
                probes=probes,
            )


def _teller(settings: Settings, pool: "Pool[Record]", key: SecretKey, deployment: _Deployed) -> Teller:
    async def speller(transaction: Transaction) -> Spell:
        whose = await deployment(transaction)
        return lambda delivery: occurrences.document(delivery.event, whose, is_replay=delivery.is_replay)

    return Teller(pool, Courier(settings.webhook_private_networks), key, speller)


def _deployment(settings: Settings) -> _Deployed:
    """Return what finds the account that this deployment is: as settings say it, else as it was made once.

    The database is asked by the first request, not at the start: a worker must be able to start while it is away.
    """
    known: Deployment | None = None

    async def deployment(transaction: Transaction) -> Deployment:
        nonlocal known
        known = known or settings.hms.over(await deployments.get(transaction))
        return known

    return deployment


def _counted(
    settings: Settings, pool: "Pool[Record]", feed: ListeningFeed, previewer: KeepingPreviewer, watch: Watch
) -> AbstractAsyncContextManager[None]:
    """Return what has the figures of these things taken, if anybody wants them."""

    def of_pool() -> None:
        idle = pool.get_idle_size()
        figures.POOL.labels("idle").set(idle)
        figures.POOL.labels("used").set(pool.get_size() - idle)

    def of_feed() -> None:
        figures.EVENTS.inc(feed.figures.pop("heard", 0))
        for why in Over:
            figures.SOCKETS_CUT.labels(why.value).inc(feed.figures.pop(why.value, 0))

    def of_previews() -> None:
        for state, number in previewer.load.items():
            figures.PREVIEWS.labels(state).set(number)

    def of_dependencies() -> None:
        for name, is_healthy in watch.healthy.items():
            figures.DEPENDENCIES.labels(name).set(is_healthy)

    return figures.taking(of_pool, of_feed, of_previews, of_dependencies) if settings.metrics_port else nullcontext()
