"""What the log says of websockets."""

import logging

import pytest
from peers import Peer, close, ping, text
from processes import eventually
from socket_servers import Serving

SECRET = "hunter2"


class TestLog:
    def test_has_no_line_of_uvicorn_or_websockets(self, served: Serving, caplog: pytest.LogCaptureFixture) -> None:
        caplog.clear()
        caplog.set_level(logging.INFO)
        for wish in ("echo", "deny", "close"):
            served.peer().offer(f"GET /events?{wish}={SECRET}")
        for frames in (text(b"\xff") + ping(), text("x" * 65537), b"\xff\xff", text("x") + close()):
            peer = served.peer().opened(f"GET /events?echo={SECRET}")
            peer.say(frames)
            peer.closed()
        assert caplog.records == []

    @pytest.mark.parametrize("wish", ["crash", "accept_and_crash"])
    def test_tells_of_a_fault_of_ours(self, peer: Peer, caplog: pytest.LogCaptureFixture, wish: str) -> None:
        caplog.clear()
        peer.offer(f"GET /events?{wish}={SECRET}")
        assert eventually(lambda: caplog.records)
        [record] = caplog.records
        assert (record.name, record.getMessage()) == ("enfilade.sockets", "crash")
        assert "a fault of ours" in caplog.text
        assert SECRET not in caplog.text
