"""The figures: of each request when it is answered, of everything else every five seconds.

What a label can be is bounded: an operation is a method that some API knows and the path as it describes it, never as
it was sent.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from app.adapters.connections.protocol import HttpProtocol
from app.adapters.connections.sockets import SocketProtocol

disable_created_metrics()  # type: ignore[no-untyped-call]  # several processes cannot have them

Take: TypeAlias = Callable[[], object]
"""Sets the figures that it knows of."""

_METHODS: Final = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
_SECONDS_BETWEEN: Final = 5
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_REQUESTS = Counter("enfilade_requests", "Requests that were answered.", ["api", "operation", "status"])
_SECONDS = Histogram(
    "enfilade_request_seconds",
    "From a request's header to the end of its answer.",
    ["api", "operation"],
    buckets=_BUCKETS,
)
_CONNECTIONS = Gauge("enfilade_connections", "Open connections of clients.", multiprocess_mode="livesum")
_REFUSED = Counter("enfilade_connections_refused", "Connections that were refused because there were too many.")
POOL = Gauge("enfilade_pool_connections", "Connections to Postgres.", ["state"], multiprocess_mode="livesum")
_SOCKETS = Gauge("enfilade_sockets", "Open websockets.", multiprocess_mode="livesum")
SOCKETS_CUT = Counter("enfilade_sockets_cut", "Websockets that were closed although nobody asked for it.", ["reason"])
EVENTS = Counter("enfilade_events", "Events that were heard, in each process.")
WEBHOOKS = Counter(
    "enfilade_webhooks",
    "Tries to tell a webhook something, by what became of them; and what was given up.",
    ["outcome"],
)
WEBHOOKS_WAITING = Gauge(
    "enfilade_webhooks_waiting", "What is still to be sent to webhooks.", multiprocess_mode="mostrecent"
)
WEBHOOKS_OLDEST = Gauge(
    "enfilade_webhooks_oldest_seconds",
    "For how long the oldest of it has waited; 0 when nothing does.",
    multiprocess_mode="mostrecent",
)
PREVIEWS = Gauge("enfilade_previews", "Previews that are wanted now.", ["state"], multiprocess_mode="livesum")
DEPENDENCIES = Gauge(
    "enfilade_dependency_up", "1 if it answered when last asked.", ["name"], multiprocess_mode="livemin"
)


def count(told: Mapping[str, Any]) -> None:
    """Count a request, of which all is told that its log line says."""
    method, _, path = told["operation"].partition(" ")
    of = (told["api"], f"{method if method in _METHODS else '-'} {path}")
    _REQUESTS.labels(*of, str(told["status"])).inc()
    _SECONDS.labels(*of).observe(told["milliseconds"] / 1000)


@asynccontextmanager
async def taking(*takes: Take) -> AsyncIterator[None]:
    """Take the figures every few seconds, as long as the block runs."""
    task = asyncio.create_task(_take_for_ever(takes))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _take_for_ever(takes: tuple[Take, ...]) -> None:
    refused = 0
    while True:
        for take in takes:
            take()
        _CONNECTIONS.set(HttpProtocol.open)
        _SOCKETS.set(SocketProtocol.open)
        _REFUSED.inc(HttpProtocol.refused - refused)
        refused = HttpProtocol.refused
        await asyncio.sleep(_SECONDS_BETWEEN)
