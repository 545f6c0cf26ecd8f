"""What has happened, and what webhooks were told of it, put straight into the tables: nobody sends it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

import asyncpg
from processes import SECRET_KEY

from app.apis.hms.spellings import rfc3339
from app.domain import ids
from app.domain.secrets import SecretKey

WORKSPACE = UUID(int=0)
TEMPLATE = ids.new_id()
#: What is known of somebody who is in a room.
OF_PEER: dict[str, Any] = {
    "name": "daily-standup",
    "template_id": str(TEMPLATE),
    "template_name": "stage",
    "enabled": True,
    "session_started_at": "2026-01-31T09:30:00.120+00:00",
    "user_name": "Ada",
    "role": "host",
    "metadata": '{"hand": "up"}',
    "joined_at": "2026-01-31T09:30:00.12+00:00",
}

#: Spans beyond a limit, as how long ago they begin and end, by what is said of them.
REFUSED_SPANS: dict[str, list[dict[str, dict[str, float]]]] = {
    "start_time must be within the last 30 days": [{"start_time": {"days": 30, "seconds": 1}}],
    "end_time must be within 14 days after start_time": [
        {"start_time": {"days": 20}},
        {"start_time": {"days": 20}, "end_time": {"days": 6, "seconds": -1}},
        {"start_time": {"days": 2}, "end_time": {"days": 2, "seconds": 1}},
        {"end_time": {"days": 1, "seconds": 1}},
        {"start_time": {"seconds": -10}},
    ],
}
#: Spans on the other side of each limit.
ALLOWED_SPANS: list[dict[str, dict[str, float]]] = [
    {},
    {"start_time": {"days": 30, "seconds": -10}, "end_time": {"days": 20}},
    {"start_time": {"days": 20}, "end_time": {"days": 6}},
    {"start_time": {"days": 2}, "end_time": {"days": 2}},
    {"start_time": {"days": 13}},
    {"end_time": {"hours": 23}},
]


def id_at(moment: datetime) -> UUID:
    """Return an id that is made at that moment, unlike all others."""
    return ids.from_bytes(ids.to_bytes(ids.first_from(moment))[:6] + token_bytes(6))


def ago(**span: float) -> datetime:
    """Return the moment so long ago, in whole milliseconds."""
    moment = datetime.now(UTC) - timedelta(**span)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def spelled(span: dict[str, dict[str, float]]) -> dict[str, str]:
    """Return a span as `/v2` spells it."""
    now = ago()
    return {name: rfc3339(now - timedelta(**before)) for name, before in span.items()}


@dataclass(frozen=True)
class Tellings:
    """Puts events and deliveries into the database."""

    database: asyncpg.Connection

    async def happened(
        self, type: str = "PeerJoined", *, at: datetime | None = None, data: dict[str, Any] | None = None, **of: UUID
    ) -> UUID:
        """Put an event there; `of`: ids of its conference, session, peer, user."""
        id = id_at(at or ago())
        await self.database.execute(
            "INSERT INTO analytics_event (id, type, conference_id, session_id, peer_id, user_id, data, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *(id, type, *(of.get(f"{name}_id") for name in ("conference", "session", "peer", "user"))),
            *(json.dumps(OF_PEER if data is None else data), ids.moment(id)),
        )
        return id

    async def told(
        self,
        event_id: UUID,
        status: str = "success",
        *,
        group: UUID = WORKSPACE,
        at: datetime | None = None,
        url: str | None = "https://backend.example/events",
        **columns: Any,
    ) -> UUID:
        """Put a delivery there that has ended so, or is pending."""
        id = id_at(at or ago())
        target = SecretKey(SECRET_KEY).seal(json.dumps({"url": url, "headers": {"X-Key": "secret"}})) if url else None
        row = {
            "id": id,
            "group_id": group,
            "analytics_event_id": event_id,
            "sealed_target": target,
            "status": status,
            "attempts": 1 if url else 0,
            "created_at": ids.moment(id),
            "finished_at": None if status == "pending" else ids.moment(id) + timedelta(seconds=2),
            **columns,
        }
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        columns_named = ", ".join(row)
        await self.database.execute(
            f"INSERT INTO webhook_delivery ({columns_named}) VALUES ({places})",  # noqa: S608 - the test's own
            *row.values(),
        )
        return id

    async def shut(self, *groups: UUID) -> None:
        """Have nobody send anything of these groups for a day."""
        await self.database.executemany(
            "INSERT INTO webhook_queue (group_id, due_at) VALUES ($1, now() + interval '1 day')",
            [(group,) for group in groups],
        )

    async def ended(self, status: str, *delivery_ids: UUID) -> None:
        """Have these deliveries end so."""
        await self.database.execute(
            "UPDATE webhook_delivery SET status = $1, finished_at = now() WHERE id = ANY ($2)", status, delivery_ids
        )
