"""Websockets to `/events` of a running server: opened as somebody, what they hear, and transcripts of that."""

import asyncio
import contextlib
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from people import NOBODY, TIME, Person, file_headers
from processes import PATIENCE
from transcripts import spelled
from watchers import Watcher
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.domain import ids

#: The sub-protocol of the newest words; without one it is the oldest.
NEWER = "1.6.2"
PING, PONG = '{"type":"ping"}', {"type": "pong"}
Frame = dict[str, Any]
Headers = Mapping[str, str]


def read(text: str | bytes) -> Frame:
    """Read a frame, in which no member is there twice."""
    assert isinstance(text, str), "a binary frame"
    frame: Frame = json.loads(spelled(text))
    return frame


def said(frame: Frame) -> Frame:
    """Return what a frame says besides when it was sent, which was just now, and stands behind its type."""
    assert list(frame)[:2] == ["type", "sentDate"], frame
    assert_just_now(frame["sentDate"])
    return {name: value for name, value in frame.items() if name != "sentDate"}


def assert_just_now(sent_date: str) -> None:
    assert TIME.fullmatch(sent_date), sent_date
    age = datetime.now(UTC) - datetime.fromisoformat(sent_date)
    assert abs(age) < timedelta(seconds=PATIENCE), sent_date


@dataclass(frozen=True)
class Session:
    """A websocket of somebody, that has heard its first frame."""

    connection: ClientConnection
    hello: str

    @property
    def queue_id(self) -> str:
        id: str = read(self.hello)["queueId"]
        return id

    async def next(self) -> Frame:
        """Return the next frame as it is."""
        async with asyncio.timeout(PATIENCE):
            return read(await self.connection.recv())

    async def heard(self, count: int) -> list[Frame]:
        """Return what the next events say, besides when."""
        return [said(await self.next()) for _ in range(count)]

    async def say(self, *messages: str | bytes) -> None:
        for message in messages:
            await self.connection.send(message)

    async def assert_alive(self) -> None:
        """See that it is answered, and that nothing else comes before that."""
        await self.say(PING)
        assert await self.next() == PONG

    async def rest(self) -> list[Frame]:
        """Return what is heard until the server closes it."""
        frames = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frames.append(await self.next())
        return frames

    async def closed(self) -> int | None:
        """Return with which code the server closes it, whatever it says before that."""
        await self.rest()
        return self.connection.close_code

    def lose(self) -> None:
        """Let the network lose it."""
        self.connection.transport.abort()


#: What the fixture `join` gives: `await join(ada, "?after=0", subprotocols=["1.6.2"])`.
Join = Callable[..., Awaitable[Session]]


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"ZM_AUTH_TOKEN={token}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextlib.asynccontextmanager
async def opened(url: str, path: str, headers: Headers, **how: Any) -> AsyncIterator[Session]:
    """Open a session for the time of a `with`."""
    address = f"ws{url.removeprefix('http')}{path}"
    # Pings of the library's own would be one more thing that can keep a connection alive.
    own = {"proxy": None, "ping_interval": None, "open_timeout": PATIENCE, "close_timeout": 1}
    async with connect(address, additional_headers=headers, **(own | how)) as connection:
        async with asyncio.timeout(PATIENCE):
            hello = await connection.recv()
        assert isinstance(hello, str)
        yield Session(connection, hello)


@contextlib.contextmanager
def accepted_by(worker: int, workers: Collection[int]) -> Iterator[None]:
    """Let none but this worker take new connections."""
    others = set(workers) - {worker}
    for other in others:
        os.kill(other, signal.SIGSTOP)
    try:
        yield
    finally:
        for other in others:
            os.kill(other, signal.SIGCONT)


async def somebody_waits_for_events(database: asyncpg.Connection) -> None:
    """Wait until somebody waits to read or write events, of which this connection has locked the table."""
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'event'::regclass AND NOT granted"
    async with asyncio.timeout(PATIENCE):
        while not await database.fetchval(waiting):  # noqa: ASYNC110 - Postgres tells nobody of it
            await asyncio.sleep(0.005)


#: A handshake as browsers offer it.
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def refused(client: httpx.AsyncClient, path: str, headers: Headers) -> httpx.Response:
    """Return the answer to a handshake that is refused."""
    return await client.get(path, headers=UPGRADE | dict(headers))


#: What newer clients call the events.
NEWER_WORDS = {
    "ROOM_CREATED": "RoomCreated",
    "ROOM_UPDATED": "RoomUpdated",
    "ROOM_DELETED": "RoomDeleted",
    "ROOM_OWNER_PROMOTED": "RoomOwnerPromoted",
    "ROOM_OWNER_DEMOTED": "RoomOwnerDemoted",
    "ROOM_PICTURE_CHANGED": "RoomPictureChanged",
    "ROOM_PICTURE_DELETED": "RoomPictureDeleted",
    "ROOM_MEMBER_ADDED": "RoomMemberAdded",
    "ROOM_MEMBER_REMOVED": "RoomMemberRemoved",
    "ROOM_MUTED": "RoomMuted",
    "ROOM_UNMUTED": "RoomUnmuted",
    "ROOM_HISTORY_CLEARED": "RoomHistoryCleared",
    "USER_PICTURE_CHANGED": "UserPictureChanged",
    "USER_PICTURE_DELETED": "UserPictureDeleted",
    "MEETING_CREATED": "MeetingCreated",
    "MEETING_DELETED": "MeetingDeleted",
    "MEETING_STARTED": "MeetingStarted",
    "MEETING_STOPPED": "MeetingStopped",
    "MEETING_PARTICIPANT_JOINED": "MeetingParticipantJoined",
    "MEETING_PARTICIPANT_LEFT": "MeetingParticipantLeft",
    "MEETING_PARTICIPANT_CLASHED": "MeetingParticipantClashed",
    "MEETING_MESSAGE_SENT": "MeetingMessageSent",
}
_LINE = re.compile(r"([a-z0-9. ]+) ([<>]) (.+)")
_NAME = re.compile(r"<(\w+)>")


@dataclass
class Play:
    """Several people, each with some sessions, of whom a transcript tells who asks (`>`) and who hears (`<`).

    Each session of those who are named hears just what stands there, in that order; that of nobody else hears anything.

        ada > PUT /rooms/<group>/mute 204
        ada < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<group>"}

    People stand for their ids, and a type for the last room of that type; `<meeting>` is the last meeting, `<hex>` the
    same in `/v2`; `<at>` is what the last answer shows of when a history was cleared, a picture set or a meeting begun,
    `<image>` any id; `sentDate` need not be said. `all` are all people of the play. `ada.1` is one session of hers:
    what it asks has its queue, what it hears the others don't, and it can end (`ada.1 > closes`). `v2` asks with a
    management token, and sees (`watchers.py`).
    """

    people: dict[str, Person]
    sessions: Mapping[str, list[Session]]
    newer: bool = False
    v2: Watcher | None = None
    names: dict[str, str] = field(default_factory=dict)
    closed: list[Session] = field(default_factory=list)

    async def __call__(self, transcript: str) -> None:
        self.names |= {name: person.id for name, person in self.people.items()}
        for line in filter(str.strip, transcript.splitlines()):
            found = _LINE.fullmatch(line.strip())
            assert found, line
            who, sign, what = found.groups()
            named = _NAME.sub(lambda name: self.names.get(name[1], name[0]), what)
            await (self._act(who, named) if sign == ">" else self._perceive(who, named))
        await self._hear_no_more()

    async def _act(self, who: str, what: str) -> None:
        if what == "closes":
            [(_, session)] = self._listening(who)
            self.closed.append(session)
            await session.connection.close()
        else:
            await self._ask(who, what)

    async def _ask(self, who: str, what: str) -> None:
        request, _, status = what.rpartition(" ")
        method, path, *body = request.split(" ", 2)
        how: dict[str, Any] = {"content": "".join(body), "headers": {"Content-Type": "application/json"}}
        if (method, path.rpartition("/")[2]) == ("PUT", "picture"):
            how = {"content": b"\x89PNG", "headers": file_headers("a.png", mimeType="image/png")}
        if "." in who:
            how["headers"]["queue-id"] = next(session.queue_id for _, session in self._listening(who))
        answer = await self._caller(who)(method, path, **how)
        assert answer.status_code == int(status), (who, what, answer.status_code, answer.text)
        self._note(answer.json() if answer.headers.get("content-type") == "application/json" else None)

    def _caller(self, who: str) -> Callable[..., Awaitable[httpx.Response]]:
        return self.v2.client.request if self.v2 and who == "v2" else self.people[who.partition(".")[0]]

    def _note(self, shown: Any) -> None:
        if isinstance(shown, dict):
            self.names |= {shown["type"]: shown["id"]} if "type" in shown else {}
            times = (shown.get(name) for name in ("clearedAt", "pictureUpdatedAt", "startedAt"))
            self.names["at"] = next(filter(None, times), "nothing")
        if isinstance(shown, dict) and "meetingType" in shown:
            self.names |= {"meeting": shown["id"], "hex": ids.to_hex(UUID(shown["id"]))}

    def _listening(self, who: str) -> Iterator[tuple[str, Session]]:
        """Iterate over the open sessions of these people, or of one of them that one."""
        for each in self.people if who == "all" else who.split():
            name, _, number = each.partition(".")
            sessions = self.sessions[name] if not number else [self.sessions[name][int(number) - 1]]
            yield from ((each, session) for session in sessions if session not in self.closed)

    async def _perceive(self, who: str, what: str) -> None:
        if self.v2 and who == "v2":
            await self.v2.sees(self.names["hex"], what, self.people)
        else:
            await self._hear(who, what)

    async def _hear(self, who: str, what: str) -> None:
        expected = {"type": "", "sentDate": "<now>"} | json.loads(what)
        if self.newer:
            expected |= {"type": NEWER_WORDS[expected["type"]]}
        for name, session in self._listening(who):
            heard = _anonymous(await session.next())
            assert list(heard.items()) == list(expected.items()), f"what {name} hears"

    async def _hear_no_more(self) -> None:
        """Let each make a room for himself, and hear of that next."""
        for name, person in self.people.items():
            room = await person.created("temporary", name="Silence")
            await self._hear(name, f'{{"type":"ROOM_CREATED","sentDate":"<now>","roomId":"{room["id"]}"}}')


#: What the fixture `play` gives: `play = await gather(ada, ben)`, and then `await play(transcript)`.
Gather = Callable[..., Awaitable[Play]]


def _anonymous(frame: Frame) -> Frame:
    """Return a frame with `<now>` for when it was sent, and `<image>` for the id of a picture."""
    assert_just_now(frame["sentDate"])
    image = {"imageId": "<image>"} if "imageId" in frame else {}
    assert str(UUID(frame.get("imageId", NOBODY))) == frame.get("imageId", NOBODY)
    return frame | {"sentDate": "<now>"} | image
