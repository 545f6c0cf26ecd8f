"""What a websocket may do, and what becomes of those that do something else."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from peers import KEY, OFFER, Peer, Serving, binary, close, more, ping, serving, text
from processes import eventually
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from websockets.frames import Opcode
from wire import Heard

from app.adapters.connections import protocol, sockets
from app.adapters.connections.protocol import HttpProtocol
from app.adapters.connections.sockets import SocketProtocol

SECRET = "hunter2"


class Application:
    """Does with a websocket what its query says, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(0.2 if scope["path"] == "/later" else 0)
            await Response(f"{scope['method']} {scope['path']}")(scope, receive, send)
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


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def settings() -> dict[str, Any]:
    """What another server than usual is started with."""
    return {}


@pytest.fixture
def served(application: Application, settings: dict[str, Any]) -> Iterator[Serving]:
    with serving(application, **settings) as served:
        yield served


@pytest.fixture
def peer(served: Serving) -> Peer:
    return served.peer()


def assert_refused(heard: Heard, status: int, peer: Peer) -> None:
    """See that it was refused without a word."""
    assert (heard.status, heard.body, heard["content-type"]) == (status, b"", None)
    assert (heard["content-length"], heard["connection"]) == ("0", "close")
    assert peer.ended


class TestOffer:
    @pytest.mark.parametrize("path", ["/events", "/events/", "/below/events", "/below/events/", "/%65vents"])
    def test_of_a_websocket_is_taken_where_there_are_some(
        self, peer: Peer, application: Application, path: str
    ) -> None:
        heard = peer.offer(f"GET {path}?echo", "Sec-WebSocket-Protocol: 1.6.2, 1.6.1", "Sec-WebSocket-Extensions: x")
        assert (heard.status, heard["x-ours"]) == (101, "1")
        assert heard["sec-websocket-extensions"] is None
        peer.say(text("hello"))
        assert peer.heard() == "hello"
        [scope] = application.scopes
        assert scope["client"] == peer.socket.getsockname()
        assert (scope["path"].removesuffix("/"), scope["query_string"]) == (
            path.replace("%65", "e").removesuffix("/"),
            b"echo",
        )
        assert scope["subprotocols"] == ["1.6.2", "1.6.1"]

    @pytest.mark.parametrize(
        ("line", "status"),
        [
            ("POST /events", 200),
            ("HEAD /events", 200),
            ("GET /other", 200),
            ("GET /events/more", 200),
            ("GET /Events", 200),
            ("GET //events", 200),
        ],
    )
    def test_is_ignored_elsewhere(self, peer: Peer, line: str, status: int) -> None:
        heard = peer.ask(line, *OFFER, KEY, head=line.startswith("HEAD"))
        assert heard.status == status
        assert peer.offer().status == 101

    def test_of_something_else_is_ignored(self, peer: Peer) -> None:
        heard = peer.offer(offer=("Connection: Upgrade", "Upgrade: h2c"))
        assert (heard.status, heard.body) == (200, b"GET /events")

    def test_by_http_1_0_is_ignored(self, peer: Peer) -> None:
        peer.say("GET /events HTTP/1.0\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*OFFER, KEY)), "\r\n")
        assert peer.hear().body == b"GET /events"

    def test_behind_a_request_that_is_answered_is_taken(self, peer: Peer) -> None:
        assert peer.ask("GET /later").body == b"GET /later"
        assert peer.offer().status == 101

    def test_behind_a_request_that_is_being_answered_is_ignored(self, peer: Peer) -> None:
        peer.say("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.05)
        assert peer.offer().body == b"GET /later"
        assert peer.hear().body == b"GET /events"
        assert peer.offer().status == 101

    def test_in_one_piece_with_a_request_before_it_is_ignored(self, peer: Peer) -> None:
        offer = "".join(f"{field}\r\n" for field in (*OFFER, KEY))
        peer.say(f"GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /events HTTP/1.1\r\nHost: x\r\n{offer}\r\n")
        assert [peer.hear().body, peer.hear().body] == [b"GET /later", b"GET /events"]

    @pytest.mark.parametrize("wish", ["echo", "later"])
    def test_may_have_frames_behind_it(self, peer: Peer, wish: str) -> None:
        fields = "".join(f"{field}\r\n" for field in ("Host: x", *OFFER, KEY))
        peer.say(f"GET /events?{wish} HTTP/1.1\r\n{fields}\r\n", ping(b"early"), text("hello"))
        assert peer.hear().status == 101
        assert [peer.frame(), peer.frame()] == [(Opcode.PONG, b"early"), (Opcode.TEXT, b"hello")]

    def test_leaves_nothing_of_http_behind(self, served: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither the time for header fields nor that of an idle connection ends a websocket."""
        monkeypatch.setattr(protocol, "_FIELD_SECONDS", 0.2)
        served.server.config.timeout_keep_alive = 0
        peer = served.peer().opened()
        time.sleep(0.5)
        peer.say(text("still here"))
        assert peer.heard() == "still here"


class TestCounts:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"limit_concurrency": 8}

    def test_a_connection_once_and_a_socket_while_it_is_open(self, served: Serving) -> None:
        before = HttpProtocol.open
        peer = served.peer()
        assert peer.ask("GET /").status == 200
        assert (HttpProtocol.open, SocketProtocol.open) == (before + 1, 0)
        peer.opened()
        assert (HttpProtocol.open, SocketProtocol.open) == (before + 1, 1)
        peer.close()
        assert eventually(lambda: (HttpProtocol.open, SocketProtocol.open) == (before, 0))

    def test_no_socket_that_is_refused(self, served: Serving) -> None:
        before = HttpProtocol.open
        peer = served.peer()
        assert_refused(peer.offer("GET /events?close"), 403, peer)
        peer.close()
        assert eventually(lambda: HttpProtocol.open == before)
        assert SocketProtocol.open == 0

    def test_sockets_among_the_connections_of_which_there_may_be_so_many(self, served: Serving) -> None:
        peers = [served.peer().opened() for _ in range(8)]
        refused = served.peer()
        assert refused.offer().status == 503
        peers[0].say(text("still here"))
        assert peers[0].heard() == "still here"
        for peer in (refused, peers[1]):
            peer.close()
        assert eventually(lambda: len(served.server.server_state.connections) == 7)
        assert served.peer().offer().status == 101


class TestRefusal:
    @pytest.mark.parametrize(("wish", "status"), [("deny", 401), ("close", 403), ("leave", 500), ("crash", 500)])
    def test_by_the_application_has_no_words(self, peer: Peer, wish: str, status: int) -> None:
        heard = peer.offer(f"GET /events?{wish}")
        assert_refused(heard, status, peer)
        assert [name for name, _ in heard.fields].count("date") == (0 if wish == "deny" else 1)

    def test_has_those_that_the_application_gives(self, peer: Peer) -> None:
        heard = peer.offer("GET /events?deny={}")
        assert (heard.status, heard.json, heard["content-length"], heard["connection"]) == (401, {}, "2", "close")
        assert peer.ended

    @pytest.mark.parametrize(
        ("offer", "status"),
        [
            (OFFER, 400),
            ((*OFFER, "Sec-WebSocket-Key: eA=="), 400),
            ((*OFFER, KEY, KEY), 400),
            ((*OFFER, KEY, "Content-Length: 1"), 400),
            ((*OFFER, KEY, "Transfer-Encoding: chunked"), 400),
            ((*OFFER, KEY, "Upgrade: websocket"), 426),
            ((*OFFER[:2], "Sec-WebSocket-Version: 8", KEY), 426),
            ((*OFFER[:2], KEY), 426),
            ((*OFFER, KEY, f"X: {'x' * 8192}"), 431),
            ((*OFFER, KEY, *["X: x"] * 125), 431),
        ],
    )
    def test_of_a_bad_handshake_has_none(self, peer: Peer, offer: tuple[str, ...], status: int) -> None:
        heard = peer.offer(offer=offer)
        assert_refused(heard, status, peer)
        assert heard["upgrade"] == ("websocket" if status == 426 else None)

    def test_of_another_version_says_which_there_is(self, peer: Peer) -> None:
        heard = peer.offer(offer=(*OFFER[:2], "Sec-WebSocket-Version: 8", KEY))
        assert heard["sec-websocket-version"] == "13"

    def test_of_a_long_target_has_none(self, peer: Peer) -> None:
        assert_refused(peer.offer(f"GET /events?{'x' * 8192}"), 414, peer)


class TestMessage:
    def test_of_bytes_is_heard(self, peer: Peer, application: Application) -> None:
        peer.opened().say(binary(b"\xff"))
        assert eventually(lambda: application.heard == [b"\xff"])
        assert type(application.heard[0]) is bytes

    def test_in_parts_is_put_together(self, peer: Peer) -> None:
        peer.opened().say(text("hé".encode()[:2], fin=False), ping(b"between"), more("hé".encode()[2:], fin=True))
        assert [peer.frame(), peer.frame()] == [(Opcode.PONG, b"between"), (Opcode.TEXT, "hé".encode())]

    def test_of_64_kib_is_heard(self, peer: Peer, application: Application) -> None:
        peer.opened().say(text("x" * 65536))
        assert eventually(lambda: application.heard == ["x" * 65536])

    def test_of_many_empty_parts_is_heard_as_what_it_is(self, peer: Peer) -> None:
        peer.opened().say(text("x", fin=False), more(b"") * 5000, more(b"y", fin=True))
        assert peer.heard() == "xy"

    @pytest.mark.parametrize(
        "frames",
        [
            pytest.param(text("x" * 65537), id="at once"),
            pytest.param(text("x" * 65536, fin=False) + more(b"x"), id="in parts"),
            pytest.param(text("x" * 65537)[:12], id="only announced"),
        ],
    )
    def test_of_more_is_refused(self, peer: Peer, application: Application, frames: bytes) -> None:
        peer.opened().say(frames)
        assert peer.closed() == 1009
        assert eventually(lambda: application.heard == [1009])

    def test_of_much_more_is_refused_in_a_way_that_the_client_hears(self, peer: Peer) -> None:
        peer.opened().say(text("x" * 5_000_000))
        assert peer.closed() == 1009

    @pytest.mark.parametrize("frames", [text(b"\xff"), text(b"\xc3", fin=False) + more(b"\xff", fin=True)])
    def test_that_is_no_text_is_refused(self, peer: Peer, application: Application, frames: bytes) -> None:
        peer.opened().say(frames, ping(), text("behind it"))
        assert peer.closed() == 1007
        assert eventually(lambda: application.heard == [1007])

    @pytest.mark.parametrize(
        "frames", [b"\x81\x01x", b"\xf1\x80xxxx", b"\x83\x80xxxx", more(b"x"), text("x", fin=False) + text("y")]
    )
    def test_that_is_none_is_refused(self, peer: Peer, application: Application, frames: bytes) -> None:
        peer.opened().say(frames)
        assert peer.closed() == 1002
        assert eventually(lambda: application.heard == [1002])

    def test_behind_a_close_is_not_heard(self, peer: Peer, application: Application) -> None:
        peer.opened().say(text("x"), close(4000), text("y"))
        assert peer.closed() == 4000
        assert eventually(lambda: application.heard == ["x", 4000])


class TestFlood:
    def test_of_pings_is_answered_by_the_last(self, peer: Peer) -> None:
        peer.opened().say(*(ping(b"%d" % number) for number in range(1000)))
        pongs = []
        while (pong := peer.frame())[1] != b"999":
            pongs.append(pong)
        assert len(pongs) < 100
        assert {opcode for opcode, _ in pongs} <= {Opcode.PONG}

    @pytest.mark.parametrize(
        "frames",
        [
            pytest.param(ping() * 200_000, id="pings"),
            pytest.param(text("", fin=False) + more(b"") * 200_000, id="empty parts"),
            pytest.param(text("") * 150_000, id="empty texts"),
        ],
    )
    def test_holds_up_nobody_else(self, served: Serving, frames: bytes) -> None:
        flooding, other = served.peer().opened(), served.peer().opened()
        flooding.socket.setblocking(False)
        longest = 0.0
        while frames and longest < 0.1:
            try:
                frames = frames[flooding.socket.send(frames[:262_144]) :]
            except BlockingIOError:
                frames = frames[65_536:] if longest else frames
            began = time.monotonic()
            other.say(text("x"))
            other.heard()
            longest = max(longest, time.monotonic() - began)
            if time.monotonic() - began > 5:
                break
        assert longest < 0.1
