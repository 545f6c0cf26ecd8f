"""Rooms that have webhooks, what happens in them, and what became of the telling."""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from factories import LIMITS
from listeners import until
from receivers import Delivery

from app.domain import analytics, configurations, ids, webhooks
from app.domain.analytics import Occurrence
from app.domain.configurations import Configuration
from app.domain.database import AnyConnection, Transaction
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target

#: Leases are longer than that, and pauses are shorter, but after many failures in turn.
_LONGEST_PAUSE = "50 seconds"
_CLEARED = """
DELETE FROM webhook_queue; DELETE FROM analytics_event; DELETE FROM webhook_replay; DELETE FROM conference;
UPDATE deployment SET sealed_webhook = NULL
"""


@dataclass(frozen=True)
class Desk:
    """Whoever changes rooms behind the back of the servers, by the domain's own words."""

    connection: AnyConnection
    key: SecretKey

    async def clear(self) -> None:
        await self.connection.execute(_CLEARED)

    @property
    def transaction(self) -> Transaction:
        return Transaction(self.connection)

    async def room(self, url: str | None = None, **headers: str) -> UUID:
        """Make a room, with this webhook, if any is given. That it was made is told, if it can be."""
        async with self.connection.transaction():
            configuration = Configuration(sealed_webhook=self.sealed(url, **headers) if url else None)
            made = await configurations.establish(self.transaction, str(uuid4()), configuration, limits=LIMITS)
        return made.id

    async def rooms(self, count: int, url: str) -> list[UUID]:
        return [await self.room(url) for _ in range(count)]

    def sealed(self, url: str, **headers: str) -> bytes:
        return self.key.seal(Target(url, headers).json_text)

    async def move(self, room: UUID, url: str) -> None:
        """Give a room another webhook, which is told, too."""
        async with self.connection.transaction():
            await configurations.change(self.transaction, room, Configuration(sealed_webhook=self.sealed(url)))

    async def put(self, url: str) -> None:
        """Give the workspace a webhook."""
        await webhooks.put(self.transaction, self.key, Target(url))

    async def happen(self, *rooms: UUID, times: int = 1) -> None:
        """Have something happen in each of the rooms, so many times."""
        for room in rooms:
            async with self.connection.transaction():
                await analytics.record(self.transaction, *[Occurrence("ConferenceUpdated", room)] * times)

    async def expected(self) -> dict[str, list[str]]:
        """Return the ids of the deliveries for each room, in the order in which they are to come."""
        query = "SELECT group_id, array_agg(id::text ORDER BY number) AS ids FROM webhook_delivery GROUP BY group_id"
        return {ids.to_hex(row["group_id"]): row["ids"] for row in await self.connection.fetch(query)}

    async def log(self) -> list[tuple[str, int, int | None, str | None]]:
        """Return status, attempts, status of the answer and error of each delivery, in their order."""
        query = "SELECT status, attempts, response_status, error FROM webhook_delivery ORDER BY number"
        return [tuple(row) for row in await self.connection.fetch(query)]

    async def hurry(self) -> None:
        """End the pauses of all queues, but no lease."""
        await self.connection.execute(
            f"UPDATE webhook_queue SET due_at = now() WHERE due_at < now() + interval '{_LONGEST_PAUSE}'"  # noqa: S608
        )

    async def expire(self) -> None:
        """End each lease, as if a minute had gone by."""
        await self.connection.execute("UPDATE webhook_queue SET due_at = now()")

    async def is_quiet(self) -> bool:
        """Whether nothing waits any more."""
        return not await self.connection.fetchval("SELECT EXISTS (SELECT FROM webhook_queue)")

    async def are_tried(self) -> bool:
        """Whether each delivery was tried."""
        return all(attempts for _, attempts, *_ in await self.log())

    async def quiet(self) -> None:
        await until(self.is_quiet)


def told(deliveries: Iterable[Delivery]) -> dict[str, list[str]]:
    """Return by what ids a receiver was told of each room, in turn; what was only said again at once counts once."""
    of_room = defaultdict(list)
    for delivery in deliveries:
        of_room[json.loads(delivery.body)["data"]["room_id"]].append(delivery.headers["webhook-id"])
    return {room: [id for id, _ in itertools.groupby(each)] for room, each in of_room.items()}


def repeated(deliveries: Iterable[Delivery]) -> int:
    """Return how many deliveries were received that had come before."""
    came = [delivery.headers["webhook-id"] for delivery in deliveries]
    return len(came) - len(set(came))
