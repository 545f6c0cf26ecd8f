"""A running server that something is taken from: `/health` is yellow or red, and the log has one line of it."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from buckets import Buckets
from databases import Postgres, name_of
from ports import free_port
from processes import PATIENCE, Begin, Server, eventually, settings_of

STORE, PREVIEWER, DATABASE = "storage_service", "previewer_service", "database"
SMALL = 1024 * 1024


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


def answering(server: Server) -> Server:
    """Wait until it answers, however it is."""
    assert eventually(lambda: server.ended or _answers(server))
    return server


def _answers(server: Server) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return server.get("/health/live").status_code == 204
    return False


class TestBucket:
    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"ENFILADE_BLOBS_URL": "s3://none/files"}, "NoSuchBucket"),
            ({"AWS_ACCESS_KEY_ID": "nobody"}, "InvalidAccessKeyId"),
            ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "SignatureDoesNotMatch"),
            ({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}, "HTTP error"),
        ],
        ids=["that is not there", "for another key", "for another secret", "of a store that is not there"],
    )
    def test_is_said_with_the_stores_reason(
        self, launch: Begin, foreign: dict[str, str], buckets: Buckets, wrong: dict[str, str], reason: str
    ) -> None:
        server = answering(launch(**foreign, **buckets.prefix | wrong))
        assert said(server, STORE, reason, "look at ENFILADE_BLOBS_URL", "AWS_")
        assert status(server) == "warn"


class TestFolders:
    """Those of files, and of what previews are made of."""

    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        """A small disk."""
        if os.geteuid() != 0:
            pytest.skip("only root can mount a disk that is small enough to fill")
        place = tmp_path / "disk"
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", place], check=False).returncode:
            pytest.skip("this root may not mount")
        yield place
        subprocess.run(["umount", "--lazy", place], check=True)

    def _is_said_until(self, server: Server, mended: Callable[[], None], *parts: str) -> None:
        assert said(server, STORE, *parts, "look at ENFILADE_BLOBS_URL")
        assert said(server, PREVIEWER, *parts, "TMPDIR")
        assert status(server) == "warn"
        mended()
        assert is_back(server, STORE)
        assert is_back(server, PREVIEWER)
        assert status(server) == "ok"
        assert "Traceback" not in server.log
        assert "a preview failed" not in server.log

    def test_on_a_disk_that_is_full_are_said_and_so_is_that_there_is_space_again(
        self, begin: Begin, foreign: dict[str, str], disk: Path
    ) -> None:
        temporary, fill = disk / "tmp", disk / "fill"
        temporary.mkdir()
        server = begin(**foreign, ENFILADE_BLOBS_URL=str(disk / "blobs"), TMPDIR=str(temporary))
        with contextlib.suppress(OSError):
            fill.write_bytes(bytes(2 * SMALL))
        self._is_said_until(server, fill.unlink, "No space left on device")

    def test_that_are_gone_are_said_and_so_is_that_they_are_back(
        self, begin: Begin, foreign: dict[str, str], tmp_path: Path
    ) -> None:
        places = [tmp_path / "blobs", tmp_path / "tmp"]
        places[1].mkdir()
        server = begin(**foreign, ENFILADE_BLOBS_URL=str(places[0]), TMPDIR=str(places[1]))
        for place in places:
            shutil.rmtree(place)

        def mended() -> None:
            for place in places:
                place.mkdir()

        self._is_said_until(server, mended, "No such file or directory")


class TestFullDataDir:
    def test_stops_the_start(self, launch: Begin, tmp_path: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can mount a disk that is small enough to fill")
        data = tmp_path / "full"
        data.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", data], check=False).returncode:
            pytest.skip("this root may not mount")
        try:
            server = launch(ENFILADE_DATA_DIR=str(data))
            assert server.process.wait(PATIENCE) == 1
        finally:
            subprocess.run(["umount", "--lazy", data], check=True)
        assert server.log.startswith("Error: ")
        assert server.log.count("\n") == 1
        assert "No space left on device" in server.log
        assert f"ENFILADE_DATA_DIR={data}" in server.log


class TestDatabase:
    @pytest.fixture
    def settings(self, postgres: Postgres, template: str) -> Iterator[dict[str, str]]:
        with postgres.database(template) as url:
            yield settings_of(url)

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
