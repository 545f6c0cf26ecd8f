"""Calls about files: attachments, pictures, the messages they come with, and what the sweep does."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from app.apis.carbonio import documents
from app.domain import attachments, ids, messages, pictures, rooms, standings, strays
from app.domain.blobs import Blob
from app.domain.database import Transaction
from app.domain.messages import Message
from bench.calls.call import Call, asking, seen_by
from bench.calls.landmarks import Landmarks

_PAGES: Final = (10, 100)
_SWEPT_AT_ONCE: Final = 100
_LISTED_AT_ONCE: Final = 1_000
FREED: Final = 8
"""What is looked up for bytes that are freed: the row that named them, theirs, who else may name them, previews."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _of_pages(at)
    yield from _of_attachments(at)
    yield from _of_forwarding(at)
    yield from _of_pictures(at)
    yield from _of_strays(at)


def _of_pages(at: Landmarks) -> Iterator[Call]:
    oldest, middle, newest = (at.full.attachments[place] for place in (1, len(at.full.attachments) // 2, -1))
    kind = "a page of attachments"
    for items in _PAGES:
        # Of each attachment itself and its bytes' name; one more tells whether that is all.
        given: dict[str, Any] = {"rows": 2 * (items + 1), "items": items}
        for details, room in (("a full room", at.full.id), ("a group", at.group.id), ("a workspace", at.workspace.id)):
            yield seen_by(at.busy, kind, documents.FIRST_PAGE, details=details, room_id=room, **given)
        for details, place in (("few", oldest), ("half", middle), ("all others", newest)):
            behind: dict[str, Any] = {"room_id": at.full.id, "id": place.id, "created_at": place.created_at}
            yield seen_by(at.busy, kind, documents.NEXT_PAGE, details=f"{details} follow", **behind, **given)


def _of_attachments(at: Landmarks) -> Iterator[Call]:
    one = at.full.attachments[0].id
    yield seen_by(at.busy, "an attachment", documents.ATTACHMENT, attachment_id=one)
    yield seen_by(at.busy, "an attachment to read", attachments._READ, attachment_id=one)  # noqa: SLF001 - as `attachments.read` asks
    for details, room in (("group", at.group.id), ("full room", at.full.id)):
        yield Call("a new attachment", partial(_upload, room_id=room, caller_id=at.busy.id), details=details)
    remove = partial(attachments.remove, caller_id=at.busy.id)
    yield Call("an attachment removed", partial(remove, id=one), rows=FREED)
    yield Call("an attachment removed", partial(remove, id=at.full.forwarded), rows=FREED, details="forwarded")
    rows = FREED * len(at.full.attachments)
    yield Call("a full chat removed", partial(rooms.remove, room_id=at.full.id, caller_id=at.busy.id), rows=rows)


async def _upload(transaction: Transaction, *, room_id: UUID, caller_id: UUID) -> None:
    """Send a file, as `app/apis/carbonio/attachments.py` does."""
    await attachments.judge_sender(transaction, room_id, caller_id=caller_id)
    arrived = _arrived(await strays.expect(transaction))
    await strays.postpone(transaction, arrived.id)
    id = await attachments.add(transaction, room_id, arrived, caller_id=caller_id, area=None)
    await messages.keep(transaction, [Message(room_id=room_id, user_id=caller_id, attachment_id=id)])


def _arrived(id: UUID) -> Blob:
    return Blob(id=id, name="new.pdf", mime_type="application/pdf", size=1, sha256=bytes(32))


def _of_forwarding(at: Landmarks) -> Iterator[Call]:
    for many in _PAGES:
        several = [attachment.id for attachment in at.full.attachments[:many]]
        forward = partial(_forward, several=several, room_id=at.group.id, caller_id=at.busy.id)
        # Of each the source and its room, then the copy with its entries in indexes.
        yield Call("messages forwarded", forward, rows=5 * many, details=f"{many} files")


async def _forward(transaction: Transaction, *, several: Sequence[UUID], room_id: UUID, caller_id: UUID) -> None:
    """Forward messages with files, as `app/apis/carbonio/messages.py` does."""
    await standings.held(transaction, room_id, caller_id)
    said = Message(room_id=room_id, user_id=caller_id, original="<message/>", original_sent_at=datetime.now(UTC))
    copies = await attachments.copy(transaction, several, room_id, caller_id=caller_id)
    await messages.keep(transaction, [said for _ in copies])


def _of_pictures(at: Landmarks) -> Iterator[Call]:
    yield seen_by(at.busy, "a chat's picture", pictures._OF_ROOM, of=at.group.id)  # noqa: SLF001 - as it is read
    yield seen_by(at.busy, "a user's picture", pictures._OF_USER, of=at.usual.id)  # noqa: SLF001
    given: dict[str, Any] = {"room_id": at.group.id, "caller_id": at.busy.id}
    yield Call("a new picture of a chat", partial(_picture_room, **given), rows=FREED)
    yield Call("a picture of a chat removed", partial(pictures.remove_of_room, **given), rows=FREED)
    # Who is in each of his rooms hears of it.
    rows, details = FREED + at.busy.rooms, f"{at.busy.rooms} rooms"
    yield Call("a new picture of a user", partial(_picture_user, user_id=at.busy.id), rows=rows, details=details)
    remove = partial(pictures.remove_of_user, user_id=at.busy.id, caller_id=at.busy.id)
    yield Call("a picture of a user removed", remove, rows=rows, details=details)


async def _picture_room(transaction: Transaction, *, room_id: UUID, caller_id: UUID) -> None:
    await pictures.judge_room(transaction, room_id, caller_id=caller_id)
    arrived = _arrived(await strays.expect(transaction))
    await pictures.set_of_room(transaction, room_id, arrived, caller_id=caller_id)


async def _picture_user(transaction: Transaction, *, user_id: UUID) -> None:
    await pictures.set_of_user(transaction, user_id, _arrived(await strays.expect(transaction)))


def _of_strays(at: Landmarks) -> Iterator[Call]:
    yield Call("an upload given up", _give_up)
    yield Call("a sweep of strays", _sweep, rows=4 * _SWEPT_AT_ONCE)  # locked, claimed, and two indexes told
    listed = [ids.new_id() for _ in range(_LISTED_AT_ONCE // 2)]
    listed += [attachment.id for attachment in at.full.attachments[: _LISTED_AT_ONCE // 2]]
    unowned = asking(strays._UNOWNED, ids=listed)  # noqa: SLF001 - as `enfilade sweep` asks for what the store lists
    yield Call("a sweep of the store", unowned, rows=2 * _LISTED_AT_ONCE)


async def _give_up(transaction: Transaction) -> None:
    await strays.give_up(transaction, await strays.expect(transaction))


async def _sweep(transaction: Transaction) -> None:
    @asynccontextmanager
    async def connected() -> AsyncIterator[Transaction]:
        yield transaction

    await strays.sweep(connected, _Nowhere())


class _Nowhere:
    """A store that keeps nothing."""

    async def write(self, id: UUID, pieces: AsyncIterable[bytes]) -> None:
        pass

    async def read(self, id: UUID, start: int, end: int) -> AsyncIterator[bytes]:
        yield b""

    async def delete(self, ids: Sequence[UUID]) -> None:
        pass

    async def ids(self) -> AsyncIterator[UUID]:
        for id in list[UUID]():
            yield id

    async def probe(self) -> None:
        pass
