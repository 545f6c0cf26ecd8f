"""Pages of what has happened in a conference."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa

from app.domain import spans
from app.domain.analytics import AnalyticsEvent
from app.domain.database import Statement, Transaction, if_given
from app.domain.schema import analytics_event


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


_types = sa.bindparam("types", type_=sa.ARRAY(sa.Text))
_filters = (
    _types.is_(None) | (analytics_event.c.type == sa.any_(_types)),
    *(if_given(analytics_event.c[name]) for name in ("session_id", "peer_id", "user_id")),
)
_of_conference = analytics_event.c.conference_id == sa.bindparam("conference_id")
_counted = sa.select(sa.func.count().label("total")).where(_of_conference, *_filters).subquery("counted")
_newest = (
    sa.select(analytics_event)
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
