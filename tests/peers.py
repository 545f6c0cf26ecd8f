"""Clients of websockets that say what no library would, and the server that they have to do with."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from processes import PATIENCE, eventually
from starlette.types import ASGIApp
from websockets.frames import Frame, Opcode
from wire import Heard, Wire

from app.adapters.connections.protocol import Config, HttpProtocol
from app.adapters.connections.sockets import SocketProtocol
from app.adapters.ending import Ending
from app.processes import EndingServer

OFFER = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


def text(message: str | bytes, *, fin: bool = True) -> bytes:
    return _masked(Opcode.TEXT, message.encode() if isinstance(message, str) else message, fin=fin)


def binary(message: bytes) -> bytes:
    return _masked(Opcode.BINARY, message)


def more(message: bytes, *, fin: bool = False) -> bytes:
    return _masked(Opcode.CONT, message, fin=fin)


def ping(payload: bytes = b"") -> bytes:
    return _masked(Opcode.PING, payload)


def close(code: int = 1000) -> bytes:
    return _masked(Opcode.CLOSE, struct.pack("!H", code))


def _masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


class Peer(Wire):
    """A client that asks for a websocket and says frames."""

    def offer(self, line: str = "GET /events", *fields: str, offer: tuple[str, ...] = (*OFFER, KEY)) -> Heard:
        return self.ask(line, *offer, *fields)

    def opened(self, line: str = "GET /events") -> "Peer":
        assert self.offer(line).status == 101
        return self

    def frame(self) -> tuple[Opcode, bytes]:
        """Return what comes next."""
        head, length = self._heard.read(2)
        if length == 126:
            [length] = struct.unpack("!H", self._heard.read(2))
        return Opcode(head & 0b1111), self._heard.read(length)

    def heard(self) -> str:
        """Return the text that comes next."""
        opcode, message = self.frame()
        assert opcode is Opcode.TEXT
        return message.decode()

    def closed(self) -> int:
        """Return the code with which it is closed, whatever came before, and see that nothing follows."""
        while (frame := self.frame())[0] is not Opcode.CLOSE:
            pass
        assert self.ended
        return int.from_bytes(frame[1][:2])


@dataclass
class Serving:
    """A server in a thread of this process."""

    url: str
    server: EndingServer
    thread: threading.Thread
    peers: list[Peer] = field(default_factory=list)

    def peer(self) -> Peer:
        self.peers.append(Peer(self.url))
        return self.peers[-1]

    def begin_to_end(self) -> None:
        self.server.should_exit = True

    def end(self) -> None:
        self.begin_to_end()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@contextlib.contextmanager
def serving(application: ASGIApp, **settings: Any) -> Iterator[Serving]:
    """Serve as `enfilade serve` does, on a loop of the same kind."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        own = {"loop": "uvloop", "lifespan": "off", "log_config": None, "ws_max_size": 65536}
        config = Config(
            application,
            socket_paths=frozenset([b"/events", b"/below/events"]),
            http=HttpProtocol,
            ws=SocketProtocol,
            ws_per_message_deflate=False,
            **own | settings,
        )
        server = EndingServer(config, Ending())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        served = Serving(f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread)
        thread.start()
        try:
            assert eventually(lambda: server.started)
            yield served
        finally:
            for peer in served.peers:
                peer.close()
            served.end()
