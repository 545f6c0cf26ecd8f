"""Deliveries: what is still to be told to webhooks, in the order in which it happened to one conference.

Each conference has a queue, and so has the workspace. Who sends claims one that is due, for a lease, which each
delivery renews. Whoever has lost it, since he stood still for so long, sends no more; what he sent last may be sent
once more, by the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa

from app.domain.analytics import AnalyticsEvent, event_columns
from app.domain.columns import seconds
from app.domain.database import Statement, Transaction, any_of, unnested, value
from app.domain.schema import analytics_event, deployment, webhook_delivery, webhook_queue

GIVEN_UP_AFTER: Final = "24 hours"
"""So old is what is not tried again, when a try fails."""

_LEASE_SECONDS: Final = 60
_PAUSES: Final = (1, 3, 10, 30, 60, 120, 300)


class Claim(NamedTuple):
    """A queue that is ours until then; and where to, sealed, if there is still a webhook."""

    group_id: UUID
    until: datetime
    sealed_target: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something that a webhook is to be told. The same id each time: the receiver knows it again by that."""

    id: UUID
    attempts: int
    is_replay: bool
    event: AnalyticsEvent

    @classmethod
    def of_row(cls, *, delivery_id: UUID, attempts: int, is_replay: bool, **event: Any) -> Self:
        """Return what a row says."""
        return cls(id=delivery_id, attempts=attempts, is_replay=is_replay, event=AnalyticsEvent(**event))

    @property
    def pause(self) -> int:
        """For how many seconds nothing is tried when this try fails."""
        return _PAUSES[min(self.attempts, len(_PAUSES) - 1)]


class Taken(NamedTuple):
    """The first deliveries of a queue, and how often something was put into it so far."""

    generation: int
    deliveries: Sequence[Delivery]


class Waiting(NamedTuple):
    """How much is still to be told, and for how many seconds the oldest of it has waited."""

    number: int
    oldest: float


class Failure(NamedTuple):
    """Why a try has failed, in words of ours; and with what status, if there was an answer."""

    error: str
    response_status: int | None = None


NO_WEBHOOK: Final = Failure("no webhook is configured")
"""Why all fails that waits when a webhook is taken away."""


class _Row(NamedTuple):
    generation: int
    delivery: Delivery | None

    @classmethod
    def of_row(cls, *, generation: int, **delivery: Any) -> Self:
        return cls(generation, Delivery.of_row(**delivery) if delivery["delivery_id"] else None)


_now = sa.func.now()
_group_id = sa.bindparam("group_id", type_=sa.Uuid)
_count = sa.bindparam("count", type_=sa.BigInteger)
_lease = sa.bindparam("until", type_=webhook_queue.c.due_at.type)
_is_ours = sa.and_(webhook_queue.c.group_id == _group_id, webhook_queue.c.due_at == _lease)
# As text: of a parameter Postgres would not know, when it plans, whether the index of those that are pending has it.
_is_pending = webhook_delivery.c.status == sa.literal_column("'pending'", sa.Text)
_of_workspace = sa.select(deployment.c.sealed_webhook).scalar_subquery()
_target = sa.func.coalesce(webhook_queue.c.sealed_target, _of_workspace, type_=sa.LargeBinary)
_leased = _now + seconds(sa.literal(_LEASE_SECONDS, sa.Integer))

_claim = (webhook_queue.c.group_id, webhook_queue.c.due_at.label("until"), _target.label("sealed_target"))
_due = (
    sa.select(webhook_queue.c.group_id)
    .where(webhook_queue.c.due_at <= sa.cast(_now, _lease.type))  # both rounded: what is due now is not due later
    .order_by(webhook_queue.c.due_at)
    .limit(_count)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = Statement(
    sa.update(webhook_queue)
    .where(webhook_queue.c.group_id == _due.c.group_id)
    .values(due_at=_leased)
    .returning(*_claim),
    Claim,
)
_first = (
    sa.select(
        webhook_delivery.c.id.label("delivery_id"),
        webhook_delivery.c.number,
        webhook_delivery.c.attempts,
        webhook_delivery.c.replay_id.is_not(None).label("is_replay"),
        *event_columns,
    )
    .join(analytics_event, analytics_event.c.id == webhook_delivery.c.analytics_event_id)
    .where(webhook_delivery.c.group_id == webhook_queue.c.group_id, _is_pending)
    .order_by(webhook_delivery.c.number)
    .limit(_count)
    .lateral("first")
)
_TAKE = Statement(
    sa.select(webhook_queue.c.generation, *(column for column in _first.c if column.name != "number"))
    .select_from(webhook_queue.join(_first, sa.true(), isouter=True))
    .where(_is_ours)
    .order_by(_first.c.number),
    _Row.of_row,
)
_given: Final = {
    name: sa.bindparam(name, type_=webhook_delivery.c[name].type)
    for name in ("sealed_target", "response_status", "error")
}
_this = webhook_delivery.c.id == sa.bindparam("delivery_id", type_=sa.Uuid)
_finished = sa.func.greatest(_now, webhook_delivery.c.created_at)
_told = (
    sa.update(webhook_delivery)
    .where(_this, _is_pending)
    .values(attempts=webhook_delivery.c.attempts + 1, status="success", finished_at=_finished)
    .values({**_given, "error": None})
    .returning(webhook_delivery.c.id)
    .cte("told")
)
_SUCCEED = Statement(
    sa.update(webhook_queue).where(_is_ours).values(due_at=_leased).returning(*_claim).add_cte(_told),
    Claim,
)
_pause = _now + seconds(sa.bindparam("pause", type_=sa.Integer))
_put_off = sa.update(webhook_queue).where(_is_ours).values(due_at=_pause).returning(webhook_queue.c.group_id)
_put_off_first = _put_off.cte("put_off_first")
_is_old = webhook_delivery.c.created_at < _now - sa.text(f"interval '{GIVEN_UP_AFTER}'")
_tried = (
    sa.update(webhook_delivery)
    .where(webhook_delivery.c.group_id == _put_off_first.c.group_id, _is_pending, sa.or_(_this, _is_old))
    .values(
        {
            "attempts": webhook_delivery.c.attempts + sa.case((_this, 1), else_=0),
            "status": sa.case((_is_old, "failed"), else_="pending"),
            "finished_at": sa.case((_is_old, _finished)),
            "sealed_target": sa.case((_this, _given["sealed_target"]), else_=webhook_delivery.c.sealed_target),
            "response_status": sa.case((_this, _given["response_status"]), else_=webhook_delivery.c.response_status),
            "error": sa.case((_this, _given["error"]), else_=sa.literal(f"not told within {GIVEN_UP_AFTER}")),
        }
    )
    .returning(webhook_delivery.c.status)
    .cte("tried")
)
_FAIL = Statement(sa.select(sa.func.count()).select_from(_tried).where(_tried.c.status == "failed"), value)
_PUT_OFF = Statement(_put_off, value)
_claimed = unnested("claimed", "turn", group_id=sa.Uuid, until=_lease.type)
_free = (
    sa.select(webhook_queue.c.group_id)
    .where(webhook_queue.c.group_id == _claimed.c.group_id, webhook_queue.c.due_at == _claimed.c.until)
    .limit(sa.literal_column("1"))
    .with_for_update(skip_locked=True, key_share=True)
    .lateral("free")
)
_PUT_OFF_THOSE_FREE = Statement(
    sa.update(webhook_queue)
    .where(webhook_queue.c.group_id == any_of(sa.select(_free.c.group_id).join_from(_claimed, _free, sa.true())))
    .values(due_at=_pause)
    .returning(webhook_queue.c.group_id),
    value,
)
_has_no_target = sa.exists().where(_is_ours, _target.is_(None))
_age: sa.ColumnElement[Any] = sa.func.extract("epoch", _now - sa.func.min(webhook_delivery.c.created_at))
_counted = (sa.func.count().label("number"), sa.cast(sa.func.coalesce(_age, 0), sa.Double).label("oldest"))
_WAITING = Statement(sa.select(*_counted).where(_is_pending), Waiting)
_DROP = Statement(
    sa.update(webhook_delivery)
    .where(webhook_delivery.c.group_id == _group_id, _is_pending, _has_no_target)
    .values(status="failed", finished_at=_finished, error=NO_WEBHOOK.error)
    .returning(webhook_delivery.c.id),
    value,
)
_CLOSE = Statement(
    sa.delete(webhook_queue)
    .where(_is_ours, webhook_queue.c.generation == sa.bindparam("generation", type_=sa.BigInteger))
    .returning(webhook_queue.c.group_id),
    value,
)


async def claim(transaction: Transaction, most: int) -> list[Claim]:
    """Claim so many queues that are due, the longest due first; nobody else has them meanwhile."""
    return await transaction.all(_CLAIM, count=most)


async def take(transaction: Transaction, claim: Claim, most: int) -> Taken | None:
    """Return the first of what is to be told, in its order; None when the queue is not ours any more."""
    rows = await transaction.all(_TAKE, group_id=claim.group_id, until=claim.until, count=most)
    if not rows:
        return None
    return Taken(rows[0].generation, [row.delivery for row in rows if row.delivery])


async def succeed(transaction: Transaction, claim: Claim, delivery: Delivery, response_status: int) -> Claim | None:
    """Write that it was told, and renew the lease; None when the queue is not ours any more.

    The next one may be to go elsewhere.
    """
    return await transaction.find(
        _SUCCEED,
        **_of(claim),
        delivery_id=delivery.id,
        sealed_target=claim.sealed_target,
        response_status=response_status,
    )


async def fail(transaction: Transaction, claim: Claim, delivery: Delivery, failure: Failure) -> int:
    """Write that a try has failed; the queue rests, and is given back.

    Returns how many are given up: those that are as old as that, if this one is.
    """
    given_up: int = await transaction.one(
        _FAIL,
        **_of(claim),
        delivery_id=delivery.id,
        sealed_target=claim.sealed_target,
        pause=delivery.pause,
        **failure._asdict(),
    )
    return given_up


async def put_off(transaction: Transaction, claims: Sequence[Claim], pause: int) -> None:
    """Give queues back untried; they are due again in so many seconds. Not in a transaction."""
    ours = {"group_id": [claim.group_id for claim in claims], "until": [claim.until for claim in claims]}
    done = set(await transaction.all(_PUT_OFF_THOSE_FREE, **ours, pause=pause))
    # Each by itself: whoever holds one of them, since he writes something down, may be about to want another.
    for claim in claims:
        if claim.group_id not in done:
            await transaction.find(_PUT_OFF, **_of(claim), pause=pause)


async def give_back(transaction: Transaction, claim: Claim, generation: int) -> None:
    """Give back a queue of which all was told that was taken: it ends, unless something was put into it since."""
    if await transaction.find(_CLOSE, **_of(claim), generation=generation) is None:
        await put_off(transaction, [claim], 0)


async def drop(transaction: Transaction, claim: Claim) -> int:
    """Have all fail that waits in a queue, if there is no webhook for it any more, and return how much it was."""
    return len(await transaction.all(_DROP, **_of(claim)))


async def waiting(transaction: Transaction) -> Waiting:
    """Return how much waits, in all queues: each of them is looked at."""
    return await transaction.one(_WAITING)


def _of(claim: Claim) -> dict[str, Any]:
    return {"group_id": claim.group_id, "until": claim.until}
