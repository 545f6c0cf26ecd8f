"""Many people on a running server, and a meeting of theirs that one of them hears of."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from people import Person, Room
from processes import NO_TLS, PATIENCE, Server
from seats import Seat, all_join, of, watching
from sockets import Frame, Session, accepted_by, cookie

from app.domain import ids
from app.domain.secrets import hashed

#: For less than the server keeps a connection on which nothing is asked, which it closes then, whatever is on its way.
_KEPT_SECONDS = 2
_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=_KEPT_SECONDS)


@dataclass(frozen=True)
class Asking(Person):
    """One of many, who has no client of his own."""

    @classmethod
    def named(cls, name: str, client: httpx.AsyncClient) -> "Asking":
        return cls(str(ids.new_id()), f"{uuid4()}@example.org", name, uuid4().hex, client)

    async def __call__(self, method: str, path: str, **body: Any) -> httpx.Response:
        return await super().__call__(method, path, **body | {"headers": body.get("headers", {}) | cookie(self.token)})


def by_way_of(client: httpx.AsyncClient, seat: Seat) -> Seat:
    """Return somebody who asks by way of another client than that of his socket."""
    whose = seat.whose
    return Seat(Asking(whose.id, whose.email, whose.name, whose.token, client), seat.queue_id)


async def crowd(desk: asyncpg.Connection, count: int, client: httpx.AsyncClient) -> list["Asking"]:
    """Add so many users, who ask by way of this client."""
    people = [Asking.named(f"P{number:03}", client) for number in range(count)]
    users = [(UUID(each.id), each.email, each.email, each.name, "internal") for each in people]
    await desk.copy_records_to_table(
        "user_account", records=users, columns=["id", "email", "email_key", "name", "type"]
    )
    await desk.executemany(
        "INSERT INTO user_token (token_hash, user_id, expires_at) VALUES ($1, $2, now() + interval '1 hour')",
        [(hashed(each.token), UUID(each.id)) for each in people],
    )
    return people


@contextlib.asynccontextmanager
async def asking(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client with as many connections as it needs."""
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE, verify=NO_TLS, limits=_NO_LIMITS) as client:
        yield client


@contextlib.asynccontextmanager
async def asking_only(worker: int, server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose one connection this worker has."""
    limits = httpx.Limits(max_connections=1, keepalive_expiry=PATIENCE)
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE, verify=NO_TLS, limits=limits) as client:
        with accepted_by(worker, server.workers):
            assert (await client.get("/health/live")).status_code == 204
        yield client


async def met(room: Room, whose: Person) -> Room:
    """Give a room a meeting, as the web client does."""
    answer = await whose("POST", "/meetings", json={"roomId": room["id"], "meetingType": "permanent"})
    assert answer.status_code == 200, answer.text
    meeting: Room = answer.json()
    return meeting


async def shown(meeting: Room, whose: Person) -> Room:
    answer = await whose("GET", of(meeting))
    assert answer.status_code == 200, answer.text
    there: Room = answer.json()
    return there


@dataclass(frozen=True)
class Gathering:
    """A meeting whose owner hears of it, and is not in it."""

    server: Server
    desk: asyncpg.Connection
    owner: Person
    others: list[Asking]
    meeting: Room
    watcher: Session

    async def hears_join(self, *seats: Seat) -> None:
        """Let these join, one after another, and hear of it."""
        for number, seat in enumerate(seats):
            await all_join(self.meeting, seat)
            heard = await self.watcher.heard(1 if number else 2)
            assert heard[-1] == self.of("JOINED", seat.whose)

    async def hears_that_left(self, *whose: Person) -> None:
        """Hear that these leave, in whatever order, and that it is over."""
        *left, stopped = await self.watcher.heard(len(whose) + 1)
        assert by_user(left) == by_user([self.of("LEFT", one) for one in whose])
        assert stopped == {"type": "MEETING_STOPPED", "meetingId": self.meeting["id"]}

    def of(self, what: str, whose: Person) -> Frame:
        return {"type": f"MEETING_PARTICIPANT_{what}", "meetingId": self.meeting["id"], "userId": whose.id}

    async def present(self) -> list[str]:
        return [each["userId"] for each in (await shown(self.meeting, self.owner))["participants"]]


def by_user(frames: list[Frame]) -> list[Frame]:
    return sorted(frames, key=lambda frame: frame["userId"])


@contextlib.asynccontextmanager
async def gathered(server: Server, desk: asyncpg.Connection, count: int) -> AsyncIterator[Gathering]:
    """Have one who hears of a meeting, and so many others who may join it."""
    async with asking(server) as client:
        ada, *others = await crowd(desk, count + 1, client)
        meeting = await met(await ada.created("temporary", *others, name="Ones"), ada)
        async with watching(server, ada) as watcher:
            yield Gathering(server, desk, ada, others, meeting, watcher)
            await watcher.assert_alive()
