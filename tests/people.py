"""People who chat, and the few words that the tests of their API share."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.domain import users
from app.domain.database import Transaction

#: Where the one application of the chats is.
BASES = ["", "/services/chats"]
#: An id that is nobody's, and no room's.
NOBODY = "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"
JSON = {"Content-Type": "application/json"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
Room = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A user, as somebody who calls."""

    id: str
    email: str
    name: str
    token: str = field(repr=False)
    client: httpx.AsyncClient = field(repr=False)

    async def __call__(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Send a request: `await ada("POST", "/rooms", json={…})`."""
        return await self.client.request(method, path, **body)

    async def created(self, type: str, *others: "Person", **members: Any) -> Room:
        """Create a room and return it as it was answered."""
        body = {"type": type, "membersIds": [other.id for other in others], **members}
        answer = await self("POST", "/rooms", json={name: value for name, value in body.items() if value is not None})
        assert answer.status_code == 201, answer.text
        room: Room = answer.json()
        return room

    async def sent(self, room: Room, name: str = "notes.txt", body: bytes = b"notes", **headers: str) -> str:
        """Upload a file and return its id: `await ada.sent(room, "a.png", b"…", mimeType="image/png")`."""
        answer = await self("POST", files_of(room), headers=file_headers(name, **headers), content=body)
        assert answer.status_code == 201, answer.text
        id: str = answer.json()["id"]
        return id


Acquaint = Callable[..., Awaitable[Person]]
Crowd = Callable[[int], Awaitable[list[str]]]
Trouble = Callable[[str], AbstractAsyncContextManager[None]]
Waiting = Callable[[int], Awaitable[None]]


def of(room: Room) -> str:
    """Return the path of a room's members."""
    return f"/rooms/{room['id']}/members"


def files_of(room: Room) -> str:
    """Return the path of a room's attachments."""
    return f"/rooms/{room['id']}/attachments"


def escaped(text: str) -> str:
    r"""Spell every UTF-16 unit as `\uXXXX`, as the web client does in headers."""
    return re.sub("(....)", r"\\u\1", text.encode("utf-16-be", "surrogatepass").hex())


def file_headers(name: str, **headers: str) -> dict[str, str]:
    """Return the header fields of an upload, named as they are sent: `file_headers("a.png", mimeType="image/png")`."""
    return {"fileName": escaped(name), "mimeType": "text/plain", **headers}


def is_in(person: Person, *, owner: bool = False) -> Room:
    """Spell who is in a room, as its answers do."""
    return {"userId": person.id, "owner": owner}


async def in_pieces(body: bytes, *, size: int = 65536) -> AsyncIterator[bytes]:
    """Send a body bit by bit, without telling its length before."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def removed(person: Person, database: asyncpg.Connection) -> None:
    """Remove somebody, as the command does."""
    async with database.transaction():
        await users.remove(Transaction(database), UUID(person.id))
