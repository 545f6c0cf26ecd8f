"""Presences: who is in a conference. People enter and leave, are put out, and all are out when it is over.

Whoever changes that holds the conference: nobody else comes or goes until his transaction ends. The first to enter
opens a session, the last to go ends it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.domain import analytics, events, ids
from app.domain.analytics import Occurrence, Reason
from app.domain.changes import Change, MeetingParticipantLeft, MeetingStopped
from app.domain.database import Statement, Transaction, any_of, finds_none, value
from app.domain.errors import AlreadyJoined, ConferenceFull, ConferenceNotFound
from app.domain.events import Told, members_of
from app.domain.schema import alive, conference, peer, room, session, user_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A conference that is held. `started_at`: a meeting is active since then; it may be before anybody is in it."""

    id: UUID
    room_id: UUID | None = None
    enabled: bool = True
    size: int | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """Somebody who enters: by which socket, in which role, with which streams."""

    user_id: UUID
    queue_id: UUID
    role: str
    audio_enabled: bool
    video_enabled: bool


class InRoom(NamedTuple):
    """What happened to the meeting of a room."""

    room_id: UUID
    change: Change


class Gone(NamedTuple):
    """Who has left which conference."""

    conference_id: UUID
    peer_id: UUID
    user_id: UUID


class _Settled(NamedTuple):
    """A session, and when it ended, if nobody was in it any more."""

    conference_id: UUID
    session_id: UUID
    ended_at: datetime | None


class _Seen(NamedTuple):
    """The open session, how many others are in it, and by which socket the user is, if he is."""

    session_id: UUID
    others: int
    queue_id: UUID | None


_MOST_KEPT_OF_ONE: Final = 30

is_in: Final = peer.c.left_at.is_(None)
"""Whose presence has not ended."""

is_open: Final = session.c.ended_at.is_(None)
"""Which session has not ended: somebody is in it."""

_user_id = sa.bindparam("user_id", type_=sa.Uuid)
_conference_ids = sa.any_(sa.bindparam("conference_ids", type_=sa.ARRAY(sa.Uuid)))
_room_ids = sa.any_(sa.bindparam("room_ids", type_=sa.ARRAY(sa.Uuid)))
_with_channels = sa.select(room.c.id).where(sa.or_(room.c.id == _room_ids, room.c.parent_id == _room_ids))
_present = sa.select(peer.c.id).where(peer.c.session_id == session.c.id, is_in)
# When the lock was there, not when the transaction began, which may have waited for it.
_now = sa.func.statement_timestamp()

_held = sa.select(*(conference.c[name] for name in ("id", "room_id", "enabled", "size", "started_at"))).with_for_update(
    key_share=True
)
_HOLD = Statement(_held.where(alive, conference.c.id == sa.bindparam("id")), Held)
_HOLD_OF_ROOMS = Statement(_held.where(conference.c.room_id == any_of(_with_channels)).order_by(conference.c.id), Held)

_himself = peer.alias("himself")
_SEEN = Statement(
    sa.select(
        session.c.id.label("session_id"),
        sa.select(sa.func.count())
        .where(peer.c.session_id == session.c.id, is_in, peer.c.user_id != _user_id)
        .scalar_subquery()
        .label("others"),
        _himself.c.queue_id,
    )
    .select_from(
        session.outerjoin(
            _himself,
            (_himself.c.session_id == session.c.id) & (_himself.c.user_id == _user_id) & _himself.c.left_at.is_(None),
        )
    )
    .where(session.c.conference_id == sa.bindparam("conference_id"), is_open),
    _Seen,
)
_made_at = sa.bindparam("made_at", type_=session.c.created_at.type)
_OPEN = Statement(
    sa.insert(session)
    .values(
        id=sa.bindparam("id"),
        conference_id=sa.bindparam("conference_id"),
        created_at=_made_at,
        modified_at=_made_at,
    )
    .returning(session.c.id),
    value,
)
_touch = sa.update(session).values(modified_at=sa.func.greatest(_now, session.c.modified_at))
_touched = _touch.where(session.c.id == sa.bindparam("session_id")).returning(session.c.id).cte("touched")
_given: Final = ("queue_id", "role", "audio_enabled", "video_enabled")
_ENTER = Statement(
    sa.insert(peer)
    .from_select(
        ["id", "session_id", "user_id", "name", "joined_at", *_given],
        sa.select(
            sa.bindparam("id", type_=sa.Uuid),
            _touched.c.id,
            user_account.c.id,
            user_account.c.name,
            _now,
            *(sa.bindparam(name, type_=peer.c[name].type) for name in _given),
        ).where(user_account.c.id == _user_id),
    )
    .returning(peer.c.id),
    value,
)


_earlier = (
    sa.select(peer.c.id)
    .where(peer.c.session_id == sa.bindparam("session_id"), peer.c.user_id == _user_id, ~is_in)
    .order_by(peer.c.joined_at.desc(), peer.c.id.desc())
    .offset(_MOST_KEPT_OF_ONE)
)
_FORGET = Statement(sa.delete(peer).where(peer.c.id == any_of(_earlier)).returning(peer.c.id), value)


def letting_go(*which: sa.ColumnElement[bool]) -> Statement[Gone]:
    """Return the statement by which those leave who are in one of `conference_ids`, and of whom this is so."""
    return Statement(
        sa.update(peer)
        .where(is_in, peer.c.session_id == session.c.id, is_open, session.c.conference_id == _conference_ids, *which)
        .values(left_at=sa.func.greatest(_now, peer.c.joined_at))
        .returning(session.c.conference_id, peer.c.id.label("peer_id"), peer.c.user_id),
        Gone,
    )


def being_in(which: sa.ColumnElement[bool]) -> Statement[UUID]:
    """Return the statement that finds who is in the conference `conference_id`, and of whom this is so."""
    return Statement(
        sa.select(peer.c.id)
        .join(session, session.c.id == peer.c.session_id)
        .where(session.c.conference_id == sa.bindparam("conference_id"), is_open, is_in, which),
        value,
    )


OF_USER: Final = letting_go(peer.c.user_id == _user_id)
"""The user `user_id` leaves."""

OF_SOCKET: Final = letting_go(peer.c.user_id == _user_id, peer.c.queue_id == sa.bindparam("queue_id"))
"""The user `user_id` leaves, if he is in by the socket `queue_id`."""

_ALL = letting_go()

_ended_at = sa.case((finds_none(_present), sa.func.greatest(_now, session.c.created_at)))
_SETTLE = Statement(
    _touch.where(session.c.conference_id == _conference_ids, is_open)
    .values(ended_at=_ended_at)
    .returning(session.c.conference_id, session.c.id.label("session_id"), session.c.ended_at),
    _Settled,
)


def stopping(**further: Any) -> Statement[UUID]:
    """Return the statement by which those of `conference_ids` that are active are so no more; it sets this besides.

    Nothing else may change a conference in that transaction: for a second change Postgres looks up its room again,
    and waits for whoever holds that, who may be waiting for the conference.
    """
    return Statement(
        sa.update(conference)
        .where(conference.c.id == _conference_ids, conference.c.started_at.is_not(None))
        .values(started_at=None, started_by=None, **further)
        .returning(conference.c.id),
        value,
    )


STOP: Final = stopping()
"""Nothing besides."""


async def hold(transaction: Transaction, id: UUID) -> Held:
    """Hold a conference, or raise ConferenceNotFound."""
    return await transaction.one(_HOLD, ConferenceNotFound, id=id)


async def hold_of_rooms(transaction: Transaction, room_ids: Collection[UUID]) -> list[Held]:
    """Hold the meetings of rooms that are locked, and of their channels."""
    return await transaction.all(_HOLD_OF_ROOMS, room_ids=list(room_ids))


async def enter(transaction: Transaction, held: Held, entrant: Entrant) -> UUID | None:
    """Let somebody in. If he was in by another socket, that has lost its place, and is returned.

    Raises AlreadyJoined, ConferenceFull.
    """
    seen = await transaction.find(_SEEN, conference_id=held.id, user_id=entrant.user_id)
    if seen and seen.queue_id == entrant.queue_id:
        raise AlreadyJoined
    if held.size is not None and (seen.others if seen else 0) >= held.size:
        raise ConferenceFull
    clashed = seen.queue_id if seen else None
    given = {"conference_ids": [held.id], "user_id": entrant.user_id}
    lost = _left(await transaction.all(OF_USER, **given), "removed") if clashed else []
    session_id = seen.session_id if seen else await _opened_session(transaction, held.id)
    opened = [] if seen else [Occurrence("SessionOpened", held.id, session_id)]
    if seen:  # whoever comes and goes for hours would be a burden to all who look at the session
        await transaction.all(_FORGET, session_id=session_id, user_id=entrant.user_id)
    peer_id = await transaction.one(_ENTER, id=ids.new_id(), session_id=session_id, **asdict(entrant))
    await analytics.record(transaction, *lost, *opened, Occurrence("PeerJoined", held.id, session_id, peer_id))
    return clashed


async def _opened_session(transaction: Transaction, conference_id: UUID) -> UUID:
    id = ids.new_id()
    opened: UUID = await transaction.one(_OPEN, id=id, conference_id=conference_id, made_at=ids.moment(id))
    return opened


async def leave(
    transaction: Transaction,
    held: Sequence[Held],
    who: Statement[Gone],
    reason: Reason,
    message: str | None = None,
    **given: Any,
) -> list[InRoom]:
    """Let some leave conferences that are held; where nobody stays, it is over. `who`: a statement of `letting_go`."""
    gone = await transaction.all(who, conference_ids=[each.id for each in held], **given)
    if not gone:
        return []
    over = await _settle(transaction, {each.conference_id for each in gone})
    if over:
        await transaction.all(STOP, conference_ids=[session.conference_id for session in over])
    await analytics.record(transaction, *_left(gone, reason, message), *_closed(over))
    rooms = {each.id: each.room_id for each in held if each.room_id}
    changes = _changes(gone, {session.conference_id for session in over})
    return [InRoom(rooms[id], change) for id, change in changes if id in rooms]


def _changes(gone: Iterable[Gone], over: Collection[UUID]) -> Iterator[tuple[UUID, Change]]:
    """Return what has changed: who has left each conference, in the order in which they came, and that it is over."""
    for id, left in groupby(sorted(gone), attrgetter("conference_id")):
        for each in left:
            yield id, MeetingParticipantLeft(meeting_id=id, user_id=each.user_id)
        if id in over:
            yield id, MeetingStopped(meeting_id=id)


def _left(gone: Iterable[Gone], reason: Reason, message: str | None = None) -> list[Occurrence]:
    """Return, of those who have left, that they did so, in the order in which they came."""
    return [
        Occurrence("PeerLeft", each.conference_id, peer_id=each.peer_id, reason=reason, message=message)
        for each in sorted(gone)
    ]


def _closed(over: Iterable[_Settled]) -> list[Occurrence]:
    return [Occurrence("SessionClosed", session.conference_id, session.session_id) for session in over]


async def _settle(transaction: Transaction, conference_ids: Collection[UUID]) -> list[_Settled]:
    """End the sessions that nobody is in any more, and return them."""
    settled = await transaction.all(_SETTLE, conference_ids=list(conference_ids))
    return [session for session in settled if session.ended_at]


async def end(
    transaction: Transaction,
    held: Sequence[Held],
    stop: Statement[UUID] = STOP,
    message: str | None = None,
) -> list[InRoom]:
    """Let everybody leave conferences that are held: those that were active are over, by a statement of `stopping`."""
    conference_ids = [each.id for each in held]
    gone = await transaction.all(_ALL, conference_ids=conference_ids)
    over = await _settle(transaction, conference_ids)
    stopped = await transaction.all(stop, conference_ids=conference_ids)
    await analytics.record(transaction, *_left(gone, "ended", message), *_closed(over))
    return [
        InRoom(each.room_id, MeetingStopped(meeting_id=each.id)) for each in held if each.room_id and each.id in stopped
    ]


def told(happened: Iterable[InRoom], *others: UUID) -> list[Told]:
    """Return it as what the members of those rooms are told, and these others."""
    return [Told(members_of(room_id, *others), change) for room_id, change in happened]


async def tell(transaction: Transaction, happened: Sequence[InRoom]) -> None:
    """Record it for the members of those rooms, as the last thing that a transaction does."""
    if happened:
        await events.record(transaction, *told(happened))
