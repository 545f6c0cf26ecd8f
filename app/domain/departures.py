"""Departures: a user who is removed leaves every room at once, and none is left without an owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import sqlalchemy as sa

from app.domain import events, presences, rooms
from app.domain.changes import RoomMemberRemoved, RoomOwnerPromoted
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.events import Told, members_of
from app.domain.rooms import Removed
from app.domain.schema import member, room, room_setting, user_account
from app.domain.standings import of_members


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What is left to be done by whoever deletes the user: blobs to be freed, and then changes to be recorded."""

    blob_ids: Sequence[UUID]
    told: Sequence[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Membership:
    """Who is in which room."""

    room_id: UUID
    user_id: UUID


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
    sa.select(member.c.room_id, member.c.user_id)
    .join(room, room.c.id == member.c.room_id)
    .where(room.c.id == _left, sa.or_(room.c.type == "one_to_one", ~_others_stay))
    .order_by(member.c.room_id),
    _Membership,
)
_INHERIT = Statement(
    sa.update(member)
    .where(member.c.room_id == _heir.c.room_id, member.c.user_id == _heir.c.user_id)
    .values(owner=True)
    .returning(member.c.room_id, member.c.user_id),
    _Membership,
)


async def prepare(transaction: Transaction, user_id: UUID) -> Departure:
    """Prepare that the user is deleted, within this transaction; until it ends he joins nothing.

    His one-to-ones and the rooms where he was the last are deleted. Where only he is an owner, the member of longest
    standing becomes one.
    """
    while True:
        try:
            async with transaction.begun():
                return await _leave(transaction, user_id)
        except _JoinedMeanwhile:
            continue


async def _leave(transaction: Transaction, user_id: UUID) -> Departure:
    locked = await transaction.all(_LOCK_ROOMS, user_id=user_id)
    doomed = await transaction.all(_DOOMED, user_id=user_id)
    doomed_ids = {one.room_id for one in doomed}
    # All of them first, each by its id, also those that go with their rooms.
    meetings = await presences.hold_of_rooms(transaction, locked)
    staying = [meeting for meeting in meetings if meeting.room_id not in doomed_ids]
    out = await presences.leave(transaction, staying, presences.OF_USER, "removed", user_id=user_id)
    removed = await rooms.remove_with_all(transaction, sorted(doomed_ids))
    heirs = await transaction.all(_INHERIT, user_id=user_id)
    # The user comes last: whoever sets something for him holds the room, and waits for the user.
    await transaction.find(_LOCK_USER, user_id=user_id)
    left = await transaction.all(_ROOMS, user_id=user_id)
    if not set(left) <= set(locked):
        raise _JoinedMeanwhile
    told = [
        *_told_of_deleted(doomed, removed),
        *presences.told(out, user_id),
        *_told_of_left(left, heirs, user_id),
    ]
    return Departure(blob_ids=removed.blob_ids, told=told)


def _told_of_deleted(doomed: Sequence[_Membership], removed: Removed) -> list[Told]:
    """Tell those who were in a room that it is gone, and before that that its meeting is."""
    were_in = {
        room_id: events.users(*(one.user_id for one in members))
        for room_id, members in groupby(doomed, attrgetter("room_id"))
    }
    return [Told(audience, change) for room_id, audience in were_in.items() for change in removed.changes(room_id)]


def _told_of_left(left: Sequence[UUID], heirs: Sequence[_Membership], user_id: UUID) -> list[Told]:
    """Tell those who stay in a room that he is out of it, and before that who owns it from now on."""
    promoted = [RoomOwnerPromoted(room_id=heir.room_id, user_id=heir.user_id) for heir in heirs]
    removed = [RoomMemberRemoved(room_id=room_id, user_id=user_id) for room_id in left]
    changes: list[RoomOwnerPromoted | RoomMemberRemoved] = [*promoted, *removed]
    in_their_rooms = sorted(changes, key=attrgetter("room_id"))  # what came before comes before, of one room
    return [Told(members_of(change.room_id, user_id), change) for change in in_their_rooms]
