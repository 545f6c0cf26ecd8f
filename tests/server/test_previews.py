"""Previews on a running server: how it ends and starts again, what it tells of itself, and what it is left with."""

import os
import random
import re
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import processes
import pytest
from bare import RED, bmp, gif, gif_frame, png, png_chunk
from hostile import is_like, middle
from hostile_documents import BOXES, CIRCLES, ENDLESS, FLATE_BOMBS, LOCKED, PAGE_BOMBS, PICTURE_BOMBS
from hostile_images import ANIMATIONS, BOMBS, FORGIVEN, LARGE, WRONG, ZERO
from hostile_kinds import DISGUISED
from hostile_metadata import ABSURD_EXIF, BROKEN_PROFILES, RARE_MODES
from processes import PATIENCE, Begin, RunServer, Server, eventually
from sharing import Room, Sharer
from stores import MEBIBYTE, in_folder

IMAGE = "/preview/image/16x16?output_format=Png"
PAGE = "/preview/pdf/16x16/thumbnail?output_format=Png"
FOREVER = ENDLESS[0].content
HURRIED = {"ENFILADE_PREVIEWS__SECONDS": "3"}
PATIENT = {"ENFILADE_PREVIEWS__SECONDS": "60"}  # workers are the last to be given a busy machine's time
PICTURES = [*BOMBS, *ZERO, *WRONG, *LARGE, *FORGIVEN, *ABSURD_EXIF, *BROKEN_PROFILES, *RARE_MODES, *DISGUISED]
PAGES = [*PAGE_BOMBS, *BOXES, *CIRCLES, *PICTURE_BOMBS, *LOCKED, *FLATE_BOMBS]


def asked(room: Room, path: str, content: bytes) -> httpx.Response:
    return room.client.post(path, files={"file": ("a", content)})


def is_well(room: Room) -> bool:
    answer = asked(room, IMAGE, png())
    return answer.status_code == 200 and is_like(middle(answer.content), RED)


def workers_of(server: Server) -> list[int]:
    return [number for number, line in server.left().items() if "anyio.to_process" in line]


def at_work(server: Server) -> bool:
    """Wait until a worker has begun to work, and return whether any ever did."""
    own = os.getpriority(os.PRIO_PROCESS, server.process.pid)
    return eventually(lambda: any(os.getpriority(os.PRIO_PROCESS, worker) > own for worker in workers_of(server)))


def previewing(sharer: Sharer, folder: Path, **more: str) -> dict[str, str]:
    own = {**PATIENT, "ENFILADE_SHUTDOWN_SECONDS": "1"}
    return {**sharer.settings, **in_folder(folder).settings, **own, **more}


@pytest.fixture(scope="module")
def server(run_server: RunServer, sharer: Sharer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(**previewing(sharer, tmp_path_factory.mktemp("kept") / "blobs")) as server:
        yield server


@pytest.fixture
def room(server: Server, sharer: Sharer) -> Iterator[Room]:
    room = sharer.room(server)
    yield room
    room.remove()
    assert "Traceback" not in server.log
    assert "never retrieved" not in server.log


class TestEnd:
    @pytest.fixture
    def busy(
        self, request: pytest.FixtureRequest, begin: Begin, sharer: Sharer, folder: Path, tmp_path: Path
    ) -> Iterator[Server]:
        """A server of so many processes, with a worker for so many seconds, and a temporary folder of its own."""
        (tmp_path / "temporary").mkdir()
        number, seconds = request.param
        own = {"ENFILADE_WORKERS": str(number), "ENFILADE_PREVIEWS__SECONDS": str(seconds)}
        server = begin(**previewing(sharer, folder, TMPDIR=str(tmp_path / "temporary"), **own))
        room = sharer.room(server)
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(asked, room, PAGE, FOREVER)
            assert at_work(server)
            yield server
            server.end()

    def _leaves_nothing(self, server: Server, tmp_path: Path) -> None:
        assert eventually(lambda: not server.left())
        assert list((tmp_path / "temporary").iterdir()) == []

    @pytest.mark.parametrize("busy", [(1, 3)], ids=["one process"], indirect=True)
    def test_by_the_system_leaves_no_worker(self, busy: Server, tmp_path: Path) -> None:
        assert busy.end(signal.SIGTERM) == 0
        self._leaves_nothing(busy, tmp_path)

    @pytest.mark.long
    @pytest.mark.parametrize("busy", [(2, 3)], ids=["two processes"], indirect=True)
    def test_from_the_keyboard_leaves_no_worker(self, busy: Server, tmp_path: Path) -> None:
        # As the terminal tells all that were started from it; the parent last: its own word would be their second.
        for process in sorted(busy.left(), reverse=True):
            os.kill(process, signal.SIGINT)
        busy.process.wait(PATIENCE)
        self._leaves_nothing(busy, tmp_path)

    @pytest.mark.parametrize(
        "busy",
        [pytest.param((1, 1), id="one process"), pytest.param((2, 1), id="two processes", marks=pytest.mark.long)],
        indirect=True,
    )
    def test_by_force_leaves_the_port_at_once_and_no_worker_for_long(
        self, busy: Server, begin: Begin, tmp_path: Path
    ) -> None:
        busy.end(signal.SIGKILL)
        assert eventually(lambda: all("anyio.to_process" in line for line in busy.left().values()))
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", int(busy.environment["ENFILADE_PORT"])))
            again.listen()
        assert eventually(lambda: not busy.left())
        assert list((tmp_path / "temporary").iterdir()) == []


class TestPort:
    @pytest.mark.long  # twelve seconds
    def test_of_two_processes_is_held_by_no_worker(self, begin: Begin, sharer: Sharer, folder: Path) -> None:
        server = begin(**previewing(sharer, folder, ENFILADE_WORKERS="2"))
        room = sharer.room(server)
        with ThreadPoolExecutor(6) as many:
            assert all(many.map(lambda _: is_well(room), range(6)))
        workers = workers_of(server)
        assert workers
        [port] = listening(int(server.environment["ENFILADE_PORT"]))
        assert port in sockets(server.process.pid)
        assert [worker for worker in workers if port in sockets(worker)] == []


def listening(port: int) -> list[str]:
    """Return by what the processes have the sockets open that listen on this port of this machine."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "0A"]


def sockets(process: int) -> list[str]:
    """Return what a process has open, but files."""
    return [str(opened.readlink()) for opened in Path(f"/proc/{process}/fd").iterdir() if opened.is_symlink()]


class TestRestart:
    @pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
    @pytest.mark.long
    def test_what_was_shown_is_shown_again(self, begin: Begin, sharer: Sharer, folder: Path, workers: str) -> None:
        settings = previewing(sharer, folder, ENFILADE_WORKERS=workers)
        first = begin(**settings)
        room = sharer.room(first)
        id = room.sent(bmp())
        before = room.client.get(f"/preview/image/{id}/16x16?output_format=Png")
        assert is_like(middle(before.content), RED)
        assert first.end() == 0
        after = sharer.again(room, begin(**settings)).client.get(f"/preview/image/{id}/16x16?output_format=Png")
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])


def told(server: Server) -> bool:
    """Return whether previews can be made, as the server says."""
    health = server.get("/health").json()
    [well] = [part["isHealthy"] for part in health["dependencies"] if part["name"] == "previewer_service"]
    if not well:
        assert health["status"] == "warn"
        assert server.get("/health/ready").status_code == 429
    return bool(well)


class TestHealth:
    @pytest.mark.long
    def test_all_is_well_and_all_else_is_answered_while_every_worker_is_at_work(
        self, begin: Begin, sharer: Sharer, folder: Path
    ) -> None:
        server = begin(**previewing(sharer, folder, **HURRIED))
        room = sharer.room(server)
        assert eventually(lambda: told(server))
        id = room.sent(b"notes")
        with ThreadPoolExecutor(3) as many:
            work = [many.submit(asked, room, PAGE, FOREVER) for _ in range(2)]
            assert at_work(server)
            waits = many.submit(is_well, room)
            for _ in range(10):
                assert told(server)
                assert room.download(id).content == b"notes"
                assert room.client.get(f"/rooms/{room.id}").status_code == 200
            assert not any(one.done() for one in work)
            assert [one.result().status_code for one in work] == [424] * 2
            assert waits.result()
        assert "Traceback" not in server.log

    @pytest.mark.long
    @pytest.mark.usefixtures("anew")
    def test_it_is_not_where_no_worker_can_be_started(
        self, begin: Begin, sharer: Sharer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        python = _installed_again(tmp_path / "again")
        monkeypatch.setattr(processes, "ENFILADE", python.with_name("enfilade"))
        server = begin(**previewing(sharer, folder))
        room, away = sharer.room(server), python.with_name("away")
        python.rename(away)
        for worker in workers_of(server):
            os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: not told(server))
        assert asked(room, IMAGE, png()).status_code == 424
        away.rename(python)
        assert eventually(lambda: told(server))
        assert is_well(room)
        assert "Traceback" not in server.log

    def test_no_preview_is_where_nothing_can_be_written(self, server: Server, room: Room) -> None:
        process, none = server.process.pid, resource.RLIM_INFINITY
        large = room.sent(_noise(3 * MEBIBYTE))
        resource.prlimit(process, resource.RLIMIT_FSIZE, (2 * MEBIBYTE, none))
        try:
            answers = [
                asked(room, IMAGE, _noise(3 * MEBIBYTE)),
                room.client.get(f"/preview/image/{large}/16x16"),
            ]
            assert [(answer.status_code, answer.content) for answer in answers] == [(424, b"")] * 2
            assert is_well(room)
        finally:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (none, none))
        assert room.client.get(f"/preview/image/{large}/16x16").status_code == 200

    def test_no_preview_is_where_the_last_byte_cannot_be_written(
        self, begin: Begin, sharer: Sharer, folder: Path
    ) -> None:
        """What is so small that it is written at once, when all of it is there."""
        server = begin(**previewing(sharer, folder))
        room, none = sharer.room(server), resource.RLIM_INFINITY
        small = png(after=png_chunk(b"prVt", bytes(5000)))
        id = room.sent(small)
        assert len(server.log) < 2048  # which is to be written all the while
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, none))
        answers = [asked(room, IMAGE, small), room.client.get(f"/preview/image/{id}/16x16")]
        assert [(answer.status_code, answer.content) for answer in answers] == [(424, b"")] * 2
        assert is_well(room)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (none, none))
        assert asked(room, IMAGE, small).status_code == 200
        assert server.log.count("a preview failed") == 2
        assert "Traceback" not in server.log


def _installed_again(folder: Path) -> Path:
    """Install this environment in a second place, and return its interpreter, which can be taken away."""
    here = Path(sys.executable).parent
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").symlink_to(here.parent / "lib")
    shutil.copy(here.parent / "pyvenv.cfg", folder)
    python = folder / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    script = processes.ENFILADE.read_text().partition("\n")[2]
    python.with_name("enfilade").write_text(f"#!{python}\n{script}")
    python.with_name("enfilade").chmod(0o755)
    return python


def _noise(size: int) -> bytes:
    """Return a picture of about so many bytes."""
    side = int((size / 3) ** 0.5) // 4 * 4
    return bmp(side, side, pixels=random.Random(size).randbytes(3 * side * side))  # noqa: S311 - nothing is secret


def resident(server: Server) -> int:
    return resident_of(server.process.pid)


def resident_of(process: int) -> int:
    [kilobytes] = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(kilobytes) * 1024


class TestLeft:
    @pytest.mark.long  # twelve seconds; the test behind it looks at memory, too, and tests/contracts at each file
    def test_after_hostile_files_no_memory_and_no_word_of_theirs(self, server: Server, room: Room) -> None:
        assert is_well(room)
        before = resident(server)
        for path, files in ((IMAGE, PICTURES), (IMAGE, ANIMATIONS), (PAGE, PAGES)):
            for file in files:
                assert asked(room, path, file.content).status_code == file.status, file
        assert resident(server) - before < 32 * MEBIBYTE
        assert is_well(room)
        assert [line for line in server.log.splitlines() if not re.match(r"\S+Z (INFO|WARNING) |enfilade", line)] == []

    def test_after_an_animation_no_memory_of_its_worker(self, server: Server, room: Room) -> None:
        assert is_well(room)
        frames = gif(300, 300, *[gif_frame()] * 150)
        answer = asked(room, "/preview/image/400x400?crop=true&output_format=Gif", frames)
        assert answer.status_code == 200
        assert max(resident_of(worker) for worker in workers_of(server)) < 80 * MEBIBYTE

    def test_after_large_pictures_no_memory(self, server: Server, room: Room) -> None:
        assert is_well(room)
        before, large = resident(server), _noise(16 * MEBIBYTE)
        with ThreadPoolExecutor(3) as many:
            work = [many.submit(asked, room, "/preview/image/0x0", large) for _ in range(3)]
            assert [len(one.result().content) > MEBIBYTE for one in work] == [True] * 3
        assert resident(server) - before < 32 * MEBIBYTE
