"""What is still answered when a server has been told to end, and what is not."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from databases import name_of
from hostile_documents import ENDLESS
from processes import PATIENCE, Begin, Server, eventually
from sharing import Sharer
from stores import MEBIBYTE, in_folder
from wire import Connect, Wire

ROOM = "/api/realtime/room"
JSON = "Content-Type: application/json"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
ENDLESS_PAGE = ENDLESS[0].content


@pytest.fixture(
    params=[
        pytest.param("1", id="one process"),
        pytest.param("2", id="two workers", marks=pytest.mark.long),
    ]
)
def processes(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"ENFILADE_WORKERS": request.param}


def is_answered(connection: socket.socket) -> bool:
    """Ask on a connection that there is already, and return whether there was an answer."""
    with connection, contextlib.suppress(ConnectionError):
        connection.sendall(LIVE)
        return connection.recv(65536).startswith(b"HTTP/1.1 204 ")
    return False


class TestDrainSeconds:
    def test_nobody_is_sent_here_any_more_and_whoever_comes_is_answered(
        self, begin: Begin, foreign: dict[str, str], processes: dict[str, str]
    ) -> None:
        server = begin(**foreign, **processes, ENFILADE_DRAIN_SECONDS="2")
        with server.client(**{"x-vcs-token": server.create_key()}) as client:
            assert client.get("/health/ready").status_code == 204
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            time.sleep(0.3)
            dates = set()
            while time.monotonic() < began + 1.5:
                ready = server.get("/health/ready")
                assert ready.status_code == 500
                dates.add(ready.headers["date"])
                with server.client() as another:
                    assert another.head("/health/ready").status_code == 500
                assert server.get("/health/live").status_code == 204
                made = client.post(ROOM, json={})
                assert (made.status_code, made.headers.get("connection")) == (200, None)
                time.sleep(0.05)
            assert len(dates) > 1, "the time of an answer is not its own"
            assert server.process.wait(PATIENCE) == 0
            assert 2 <= time.monotonic() - began < 10


class TestConnections:
    def test_that_the_kernel_has_accepted_are_answered(
        self, begin: Begin, foreign: dict[str, str], processes: dict[str, str]
    ) -> None:
        server = begin(**foreign, **processes)
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        answered = []
        with ThreadPoolExecutor(50) as clients:
            threading.Timer(0.2, server.process.send_signal, (signal.SIGTERM,)).start()
            with contextlib.suppress(ConnectionRefusedError):
                while True:
                    answered.append(clients.submit(is_answered, socket.create_connection(address, PATIENCE)))
                    time.sleep(0.001)
        lost = [number for number, one in enumerate(answered) if not one.result()]
        assert (lost, len(answered) > 50) == ([], True)
        assert server.process.wait(PATIENCE) == 0

    def test_that_are_idle_have_a_second_for_their_last_request(
        self, begin: Begin, foreign: dict[str, str], processes: dict[str, str], connect: Connect
    ) -> None:
        server = begin(**foreign, **processes)
        kept, silent = connect(server.url), connect(server.url)
        for wire in (kept, silent):
            assert wire.ask("GET /health/live")["connection"] is None
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        heard = kept.ask("GET /health/live")
        assert (heard.status, heard["connection"]) == (204, "close")
        assert kept.ended
        assert silent.ended
        assert server.process.wait(PATIENCE) == 0


class TestShutdownSeconds:
    """What takes longer is cut."""

    @pytest.fixture
    def server(self, begin: Begin, sharer: Sharer, folder: Path, processes: dict[str, str]) -> Server:
        kept = in_folder(folder).settings
        return begin(**sharer.settings, **kept, **processes, ENFILADE_SHUTDOWN_SECONDS="1")

    def _hears_503(self, wire: Wire) -> None:
        heard = wire.hear()
        assert (heard.status, heard.body, heard["connection"]) == (503, b"", "close")
        assert wire.ended

    def test_a_body_an_upload_and_a_preview_hear_503(
        self, server: Server, sharer: Sharer, connect: Connect, folder: Path
    ) -> None:
        room = sharer.room(server)
        key = server.create_key()
        body, upload = connect(server.url), connect(server.url)
        assert body.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, "Content-Length: 9", "Expect: 100-continue")
        sharer.begin_to_send(upload, room, f"Content-Length: {MEBIBYTE}", "Expect: 100-continue")
        assert upload.hear().status == 100
        upload.say(b"x" * 65536)
        with ThreadPoolExecutor(1) as elsewhere:
            preview = elsewhere.submit(
                room.client.post, "/preview/pdf/16x16/thumbnail", files={"file": ("a", ENDLESS_PAGE)}
            )
            assert eventually(lambda: any("anyio.to_process" in line for line in server.left().values()))
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            self._hears_503(body)
            self._hears_503(upload)
            assert (preview.result().status_code, preview.result().content) == (503, b"")
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 5
        assert eventually(lambda: server.left() == {})
        assert server.log.count(" status=503 ") == 3
        assert "Traceback" not in server.log

    def test_an_upload_that_is_there_in_time_is_kept(
        self, begin: Begin, sharer: Sharer, folder: Path, processes: dict[str, str], connect: Connect
    ) -> None:
        server = begin(**sharer.settings, **in_folder(folder).settings, **processes)
        room, upload = sharer.room(server), connect(server.url)
        sharer.begin_to_send(upload, room, f"Content-Length: {10 * MEBIBYTE}", "Expect: 100-continue")
        assert upload.hear().status == 100
        upload.say(b"x" * MEBIBYTE)
        server.process.send_signal(signal.SIGTERM)
        for _ in range(9):
            time.sleep(0.1)
            upload.say(b"x" * MEBIBYTE)
        assert upload.hear().status == 201
        assert upload.ended
        assert server.process.wait(PATIENCE) == 0
        [size] = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        assert size == 10 * MEBIBYTE


class TestAPostgresThatHangs:
    """Its sessions do nothing any more, nor do they end."""

    @pytest.fixture
    def hang(self, foreign: dict[str, str]) -> Iterator[Callable[[], None]]:
        name, stopped = name_of(foreign["ENFILADE_DATABASE_URL"]), list[int]()

        def hang() -> None:
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    title = (process / "cmdline").read_text()
                    if title.startswith("postgres: ") and f" {name} " in title:
                        os.kill(int(process.name), signal.SIGSTOP)
                        stopped.append(int(process.name))
            assert stopped

        yield hang
        for number in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)

    @pytest.mark.long  # sixteen seconds
    def test_is_not_waited_for(
        self, begin: Begin, foreign: dict[str, str], processes: dict[str, str], hang: Callable[[], None]
    ) -> None:
        server = begin(**foreign, **processes, ENFILADE_SHUTDOWN_SECONDS="1")
        with server.client(**{"x-vcs-token": server.create_key()}) as client, ThreadPoolExecutor(1) as elsewhere:
            assert client.get(ROOM).status_code == 200
            hang()
            asked = elsewhere.submit(client.get, ROOM)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert (asked.result().status_code, asked.result().content) == (503, b"")
            assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 15
        assert "Traceback" not in server.log


@pytest.mark.long
def test_a_worker_that_hangs_is_not_waited_for(begin: Begin, foreign: dict[str, str]) -> None:
    server = begin(**foreign, ENFILADE_WORKERS="2", ENFILADE_SHUTDOWN_SECONDS="1")
    hung = min(server.workers)
    os.kill(hung, signal.SIGSTOP)
    assert server.end() == 0
    assert f"worker {hung} does not end: it is killed" in server.log
    assert eventually(lambda: server.left() == {})
