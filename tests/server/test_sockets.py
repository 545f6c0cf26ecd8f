"""Websockets of a running server: where they are opened, what they may bring, and how they end with it."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from peers import Peer, assert_refused, binary, text
from processes import Begin, Server
from sharing import Sharer, sharer_on

SECRET = "hunter2"
PATHS = ("/events", "/events/", "/services/chats/events", "/services/chats/events/")
PING, PONG = text('{"type":"ping"}'), '{"type":"pong"}'

Call = Callable[[Server], Peer]
Open = Callable[..., Peer]


@pytest.fixture(scope="module")
def sharer(server: Server) -> Iterator[Sharer]:
    """Somebody of the server that all tests share."""
    with (sharer := sharer_on(server.environment["ENFILADE_DATABASE_URL"])).clients:
        yield sharer


@pytest.fixture
def call() -> Iterator[Call]:
    """Connect to a server."""
    with contextlib.ExitStack() as peers:

        def call(server: Server) -> Peer:
            peer = Peer(server.url)
            peers.callback(peer.close)
            return peer

        yield call


@pytest.fixture
def open_on(call: Call, sharer: Sharer) -> Open:
    """Open a websocket on a server."""

    def opened(server: Server, path: str = "/events") -> Peer:
        peer = call(server)
        assert peer.offer(f"GET {path}?secret={SECRET}", f"Cookie: ZM_AUTH_TOKEN={sharer.token}").status == 101
        assert '"websocketConnected"' in peer.heard()
        return peer

    return opened


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
@pytest.mark.long
def test_websockets_end_with_their_server_and_leave_no_query_in_the_log(
    begin: Begin, sharer: Sharer, open_on: Open, workers: str
) -> None:
    server = begin(**sharer.settings, ENFILADE_WORKERS=workers)
    peers = [open_on(server, path) for path in PATHS]
    for peer in peers:
        peer.say(PING)
        assert peer.heard() == PONG
    began = time.monotonic()
    assert server.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 8
    assert [peer.closed() for peer in peers] == [1001] * len(PATHS)
    assert "Traceback" not in server.log
    assert SECRET not in server.log
    assert server.log.count(" operation=GET /events status=101 ") == len(PATHS)


class TestOnAServer:
    def test_messages_may_have_64_kib_and_no_more(self, server: Server, open_on: Open) -> None:
        peer = open_on(server)
        peer.say(binary(b"x" * 65536), PING)
        assert peer.heard() == PONG
        peer.say(binary(b"x" * 65537))
        assert peer.closed() == 1009

    def test_no_compression_is_taken(self, server: Server, call: Call, sharer: Sharer) -> None:
        fields = (f"Cookie: ZM_AUTH_TOKEN={sharer.token}", "Sec-WebSocket-Extensions: permessage-deflate")
        heard = call(server).offer("GET /events", *fields)
        assert (heard.status, heard["sec-websocket-extensions"]) == (101, None)

    def test_refusals_have_no_words(self, server: Server, call: Call) -> None:
        peer = call(server)
        assert_refused(peer.offer(), 401, peer)

    @pytest.mark.parametrize("path", ["/api/realtime/events", "/services/events"])
    def test_there_are_none_elsewhere(self, server: Server, call: Call, path: str) -> None:
        assert call(server).offer(f"GET {path}").status == 404
