"""One POST to a webhook: judged addresses, no patience, and nothing told to whom it is not meant for."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cached_property
from importlib.metadata import version
from typing import Final, Self

import httpcore

from app.adapters import rounds
from app.adapters.webhooks.addresses import Reachable
from app.adapters.webhooks.destinations import Destination
from app.adapters.webhooks.errors import Undelivered
from app.adapters.webhooks.names import LookUp, Names, looked_up
from app.adapters.webhooks.network import Network, Stale

__all__ = ["Courier", "Undelivered", "origin"]

_SECONDS: Final = 10
_FOLLOWED: Final = (307, 308)
_REDIRECTS: Final = (301, 302, 303, *_FOLLOWED)
_MOST_REDIRECTS: Final = 3
_BODY_SECONDS: Final = 1
_IDLE_CONNECTIONS: Final = 20
_IDLE_SECONDS: Final = 5
# What is said of one connection alone, and what frames a message.
_NOT_CONFIGURED: Final = frozenset(
    [
        *("connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    ]
)
_Fields = list[tuple[bytes, bytes]]
_DEFAULTS: Final = {
    "User-Agent": f"Enfilade/{version('enfilade')}",
    "Content-Type": "application/json",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


class Courier:
    """Delivers webhooks. Of what is answered only the status counts."""

    def __init__(self, private_networks: Sequence[str], look_up: LookUp = looked_up) -> None:
        """Take what WEBHOOK_PRIVATE_NETWORKS says, and what looks a name up, in a thread. Nothing is opened yet."""
        self._network = Network(Reachable(private_networks), Names(look_up))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Deliver as long as the block runs."""
        try:
            async with rounds.going("closing idle connections of webhooks", self._close_idle, lambda: _IDLE_SECONDS):
                yield self
        finally:
            if self._has_delivered:
                await self._pool.aclose()

    async def deliver(self, url: str, headers: Mapping[str, str], own: Mapping[str, str], body: bytes) -> int:
        """Return the status, one of 2xx. Raises Undelivered.

        `headers` are the configured ones, and secrets: once a redirect has led to another origin they stay behind.
        `own` win over them.
        """
        deadline = asyncio.get_running_loop().time() + _SECONDS
        destination, led_by = Destination.of(url), None
        configured = _allowed(headers, destination)
        for _ in range(1 + _MOST_REDIRECTS):
            fields = _fields({**_DEFAULTS, **configured}, own, destination, body)
            with _led(led_by):
                response = await self._sent(destination, fields, body, deadline)
            if response.status not in _FOLLOWED:
                return _judged(response.status)
            redirected, led_by = _redirected(destination, response), response.status
            if redirected.origin != destination.origin:
                configured = {}
            destination = redirected
        raise Undelivered(f"redirected more than {_MOST_REDIRECTS} times", status=response.status)

    async def _sent(self, destination: Destination, fields: _Fields, body: bytes, deadline: float) -> httpcore.Response:
        """Send it, and once more for each connection that the receiver has closed meanwhile."""
        while True:
            with suppress(Stale):
                return await self._exchanged(
                    httpcore.Request("POST", destination.url, headers=fields, content=body), deadline
                )

    async def _exchanged(self, request: httpcore.Request, deadline: float) -> httpcore.Response:
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._pool.handle_async_request(request)
        except TimeoutError:
            raise Undelivered(f"no answer within {_SECONDS} seconds", unreachable=True) from None
        except httpcore.LocalProtocolError:
            raise Undelivered("a configured header field is none of HTTP") from None
        except httpcore.RemoteProtocolError:
            raise Undelivered("its answer is none of HTTP") from None
        try:
            await _read(response)
        finally:
            await response.aclose()
        return response

    @cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        """Made with the first delivery: to read the authorities takes longer than all the rest."""
        return httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=None,  # how many are sent at once is the sender's to say
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._network,
        )

    @property
    def _has_delivered(self) -> bool:
        return "_pool" in self.__dict__

    async def _close_idle(self) -> None:
        """Close what has been idle for too long: the pool does so only when it is used."""
        if self._has_delivered:
            for connection in self._pool.connections:
                if connection.has_expired():
                    await connection.aclose()


def origin(url: str) -> str:
    """Return scheme, host and port of a URL, as `https://host:port`, or nothing when it cannot be read."""
    try:
        return Destination.of(url).origin
    except Undelivered:
        return ""


def _allowed(headers: Mapping[str, str], destination: Destination) -> dict[str, str]:
    """Return what of the configured header fields is sent, with what the URL says of user and password beneath."""
    from_url = {"Authorization": destination.authorization} if destination.authorization else {}
    return from_url | {name: value for name, value in headers.items() if _may_be_configured(name.lower())}


def _may_be_configured(name: str) -> bool:
    as_read = name.replace("_", "-")  # by receivers that take both for the same
    return as_read not in _NOT_CONFIGURED and not as_read.startswith("webhook-")


def _fields(fields: Mapping[str, str], own: Mapping[str, str], destination: Destination, body: bytes) -> _Fields:
    """Return each field once, whatever the case of its name: the last that says something counts.

    White space around what it says is no part of it (RFC 9110, 5.5), and would be refused.
    """
    framing = {"Host": destination.host_field, "Content-Length": str(len(body))}
    every = [*fields.items(), *own.items(), *framing.items()]
    return list({name.lower(): (name.encode(), value.strip(" \t").encode()) for name, value in every}.values())


def _redirected(destination: Destination, response: httpcore.Response) -> Destination:
    for name, value in response.headers:
        if name.lower() == b"location":
            try:
                return destination.redirected(value.decode(errors="replace"))
            except Undelivered as undelivered:
                raise Undelivered(undelivered.reason, status=response.status) from None
    raise Undelivered(f"redirected with {response.status}, but nowhere", status=response.status)


@contextmanager
def _led(by: int | None) -> Iterator[None]:
    """Say of what fails behind a redirect that it is there; `by`: its status."""
    try:
        yield
    except Undelivered as failure:
        if by is None:
            raise
        reason = f"redirected with {by}, and there: {failure.reason}"
        raise Undelivered(reason, status=by, unreachable=failure.unreachable, ours=failure.ours) from None


def _judged(status: int) -> int:
    if 200 <= status < 300:
        return status
    if status in _REDIRECTS:
        raise Undelivered(f"redirected with {status}; only 307 and 308 are followed", status=status)
    raise Undelivered(f"answered with {status}", status=status)


async def _read(response: httpcore.Response) -> None:
    """Read the body if it is small and comes soon, so that its connection can be used again: the status is known."""
    with suppress(TimeoutError, Undelivered, httpcore.RemoteProtocolError):
        async with asyncio.timeout(_BODY_SECONDS):
            async for _ in response.aiter_stream():
                pass
