"""Bytes in a folder of this machine, or of one that all machines of the deployment have mounted.

`<folder>/<two hex digits>/<id>`; while it is written `<id>.part`. The digits are of the id's part that is left to
chance: of a million files none shares its folder with more than some thousands.
"""

import errno
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Self
from uuid import UUID

from app.adapters.threads import in_thread
from app.domain.errors import StorageFailed

_PIECE_BYTES: Final = 1024 * 1024
_LISTED_AT_ONCE: Final = 1000
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_SUFFIX: Final = ".part"
_FOLDER: Final = re.compile("[0-9a-f]{2}")
_ID: Final = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.part)?")


class Folder:
    """A folder as a `BlobStore`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def made(cls, root: Path) -> Self:
        """Return the folder's store, and make the folder if it is not there. Raises OSError."""
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(root.absolute())

    def refuse_unwritable(self) -> None:
        """Raise OSError if this user may not write there; a full disk passes, if only by our sweep."""
        try:
            _write_a_byte(self._root)
        except OSError as error:
            if error.errno not in _FULL:
                raise

    async def write(self, id: UUID, pieces: AsyncIterable[bytes]) -> None:
        path = self._path(id)
        with ExitStack() as opened:  # filled by the thread, so that what it opens is closed though we are cancelled
            try:
                file = await in_thread(_begun, _part(path), opened)
                async for piece in pieces:
                    await in_thread(_appended, file, piece)
                await in_thread(_finished, file, path)
            except BaseException:
                with suppress(StorageFailed):  # the sweep will see to it
                    await in_thread(_deleted, [path])
                raise

    async def read(self, id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        with ExitStack() as opened:
            file = await in_thread(_opened, self._path(id), opened)
            while start < end:
                piece = await in_thread(_piece, file, start, min(end - start, _PIECE_BYTES))
                start += len(piece)
                yield piece

    async def delete(self, ids: Sequence[UUID]) -> None:
        await in_thread(_there, self._root)  # else it would seem that all is deleted
        await in_thread(_deleted, [self._path(id) for id in ids])

    async def ids(self) -> AsyncIterator[UUID]:
        found = self._found()
        while some := await in_thread(lambda: list(islice(found, _LISTED_AT_ONCE))):
            for id in some:
                yield id

    def _found(self) -> Iterator[UUID]:
        """Yield the ids of what lies where it was put; names of others are none of ours."""
        with _telling():
            for folder in os.scandir(self._root):
                for entry in os.scandir(folder) if _FOLDER.fullmatch(folder.name) and folder.is_dir() else ():
                    found = _ID.fullmatch(entry.name)
                    if found and self._path(UUID(found[1])).parent.name == folder.name:
                        yield UUID(found[1])

    async def probe(self) -> None:
        await in_thread(_probed, self._root)

    def _path(self, id: UUID) -> Path:
        return self._root / f"{id.int >> 64 & 0xFF:02x}" / str(id)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(error.strerror) from error


def _part(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)


@_telling()
def _begun(part: Path, opened: ExitStack) -> FileIO:
    if not part.parent.is_dir():
        part.parent.mkdir(mode=0o700, exist_ok=True)
        _flush_names(part.parent.parent)
    return opened.enter_context(FileIO(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"))


@_telling()
def _appended(file: FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]


@_telling()
def _finished(file: FileIO, path: Path) -> None:
    os.fsync(file.fileno())
    _part(path).rename(path)
    _flush_names(path.parent)


@_telling()
def _opened(path: Path, opened: ExitStack) -> FileIO:
    return opened.enter_context(FileIO(path))


@_telling()
def _piece(file: FileIO, start: int, size: int) -> bytes:
    piece = os.pread(file.fileno(), size, start)
    if not piece:
        raise StorageFailed("the file is shorter than it was")
    return piece


@_telling()
def _there(folder: Path) -> None:
    folder.stat()


def _deleted(paths: Sequence[Path]) -> None:
    """Delete all that can be, and raise what was first in the way."""
    failures = [failure for path in paths if (failure := _failure_to_delete(path))]
    if failures:
        raise failures[0]


def _failure_to_delete(path: Path) -> StorageFailed | None:
    try:
        with _telling():
            _part(path).unlink(missing_ok=True)  # first: who finishes writing just now either fails, or is found
            path.unlink(missing_ok=True)
    except StorageFailed as failure:
        return failure
    return None


@_telling()
def _probed(folder: Path) -> None:
    """Write a byte: a full or read-only disk tells nothing before."""
    _write_a_byte(folder)


def _write_a_byte(folder: Path) -> None:
    with TemporaryFile(dir=folder, buffering=0) as file:
        file.write(b"?")


def _flush_names(folder: Path) -> None:
    """Let a new name in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
