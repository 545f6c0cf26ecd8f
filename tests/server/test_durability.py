"""What was answered with 200 stays, however the server ends; and nothing of it is left running."""

import contextlib
import fcntl
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
CLIENTS = 8


def create_until_it_dies(running: Any, key: str, answered: list[str], enough: threading.Event) -> None:
    with contextlib.suppress(httpx.TransportError), running.client(**{"x-vcs-token": key}) as client:
        while (answer := client.post(ROOM)).status_code == 200:
            answered.append(answer.json()["room"]["id"])
            if len(answered) > 200:
                enough.set()


def created_until_killed(running: Any, key: str) -> list[str]:
    """Let clients create rooms side by side, kill the server meanwhile, and return what they were answered."""
    answered: list[str] = []
    enough = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        work = [clients.submit(create_until_it_dies, running, key, answered, enough) for _ in range(CLIENTS)]
        assert enough.wait(30)
        running.end(signal.SIGKILL)
    for one in work:
        one.result()
    return answered


def every_room(running: Any, key: str) -> set[str]:
    """Read the list page by page."""
    found: set[str] = set()
    with running.client(**{"x-vcs-token": key}) as client:
        page = client.get(ROOM, params={"numberOfRecords": 100}).json()
        while page["data"]:
            found |= {room["id"] for room in page["data"]}
            page = client.get(ROOM, params={"numberOfRecords": 100, "token": page["token"]}).json()
    return found


def postgres_is_gone(data: Path, seconds: float = 0) -> bool:
    """Whether nobody holds the lock that every process of the embedded Postgres inherits."""
    deadline = time.monotonic() + seconds
    with (data / "locks/postgres").open("r+") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
            else:
                return True


class TestKilled:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_every_room_that_was_answered_is_there_afterwards(self, begin: Any, workers: str) -> None:
        first = begin(ENFILADE_WORKERS=workers)
        key = first.enfilade("keys", "create", "vcs")["api_key"]
        answered = created_until_killed(first, key)
        again = begin(ENFILADE_WORKERS=workers, ENFILADE_PORT=first.url.rpartition(":")[2])
        assert len(answered) > 200
        assert set(answered) - every_room(again, key) == set()

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_nothing_is_left_running(self, begin: Any, left_of: Any, workers: str) -> None:
        running = begin(ENFILADE_WORKERS=workers)
        running.end(signal.SIGKILL)
        assert postgres_is_gone(running.data, seconds=10)
        assert left_of(running.data) == {}


class TestTerminated:
    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_it_finishes_what_it_does_and_leaves_nothing(
        self, begin: Any, connect: Any, left_of: Any, workers: str
    ) -> None:
        running = begin(ENFILADE_WORKERS=workers)
        key = running.enfilade("keys", "create", "vcs")["api_key"]
        wire = connect(running.url)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\nContent-Type: application/json\r\n")
        wire.say("Content-Length: 18\r\n\r\n")
        time.sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        wire.say('{"name":"at last"}')
        assert wire.hear().status == 200
        assert wire.ended
        assert running.process.wait(20) == 0
        assert postgres_is_gone(running.data)
        assert left_of(running.data) == {}

    def test_it_waits_no_longer_than_shutdown_seconds(self, begin: Any, foreign: Any, connect: Any) -> None:
        running = begin(**foreign, ENFILADE_SHUTDOWN_SECONDS="1")
        key = running.enfilade("keys", "create", "vcs")["api_key"]
        wire = connect(running.url)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\nContent-Type: application/json\r\n")
        wire.say("Content-Length: 18\r\n\r\n")
        time.sleep(0.2)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(8) == 0

    def test_by_ctrl_c_it_ends_as_cleanly(self, begin: Any, foreign: Any) -> None:
        running = begin(**foreign)
        assert running.end(signal.SIGINT) in {0, 130}
        assert "Traceback" not in running.log.read_text()
        assert "Aborted" not in running.log.read_text()
