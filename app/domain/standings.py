"""Standings: how a user stands to a room. To a channel everybody stands as to the workspace that it is in."""

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from app.domain.database import Statement, Transaction, value
from app.domain.errors import NotAMember, NotAnOwner, RoomNotFound
from app.domain.schema import member, room

RoomType = Literal["channel", "group", "one_to_one", "temporary", "workspace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a user stands to a room."""

    room_id: UUID
    type: RoomType
    is_member: bool
    is_owner: bool

    @property
    def members_are_fixed(self) -> bool:
        """Whether nobody is added, leaves or changes his standing."""
        return self.type in ("one_to_one", "channel")

    def as_member(self) -> Self:
        """Return the standing of a member, or raise NotAMember."""
        if not self.is_member:
            raise NotAMember
        return self

    def as_owner(self) -> Self:
        """Return the standing of an owner, or raise NotAMember or NotAnOwner."""
        if not self.as_member().is_owner:
            raise NotAnOwner
        return self


of_members = sa.func.coalesce(room.c.parent_id, room.c.id)
"""The room whose members a room has: for a channel its workspace."""


def seen_by(user_id: sa.ColumnElement[UUID], own: sa.FromClause = member) -> sa.Join:
    """Return rooms, each with the membership of this user beside it, if he is a member."""
    return room.outerjoin(own, (own.c.room_id == of_members) & (own.c.user_id == user_id))


_this = room.c.id == sa.bindparam("room_id")
_workspace = sa.select(room.c.parent_id).where(_this).scalar_subquery()

_LOCK = Statement(
    sa.select(room.c.id)
    .where(room.c.id == sa.any_(array([sa.bindparam("room_id", type_=sa.Uuid), _workspace])))
    .order_by(room.c.parent_id.nulls_first())
    .with_for_update(key_share=True),
    value,
)
_HOLD = Statement(
    sa.select(room.c.id)
    .join(member, (member.c.room_id == of_members) & (member.c.user_id == sa.bindparam("user_id")))
    .where(_this)
    .with_for_update(read=True, key_share=True, of=[room, member]),
    value,
)
_STANDING = Statement(
    sa.select(
        room.c.id.label("room_id"),
        room.c.type,
        member.c.user_id.is_not(None).label("is_member"),
        sa.func.coalesce(member.c.owner, sa.false()).label("is_owner"),
    )
    .select_from(seen_by(sa.bindparam("user_id")))
    .where(_this),
    Standing,
)


async def locked(transaction: Transaction, room_id: UUID, user_id: UUID) -> Standing:
    """Return how the user stands to the room, which nobody else changes until the transaction ends.

    The workspace of a channel is locked before the channel. Raises RoomNotFound.
    """
    # Not in one statement: that would judge by what was there before it waited for the lock.
    await transaction.all(_LOCK, room_id=room_id)
    return await get(transaction, room_id, user_id)


async def held(transaction: Transaction, room_id: UUID, user_id: UUID) -> Standing:
    """Return how the user stands to the room; a room or a membership that is there stays until the transaction ends.

    Only who deletes one of them waits. Raises RoomNotFound.
    """
    await transaction.all(_HOLD, room_id=room_id, user_id=user_id)
    return await get(transaction, room_id, user_id)


async def get(transaction: Transaction, room_id: UUID, user_id: UUID) -> Standing:
    """Return how the user stands to the room just now, or raise RoomNotFound."""
    return await transaction.one(_STANDING, RoomNotFound, room_id=room_id, user_id=user_id)
