"""Previews of files that are kept: each is made once, whoever asks for it meanwhile, and kept beside its file."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Final, Self
from uuid import UUID

from app.adapters.previews.conversion import VERSION
from app.adapters.previews.workers import Workers, heard
from app.domain import previews, strays
from app.domain.blobs import Blob, BlobStore
from app.domain.errors import BlobSwept, PreviewFailed
from app.domain.previews import Conversion, Preview
from app.domain.specifications import Specification
from app.domain.strays import Connected
from app.settings import PreviewsSettings

_REST_SECONDS: Final = 60


class KeepingPreviewer:
    """A `Previewer` that keeps what it makes in the store of files."""

    def __init__(self, settings: PreviewsSettings, connected: Connected, store: BlobStore) -> None:
        self._workers = Workers(settings)
        self._connected = connected
        self._store = store
        self._rests_until: dict[UUID, float] = {}
        self._being_made: dict[tuple[UUID, Specification], asyncio.Task[Preview]] = {}

    @asynccontextmanager
    async def making(self) -> AsyncIterator[Self]:
        """Make previews as long as the block runs."""
        try:
            yield self
        finally:
            tasks = list(self._being_made.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def name(self, specification: Specification) -> str:
        return f"{specification} {VERSION}"

    async def preview(
        self, file: Blob, specification: Specification, asker: str, lost: Preview | None = None
    ) -> Preview:
        key = (file.id, specification)
        if key not in self._being_made:
            making = asyncio.create_task(self._made(file, specification, asker, lost))
            self._being_made[key] = making
            making.add_done_callback(lambda _: self._being_made.pop(key))
            making.add_done_callback(heard)
        return await asyncio.shield(self._being_made[key])

    def converted(
        self, pieces: AsyncIterable[bytes], specification: Specification, asker: str
    ) -> AbstractAsyncContextManager[Conversion]:
        return self._workers.converted(pieces, specification, asker)

    async def probe(self) -> None:
        await self._workers.probe()

    @property
    def load(self) -> dict[str, int]:
        """How many previews are wanted, and how many of them are being made."""
        return self._workers.load

    async def _made(self, file: Blob, specification: Specification, asker: str, lost: Preview | None) -> Preview:
        name = self.name(specification)
        with self._put_to_rest_if_slow(file):
            async with self._workers.converted(self._bytes_of(file), specification, asker) as conversion:
                if lost:
                    await self._forget(lost)
                with suppress(BlobSwept):  # if another process has kept its own, that is as good
                    await self._keep(file, name, conversion)
        async with self._connected() as transaction:
            return await previews.find(transaction, file, name)

    async def _bytes_of(self, file: Blob) -> AsyncIterator[bytes]:
        """Yield them, when it is their turn; raise PreviewFailed if the file has rest by then."""
        if self._rests_until.get(file.id, 0) > asyncio.get_running_loop().time():
            raise PreviewFailed
        async for piece in self._store.read(file.id, 0, file.size):
            yield piece

    @contextmanager
    def _put_to_rest_if_slow(self, file: Blob) -> Iterator[None]:
        """Refuse for a while what else is wanted of a file that has used up the time of a worker: others wait."""
        try:
            yield
        except PreviewFailed as failure:
            if isinstance(failure.__cause__, TimeoutError):
                now = asyncio.get_running_loop().time()
                self._rests_until = {id: end for id, end in self._rests_until.items() if end > now}
                self._rests_until[file.id] = now + _REST_SECONDS
            raise

    async def _forget(self, lost: Preview) -> None:
        async with self._connected() as transaction:
            await previews.forget(transaction, lost.id)

    async def _keep(self, file: Blob, name: str, conversion: Conversion) -> None:
        async with self._connected() as transaction:
            if conversion.is_unchanged:
                await previews.keep_unchanged(transaction, file, name)
                return
            id = await strays.expect(transaction)
        async with strays.arriving(self._connected, id):
            await self._store.write(id, conversion.pieces)
            async with self._connected() as transaction, transaction.begun():
                await previews.keep(transaction, id, file, name, conversion.size)
