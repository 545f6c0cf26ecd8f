"""Previews of files that are kept: each is made once, whoever asks for it meanwhile, and kept beside its file."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final, Self
from uuid import UUID

from app.adapters.previews.conversion import VERSION
from app.adapters.previews.workers import Workers
from app.domain import previews, strays
from app.domain.blobs import Blob, BlobStore
from app.domain.errors import BlobSwept
from app.domain.previews import Conversion, Preview
from app.domain.specifications import Specification
from app.domain.strays import Connected
from app.settings import PreviewsSettings

_PREPARED: Final = 2  # so many times the workers: files lie ready, but not those of all who wait


class KeepingPreviewer:
    """A `Previewer` that keeps what it makes in the store of files."""

    def __init__(self, settings: PreviewsSettings, connected: Connected, store: BlobStore) -> None:
        self._workers = Workers(settings)
        self._places = asyncio.Semaphore(_PREPARED * settings.workers)
        self._connected = connected
        self._store = store
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

    async def preview(self, file: Blob, specification: Specification, lost: Preview | None = None) -> Preview:
        key = (file.id, specification)
        if key not in self._being_made:
            making = asyncio.create_task(self._made(file, specification, lost))
            self._being_made[key] = making
            making.add_done_callback(lambda made: self._done(key, made))
        return await asyncio.shield(self._being_made[key])

    def _done(self, key: tuple[UUID, Specification], made: asyncio.Task[Preview]) -> None:
        del self._being_made[key]
        if not made.cancelled():
            made.exception()  # heard, though everybody who asked may have gone away

    def converted(
        self, pieces: AsyncIterable[bytes], specification: Specification
    ) -> AbstractAsyncContextManager[Conversion]:
        return self._workers.converted(pieces, specification)

    async def probe(self) -> None:
        await self._workers.probe()

    async def _made(self, file: Blob, specification: Specification, lost: Preview | None) -> Preview:
        name = self.name(specification)
        async with self._places:
            pieces = self._store.read(file.id, 0, file.size)
            async with self._workers.converted(pieces, specification) as conversion:
                if lost:
                    await self._forget(lost)
                with suppress(BlobSwept):  # if another process has kept its own, that is as good
                    await self._keep(file, name, conversion)
        async with self._connected() as transaction:
            return await previews.find(transaction, file, name)

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
