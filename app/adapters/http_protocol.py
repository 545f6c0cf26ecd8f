"""HTTP/1.1 as uvicorn speaks it by httptools, with three things that these two leave to us."""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FIELD_BYTES_AT_ALL = 1024 * 1024


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    - Header fields have no limit here: past 1 MiB of what is neither body nor whole header we hang up. What is less
      reaches the applications, which answer 431 in their own words.
    - Trailer fields are nothing that anybody asked for: they are dropped.
    - A request may offer another protocol, as clients do that would rather speak HTTP/2, and bring a body. The parser
      would stop before that body: the offer is ignored (RFC 9110, 7.8).
    """

    _field_bytes = 0
    _fields_complete = False

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.parser = _Parser(self)

    def data_received(self, data: bytes) -> None:
        self._field_bytes += len(data)
        super().data_received(data)
        if self._field_bytes > _FIELD_BYTES_AT_ALL:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._fields_complete = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._fields_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._field_bytes, self._fields_complete = 0, True
        if not self.offered_another_protocol():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._field_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._field_bytes = 0
        if not self.offered_another_protocol():
            super().on_message_complete()

    def ignore_offer(self, rest: bytes) -> None:
        """Read the request again as if nothing had been offered; `rest` is what came behind its header."""
        fields = b"".join(b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade")
        line = b"%b %b HTTP/1.1\r\n" % (self.parser.get_method(), self.url)
        self.parser = _Parser(self)
        self.parser.feed_data(line + fields + b"\r\n" + rest)

    def offered_another_protocol(self) -> bool:
        """Tell whether the parser stops behind this header for a protocol that we do not speak."""
        offered = self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers)
        return offered and not self._should_upgrade()


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
