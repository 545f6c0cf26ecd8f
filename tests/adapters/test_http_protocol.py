"""What of a connection's life the server tests would wait too long for."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from app.adapters import http_protocol
from app.adapters.http_protocol import HttpProtocol


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body, then answer."""
    await Request(scope, receive).body()
    await Response(status_code=204)(scope, receive, send)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server that waits 200 ms for header fields."""
    monkeypatch.setattr(http_protocol, "_FIELD_SECONDS", 0.2)
    config = uvicorn.Config(answer, ws="none", log_config=None)
    state = ServerState()
    listening = await asyncio.get_running_loop().create_server(
        lambda: HttpProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield listening.sockets[0].getsockname()[1]
    listening.close()


async def heard(port: int, *said: bytes, pause: float = 0) -> bytes:
    """Say one after the other, and return what was answered until the server hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in said:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(pause)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


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
