"""Room settings: what one member set for himself. They outlive membership."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError
from sqlalchemy.dialects.postgresql import Insert, insert

from app.domain import events
from app.domain.changes import RoomHistoryCleared, RoomMuted, RoomUnmuted
from app.domain.database import Statement, Transaction, value
from app.domain.errors import NeverMuted, NotAMember, RoomNotFound
from app.domain.events import Told, users
from app.domain.schema import member, room, room_setting
from app.domain.standings import RoomType, seen_by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """Of what type the room is, whether the user is a member, whether anything changed, and when he cleared it last."""

    type: RoomType
    is_member: bool
    has_changed: bool
    cleared_at: datetime | None


_user_id = sa.bindparam("user_id", type_=sa.Uuid)
_room = (
    sa.select(room.c.id, room.c.type, member.c.user_id.is_not(None).label("is_member"))
    .select_from(seen_by(_user_id))
    .where(room.c.id == sa.bindparam("room_id"))
    .with_for_update(read=True, key_share=True, of=room)  # so that it is there when the setting refers to it
    .cte("asked")
)


def _replacing(insertion: Insert, *names: str, where: sa.ColumnElement[bool] | None = None) -> Insert:
    """Return the INSERT, or where a setting is already, the change of these columns, if the condition holds."""
    return insertion.on_conflict_do_update(
        index_elements=[room_setting.c.room_id, room_setting.c.user_id],
        set_={name: insertion.excluded[name] for name in names},
        where=where,
    )


def _setting(
    values: Mapping[str, Any], *conditions: sa.ColumnElement[bool], where: sa.ColumnElement[bool] | None = None
) -> Statement[_Outcome]:
    """Return what sets this for a member, in rooms where the conditions hold, and `where` of what is set already."""
    insertion = insert(room_setting).from_select(
        ["room_id", "user_id", *values],
        sa.select(_room.c.id, _user_id, *values.values()).where(_room.c.is_member, *conditions),
    )
    written = _replacing(insertion, *values, where=where).returning(room_setting.c.cleared_at).cte("written")
    has_changed = sa.exists(written.select()).label("has_changed")
    cleared_at = sa.select(written.c.cleared_at).scalar_subquery().label("cleared_at")
    return Statement(sa.select(_room.c.type, _room.c.is_member, has_changed, cleared_at), _Outcome)


_cleared = insert(room_setting).from_select(
    ["room_id", "user_id", "cleared_at"],
    sa.select(
        sa.bindparam("room_id", type_=sa.Uuid),
        sa.func.unnest(sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid))),
        sa.func.statement_timestamp(),  # not before the lock, as the transaction began
    ),
)

_muted = sa.bindparam("muted", type_=sa.Boolean)
_was_muted = (
    sa.select(room_setting.c.muted)
    .where(room_setting.c.room_id == _room.c.id, room_setting.c.user_id == _user_id)
    .correlate(_room)
    .scalar_subquery()
)
_MUTE = _setting(
    {"muted": _muted},
    _room.c.type != "workspace",
    _muted != sa.func.coalesce(_was_muted, sa.false()),
    where=room_setting.c.muted != _muted,  # of two at once, the second has not seen what the first sets
)
_CLEAR = _setting({"cleared_at": sa.func.statement_timestamp()})
_CLEAR_FOR = Statement(_replacing(_cleared, "cleared_at").returning(room_setting.c.cleared_at), value)
_FORGET = Statement(
    sa.delete(room_setting)
    .where(room_setting.c.room_id == sa.bindparam("room_id"), room_setting.c.user_id == _user_id)
    .returning(room_setting.c.user_id),
    value,
)


async def mute(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Let the room make no sound for the caller. Raises RoomNotFound, NotAMember, NeverMuted."""
    if await _set_muted(transaction, room_id, caller_id, muted=True):
        await events.record(transaction, Told(users(caller_id), RoomMuted(room_id=room_id)))


async def unmute(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> None:
    """Undo `mute`, which need not have been done. Raises RoomNotFound, NotAMember, NeverMuted."""
    if await _set_muted(transaction, room_id, caller_id, muted=False):
        await events.record(transaction, Told(users(caller_id), RoomUnmuted(room_id=room_id)))


async def _set_muted(transaction: Transaction, room_id: UUID, caller_id: UUID, *, muted: bool) -> bool:
    """Return whether it was not set already."""
    outcome = await _outcome(transaction, _MUTE, room_id=room_id, user_id=caller_id, muted=muted)
    if outcome.type == "workspace":
        raise NeverMuted
    return outcome.has_changed


async def clear_history(transaction: Transaction, room_id: UUID, *, caller_id: UUID) -> datetime:
    """Hide from the caller what was before; return from when on he sees. Raises RoomNotFound, NotAMember."""
    outcome = await _outcome(transaction, _CLEAR, room_id=room_id, user_id=caller_id)
    assert outcome.cleared_at
    cleared = RoomHistoryCleared(room_id=room_id, cleared_at=outcome.cleared_at)
    await events.record(transaction, Told(users(caller_id), cleared))
    return outcome.cleared_at


async def clear_histories(transaction: Transaction, room_id: UUID, user_ids: Sequence[UUID]) -> datetime:
    """Hide from these newcomers, one at least, what was before; return from when on they see."""
    return await transaction.one(_CLEAR_FOR, room_id=room_id, user_ids=user_ids)


async def forget(transaction: Transaction, room_id: UUID, user_id: UUID) -> None:
    """Delete what the user set for this room."""
    await transaction.find(_FORGET, room_id=room_id, user_id=user_id)


async def _outcome(transaction: Transaction, statement: Statement[_Outcome], **given: Any) -> _Outcome:
    try:
        outcome = await transaction.one(statement, RoomNotFound, **given)
    except ForeignKeyViolationError:  # the user was removed just now, and so is no member any more
        raise NotAMember from None
    if not outcome.is_member:
        raise NotAMember
    return outcome
