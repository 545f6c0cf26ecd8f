"""What websockets knows of a connection; it says less than by itself."""

from collections.abc import Generator, Sequence
from typing import Final

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol
from websockets.server import ServerProtocol
from websockets.typing import StatusLike

_PONG: Final = b"\x8a"  # how its frame begins
_SWITCHED: Final = 101
_HAS_BODY: Final = frozenset([b"content-length", b"transfer-encoding"])


class Conversation(ServerProtocol):
    """The server's side: refuses without words, and answers the last of several pings (RFC 6455, 5.5.3)."""

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


def handshake(target: bytes, fields: Sequence[tuple[bytes, bytes]]) -> Request | None:
    """Return the request if it opens a websocket (RFC 6455, 4.2.1) as we speak it, or None."""
    if not target.isascii() or _HAS_BODY & {name for name, _ in fields}:
        return None
    request = Request(target.decode(), Headers([(name.decode(), value.decode("latin-1")) for name, value in fields]))
    return request if Conversation().accept(request).status_code == _SWITCHED else None
