"""Calls about what has happened, what webhooks were told of it, and telling it again."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from app.domain import analytics, deliveries, delivery_log, replays, webhooks
from app.domain.analytics import Occurrence
from app.domain.database import Transaction
from app.domain.deliveries import Claim, Failure
from app.domain.replays import Choice
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target
from bench.calls.call import Call
from bench.calls.landmarks import COUNT, Landmarks
from bench.tellings import A_DAY, REPLAYED

_TYPES = ["PeerJoined", "PeerLeft"]
_DAY = timedelta(days=1)
_PRUNED = 1000
"""So much at once."""
_WRITTEN = 6
"""An event's row and its delivery's go with entries in indexes, each as far away as a row."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    told, now = at.told, datetime.now(UTC)
    for before, types in product((None, told.event), (None, _TYPES)):
        given: dict[str, Any] = {"before": before, "types": types}
        page = partial(analytics.page, conference_id=told.conference, count=COUNT, **given)
        yield Call("a page of what happened", page, rows=told.events, details=str(given))
    for conference_id, types, status in product((None, told.conference), (None, _TYPES), (None, "failed")):
        chosen: dict[str, Any] = {"conference_id": conference_id, "types": types, "status": status}
        log = partial(delivery_log.page, count=COUNT, since=now - _DAY, until=now, **chosen)
        rows = _counted(told.events if conference_id else A_DAY + told.replayed)
        yield Call("a page of deliveries", log, rows=rows, details=str(chosen))
        choice = Choice(since=now - 3 * _DAY, until=now - 2 * _DAY, **chosen)
        begin = partial(replays.begin, choice=choice, asked="0")
        yield Call("a replay begun", begin, rows=2 * _counted(A_DAY), details=str(chosen))
    yield from _written_down(at)
    yield from _sent(at)
    yield Call("events pruned", partial(analytics.prune, past=now - 31 * _DAY), rows=_counted(_PRUNED))
    yield Call("replays pruned", partial(replays.prune, past=now - 31 * _DAY), rows=_counted(_PRUNED))
    yield Call("a replay", partial(replays.get, id=told.replay), rows=REPLAYED)


def _written_down(at: Landmarks) -> Iterator[Call]:
    """Yield what a transaction writes down for webhooks, of one and of a crowd, in a busy queue and in new ones."""
    left = Occurrence("PeerLeft", at.crowded.id, peer_id=at.crowded.peer, reason="ended")
    several = [left._replace(conference_id=id) for id in (at.told.conference, at.crowded.id, at.meeting.id)]
    for details, happened in (("one", [left]), ("of several", several), ("a crowd", several * COUNT)):
        yield Call(
            "what has happened", partial(_recorded, happened=happened), rows=_WRITTEN * len(happened), details=details
        )


def _sent(at: Landmarks) -> Iterator[Call]:
    """Yield what is asked to send what waits."""
    claim = Claim(at.told.conference, at.told.due_at, None)
    yield Call("queues claimed", partial(_claimed, claim=claim))
    yield Call("a queue put off", partial(deliveries.put_off, claims=[claim], pause=1))
    yield Call("a queue given back", partial(deliveries.give_back, claim=claim, generation=1))
    yield Call("a queue without a webhook", partial(deliveries.drop, claim=claim))
    yield Call("a delivery that is sent", partial(_told, claim=claim))
    yield Call("a delivery that has failed", partial(_failed, claim=claim))


async def _recorded(transaction: Transaction, *, happened: Sequence[Occurrence]) -> None:
    await webhooks.put(transaction, SecretKey("of a bench"), Target("https://receiver.example"))
    await analytics.record(transaction, *happened)


async def _claimed(transaction: Transaction, *, claim: Claim) -> None:
    await deliveries.put_off(transaction, [claim], -1)  # so one of all is due
    assert await deliveries.claim(transaction, COUNT)


async def _told(transaction: Transaction, *, claim: Claim) -> None:
    taken = await deliveries.take(transaction, claim, COUNT)
    assert taken
    await deliveries.succeed(transaction, claim, taken.deliveries[0], 204)


async def _failed(transaction: Transaction, *, claim: Claim) -> None:
    taken = await deliveries.take(transaction, claim, COUNT)
    assert taken
    await deliveries.fail(transaction, claim, taken.deliveries[0], Failure("answered 500", 500))


def _counted(rows: int) -> int:
    """Return how many rows that lie anywhere are read with as many blocks: each delivery, and its event."""
    return 2 * rows
