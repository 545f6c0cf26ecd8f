"""Which messages are heard, and which end a websocket."""

import time

import pytest
from peers import Peer, binary, close, more, ping, text
from processes import eventually
from socket_servers import Application, Serving
from websockets.frames import Opcode

from app.adapters.connections.sockets import SocketProtocol


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

    def test_of_many_parts_is_kept_as_one(self, served: Serving, peer: Peer) -> None:
        peer.opened().say(text("x", fin=False), more(b"") * 5000, more(b"y") * 1000)
        [connection] = served.server.server_state.connections
        assert isinstance(connection, SocketProtocol)
        assert eventually(lambda: sum(map(len, connection.frames)) == 1001)
        assert len(connection.frames) == 1
        peer.say(more(b"z", fin=True))
        assert peer.heard() == "x" + "y" * 1000 + "z"

    def test_that_the_application_does_not_take_is_not_read(self, served: Serving, peer: Peer) -> None:
        peer.opened("GET /events?deaf").say(text("") * 20_000)
        [connection] = served.server.server_state.connections
        assert isinstance(connection, SocketProtocol)
        assert eventually(lambda: connection.queue.qsize() > 0)
        time.sleep(0.3)
        assert connection.queue.qsize() < 500

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

    @pytest.mark.parametrize(
        "frames", [text(b"\xff"), text(b"\xc3", fin=False) + more(b"\xff", fin=True)], ids=["whole", "in parts"]
    )
    def test_that_is_no_text_is_refused(self, peer: Peer, application: Application, frames: bytes) -> None:
        peer.opened().say(frames, ping(), text("behind it"))
        assert peer.closed() == 1007
        assert eventually(lambda: application.heard == [1007])

    @pytest.mark.parametrize(
        "frames",
        [
            pytest.param(b"\x81\x01x", id="not masked"),
            pytest.param(b"\xf1\x80xxxx", id="of an extension"),
            pytest.param(b"\x83\x80xxxx", id="of an unknown kind"),
            pytest.param(more(b"x"), id="a part of nothing"),
            pytest.param(text("x", fin=False) + text("y"), id="within another"),
            pytest.param(text("x", fin=False) + close(), id="never completed"),
            pytest.param(close(1005), id="closing with no code"),
            pytest.param(b"\x89\xfe\x00\x7exxxx" + b"x" * 126, id="too large a ping"),
        ],
    )
    def test_that_is_none_is_refused(self, peer: Peer, application: Application, frames: bytes) -> None:
        peer.opened().say(frames)
        assert peer.closed() == 1002
        assert eventually(lambda: application.heard == [1002])

    def test_behind_a_close_is_not_heard(self, peer: Peer, application: Application) -> None:
        peer.opened().say(text("x"), close(4000), text("y"))
        assert peer.closed() == 4000
        assert eventually(lambda: application.heard == ["x", 4000])
