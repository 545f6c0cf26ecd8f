"""A client of websockets that says what no library would."""

import socket
import struct

from websockets.frames import Frame, Opcode
from wire import Heard, Wire

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


def pong(payload: bytes) -> bytes:
    return _masked(Opcode.PONG, payload)


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
        elif length == 127:
            [length] = struct.unpack("!Q", self._heard.read(8))
        return Opcode(head & 0b1111), self._heard.read(length)

    def reset(self) -> None:
        """Go away with all that is still on its way."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.shutdown(socket.SHUT_RDWR)
        self.close()

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


def assert_refused(heard: Heard, status: int, peer: Peer) -> None:
    """See that it was refused without a word."""
    assert (heard.status, heard.body, heard["content-type"]) == (status, b"", None)
    assert (heard["content-length"], heard["connection"]) == ("0", "close")
    assert heard["date"] or heard["retry-after"]
    assert peer.ended
