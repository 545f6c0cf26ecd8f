"""A websocket, with the bounds that uvicorn and websockets lack, no words but ours, and an end that comes soon."""

import asyncio
import logging
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET
from typing import Any, ClassVar, Final

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent, WebSocketDisconnectEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import STATUS_PHRASES, WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame
from websockets.http11 import Request, Response

from app.adapters.connections.conversation import Conversation
from app.adapters.connections.protocol import HttpProtocol
from app.adapters.connections.timers import Timer
from app.adapters.connections.transport import SocketTransport

# uvicorn and websockets tell it of each connection, with its query: only faults of ours go on to where all is written.
_log: Final = logging.getLogger("enfilade.sockets")
_log.setLevel(logging.ERROR)

_MOUTHFUL: Final = 1024
_REST_SECONDS: Final = 0.005
_CLOSING_SECONDS: Final = 3
_LINGER_SECONDS: Final = 2
_KERNEL_BYTES: Final = 64 * 1024  # in each direction; by itself the kernel keeps megabytes
_GOING_AWAY: Final = 1001
_ABNORMAL: Final = 1006
_NO_TEXT: Final = 1007
_FAULT: Final = 1011


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection, from the request that asks for a websocket to its end.

    - What is refused is refused without a body, unless the application gives one.
    - What comes is read a kilobyte at a time, with a rest of 5 ms while there is more: thousands of the smallest
      frames would hold up everybody else. Nothing is read before the handshake is answered, nor while the application
      does not take what was. When more is unread than that, the kernel keeps what comes.
    - Of a message that comes in parts the bytes are kept, not the parts, of which each may be empty.
    - While the client does not take what we send, the last of his pings alone waits for its answer.
    - A close frame does not wait for the client to take what is before it. He has 3 s to answer it, and 2 s to read
      our last words; then the connection is cut off.
    - When the server ends, a socket is closed with 1001, and a handshake that is not answered is refused with 503.
    """

    open: ClassVar[int] = 0
    """How many sockets this process has."""

    transport: SocketTransport  # type: ignore[assignment]
    _is_open = False
    _is_deaf = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = _log
        self.close_timeout = _CLOSING_SECONDS
        self.conn: Conversation = Conversation(max_size=self.config.ws_max_size, logger=_log)
        self._unread = bytearray()
        self._rest = Timer(self.loop, _REST_SECONDS, self._read)

    def take_over(
        self, transport: asyncio.Transport, client: tuple[str, int] | None, request: Request, behind: bytes
    ) -> None:
        """Go on with this connection of HTTP, on which this was asked, and this came behind it."""
        transport.set_protocol(self)
        self.connection_made(transport)
        self.client = client
        self.handle_connect(request)
        self.data_received(behind)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._raw = transport
        for buffer in (SO_RCVBUF, SO_SNDBUF):
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, buffer, _KERNEL_BYTES)
        self.transport = SocketTransport(transport, self._leave, self._go_on)

    def connection_lost(self, exc: Exception | None) -> None:
        HttpProtocol.open -= 1  # which has counted it
        SocketProtocol.open -= self._is_open
        self._rest.stop()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        self.transport.close()  # the loop's own way waits for ever for what the client does not take

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.conn.writes and not self.transport.is_closing():
            self._flush()

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._unread += data
        self._read()
        if len(self._unread) > _MOUTHFUL:
            self._raw.pause_reading()

    def handle_cont(self, event: Frame) -> None:
        if isinstance(self.frames[0], bytes):
            self.frames[0] = bytearray(self.frames[0])  # type: ignore[call-overload]
        self.frames[0] += event.data
        if event.fin:
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        [message] = self.frames
        self.frames = []
        if self.close_sent:
            return
        try:
            self.queue.put_nowait(_received(message, is_text=self.curr_msg_data_type == "text"))
            self.read_paused = True
        except UnicodeDecodeError:
            self.conn.fail(_NO_TEXT)
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        if self.writable.is_set() and not self.transport.is_closing():
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        if not self._is_over():
            self._close(_FAULT)
        self.transport.close()

    def shutdown(self) -> None:
        if not self._is_over():
            if self.handshake_complete:
                self._close(_GOING_AWAY)
            else:
                self._refuse(self.conn.reject(503, ""))
        self.loop.call_later(_LINGER_SECONDS, self._raw.abort)

    async def run_asgi(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except Exception:  # noqa: BLE001 - uvicorn's task is nobody's: it is told of here or nowhere
            _log.exception("crash")
        finally:
            self._end()

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()
        while not self.writable.is_set():
            await self.writable.wait()
        if self._is_over():
            raise ClientDisconnected
        if message["type"] == "websocket.http.response.body" and self.initial_response:
            self._deny(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            await super().send(message)
        if message["type"] == "websocket.accept":
            self._begin()

    def _begin(self) -> None:
        self._is_open = True
        SocketProtocol.open += 1
        self._read()

    def _read(self) -> None:
        """Read a little of what has come; the rest a moment later."""
        if self.handshake_complete and not self.read_paused and self._unread:
            part = bytes(self._unread[:_MOUTHFUL])
            del self._unread[:_MOUTHFUL]
            super().data_received(part)
            self._go_on()

    def _go_on(self) -> None:
        if self._unread:
            self._rest.start()
        if len(self._unread) <= _MOUTHFUL:
            self._raw.resume_reading()

    def _flush(self) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))

    def _is_over(self) -> bool:
        """Whether nothing can be said any more."""
        return self.close_sent or self.transport.is_closing()

    def _deny(self, body: bytes, *, is_last: bool) -> None:
        assert self.initial_response is not None
        status, fields, begun = self.initial_response
        self.initial_response = status, fields, begun + body
        if is_last:
            self._refuse(Response(status, STATUS_PHRASES[status], Headers(fields), begun + body))

    def _refuse(self, response: Response) -> None:
        for name, value in self.default_headers:
            response.headers.setdefault(name.decode(), value.decode())
        response.headers.setdefault("Connection", "close")
        response.headers.setdefault("Content-Length", str(len(response.body)))
        self.close_sent = self.handshake_complete = True
        self.conn.send_response(response)
        self._flush()
        self.transport.close()

    def _close(self, code: int) -> None:
        """Close with this code, which the application hears, too."""
        self.queue.put_nowait(_disconnected(code))
        self.conn.send_close(code)
        self._flush()
        self.close_sent = True
        self.writable.set()
        self.read_paused = False
        self._go_on()
        self._cut_off_after(_CLOSING_SECONDS)

    def _end(self) -> None:
        """See to it that the client hears of it when the application has left him without a word."""
        if self._is_over():
            return
        if self.handshake_complete:
            self._close(_FAULT)
        else:
            self._refuse(self.conn.reject(500, ""))

    def _leave(self) -> None:
        """Let the client read our last words: closed with something unread, the kernel would tell him of a reset."""
        if self._raw.is_closing():
            return
        self._is_deaf = True
        self._rest.stop()
        self._unread.clear()
        self.writable.set()
        self.queue.put_nowait(_disconnected(_ABNORMAL))  # if nothing is in it that says more
        self._cut_off_after(_LINGER_SECONDS)
        self._raw.resume_reading()
        self._raw.write_eof()

    def _cut_off_after(self, seconds: float) -> None:
        if self.close_timer:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(seconds, self._raw.abort)


def _received(message: bytes, *, is_text: bool) -> ASGIReceiveEvent:
    if is_text:
        return {"type": "websocket.receive", "text": message.decode()}
    return {"type": "websocket.receive", "bytes": bytes(message)}


def _disconnected(code: int) -> WebSocketDisconnectEvent:
    return {"type": "websocket.disconnect", "code": code, "reason": ""}
