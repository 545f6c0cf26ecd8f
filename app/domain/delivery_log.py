"""The log of webhooks: what was sent, where to, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa

from app.domain import spans
from app.domain.analytics import AnalyticsEvent, event_columns
from app.domain.database import Statement, Transaction, if_given
from app.domain.errors import SecretKeyMismatch
from app.domain.schema import analytics_event, webhook_delivery
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target

Status = Literal["failed", "pending", "success"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to a webhook, or at the end of it; sealed is where it was last sent, if it was tried."""

    id: UUID
    status: Status
    attempts: int
    response_status: int | None
    error: str | None
    sealed_target: bytes | None
    replay_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
    event: AnalyticsEvent

    def shown_url(self, secret_key: SecretKey) -> str:
        """Return where it was last sent, without secrets; empty where nobody tried, or SECRET_KEY has changed."""
        if self.sealed_target is None:
            return ""
        try:
            return Target.of_json(secret_key.unseal(self.sealed_target)).shown_url
        except SecretKeyMismatch:
            return ""


class Page(NamedTuple):
    """Some deliveries, newest first, and how many there are in all."""

    deliveries: Sequence[Delivery]
    total: int


class _Found(NamedTuple):
    """How many there are in all, and one of them, unless the page has none."""

    total: int
    delivery: Delivery | None

    @classmethod
    def of_row(cls, *, total: int, **columns: Any) -> Self:
        if columns["id"] is None:
            return cls(total, None)
        event = AnalyticsEvent(**{column.name: columns.pop(f"event_{column.name}") for column in event_columns})
        return cls(total, Delivery(**columns, event=event))


_OF_DELIVERY = [field.name for field in fields(Delivery) if field.name != "event"]


def tells_of(delivery: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return whether it tells of something of one of the `types`, which is looked up for each.

    Joined, Postgres may rather read the whole table.
    """
    of_event = sa.select(analytics_event.c.type).where(analytics_event.c.id == delivery.c.analytics_event_id)
    types = sa.bindparam("types", type_=sa.ARRAY(sa.Text))
    return of_event.correlate(delivery).scalar_subquery() == sa.any_(types)


def _page(*, of_group: bool, of_types: bool) -> Statement[_Found]:
    """Return a page's statement with just these filters: Postgres would not see through optional ones."""
    keys = [webhook_delivery.c.group_id, webhook_delivery.c.id] if of_group else [webhook_delivery.c.id]
    wanted = [spans.from_first_to_past(keys), if_given(webhook_delivery.c.status)]
    wanted += [tells_of(webhook_delivery)] if of_types else []
    counted = sa.select(sa.func.count().label("total")).select_from(webhook_delivery).where(*wanted).subquery("counted")
    newest = (
        sa.select(webhook_delivery)
        .where(*wanted)
        .order_by(*(key.desc() for key in keys))
        .limit(sa.bindparam("count"))
        .offset(sa.bindparam("skipped"))
        .subquery("newest")
    )
    shown = [newest.c[name] for name in _OF_DELIVERY]
    told = [column.label(f"event_{column.name}") for column in event_columns]
    joined = counted.outerjoin(newest, sa.true()).outerjoin(
        analytics_event, analytics_event.c.id == newest.c.analytics_event_id
    )
    page = sa.select(counted.c.total, *shown, *told).select_from(joined).order_by(newest.c.id.desc())
    return Statement(page, _Found.of_row)


_PAGES = {
    (of_group, of_types): _page(of_group=of_group, of_types=of_types)
    for of_group in (False, True)
    for of_types in (False, True)
}


async def page(
    transaction: Transaction,
    *,
    count: int,
    skipped: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
    status: Status | None = None,
    conference_id: UUID | None = None,
    types: Sequence[str] | None = None,
) -> Page:
    """Return up to `count` deliveries, newest first, behind those that are skipped.

    Made from `since` to `until`, to the millisecond and both included; for events of any of the types.
    """
    found = await transaction.all(
        _PAGES[conference_id is not None, types is not None],
        count=count,
        skipped=skipped,
        status=status,
        group_id=conference_id,
        types=types,
        **spans.ends(before=None, since=since, until=until),
    )
    return Page([each.delivery for each in found if each.delivery], found[0].total)
