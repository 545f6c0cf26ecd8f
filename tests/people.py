"""People who chat, and the few words that the tests of their API share."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from processes import PATIENCE

from app.domain import users
from app.domain.blobs import BlobStore
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
        """Send a request: `await ada("POST", "/rooms", json={…})`; a POST without a body as the web client does."""
        if method == "POST" and not body.keys() & {"content", "data", "files", "json"}:
            body["headers"] = {"Content-Type": "application/json", **body.get("headers", {})}
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

    async def forwarded(self, attachment: str, room: Room) -> str:
        """Forward a file and return the copy's id."""
        answer = await self("POST", f"/rooms/{room['id']}/forward", json=[{"originalMessage": stanza(attachment)}])
        assert answer.status_code == 204, answer.text
        [copy, *_] = (await self("GET", files_of(room))).json()["attachments"]
        id: str = copy["id"]
        return id

    async def has(self, attachment: str) -> bytes:
        """Return the bytes of a file that can be read."""
        answer = await self("GET", f"/attachments/{attachment}/download")
        assert answer.status_code == 200, answer.text
        return answer.content


@dataclass(frozen=True)
class Files:
    """What is kept of files: the database's rows, and the store's bytes."""

    database: asyncpg.Connection
    store: BlobStore

    async def bytes_of(self, *attachments: str) -> list[UUID]:
        """Return under which ids the store keeps these."""
        query = "SELECT blob_id FROM attachment WHERE id = $1"
        return [await self.database.fetchval(query, UUID(attachment)) for attachment in attachments]

    async def rows(self) -> dict[str, int]:
        """Count the rows that speak of files, but those of the sweep's own list."""
        count = "SELECT count(*) FROM {}"
        return {table: await self.database.fetchval(count.format(table)) for table in ("attachment", "blob", "message")}

    async def kept(self) -> set[UUID]:
        """Return the ids of all bytes."""
        return {id async for id in self.store.ids()}

    async def assert_swept(self, *blobs: UUID) -> None:
        """See that these bytes belong to nobody and are the sweep's, and that they go."""
        assert blobs
        of_these = "SELECT count(*) FROM {} WHERE {} = ANY($1)"
        assert await self.database.fetchval(of_these.format("blob", "id"), blobs) == 0
        listed = await self.database.fetch("SELECT blob_id FROM stray_blob")
        assert set(blobs) & await self.kept() <= {row["blob_id"] for row in listed}
        await self._swept(of_these.format("stray_blob", "blob_id"), blobs)
        assert not set(blobs) & await self.kept()

    async def assert_nothing_beside(self, before: set[UUID]) -> None:
        """See that no bytes came to stay, and that the sweep has nothing left to do."""
        await self._swept("SELECT count(*) FROM stray_blob")
        assert not await self.kept() - before

    async def _swept(self, count: str, *values: object) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.database.fetchval(count, *values):  # noqa: ASYNC110 - nobody tells when it is done
                await asyncio.sleep(0.005)


Acquaint = Callable[..., Awaitable[Person]]
Crowd = Callable[[int], Awaitable[list[str]]]
Meet = Callable[..., Awaitable[Room]]
Plug = Callable[["Person"], Awaitable[dict[str, str]]]
Trouble = Callable[[str], AbstractAsyncContextManager[None]]
Waiting = Callable[[int], Awaitable[None]]


async def of_type(type: str, owner: Person, second: Person, third: Person) -> Room:
    """Create a room of the owner's with the second in it, whatever else its type needs."""
    if type == "one_to_one":
        return await owner.created("one_to_one", second)
    if type == "channel":
        parent = await owner.created("workspace", second, third, name="House")
        return await owner.created("channel", name="Hall", parentId=parent["id"])
    return await owner.created(type, second, third, name="Ones")


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


def stanza(attachment: str) -> str:
    """Spell the message that a file came with, as the web client forwards it."""
    return (
        "<message><x xmlns='urn:xmpp:muclight:0#configuration'><operation>attachmentAdded</operation>"
        f"<attachment-id>{attachment}</attachment-id></x><body/></message>"
    )


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
