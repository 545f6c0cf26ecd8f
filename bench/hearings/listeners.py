"""A process of its own that holds sockets open, and notes when which frame came.

It looks at no more than a frame's length: what a library does for each message would take the core that the server
needs.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import uvloop

_TEXT, _CLOSE, _PING = 1, 8, 9
_PONG: Final = b'{"type":"pong"}'
_ASK: Final = b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}'  # masked by nothing
_OPENED_AT_ONCE: Final = 32
_LITTLE: Final = 4096
_LOOK_SECONDS: Final = 0.005


class Heard(NamedTuple):
    """What came on one socket, in its order: the frames, and of each when it came (`time.monotonic()`)."""

    frames: list[bytes]
    moments: list[float]


@dataclass(eq=False)
class _Socket(asyncio.Protocol):
    """One that has sent its handshake."""

    handshake: bytes
    greeting: bytes = b""
    heard: Heard = field(default_factory=lambda: Heard([], []))
    pongs: int = 0
    code: int | None = None
    """Why it was closed; 1006 if without a word."""
    _is_open: bool = False
    _unread: bytes = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        self.code = self.code or 1006

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._unread += data
        if not self._is_open:
            answer, end, self._unread = self._unread.partition(b"\r\n\r\n")
            if not end:
                self._unread = answer
                return
            assert b" 101 " in answer, answer
            self._is_open = True
        for opcode, payload in self._taken():
            self._hear(opcode, payload, now)

    def _taken(self) -> Iterator[tuple[int, bytes]]:
        data, place = self._unread, 0
        while len(data) >= place + 4:
            length, begin = data[place + 1], place + 2
            if length == 126:  # two bytes say it
                length, begin = int.from_bytes(data[begin : begin + 2]), begin + 2
            if len(data) < begin + length:
                break
            yield data[place] & 15, data[begin : begin + length]
            place = begin + length
        self._unread = data[place:]

    def _hear(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == _PING:
            self.transport.write(bytes([0x8A, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
        elif opcode == _CLOSE:
            self.code = int.from_bytes(payload[:2])
            self.transport.close()
        elif payload == _PONG:
            self.pongs += 1
        elif opcode == _TEXT:
            self.heard.frames.append(payload)
            self.heard.moments.append(now)


class _Listeners:
    """What the bench can ask for, by name."""

    def __init__(self) -> None:
        self._sockets: list[_Socket] = []

    async def open(self, url: str, tokens: Sequence[str], *, take_little: bool = False) -> float:
        """Open a socket for each token; return how many seconds it took until each was greeted."""
        began, several = time.monotonic(), asyncio.Semaphore(_OPENED_AT_ONCE)
        opened = await asyncio.gather(*(_opened(url, token, several, take_little=take_little) for token in tokens))
        self._sockets += opened
        return time.monotonic() - began

    async def greetings(self) -> list[bytes]:
        """Return the first frame of each."""
        return [each.greeting for each in self._sockets]

    async def heard(self, which: Sequence[int], count: int, patience: float) -> list[Heard]:
        """Return what came on these since this was asked last, when each has that much, or is given up."""
        sockets = [self._sockets[number] for number in which]
        await _patiently(lambda: all(len(each.heard.frames) >= count for each in sockets), patience)
        heard = [each.heard for each in sockets]
        for each in sockets:
            each.heard = Heard([], [])
        same: dict[bytes, bytes] = {}  # what is equal goes once through the pipe
        return [Heard([same.setdefault(frame, frame) for frame in one.frames], one.moments) for one in heard]

    async def asked(self, which: Sequence[int], patience: float) -> bool:
        """Send a ping on each of these, and return whether each was answered."""
        sockets = [self._sockets[number] for number in which]
        wanted = [each.pongs + 1 for each in sockets]
        for each in sockets:
            each.transport.write(_ASK)
        return await _patiently(
            lambda: all(each.pongs >= count for each, count in zip(sockets, wanted, strict=True)), patience
        )

    async def deafen(self, number: int) -> None:
        """Read nothing more of this one."""
        self._sockets[number].transport.pause_reading()

    async def ended(self, number: int, patience: float) -> int | None:
        """Read this one to its end, and return why that came; None if it doesn't."""
        one = self._sockets[number]
        one.transport.resume_reading()
        await _patiently(lambda: one.code is not None, patience)
        return one.code

    async def spent(self) -> float:
        """Return the CPU seconds of this process."""
        return time.process_time()

    async def close(self) -> None:
        """Leave, without a word."""
        for each in self._sockets:
            each.transport.abort()
        self._sockets.clear()


async def _opened(url: str, token: str, several: asyncio.Semaphore, *, take_little: bool) -> _Socket:
    where = urlsplit(url)
    fields = {
        "Host": where.netloc,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Cookie": f"ZM_AUTH_TOKEN={token}",
    }
    handshake = "GET /events HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    loop, plain = asyncio.get_running_loop(), socket.socket()
    if take_little:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
    plain.setblocking(False)  # noqa: FBT003 - its one parameter
    async with several:
        await loop.sock_connect(plain, (where.hostname, where.port))
        _, one = await loop.create_connection(lambda: _Socket(handshake.encode()), sock=plain)
        await _patiently(lambda: one.heard.frames or one.code, 30)
    assert one.code is None, one.code
    one.greeting = one.heard.frames[0]
    one.heard = Heard([], [])
    return one


async def _patiently(is_so: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


async def _answer(pipe: "Connection[Any, Any]") -> None:
    listeners, loop = _Listeners(), asyncio.get_running_loop()
    with suppress(EOFError):  # the bench has ended
        while True:
            name, given, named = await loop.run_in_executor(None, pipe.recv)
            method: Callable[..., Awaitable[object]] = getattr(listeners, name)
            pipe.send(await method(*given, **named))


def run(pipe: "Connection[Any, Any]") -> None:
    """Do what is asked for through the pipe, until it is closed."""
    uvloop.run(_answer(pipe))
