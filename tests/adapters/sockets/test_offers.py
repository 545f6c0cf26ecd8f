"""Which requests for a websocket are taken, and how connections and sockets are counted."""

import socket
import time
from typing import ClassVar

import pytest
from peers import KEY, OFFER, Peer, assert_refused, ping, text
from processes import eventually
from socket_servers import LARGE, Application, Serving, serving
from websockets.frames import Opcode

from app.adapters.connections import protocol
from app.adapters.connections.protocol import HttpProtocol
from app.adapters.connections.sockets import SocketProtocol


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
        """Neither the time for header fields, nor that for answers, nor that of an idle connection ends a websocket."""
        monkeypatch.setattr(protocol, "_TAKING_SECONDS", 0.2)
        monkeypatch.setattr(protocol, "_FIELD_SECONDS", 0.2)
        monkeypatch.setattr(served.server.config, "timeout_keep_alive", 0.3)
        peer = served.peer()
        peer.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        peer.say("GET /events HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*OFFER, KEY)), "\r\n")
        time.sleep(0.5)
        assert [len(peer.hear().body), peer.hear().status] == [LARGE, 101]
        peer.say(text("still here"))
        assert peer.heard() == "still here"


def test_a_client_of_ipv4_is_one_on_a_listener_of_ipv6_too(application: Application) -> None:
    both = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    with serving(application, both) as served:
        served.peer().opened()
        assert application.scopes[0]["client"][0] == "127.0.0.1"
        served.dismiss()


class TestCounts:
    settings: ClassVar = {"limit_concurrency": 8}

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
