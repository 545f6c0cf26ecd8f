"""What Prometheus is shown."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from bare import png
from ports import free_port
from processes import NO_TLS, PATIENCE, Begin, RunServer, Server, eventually
from prometheus_client.parser import text_string_to_metric_families
from sharing import Sharer

ROOM = "/api/realtime/room"
OF_ROOMS = {"api": "vcs", "operation": "GET /room"}
SECRET = "f00dfeed" * 8


@dataclass(frozen=True)
class Watched:
    """A server whose figures are shown."""

    server: Server
    key: str

    @property
    def text(self) -> str:
        url = f"http://127.0.0.1:{self.server.environment['ENFILADE_METRICS_PORT']}/metrics"
        answer = httpx.get(url, timeout=PATIENCE, verify=NO_TLS)
        assert answer.status_code == 200
        return answer.text

    def samples(self, name: str, **labels: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return the values of what has this name and, among others, these labels."""
        return {
            tuple(sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name and sample.labels.items() >= labels.items()
        }

    def sum(self, name: str, **labels: str) -> float:
        return sum(self.samples(name, **labels).values())

    def requests(self, **labels: str) -> float:
        return self.sum("enfilade_requests_total", **labels)

    def series(self) -> int:
        return sum(len(family.samples) for family in text_string_to_metric_families(self.text))

    def ask(self, times: int, **headers: str) -> None:
        """Ask for rooms, on so many connections."""
        for _ in range(times):
            self.server.get(ROOM, **{"x-vcs-token": self.key, **headers})


def watched(server: Server) -> Watched:
    return Watched(server, server.create_key())


@pytest.fixture(scope="module")
def one(run_server: RunServer, sharer: Sharer) -> Iterator[Watched]:
    with run_server(**sharer.settings, ENFILADE_METRICS_PORT=free_port()) as server:
        yield watched(server)


class TestRequests:
    def test_are_counted_by_api_operation_and_status(self, one: Watched) -> None:
        before = [one.requests(**OF_ROOMS, status=status) for status in ("200", "400")]
        one.ask(3)
        one.ask(2, **{"x-vcs-token": SECRET})
        after = [one.requests(**OF_ROOMS, status=status) for status in ("200", "400")]
        assert [now - then for now, then in zip(after, before, strict=True)] == [3, 2]

    def test_are_timed(self, one: Watched) -> None:
        one.ask(1)
        count, asked = one.sum("enfilade_request_seconds_count", **OF_ROOMS), one.requests(**OF_ROOMS)
        assert count == asked
        assert one.sum("enfilade_request_seconds_bucket", **OF_ROOMS, le="+Inf") == count
        assert 0 < one.sum("enfilade_request_seconds_sum", **OF_ROOMS) < 60 * count

    def test_of_strange_paths_and_methods_make_no_series_of_their_own(self, one: Watched, sharer: Sharer) -> None:
        room = sharer.room(one.server)
        paths = [f"{ROOM}/x", "/x", "/v2/x", f"/rooms/{room.id}", "/health", "/rooms"]
        methods = ["GET", "PROPFIND", "TRACE", "SUBSCRIBE", "MKCOL"]

        def strange(number: int) -> None:
            with one.server.client(**{"x-vcs-token": one.key}) as client:
                for path in paths:
                    for method in methods:
                        client.request(method, f"{path}{number}" if path.endswith("x") else path)

        strange(0)
        before = one.series()
        assert not [line for line in one.text.splitlines() if any(method in line for method in methods[1:])]
        for number in range(1, 4):
            strange(number)
        assert one.series() == before

    def test_show_no_secret_id_or_query(self, one: Watched, sharer: Sharer) -> None:
        room = sharer.room(one.server)
        room.client.get(f"/rooms/{room.id}", params={"secret": "of-the-query"})
        one.ask(1, **{"x-vcs-token": SECRET})
        told = one.text
        shown = [one.key, SECRET, sharer.token, room.id, "of-the-query", *sharer.others]
        assert [word for word in shown if word in told] == []


class TestTheServer:
    @pytest.mark.long
    def test_tells_how_many_connections_it_has(self, one: Watched) -> None:
        with one.server.client() as client:
            assert eventually(lambda: client.get("/health/live") and one.sum("enfilade_connections") == 1)
        assert one.sum("enfilade_connections_refused_total") == 0

    def test_tells_of_its_pool_its_previews_and_what_it_stands_on(self, one: Watched, sharer: Sharer) -> None:
        room = sharer.room(one.server)
        answer = room.client.post("/preview/image/16x16", files={"file": ("a", png())})
        assert answer.status_code == 200
        assert eventually(lambda: one.sum("enfilade_pool_connections", state="idle") > 0)
        assert set(one.samples("enfilade_pool_connections")) == {(("state", "idle"),), (("state", "used"),)}
        assert one.samples("enfilade_previews") == {(("state", "wanted"),): 0, (("state", "being_made"),): 0}
        names = ("database", "event_dispatcher", "storage_service", "previewer_service")
        well = {(("name", name),): 1.0 for name in names}
        assert eventually(lambda: one.samples("enfilade_dependency_up") == well)

    def test_shows_them_at_no_other_port(self, one: Watched) -> None:
        answer = one.server.get("/metrics")
        assert (answer.status_code, answer.content) == (404, b"")


class TestTwoWorkers:
    @pytest.mark.long
    def test_are_added_up_also_with_one_that_was_replaced(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign, ENFILADE_WORKERS="2", ENFILADE_METRICS_PORT=free_port())
        two = watched(server)
        two.ask(40)
        assert two.requests(**OF_ROOMS, status="200") == 40
        before = server.workers
        os.kill(min(before), signal.SIGKILL)
        assert eventually(lambda: len(server.workers) == 2 and server.workers != before)
        two.ask(40)
        assert two.requests(**OF_ROOMS, status="200") == 80
        assert two.sum("enfilade_request_seconds_count", **OF_ROOMS) == 80
        assert server.end() == 0


class TestThePort:
    def test_in_use_stops_the_start_in_one_line(self, launch: Begin, one: Watched, foreign: dict[str, str]) -> None:
        port = one.server.environment["ENFILADE_METRICS_PORT"]
        second = launch(**foreign, ENFILADE_METRICS_PORT=port)
        assert second.process.wait(60) == 1
        assert second.log.splitlines() == [
            f"Error: cannot listen on 127.0.0.1:{port} (Address already in use): set ENFILADE_METRICS_PORT"
        ]

    def test_unset_nothing_is_counted_or_listened_on(self, server: Server) -> None:
        assert server.get("/metrics").status_code == 404
        assert len(listening(server.process.pid)) == 1


def listening(process: int) -> set[str]:
    """Return the sockets of a process that listen."""
    opened = {str(entry.readlink()) for entry in Path(f"/proc/{process}/fd").iterdir() if entry.is_symlink()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in opened}
