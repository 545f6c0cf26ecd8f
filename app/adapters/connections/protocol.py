"""One connection, with the bounds that uvicorn and httptools lack, and an end that loses nothing."""

import logging
import time
from collections import deque
from typing import Any, ClassVar, Final
from urllib.parse import unquote_to_bytes

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from websockets.http11 import Request

from app.adapters.connections.conversation import handshake
from app.adapters.connections.parser import Parser
from app.adapters.connections.timers import Pace, Taking, Timer
from app.adapters.connections.transport import Flow, LingeringTransport
from app.settings import PREFIX

_log = logging.getLogger("enfilade")

_FIELD_BYTES: Final = 256 * 1024
_FIELD_SECONDS: Final = 30
_QUEUED_REQUESTS: Final = 100
# Longer than an upload may stand still (408), so that this is said first.
_PACE_SECONDS: Final = 90
_PACE_BYTES_A_SECOND: Final = 500
_TAKING_SECONDS: Final = 60
_LINGER_SECONDS: Final = 30
_FAREWELL_SECONDS: Final = 1
_TOLD_SECONDS: Final = 60
_MAPPED: Final = "::ffff:"
_UNAVAILABLE: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
)


class Config(uvicorn.Config):
    """uvicorn's, and the paths at which websockets can be opened, as they are without a trailing slash."""

    def __init__(self, application: Any, *, socket_paths: frozenset[bytes], **others: Any) -> None:
        super().__init__(application, **others)
        self.socket_paths = socket_paths


class HttpProtocol(HttpToolsProtocol):
    """One connection.

    - Header fields have no limit here: past 256 KiB, or 30 s, of what is neither body nor whole header we hang up. What
      is less reaches the applications, which answer 431 in their own words.
    - Trailer fields are nothing that anybody asked for: they are dropped.
    - Requests that are sent without waiting for answers queue; while one does, nothing more is read. With more than 100
      in the queue we hang up.
    - A request may offer another protocol, as clients do that would rather speak HTTP/2, and bring a body. The parser
      would stop before that body: the offer is ignored (RFC 9110, 7.8), unless it is a websocket's where there are any.
      It is ignored, too, where it is none that opens a websocket, and while something is being answered: what follows
      on the connection is then that answer's.
    - A body that comes, for 90 s, by less than 500 bytes a second is not awaited any longer, and an answer of which
      nothing is taken for 60 s is given up.
    - With as many connections as may be open, the next hears 503 before it is read.
    - When the server ends, what is being answered is answered; idle connections are closed a second later, since a
      request may be on its way; and every answer says that it was the last one.
    """

    open: ClassVar[int] = 0
    """How many connections this process has."""
    refused: ClassVar[int] = 0
    """How many it has refused because there were too many."""

    config: Config
    parser: Parser
    _told_at: ClassVar[float] = -_TOLD_SECONDS
    _handshake: Request | None = None
    _field_bytes = 0
    _fields_complete = False
    _is_deaf = False
    _is_ending = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.client = _unmapped(self.client)
        HttpProtocol.open += 1
        self._raw = transport
        self._unanswered = deque[RequestResponseCycle]()  # with that which is answered now: `pipeline` is without it
        self._fields = Timer(self.loop, _FIELD_SECONDS, self._fields_are_late)
        self._pace = Pace(self.loop, _PACE_SECONDS, _PACE_BYTES_A_SECOND, self._hang_up)
        self._taking = Taking(self.loop, _TAKING_SECONDS, transport, self._give_up)
        self.transport = LingeringTransport(transport, self._leave)  # type: ignore[assignment]
        self.parser, self.flow = Parser(self), Flow(transport, self.pipeline, self._pace)
        most, self.limit_concurrency = self.limit_concurrency, None  # uvicorn would refuse in its own words
        if most is not None and len(self.connections) > most:
            self._refuse(most)
        else:
            self._fields.start()

    def connection_lost(self, exc: Exception | None) -> None:
        HttpProtocol.open -= 1
        for timer in (self._fields, self._pace, self._taking):
            timer.stop()
        self._tell_of_end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._field_bytes += len(data)
        super().data_received(data)
        if self._is_deaf:
            return
        if self._field_bytes > _FIELD_BYTES:
            self._hang_up()
        elif not self._is_answering():
            self._fields.start()
        elif self.cycle.more_body:
            self._pace.start()

    def on_message_begin(self) -> None:
        self._fields_complete = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._fields_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._field_bytes, self._fields_complete = 0, True
        self._fields.stop()
        if len(self.pipeline) >= _QUEUED_REQUESTS:
            self._hang_up()
            return
        self._handshake = self._offered() if self.parser.should_upgrade() else None
        if not self._handshake and not self.ignores_offer():
            super().on_headers_complete()
            self._unanswered.append(self.cycle)
            if self._is_ending:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._field_bytes = 0
        self._pace.count(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._field_bytes = 0
        self._pace.stop()
        if not self.ignores_offer():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self._unanswered.popleft()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._taking.start()
        super().pause_writing()

    def resume_writing(self) -> None:
        if not self._raw.is_closing():
            self._taking.stop()
        super().resume_writing()

    def shutdown(self) -> None:
        self._is_ending = True
        if self._is_deaf:
            self._close()
        elif self._is_answering():
            self.cycle.keep_alive = False  # the last of those that queue
        else:
            self.loop.call_later(_FAREWELL_SECONDS, self._close_if_idle)

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
        self.parser = Parser(self)
        if not self.transport.is_closing():
            self.parser.feed_data(line + fields + b"\r\n" + rest)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, with what was asked, and what came behind that."""
        if self._is_ending:
            self._raw.write(_UNAVAILABLE)
            self._close()
            return
        self._taking.stop()
        self._is_deaf = True
        self.connections.discard(self)
        named = {"config": self.config, "server_state": self.server_state, "app_state": self.app_state}
        socket: Any = self.ws_protocol_class(**named, _loop=self.loop)  # type: ignore[misc, call-arg]
        socket.take_over(self._raw, self.client, self._handshake, self.parser.behind)

    def _should_upgrade(self) -> bool:
        return self._handshake is not None

    def _offered(self) -> Request | None:
        """Return the request for a websocket, if it is one, and if it can be taken up."""
        asked = (self.parser.get_method(), self.parser.get_http_version())
        can_be_taken = asked == (b"GET", "1.1") and not self._is_answering() and self._has_sockets()
        return handshake(self._target(), self.headers) if can_be_taken else None

    def _has_sockets(self) -> bool:
        path = self._target().partition(b"?")[0].removesuffix(b"/")  # one that is spelled `%2F` is part of a name
        return unquote_to_bytes(path) in self.config.socket_paths

    def _target(self) -> bytes:
        url = httptools.parse_url(self.url)
        return (url.path or b"") + (b"?" + url.query if url.query else b"")

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: its advice, to install a websocket library, is none for whoever reads our log."""

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, most: int) -> None:
        HttpProtocol.refused += 1
        if time.monotonic() - self._told_at > _TOLD_SECONDS:
            HttpProtocol._told_at = time.monotonic()
            _log.warning("more than %d connections: the next ones are refused (%sMAX_CONNECTIONS)", most, PREFIX)
        if len(self.connections) > most + most // 8:  # those that linger are open files, too
            self._raw.close()
            return
        self._raw.write(_UNAVAILABLE)
        self._farewell()

    def _leave(self) -> None:
        """Close; but stay for what the client still sends, though his answer is complete, if he does."""
        is_sending = self.cycle is not None and self.cycle.response_complete and self.cycle.more_body
        if is_sending and not self._raw.is_closing():
            self._farewell()
        else:
            self._close()

    def _farewell(self) -> None:
        self._is_deaf = True
        self._raw.resume_reading()
        self._raw.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self._close)

    def _close(self) -> None:
        """Close when all is sent that there is to send, if the client takes it."""
        self._raw.close()
        if self._raw.get_write_buffer_size():
            self._taking.start()

    def _hang_up(self) -> None:
        self._tell_of_end()  # before anybody writes to what is closed
        self.transport.close()
        self._close()

    def _tell_of_end(self) -> None:
        """Tell those who answer, or wait to, that nobody is there; uvicorn tells the last one alone."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()

    def _give_up(self) -> None:
        self._hang_up()
        self._raw.abort()  # closed, it would wait for what it has still to send

    def _close_if_idle(self) -> None:
        if not self._is_answering() and not self._field_bytes:
            self._close()

    def _fields_are_late(self) -> None:
        if not self._is_answering():
            self._hang_up()


def _unmapped(client: tuple[str, int] | None) -> tuple[str, int] | None:
    """Return a client of IPv4 as such, though he came to a listener of IPv6 (RFC 4291, 2.5.5.2)."""
    if client and client[0].startswith(_MAPPED) and "." in client[0]:
        return client[0].removeprefix(_MAPPED), client[1]
    return client
