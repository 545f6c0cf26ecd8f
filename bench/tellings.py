"""What has happened in a full database, and what webhooks were told of it: a month, most of it in a few rooms."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.analytics import WORKSPACE
from app.domain.replays import Choice
from app.domain.schema import analytics_event, webhook_delivery, webhook_queue, webhook_replay
from bench.rows import HOUR, OTHERS, YEAR, Moments, Row, copy

COUNT: Final = 40_000
A_DAY: Final = COUNT // 32
"""So many deliveries are made a day."""
REPLAYED: Final = 100
"""So many deliveries a replay has."""

_ROOMS: Final = 400
_REPLAYS: Final = 20
"""So many replays were of something."""
_TYPES: Final = ("SessionOpened", "PeerJoined", "PeerLeft", "SessionClosed")
_DATA: Final = json.dumps({"name": "daily-standup", "template_name": "stage", "user_name": "Ada", "role": "host"})


async def fill(connection: "Connection[Record]") -> None:
    """Put events, deliveries and replays into a database whose conferences are there; nothing of it is due."""
    found = await connection.fetch("SELECT id FROM conference ORDER BY md5(id::text) LIMIT $1", _ROOMS)
    moments = Moments(datetime.now(UTC) - timedelta(days=32), timedelta(days=32) / COUNT, Random("tellings"))  # noqa: S311
    events = list(_events([row["id"] for row in found], moments))
    replays = [ids.new_id() for _ in range(OTHERS)]
    await copy(connection, analytics_event, events)
    asked = ({"id": id, "asked": str(number), "filters": _filters()} for number, id in enumerate(replays))
    await copy(connection, webhook_replay, asked)
    await copy(connection, webhook_delivery, [*_deliveries(events), *_again(events, replays)])
    later = datetime.now(UTC) + YEAR
    waiting = {event["conference_id"] or WORKSPACE for event in events[-_ROOMS:]} | {
        ids.new_id() for _ in range(OTHERS)
    }
    await copy(connection, webhook_queue, ({"group_id": id, "due_at": later} for id in sorted(waiting)))


def _events(rooms: Sequence[UUID], moments: Moments) -> Iterator[Row]:
    for number in range(COUNT):
        id = moments.id(number)
        of_none = number % 100 == 0
        yield {
            "id": id,
            "conference_id": None if of_none else rooms[number % _ROOMS],
            "session_id": None if of_none else ids.new_id(),
            "type": "TemplateUpdated" if of_none else _TYPES[number % len(_TYPES)],
            "data": _DATA,
            "created_at": ids.moment(id),
        }


def _deliveries(events: Sequence[Row]) -> Iterator[Row]:
    """Yield the first of each event; a twentieth has failed, and the last of all wait."""
    for number, event in enumerate(events):
        status = "pending" if number >= COUNT - _ROOMS else "failed" if number % 20 == 0 else "success"
        yield _delivery(event["id"], event, status)


def _again(events: Sequence[Row], replays: Sequence[UUID]) -> Iterator[Row]:
    """Yield those of replays, all of which are over."""
    for number in range(_REPLAYS * REPLAYED):
        yield _delivery(ids.new_id(), events[number * 20 % COUNT], "success", replays[number // REPLAYED])


def _delivery(id: UUID, event: Row, status: str, replay_id: UUID | None = None) -> Row:
    moment = ids.moment(id)
    return {
        "id": id,
        "group_id": event["conference_id"] or WORKSPACE,
        "analytics_event_id": event["id"],
        "replay_id": replay_id,
        "sealed_target": None if status == "pending" else bytes(200),
        "status": status,
        "created_at": moment,
        "finished_at": None if status == "pending" else moment + HOUR,
    }


def _filters() -> str:
    now = datetime.now(UTC)
    return Choice(since=now - HOUR, until=now).json_text
