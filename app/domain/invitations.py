"""Invitations: who is to become a member of a room, and how they do, several at once and all or none."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError

from app.domain.database import Statement, Transaction, value
from app.domain.errors import NamedTwice, UnknownUser
from app.domain.schema import member, user_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who is to become a member."""

    user_id: UUID
    owner: bool = False


_invited = (
    sa.func.unnest(
        sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("owners", type_=sa.ARRAY(sa.Boolean)),
    )
    .table_valued(sa.column("user_id", sa.Uuid), sa.column("owner", sa.Boolean), with_ordinality="place")
    .render_derived("invited")
)
_highest_rank = (
    sa.select(sa.func.max(member.c.rank))
    .where(member.c.user_id == _invited.c.user_id, member.c.rank.is_not(None))
    .correlate(_invited)
    .scalar_subquery()
)
_next_rank = sa.case(
    (sa.bindparam("ranked", type_=sa.Boolean), sa.func.coalesce(_highest_rank, 0) + 1), else_=sa.null()
)

_LOCK_USERS = Statement(
    sa.select(user_account.c.id)
    .where(user_account.c.id == sa.any_(sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid))))
    .order_by(user_account.c.id)
    .with_for_update(key_share=True),
    value,
)


def admitting(room_id: sa.ColumnElement[Any], *source: sa.FromClause) -> sa.Insert:
    """Return the INSERT of the invited as members, in their order, by `values`; the room is a column of the source."""
    newcomers = sa.select(room_id, _invited.c.user_id, _invited.c.owner, _next_rank).order_by(_invited.c.place)
    for one in source:
        newcomers = newcomers.join_from(_invited, one, sa.true())
    return sa.insert(member).from_select(["room_id", "user_id", "owner", "rank"], newcomers)


def values(invited: Sequence[Invited], *, ranked: bool) -> dict[str, Any]:
    """Return the values of `admitting`; if `ranked`, the room becomes the last workspace of each of them."""
    return {
        "user_ids": [one.user_id for one in invited],
        "owners": [one.owner for one in invited],
        "ranked": ranked,
    }


def distinct(invited: Sequence[Invited]) -> set[UUID]:
    """Return who is invited, or raise NamedTwice."""
    ids = {one.user_id for one in invited}
    if len(ids) < len(invited):
        raise NamedTwice
    return ids


@contextmanager
def of_users() -> Iterator[None]:
    """Raise UnknownUser when the database finds one of the invited to be no user."""
    try:
        yield
    except ForeignKeyViolationError:
        raise UnknownUser from None


async def lock(transaction: Transaction, invited: Sequence[Invited]) -> None:
    """Let nobody else rank their workspaces until the transaction ends."""
    await transaction.all(_LOCK_USERS, user_ids=[one.user_id for one in invited])
