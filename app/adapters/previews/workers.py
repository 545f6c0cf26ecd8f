"""Worker processes, in which hostile files do their worst: one that dies, or hangs, costs one conversion."""

import asyncio
import logging
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from tempfile import TemporaryFile
from typing import IO, Final

import anyio
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

from app.adapters.previews.work import convert
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
    """As many processes as there is work for, up to a number. They end with the loop that began them, or when idle."""

    def __init__(self, settings: PreviewsSettings) -> None:
        self._limiter = CapacityLimiter(settings.workers)
        self._limiter_of_anyio = CapacityLimiter(
            settings.workers
        )  # which would take one of its own, for the processors
        self._probing: asyncio.Task[None] | None = None
        self._seconds = settings.seconds
        self._memory_in_mb = settings.memory_in_mb

    @asynccontextmanager
    async def converted(self, pieces: AsyncIterable[bytes], specification: Specification) -> AsyncIterator[Conversion]:
        """Return what is made of these bytes, for as long as the block runs.

        Both are in files without a name, which are gone with the server. Raises NotPreviewable, NoSuchPages,
        PreviewFailed, and what the pieces raise.
        """
        with ExitStack() as files:
            with _told(specification):
                made, is_unchanged = await self._made(files, pieces, specification)
            size = os.fstat(made.fileno()).st_size
            yield Conversion(size, _read(made, size), is_unchanged)

    async def probe(self) -> None:
        """Return if a tiny picture can be made, or if all are at work. Who cannot wait does not end it for others."""
        if self._probing or self._limiter.available_tokens:
            self._probing = self._probing or asyncio.create_task(self._probe())
            await asyncio.shield(self._probing)

    async def _probe(self) -> None:
        try:
            async with self.converted(_tiny(), _OF_TINY):
                pass
        finally:
            self._probing = None

    async def _made(
        self, files: ExitStack, pieces: AsyncIterable[bytes], specification: Specification
    ) -> tuple[IO[bytes], bool]:
        """Return the file with the preview, and whether it is the one that the pieces were put into."""
        source, result = files.enter_context(_two_files())
        async for piece in pieces:
            await asyncio.to_thread(source.write, piece)
        source.flush()
        is_unchanged = await self._convert(source, result, specification)
        return source if is_unchanged else result, is_unchanged

    async def _convert(self, source: IO[bytes], result: IO[bytes], specification: Specification) -> bool:
        paths = (_path(source), _path(result))
        limits = (self._seconds, self._memory_in_mb)
        async with self._limiter:
            with anyio.fail_after(self._seconds):
                return await to_process.run_sync(
                    convert, *paths, specification, *limits, cancellable=True, limiter=self._limiter_of_anyio
                )


@contextmanager
def _told(specification: Specification) -> Iterator[None]:
    """Tell the operator what went wrong with a process or its files, and the caller that it did."""
    try:
        yield
    except (BrokenWorkerProcess, TimeoutError, OSError, RuntimeError) as error:
        _log.warning("a preview failed (%s): %s %s", specification, type(error).__name__, error)
        raise PreviewFailed from None


@contextmanager
def _two_files() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    with TemporaryFile() as one, TemporaryFile() as other:
        yield one, other


def _path(file: IO[bytes]) -> str:
    """Return by what path another process opens a file that has no name."""
    return f"/proc/{os.getpid()}/fd/{file.fileno()}"


async def _read(file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    for at in range(0, size, _PIECE_BYTES):
        yield await asyncio.to_thread(os.pread, file.fileno(), _PIECE_BYTES, at)


async def _tiny() -> AsyncIterator[bytes]:
    yield _TINY
