"""Rooms where people chat: made, changed and deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import attachments, blobs, events, ids, invitations, presences, standings
from app.domain.changes import Change, MeetingDeleted, RoomCreated, RoomDeleted, RoomUpdated
from app.domain.database import Statement, Transaction, value
from app.domain.errors import (
    FixedRoom,
    GroupFull,
    NameNeeded,
    NothingToChange,
    PairExists,
    RoomNotFound,
    UnknownWorkspace,
    WrongNumberOfMembers,
)
from app.domain.events import Told, members_of
from app.domain.invitations import Invited
from app.domain.presences import InRoom
from app.domain.schema import member, room
from app.domain.standings import Standing

FoundedType: TypeAlias = Literal["group", "one_to_one", "temporary", "workspace"]
"""The types of rooms that are made of people; a channel is made in a workspace."""

_LEAST_SEVERAL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What is left of rooms that are deleted: blobs to be freed (`blobs.free`), and what became of their meetings."""

    blob_ids: Sequence[UUID]
    of_meetings: Sequence[InRoom]

    def changes(self, room_id: UUID) -> list[Change]:
        """Return what those hear who were in this room; its channels go without a word."""
        of_meeting = [happened.change for happened in self.of_meetings if happened.room_id == room_id]
        return [*of_meeting, RoomDeleted(room_id=room_id)]


_moment = sa.bindparam("created_at", type_=room.c.created_at.type)
_of_every_room: Final = {
    "id": sa.bindparam("id"),
    "name": sa.bindparam("name"),
    "description": sa.bindparam("description"),
    "created_at": _moment,
    "modified_at": _moment,
}
_new = (
    insert(room)
    .values(
        **_of_every_room,
        type=sa.bindparam("type"),
        pair_low=sa.bindparam("pair_low"),
        pair_high=sa.bindparam("pair_high"),
    )
    .on_conflict_do_nothing(index_elements=["pair_low", "pair_high"], index_where=room.c.pair_low.is_not(None))
    .returning(room.c.id)
    .cte("new")
)
_channel = room.alias("channel")
_next_rank = (
    sa.select(sa.func.coalesce(sa.func.max(_channel.c.rank), 0) + 1)
    .where(_channel.c.parent_id == sa.bindparam("parent_id"))
    .scalar_subquery()
)
_said = {name: sa.bindparam(f"new_{name}", type_=sa.Text) for name in ("name", "description")}
_differs = sa.or_(
    *(sa.and_(said.is_not(None), room.c[name].is_distinct_from(said)) for name, said in _said.items()),
)

_CREATE = Statement(invitations.admitting(_new.c.id, _new).returning(member.c.room_id), value)
_CREATE_CHANNEL = Statement(
    sa.insert(room)
    .values(**_of_every_room, type="channel", parent_id=sa.bindparam("parent_id"), rank=_next_rank)
    .returning(room.c.id),
    value,
)
_CHANGE = Statement(
    sa.update(room)
    .where(room.c.id == sa.bindparam("room_id"), _differs)
    .values({name: sa.func.coalesce(said, room.c[name]) for name, said in _said.items()})
    # When the lock was there, not when the transaction began, which may have waited for another change.
    .values(modified_at=sa.func.greatest(sa.func.statement_timestamp(), room.c.modified_at))
    .returning(room.c.id.label("room_id"), room.c.name, room.c.description),
    RoomUpdated,
)
_doomed = sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
# Against new files too, which hold their room until they are there.
_LOCK_DOOMED = Statement(
    sa.select(room.c.id)
    .where(sa.or_(room.c.id == _doomed, room.c.parent_id == _doomed))
    .order_by(room.c.parent_id.nulls_first(), room.c.id)
    .with_for_update(),
    value,
)
_REMOVE = Statement(sa.delete(room).where(room.c.id == _doomed).returning(room.c.picture_blob_id), value)


async def create(
    transaction: Transaction,
    type: FoundedType,
    others: Sequence[Invited],
    *,
    caller_id: UUID,
    name: str | None,
    description: str | None,
    most_members: int,
) -> UUID:
    """Make a room of the caller and others, who is an owner of it; at most so many may be in a group.

    The caller may be among the others; else he joins last. In a one-to-one both are owners, and what it is called does
    not matter. Raises NameNeeded, WrongMembers, PairExists.
    """
    _judge_number(type, others, caller_id)
    together = _together(type, others, caller_id)
    if type == "group" and len(together) > most_members:
        raise GroupFull
    if type == "workspace":
        await invitations.lock(transaction, together)
    with invitations.of_users():
        id: UUID = await transaction.one(
            _CREATE,
            PairExists,
            type=type,
            **(_named("", "") if type == "one_to_one" else _named(_judged_name(type, name), description)),
            **_pair(type, together),
            **invitations.values(together, ranked=type == "workspace"),
        )
    await _tell_of_new(transaction, id)
    return id


async def _tell_of_new(transaction: Transaction, id: UUID) -> None:
    await events.record(transaction, Told(members_of(id), RoomCreated(room_id=id)))


def _judge_number(type: FoundedType, others: Sequence[Invited], caller_id: UUID) -> None:
    named = invitations.distinct(others)
    fits = {
        "one_to_one": len(named) == 1 and caller_id not in named,
        "temporary": len(named) != 1,
        "group": len(named) >= _LEAST_SEVERAL,
        "workspace": len(named) >= _LEAST_SEVERAL,
    }
    if not fits[type]:
        raise WrongNumberOfMembers


def _together(type: FoundedType, others: Sequence[Invited], caller_id: UUID) -> list[Invited]:
    """Return who will be members, the caller among them."""
    people = [Invited(user_id=one.user_id, owner=one.owner or type == "one_to_one") for one in others]
    caller = Invited(user_id=caller_id, owner=True)
    if caller_id in (one.user_id for one in others):
        return [caller if one.user_id == caller_id else one for one in people]
    return [*people, caller]


def _pair(type: FoundedType, together: Sequence[Invited]) -> dict[str, UUID | None]:
    low, high = sorted(one.user_id for one in together) if type == "one_to_one" else (None, None)
    return {"pair_low": low, "pair_high": high}


def _judged_name(type: FoundedType | Literal["channel"], name: str | None) -> str | None:
    """Return the name, or raise NameNeeded: workspaces and channels may be without one, but none is empty."""
    if name == "" or (name is None and type in ("group", "temporary")):
        raise NameNeeded
    return name


def _named(name: str | None, description: str | None) -> dict[str, Any]:
    id = ids.new_id()
    # The id's own millisecond: newest first by id is newest first by time.
    return {"id": id, "created_at": ids.moment(id), "name": name, "description": description}


async def create_channel(
    transaction: Transaction, workspace_id: UUID, *, caller_id: UUID, name: str | None, description: str | None
) -> UUID:
    """Make the last channel of a workspace. Raises NameNeeded, UnknownWorkspace, NotAMember, NotAnOwner."""
    named = _named(_judged_name("channel", name), description)
    try:
        workspace = await standings.locked(transaction, workspace_id, caller_id)
    except RoomNotFound:
        raise UnknownWorkspace from None
    if workspace.type != "workspace":
        raise UnknownWorkspace
    workspace.as_owner()
    id: UUID = await transaction.one(_CREATE_CHANNEL, parent_id=workspace_id, **named)
    await _tell_of_new(transaction, id)
    return id


async def change(
    transaction: Transaction, room_id: UUID, *, caller_id: UUID, name: str | None, description: str | None
) -> None:
    """Change name and description; None leaves them as they are.

    Raises RoomNotFound, NotAMember, FixedRoom, NothingToChange, NotAnOwner.
    """
    standing = await _changeable(transaction, room_id, caller_id)
    if standing.type == "group" and name is None and description is None:
        raise NothingToChange
    standing.as_owner()
    updated = await transaction.find(_CHANGE, room_id=room_id, new_name=name, new_description=description)
    if updated:
        await events.record(transaction, Told(members_of(room_id), updated))


async def remove(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Delete a room with all that is in it. Raises RoomNotFound, NotAMember, FixedRoom, NotAnOwner."""
    (await _changeable(transaction, room_id, caller_id)).as_owner()
    audience = await events.present_members(transaction, room_id)
    removed = await remove_with_all(transaction, [room_id])
    await blobs.free(transaction, removed.blob_ids)
    await events.record(transaction, *(Told(audience, each) for each in removed.changes(room_id)))


async def _changeable(transaction: Transaction, room_id: UUID, caller_id: UUID) -> Standing:
    standing = (await standings.locked(transaction, room_id, caller_id)).as_member()
    if standing.type == "one_to_one":
        raise FixedRoom
    return standing


async def remove_with_all(transaction: Transaction, room_ids: Sequence[UUID]) -> Removed:
    """Delete rooms that are locked, with all that is in them; whoever is in a meeting there is out."""
    doomed = await transaction.all(_LOCK_DOOMED, ids=list(room_ids))
    meetings = await presences.hold_of_rooms(transaction, doomed)
    ended = await presences.end(transaction, meetings)
    named = await attachments.clear(transaction, doomed)
    pictures = await transaction.all(_REMOVE, ids=doomed)
    deleted = [InRoom(each.room_id, MeetingDeleted(meeting_id=each.id)) for each in meetings if each.room_id]
    return Removed(blob_ids=[*named, *(picture for picture in pictures if picture)], of_meetings=[*ended, *deleted])
