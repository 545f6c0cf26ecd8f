"""How long a connection waits for its client."""

import asyncio
import struct
import termios
from collections.abc import Callable
from fcntl import ioctl


class Timer:
    """Calls back once when it has run for so many seconds; while it runs, to start it again changes nothing."""

    __slots__ = ("_late", "_loop", "_running", "_seconds")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, late: Callable[[], object]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._late = late
        self._running: asyncio.TimerHandle | None = None

    def start(self) -> None:
        if self._running is None:
            self._running = self._loop.call_later(self._seconds, self._is_late)

    def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None

    def _is_late(self) -> None:
        self._running = None
        self._late()


class Pace:
    """Judges how fast a body comes, and calls back when that is slower than so many bytes a second on average.

    A time in which nothing was read, because we had no room for it, is not judged.
    """

    __slots__ = ("_bytes", "_is_judged", "_is_paused", "_least", "_slow", "_timer")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, bytes_a_second: float, slow: Callable[[], object]
    ) -> None:
        self._timer = Timer(loop, seconds, self._judge)
        self._least = seconds * bytes_a_second
        self._slow = slow
        self._is_paused = False
        self._begin()

    def _begin(self) -> None:
        self._bytes = 0
        self._is_judged = not self._is_paused

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._begin()

    def count(self, size: int) -> None:
        self._bytes += size

    def pause(self) -> None:
        """Do not judge the present time, nor any until it goes on: nothing is read for a while."""
        self._is_paused, self._is_judged = True, False

    def go_on(self) -> None:
        self._is_paused = False

    def _judge(self) -> None:
        if self._is_judged and self._bytes < self._least:
            self._slow()
        else:
            self._begin()
            self.start()


class Taking:
    """Watches an answer that waits for its client, and calls back when he takes nothing of it for so many seconds."""

    __slots__ = ("_left", "_refused", "_timer", "_transport")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        transport: asyncio.Transport,
        refused: Callable[[], object],
    ) -> None:
        self._timer = Timer(loop, seconds, self._judge)
        self._transport = transport
        self._refused = refused
        self._left = 0

    def start(self) -> None:
        self._left = self._unsent()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _judge(self) -> None:
        if self._unsent() < self._left:
            self.start()
        else:
            self._refused()

    def _unsent(self) -> int:
        """Return how many bytes wait, here and in the kernel, which takes more only when much of its own is gone."""
        socket = self._transport.get_extra_info("socket")
        [in_kernel] = struct.unpack("i", ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)))
        return int(in_kernel) + self._transport.get_write_buffer_size()
