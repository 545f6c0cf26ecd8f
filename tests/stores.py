"""Stores of bytes as their tests see them: the store itself, and what an onlooker finds where it keeps things."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from buckets import Buckets
from obstore.store import S3Store

from app.adapters.blobs import opened
from app.domain.blobs import BlobStore
from app.domain.ids import new_id
from app.settings import Settings

MEBIBYTE = 1024 * 1024
PART = 8 * MEBIBYTE  # of an upload to S3


@dataclass(frozen=True)
class Place:
    """A store, the names that are whole where it keeps things, and those that are not; paths do not count."""

    settings: dict[str, str]
    store: BlobStore
    put: Callable[[str, bytes], object]
    whole: Callable[[], list[str]]
    half: Callable[[], list[str]]

    @property
    def is_empty(self) -> bool:
        return self.whole() == self.half() == []


def store_of(url: str) -> BlobStore:
    return opened(Settings(_env_file=None, blobs_url=url))


def in_folder(folder: Path) -> Place:
    def put(name: str, content: bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def named(*, half: bool) -> list[str]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return sorted(path.name.removesuffix(".part") for path in files if (path.suffix == ".part") is half)

    settings = {"ENFILADE_BLOBS_URL": str(folder)}
    return Place(settings, store_of(str(folder)), put, lambda: named(half=False), lambda: named(half=True))


def in_bucket(settings: dict[str, str], buckets: Buckets) -> Place:
    """Return a place in the bucket of these settings."""
    address = urlsplit(settings["ENFILADE_BLOBS_URL"])
    prefix = address.path.strip("/")
    config = {name.lower(): value for name, value in buckets.settings.items()}
    beside = S3Store(address.netloc, prefix=prefix, config=config, client_options={"allow_http": True})

    def whole() -> list[str]:
        return sorted(found["path"].rpartition("/")[2] for some in beside.list() for found in some)

    with pytest.MonkeyPatch.context() as told:
        told.chdir(buckets.folder)  # where no `.env` is
        for name in buckets.settings:
            told.setenv(name, settings[name])
        store = store_of(settings["ENFILADE_BLOBS_URL"])
    return Place(settings, store, beside.put, whole, lambda: buckets.unfinished(prefix))


@lru_cache(8)
def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - the same in every run


async def pieces(content: bytes, size: int = MEBIBYTE) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def these(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def waiting(content: bytes, waits: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield the content, say so, and never end."""
    async for piece in pieces(content):
        yield piece
    waits.set()
    await asyncio.Event().wait()


async def written(store: BlobStore, content: bytes = b"kept") -> uuid.UUID:
    id = new_id()
    await store.write(id, pieces(content))
    return id


async def read(store: BlobStore, id: uuid.UUID, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in store.read(id, start, end)])


async def listed(store: BlobStore) -> list[uuid.UUID]:
    return sorted([id async for id in store.ids()])
