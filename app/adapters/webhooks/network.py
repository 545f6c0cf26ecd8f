"""Connections of webhooks: only to addresses that may be reached, and with no more of an answer than is of use."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import httpcore

from app.adapters.webhooks.addresses import Reachable
from app.adapters.webhooks.errors import Undelivered
from app.adapters.webhooks.names import Names

_SECONDS: Final = 5  # for a name, for connecting, and for TLS
_ADDRESSES: Final = 4  # of one name, which share the time for connecting
# Of an answer, head and body. In small pieces, for the parser keeps the loop until it has done with one.
_ANSWER_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 4096


class Stale(Undelivered):
    """The receiver had closed the connection since its last answer: another one may do."""


class Network(httpcore.AsyncNetworkBackend):
    """Judges each address of a name, and connects to that very one.

    So a name that resolves differently the next time, to somebody else or to us, changes nothing.
    """

    def __init__(self, reachable: Reachable, names: Names) -> None:
        self._reachable = reachable
        self._names = names
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature; the seconds are ours
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = [address for address in await self._addresses(host) if address in self._reachable]
        if not addresses:
            raise Undelivered("its address may not be reached: see WEBHOOK_PRIVATE_NETWORKS", unreachable=True)
        return Line(await self._connected(addresses[:_ADDRESSES], port))

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._names.addresses(host)
        except TimeoutError:
            raise Undelivered("looking its name up took too long", unreachable=True) from None
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is none"
            raise Undelivered(f"its name was not found: {reason}", unreachable=True) from None

    async def _connected(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        *others, last = addresses
        seconds = _SECONDS / len(addresses)
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        async with _telling("connecting"):
            return await self._network.connect_tcp(last, port, seconds)


class Line(httpcore.AsyncNetworkStream):
    """A connection that tells by Undelivered how it ends, which is never by an empty read."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._read = 0
        """Bytes since something was written."""
        self._has_answered = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        try:
            piece = await self._stream.read(min(max_bytes, _PIECE_BYTES), timeout)
        except (httpcore.ReadError, ssl.SSLError):  # of TLS that is spoilt, as it comes
            piece = b""
        if not piece:
            raise self._broken_off()
        self._read += len(piece)
        if self._read > _ANSWER_BYTES:
            raise Undelivered("its answer is too large")
        return piece

    def _broken_off(self) -> Undelivered:
        kind = Stale if self._has_answered and not self._read else Undelivered
        return kind("it broke the connection off without an answer", unreachable=True)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        self._has_answered = self._has_answered or self._read > 0
        self._read = 0
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature; the seconds are ours
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with _telling("TLS"):
                return Line(await self._stream.start_tls(ssl_context, server_hostname, _SECONDS))
        except ValueError:
            raise Undelivered("TLS failed: its name is none", unreachable=True) from None

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@asynccontextmanager
async def _telling(what: str) -> AsyncIterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout:
        raise Undelivered(f"{what} took too long", unreachable=True) from None
    except httpcore.ConnectError as error:
        raise Undelivered(f"{what} failed: {_why(error)}", unreachable=True) from None


def _why(error: BaseException) -> str:
    """Return the system's words for what was at the bottom of it; asyncio's name the address."""
    while error.__cause__:
        error = error.__cause__
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return str(error.reason or "no TLS").replace("_", " ").lower()
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else "it was broken off"
