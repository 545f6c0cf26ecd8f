"""Conferences: what `/api/realtime` and `/v2` call a room."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids, templates
from app.domain.database import Statement, Transaction, value
from app.domain.errors import ConferenceNotFound
from app.domain.schema import conference, seconds, template

ConferenceType = Literal["mesh", "sfu"]
Region = Literal["eu", "in", "us"]

_SWEPT_AT_ONCE = 1000
_LEAST, _GREATEST = UUID(int=0), UUID(int=2**128 - 1)
_HOME_REGION: Region = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may join, and for how many seconds what lives; a conference keeps those it was opened with."""

    max_participants: int
    token_ttl_seconds: int
    room_ttl_seconds: int
    endpoint_ttl_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A conference whose time is not over, with what its template says at this moment.

    `recording` (its own; None: as the template has it) and `template_recording` are JSON without credentials.
    `token_issued_at` is when the join token of this moment began, in seconds since 1970 without their fraction.
    """

    id: UUID
    name: str | None
    description: str | None
    enabled: bool
    type: ConferenceType
    auto_upgrade_participant_count: int | None
    max_participants: int
    token_ttl_seconds: int
    room_ttl_seconds: int
    endpoint_ttl_seconds: int
    template_id: UUID
    template_name: str
    region: Region
    large_room: bool
    size: int | None
    max_duration_seconds: int | None
    recording: str | None
    template_recording: str | None
    sealed_webhook: bytes | None
    poll_ids: list[UUID] | None
    created_at: datetime
    modified_at: datetime
    token_issued_at: int


def _epoch(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Seconds since 1970, or of an interval, without their fraction."""
    return sa.cast(sa.func.floor(sa.func.extract("epoch", moment)), sa.BigInteger)


def _token_issued_at(source: sa.FromClause) -> sa.ColumnElement[int]:
    # A join token lives for its TTL, then the next begins: one valid token at any time, and nothing to store.
    age = _epoch(sa.func.now() - source.c.created_at)
    return _epoch(source.c.created_at) + age - sa.func.mod(age, source.c.token_ttl_seconds)


def shown(source: sa.FromClause) -> "sa.Select[Any]":
    """Return Conferences of the table, or of what a statement returns of it."""
    made = {
        "template_name": template.c.name,
        "template_recording": template.c.recording,
        "region": sa.func.coalesce(source.c.region, sa.func.nullif(template.c.region, "auto"), _HOME_REGION),
        "token_issued_at": _token_issued_at(source),
    }
    columns = [
        made[field.name].label(field.name) if field.name in made else source.c[field.name]
        for field in fields(Conference)
    ]
    return sa.select(*columns).join_from(source, template, template.c.id == source.c.template_id)


def written(statement: "sa.Insert | sa.Update | sa.Delete") -> "Statement[Conference]":
    """Return a statement that writes conferences and shows those that it wrote."""
    return Statement(shown(statement.returning(conference).cte("written")), Conference)


alive: Final = sa.or_(conference.c.expires_at.is_(None), conference.c.expires_at > sa.func.now())
"""Whose time is over is gone for every statement, swept or not."""

_this = sa.and_(alive, conference.c.id == sa.bindparam("id"))
_expired = (
    sa.select(conference.c.id)
    .where(conference.c.expires_at <= sa.func.now())
    .order_by(conference.c.expires_at)
    .limit(_SWEPT_AT_ONCE)
    .with_for_update(skip_locked=True)
)

# The id's own millisecond, so that newest first by id is newest first by time, and a span of time a span of ids.
_created = sa.bindparam("created_at", type_=conference.c.created_at.type)
_ttl = sa.bindparam("room_ttl_seconds", type_=sa.Integer)

opening: Final[Mapping[str, sa.ColumnElement[Any]]] = {
    **{name: sa.bindparam(name) for name in ("id", *(field.name for field in fields(Limits)))},
    "created_at": _created,
    "modified_at": _created,
}
"""What every statement that opens a conference sets; `opened` has the values."""

_given = ("name", "description", "type", "auto_upgrade_participant_count")
_named = sa.select(conference.c.id).where(conference.c.name_key == sa.bindparam("name_key"))
_keys = sa.tuple_(conference.c.template_id, conference.c.id)


def _key(id: str) -> "sa.Tuple":
    return sa.tuple_(sa.bindparam("template_id", type_=sa.Uuid), sa.bindparam(id, type_=sa.Uuid))


# Each leaves Postgres one index to walk, whatever it guesses: a template may have few conferences, or none.
_FILTERS: Final[Mapping[str, sa.ColumnElement[bool]]] = {
    "name_key": conference.c.id == _named.scalar_subquery(),
    "template_id": sa.and_(_keys >= _key("first"), _keys < _key("before")),
    "first": conference.c.id >= sa.bindparam("first"),
    "before": conference.c.id < sa.bindparam("before"),
}

_CREATE = written(
    sa.insert(conference)
    .values({**opening, **{name: sa.bindparam(name) for name in _given}})
    .values(opened_by="vcs", template_id=templates.default_id, expires_at=_created + seconds(_ttl))
)
_BY_ID = Statement(shown(conference).where(_this), Conference)
_DELETE = written(sa.delete(conference).where(_this))
_SWEEP = Statement(sa.delete(conference).where(conference.c.id.in_(_expired)).returning(conference.c.id), value)


@cache
def _page(filters: frozenset[str], *, enabled: bool | None) -> Statement[Conference]:
    """Return a page's statement with just these filters: Postgres would not see through optional ones."""
    of_template = "template_id" in filters
    told = filters - {"first", "before"} if of_template else filters  # its keys say those two already
    found = shown(conference).where(alive, *(_FILTERS[name] for name in sorted(told)))
    if enabled is not None:
        found = found.where(conference.c.enabled if enabled else ~conference.c.enabled)
    keys = (conference.c.template_id, conference.c.id) if of_template else (conference.c.id,)
    return Statement(found.order_by(*(key.desc() for key in keys)).limit(sa.bindparam("count")), Conference)


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common: names have letters of ASCII only, others don't fold."""
    return name.encode().lower().decode()


def opened(limits: Limits) -> dict[str, Any]:
    """Return the values of `opening`, with a new id."""
    id = ids.new_id()
    return {"id": id, "created_at": ids.moment(id), **asdict(limits)}


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
    return await transaction.one(
        _CREATE,
        name=name,
        description=description,
        type=type,
        auto_upgrade_participant_count=auto_upgrade_participant_count,
        **opened(limits),
    )


async def get(transaction: Transaction, id: UUID) -> Conference:
    """Return the conference, or raise ConferenceNotFound."""
    return await transaction.one(_BY_ID, ConferenceNotFound, id=id)


async def page(
    transaction: Transaction,
    *,
    count: int,
    before: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    enabled: bool | None = None,
    name: str | None = None,
    template_id: UUID | None = None,
) -> list[Conference]:
    """Return up to `count` conferences, newest first: those older than `before`, which need not exist any more.

    Opened from `since` to `until`, to the millisecond and both included; `name` in whatever case.
    """
    first = since and ids.first_from(since)
    until_id = until and ids.first_past(until)
    filters = {
        "first": first or (template_id and _LEAST),
        "before": min((id for id in (before, until_id) if id), default=template_id and _GREATEST),
        "name_key": name and name_key(name),
        "template_id": template_id,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    return await transaction.all(_page(frozenset(given), enabled=enabled), count=count, **given)


async def remove(transaction: Transaction, id: UUID) -> Conference:
    """Delete the conference and return it as it was, or raise ConferenceNotFound."""
    return await transaction.one(_DELETE, ConferenceNotFound, id=id)


async def sweep(transaction: Transaction) -> int:
    """Delete some of those whose time is over, the oldest first, and return how many they were."""
    return len(await transaction.all(_SWEEP))
