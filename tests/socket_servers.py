"""A server whose application does with a websocket what its query says."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from peers import Peer
from processes import PATIENCE, eventually
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.adapters.connections.protocol import Config, HttpProtocol
from app.adapters.connections.sockets import SocketProtocol
from app.adapters.ending import Ending
from app.processes import EndingServer

LARGE = 10_000_000  # more than what kernels take


class Application:
    """Does with a websocket what its query says, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.scopes: list[Scope] = []

    def forget(self) -> None:
        self.heard.clear()
        self.scopes.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(0.2 if scope["path"] == "/later" else 0)
            body = "x" * LARGE if scope["path"] == "/large" else f"{scope['method']} {scope['path']}"
            await Response(body)(scope, receive, send)
            return
        self.scopes.append(scope)
        assert (await receive())["type"] == "websocket.connect"
        wish, _, argument = scope["query_string"].decode().partition("=")
        await getattr(self, f"_{wish or 'echo'}")(receive, send, argument)

    async def _echo(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept", "headers": [(b"x-ours", b"1")]})
        await self._answer(receive, send)

    async def _answer(self, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] == "websocket.receive":
            self.heard.append(event.get("text") or event.get("bytes"))
            if "text" in event:
                with contextlib.suppress(OSError):
                    await send({"type": "websocket.send", "text": event["text"]})
        self.heard.append(event["code"])

    async def _later(self, receive: Receive, send: Send, argument: str) -> None:
        await asyncio.sleep(0.2)
        await self._echo(receive, send, argument)

    async def _never(self, receive: Receive, send: Send, argument: str) -> None:
        self.heard.append((await receive())["type"])
        try:
            await send({"type": "websocket.accept"})
        except OSError:
            self.heard.append("nobody is there")

    async def _deny(self, receive: Receive, send: Send, argument: str) -> None:
        fields = [(b"content-type", b"application/json")] if argument else []
        await send({"type": "websocket.http.response.start", "status": 401, "headers": fields})
        await send({"type": "websocket.http.response.body", "body": argument[:2].encode(), "more_body": True})
        await send({"type": "websocket.http.response.body", "body": argument[2:].encode()})

    async def _close(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.close"})

    async def _leave(self, receive: Receive, send: Send, argument: str) -> None:
        """Say nothing at all."""

    async def _crash(self, receive: Receive, send: Send, argument: str) -> None:
        raise ValueError("a fault of ours")

    async def _burst(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "x" * LARGE})
        await self._answer(receive, send)

    async def _deaf(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept"})
        await asyncio.sleep(1)

    async def _accept_and_leave(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept"})

    async def _accept_and_crash(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept"})
        raise ValueError("a fault of ours")

    async def _accept_and_close(self, receive: Receive, send: Send, argument: str) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": int(argument)})
        await self._answer(receive, send)

    async def _flood(self, receive: Receive, send: Send, argument: str) -> None:
        """Send without an end, and close in the middle of it when there is a code for that."""
        await send({"type": "websocket.accept"})
        closing = asyncio.create_task(self._close_soon(send, int(argument))) if argument else None
        try:
            while True:
                await send({"type": "websocket.send", "text": "x" * 10_000})
        except OSError:
            self.heard.append("nobody is there")
        if closing:
            await closing
        await self._answer(receive, send)

    async def _close_soon(self, send: Send, code: int) -> None:
        await asyncio.sleep(0.3)
        await send({"type": "websocket.close", "code": code})


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

    def dismiss(self) -> None:
        """Have all clients go, and wait until they are gone."""
        for peer in self.peers:
            peer.close()
        self.peers.clear()
        assert eventually(lambda: not self.server.server_state.connections)

    def begin_to_end(self) -> None:
        self.server.should_exit = True

    def end(self) -> None:
        self.begin_to_end()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@contextlib.contextmanager
def serving(application: ASGIApp, listener: socket.socket, **settings: Any) -> Iterator[Serving]:
    """Serve as `enfilade serve` does, on a loop of the same kind."""
    with listener:
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
            served.end()
