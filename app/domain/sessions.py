"""Sessions: each run of a conference, and who was in it; peers: who is in one now, as an administrator sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.selectable import LateralFromClause

from app.domain import conferences, events, presences, spans
from app.domain.changes import MeetingMessageSent
from app.domain.database import Statement, Transaction, if_given
from app.domain.errors import ConferenceNotFound, PeerNotFound, RoleNotFound, SessionNotFound
from app.domain.events import Told
from app.domain.presences import is_in, is_open
from app.domain.schema import conference, name_of, peer, session


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Somebody's presence in a session, until he left it. `metadata` is empty until an administrator sets it."""

    id: UUID
    user_id: UUID
    name: str
    role: str
    metadata: str
    joined_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A run of a conference, with peers in the order of their joining."""

    id: UUID
    conference_id: UUID
    created_at: datetime
    modified_at: datetime
    ended_at: datetime | None
    peers: Sequence[Peer]

    @property
    def is_active(self) -> bool:
        """Whether somebody is in it."""
        return self.ended_at is None

    @classmethod
    def of_row(cls, **columns: Any) -> Self:
        """Return a session, of whose peers a row has an array for each column, or null when there are none."""
        own = {name: columns[name] for name in _OF_SESSION}
        arrays = [columns[f"peer_{name}"] or () for name in _OF_PEER]
        peers = [Peer(**dict(zip(_OF_PEER, of_one, strict=True))) for of_one in zip(*arrays, strict=True)]
        return cls(**own, peers=peers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """The session that a conference has now, with peers that are in it, and the name of the conference."""

    name: str | None
    session: Session


class _Found(NamedTuple):
    """A conference's name, and its active session if it has one."""

    name: str | None
    session: Session | None

    @classmethod
    def of_row(cls, *, name: str | None, **columns: Any) -> Self:
        return cls(name, Session.of_row(**columns) if columns["id"] else None)


_OF_PEER = [field.name for field in fields(Peer)]
_OF_SESSION = [field.name for field in fields(Session) if field.name != "peers"]

_of_session = [session.c[name] for name in _OF_SESSION]


def _peers_of(source: sa.FromClause, *wanted: sa.ColumnElement[bool]) -> LateralFromClause:
    """Return an array for each column of a session's peers: a row, whatever they are."""
    of_source = sa.select(*(peer.c[name] for name in _OF_PEER)).where(peer.c.session_id == source.c.id, *wanted)
    # In this order they are aggregated: to sort in each aggregate would be to sort as often as there are columns.
    in_order = of_source.order_by(peer.c.joined_at, peer.c.id).correlate(source).lateral("in_order")
    columns = (
        sa.func.array_agg(column, type_=sa.ARRAY(column.type)).label(f"peer_{column.name}") for column in in_order.c
    )
    return sa.select(*columns).lateral("peers")


def _shown(source: sa.FromClause) -> sa.Select[Any]:
    """Return the SELECT of sessions, each with all peers that it ever had."""
    peers = _peers_of(source)
    return sa.select(*(source.c[name] for name in _OF_SESSION), *peers.c).join_from(source, peers, sa.true())


def _in_it(*wanted: sa.ColumnElement[bool]) -> Statement[_Found]:
    """Return a statement for the active session of a conference, with those of its peers."""
    peers = _peers_of(session, is_in, *wanted)
    has = (session.c.conference_id == conference.c.id) & is_open
    joined = conference.outerjoin(session, has).outerjoin(peers, sa.true())
    name = name_of(conference).label("name")
    return Statement(sa.select(name, *_of_session, *peers.c).select_from(joined).where(conferences.this), _Found.of_row)


def _page(*, of_conference: bool, active: bool | None) -> Statement[Session]:
    """Return a page's statement with just these filters: Postgres would not see through optional ones."""
    keys = [session.c.conference_id, session.c.id] if of_conference else [session.c.id]
    if of_conference and active:  # one at most, whose index has no order
        page = sa.select(session).where(_of_conference, spans.from_first_to_past([session.c.id]))
    else:
        page = sa.select(session).where(spans.from_first_to_past(keys))
    if active is not None:
        page = page.where(is_open if active else ~is_open)
    newest = page.order_by(*(key.desc() for key in keys)).limit(sa.bindparam("count")).subquery("newest")
    return Statement(_shown(newest).order_by(newest.c.id.desc()), Session.of_row)


_of_conference = session.c.conference_id == sa.bindparam("conference_id")
_this_peer = peer.c.id == sa.bindparam("peer_id")
_said = {name: sa.bindparam(name, type_=peer.c[name].type) for name in ("name", "role", "metadata")}

_BY_ID = Statement(_shown(session).where(session.c.id == sa.bindparam("id")), Session.of_row)
_PAGES = {
    (of_conference, active): _page(of_conference=of_conference, active=active)
    for of_conference in (False, True)
    for active in (None, True, False)
}
_NOW = _in_it(if_given(peer.c.user_id), if_given(peer.c.role))  # who is in is read in any case
_ONE_NOW = _in_it(_this_peer)
_CHANGE = Statement(
    sa.update(peer)
    .where(_this_peer, is_in, peer.c.session_id == session.c.id, is_open)
    .where(
        session.c.conference_id == conference.c.id,
        conferences.this,
        _said["role"].is_(None) | conferences.has_role(_said["role"]),
    )
    .values({name: sa.func.coalesce(said, peer.c[name]) for name, said in _said.items()})
    .returning(*(peer.c[name] for name in _OF_PEER)),
    Peer,
)


async def get(transaction: Transaction, id: UUID) -> Session:
    """Return a session with all peers that it ever had, or raise SessionNotFound."""
    return await transaction.one(_BY_ID, SessionNotFound, id=id)


async def page(
    transaction: Transaction,
    *,
    count: int,
    before: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    active: bool | None = None,
    conference_id: UUID | None = None,
) -> list[Session]:
    """Return up to `count` sessions, newest first: those older than `before`, which need not exist any more.

    Begun from `since` to `until`, to the millisecond and both included; of whatever conference, gone or not.
    """
    return await transaction.all(
        _PAGES[conference_id is not None, active],
        count=count,
        conference_id=conference_id,
        **spans.ends(before=before, since=since, until=until),
    )


async def active(
    transaction: Transaction, conference_id: UUID, *, user_id: UUID | None = None, role: str | None = None
) -> Active:
    """Return the session that runs in a conference, with the peers that are in: of this user, in this role.

    Raises ConferenceNotFound, SessionNotFound.
    """
    return await _running(transaction, _NOW, id=conference_id, user_id=user_id, role=role)


async def get_peer(transaction: Transaction, conference_id: UUID, peer_id: UUID) -> Peer:
    """Return who is in a conference just now. Raises ConferenceNotFound, SessionNotFound, PeerNotFound."""
    found = await _running(transaction, _ONE_NOW, id=conference_id, peer_id=peer_id)
    for one in found.session.peers:
        return one
    raise PeerNotFound


async def change_peer(
    transaction: Transaction,
    conference_id: UUID,
    peer_id: UUID,
    *,
    name: str | None = None,
    role: str | None = None,
    metadata: str | None = None,
) -> Peer:
    """Change what is said of somebody who is in a conference; None leaves it as it is.

    Raises ConferenceNotFound, SessionNotFound, PeerNotFound, and RoleNotFound when the template has no such role.
    """
    changed = await transaction.find(
        _CHANGE, id=conference_id, peer_id=peer_id, name=name, role=role, metadata=metadata
    )
    if changed is None:
        await get_peer(transaction, conference_id, peer_id)
        raise RoleNotFound
    return changed


async def tell(
    transaction: Transaction,
    conference_id: UUID,
    message: str,
    *,
    message_type: str,
    peer_id: UUID | None = None,
    role: str | None = None,
) -> None:
    """Tell those who are in a conference something: this peer, else all in this role, else all.

    Needs a transaction. Raises ConferenceNotFound, SessionNotFound, PeerNotFound.
    """
    await presences.hold(transaction, conference_id)
    if peer_id:
        told = [await get_peer(transaction, conference_id, peer_id)]
    else:
        told = [*(await active(transaction, conference_id, role=role)).session.peers]
    sent = MeetingMessageSent(meeting_id=conference_id, message=message, message_type=message_type)
    await events.record(transaction, Told(events.users(*(one.user_id for one in told)), sent))


async def _running(transaction: Transaction, statement: Statement[_Found], **given: Any) -> Active:
    found = await transaction.one(statement, ConferenceNotFound, **given)
    if found.session is None:
        raise SessionNotFound
    return Active(name=found.name, session=found.session)
