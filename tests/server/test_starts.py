"""A running server that something is taken from: `/health` is yellow or red, and the log has one line of it.

More of it, and sooner, is seen in tests/adapters/test_watched.py.
"""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Postgres, name_of
from processes import PATIENCE, Begin, Server, eventually, settings_of

STORE, DATABASE = "storage_service", "database"


def lines(server: Server, name: str) -> list[str]:
    """Return what the log says of it, without moment and level."""
    said = [line.split(" ", 2)[2] for line in server.log.splitlines() if f" WARNING {name} is " in line]
    assert "hunter2" not in server.log
    return said


def said(server: Server, name: str, *parts: str) -> bool:
    """Whether the log comes to say that this is away, in one line that has these parts."""
    assert eventually(lambda: lines(server, name)), server.log
    [line] = lines(server, name)
    assert line.startswith(f"{name} is away (")
    return all(part in line for part in parts)


def is_back(server: Server, name: str) -> bool:
    return eventually(lambda: lines(server, name)[1:]) and lines(server, name)[1:] == [f"{name} is back"]


def status(server: Server) -> Any:
    return server.get("/health").json()["status"]


class TestFullDataDir:
    @pytest.mark.usefixtures("anew")
    def test_stops_the_start(self, launch: Begin, disk: Path) -> None:
        server = launch(ENFILADE_DATA_DIR=str(disk))
        assert server.process.wait(PATIENCE) == 1
        assert server.log.startswith("Error: ")
        assert server.log.count("\n") == 1
        assert "No space left on device" in server.log
        assert f"ENFILADE_DATA_DIR={disk}" in server.log


class TestDatabase:
    @pytest.fixture
    def settings(self, postgres: Postgres, template: str) -> Iterator[dict[str, str]]:
        with postgres.database(template) as url:
            yield settings_of(url)

    @pytest.mark.long
    def test_that_lets_nobody_in_any_more_is_said_once_by_all_processes_and_without_a_traceback(
        self, begin: Begin, settings: dict[str, str], postgres: Postgres
    ) -> None:
        server = begin(**settings, ENFILADE_WORKERS="2")
        name = name_of(settings["ENFILADE_DATABASE_URL"])
        postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        sessions = f"FROM pg_stat_activity WHERE datname = '{name}'"
        postgres.run(f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) {sessions}")
        assert said(server, DATABASE, "not currently accepting connections", "look at", "ENFILADE_DATABASE_URL")
        assert status(server) == "error"
        postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert is_back(server, DATABASE)
        assert "Traceback" not in server.log


@pytest.mark.long
class TestOpenFiles:
    def test_of_which_there_may_be_no_more_are_said(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign)
        process = server.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            assert said(server, STORE, "Too many open files")
        finally:
            resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
        assert is_back(server, STORE)
