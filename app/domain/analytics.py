"""Analytics: what has happened to conferences and templates, written down by the transaction in which it happened.

Lists show it for 31 days; whoever has a webhook is told of it, in the order in which it happened to one conference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import ids, spans
from app.domain.database import Statement, Transaction, any_of, if_given, unnested, value
from app.domain.schema import (
    analytics_event,
    conference,
    deployment,
    name_of,
    peer,
    session,
    template,
    webhook_delivery,
    webhook_queue,
)

Type = Literal[
    "ConferenceCreated",
    "ConferenceLocked",
    "ConferenceUpdated",
    "PeerJoined",
    "PeerLeft",
    "SessionClosed",
    "SessionOpened",
    "TemplateCreated",
    "TemplateUpdated",
]
Reason = Literal["ended", "lost", "put_out", "removed", "went"]
"""Why somebody left: it was over, his socket was lost, he was put out, he may not be there any more; or he went."""

CHANNEL: Final = "webhook"
"""Where it is notified that somebody is to be told."""

WORKSPACE: Final = UUID(int=0)
"""In place of a conference, for what happens to none."""

_MOST_PRUNED: Final = 1000


class Occurrence(NamedTuple):
    """Something that has happened. A conference that is deleted is told of before it is."""

    type: Type
    conference_id: UUID | None = None
    session_id: UUID | None = None
    peer_id: UUID | None = None
    template_id: UUID | None = None
    reason: Reason | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsEvent:
    """An occurrence as it was written down. `data`: JSON of what was so at that moment, without what was not."""

    id: UUID
    type: Type
    conference_id: UUID | None
    session_id: UUID | None
    peer_id: UUID | None
    user_id: UUID | None
    data: str
    created_at: datetime


class Page(NamedTuple):
    """Some of what has happened, newest first; how many there are of it in all, and whether older ones follow."""

    events: Sequence[AnalyticsEvent]
    total: int
    has_more: bool


class _Found(NamedTuple):
    """How many there are in all, and one of them, unless the page has none."""

    total: int
    event: AnalyticsEvent | None

    @classmethod
    def of_row(cls, *, total: int, id: UUID | None, **others: Any) -> Self:
        return cls(total, AnalyticsEvent(id=id, **others) if id else None)


event_columns: Final = [analytics_event.c[field.name] for field in fields(AnalyticsEvent)]
"""What an AnalyticsEvent is made of."""

_happened = unnested(
    "happened",
    "turn",
    id=sa.Uuid,
    moment=analytics_event.c.created_at.type,
    type=sa.Text,
    conference_id=sa.Uuid,
    session_id=sa.Uuid,
    peer_id=sa.Uuid,
    template_id=sa.Uuid,
    reason=sa.Text,
    message=sa.Text,
)


def _looked_up(table: sa.Table, id: sa.ColumnElement[Any]) -> sa.FromClause:
    # For each occurrence: joined, a table can be read one and all when a crowd leaves.
    return sa.select(table).where(table.c.id == id).limit(sa.literal_column("1")).lateral(f"its_{table.name}")


_conference = _looked_up(conference, _happened.c.conference_id)
_peer = _looked_up(peer, _happened.c.peer_id)
_session_id = sa.func.coalesce(_happened.c.session_id, _peer.c.session_id)
_session = _looked_up(session, _session_id)
_template = _looked_up(template, sa.func.coalesce(_happened.c.template_id, _conference.c.template_id))
_data: Final[dict[str, sa.ColumnElement[Any]]] = {
    "name": name_of(_conference),
    "template_id": _template.c.id,
    "template_name": _template.c.name,
    "enabled": _conference.c.enabled,
    "session_started_at": _session.c.created_at,
    "session_ended_at": _session.c.ended_at,
    "user_name": _peer.c.name,
    "role": _peer.c.role,
    "metadata": _peer.c.metadata,
    "joined_at": _peer.c.joined_at,
    "left_at": _peer.c.left_at,
    "reason": _happened.c.reason,
    "message": _happened.c.message,
}
_document = sa.func.json_strip_nulls(
    sa.func.json_build_object(*(part for name, column in _data.items() for part in (sa.text(f"'{name}'"), column))),
    type_=sa.JSON,
)
_group_id = sa.func.coalesce(_happened.c.conference_id, sa.literal(WORKSPACE, sa.Uuid))
_whole = (
    sa.select(
        *(_happened.c[name] for name in ("turn", "id", "moment", "type", "conference_id", "peer_id")),
        _session_id.label("session_id"),
        _peer.c.user_id,
        _document.label("data"),
        _group_id.label("group_id"),
        _conference.c.sealed_webhook.label("own"),
        sa.func.coalesce(_conference.c.sealed_webhook, deployment.c.sealed_webhook).is_not(None).label("is_told"),
    )
    .select_from(
        _happened.join(deployment, sa.true())
        .outerjoin(_conference, sa.true())
        .outerjoin(_peer, sa.true())
        .outerjoin(_session, sa.true())
        .outerjoin(_template, sa.true())
    )
    .cte("whole")
    .prefix_with("MATERIALIZED")
)
_copied: Final = ("id", "type", "conference_id", "session_id", "peer_id", "user_id", "data")
_written = (
    sa.insert(analytics_event)
    .from_select(
        [*_copied, "created_at"],
        sa.select(*(_whole.c[name] for name in _copied), _whole.c.moment).order_by(_whole.c.turn),
    )
    .returning(analytics_event.c.id)
    .cte("written")
)
_to_queue = insert(webhook_queue).from_select(
    ["group_id", "sealed_target"],
    sa.select(_whole.c.group_id, _whole.c.own).distinct().where(_whole.c.is_told).order_by(_whole.c.group_id),
)
# When it is due stays as it is: a receiver that is away is not hurried by what happens meanwhile.
_queued = (
    _to_queue.on_conflict_do_update(
        index_elements=[webhook_queue.c.group_id],
        set_={
            "generation": webhook_queue.c.generation + 1,
            "sealed_target": _to_queue.excluded.sealed_target,
        },
    )
    .returning(webhook_queue.c.group_id)
    .cte("queued")
)
# They are numbered behind the lock on their queue, so in the order of the commits. The first delivery of something has
# its id, too.
_to_deliver = (
    sa.insert(webhook_delivery)
    .from_select(
        ["id", "group_id", "analytics_event_id", "created_at"],
        sa.select(_whole.c.id, _whole.c.group_id, _whole.c.id, _whole.c.moment)
        .select_from(_whole.join(_queued, _queued.c.group_id == _whole.c.group_id))
        .order_by(_whole.c.turn),
    )
    .returning(webhook_delivery.c.id)
    .cte("to_deliver")
)
_RECORD = Statement(
    sa.select(sa.func.pg_notify(CHANNEL, "")).select_from(_to_deliver).having(sa.func.count() > 0).add_cte(_written),
    value,
)
_old = (
    sa.select(analytics_event.c.id)
    .where(analytics_event.c.id < sa.bindparam("past"))
    .order_by(analytics_event.c.id)
    .limit(_MOST_PRUNED)
)
_PRUNE = Statement(
    sa.delete(analytics_event).where(analytics_event.c.id == any_of(_old)).returning(analytics_event.c.id), value
)

_types = sa.bindparam("types", type_=sa.ARRAY(sa.Text))
_filters = (
    _types.is_(None) | (analytics_event.c.type == sa.any_(_types)),
    *(if_given(analytics_event.c[name]) for name in ("session_id", "peer_id", "user_id")),
)
_of_conference = analytics_event.c.conference_id == sa.bindparam("conference_id")
_counted = sa.select(sa.func.count().label("total")).where(_of_conference, *_filters).subquery("counted")
_newest = (
    sa.select(*event_columns)
    .where(spans.from_first_to_past([analytics_event.c.conference_id, analytics_event.c.id]), *_filters)
    .order_by(analytics_event.c.conference_id.desc(), analytics_event.c.id.desc())
    .limit(sa.bindparam("count"))
    .subquery("newest")
)
_PAGE = Statement(
    sa.select(_counted.c.total, *_newest.c)
    .join_from(_counted, _newest, sa.true(), isouter=True)
    .order_by(_newest.c.id.desc()),
    _Found.of_row,
)


async def record(transaction: Transaction, *happened: Occurrence) -> None:
    """Write down what has happened, in this order, and who is to be told of it once that is committed.

    Needs a transaction. Locks the queues of those conferences: only the lock on events comes behind (`events.record`).
    """
    if not happened:
        return
    given: dict[str, Sequence[Any]] = dict(zip(Occurrence._fields, zip(*happened, strict=True), strict=True))
    event_ids = [ids.new_id() for _ in happened]
    await transaction.find(
        _RECORD,
        id=event_ids,
        moment=[ids.moment(id) for id in event_ids],
        **given,
    )


async def page(
    transaction: Transaction,
    conference_id: UUID,
    *,
    count: int,
    before: UUID | None = None,
    types: Sequence[str] | None = None,
    session_id: UUID | None = None,
    peer_id: UUID | None = None,
    user_id: UUID | None = None,
) -> Page:
    """Return up to `count` events of a conference, gone or not, of any of the types: those older than `before`."""
    found = await transaction.all(
        _PAGE,
        conference_id=conference_id,
        count=count + 1,
        types=types,
        session_id=session_id,
        peer_id=peer_id,
        user_id=user_id,
        **spans.ends(before=before, since=None, until=None),
    )
    events = [each.event for each in found if each.event]
    return Page(events[:count], found[0].total, len(events) > count)


async def prune(transaction: Transaction, past: datetime) -> int:
    """Delete some of what happened before that, with its deliveries, and return how much it was."""
    return len(await transaction.all(_PRUNE, past=ids.first_from(past)))
