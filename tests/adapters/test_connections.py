"""What of a connection's life the server tests would wait too long for."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from app.adapters.connections import protocol
from app.adapters.connections.protocol import HttpProtocol

LARGE = 20_000_000
LESS = LARGE // 5
NEARLY_SENT = 80_000  # where the kernel takes half of it, less is left than what an answer waits for


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body, perhaps later, then answer; or refuse it unread."""
    if scope["path"] == "/endless":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(300):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        scope["state"]["heard"].put_nowait((await receive())["type"])
        return
    if scope["path"] == "/later":
        await asyncio.sleep(1.2)
    if scope["path"] != "/refused":
        await Request(scope, receive).body()
    if scope["path"] == "/large":
        await Response(b"x" * LARGE)(scope, receive, send)
    elif scope["path"] == "/less":
        await Response(b"x" * LESS)(scope, receive, send)
    elif scope["path"] == "/nearly-sent":
        await Response(b"x" * NEARLY_SENT)(scope, receive, send)
    else:
        await Response(status_code=204)(scope, receive, send)


@pytest.fixture
def most() -> int | None:
    """How many connections there may be."""
    return None


@pytest.fixture
def heard_of_it() -> "asyncio.Queue[str]":
    """What an endless answer heard when nobody took it."""
    return asyncio.Queue()


@pytest.fixture
def idle_seconds() -> int:
    """How long a connection is kept after its answer: uvicorn's default."""
    return 5


@pytest.fixture
async def port(
    heard_of_it: asyncio.Queue[str], monkeypatch: pytest.MonkeyPatch, most: int | None, idle_seconds: int
) -> AsyncIterator[int]:
    """A server that waits 200 ms for header fields."""
    monkeypatch.setattr(protocol, "_FIELD_SECONDS", 0.2)
    monkeypatch.setattr(HttpProtocol, "_told_at", float("-inf"))
    config = uvicorn.Config(answer, ws="none", log_config=None, limit_concurrency=most, timeout_keep_alive=idle_seconds)
    state = ServerState()
    listening = await asyncio.get_running_loop().create_server(
        lambda: HttpProtocol(config=config, server_state=state, app_state={"heard": heard_of_it}), "127.0.0.1", 0
    )
    listening.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 30_000)  # what the kernel takes of an answer
    yield listening.sockets[0].getsockname()[1]
    listening.close()


async def heard(port: int, *said: bytes, pause: float = 0) -> bytes:
    """Say one after the other, and return what was answered until the server hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        for part in said:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := await asyncio.wait_for(reader.read(65536), 4):  # sooner than uvicorn's own patience of 5 s
            parts.append(part)
    writer.close()
    return b"".join(parts)


@pytest.mark.parametrize("said", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX: y"])
async def test_header_fields_that_never_end_are_not_awaited_for_ever(port: int, said: bytes) -> None:
    assert await heard(port, said) == b""


async def test_those_that_come_in_time_are_answered(port: int) -> None:
    answer = await heard(port, b"GET / HTTP/1.1\r\nHost: x\r\n", b"Connection: close\r\n\r\n", pause=0.05)
    assert answer.startswith(b"HTTP/1.1 204 ")


async def test_a_body_may_take_longer(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    answer = await heard(port, head, b"x", b"y", pause=0.15)
    assert answer.startswith(b"HTTP/1.1 204 ")


async def test_each_request_of_a_connection_is_awaited_anew(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await heard(port, request, request, request, b"GET / ", pause=0.15)
    assert answer.count(b"HTTP/1.1 204 ") == 3


@pytest.mark.parametrize(
    "left",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n",
        b"POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
        b"POST /refused HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: y",
    ],
)
async def test_what_comes_behind_an_answer_and_is_no_request_is_not_awaited_for_ever(port: int, left: bytes) -> None:
    said = (left[:-1], left[-1:])
    assert (await heard(port, *said, pause=0.1)).count(b"HTTP/1.1 204 ") == 1


async def test_a_request_with_more_behind_its_close_is_answered(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert (await heard(port, request + request)).startswith(b"HTTP/1.1 204 ")


async def test_an_offer_leaves_http_1_0_what_it_is(port: int) -> None:
    answer = await heard(port, b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert b"connection: close" in answer.lower()


async def test_a_refusal_never_comes_before_earlier_answers(port: int) -> None:
    answer = await heard(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nxno HTTP\r\n\r\n")
    assert b" 400 " not in answer


@pytest.mark.parametrize("offer", [b"", b"Connection: upgrade\r\nUpgrade: h2c\r\n"])
async def test_too_many_that_wait_for_no_answer_are_hung_up_on(port: int, offer: bytes) -> None:
    request = b"POST / HTTP/1.1\r\nHost: x\r\n" + offer + b"Content-Length: 1\r\n\r\nx"
    assert (await heard(port, request * 5000)).count(b"HTTP/1.1 204 ") <= 101


class TestTheBodyOfARequest:
    """Judged are 0.3 s, in which 500 bytes a second are to come."""

    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(protocol, "_PACE_SECONDS", 0.3)

    async def test_that_comes_too_slowly_is_not_awaited(self, port: int) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        assert await heard(port, head, *[b"x"] * 40, pause=0.02) == b""

    async def test_that_comes_slowly_and_fast_enough_is_awaited(self, port: int) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"
        answer = await heard(port, head, *[b"x" * 50] * 20, pause=0.04)
        assert answer.startswith(b"HTTP/1.1 204 ")

    async def test_that_we_leave_unread_for_long_is_not_judged(self, port: int) -> None:
        """What does not fit in our memory and the kernel's is not sent: that is not the client's fault."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n")
        writer.write(b"x" * 20_000_000)
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 204 ")
        writer.close()

    async def test_is_judged_again_behind_that(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
        writer.write(b"x" * 19_000_000)
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()


class TestAnAnswer:
    """Waits 0.3 s for its client."""

    @pytest.fixture
    def idle_seconds(self) -> int:
        return 1

    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(protocol, "_TAKING_SECONDS", 0.3)

    async def _asked(self, port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return reader, writer

    async def test_that_nobody_takes_is_given_up(self, port: int) -> None:
        reader, writer = await self._asked(port, "/large")
        await asyncio.sleep(1)
        with contextlib.suppress(ConnectionError):
            assert len(await reader.read()) < LARGE
        writer.close()

    @pytest.mark.parametrize("last", [b"Connection: close\r\n", b""])
    async def test_that_is_complete_and_that_nobody_takes_is_given_up(self, port: int, last: bytes) -> None:
        """Else whoever leaves the last bytes of an answer has a connection for ever."""
        with socket.socket() as client:
            client.settimeout(0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, ("127.0.0.1", port))
            await loop.sock_sendall(client, b"GET /nearly-sent HTTP/1.1\r\nHost: x\r\n" + last + b"\r\n")
            await asyncio.sleep(2)
            taken = 0
            with contextlib.suppress(ConnectionError):
                while part := await asyncio.wait_for(loop.sock_recv(client, 65536), 1):
                    taken += len(part)
            assert taken < NEARLY_SENT

    @pytest.mark.parametrize("behind", [0, 1, 2])
    async def test_that_is_given_up_hears_so_though_others_wait_behind_it(
        self, port: int, behind: int, heard_of_it: asyncio.Queue[str]
    ) -> None:
        """Else it is made to its end, for nobody."""
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n" * (1 + behind))
        assert await asyncio.wait_for(heard_of_it.get(), 4) == "http.disconnect"
        writer.close()

    async def test_that_is_taken_slowly_is_sent_to_its_end(self, port: int) -> None:
        reader, writer = await self._asked(port, "/less")
        size = 0
        while part := await reader.read(LESS // 40):
            size += len(part)
            await asyncio.sleep(0.01)
        assert size > LESS
        writer.close()


class TestTooManyConnections:
    @pytest.fixture
    def most(self) -> int:
        return 16

    async def test_the_next_hears_503_and_those_that_are_open_go_on(
        self, port: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
        try:
            await asyncio.sleep(0.05)
            for _ in range(2):
                refused = await heard(port, request)
                assert refused.startswith(b"HTTP/1.1 503 ")
                assert b"\r\ncontent-length: 0\r\n" in refused
            for reader, writer in connections:
                writer.write(request)
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
        finally:
            for _, writer in connections:
                writer.close()
        [told] = [record.getMessage() for record in caplog.records if "MAX_CONNECTIONS" in record.getMessage()]
        assert told == "more than 16 connections: the next ones are refused (ENFILADE_MAX_CONNECTIONS)"
        await asyncio.sleep(0.1)
        assert (await heard(port, request[:-2] + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 204 ")


async def test_a_refusal_is_read_by_who_reads_only_when_all_is_sent(port: int) -> None:
    head = b"POST /refused HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    for _ in range(20):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
        await asyncio.sleep(0.01)
    assert (await asyncio.wait_for(reader.read(), 4)).startswith(b"HTTP/1.1 204 ")
    writer.close()


async def say_who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(scope["client"][0])(scope, receive, send)


async def test_a_client_of_ipv4_is_one_on_a_listener_of_ipv6_too() -> None:
    config, state = uvicorn.Config(say_who_asks, ws="none", log_config=None), ServerState()
    with socket.socket(socket.AF_INET6) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        listening = await asyncio.get_running_loop().create_server(
            lambda: HttpProtocol(config=config, server_state=state, app_state={}), sock=both
        )
        port = listening.sockets[0].getsockname()[1]
        answer = await heard(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        listening.close()
    assert answer.endswith(b"\r\n\r\n127.0.0.1")
