"""What websockets knows of a connection; it says less than by itself."""

from collections.abc import Generator

from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol
from websockets.server import ServerProtocol
from websockets.typing import StatusLike

_VERSION = "13"
_PONG = b"\x8a"  # how its frame begins


class Conversation(ServerProtocol):
    """The server's side: refuses without words, and answers the last of several pings (RFC 6455, 5.5.3)."""

    def accept(self, request: Request) -> Response:
        """Answer the handshake; to who speaks another version, say which we do (RFC 6455, 4.4)."""
        response = super().accept(request)
        if response.status_code == 400 and request.headers.get_all("Sec-WebSocket-Version") != [_VERSION]:
            response = self.reject(426, "")
            response.headers["Upgrade"] = "websocket"
            response.headers["Sec-WebSocket-Version"] = _VERSION
        return response

    def parse(self) -> Generator[None]:
        """Read frames: the request was read before the connection was a websocket's."""
        yield from Protocol.parse(self)

    def reject(self, status: StatusLike, text: str) -> Response:
        response = super().reject(status, "")
        del response.headers["Content-Type"]
        return response

    def send_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG and self.writes and self.writes[-1].startswith(_PONG):
            self.writes.pop()
        super().send_frame(frame)
