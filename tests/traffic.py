"""Clients that keep their connections, ask with hardly a pause and never twice, and a balancer before servers."""

import contextlib
import http.client
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from sharing import Sharer

VCS = "/api/realtime/room"
CHATS = "/rooms"
_TIMES = {
    VCS: "SELECT name, count(*) FROM conference WHERE name LIKE 'load %' GROUP BY 1",
    CHATS: "SELECT name, count(*) FROM room WHERE name LIKE 'load %' GROUP BY 1",
}
_CLIENTS = 8
_PAUSE_SECONDS = 0.01  # a machine with two cores has to start servers meanwhile
_PROBE_SECONDS = 0.1
_READY = {204, 429}


class Backend:
    """A port as a balancer sees it: asked again and again whether it is ready."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.spell = 0
        """Counts how often it has become ready: connections of an earlier time are not used any more."""
        self.is_ready = False

    def watch(self, over: threading.Event) -> None:
        while not over.wait(_PROBE_SECONDS):
            was, self.is_ready = self.is_ready, self._answers()
            self.spell += self.is_ready and not was

    def _answers(self) -> bool:
        probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(probe), contextlib.suppress(OSError, http.client.HTTPException):
            probe.request("GET", "/health/ready")
            return probe.getresponse().status in _READY
        return False


class Client:
    """Asks one thing after the other; `place()` says each time on which port, and since when that is so."""

    def __init__(self, place: Callable[[], tuple[int, int]], **headers: str) -> None:
        self._place = place
        self._headers = headers
        self._connections: dict[tuple[int, int], http.client.HTTPConnection] = {}

    def ask(self, method: str, path: str, body: object = None) -> int:
        connection = self._connection(self._place())
        said = None if body is None else json.dumps(body)
        connection.request(method, path, said, {"Content-Type": "application/json", **self._headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def _connection(self, place: tuple[int, int]) -> http.client.HTTPConnection:
        if place not in self._connections:
            self._connections[place] = http.client.HTTPConnection("127.0.0.1", place[0], timeout=30)
        return self._connections[place]

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


@dataclass
class Traffic:
    """What was asked, and what of it went wrong."""

    sharer: Sharer
    faults: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    made: dict[str, list[str]] = field(default_factory=lambda: {VCS: [], CHATS: []})

    def go_on(self, more: int = 100) -> None:
        """Wait until so many more were answered, or one was not."""
        enough = self.asked.total() + more
        while self.asked.total() < enough and not self.faults:
            threading.Event().wait(0.01)

    def assert_whole(self) -> None:
        """See that nothing failed, and that all that was made is there once."""
        assert self.faults == []
        for path, names in self.made.items():
            assert len(names) > 20
            assert {row["name"]: row["count"] for row in self.sharer.sql(_TIMES[path])} == dict.fromkeys(names, 1)

    def load(self, over: threading.Event, client: Client, method: str, path: str) -> None:
        numbers = itertools.count()
        with contextlib.closing(client):
            while not over.wait(_PAUSE_SECONDS):
                name = f"load {id(client)} {next(numbers)}"
                try:
                    status = client.ask(method, path, self._body(path, name) if method == "POST" else None)
                except (OSError, http.client.HTTPException) as error:
                    self.faults.append(f"{method} {path}: {error!r}")
                    continue
                self.asked[f"{method} {path}"] += 1
                if status not in {200, 201}:
                    self.faults.append(f"{method} {path}: {status}")
                elif method == "POST":
                    self.made[path].append(name)

    def _body(self, path: str, name: str) -> object:
        return {"name": name} if path == VCS else {"type": "group", "name": name, "membersIds": self.sharer.others}


@contextlib.contextmanager
def flowing(sharer: Sharer, key: str, place: Callable[[], tuple[int, int]]) -> Iterator[Traffic]:
    """Let two APIs be read and written as long as the block runs."""
    sharer.sql("DELETE FROM conference WHERE name LIKE 'load %'")
    sharer.sql("DELETE FROM room WHERE name LIKE 'load %'")
    traffic, over = Traffic(sharer), threading.Event()
    own: dict[str, dict[str, str]] = {VCS: {"x-vcs-token": key}, CHATS: {"Cookie": f"ZM_AUTH_TOKEN={sharer.token}"}}
    reads = {VCS: VCS, CHATS: f"/users/{sharer.others[0]}"}
    what = [(api, *each) for api, path in reads.items() for each in (("GET", path), ("POST", api))]
    threads = [
        threading.Thread(target=traffic.load, args=(over, Client(place, **own[api]), method, path))
        for api, method, path in what * (_CLIENTS // len(what))
    ]
    for thread in threads:
        thread.start()
    try:
        traffic.go_on()
        yield traffic
        traffic.go_on()
    finally:
        over.set()
        for thread in threads:
            thread.join()


class Balancer:
    """Knows which servers are ready, and gives each in turn."""

    def __init__(self, ports: list[int]) -> None:
        self._backends = [Backend(port) for port in ports]
        self._turns = itertools.count()

    def place(self) -> tuple[int, int]:
        ready = [(backend.port, backend.spell) for backend in self._backends if backend.is_ready]
        assert ready, "no server is ready"
        return ready[next(self._turns) % len(ready)]

    def is_ready(self, port: int) -> bool:
        return any(backend.is_ready for backend in self._backends if backend.port == port)

    @contextlib.contextmanager
    def watching(self) -> Iterator[Self]:
        over = threading.Event()
        threads = [threading.Thread(target=backend.watch, args=(over,)) for backend in self._backends]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            over.set()
            for thread in threads:
                thread.join()
