"""Conferences: what `/api/realtime` and `/v2` call a room."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from app.domain import analytics, events, ids, presences, spans, templates
from app.domain.analytics import Occurrence
from app.domain.changes import MeetingDeleted
from app.domain.columns import seconds
from app.domain.database import Statement, Transaction, value
from app.domain.errors import ConferenceDisabled, ConferenceNotFound
from app.domain.events import Told, members_of
from app.domain.presences import Held
from app.domain.schema import alive, conference, name_of, template

ConferenceType = Literal["mesh", "sfu"]
Region = Literal["eu", "in", "us"]

_SWEPT_AT_ONCE = 1000
_HOME_REGION: Region = "in"
_ONE = sa.literal_column("1", sa.Integer)


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


def has_role(role: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return whether a conference's template has this role."""
    has = sa.select(template.c.roles.op("->")(role).is_not(None)).where(template.c.id == conference.c.template_id)
    return has.correlate_except(template).scalar_subquery()


def shown(source: sa.FromClause) -> sa.Select[Any]:
    """Return the SELECT of Conferences from the table, or from what a statement returns of it."""
    # Looked up for each: joined, templates can be read one and all for a page of a few rooms.
    shape = sa.select(template).where(template.c.id == source.c.template_id).limit(_ONE).lateral("shape")
    made = {
        "name": name_of(source),
        "template_name": shape.c.name,
        "template_recording": shape.c.recording,
        "region": sa.func.coalesce(source.c.region, sa.func.nullif(shape.c.region, "auto"), _HOME_REGION),
        "token_issued_at": _token_issued_at(source),
    }
    columns = [
        made[field.name].label(field.name) if field.name in made else source.c[field.name]
        for field in fields(Conference)
    ]
    return sa.select(*columns).join_from(source, shape, sa.true())


def written(statement: sa.Insert | sa.Update | sa.Delete) -> Statement[Conference]:
    """Return a statement that writes conferences and shows those that it wrote."""
    return Statement(shown(statement.returning(conference).cte("written")), Conference)


this: Final = sa.and_(alive, conference.c.id == sa.bindparam("id"))
named: Final = conference.c.name_key == sa.bindparam("name_key")

# A CTE runs once; as a subquery, Postgres may run it again for each row, and take more than so many.
_expired = (
    sa.select(conference.c.id)
    .where(conference.c.expires_at <= sa.func.now())
    .order_by(conference.c.expires_at)
    .limit(_SWEPT_AT_ONCE)
    .with_for_update(skip_locked=True)
    .cte("expired")
)

# The id's own millisecond, so that newest first by id is newest first by time, and a span of time a span of ids.
_created = sa.bindparam("created_at", type_=conference.c.created_at.type)
_ttl = sa.bindparam("room_ttl_seconds", type_=sa.Integer)

opening_columns: Final[Mapping[str, sa.ColumnElement[Any]]] = {
    **{name: sa.bindparam(name) for name in ("id", *(field.name for field in fields(Limits)))},
    "created_at": _created,
    "modified_at": _created,
}
"""What every statement that opens a conference sets, to its `opening_values`."""

_given = ("name", "description", "type", "auto_upgrade_participant_count")
_with_name = conference.c.id == sa.select(conference.c.id).where(named).scalar_subquery()

_CREATE = written(
    sa.insert(conference)
    .values({**opening_columns, **{name: sa.bindparam(name) for name in _given}})
    .values(opened_by="vcs", template_id=templates.default_id, expires_at=_created + seconds(_ttl))
)
_BY_ID = Statement(shown(conference).where(this), Conference)
_DELETE = written(sa.delete(conference).where(this))
_SWEEP = Statement(
    sa.delete(conference).where(conference.c.id == _expired.c.id).returning(conference.c.id),
    value,
)


@cache
def _page(*, of_template: bool, by_enabled: bool, with_name: bool) -> Statement[Conference]:
    """Return a page's statement with just these filters: Postgres would not see through optional ones."""
    filters = ((conference.c.template_id, of_template), (conference.c.enabled, by_enabled))
    asked = [column for column, is_asked in filters if is_asked]
    # One index has the order of the page, and begins with what is asked first. The room that has a name needs none:
    # all else is seen in it.
    led_by = 0 if with_name else 1
    keys = [*asked[:led_by], conference.c.id]
    page = shown(conference).where(alive, spans.from_first_to_past(keys)).order_by(*(key.desc() for key in keys))
    page = page.where(*(column == sa.bindparam(column.name) for column in asked[led_by:]))
    if with_name:
        page = page.where(_with_name)
    return Statement(page.limit(sa.bindparam("count")), Conference)


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common: names have letters of ASCII only, others don't fold."""
    return name.encode().lower().decode()


def opening_values(limits: Limits) -> dict[str, Any]:
    """Return the values of `opening_columns`, with a new id."""
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
    """Open a conference; its time is over `limits.room_ttl_seconds` from now. Needs a transaction."""
    created = await transaction.one(
        _CREATE,
        name=name,
        description=description,
        type=type,
        auto_upgrade_participant_count=auto_upgrade_participant_count,
        **opening_values(limits),
    )
    await analytics.record(transaction, Occurrence("ConferenceCreated", created.id))
    return created


async def get(transaction: Transaction, id: UUID) -> Conference:
    """Return the conference, or raise ConferenceNotFound."""
    return await transaction.one(_BY_ID, ConferenceNotFound, id=id)


async def get_enabled(transaction: Transaction, id: UUID) -> Conference:
    """Return the conference. Raises ConferenceNotFound, ConferenceDisabled."""
    found = await get(transaction, id)
    if not found.enabled:
        raise ConferenceDisabled
    return found


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
    return await transaction.all(
        _page(of_template=template_id is not None, by_enabled=enabled is not None, with_name=name is not None),
        count=count,
        **spans.ends(before=before, since=since, until=until),
        name_key=name and name_key(name),
        template_id=template_id,
        enabled=enabled,
    )


async def remove(transaction: Transaction, id: UUID) -> Conference:
    """Delete the conference and return it as it was, or raise ConferenceNotFound. Whoever is in it is out.

    Needs a transaction. The members of a room hear that it has no meeting any more.
    """
    return await remove_held(transaction, await presences.hold(transaction, id))


async def remove_held(transaction: Transaction, held: Held) -> Conference:
    """Do so with one that is held."""
    ended = await presences.end(transaction, [held])
    removed = await transaction.one(_DELETE, id=held.id)
    if held.room_id:
        deleted = Told(members_of(held.room_id), MeetingDeleted(meeting_id=held.id))
        await events.record(transaction, *presences.told(ended), deleted)
    return removed


async def sweep(transaction: Transaction) -> int:
    """Delete some of those whose time is over, the oldest first, and return how many they were."""
    return len(await transaction.all(_SWEEP))
