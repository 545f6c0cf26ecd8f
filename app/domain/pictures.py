"""Pictures of groups and of users."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.domain import blobs, events, standings
from app.domain.blobs import Blob, SeenBlob
from app.domain.changes import RoomPictureChanged, RoomPictureDeleted, UserPictureChanged, UserPictureDeleted
from app.domain.database import Statement, Transaction, value
from app.domain.errors import NeverPictured, NotOneself, PictureNotFound, RoomNotFound, UserNotFound
from app.domain.events import Told, contacts_of, members_of
from app.domain.schema import blob, member, room, user_account
from app.domain.standings import Standing, seen_by


class _Replaced(NamedTuple):
    """The picture that there was, if any, and when it was replaced; None where none is set instead."""

    blob_id: UUID | None
    changed_at: datetime | None

    @property
    def moment(self) -> datetime:
        assert self.changed_at, "a picture was set"
        return self.changed_at


_id = sa.bindparam("of", type_=sa.Uuid)
_blob_id = sa.bindparam("blob_id", type_=sa.Uuid)
_moment = sa.func.statement_timestamp()  # when the lock was there


def _of(pictured: sa.Table, owners: sa.FromClause, is_member: sa.ColumnElement[bool]) -> Statement[SeenBlob]:
    """Return the statement that reads the picture of a room or a user."""
    return Statement(
        sa.select(is_member.label("is_member"), *blobs.columns)
        .select_from(owners.outerjoin(blob, blob.c.id == pictured.c.picture_blob_id))
        .where(pictured.c.id == _id),
        SeenBlob.of_row,
    )


def _replacing(pictured: sa.Table, **changes: sa.ColumnElement[object]) -> Statement[_Replaced]:
    """Return the statement that sets a picture, or takes it away; the row is locked before."""
    before = sa.select(pictured.c.picture_blob_id.label("blob_id")).where(pictured.c.id == _id).cte("before")
    changed_at = sa.case((_blob_id.is_not(None), _moment))
    return Statement(
        sa.update(pictured)
        .where(pictured.c.id == _id)
        .values(picture_blob_id=_blob_id, picture_changed_at=changed_at, **changes)
        .returning(
            sa.select(before.c.blob_id).scalar_subquery().label("blob_id"),
            pictured.c.picture_changed_at.label("changed_at"),
        ),
        _Replaced,
    )


_OF_ROOM = _of(room, seen_by(sa.bindparam("caller_id", type_=sa.Uuid)), member.c.user_id.is_not(None))
_OF_USER = _of(user_account, user_account, sa.true())
_REPLACE_OF_ROOM = _replacing(room, modified_at=sa.func.greatest(_moment, room.c.modified_at))
_REPLACE_OF_USER = _replacing(user_account)
_LOCK_USER = Statement(
    sa.select(user_account.c.id).where(user_account.c.id == _id).with_for_update(key_share=True), value
)


async def read_of_room(transaction: Transaction, room_id: UUID) -> Blob:
    """Return the picture of a room for the caller (`caller_id`). Raises RoomNotFound, NotAMember, PictureNotFound."""
    return _present((await transaction.one(_OF_ROOM, RoomNotFound, of=room_id)).as_member())


async def read_of_user(transaction: Transaction, user_id: UUID) -> Blob:
    """Return the picture of a user, for everybody. Raises UserNotFound, PictureNotFound."""
    return _present((await transaction.one(_OF_USER, UserNotFound, of=user_id)).blob)


def _present(picture: Blob | None) -> Blob:
    if picture is None:
        raise PictureNotFound
    return picture


async def judge_room(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Return if the caller may set the room's picture just now.

    Raises RoomNotFound, NotAMember, NotAnOwner, NeverPictured.
    """
    _judge(await standings.get(transaction, room_id, caller_id))


def _judge(standing: Standing) -> None:
    if standing.as_owner().type != "group":
        raise NeverPictured


async def set_of_room(transaction: Transaction, room_id: UUID, picture: Blob, *, caller_id: UUID) -> None:
    """Set what has arrived as the picture of a room; needs a transaction. Raises what `judge_room` does, BlobSwept."""
    _judge(await standings.locked(transaction, room_id, caller_id))
    await blobs.keep(transaction, picture)
    replaced = await _replace(transaction, _REPLACE_OF_ROOM, room_id, picture.id)
    changed = RoomPictureChanged(room_id=room_id, updated_at=replaced.moment)
    await events.record(transaction, Told(members_of(room_id), changed))


async def remove_of_room(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Take away the picture of a room; needs a transaction.

    Raises RoomNotFound, NotAMember, NotAnOwner, PictureNotFound.
    """
    (await standings.locked(transaction, room_id, caller_id)).as_owner()
    if not (await _replace(transaction, _REPLACE_OF_ROOM, room_id, None)).blob_id:
        raise PictureNotFound
    await events.record(transaction, Told(members_of(room_id), RoomPictureDeleted(room_id=room_id)))


def judge_user(user_id: UUID, *, caller_id: UUID) -> None:
    """Return if the caller may change the picture of this user, or raise NotOneself."""
    if user_id != caller_id:
        raise NotOneself


async def set_of_user(transaction: Transaction, user_id: UUID, picture: Blob) -> None:
    """Set what has arrived as the picture of a user; needs a transaction. Raises BlobSwept, UserNotFound."""
    await _lock_user(transaction, user_id)
    await blobs.keep(transaction, picture)
    replaced = await _replace(transaction, _REPLACE_OF_USER, user_id, picture.id)
    changed = UserPictureChanged(user_id=user_id, image_id=picture.id, updated_at=replaced.moment)
    await events.record(transaction, Told(contacts_of(user_id), changed))


async def remove_of_user(transaction: Transaction, user_id: UUID, *, caller_id: UUID) -> None:
    """Take away the picture of a user; needs a transaction. Raises NotOneself, PictureNotFound, UserNotFound."""
    judge_user(user_id, caller_id=caller_id)
    await _lock_user(transaction, user_id)
    if not (await _replace(transaction, _REPLACE_OF_USER, user_id, None)).blob_id:
        raise PictureNotFound
    await events.record(transaction, Told(contacts_of(user_id), UserPictureDeleted(user_id=user_id)))


async def _lock_user(transaction: Transaction, user_id: UUID) -> None:
    # Not in one statement with what comes: that would free what was there before it waited for the lock.
    await transaction.one(_LOCK_USER, UserNotFound, of=user_id)


async def _replace(
    transaction: Transaction, statement: Statement[_Replaced], of: UUID, blob_id: UUID | None
) -> _Replaced:
    """Set this blob as the picture, or none; the one before is freed."""
    replaced = await transaction.one(statement, of=of, blob_id=blob_id)
    if replaced.blob_id:
        await blobs.free(transaction, [replaced.blob_id])
    return replaced
