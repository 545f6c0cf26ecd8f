"""Clients that go on through whatever happens to servers and databases: they write, listen, and come back."""

import asyncio
import contextlib
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from peers import Peer
from people import Person, Room
from processes import NO_TLS, PATIENCE, Server
from sockets import PING, PONG, Frame, Session, cookie
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.domain import tokens, users
from app.domain.database import Transaction

_PAUSE_SECONDS = 0.02
_PING_SECONDS = 0.05
_AWAY = {500, 503}


async def until(condition: Callable[[], object | Awaitable[object]]) -> None:
    """Wait until the condition is true."""
    async with asyncio.timeout(PATIENCE):
        while True:
            met = condition()
            if await met if isinstance(met, Awaitable) else met:
                return
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def person(database_url: str, server: Server, name: str) -> AsyncIterator[Person]:
    """Add a user to this database, who asks this server."""
    desk = await asyncpg.connect(database_url)
    user = await users.add(Transaction(desk), email=f"{uuid4()}@example.org", name=name)
    token = (await tokens.create(Transaction(desk), user.id, lifetime_seconds=3600)).token
    await desk.close()
    async with httpx.AsyncClient(base_url=server.url, headers=cookie(token), timeout=PATIENCE, verify=NO_TLS) as client:
        yield Person(str(user.id), user.email, user.name, token, client)


async def tell(desk: asyncpg.Connection, count: int, *whom: Person, size: int = 0) -> None:
    """Record so many events in one commit."""
    async with desk.transaction():
        await desk.execute(
            """
            INSERT INTO event (type, audience, body)
            SELECT 'RoomUpdated', $2, json_build_object('room_id', n::text, 'name', repeat('x', $3))
              FROM generate_series(1, $1) AS n
            """,
            count,
            [UUID(each.id) for each in whom],
            size,
        )
        await desk.execute("SELECT pg_notify('event', max(number)::text) FROM event")


def joined(peer: Peer, whose: Person, query: str = "", behind: bytes = b"") -> Peer:
    """Open a websocket of somebody's past any library, and say this on it at once."""
    assert peer.offer(f"GET /events{query}", f"Cookie: ZM_AUTH_TOKEN={whose.token}").status == 101
    peer.say(behind)
    return peer


@contextlib.asynccontextmanager
async def going_on(tasks: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Let these go on as long as a block runs, which fails with the first of them that does."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(task) for task in tasks]
        yield
        for task in running:
            task.cancel()


@dataclass
class Writer:
    """Renames a room again and again, by one server after the other, and knows which names were answered."""

    author: Person
    room: Room
    servers: list[str]
    answered: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        for number, server in zip(itertools.count(), itertools.cycle(self.servers), strict=False):
            name = f"{self.room['id'][:18]} {number}"
            try:
                answer = await self.author("PUT", f"{server}/rooms/{self.room['id']}", json={"name": name})
            except httpx.TransportError as error:
                self.refused[type(error).__name__] += 1
            else:
                assert answer.status_code in {200} | _AWAY, answer.status_code
                if answer.status_code == 200:
                    self.answered.append(name)
                else:
                    self.refused[str(answer.status_code)] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def go_on(self, more: int) -> None:
        """Wait until so many more were answered."""
        enough = len(self.answered) + more
        await until(lambda: len(self.answered) >= enough)


@dataclass
class Staying:
    """A session that reads all, pings, and is not to be closed."""

    session: Session
    heard: list[Frame] = field(default_factory=list)
    pongs: int = 0
    is_closed: bool = False

    async def run(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.TaskGroup() as group:
                pinging = group.create_task(_ping(self.session.connection.send))
                try:
                    while True:
                        self._take(json.loads(await self.session.connection.recv()))
                except ConnectionClosed:
                    pinging.cancel()
        self.is_closed = True

    def _take(self, frame: Frame) -> None:
        if frame == PONG:
            self.pongs += 1
        else:
            self.heard.append(frame)

    @property
    def names(self) -> list[str]:
        return [frame["name"] for frame in self.heard if "name" in frame]

    async def is_answered(self) -> None:
        """Wait for two more answers: the first may have been on its way."""
        enough = self.pongs + 2
        await until(lambda: self.pongs >= enough or self.is_closed)
        assert not self.is_closed


@dataclass
class Returning:
    """A client that comes back as often as it is sent away, and says each time up to where it has heard."""

    who: Person
    servers: list[str]
    place: int = 0
    heard: list[Frame] = field(default_factory=list)
    codes: Counter[int | None] = field(default_factory=Counter)
    joined: int = 0

    async def run(self) -> None:
        for server in itertools.cycle(self.servers):
            with contextlib.suppress(OSError, InvalidHandshake, TimeoutError, EOFError):
                await self._listen(f"ws{server.removeprefix('http')}/events?after={self.place}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _listen(self, address: str) -> None:
        own = {"proxy": None, "ping_interval": None, "open_timeout": 5, "close_timeout": 1}
        async with connect(address, additional_headers=cookie(self.who.token), **own) as connection:
            self.joined += 1
            async with asyncio.TaskGroup() as group:
                pinging = group.create_task(_ping(connection.send))
                try:
                    while True:
                        self._take(json.loads(await connection.recv()))
                except ConnectionClosed:
                    pinging.cancel()
            self.codes[connection.close_code] += 1

    def _take(self, frame: Frame) -> None:
        assert frame["type"] != "resync"
        assert frame["seq"] >= self.place, (frame, self.place)
        self.place = frame["seq"]
        if "sentDate" in frame:
            self.heard.append(frame)


async def _ping(send: Callable[[str], Awaitable[None]]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await send(PING)
            await asyncio.sleep(_PING_SECONDS)
