"""HTTP/1.1 as uvicorn speaks it by httptools, with what these two leave to us: bounds, and an offer to ignore."""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FIELD_BYTES = 256 * 1024
_FIELD_SECONDS = 30


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    - Header fields have no limit here: past 256 KiB, or 30 s, of what is neither body nor whole header we hang up. What
      is less reaches the applications, which answer 431 in their own words.
    - Trailer fields are nothing that anybody asked for: they are dropped.
    - Of requests that are sent without waiting for answers, only as many are read as came at once.
    - A request may offer another protocol, as clients do that would rather speak HTTP/2, and bring a body. The parser
      would stop before that body: the offer is ignored (RFC 9110, 7.8).
    """

    _field_bytes = 0
    _fields_complete = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.parser = _Parser(self)
        self._await_fields()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._field_bytes += len(data)
        super().data_received(data)
        if self._field_bytes > _FIELD_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._fields_complete = False
        self._await_fields()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._fields_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._field_bytes, self._fields_complete = 0, True
        self._forget_deadline()
        if not self.offered_another_protocol():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._field_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._field_bytes = 0
        if not self.offered_another_protocol():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; without a body, since nobody knows in whose words."""
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def offered_another_protocol(self) -> bool:
        """Tell whether the parser stops behind this header for a protocol that we do not speak."""
        offered = self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers)
        return offered and not self._should_upgrade()

    def ignore_offer(self, rest: bytes) -> None:
        """Read the request again as if nothing had been offered; `rest` is what came behind its header."""
        fields = b"".join(b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade")
        line = b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)
        self.parser = _Parser(self)
        self.parser.feed_data(line + fields + b"\r\n" + rest)

    def _await_fields(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(_FIELD_SECONDS, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Parser(httptools.HttpRequestParser):
    """Lets its protocol ignore an offer of another protocol that it does not speak."""

    def __init__(self, protocol: HttpProtocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if not self._protocol.offered_another_protocol():
                raise
            self._protocol.ignore_offer(data[offer.args[0] :])
