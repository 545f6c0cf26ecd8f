"""What was answered with 200 stays, however the server ends; and nothing of it is left running."""

import contextlib
import fcntl
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from processes import PATIENCE, Begin, Server, eventually
from wire import Connect, Wire

ROOM = "/api/realtime/room"
CLIENTS = 8

_TWO_IF_THERE_IS_TIME = pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
_ONE_IF_THERE_IS_TIME = pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.long), "2"])


def create_until_it_dies(server: Server, key: str, answered: list[str], enough: threading.Event) -> None:
    with contextlib.suppress(httpx.TransportError), server.client(**{"x-vcs-token": key}) as client:
        while (answer := client.post(ROOM)).status_code == 200:
            answered.append(answer.json()["room"]["id"])
            if len(answered) > 200:
                enough.set()


def created_until_killed(server: Server, key: str) -> list[str]:
    """Let clients create rooms side by side, kill the server meanwhile, and return what they were answered."""
    answered: list[str] = []
    enough = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        work = [clients.submit(create_until_it_dies, server, key, answered, enough) for _ in range(CLIENTS)]
        enough.wait(PATIENCE)
        server.end(signal.SIGKILL)
    for one in work:
        one.result()
    return answered


def every_room(server: Server, key: str) -> set[str]:
    """Read the list page by page."""
    found: set[str] = set()
    with server.client(**{"x-vcs-token": key}) as client:
        page = client.get(ROOM, params={"numberOfRecords": 100}).json()
        while page["data"]:
            found |= {room["id"] for room in page["data"]}
            page = client.get(ROOM, params={"numberOfRecords": 100, "token": page["token"]}).json()
    return found


def postgres_is_gone(server: Server) -> bool:
    """Whether nobody holds the lock that every process of the embedded Postgres inherits."""
    with (server.data / "locks/postgres").open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def serving(server: Server) -> set[int]:
    """Return its processes, but those that make previews: they come with the first question for its health."""
    return {number for number, line in server.left().items() if "anyio.to_process" not in line}


def post_without_its_body(wire: Wire, key: str) -> None:
    """Say the header of a request whose 18 bytes are to follow, and wait until the server wants them."""
    fields = (f"x-vcs-token: {key}", "Content-Type: application/json", "Content-Length: 18", "Expect: 100-continue")
    assert wire.ask(f"POST {ROOM}", *fields).status == 100


class TestKilled:
    @_TWO_IF_THERE_IS_TIME
    def test_every_room_that_was_answered_is_there_afterwards(self, begin: Begin, workers: str) -> None:
        first = begin(ENFILADE_WORKERS=workers)
        key = first.create_key()
        answered = created_until_killed(first, key)
        assert eventually(lambda: not first.workers)  # they are interrupted, and let go of the port a moment later
        again = begin(ENFILADE_WORKERS=workers, ENFILADE_PORT=first.url.rpartition(":")[2])
        assert len(answered) > 200
        assert set(answered) - every_room(again, key) == set()

    @_ONE_IF_THERE_IS_TIME
    @pytest.mark.long
    def test_nothing_is_left_running(self, begin: Begin, workers: str) -> None:
        server = begin(ENFILADE_WORKERS=workers)
        server.end(signal.SIGKILL)
        assert eventually(lambda: postgres_is_gone(server))
        assert eventually(lambda: not server.left()), server.left()


class TestTerminated:
    @_ONE_IF_THERE_IS_TIME
    def test_it_finishes_what_it_does_and_leaves_nothing(self, begin: Begin, connect: Connect, workers: str) -> None:
        server = begin(ENFILADE_WORKERS=workers)
        key = server.create_key()
        wire = connect(server.url)
        post_without_its_body(wire, key)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        wire.say('{"name":"at last"}')
        assert wire.hear().status == 200
        assert wire.ended
        assert server.process.wait(PATIENCE) == 0
        assert postgres_is_gone(server)
        assert eventually(lambda: not server.left()), server.left()

    def test_it_waits_no_longer_than_shutdown_seconds(
        self, begin: Begin, foreign: dict[str, str], connect: Connect
    ) -> None:
        server = begin(**foreign, ENFILADE_SHUTDOWN_SECONDS="1")
        key = server.create_key()
        wire = connect(server.url)
        post_without_its_body(wire, key)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(8) == 0

    @pytest.mark.usefixtures("anew")
    def test_by_ctrl_c_it_ends_as_cleanly(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign)
        assert server.end(signal.SIGINT) == 0
        assert "Traceback" not in server.log
        assert "Aborted" not in server.log

    @_TWO_IF_THERE_IS_TIME
    @pytest.mark.usefixtures("anew")
    def test_by_a_closed_terminal_it_ends_as_cleanly(self, begin: Begin, foreign: dict[str, str], workers: str) -> None:
        server = begin(**foreign, ENFILADE_WORKERS=workers)
        assert server.end(signal.SIGHUP) == 0
        assert eventually(lambda: not server.left()), server.left()

    @_TWO_IF_THERE_IS_TIME
    @pytest.mark.long
    def test_together_with_its_postgres_it_ends_as_cleanly(self, begin: Begin, workers: str) -> None:
        server = begin(ENFILADE_WORKERS=workers)
        postmaster = int((server.data / "postgres/postmaster.pid").read_text().split()[0])
        for process in (postmaster, server.process.pid):
            os.kill(process, signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert eventually(lambda: not server.left()), server.left()

    @pytest.mark.long  # eight seconds; by Ctrl-C it ends in the other tests
    def test_uvicorns_other_signals_change_nothing(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign, ENFILADE_WORKERS="2")
        before = serving(server)
        server.process.send_signal(signal.SIGWINCH)
        time.sleep(1)
        assert server.get("/health/ready").status_code == 204
        assert serving(server) == before
