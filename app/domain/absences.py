"""Absences: whoever's socket is gone is in no conference any more, nor is anybody when its time is over.

A meeting that was started, and that nobody has joined within five minutes, is over too.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.domain import presences
from app.domain.columns import seconds
from app.domain.connections import hurry
from app.domain.database import Statement, Transaction, finds_none, value
from app.domain.errors import ConferenceNotFound
from app.domain.presences import Held, is_in, is_open
from app.domain.schema import conference, connection, peer, session

_is_absent = finds_none(sa.select(connection.c.queue_id).where(connection.c.queue_id == peer.c.queue_id))
_has_absent = sa.exists().where(peer.c.session_id == session.c.id, is_in, _is_absent)
_is_overdue = session.c.created_at + seconds(conference.c.max_duration_seconds) < sa.func.now()
_of_conference = sa.select(sa.func.coalesce(_is_overdue, sa.false())).where(conference.c.id == session.c.conference_id)
# Or its conference is gone: an older program beside us does not know of sessions. Looked up, as in `finds_none`.
_is_over = sa.func.coalesce(_of_conference.scalar_subquery(), sa.true())

_OF_SOCKETS = Statement(
    sa.select(session.c.conference_id)
    .join(peer, peer.c.session_id == session.c.id)
    .where(peer.c.queue_id == sa.any_(sa.bindparam("queue_ids", type_=sa.ARRAY(sa.Uuid))), is_in)
    .distinct(),
    value,
)
_id = sa.bindparam("conference_id", type_=sa.Uuid)
_sessions = sa.select(session.c.conference_id).where(is_open)
_has_session = sa.select(session.c.id).where(session.c.conference_id == conference.c.id, is_open)
# Whoever starts a meeting joins it at once, unless something has become of him.
_deserted = sa.select(conference.c.id).where(
    conference.c.started_at < sa.func.now() - sa.text("interval '5 minutes'"), finds_none(_has_session)
)


def _either(of_sessions: sa.Select[Any], of_conferences: sa.Select[Any]) -> Statement[UUID]:
    return Statement(sa.select(sa.union_all(of_sessions, of_conferences).subquery("found")), value)


_STALE = _either(_sessions.where(sa.or_(_is_over, _has_absent)), _deserted)
_OVER = _either(_sessions.where(session.c.conference_id == _id, _is_over), _deserted.where(conference.c.id == _id))
_ABSENT = presences.letting_go(_is_absent)
_HURRY = Statement(hurry, value)


async def of_sockets(transaction: Transaction, queue_ids: Collection[UUID]) -> list[UUID]:
    """Return which conferences somebody is in by one of these sockets."""
    return await transaction.all(_OF_SOCKETS, queue_ids=list(queue_ids))


async def stale(transaction: Transaction) -> list[UUID]:
    """Return in which conferences somebody is who should not be, and which are active though nobody is in them."""
    return await transaction.all(_STALE)


async def end(transaction: Transaction, conference_id: UUID) -> None:
    """Let those leave whose sockets are not open any more; all of them, when its time is over, or it is gone.

    Needs a transaction. Raises LockNotAvailableError when others hold the conference for long: still others wait to be
    let go.
    """
    await transaction.find(_HURRY)
    try:
        held = await presences.hold(transaction, conference_id)
    except ConferenceNotFound:
        held = Held(id=conference_id)
    if await transaction.find(_OVER, conference_id=conference_id):
        await presences.tell(transaction, await presences.end(transaction, [held]))
    else:
        await presences.tell(transaction, await presences.leave(transaction, [held], _ABSENT, "lost"))
