"""Rooms where people chat: made, changed and deleted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError
from sqlalchemy.dialects.postgresql import insert

from app.domain import ids, standings
from app.domain.database import Statement, Transaction, value
from app.domain.errors import (
    FixedRoom,
    GroupFull,
    NamedTwice,
    NothingToChange,
    PairExists,
    RoomNotFound,
    UnknownUser,
    UnknownWorkspace,
    WrongNumberOfMembers,
)
from app.domain.schema import member, room, user_account
from app.domain.standings import RoomType

_LEAST_SEVERAL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who is to become a member."""

    user_id: UUID
    owner: bool = False


invited: Final = (
    sa.func.unnest(
        sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("owners", type_=sa.ARRAY(sa.Boolean)),
    )
    .table_valued(sa.column("user_id", sa.Uuid), sa.column("owner", sa.Boolean), with_ordinality="place")
    .render_derived("invited")
)
"""The invited, as a table, by `invited_values`."""

_highest_rank = (
    sa.select(sa.func.max(member.c.rank))
    .where(member.c.user_id == invited.c.user_id, member.c.rank.is_not(None))
    .correlate(invited)
    .scalar_subquery()
)
_next_rank = sa.case(
    (sa.bindparam("ranked", type_=sa.Boolean), sa.func.coalesce(_highest_rank, 0) + 1), else_=sa.null()
)


def admitting(room_id: sa.ColumnElement[Any], source: sa.FromClause) -> sa.Insert:
    """Return the INSERT of the invited as members, in their order; if `ranked`, as each one's last workspace."""
    newcomers = (
        sa.select(room_id, invited.c.user_id, invited.c.owner, _next_rank)
        .select_from(source)
        .join(invited, sa.true())
        .order_by(invited.c.place)
    )
    return sa.insert(member).from_select(["room_id", "user_id", "owner", "rank"], newcomers)


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
_channels = room.alias("channel")
_next_channel = (
    sa.select(sa.func.coalesce(sa.func.max(_channels.c.rank), 0) + 1)
    .where(_channels.c.parent_id == sa.bindparam("parent_id"))
    .scalar_subquery()
)
_said = {name: sa.bindparam(f"new_{name}", type_=sa.Text) for name in ("name", "description")}
_differs = sa.or_(
    *(sa.and_(said.is_not(None), room.c[name].is_distinct_from(said)) for name, said in _said.items()),
)

_CREATE = Statement(admitting(_new.c.id, _new).returning(member.c.room_id), value)
_CREATE_CHANNEL = Statement(
    sa.insert(room)
    .values(**_of_every_room, type="channel", parent_id=sa.bindparam("parent_id"), rank=_next_channel)
    .returning(room.c.id),
    value,
)
_LOCK_USERS = Statement(
    sa.select(user_account.c.id)
    .where(user_account.c.id == sa.any_(sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid))))
    .order_by(user_account.c.id)
    .with_for_update(key_share=True),
    value,
)
_CHANGE = Statement(
    sa.update(room)
    .where(room.c.id == sa.bindparam("room_id"), _differs)
    .values({name: sa.func.coalesce(said, room.c[name]) for name, said in _said.items()})
    .values(modified_at=sa.func.greatest(sa.func.now(), room.c.created_at))
    .returning(room.c.id),
    value,
)
_REMOVE = Statement(sa.delete(room).where(room.c.id == sa.bindparam("room_id")).returning(room.c.id), value)


def invited_values(newcomers: Sequence[Invited], *, ranked: bool) -> dict[str, Any]:
    """Return the values of `admitting`."""
    return {
        "user_ids": [newcomer.user_id for newcomer in newcomers],
        "owners": [newcomer.owner for newcomer in newcomers],
        "ranked": ranked,
    }


@contextmanager
def users_known() -> Iterator[None]:
    """Turn what the database refuses into UnknownUser."""
    try:
        yield
    except ForeignKeyViolationError:
        raise UnknownUser from None


async def lock_users(transaction: Transaction, newcomers: Sequence[Invited]) -> None:
    """Let nobody else rank their workspaces until the transaction ends."""
    await transaction.all(_LOCK_USERS, user_ids=[newcomer.user_id for newcomer in newcomers])


async def create(
    transaction: Transaction,
    type: RoomType,
    others: Sequence[Invited],
    *,
    caller_id: UUID,
    name: str | None,
    description: str | None,
    most_members: int,
) -> UUID:
    """Make a room of the caller and others, who is an owner of it; at most so many may be in a group.

    Not for channels. The caller may be among the others; else he joins last. In a one-to-one both are owners.
    Raises WrongMembers, PairExists.
    """
    _judge_number(type, others, caller_id)
    together = _together(type, others, caller_id)
    if type == "group" and len(together) > most_members:
        raise GroupFull
    pair = sorted(person.user_id for person in together) if type == "one_to_one" else (None, None)
    if type == "workspace":
        await lock_users(transaction, together)
    with users_known():
        return await transaction.one(
            _CREATE,
            PairExists,
            type=type,
            **_values(name, description),
            **dict(zip(("pair_low", "pair_high"), pair, strict=True)),
            **invited_values(together, ranked=type == "workspace"),
        )


def _judge_number(type: RoomType, others: Sequence[Invited], caller_id: UUID) -> None:
    distinct = {person.user_id for person in others}
    if len(distinct) < len(others):
        raise NamedTwice
    fits = {
        "one_to_one": len(others) == 1 and caller_id not in distinct,
        "temporary": len(others) != 1,
        "group": len(others) >= _LEAST_SEVERAL,
        "workspace": len(others) >= _LEAST_SEVERAL,
    }
    if not fits[type]:
        raise WrongNumberOfMembers


def _together(type: RoomType, others: Sequence[Invited], caller_id: UUID) -> list[Invited]:
    """Return who will be members, the caller among them."""
    named = [Invited(user_id=person.user_id, owner=_is_owner(type, person, caller_id)) for person in others]
    caller = Invited(user_id=caller_id, owner=True)
    return named if caller in named else [*named, caller]


def _is_owner(type: RoomType, person: Invited, caller_id: UUID) -> bool:
    return person.owner or type == "one_to_one" or person.user_id == caller_id


def _values(name: str | None, description: str | None) -> dict[str, Any]:
    id = ids.new_id()
    # The id's own millisecond: newest first by id is newest first by time.
    return {"id": id, "created_at": ids.moment(id), "name": name, "description": description}


async def create_channel(
    transaction: Transaction, workspace_id: UUID, *, caller_id: UUID, name: str | None, description: str | None
) -> UUID:
    """Make the last channel of a workspace. Raises UnknownWorkspace, NotAMember, NotAnOwner."""
    try:
        workspace = await standings.locked(transaction, workspace_id, caller_id)
    except RoomNotFound:
        raise UnknownWorkspace from None
    if workspace.type != "workspace":
        raise UnknownWorkspace
    workspace.as_owner()
    return await transaction.one(_CREATE_CHANNEL, parent_id=workspace_id, **_values(name, description))


async def change(
    transaction: Transaction, room_id: UUID, *, caller_id: UUID, name: str | None, description: str | None
) -> None:
    """Change name and description; None leaves them as they are.

    Raises RoomNotFound, NotAMember, FixedRoom, NothingToChange, NotAnOwner.
    """
    standing = (await standings.locked(transaction, room_id, caller_id)).as_member()
    if standing.type == "one_to_one":
        raise FixedRoom
    if standing.type == "group" and name is None and description is None:
        raise NothingToChange
    standing.as_owner()
    await transaction.find(_CHANGE, room_id=room_id, new_name=name, new_description=description)


async def remove(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Delete a room with all that is in it. Raises RoomNotFound, NotAMember, FixedRoom, NotAnOwner."""
    standing = (await standings.locked(transaction, room_id, caller_id)).as_member()
    if standing.type == "one_to_one":
        raise FixedRoom
    standing.as_owner()
    await remove_with_all(transaction, room_id)


async def remove_with_all(transaction: Transaction, room_id: UUID) -> None:
    """Delete a room that is locked, with all that is in it."""
    await transaction.find(_REMOVE, room_id=room_id)
