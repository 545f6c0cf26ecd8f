"""Bytes in a bucket of a store that speaks S3."""

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self, cast
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.adapters.blobs.errors import BlobsUnusable
from app.domain.errors import StorageFailed
from app.settings import PREFIX

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_ENDPOINT: Final = re.compile(r"https?://([a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(/[!-~]*)?")
_CODE: Final = re.compile("<Code>([A-Za-z]{1,64})</Code>")
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
_VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    *_ENDPOINTS,
)
# The least that S3 takes, of at most 10,000, one after the other: an upload holds about two of them in memory.
_PART_BYTES: Final = 5 * 1024 * 1024
_PARTS_AT_ONCE: Final = 1
_READ_BYTES: Final = 4 * 1024 * 1024
_CLIENT: "Final[ClientConfig]" = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=30)}
_RETRIES: "Final[RetryConfig]" = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}


class Bucket:
    """A bucket as a `BlobStore`; each object's key is `<prefix>/<id>`.

    A large object is sent in parts, which the store throws away when it is told that no more will come. A server that
    is killed cannot tell it: a rule of the bucket's life cycle does (AbortIncompleteMultipartUpload).
    """

    def __init__(self, name: str, prefix: str, environment: Mapping[str, str]) -> None:
        """Open it as the usual variables of AWS say; nothing is asked of it yet. Raises BlobsUnusable."""
        known = {variable: environment[variable] for variable in _VARIABLES if variable in environment}
        endpoints = [_judged(variable, known[variable]) for variable in _ENDPOINTS if variable in known]
        try:
            self._store = S3Store(
                name,
                prefix=prefix or None,
                config=cast("S3Config", {variable.lower(): value for variable, value in known.items()}),
                client_options={**_CLIENT, "allow_http": any(map(_is_plain, endpoints))},
                retry_config=_RETRIES,
            )
        except (BaseError, ValueError) as error:
            raise BlobsUnusable(f"{PREFIX}BLOBS_URL: {_in_short(error)}") from None

    async def write(self, id: UUID, pieces: AsyncIterable[bytes]) -> None:
        arriving = _Arriving(pieces)
        first = await _joined(arriving, _PART_BYTES)
        rest = first if len(first) < _PART_BYTES else arriving.after(first)
        with _telling():
            sending = asyncio.ensure_future(
                obstore.put_async(self._store, str(id), rest, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
            )
            try:
                await asyncio.shield(sending)
            except asyncio.CancelledError:
                arriving.stop()
                await asyncio.gather(sending, return_exceptions=True)  # until the store knows that no more will come
                raise

    async def read(self, id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        # Piece by piece, not as one stream: that the store would break off when our client is slow.
        for at in range(start, end, _READ_BYTES):
            with _telling():
                piece = await obstore.get_range_async(self._store, str(id), start=at, end=min(at + _READ_BYTES, end))
            if len(piece) < min(_READ_BYTES, end - at):
                raise StorageFailed("the object is shorter than it was")
            yield bytes(piece)

    async def delete(self, ids: Sequence[UUID]) -> None:
        with _telling():
            await obstore.delete_async(self._store, [str(id) for id in ids])

    async def ids(self) -> AsyncIterator[UUID]:
        with _telling():
            async for some in obstore.list(self._store):
                for each in some:
                    if (id := _id(each["path"])) is not None:
                        yield id

    async def probe(self) -> None:
        with _telling():  # by reading: in a bucket that keeps versions, all that is written stays
            async for _ in obstore.list(self._store, chunk_size=1):
                return


def _judged(variable: str, endpoint: str) -> str:
    if not _ENDPOINT.fullmatch(endpoint):
        raise BlobsUnusable(f"{variable} must be like https://host or http://host:port")
    return endpoint


def _is_plain(endpoint: str) -> bool:
    return endpoint.startswith("http://")


class _Arriving:
    """Pieces, and a way to say to whoever waits for the next one that it will not come."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = aiter(pieces)
        self._next: asyncio.Future[bytes] | None = None
        self._stopped = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._stopped:
            raise asyncio.CancelledError
        self._next = asyncio.ensure_future(anext(self._pieces))
        return await self._next

    async def after(self, first: bytes) -> AsyncIterator[bytes]:
        yield first
        async for piece in self:
            yield piece

    def stop(self) -> None:
        self._stopped = True
        if self._next:
            self._next.cancel()


async def _joined(pieces: AsyncIterator[bytes], least: int) -> bytes:
    """Return the pieces up to this size, or all there are."""
    joined = bytearray()
    while len(joined) < least:
        try:
            joined += await anext(pieces)
        except StopAsyncIteration:
            break
    return bytes(joined)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise StorageFailed(_in_short(error)) from None


def _id(path: str) -> UUID | None:
    try:
        id = UUID(path)
    except ValueError:
        return None
    return id if str(id) == path else None


def _in_short(error: BaseException) -> str:
    """Leave out what the store has sent, but for its code: it may tell more of a key than is good for a log."""
    said = str(error)
    code = _CODE.search(said)
    words = said.partition("<")[0].partition("\n")[0].removeprefix("Generic S3 error: ").strip(" :")
    return f"{words}: {code[1]}" if code else words
