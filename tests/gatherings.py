"""People who chat, the meetings of their rooms, and who is in them: arranged for who looks on from another API."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
from people import Person, Room
from transcripts import caller

from app.domain import ids, tokens, users
from app.domain.database import Transaction

#: How `/v2` spells a time.
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z")
#: How `/v2` spells the id of somebody who is in a room.
PEER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Peer = dict[str, Any]
Told = tuple[str, dict[str, str], set[str]]


@dataclass(frozen=True)
class Meeting:
    """The meeting of a chat room, as it was answered when it was made."""

    house: "House"
    room: Room
    made: Room

    @property
    def id(self) -> str:
        return str(self.made["id"])

    @property
    def path(self) -> str:
        return f"/meetings/{self.id}"

    @property
    def hex(self) -> str:
        """Its id as `/v2` spells it."""
        return ids.to_hex(UUID(self.id))

    async def join(self, *people: Person, **flags: bool) -> None:
        """Let these in, each by another socket, each in another millisecond."""
        for person in people:
            socket = {"queue-id": await self.house.socket(person)}
            answer = await person("POST", f"{self.path}/join", headers=socket, json=flags)
            assert (answer.status_code, answer.json()) == (200, {"status": "ACCEPTED"})
            await asyncio.sleep(0.002)

    async def leave(self, *people: Person) -> None:
        for person in people:
            assert (await person("POST", f"{self.path}/leave")).status_code == 204
            await asyncio.sleep(0.002)


@dataclass(frozen=True)
class House:
    """Ada, Ben and Cleo, who chat with the application in this process."""

    application: object
    database: asyncpg.Connection
    clients: AsyncExitStack
    people: dict[str, Person] = field(default_factory=dict)

    @classmethod
    async def built(cls, *given: Any) -> Self:
        house = cls(*given)
        for name in ("Ada", "Ben", "Cleo"):
            await house.acquaint(name)
        return house

    @property
    def ada(self) -> Person:
        return self.people["Ada"]

    @property
    def ben(self) -> Person:
        return self.people["Ben"]

    @property
    def cleo(self) -> Person:
        return self.people["Cleo"]

    async def acquaint(self, name: str) -> None:
        """Add somebody."""
        transaction = Transaction(self.database)
        user = await users.add(transaction, email=f"{name.lower()}@example.org", name=name)
        token = (await tokens.create(transaction, user.id, lifetime_seconds=3600)).token
        client = await self.clients.enter_async_context(caller(self.application, Cookie=f"ZM_AUTH_TOKEN={token}"))
        self.people[name] = Person(str(user.id), user.email, user.name, token, client)

    async def socket(self, person: Person) -> str:
        """Return the queue-id of a socket that no client holds: rows say that a server process has it open.

        That process was just seen, so the application believes it for half a minute, which no test takes.
        """
        process, queue = uuid4(), uuid4()
        await self.database.execute("INSERT INTO server_process (id) VALUES ($1)", process)
        await self.database.execute(
            "INSERT INTO connection (queue_id, user_id, process_id) VALUES ($1, $2, $3)",
            queue,
            UUID(person.id),
            process,
        )
        return str(queue)

    async def room(self, type: str = "group", **members: Any) -> Room:
        """Make a room of Ada's with Ben, and with Cleo if it is for more than two."""
        others = () if type == "channel" else (self.ben,) if type == "one_to_one" else (self.ben, self.cleo)
        return await self.ada.created(type, *others, **{"name": "Ones"} | members)

    async def meeting(self, room: Room | None = None, **members: Any) -> Meeting:
        """Make the meeting of a room, or of a new group `Ones`."""
        room = room or await self.room()
        answer = await self.ada("POST", "/meetings", json={"roomId": room["id"], "meetingType": "permanent"} | members)
        assert answer.status_code == 200, answer.text
        await asyncio.sleep(0.002)
        return Meeting(self, room, answer.json())

    async def told(self) -> list[Told]:
        """Return what was recorded to be told of meetings, in its order: what, of what, whom."""
        rows = await self.database.fetch(
            """
            SELECT type, body::jsonb - 'started_at' AS body, audience FROM event WHERE type LIKE 'Meeting%'
             ORDER BY number
            """
        )
        return [(row["type"], json.loads(row["body"]), {str(id) for id in row["audience"]}) for row in rows]


def by_name(peers: Mapping[str, Peer]) -> dict[str, str]:
    """Return the ids of those who are in a room by their names."""
    return {peer["name"]: id for id, peer in peers.items()}
