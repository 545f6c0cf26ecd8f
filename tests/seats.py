"""People at sockets of a running server, by which they join meetings."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import asyncpg
import httpx
from listeners import going_on, joined
from peers import Peer, close
from people import Person, Room
from processes import Server
from sockets import Session, accepted_by, cookie, opened, read
from websockets.exceptions import ConnectionClosed

#: So many are seated before the other workers go on: one that stands for twenty seconds is replaced.
_AT_ONCE = 20


def of(meeting: Room) -> str:
    return f"/meetings/{meeting['id']}"


@dataclass(frozen=True)
class Seat:
    """Somebody at one of his sockets."""

    whose: Person
    queue_id: str

    async def join(self, meeting: Room, **streams: bool) -> httpx.Response:
        return await self.whose("POST", f"{of(meeting)}/join", json=streams, headers=self.header)

    async def leave(self, meeting: Room) -> httpx.Response:
        return await self.whose("POST", f"{of(meeting)}/leave", headers=self.header)

    @property
    def header(self) -> dict[str, str]:
        return {"queue-id": self.queue_id}


@dataclass(frozen=True)
class Deaf(Seat):
    """One at whose socket nobody reads what comes behind the first frame, nor answers pings: not for long."""

    peer: Peer

    @classmethod
    def seated(cls, url: str, whose: Person) -> Self:
        peer = joined(Peer(url), whose)
        return cls(whose, read(peer.heard())["queueId"], peer)

    def close(self) -> None:
        """Say that it is closed, and go."""
        with contextlib.suppress(OSError):
            self.peer.say(close())
        self.peer.close()

    def lose(self) -> None:
        """Let the network lose it."""
        with contextlib.suppress(OSError):
            self.peer.reset()


@contextlib.contextmanager
def seated(server: Server, *whose: Person) -> Iterator[list[Deaf]]:
    """Open a socket for each of these, in turn on each of the server's workers."""
    workers = sorted(server.workers) or [server.process.pid]
    seats = {}
    with contextlib.ExitStack() as afterwards:
        for start, place in itertools.product(range(0, len(whose), _AT_ONCE), range(len(workers))):
            with accepted_by(workers[place], workers):
                for number in range(start, min(start + _AT_ONCE, len(whose)))[place :: len(workers)]:
                    seats[number] = Deaf.seated(server.url, whose[number])
                    afterwards.callback(seats[number].peer.close)
        yield [seats[number] for number in range(len(whose))]


@dataclass(frozen=True)
class Attentive(Seat):
    """One at whose socket all is read, and pings are answered: it stays open as long as he likes."""

    session: Session

    async def hear(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.session.connection.recv()

    async def close(self) -> None:
        await self.session.connection.close()

    async def lose(self) -> None:
        self.session.lose()


@contextlib.asynccontextmanager
async def attending(server: Server, *whose: Person) -> AsyncIterator[list[Attentive]]:
    """Open a socket for each of these, and read it."""
    async with contextlib.AsyncExitStack() as sockets:
        sessions = [await sockets.enter_async_context(watching(server, one)) for one in whose]
        seats = [Attentive(one, session.queue_id, session) for one, session in zip(whose, sessions, strict=True)]
        async with going_on(seat.hear() for seat in seats):
            yield seats


@contextlib.asynccontextmanager
async def watching(server: Server, whose: Person) -> AsyncIterator[Session]:
    """Open a socket that is read."""
    async with opened(server.url, "/events", cookie(whose.token)) as session:
        yield session


async def assert_accepted(answers: Collection[httpx.Response]) -> None:
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    assert {answer.text for answer in answers} == {'{"status":"ACCEPTED"}'}


async def all_join(meeting: Room, *seats: Seat) -> None:
    await assert_accepted(await asyncio.gather(*(seat.join(meeting) for seat in seats)))


async def are_noted(desk: asyncpg.Connection, *seats: Seat) -> bool:
    """Whether all know that these sockets are closed."""
    query = "SELECT count(*) FROM connection WHERE queue_id = ANY ($1)"
    return not await desk.fetchval(query, [UUID(seat.queue_id) for seat in seats])
