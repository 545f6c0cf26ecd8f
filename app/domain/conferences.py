"""Conferences: what `/api/realtime` and `/v2` call a room."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.database import Statement, Transaction, value
from app.domain.errors import ConferenceNotFound, InvalidJoinToken
from app.domain.schema import conference, seconds
from app.domain.secrets import SecretKey, same

ConferenceType = Literal["mesh", "sfu"]

_SWEPT_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may join, and for how many seconds what lives; a conference keeps those it was opened with."""

    max_participants: int
    token_ttl_seconds: int
    room_ttl_seconds: int
    endpoint_ttl_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A conference whose time is not over.

    `token_issued_at` is when the join token of this moment began, in seconds since 1970 without their fraction.
    """

    id: UUID
    name: str | None
    description: str | None
    type: ConferenceType
    auto_upgrade_participant_count: int | None
    max_participants: int
    token_ttl_seconds: int
    room_ttl_seconds: int
    endpoint_ttl_seconds: int
    created_at: datetime
    modified_at: datetime
    token_issued_at: int


def _epoch(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Seconds since 1970, or of an interval, without their fraction."""
    return sa.cast(sa.func.floor(sa.func.extract("epoch", moment)), sa.BigInteger)


_now = sa.func.now()
_age = _epoch(_now - conference.c.created_at)
# A join token lives for its TTL, then the next begins: one valid token at any time, and nothing to store.
_past_spans = _age - sa.func.mod(_age, conference.c.token_ttl_seconds)
_columns = (
    *(column for column in conference.c if column.name not in {"opened_by", "expires_at"}),
    (_epoch(conference.c.created_at) + _past_spans).label("token_issued_at"),
)
_alive = sa.or_(conference.c.expires_at.is_(None), conference.c.expires_at > _now)
_this = sa.and_(_alive, conference.c.id == sa.bindparam("id"))
_newest_first = sa.select(*_columns).where(_alive).order_by(conference.c.id.desc()).limit(sa.bindparam("count"))
_expired = (
    sa.select(conference.c.id)
    .where(conference.c.expires_at <= _now)
    .order_by(conference.c.expires_at)
    .limit(_SWEPT_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_given = ("id", "name", "description", "type", "auto_upgrade_participant_count")

# The id's own millisecond, so that newest first by id is newest first by time, and a span of time a span of ids.
_created = sa.bindparam("created_at", type_=conference.c.created_at.type)
_ttl = sa.bindparam("room_ttl_seconds", type_=sa.Integer)

_CREATE = Statement(
    sa.insert(conference)
    .values({name: sa.bindparam(name) for name in (*_given, *(field.name for field in fields(Limits)))})
    .values(opened_by="vcs", created_at=_created, modified_at=_created, expires_at=_created + seconds(_ttl))
    .returning(*_columns),
    Conference,
)
_BY_ID = Statement(sa.select(*_columns).where(_this), Conference)
_FIRST_PAGE = Statement(_newest_first, Conference)
_NEXT_PAGE = Statement(_newest_first.where(conference.c.id < sa.bindparam("before")), Conference)
_DELETE = Statement(sa.delete(conference).where(_this).returning(*_columns), Conference)
_SWEEP = Statement(sa.delete(conference).where(conference.c.id.in_(_expired)).returning(conference.c.id), value)


async def create(
    transaction: Transaction,
    *,
    name: str | None = None,
    description: str | None = None,
    type: ConferenceType = "mesh",
    auto_upgrade_participant_count: int | None = None,
    limits: Limits,
) -> Conference:
    """Open a conference; its time is over `limits.room_ttl_seconds` from now."""
    id = ids.new_id()
    return await transaction.one(
        _CREATE,
        id=id,
        created_at=ids.moment(id),
        name=name,
        description=description,
        type=type,
        auto_upgrade_participant_count=auto_upgrade_participant_count,
        **asdict(limits),
    )


async def get(transaction: Transaction, id: UUID) -> Conference:
    """Return the conference, or raise ConferenceNotFound."""
    return await transaction.one(_BY_ID, ConferenceNotFound, id=id)


async def page(transaction: Transaction, *, count: int, before: UUID | None) -> list[Conference]:
    """Return up to `count` conferences, newest first: those older than `before`, which need not exist any more."""
    if before is None:
        return await transaction.all(_FIRST_PAGE, count=count)
    return await transaction.all(_NEXT_PAGE, count=count, before=before)


async def remove(transaction: Transaction, id: UUID) -> Conference:
    """Delete the conference and return it as it was, or raise ConferenceNotFound."""
    return await transaction.one(_DELETE, ConferenceNotFound, id=id)


async def sweep(transaction: Transaction) -> int:
    """Delete some of those whose time is over, the oldest first, and return how many they were."""
    return len(await transaction.all(_SWEEP))


def join_token(conference: Conference, secret_key: SecretKey) -> str:
    """Return what opens this conference for a client, until `token_issued_at + token_ttl_seconds`.

    64 hex digits: the id's 24, the 8 of `token_issued_at`, and a signature.
    """
    return secret_key.sign("join token", ids.to_bytes(conference.id) + conference.token_issued_at.to_bytes(4, "big"))


async def opened_by(transaction: Transaction, token: str, secret_key: SecretKey) -> Conference:
    """Return the conference that the join token opens now, or raise InvalidJoinToken."""
    payload = secret_key.signed("join token", token)
    if payload is None:
        raise InvalidJoinToken(token)
    found = await transaction.find(_BY_ID, id=ids.from_bytes(payload[:12]))
    if found is None or not same(join_token(found, secret_key), token):
        raise InvalidJoinToken(token)
    return found
