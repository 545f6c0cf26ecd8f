"""Departures: a user who is removed leaves every room at once, and none is left without an owner."""

from uuid import UUID

import sqlalchemy as sa

from app.domain import rooms
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.schema import member, room, room_setting, user_account
from app.domain.standings import of_members


class _JoinedMeanwhile(Exception):
    """The user is in a room that is not locked."""


_user_id = sa.bindparam("user_id", type_=sa.Uuid)
_rooms_of_user = sa.select(member.c.room_id).where(member.c.user_id == _user_id)
_left = any_of(_rooms_of_user)
_own = member.alias("own")
_other = member.alias("other")
_others_stay = sa.exists().where(_other.c.room_id == room.c.id, _other.c.user_id != _user_id)
_others = sa.select(_other.c.user_id).where(_other.c.room_id == _own.c.room_id, _other.c.user_id != _user_id)
# Looked for in rooms that need one, and in no other: members are many.
_next = _others.order_by(_other.c.position).limit(1).correlate(_own).scalar_subquery()
_heir = (
    sa.select(_own.c.room_id, _next.label("user_id"))
    .where(_own.c.user_id == _user_id, ~sa.exists(_others.where(_other.c.owner).correlate(_own)))
    .cte("heir")
)

# Those too that he has left, but has settings in: they are deleted with him, and with the workspace, row by row.
_whole = sa.select(of_members).where(room.c.id == room_setting.c.room_id).correlate(room_setting).scalar_subquery()
_set_for = sa.select(_whole).where(room_setting.c.user_id == _user_id)
_touched = any_of(_rooms_of_user.union_all(_set_for))

_LOCK_ROOMS = Statement(
    sa.select(room.c.id).where(room.c.id == _touched).order_by(room.c.id).with_for_update(key_share=True),
    value,
)
_LOCK_USER = Statement(sa.select(user_account.c.id).where(user_account.c.id == _user_id).with_for_update(), value)
_ROOMS = Statement(_rooms_of_user, value)
_DOOMED = Statement(
    sa.select(room.c.id).where(room.c.id == _left, sa.or_(room.c.type == "one_to_one", ~_others_stay)), value
)
_INHERIT = Statement(
    sa.update(member)
    .where(member.c.room_id == _heir.c.room_id, member.c.user_id == _heir.c.user_id)
    .values(owner=True)
    .returning(member.c.room_id),
    value,
)


async def prepare(transaction: Transaction, user_id: UUID) -> list[UUID]:
    """Prepare that the user is deleted, within this transaction; until it ends he joins nothing.

    His one-to-ones and the rooms where he was the last are deleted; returns the blobs that they named, for
    `blobs.free`. Where only he is an owner, the member of longest standing becomes one.
    """
    while True:
        try:
            async with transaction.begun():
                return await _leave(transaction, user_id)
        except _JoinedMeanwhile:
            continue


async def _leave(transaction: Transaction, user_id: UUID) -> list[UUID]:
    locked = await transaction.all(_LOCK_ROOMS, user_id=user_id)
    named = await rooms.remove_with_all(transaction, await transaction.all(_DOOMED, user_id=user_id))
    await transaction.all(_INHERIT, user_id=user_id)
    # The user comes last: whoever sets something for him holds the room, and waits for the user.
    await transaction.find(_LOCK_USER, user_id=user_id)
    if not set(await transaction.all(_ROOMS, user_id=user_id)) <= set(locked):
        raise _JoinedMeanwhile
    return named
