"""How a websocket ends: soon, and so that the application hears of it."""

import socket
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from peers import KEY, OFFER, Peer, assert_refused, close, pong, text
from processes import eventually
from socket_servers import Application, Serving, serving
from websockets.exceptions import ConnectionClosedOK
from websockets.frames import Opcode
from websockets.sync.client import connect

from app.adapters.connections import sockets


class TestApplication:
    def test_closes_with_its_code(self, peer: Peer, application: Application) -> None:
        peer.opened("GET /events?accept_and_close=4001")
        assert peer.frame() == (Opcode.CLOSE, (4001).to_bytes(2))
        began = time.monotonic()
        peer.say(text("too late"))
        time.sleep(0.05)
        peer.say(close(4001))
        assert peer.ended
        assert time.monotonic() - began < 1
        assert application.heard == [4001]

    @pytest.mark.parametrize("wish", ["accept_and_leave", "accept_and_crash"])
    def test_that_leaves_without_a_word_closes_with_1011(self, peer: Peer, wish: str) -> None:
        peer.opened(f"GET /events?{wish}")
        peer.say(close(1011))
        assert peer.closed() == 1011

    def test_hears_that_the_client_went_away_before_he_was_answered(self, peer: Peer, application: Application) -> None:
        peer.say("GET /events?never HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*OFFER, KEY)), "\r\n")
        assert eventually(lambda: application.scopes)
        peer.close()
        assert eventually(lambda: application.heard == ["websocket.disconnect", "nobody is there"])


@pytest.fixture
def served(application: Application, settings: dict[str, Any]) -> Iterator[Serving]:
    """A server for a single test."""
    with serving(application, socket.create_server(("127.0.0.1", 0)), **settings) as served:
        yield served


def are_gone(served: Serving) -> bool:
    """Whether each connection ends soon."""
    began = time.monotonic()
    return eventually(lambda: not served.server.server_state.connections) and time.monotonic() - began < 2


@pytest.mark.usefixtures("soon")
class TestOneWhoReadsNothing:
    def test_is_cut_off_when_the_application_closes(self, served: Serving, application: Application) -> None:
        served.peer().opened("GET /events?flood=1013")
        assert eventually(lambda: application.heard == ["nobody is there", 1013])
        assert are_gone(served)

    def test_is_cut_off_when_he_has_no_more_to_say(self, served: Serving, application: Application) -> None:
        peer = served.peer().opened("GET /events?flood")
        time.sleep(0.2)
        peer.socket.shutdown(socket.SHUT_WR)
        assert eventually(lambda: application.heard == ["nobody is there", 1006])
        assert are_gone(served)

    def test_is_cut_off_when_he_has_closed(self, served: Serving, application: Application) -> None:
        peer = served.peer().opened("GET /events?flood")
        time.sleep(0.2)
        peer.say(close(1000))
        assert eventually(lambda: application.heard == ["nobody is there", 1000])
        assert are_gone(served)

    def test_does_not_delay_the_end(self, served: Serving, application: Application) -> None:
        served.peer().opened("GET /events?flood")
        time.sleep(0.2)
        began = time.monotonic()
        served.end()
        assert time.monotonic() - began < 2
        assert application.heard == ["nobody is there", 1001]


@pytest.mark.usefixtures("soon")
class TestPing:
    settings: ClassVar = {"ws_ping_interval": 0.1, "ws_ping_timeout": 0.3}

    def test_that_is_answered_keeps_a_socket_open(self, served: Serving, application: Application) -> None:
        with connect(served.url.replace("http", "ws") + "/events") as client:
            time.sleep(1)
            client.send("still here")
            assert client.recv() == "still here"
        assert eventually(lambda: application.heard == ["still here", 1000])

    def test_that_is_not_answered_ends_it(self, served: Serving, peer: Peer, application: Application) -> None:
        peer.opened()
        assert peer.closed() == 1011
        assert eventually(lambda: application.heard == [1011])
        assert are_gone(served)

    def test_that_is_not_even_read_ends_it(self, served: Serving, application: Application) -> None:
        served.peer().opened("GET /events?flood")
        assert eventually(lambda: application.heard == ["nobody is there", 1011])
        assert are_gone(served)

    def test_that_is_answered_by_who_reads_slowly_keeps_a_socket_open(self, peer: Peer) -> None:
        """What he says is read though we wait for him all the time."""
        peer.opened("GET /events?flood")
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            opcode, payload = peer.frame()
            if opcode is Opcode.PING:
                peer.say(pong(payload))
            assert opcode is not Opcode.CLOSE


@pytest.mark.usefixtures("soon")
class TestEndOfTheServer:
    def test_closes_with_1001(self, served: Serving, application: Application) -> None:
        with connect(served.url.replace("http", "ws") + "/events") as client:
            began = time.monotonic()
            served.begin_to_end()
            with pytest.raises(ConnectionClosedOK) as closed:
                client.recv()
        assert closed.value.rcvd
        assert closed.value.rcvd.code == 1001
        served.end()
        assert time.monotonic() - began < 1
        assert application.heard == [1001]

    def test_does_not_wait_for_who_does_not_answer_that(
        self, served: Serving, peer: Peer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sockets, "_CLOSING_SECONDS", 60)
        peer.opened()
        began = time.monotonic()
        served.end()
        assert time.monotonic() - began < 2
        assert peer.closed() == 1001

    def test_refuses_who_is_not_answered_yet(self, served: Serving, peer: Peer, application: Application) -> None:
        peer.say("GET /events?never HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*OFFER, KEY)), "\r\n")
        assert eventually(lambda: application.scopes)
        served.begin_to_end()
        assert_refused(peer.hear(), 503, peer)
        served.end()
        assert application.heard == ["websocket.disconnect", "nobody is there"]

    def test_refuses_who_comes_after_its_beginning(self, served: Serving, peer: Peer, application: Application) -> None:
        assert peer.ask("GET /").status == 200
        served.begin_to_end()
        assert eventually(lambda: served.server.server_state.connections and not served.server.servers[0].is_serving())
        time.sleep(0.2)
        assert_refused(peer.offer(), 503, peer)
        assert application.scopes == []
