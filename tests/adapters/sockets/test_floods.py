"""A client who says far too much."""

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest
from peers import Peer, more, ping, text
from socket_servers import LARGE, Serving
from websockets.frames import Opcode


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
        flood = threading.Thread(target=_poured, args=(flooding, frames))
        flood.start()
        end = time.monotonic() + 0.5
        waited = list(iter(lambda: _round_trip(other) if time.monotonic() < end else None, None))
        assert flood.is_alive()
        flooding.reset()
        flood.join()
        assert max(waited) < 0.1

    def test_is_not_taken_in_for_later(self, peer: Peer) -> None:
        peer.opened().socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        peer.socket.settimeout(0.05)
        said, end = 0, time.monotonic() + 0.5
        while said < 10_000_000 and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                said += peer.socket.send(ping() * 10_000)
        assert said < 2_000_000

    def test_of_what_we_say_is_followed_by_the_answer_to_a_ping(self, peer: Peer) -> None:
        peer.opened("GET /events?burst")
        time.sleep(0.1)
        peer.say(ping(b"meanwhile"))
        time.sleep(0.1)
        assert [len(peer.frame()[1]), peer.frame()] == [LARGE, (Opcode.PONG, b"meanwhile")]

    def test_of_pings_whose_answers_nobody_takes_is_answered_by_the_last(self, peer: Peer) -> None:
        peer.opened("GET /events?flood")
        time.sleep(0.2)
        peer.say(*(ping(b"%0125d" % number) for number in range(1000)))
        time.sleep(0.9)
        pongs = 0
        while (frame := peer.frame())[1] != b"%0125d" % 999:
            pongs += frame[0] is Opcode.PONG
        assert pongs < 20


@pytest.mark.long
class TestFloodThatLasts:
    settings: ClassVar = {"ws_ping_interval": None}  # what the client says to ours is behind his flood

    def test_of_a_million_pings_takes_no_memory(self, peer: Peer) -> None:
        peer.opened()
        flood = ping() * 10_000
        Path("/proc/self/clear_refs").write_text("5")  # forget how much it has ever been
        before = most_memory()
        for number in range(100):
            peer.say(flood, ping(b"%d" % number))
        while peer.frame()[1] != b"99":
            pass
        assert most_memory() - before < 2_000_000


def most_memory() -> int:
    """Return how much of it this process has had at most."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def _poured(peer: Peer, frames: bytes) -> None:
    with contextlib.suppress(OSError):
        while True:
            peer.say(frames)


def _round_trip(peer: Peer) -> float:
    began = time.monotonic()
    peer.say(text("x"))
    assert peer.heard() == "x"
    return time.monotonic() - began
