"""`/health`, `/health/live` and `/health/ready` (chats.md, decisions table and §10), with the database up and down."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from databases import Postgres, name_of
from processes import PATIENCE, Begin, Server, eventually

NOT_OF_THE_DATABASE = ("storage_service", "previewer_service")
DEPENDENCIES = ("database", "authentication_service", "profiling_service", "event_dispatcher", *NOT_OF_THE_DATABASE)


def told(*healthy: str) -> str:
    """Spell what is told when these dependencies are well, and no other."""
    each = [f'{{"name":"{name}","isHealthy":{str(name in healthy).lower()}}}' for name in DEPENDENCIES]
    status = "ok" if len(healthy) == len(DEPENDENCIES) else "error"
    return f'{{"isLive":true,"status":"{status}","dependencies":[{",".join(each)}]}}'


UP, DOWN = told(*DEPENDENCIES), told(*NOT_OF_THE_DATABASE)


def states(server: Server) -> list[tuple[int, str]]:
    answers = [server.get(path) for path in ("/health", "/health/ready", "/health/live")]
    return [(answer.status_code, answer.text) for answer in answers]


HEALTHY = [(200, UP), (204, ""), (204, "")]
ILL = [(200, DOWN), (500, ""), (204, "")]


@pytest.fixture
def probe(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        assert eventually(lambda: client.get("/health/ready").status_code == 204), "what makes previews has begun"
        yield client


class TestWithTheDatabaseUp:
    @pytest.mark.parametrize("path", ["/health", "/health/", "/services/chats/health", "/services/chats/health/"])
    def test_health_tells_of_the_service_and_its_dependencies(self, probe: httpx.Client, path: str) -> None:
        answer = probe.get(path)
        assert (answer.status_code, answer.text) == (200, UP)
        assert answer.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("path", ["/health/live", "/health/live/", "/health/ready", "/health/ready/"])
    def test_live_and_ready_are_204(self, probe: httpx.Client, path: str) -> None:
        answer = probe.get(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-type" not in answer.headers

    def test_a_credential_good_or_bad_changes_nothing(self, probe: httpx.Client) -> None:
        bad = {"Cookie": "ZM_AUTH_TOKEN=bad", "Authorization": "Bearer bad", "x-vcs-token": "bad", "queue-id": "bad"}
        assert probe.get("/health", headers=bad).text == UP
        assert [probe.get(f"/health/{path}", headers=bad).status_code for path in ("live", "ready")] == [204, 204]

    @pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
    def test_head_has_the_headers_and_no_body(self, probe: httpx.Client, path: str) -> None:
        get, head = probe.get(path), probe.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        for field in ("content-length", "content-type"):
            assert head.headers.get(field) == get.headers.get(field)

    @pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_other_methods_are_405_without_a_body(self, probe: httpx.Client, method: str, path: str) -> None:
        answer = probe.request(method, path)
        assert (answer.status_code, answer.content) == (405, b"")
        assert {name.strip() for name in answer.headers["allow"].split(",")} == {"GET", "HEAD"}
        assert "content-type" not in answer.headers

    @pytest.mark.parametrize(
        "path",
        ["/", "/nonsense", "/health/nonsense", "/healthy", "/health%0A", "/health/live%0A"],
    )
    def test_unknown_paths_are_404_without_a_body(self, probe: httpx.Client, path: str) -> None:
        answer = probe.get(path)
        assert (answer.status_code, answer.content) == (404, b"")
        assert "content-type" not in answer.headers


class TestWithTheDatabaseDown:
    @pytest.fixture
    def away(self, foreign: dict[str, str], postgres: Postgres) -> Callable[[], Any]:
        """Let nobody in to the database for a while."""
        name = name_of(foreign["ENFILADE_DATABASE_URL"])
        sessions = f"FROM pg_stat_activity WHERE datname = '{name}'"

        @contextlib.contextmanager
        def away() -> Iterator[None]:
            postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            try:
                postgres.run(f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) {sessions}")
                yield
            finally:
                postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

        return away

    def test_it_is_told_and_forgotten_when_it_is_back(
        self, begin: Begin, foreign: dict[str, str], away: Callable[[], Any]
    ) -> None:
        server = begin(**foreign)
        with server.client(**{"x-vcs-token": server.create_key()}) as client:
            assert eventually(lambda: states(server) == HEALTHY)
            with away():
                assert states(server) == ILL
                assert client.head("/health/ready").status_code == 500
                crash = client.get("/api/realtime/room")
                assert (crash.status_code, crash.json()["code"]) == (500, "BASE-00500")
            assert states(server) == HEALTHY
            assert client.get("/api/realtime/room").status_code == 200

    @pytest.mark.long
    def test_each_request_has_one_line_that_says_why_and_no_traceback(
        self, begin: Begin, foreign: dict[str, str], away: Callable[[], Any]
    ) -> None:
        server = begin(**foreign)
        with server.client(**{"x-vcs-token": server.create_key()}) as client:
            assert client.get("/api/realtime/room").status_code == 200
            with away():
                crashes = [client.request(method, "/api/realtime/room") for method in ("GET", "POST", "GET")]
        assert [crash.status_code for crash in crashes] == [500] * 3
        assert server.end() == 0
        for crash in crashes:
            lines = [line for line in server.log.splitlines() if crash.headers["x-trace-id"] in line]
            assert sorted(line.split()[1] for line in lines) == ["ERROR", "INFO"]
            [why] = [line for line in lines if " ERROR " in line]
            assert " ERROR the database does not answer: " in why
        assert "Traceback" not in server.log

    @pytest.mark.long  # sixteen seconds
    def test_when_the_embedded_postgres_dies_the_server_says_so_and_ends(self, begin: Begin) -> None:
        server = begin()
        postmaster = int((server.data / "postgres/postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1
        assert server.log.splitlines()[-1].startswith("Error: Postgres ended by itself")
        assert begin().ready().end() == 0, "its data are there for the next start"
