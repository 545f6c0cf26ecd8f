"""Replays: what was told to webhooks is told again, each event by a delivery of its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, Self
from uuid import UUID

import sqlalchemy as sa
from asyncpg import ForeignKeyViolationError, LockNotAvailableError
from sqlalchemy.dialects.postgresql import insert

from app.domain import analytics, ids, spans
from app.domain.columns import spelled
from app.domain.database import Statement, Transaction, any_of, unnested, value
from app.domain.delivery_log import tells_of
from app.domain.errors import ReplayNotFound, ReplaysBusy
from app.domain.schema import conference, deployment, webhook_delivery, webhook_queue, webhook_replay
from app.domain.secrets import hashed

Ending = Literal["failed", "success"]

MOST: Final = 50_000
"""So many events are told again by a replay at most."""

_MOST_FAILURES: Final = 1000
_MOST_PRUNED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which events are told again: those of deliveries in a span, of any of the types, the newest of which ended so.

    The oldest first. `status` None: either way; `names`: what the types were called by whoever asked.
    """

    since: datetime
    until: datetime
    conference_id: UUID | None = None
    types: Sequence[str] | None = None
    names: Sequence[str] = ()
    status: Ending | None = "failed"
    limit: int = MOST
    offset: int = 0

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Return the choice again."""
        kept: dict[str, Any] = json.loads(text)
        for name in ("since", "until"):
            kept[name] = datetime.fromisoformat(kept[name])
        kept["conference_id"] = kept["conference_id"] and UUID(kept["conference_id"])
        return cls(**kept)

    @property
    def json_text(self) -> str:
        """As it is kept."""
        return json.dumps(
            {
                "since": spelled(self.since),
                "until": spelled(self.until),
                "conference_id": str(self.conference_id) if self.conference_id else None,
                "types": self.types,
                "names": self.names,
                "status": self.status,
                "limit": self.limit,
                "offset": self.offset,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay, and how far it is; it is over when nothing of it is to be sent any more."""

    id: UUID
    choice: Choice
    created_at: datetime
    finished_at: datetime | None
    total: int
    succeeded: int
    failed: int
    failed_event_ids: Sequence[UUID]

    @classmethod
    def of_row(cls, *, filters: str, **columns: Any) -> Self:
        """Return a replay of a row, which has the choice as it is kept."""
        return cls(choice=Choice.of_json(filters), **columns)


class Begun(NamedTuple):
    """A replay that was begun just now, or one that runs already."""

    replay: Replay
    is_new: bool


class _Chosen(NamedTuple):
    """An event that is told again, and in which queue."""

    event_id: UUID
    group_id: UUID


def _own_target(group_id: sa.ColumnElement[UUID]) -> sa.ColumnElement[bytes | None]:
    """Return a conference's own webhook."""
    return sa.select(conference.c.sealed_webhook).where(conference.c.id == group_id).scalar_subquery()


def _choosing(*, of_group: bool, of_types: bool) -> Statement[_Chosen]:
    """Return the statement that chooses events, with just these filters."""
    keys = [_told.c.group_id, _told.c.id] if of_group else [_told.c.id]
    told = sa.select(_told.c.analytics_event_id, sa.func.min(_told.c.number).label("number"))
    told = told.where(spans.from_first_to_past(keys)).group_by(_told.c.analytics_event_id)
    if of_types:
        told = told.where(tells_of(_told))
    once = told.subquery("once")
    of_event = webhook_delivery.c.analytics_event_id == once.c.analytics_event_id
    newest = (
        sa.select(webhook_delivery)
        .where(of_event)
        .order_by(webhook_delivery.c.number.desc())
        .limit(sa.literal_column("1"))
        .lateral("newest")
    )
    chosen = (
        sa.select(newest.c.analytics_event_id.label("event_id"), newest.c.group_id)
        .join_from(once, newest, sa.true())
        .where(newest.c.status != "pending", _status.is_(None) | (newest.c.status == _status))
        .where(sa.func.coalesce(_own_target(newest.c.group_id), _of_workspace).is_not(None))
    )
    in_order = chosen.order_by(once.c.number).limit(sa.bindparam("limit")).offset(sa.bindparam("offset"))
    return Statement(in_order, _Chosen)


_told = webhook_delivery.alias("told")
_status = sa.bindparam("status", type_=sa.Text)
_of_workspace = sa.select(deployment.c.sealed_webhook).scalar_subquery()
_groups = unnested("groups", "place", group_id=sa.Uuid)
_new = unnested("new", "place", id=sa.Uuid, group_id=sa.Uuid, event_id=sa.Uuid, created_at=sa.DateTime(timezone=True))

_HOLD = Statement(sa.select(deployment.c.id).with_for_update(key_share=True), value)
_newest = (
    sa.select(webhook_replay.c.id)
    .where(webhook_replay.c.asked == sa.bindparam("asked"))
    .order_by(webhook_replay.c.asked.desc(), webhook_replay.c.id.desc())
    .limit(1)
    .subquery("newest")
)
# One before the newest is over, or that would not have been begun.
_RUNNING = Statement(
    sa.select(_newest.c.id).where(
        sa.exists().where(webhook_delivery.c.replay_id == _newest.c.id, webhook_delivery.c.status == "pending")
    ),
    value,
)
_BEGIN = Statement(
    sa.insert(webhook_replay).values({name: sa.bindparam(name) for name in ("id", "asked", "filters")}), value
)
_CHOICES = {
    (of_group, of_types): _choosing(of_group=of_group, of_types=of_types)
    for of_group in (False, True)
    for of_types in (False, True)
}
# Shorter than Postgres waits before it looks for deadlocks, of which it may end the other.
_HURRY = Statement(sa.select(sa.func.set_config("lock_timeout", "500ms", sa.true())), value)
_QUEUE = Statement(
    insert(webhook_queue)
    .from_select(
        ["group_id", "sealed_target"],
        sa.select(_groups.c.group_id, _own_target(_groups.c.group_id)).order_by(_groups.c.group_id),
    )
    .on_conflict_do_update(
        index_elements=[webhook_queue.c.group_id], set_={"generation": webhook_queue.c.generation + 1}
    ),
    value,
)
_DELIVER = Statement(
    sa.insert(webhook_delivery).from_select(
        ["id", "group_id", "analytics_event_id", "created_at", "replay_id"],
        sa.select(*_new.c[:4], sa.bindparam("replay_id", type_=sa.Uuid)).order_by(_new.c.place),
    ),
    value,
)
_NOTIFY = Statement(sa.select(sa.func.pg_notify(analytics.CHANNEL, "")), value)

_of_it = webhook_delivery.c.replay_id == webhook_replay.c.id
_counted = (
    sa.select(
        sa.func.count().label("total"),
        *(
            sa.func.count().filter(webhook_delivery.c.status == status).label(name)
            for name, status in {"succeeded": "success", "failed": "failed"}.items()
        ),
        sa.func.count().filter(webhook_delivery.c.status == "pending").label("pending"),
        sa.func.max(webhook_delivery.c.finished_at).label("finished_at"),
    )
    .where(_of_it)
    .correlate(webhook_replay)
    .lateral("counted")
)
_failures = (
    sa.select(webhook_delivery.c.analytics_event_id)
    .where(_of_it, webhook_delivery.c.status == "failed")
    .order_by(webhook_delivery.c.number)
    .limit(_MOST_FAILURES)
    .correlate(webhook_replay)
)
_over_at = sa.case((_counted.c.pending == 0, sa.func.coalesce(_counted.c.finished_at, webhook_replay.c.created_at)))
_GET = Statement(
    sa.select(
        *(webhook_replay.c[name] for name in ("id", "filters", "created_at")),
        *(_counted.c[name] for name in ("total", "succeeded", "failed")),
        _over_at.label("finished_at"),
        sa.func.array(_failures.scalar_subquery(), type_=sa.ARRAY(sa.Uuid)).label("failed_event_ids"),
    )
    .join_from(webhook_replay, _counted, sa.true())
    .where(webhook_replay.c.id == sa.bindparam("id")),
    Replay.of_row,
)

_old = (
    sa.select(webhook_replay.c.id)
    .where(webhook_replay.c.id < sa.bindparam("past", type_=sa.Uuid))
    .order_by(webhook_replay.c.id)
    .limit(_MOST_PRUNED)
)
_PRUNE = Statement(
    sa.delete(webhook_replay).where(webhook_replay.c.id == any_of(_old)).returning(webhook_replay.c.id), value
)


async def begin(transaction: Transaction, choice: Choice, *, asked: str) -> Begun:
    """Tell again what is chosen, unless what was asked for in the same words is still under way.

    Needs a transaction. Raises ReplaysBusy when others hold for long what is needed: they are not made to wait.
    """
    await transaction.one(_HOLD)
    words = hashed(asked).hex()  # they may be longer than an index takes
    running = await transaction.find(_RUNNING, asked=words)
    if running:
        return Begun(await get(transaction, running), is_new=False)
    replay_id = ids.new_id()
    await transaction.all(_BEGIN, id=replay_id, asked=words, filters=choice.json_text)
    try:
        await _deliver(transaction, replay_id, await _chosen(transaction, choice))
    except (LockNotAvailableError, ForeignKeyViolationError):  # or something was chosen that is pruned just now
        raise ReplaysBusy from None
    return Begun(await get(transaction, replay_id), is_new=True)


async def get(transaction: Transaction, id: UUID) -> Replay:
    """Return a replay, or raise ReplayNotFound."""
    return await transaction.one(_GET, ReplayNotFound, id=id)


async def prune(transaction: Transaction, past: datetime) -> int:
    """Delete some replays of before that, whose events are gone (`analytics.prune`), and return how many they were."""
    return len(await transaction.all(_PRUNE, past=ids.first_from(past)))


async def _chosen(transaction: Transaction, choice: Choice) -> list[_Chosen]:
    return await transaction.all(
        _CHOICES[choice.conference_id is not None, choice.types is not None],
        group_id=choice.conference_id,
        types=choice.types,
        status=choice.status,
        limit=choice.limit,
        offset=choice.offset,
        **spans.ends(before=None, since=choice.since, until=choice.until),
    )


async def _deliver(transaction: Transaction, replay_id: UUID, chosen: Sequence[_Chosen]) -> None:
    """Put deliveries of these events behind what waits already, each in its queue."""
    new = [ids.new_id() for _ in chosen]
    await transaction.all(
        _DELIVER,
        replay_id=replay_id,
        id=new,
        group_id=[each.group_id for each in chosen],
        event_id=[each.event_id for each in chosen],
        created_at=[ids.moment(id) for id in new],
    )
    # Last, for whoever changes one of those conferences waits meanwhile. They are in their order among themselves;
    # what happens at the same time may come between.
    await transaction.find(_HURRY)
    await transaction.all(_QUEUE, group_id=list({each.group_id for each in chosen}))
    await transaction.find(_NOTIFY)
