"""Receivers of webhooks on this machine: honest ones, and all others. They keep what they are sent."""

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

PIECE: Final = 64 * 1024


@dataclass(frozen=True)
class Delivery:
    """A request as it came; the names of its header fields in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    """By the clock of time.time()."""
    connection: int
    """Which of the receiver's connections it came by, from 1."""


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def plain(status: int = 200, body: bytes = b"", *fields: str) -> Answer:
    """Answer with a status, and keep the connection."""
    return raw(_head(status, f"Content-Length: {len(body)}", *fields) + body)


def redirect(status: int, location: str) -> Answer:
    return plain(status, b"elsewhere", f"Location: {location}")


def raw(*pieces: bytes) -> Answer:
    """Send bytes, whatever they mean, and keep the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return answer


def last(answered: Answer) -> Answer:
    """Close the connection behind this answer."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        await answered(writer)
        writer.close()

    return answer


def dying(piece: bytes = b"") -> Answer:
    """Reset the connection, behind a piece of an answer."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        await raw(piece)(writer)
        await asyncio.sleep(0.02)  # until it is read: a reset overtakes what waits
        writer.transport.abort()

    return answer


def later(seconds: float, answered: Answer) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await answered(writer)

    return answer


def endless(head: bytes, piece: bytes, pause: float = 0) -> Answer:
    """Send the piece again and again for as long as somebody takes it."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        await raw(head)(writer)
        while True:
            await raw(piece)(writer)
            await asyncio.sleep(pause)

    return answer


def drip(pause: float = 0.02) -> Answer:
    """Say one after the other the letters of a body that never ends."""
    return endless(_head(200, "Transfer-Encoding: chunked"), b"1\r\nx\r\n", pause)


def gigabyte() -> Answer:
    return endless(_head(200, f"Content-Length: {2**30}"), b"x" * PIECE)


async def silence(writer: asyncio.StreamWriter) -> None:
    """Say nothing for ever."""
    await asyncio.Event().wait()


def _head(status: int, *fields: str) -> bytes:
    return "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} As It Is", *fields, "")).encode()


@dataclass
class Receiver:
    """A server that gives its answers one after the other; the last of them is given for ever."""

    answers: list[Answer]
    scheme: str = "http"
    address: tuple[str, int] = ("", 0)
    deliveries: list[Delivery] = field(default_factory=list)
    connections: int = 0
    open_connections: int = 0
    speaks_first: bool = False
    """Whether it answers before anything is asked, and whatever is."""

    @property
    def port(self) -> int:
        return self.address[1]

    @property
    def origin(self) -> str:
        host, port = self.address
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    @asynccontextmanager
    async def receiving(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> AsyncIterator["Receiver"]:
        conversations: set[asyncio.Task[None]] = set()

        async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            conversations.add(task)
            with suppress(asyncio.CancelledError):  # the test is over
                await self._converse(reader, writer)

        server = await asyncio.start_server(receive, host, port, ssl=tls)
        self.scheme = "https" if tls else "http"
        self.address = server.sockets[0].getsockname()[:2]
        try:
            yield self
        finally:
            server.close()
            for task in conversations:
                task.cancel()
            await asyncio.gather(*conversations, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_connections += 1
        try:
            number = self.connections
            while not writer.is_closing():
                if not self.speaks_first:
                    self.deliveries.append(await _delivery(reader, number))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await answer(writer)
        except (OSError, EOFError):
            pass  # whoever has asked is gone
        finally:
            self.open_connections -= 1
            if not writer.is_closing():
                writer.transport.abort()


async def _delivery(reader: asyncio.StreamReader, connection: int) -> Delivery:
    line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    method, path, _ = line.split(" ")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}
    assert len(headers) == len(fields)
    body = await reader.readexactly(int(headers["content-length"]))
    return Delivery(method, path, headers, body, time.time(), connection)


@asynccontextmanager
async def receiving(
    *answers: Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Receive in the loop of the test."""
    async with Receiver(list(answers) or [plain()]).receiving(host, tls) as receiver:
        yield receiver


@contextmanager
def receiving_beside(*answers: Answer) -> Iterator[Receiver]:
    """Receive in a thread, for tests whose server runs in a process of its own."""
    receiver = Receiver(list(answers) or [plain()])
    is_ready, loop, done = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def receive() -> None:
        async with receiver.receiving():
            is_ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(receive(),))
    thread.start()
    try:
        assert is_ready.wait(10)
        yield receiver
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
