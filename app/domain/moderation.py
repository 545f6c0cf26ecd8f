"""Moderation: an administrator's backend puts people out of a conference, or ends what goes on in it."""

from uuid import UUID

import sqlalchemy as sa

from app.domain import analytics, presences
from app.domain.analytics import Occurrence
from app.domain.database import Statement, Transaction, value
from app.domain.errors import PeerNotFound, SessionNotFound
from app.domain.presences import Held, is_open
from app.domain.schema import conference, peer, session

_OPEN_SESSION = Statement(
    sa.select(session.c.id).where(session.c.conference_id == sa.bindparam("conference_id"), is_open), value
)
_STOP_AND_LOCK = presences.stopping(
    enabled=False, modified_at=sa.func.greatest(sa.func.statement_timestamp(), conference.c.modified_at)
)
_this_peer = peer.c.id == sa.bindparam("peer_id")
_IS_IN = presences.being_in(_this_peer)
_PEER = presences.letting_go(_this_peer)
_OF_ROLE = presences.letting_go(peer.c.role == sa.bindparam("role"))


async def end_session(transaction: Transaction, conference_id: UUID, *, lock: bool, message: str | None = None) -> None:
    """Let everybody leave, and nobody in again if it is locked. Raises ConferenceNotFound, SessionNotFound."""
    held = await _held_while_open(transaction, conference_id)
    ended = await presences.end(transaction, [held], _STOP_AND_LOCK if lock else presences.STOP, message)
    if lock and held.enabled:
        await analytics.record(transaction, Occurrence("ConferenceLocked", held.id))
    await presences.tell(transaction, ended)


async def put_out(
    transaction: Transaction,
    conference_id: UUID,
    *,
    peer_id: UUID | None,
    role: str | None,
    message: str | None = None,
) -> None:
    """Put one out, or if none is given all of a role. Raises ConferenceNotFound, SessionNotFound, PeerNotFound."""
    held = await _held_while_open(transaction, conference_id)
    if peer_id is None:
        left = await presences.leave(transaction, [held], _OF_ROLE, "put_out", message, role=role)
    else:
        await transaction.one(_IS_IN, PeerNotFound, conference_id=conference_id, peer_id=peer_id)
        left = await presences.leave(transaction, [held], _PEER, "put_out", message, peer_id=peer_id)
    await presences.tell(transaction, left)


async def _held_while_open(transaction: Transaction, conference_id: UUID) -> Held:
    held = await presences.hold(transaction, conference_id)
    await transaction.one(_OPEN_SESSION, SessionNotFound, conference_id=conference_id)
    return held
