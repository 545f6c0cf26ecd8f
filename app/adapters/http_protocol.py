"""HTTP/1.1 as uvicorn speaks it by httptools, with what these two leave to us: bounds, and an offer to ignore."""

import asyncio
from collections.abc import Collection
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FIELD_BYTES = 256 * 1024
_FIELD_SECONDS = 30
_QUEUED_REQUESTS = 100


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    - Header fields have no limit here: past 256 KiB, or 30 s, of what is neither body nor whole header we hang up. What
      is less reaches the applications, which answer 431 in their own words.
    - Trailer fields are nothing that anybody asked for: they are dropped.
    - Requests that are sent without waiting for answers queue; while one does, nothing more is read. With more than 100
      in the queue we hang up.
    - A request may offer another protocol, as clients do that would rather speak HTTP/2, and bring a body. The parser
      would stop before that body: the offer is ignored (RFC 9110, 7.8), unless it is a websocket's and we speak that.
    """

    _field_bytes = 0
    _fields_complete = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.parser, self.flow = _Parser(self), _Flow(transport, self.pipeline)
        self._await_fields()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._field_bytes += len(data)
        super().data_received(data)
        if self._field_bytes > _FIELD_BYTES:
            self._hang_up()
        elif not self._is_answering():
            self._await_fields()

    def on_message_begin(self) -> None:
        self._fields_complete = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._fields_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._field_bytes, self._fields_complete = 0, True
        self._forget_deadline()
        if len(self.pipeline) >= _QUEUED_REQUESTS:
            self._hang_up()
        elif not self.ignores_offer():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._field_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._field_bytes = 0
        if not self.ignores_offer():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP: without a body, since nobody knows in whose words; never before earlier answers."""
        if not self._is_answering():
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self._hang_up()

    def ignores_offer(self) -> bool:
        """Tell whether the parser stops behind this header for a protocol that we do not speak."""
        offered = self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers)
        return offered and not self._should_upgrade()

    def read_again(self, rest: bytes) -> None:
        """Read the request as if nothing had been offered; `rest` is what came behind its header."""
        fields = b"".join(b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade")
        version = self.parser.get_http_version().encode()
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)
        self.parser = _Parser(self)
        if not self.transport.is_closing():
            self.parser.feed_data(line + fields + b"\r\n" + rest)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: its advice, to install a websocket library, is none for whoever reads our log."""

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _hang_up(self) -> None:
        for cycle in (self.cycle, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None:  # as connection_lost does, but before anybody writes to what is closed
                cycle.disconnected = True
                cycle.message_event.set()
        self.transport.close()

    def _await_fields(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(_FIELD_SECONDS, self._fields_are_late)

    def _fields_are_late(self) -> None:
        self._deadline = None
        if not self._is_answering():
            self._hang_up()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Parser(httptools.HttpRequestParser):
    """Lets its protocol ignore an offer of another protocol that it does not speak."""

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if not self._protocol.ignores_offer():
                raise
            self._protocol.read_again(data[offer.args[0] :])


class _Flow(FlowControl):
    """Reads nothing more while requests are queued, or when the connection is being closed."""

    def __init__(self, transport: Any, queued: Collection[object]) -> None:
        super().__init__(transport)
        self._queued = queued

    def resume_reading(self) -> None:
        if not self._queued and not self._transport.is_closing():
            super().resume_reading()
