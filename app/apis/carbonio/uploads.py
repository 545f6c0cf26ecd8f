"""How the bytes of a file are taken in: piece by piece into the store, with no connection to the database meanwhile."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Final, NamedTuple, Self, TypeAlias
from uuid import UUID

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.apis.dependencies import Call
from app.domain import strays
from app.domain.blobs import Blob
from app.domain.database import Transaction
from app.domain.errors import TooLarge


def raw_body(least_bytes: int = 0) -> dict[str, Any]:
    """Describe a body that is a file's bytes, at least so many."""
    schema = {"type": "string", "format": "binary"} | ({"minLength": least_bytes} if least_bytes else {})
    content = {"application/octet-stream": {"schema": schema}}
    return {"requestBody": {"required": least_bytes > 0, "content": content}}


_PIECE_BYTES: Final = 1024 * 1024
_SILENT_SECONDS: Final = 60


class Received(NamedTuple):
    """Bytes that have arrived."""

    id: UUID
    size: int
    sha256: bytes

    def named(self, name: str, mime_type: str) -> Blob:
        """Return them with the name and type that the sender gave."""
        return Blob(**self._asdict(), name=name, mime_type=mime_type)


Read: TypeAlias = Callable[[Request], AsyncIterable[bytes]]
"""Finds the bytes of the file in what is sent."""

Keep: TypeAlias = Callable[[Transaction, Received], Awaitable[Response]]
"""Puts what has arrived where it belongs, in a transaction of its own, and answers."""


async def arriving(request: Request) -> AsyncIterator[bytes]:
    """Yield the body. Raises HTTPException(408) when it comes to a standstill, ClientDisconnect when it breaks off."""
    chunks = request.stream()
    while True:
        try:
            async with asyncio.timeout(_SILENT_SECONDS):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise HTTPException(408) from None
        if chunk is None:
            return
        yield chunk


def _declared(request: Request) -> int:
    return int(request.headers.get("content-length", 0))


DeclaredBytes = Annotated[int, Depends(_declared)]
"""How many bytes will come, as the client says; 0 when it does not."""


def judge_size(size: int, most_bytes: int) -> None:
    """Return if a file may be so large, or raise TooLarge."""
    if size > most_bytes:
        raise TooLarge


async def at_most(pieces: AsyncIterable[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    """Yield the pieces, or raise TooLarge with the first that is too much."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        judge_size(size, most_bytes)
        yield piece


class Upload(Response):
    """What an upload's operation returns when it may begin: takes the bytes, keeps them, and answers.

    Whatever goes wrong leaves nothing: a killed server's bytes are swept, since they are strays until they are kept.
    """

    def __init__(self, call: Call, id: UUID, keep: Keep, read: Read, most_bytes: int) -> None:
        """Take in at most so many bytes as the blob `id`, which is expected."""
        super().__init__()
        self._resources = call.resources
        self._sender = str(call.caller_id)
        self._id = id
        self._keep = keep
        self._read = read
        self._most_bytes = most_bytes

    @classmethod
    async def begun(cls, call: Call, keep: Keep, read: Read, most_bytes: int) -> Self:
        """Return the upload; the call's transaction says that bytes are expected."""
        return cls(call, await strays.expect(call.transaction), keep, read, most_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with strays.arriving(self._resources.connected, self._id), self._resources.upload_turn(self._sender):
                answer = await self._kept(await self._received(Request(scope, receive)))
        except Exception:
            self._resources.sweep_soon()
            raise
        await answer(scope, receive, send)

    async def _received(self, request: Request) -> Received:
        """Raise TooLarge, StorageFailed, or what reading raises."""
        pieces = _Pieces(at_most(self._read(request), self._most_bytes))
        await self._resources.blobs.write(self._id, pieces)
        return Received(self._id, pieces.size, await pieces.sha256())

    async def _kept(self, received: Received) -> Response:
        async with self._resources.connected() as transaction, transaction.begun():
            return await self._keep(transaction, received)


class _Pieces:
    """What arrives, in pieces of 1 MiB, counted and hashed on its way."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self.size = 0
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self._hashing: asyncio.Future[None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        gathered = bytearray()
        async for chunk in self._chunks:
            self.size += len(chunk)
            gathered += chunk
            if len(gathered) >= _PIECE_BYTES:
                yield await self._hashed(bytes(gathered))
                gathered.clear()
        if gathered:
            yield await self._hashed(bytes(gathered))

    async def sha256(self) -> bytes:
        """Return the hash of all, once all has arrived."""
        await self._is_hashed()
        return self._hash.digest()

    async def _hashed(self, piece: bytes) -> bytes:
        """Return the piece; it is hashed in a thread while it is written."""
        await self._is_hashed()
        self._hashing = asyncio.ensure_future(asyncio.to_thread(self._hash.update, piece))
        return piece

    async def _is_hashed(self) -> None:
        if self._hashing:
            await self._hashing
