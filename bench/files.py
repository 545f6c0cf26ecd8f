"""The files of a full database: attachments with their messages, pictures, and strays; always the same ones.

Every tenth attachment was forwarded: it shares the bytes of one before. And one room is full of them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.schema import attachment, blob, message, preview, stray_blob
from bench.rows import HOUR, OTHERS, Moments, copy, copy_values

IN_ONE_ROOM: Final = 1_000
"""How many attachments the full room has; each of the others has about as many as any."""

SPECIFICATION: Final = "of the bench"
"""How every preview is kept."""

_FORWARDED: Final = 10  # one of so many
_BLOB: Final = ("id", "name", "mime_type", "size", "sha256", "created_at")
_ATTACHMENT: Final = ("id", "room_id", "user_id", "blob_id", "created_at")
_PREVIEW: Final = ("id", "blob_id", "specification", "size", "used_at")
_MESSAGE: Final = ("id", "room_id", "user_id", "stanza_id", "body", "attachment_id", "created_at")

Place = tuple[UUID, UUID]
"""A room, and who is in it."""


async def fill_blobs(connection: "Connection[Record]", *, attachments: int, pictures: int) -> Sequence[Sequence[UUID]]:
    """Put blobs for so many attachments and pictures into the database, and strays; return the blobs of either."""
    of_attachments = attachments - attachments // _FORWARDED
    count = of_attachments + pictures
    moments = Moments.until_now(count, blob)
    named = [moments.id(number) for number in range(count)]
    await copy_values(connection, blob, _BLOB, _blobs(named))
    await copy_values(connection, preview, _PREVIEW, _previews(named))
    await _fill_strays(connection)
    return named[:of_attachments], named[of_attachments:]


async def _fill_strays(connection: "Connection[Record]") -> None:
    strays, now = Moments.until_now(OTHERS, stray_blob), datetime.now(UTC)
    await copy(
        connection,
        stray_blob,
        # Every other waits for the sweep; the others are on their way.
        ({"blob_id": strays.id(number), "due_at": now + (-HOUR if number % 2 else HOUR)} for number in range(OTHERS)),
    )


def _blobs(named: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    for number, id in enumerate(named):
        hashed = hashlib.sha256(id.bytes).digest()
        yield id, f"File {number}.pdf", "application/pdf", 1_000 + number % 1_000_000, hashed, ids.moment(id)


def _previews(blobs: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    """Every other file has been looked at; every fourth was its own preview."""
    previewed = blobs[::2]
    moments = Moments.until_now(len(previewed), preview)
    for number, blob_id in enumerate(previewed):
        size = 1_000 + number % 100_000 if number % 2 else None
        yield moments.id(number), blob_id, SPECIFICATION, size, moments.made + number * moments.step


async def fill(
    connection: "Connection[Record]", count: int, blobs: Sequence[UUID], places: Sequence[Place], full: Place
) -> None:
    """Put so many attachments into these rooms, each with its message; one room is full."""
    sent = list(_attachments(count, blobs, places, full))
    await copy_values(connection, attachment, _ATTACHMENT, iter(sent))
    await copy_values(connection, message, _MESSAGE, _messages(sent))


def _attachments(count: int, blobs: Sequence[UUID], places: Sequence[Place], full: Place) -> Iterator[tuple[Any, ...]]:
    moments = Moments.until_now(count, attachment)
    for number in range(count):
        id = moments.id(number)
        room, user = full if number % (count // IN_ONE_ROOM) == 0 else moments.chance.choice(places)
        tens, ones = divmod(number, _FORWARDED)
        source = (_FORWARDED - 1) * tens + min(ones, _FORWARDED - 2)
        yield id, room, user, blobs[source], ids.moment(id)


def _messages(sent: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    moments = Moments.until_now(len(sent), message)
    for number, (attachment_id, room, user, _, moment) in enumerate(sent):
        body = "The minutes of our meeting" if number % 3 == 0 else None
        yield moments.id(number), room, user, f"stanza-{number}", body, attachment_id, moment
