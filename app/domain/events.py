"""Events: what has changed, recorded by the transaction that changes it, for those whom it concerns.

Their numbers are in the order of their commits: whoever has read up to one has missed none before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa

from app.domain.changes import Change, TokensRevoked
from app.domain.database import Statement, Transaction, unnested, value
from app.domain.errors import EventsGone
from app.domain.schema import event, member, room
from app.domain.standings import of_members

CHANNEL: Final = "event"
"""Where the number of the last new event is notified."""

REPLAYED: Final = 10_000
"""So many numbers back an event is still told to who missed it."""

_LOCK: Final = 7001
_MOST_PRUNED: Final = 10_000
_IDLE_SECONDS: Final = 10


class Audience(NamedTuple):
    """Whom an event concerns: the members of a room, these users, and those who share a room with a user.

    With a queue, nobody but the socket that is called so.
    """

    room_id: UUID | None = None
    user_ids: tuple[UUID, ...] = ()
    contact_id: UUID | None = None
    queue_id: UUID | None = None

    @property
    def array(self) -> str:
        """The users as Postgres spells an array."""
        return f"{{{','.join(map(str, self.user_ids))}}}"


def members_of(room_id: UUID, *others: UUID) -> Audience:
    """Return the members of a room, for a channel those of its workspace, and these others."""
    return Audience(room_id=room_id, user_ids=others)


def users(*ids: UUID) -> Audience:
    """Return these users."""
    return Audience(user_ids=ids)


def socket_of(user_id: UUID, queue_id: UUID) -> Audience:
    """Return one socket of a user."""
    return Audience(user_ids=(user_id,), queue_id=queue_id)


async def present_members(transaction: Transaction, room_id: UUID) -> Audience:
    """Return the members that a room has now, for when it is gone."""
    return users(*await transaction.all(_PRESENT, room_id=room_id))


def contacts_of(user_id: UUID) -> Audience:
    """Return the user, and everybody who is in a room with him."""
    return Audience(user_ids=(user_id,), contact_id=user_id)


class Told(NamedTuple):
    """A change, and whom it concerns."""

    audience: Audience
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change as it was recorded."""

    number: int
    type: str
    body: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event, and whom it concerns as it was recorded: these users, or just one socket of theirs."""

    event: Event
    audience: Sequence[UUID]
    queue_id: UUID | None

    @classmethod
    def of_row(cls, *, audience: Sequence[UUID], queue_id: UUID | None, **others: Any) -> Self:
        """Return what a row of the table says."""
        return cls(event=Event(**others), audience=audience, queue_id=queue_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The numbers of the oldest and the newest event that are kept; 0 where none was ever recorded."""

    oldest: int
    newest: int

    def follow(self, number: int) -> bool:
        """Whether this number is one that there was, and every event behind it is kept."""
        return self.oldest - 1 <= number <= self.newest

    def reach(self, number: int) -> None:
        """Return if what is behind this number can be told to who has missed it, or raise EventsGone."""
        if not self.follow(number) or self.newest - number > REPLAYED:
            raise EventsGone


class _Missed(NamedTuple):
    """The oldest number that is kept, and one of the events that somebody has missed, if there is any."""

    oldest: int
    event: Event | None

    @classmethod
    def of_row(cls, *, oldest: int, number: int | None, **others: Any) -> Self:
        return cls(oldest, Event(number=number, **others) if number else None)


def _members(room_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return who is in a room, for a channel in its workspace."""
    whose = sa.select(of_members).where(room.c.id == room_id).correlate(_asked).scalar_subquery()
    return sa.select(member.c.user_id).where(member.c.room_id == whose)


_asked = unnested("asked", "place", room_id=sa.Uuid, user_ids=sa.Text, contact_id=sa.Uuid, queue_id=sa.Uuid)
_own = member.alias("own")
_other = member.alias("other")
_named = sa.select(sa.func.unnest(sa.cast(_asked.c.user_ids, sa.ARRAY(sa.Uuid)))).correlate(_asked)
_contacts = (
    sa.select(_other.c.user_id)
    .join_from(_own, _other, _own.c.room_id == _other.c.room_id)
    .where(_own.c.user_id == _asked.c.contact_id)
    .correlate(_asked)
)
_concerned = sa.func.array(
    sa.union(_members(_asked.c.room_id), _named, _contacts).scalar_subquery(), type_=sa.ARRAY(sa.Uuid)
)
_audience = (
    sa.select(_asked.c.place, _asked.c.queue_id, _concerned.label("user_ids"))
    .cte("audience")
    .prefix_with("MATERIALIZED")
)
_found = sa.select(sa.func.count().label("audiences")).select_from(_audience).subquery("found")
# Whoever leaves this transaction standing would keep everybody else from recording anything.
_idle = sa.func.set_config("idle_in_transaction_session_timeout", f"{_IDLE_SECONDS}s", sa.true())
_door = sa.select(sa.func.pg_advisory_xact_lock(_LOCK).label("lock"), _idle.label("idle"))
_opened = _door.cte("door").prefix_with("MATERIALIZED")
# Audiences are found before, so that nobody waits for that.
_opened_late = _door.where(_found.c.audiences > 0).cte("door").prefix_with("MATERIALIZED")
_told = unnested("told", "turn", type=sa.Text, body=sa.Text, place=sa.BigInteger)
_new = (
    sa.insert(event)
    .from_select(
        ["type", "body", "audience", "queue_id"],
        sa.select(_told.c.type, sa.cast(_told.c.body, sa.JSON), _audience.c.user_ids, _audience.c.queue_id)
        .select_from(_opened_late.join(_told, sa.true()).join(_audience, _audience.c.place == _told.c.place))
        .where(sa.func.cardinality(_audience.c.user_ids) > 0)
        .order_by(_told.c.turn),
    )
    .returning(event.c.number)
    .cte("new")
)
_numbered = (event.c.number, event.c.type, event.c.body, event.c.created_at.label("recorded_at"))
_last = sa.bindparam("last", type_=sa.BigInteger)
_newest = sa.func.coalesce(sa.func.max(event.c.number), 0)
_oldest = sa.func.coalesce(sa.func.min(event.c.number), 0)
_most = sa.bindparam("most", type_=sa.BigInteger)
_there = sa.select(_oldest.label("oldest")).subquery("there")
_missed = (
    sa.select(*_numbered)
    .where(
        event.c.number > _last,
        event.c.number <= sa.bindparam("until", type_=sa.BigInteger),
        sa.bindparam("user_id", type_=sa.Uuid) == sa.any_(event.c.audience),
        event.c.type != TokensRevoked.__name__,
        event.c.queue_id.is_(None),  # that socket is gone: who comes back has another
    )
    .order_by(event.c.number)
    .limit(_most)
    .lateral("missed")
)
_ages = (
    sa.select(event.c.number, event.c.created_at).order_by(event.c.number).limit(_MOST_PRUNED).subquery("of_long_ago")
)
_ago = sa.func.now() - _ages.c.created_at
_head = sa.select(sa.func.max(event.c.number)).scalar_subquery()
_is_useless = sa.or_(
    _ago > sa.text("interval '1 day'"),
    sa.and_(_ago > sa.text("interval '10 minutes'"), _ages.c.number < _head - REPLAYED),
)

_PRESENT = Statement(_members(sa.bindparam("room_id", type_=sa.Uuid)), value)
_OPEN = Statement(sa.select(_opened.c.idle), value)
_RECORD = Statement(
    sa.select(sa.func.pg_notify(CHANNEL, sa.cast(sa.func.max(_new.c.number), sa.Text))).having(sa.func.count() > 0),
    value,
)
_KEPT = Statement(sa.select(_oldest.label("oldest"), _newest.label("newest")), Kept)
_READ = Statement(
    sa.select(*_numbered, event.c.audience, event.c.queue_id)
    .where(event.c.number > _last)
    .order_by(event.c.number)
    .limit(_most),
    Heard.of_row,
)
_MISSED = Statement(
    sa.select(_there.c.oldest, *_missed.c)
    .join_from(_there, _missed, sa.true(), isouter=True)
    .order_by(_missed.c.number),
    _Missed.of_row,
)
_PRUNE = Statement(
    sa.delete(event)
    .where(
        event.c.number <= sa.select(sa.func.max(_ages.c.number)).where(_is_useless).scalar_subquery(),
        event.c.number < _head,
    )
    .returning(event.c.number),
    value,
)


async def record(transaction: Transaction, *told: Told) -> None:
    """Record changes in this order, for those who are concerned at this moment; heard of when it is committed.

    Needs a transaction, whose last lock this takes: what comes behind it only reads.
    """
    audiences = {audience: place for place, audience in enumerate(dict.fromkeys(each.audience for each in told), 1)}
    if any(audience.contact_id for audience in audiences):
        # Who waits at the door has not seen who shares a room since then; rooms are locked already.
        await transaction.find(_OPEN)
    await transaction.find(
        _RECORD,
        room_id=[audience.room_id for audience in audiences],
        user_ids=[audience.array for audience in audiences],
        contact_id=[audience.contact_id for audience in audiences],
        queue_id=[audience.queue_id for audience in audiences],
        type=[type(change).__name__ for _, change in told],
        body=[change.body for _, change in told],
        place=[audiences[audience] for audience, _ in told],
    )


async def kept(transaction: Transaction) -> Kept:
    """Return which events there are."""
    return await transaction.one(_KEPT)


async def read(transaction: Transaction, last: int, most: int) -> list[Heard]:
    """Return so many events behind this one, in their order."""
    return await transaction.all(_READ, last=last, most=most)


async def missed(transaction: Transaction, last: int, until: int, *, user_id: UUID, most: int) -> list[Event]:
    """Return so many events that concern the user, behind this one and up to that; raises EventsGone."""
    rows = await transaction.all(_MISSED, last=last, until=until, user_id=user_id, most=most)
    if last < rows[0].oldest - 1:
        raise EventsGone
    return [row.event for row in rows if row.event]


async def prune(transaction: Transaction) -> int:
    """Delete events that nobody asks for any more, some thousand at a time, and return how many they were.

    None is kept for longer than a day, but the newest; of the last ten minutes none is deleted before.
    """
    return len(await transaction.all(_PRUNE))
