"""The transport as answers see it, and how reading from it is paused."""

import asyncio
from collections.abc import Callable, Collection

from uvicorn.protocols.http.flow_control import FlowControl

from app.adapters.connections.timers import Pace


class LingeringTransport:
    """A transport that an answer may close while the client still sends.

    Closed with something unread, the kernel would tell the client that the connection is reset, and he would not read
    the answer. So only our side is closed; what still comes is for nobody, until the client closes his (RFC 9112, 9.6)
    or some time is over.
    """

    def __init__(self, transport: asyncio.Transport, leave: Callable[[], None]) -> None:
        """Take a transport, and what closes it or, if it must, lets it linger."""
        self.write = transport.write
        self.get_extra_info = transport.get_extra_info
        self._transport = transport
        self._leave = leave
        self._closed = False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._leave()

    def is_closing(self) -> bool:
        return self._closed or self._transport.is_closing()


class SocketTransport(LingeringTransport):
    """A websocket's transport. Whoever has taken what there was asks it to go on; how is his protocol's to say."""

    def __init__(
        self, transport: asyncio.Transport, leave: Callable[[], None], resume_reading: Callable[[], None]
    ) -> None:
        super().__init__(transport, leave)
        self.resume_reading = resume_reading


class Flow(FlowControl):
    """Reads nothing more while requests are queued, or when the connection is being closed."""

    def __init__(self, transport: asyncio.Transport, queued: Collection[object], pace: Pace) -> None:
        super().__init__(transport)
        self._queued = queued
        self._pace = pace

    def pause_reading(self) -> None:
        self._pace.pause()
        super().pause_reading()

    def resume_reading(self) -> None:
        if not self._queued and not self._transport.is_closing():
            self._pace.go_on()
            super().resume_reading()
