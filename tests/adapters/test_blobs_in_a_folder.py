"""Bytes in a folder, beyond the contract of both stores: the disk, and what a crash leaves there."""

import asyncio
import contextlib
import gc
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from processes import PATIENCE
from starlette.responses import StreamingResponse
from stores import MEBIBYTE, content, in_folder, listed, read, store_of, these, waiting, written

from app.adapters.blobs import BlobsUnusable
from app.domain.blobs import BlobStore
from app.domain.errors import StorageFailed
from app.domain.ids import new_id


@contextlib.contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """Let no file become larger than this."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


def open_below(folder: Path) -> list[Path]:
    """Return the files of this folder that this process has open."""
    opened = []
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            opened.append(handle.readlink())
    return [path for path in opened if path.is_relative_to(folder)]


def path_of(folder: Path, id: UUID) -> Path:
    [path] = folder.glob(f"*/{id}")
    return path


def half_written(folder: Path) -> str:
    """Let the one file that is there be one whose writer was killed, and return its name."""
    [path] = folder.glob("*/*")
    path.rename(f"{path}.part")
    return path.name


class TestFlush:
    async def test_the_bytes_reach_the_disk_before_their_name_and_that_before_it_returns(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[tuple[str, str]] = []
        flush, rename = os.fsync, os.rename

        def flushing(handle: int) -> None:
            done.append(("flushed", str(Path(f"/proc/self/fd/{handle}").readlink())))
            flush(handle)

        def renaming(old: str, new: str) -> None:
            done.append(("renamed", str(new)))
            rename(old, new)

        store = store_of(str(folder))
        monkeypatch.setattr(os, "fsync", flushing)
        monkeypatch.setattr(os, "rename", renaming)
        id = await written(store)
        named, bytes_flushed, renamed, name_flushed = done
        path = renamed[1]
        assert path.endswith(f"/{id}")
        assert named == ("flushed", str(folder))
        assert bytes_flushed == ("flushed", f"{path}.part")
        assert renamed == ("renamed", path)
        assert name_flushed == ("flushed", path.removesuffix(f"/{id}"))


class TestHalfAWrite:
    async def test_is_among_the_ids_and_is_deleted_by_its_own(self, folder: Path) -> None:
        place = in_folder(folder)
        id = await written(place.store)
        assert half_written(folder) == str(id)
        assert await listed(place.store) == [id]
        await place.store.delete([id])
        assert place.is_empty

    async def test_of_a_writer_who_still_writes_fails_when_it_is_deleted_and_comes_to_nothing(
        self, folder: Path
    ) -> None:
        place, id, gone = in_folder(folder), new_id(), asyncio.Event()

        async def slowly() -> Iterator[bytes]:
            yield b"before"
            await place.store.delete([id])
            gone.set()
            yield b"after"

        with pytest.raises(StorageFailed):
            await place.store.write(id, slowly())
        assert gone.is_set()
        assert place.is_empty


class TestDelete:
    @pytest.mark.parametrize("first", [True, False])
    async def test_of_what_cannot_be_deleted_keeps_no_other_from_it(self, folder: Path, *, first: bool) -> None:
        place = in_folder(folder)
        [stuck, other] = [await written(place.store) for _ in range(2)]
        path = path_of(folder, stuck)
        path.unlink()
        path.mkdir()
        with pytest.raises(StorageFailed, match="Is a directory"):
            await place.store.delete([stuck, other] if first else [other, stuck])
        assert place.is_empty
        assert path.is_dir()


class TestIds:
    async def test_folders_of_others_are_not_entered(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """They may be such as nobody but root may enter."""
        place, scan = in_folder(folder), os.scandir
        id = await written(place.store)
        path = path_of(folder, id)
        entered: list[Path] = []

        def scanning(path: os.PathLike[str]) -> object:
            entered.append(Path(path))
            return scan(path)

        for name in ("lost+found", "0", "000", "0g", "AA", "aa.old"):
            (folder / name).mkdir()
        place.put("bb", b"a file of others")
        monkeypatch.setattr(os, "scandir", scanning)
        assert await listed(place.store) == [id]
        assert entered == [folder, path.parent]


class TestFullDisk:
    async def test_is_a_failure_of_the_write_and_leaves_nothing(self, folder: Path) -> None:
        place = in_folder(folder)
        with full_disk(2 * MEBIBYTE), pytest.raises(StorageFailed):
            await written(place.store, content(3 * MEBIBYTE))
        assert place.is_empty
        assert open_below(folder) == []
        await written(place.store, content(3 * MEBIBYTE))

    async def test_is_found_by_the_probe(self, folder: Path) -> None:
        place = in_folder(folder)
        with full_disk(0), pytest.raises(StorageFailed):
            await place.store.probe()
        await place.store.probe()
        assert place.is_empty


class TestPlace:
    async def test_that_is_gone_is_a_failure_of_everything(self, folder: Path) -> None:
        store = store_of(str(folder))
        id = await written(store)
        shutil.rmtree(folder)
        for work in (written(store), read(store, id, 0, 1), listed(store), store.probe(), store.delete([id])):
            with pytest.raises(StorageFailed):
                await work

    async def test_where_nothing_can_be_written_is_a_failure(self) -> None:
        store = store_of("/sys/kernel")  # not even by root
        for work in (written(store), store.probe()):
            with pytest.raises(StorageFailed):
                await work

    def test_that_cannot_be_made_is_said_by_name(self) -> None:
        with pytest.raises(BlobsUnusable, match="ENFILADE_BLOBS_URL: /dev/null/blobs cannot be used: Not a directory"):
            store_of("/dev/null/blobs")

    async def test_may_be_said_as_a_url(self, folder: Path) -> None:
        folder = folder.with_name("blobs of ours")
        id = await written(store_of(folder.as_uri()))
        assert in_folder(folder).whole() == [str(id)]

    async def test_is_nobody_elses_to_read(self, folder: Path) -> None:
        await written(store_of(str(folder)))
        assert {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))} == {0}  # noqa: ASYNC240


class TestOpenFiles:
    async def test_reading_that_is_broken_off_leaves_none(self, folder: Path) -> None:
        store = store_of(str(folder))
        id = await written(store, content(3 * MEBIBYTE))
        async with contextlib.aclosing(store.read(id, 0, 3 * MEBIBYTE)) as reading:
            await anext(reading)
            assert len(open_below(folder)) == 1
        assert open_below(folder) == []

    async def test_a_client_who_leaves_during_a_slow_read_closes_none_under_it(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = store_of(str(folder))
        id = await written(store, b"kept")
        reading, go_on, pread = threading.Event(), threading.Event(), os.pread
        open_then: list[Path] = []

        def slowly(handle: int, size: int, start: int) -> bytes:
            reading.set()
            assert go_on.wait(PATIENCE)
            open_then.extend(open_below(folder))
            return pread(handle, size, start)

        async def receive() -> dict[str, object]:
            assert await asyncio.to_thread(reading.wait, PATIENCE)
            asyncio.get_running_loop().call_later(0.005, go_on.set)
            return {"type": "http.disconnect"}

        async def send(_: object) -> None:
            pass

        monkeypatch.setattr(os, "pread", slowly)
        async with asyncio.timeout(PATIENCE):
            await StreamingResponse(store.read(id, 0, 4))({"type": "http"}, receive, send)
        gc.collect()
        assert len(open_then) == 1
        assert open_below(folder) == []
        assert caplog.messages == []

    @pytest.mark.parametrize("turns", range(6))
    async def test_writing_that_is_broken_off_leaves_none(self, folder: Path, turns: int) -> None:
        place, waits = in_folder(folder), asyncio.Event()
        writing = asyncio.create_task(place.store.write(new_id(), waiting(b"half", waits)))
        for _ in range(turns):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
        assert open_below(folder) == []
        assert place.is_empty

    async def test_writing_that_is_done_leaves_none(self, folder: Path) -> None:
        store: BlobStore = store_of(str(folder))
        await store.write(new_id(), these(b"a", b"b"))
        assert open_below(folder) == []
