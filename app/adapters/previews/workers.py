"""Worker processes, in which hostile files do their worst: one that dies, or hangs, costs one conversion."""

import asyncio
import logging
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO, Any, Final

from anyio import BrokenWorkerProcess, CancelScope, CapacityLimiter, WouldBlock, fail_after, to_process

from app.adapters.previews import work
from app.adapters.threads import in_thread
from app.adapters.turns import Turns
from app.domain.errors import PreviewFailed
from app.domain.previews import Conversion
from app.domain.specifications import Area, Drawing, Specification
from app.settings import PreviewsSettings

_PIECE_BYTES: Final = 1024 * 1024
_TINY: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_OF_TINY: Final = Drawing(source="image", area=Area(1, 1), fit="cover", rounded=False, format="png", quality=None)
_log = logging.getLogger("enfilade")


class Workers:
    """As many processes as there is work for, up to a number. They end with the loop that began them."""

    def __init__(self, settings: PreviewsSettings) -> None:
        self._limiter = CapacityLimiter(settings.workers)
        # In place of anyio's own, which would take as many as there are processors.
        self._processes = CapacityLimiter(settings.workers)
        self._turns = Turns(settings.workers, PreviewFailed)
        self._probing: asyncio.Task[None] | None = None
        self._seconds = settings.seconds
        self._memory_in_mb = settings.memory_in_mb

    @asynccontextmanager
    async def converted(
        self, pieces: AsyncIterable[bytes], specification: Specification, asker: str
    ) -> AsyncIterator[Conversion]:
        """Return what is made of these bytes, for as long as the block runs.

        Both are in files without a name, which are gone with the server. Raises NotPreviewable, NoSuchPages,
        PreviewFailed, and what the pieces raise.
        """
        with ExitStack() as files:
            with _told(specification):
                async with self._turns.turn(asker):
                    made, is_unchanged = await self._made(files, pieces, specification)
            size = os.fstat(made.fileno()).st_size
            yield Conversion(size, _read(made, size), is_unchanged)

    @property
    def load(self) -> dict[str, int]:
        """How many previews are wanted, and how many of them are being made."""
        return {"wanted": self._turns.asked, "being_made": int(self._limiter.borrowed_tokens)}

    async def probe(self) -> None:
        """Return if a tiny picture can be made, or if all are at work. Who cannot wait does not end it for others."""
        if not self._probing or self._probing.done():
            self._probing = asyncio.create_task(self._probe())
            self._probing.add_done_callback(heard)
        await asyncio.shield(self._probing)

    async def _probe(self) -> None:
        try:
            self._limiter.acquire_nowait()
        except WouldBlock:
            return
        try:
            with _two_files() as (source, result), _failing():  # who asks tells the operator
                source.write(_TINY)
                source.flush()
                await self._run(source, result, _OF_TINY)
        finally:
            self._limiter.release()

    async def _made(
        self, files: ExitStack, pieces: AsyncIterable[bytes], specification: Specification
    ) -> tuple[IO[bytes], bool]:
        """Return the file with the preview, and whether it is the one that the pieces were put into."""
        source, result = files.enter_context(_two_files())
        async for piece in pieces:
            await in_thread(source.write, piece)
        source.flush()
        async with self._limiter:
            is_unchanged = await self._run(source, result, specification)
        if is_unchanged:
            return source, True
        source.truncate(0)  # while the result is sent, which may take long
        return result, False

    async def _run(self, source: IO[bytes], result: IO[bytes], specification: Specification) -> bool:
        """Have a process convert a file, and return whether it is its own preview; there is a place for it.

        To begin it takes no part of its time, and is not interrupted: anyio would forget what it had begun.
        """
        with CancelScope(shield=True):
            await to_process.run_sync(work.begin, self._memory_in_mb, limiter=self._processes)
        given = (_path(source), _path(result), specification, self._seconds)
        with fail_after(self._seconds):
            return await to_process.run_sync(work.convert, *given, cancellable=True, limiter=self._processes)


def heard(done: asyncio.Task[Any]) -> None:
    """Let a failure be known, though nobody may have waited for it."""
    if not done.cancelled():
        done.exception()


@contextmanager
def _told(specification: Specification) -> Iterator[None]:
    """Tell the operator what went wrong with a process or its files, and the caller that it did."""
    try:
        with _failing():
            yield
    except PreviewFailed as failure:
        if failure.__cause__:
            why = failure.__cause__.__cause__ or failure.__cause__
            _log.warning("a preview failed (%s): %r", specification, why)
        raise


@contextmanager
def _failing() -> Iterator[None]:
    """Raise PreviewFailed of what goes wrong with a process or its files."""
    try:
        yield
    except (BrokenWorkerProcess, TimeoutError, OSError, RuntimeError) as error:
        raise PreviewFailed from error


@contextmanager
def _two_files() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    with ExitStack() as closed:
        files = [closed.enter_context(_file()) for _ in range(2)]
        yield files[0], files[1]


@contextmanager
def _file() -> Iterator[IO[bytes]]:
    file = TemporaryFile()  # noqa: SIM115 - leaving its own `with` would write once more what a full disk did not take
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


def _path(file: IO[bytes]) -> str:
    """Return by what path another process opens a file that has no name."""
    return f"/proc/{os.getpid()}/fd/{file.fileno()}"


async def _read(file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    for at in range(0, size, _PIECE_BYTES):
        yield await in_thread(os.pread, file.fileno(), _PIECE_BYTES, at)
