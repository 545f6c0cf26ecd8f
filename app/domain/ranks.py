"""Ranks: each user orders his workspaces, an owner the channels of a workspace for all of its members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain import standings
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.errors import WrongRanks
from app.domain.schema import member, room, user_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """The place of a room in an order."""

    room_id: UUID
    rank: int


_given = (
    sa.func.unnest(
        sa.bindparam("room_ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("ranks", type_=sa.ARRAY(sa.Integer)),
    )
    .table_valued(sa.column("room_id", sa.Uuid), sa.column("rank", sa.Integer))
    .render_derived("given")
)
_of_user = sa.and_(member.c.user_id == sa.bindparam("user_id"), member.c.rank.is_not(None))
_of_workspace = room.c.parent_id == sa.bindparam("workspace_id")

_workspaces = sa.select(member.c.room_id).where(_of_user)
# Whoever deletes workspaces, or lets heirs own them, holds rows of their members while he waits for others.
_LOCK_WORKSPACES = Statement(
    sa.select(room.c.id).where(room.c.id == any_of(_workspaces)).order_by(room.c.id).with_for_update(read=True),
    value,
)
_LOCK_USER = Statement(
    sa.select(user_account.c.id).where(user_account.c.id == sa.bindparam("user_id")).with_for_update(key_share=True),
    value,
)
_WORKSPACES = Statement(_workspaces, value)
_CHANNELS = Statement(sa.select(room.c.id).where(_of_workspace), value)
# A unique index looks at each row as it changes: first all are put where no rank is, then each in its place.
_TAKE_WORKSPACES_OUT = Statement(
    sa.update(member).where(_of_user).values(rank=-1 - member.c.rank).returning(member.c.room_id), value
)
_RANK_WORKSPACES = Statement(
    sa.update(member)
    .where(_of_user, member.c.room_id == _given.c.room_id)
    .values(rank=_given.c.rank)
    .returning(member.c.room_id),
    value,
)
_TAKE_CHANNELS_OUT = Statement(
    sa.update(room).where(_of_workspace).values(rank=-1 - room.c.rank).returning(room.c.id), value
)
_RANK_CHANNELS = Statement(
    sa.update(room).where(_of_workspace, room.c.id == _given.c.room_id).values(rank=_given.c.rank).returning(room.c.id),
    value,
)


async def rank_workspaces(transaction: Transaction, ranks: Sequence[Rank], *, caller_id: UUID) -> None:
    """Order all workspaces of the caller. Raises WrongRanks."""
    order = _order(ranks)
    locked = await transaction.all(_LOCK_WORKSPACES, user_id=caller_id)
    await transaction.find(_LOCK_USER, user_id=caller_id)
    # Once more: he may have joined another one since.
    if not order.keys() == set(locked) == set(await transaction.all(_WORKSPACES, user_id=caller_id)):
        raise WrongRanks
    await transaction.all(_TAKE_WORKSPACES_OUT, user_id=caller_id)
    await transaction.all(_RANK_WORKSPACES, user_id=caller_id, **_values(order))


async def rank_channels(
    transaction: Transaction, workspace_id: UUID, ranks: Sequence[Rank], *, caller_id: UUID
) -> None:
    """Order all channels of a workspace; any other room has none. Raises RoomNotFound, NotAnOwner, WrongRanks."""
    order = _order(ranks)
    (await standings.locked(transaction, workspace_id, caller_id)).as_owner()
    if set(await transaction.all(_CHANNELS, workspace_id=workspace_id)) != order.keys():
        raise WrongRanks
    await transaction.all(_TAKE_CHANNELS_OUT, workspace_id=workspace_id)
    await transaction.all(_RANK_CHANNELS, workspace_id=workspace_id, **_values(order))


def _order(ranks: Sequence[Rank]) -> Mapping[UUID, int]:
    """Return the rank of each room, or raise WrongRanks: they count from 0 or from 1, and no room is there twice."""
    order = {given.room_id: given.rank for given in ranks}
    count, places = len(ranks), sorted(order.values())
    if places not in (list(range(count)), list(range(1, count + 1))):
        raise WrongRanks
    return order


def _values(order: Mapping[UUID, int]) -> dict[str, Any]:
    return {"room_ids": list(order.keys()), "ranks": list(order.values())}
