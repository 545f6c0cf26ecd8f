"""Members of rooms: they join, leave, and become owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from asyncpg import UniqueViolationError

from app.domain import blobs, events, invitations, presences, room_settings, rooms, standings
from app.domain.changes import RoomMemberAdded, RoomMemberRemoved, RoomOwnerDemoted, RoomOwnerPromoted
from app.domain.database import Statement, Transaction, value
from app.domain.errors import (
    AlreadyMember,
    FixedMembers,
    GroupFull,
    LastOwner,
    MemberNotFound,
    OwnStanding,
)
from app.domain.events import Told, members_of
from app.domain.invitations import Invited
from app.domain.schema import member
from app.domain.standings import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer(Invited):
    """Somebody who joins a room that there is; if `history_cleared`, he does not see what was before."""

    history_cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaving:
    """A member who may leave: if an owner, whether others own the room too, and whether anybody stays."""

    owner: bool
    others_own: bool
    others_stay: bool


_room_id = sa.bindparam("room_id", type_=sa.Uuid)
_this = sa.and_(member.c.room_id == _room_id, member.c.user_id == sa.bindparam("user_id"))
_others = member.alias("other")
_another = (
    sa.select(_others.c.user_id)
    .where(_others.c.room_id == member.c.room_id, _others.c.user_id != member.c.user_id)
    .correlate(member)
)
_ADD = Statement(invitations.admitting(_room_id).returning(member.c.user_id), value)
_COUNT = Statement(sa.select(sa.func.count().label("count")).where(member.c.room_id == _room_id), value)
_LEAVING = Statement(
    sa.select(
        member.c.owner,
        sa.exists(_another.where(_others.c.owner)).label("others_own"),
        sa.exists(_another).label("others_stay"),
    ).where(_this),
    _Leaving,
)
_REMOVE = Statement(sa.delete(member).where(_this).returning(member.c.user_id), value)
_SET_OWNER = Statement(
    sa.update(member).where(_this).values(owner=sa.bindparam("is_owner")).returning(member.c.user_id), value
)


async def add(
    transaction: Transaction, room_id: UUID, newcomers: Sequence[Newcomer], *, caller_id: UUID, most_members: int
) -> datetime | None:
    """Add all of them, or none; at most so many may be in a group.

    Returns when the history was cleared for those who are not to see it. Raises RoomNotFound, NotAMember, NotAnOwner,
    FixedMembers, WrongMembers.
    """
    standing = await _changeable(transaction, room_id, caller_id)
    invitations.distinct(newcomers)
    if standing.type == "group" and newcomers:
        await _judge_places(transaction, room_id, len(newcomers), most_members)
    await _admit(transaction, standing, newcomers)
    without_history = [newcomer.user_id for newcomer in newcomers if newcomer.history_cleared]
    cleared_at = await room_settings.clear_histories(transaction, room_id, without_history) if without_history else None
    added = [RoomMemberAdded(room_id=room_id, user_id=one.user_id, is_owner=one.owner) for one in newcomers]
    await events.record(transaction, *(Told(members_of(room_id), each) for each in added))
    return cleared_at


async def _changeable(transaction: Transaction, room_id: UUID, caller_id: UUID) -> Standing:
    """Return the standing of an owner in a room whose members change."""
    standing = (await standings.locked(transaction, room_id, caller_id)).as_owner()
    if standing.members_are_fixed:
        raise FixedMembers
    return standing


async def _judge_places(transaction: Transaction, group_id: UUID, newcomers: int, most_members: int) -> None:
    members: int = await transaction.one(_COUNT, room_id=group_id)
    if members + newcomers > most_members:
        raise GroupFull


async def _admit(transaction: Transaction, standing: Standing, newcomers: Sequence[Newcomer]) -> None:
    ranked = standing.type == "workspace"
    if ranked:
        await invitations.lock(transaction, newcomers)
    try:
        with invitations.of_users():
            await transaction.all(_ADD, room_id=standing.room_id, **invitations.values(newcomers, ranked=ranked))
    except UniqueViolationError as error:
        raise {"pk_member": AlreadyMember}[str(error.constraint_name)] from None


async def remove(transaction: Transaction, room_id: UUID, user_id: UUID, *, caller_id: UUID) -> None:
    """Let a member go, who leaves by himself or is put out by an owner; with the last one, the room goes too.

    Raises RoomNotFound, MemberNotFound, NotAMember, FixedMembers, NotAnOwner, LastOwner.
    """
    standing = await standings.locked(transaction, room_id, caller_id)
    if user_id == caller_id and not standing.is_member:
        raise MemberNotFound
    if standing.as_member().members_are_fixed:
        raise FixedMembers
    if user_id != caller_id:
        standing.as_owner()
    leaving = await transaction.one(_LEAVING, MemberNotFound, room_id=room_id, user_id=user_id)
    if leaving.owner and leaving.others_stay and not leaving.others_own:
        raise LastOwner
    await _let_go(transaction, standing, user_id, the_last=not leaving.others_stay)


async def _let_go(transaction: Transaction, standing: Standing, user_id: UUID, *, the_last: bool) -> None:
    room_id = standing.room_id
    meetings = await presences.hold_of_rooms(transaction, [room_id])
    left = await presences.leave(transaction, meetings, presences.OF_USER, "removed", user_id=user_id)
    told = [
        *presences.told(left, user_id),
        Told(members_of(room_id, user_id), RoomMemberRemoved(room_id=room_id, user_id=user_id)),
    ]
    if the_last:
        removed = await rooms.remove_with_all(transaction, [room_id])
        await blobs.free(transaction, removed.blob_ids)
        told += [Told(events.users(user_id), change) for change in removed.changes(room_id)]
    else:
        await _take_away(transaction, standing, user_id)
    await events.record(transaction, *told)


async def _take_away(transaction: Transaction, standing: Standing, user_id: UUID) -> None:
    await transaction.find(_REMOVE, room_id=standing.room_id, user_id=user_id)
    if standing.type == "workspace":
        await room_settings.forget(transaction, standing.room_id, user_id)


async def promote(transaction: Transaction, room_id: UUID, user_id: UUID, *, caller_id: UUID) -> None:
    """Make a member an owner.

    Raises OwnStanding, RoomNotFound, NotAMember, NotAnOwner, FixedMembers, MemberNotFound.
    """
    await _set_owner(transaction, room_id, user_id, caller_id, is_owner=True)
    promoted = RoomOwnerPromoted(room_id=room_id, user_id=user_id)
    await events.record(transaction, Told(members_of(room_id), promoted))


async def demote(transaction: Transaction, room_id: UUID, user_id: UUID, *, caller_id: UUID) -> None:
    """Make an owner a plain member; the caller stays an owner. Raises what `promote` does."""
    await _set_owner(transaction, room_id, user_id, caller_id, is_owner=False)
    demoted = RoomOwnerDemoted(room_id=room_id, user_id=user_id)
    await events.record(transaction, Told(members_of(room_id), demoted))


async def _set_owner(
    transaction: Transaction, room_id: UUID, user_id: UUID, caller_id: UUID, *, is_owner: bool
) -> None:
    if user_id == caller_id:
        raise OwnStanding
    await _changeable(transaction, room_id, caller_id)
    await transaction.one(_SET_OWNER, MemberNotFound, room_id=room_id, user_id=user_id, is_owner=is_owner)
