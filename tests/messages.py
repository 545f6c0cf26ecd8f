"""Messages of rooms: as they are forwarded, and as they are kept."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
from people import Person, Room
from transcripts import assert_empty

#: A row of the table, by the names of its columns.
Row = dict[str, Any]
STANZA = "<message xmlns='jabber:client' from='a@b' id='1' type='groupchat'><body>Hello &amp; 😀</body></message>"


def told_of(id: str, *, operation: str = "attachmentAdded") -> str:
    """Return the message that tells of an attachment."""
    x = f"<operation>{operation}</operation><attachment-id>{id}</attachment-id><size>5</size>"
    return f"<message from='a@b'><x xmlns='urn:xmpp:muclight:0#configuration'>{x}</x><body/></message>"


async def forward(person: Person, room: Room, *messages: Any) -> httpx.Response:
    return await person("POST", f"/rooms/{room['id']}/forward", json=list(messages))


async def forwarded(person: Person, room: Room, *originals: str) -> None:
    """Forward these and see that it is done."""
    assert_empty(await forward(person, room, *({"originalMessage": original} for original in originals)), 204)


async def messages(database: asyncpg.Connection, room: Room) -> list[Row]:
    """Return what is kept as said in a room: all but when it was kept, and under which id."""
    rows = await database.fetch("SELECT * FROM message WHERE room_id = $1 ORDER BY id", UUID(room["id"]))
    return [{name: value for name, value in row.items() if name not in {"id", "created_at"}} for row in rows]


def kept(person: Person, room: Room, original: str, **own: Any) -> Row:
    """Return what is kept of a forwarded message."""
    nothing = dict.fromkeys(["stanza_id", "reply_id", "body", "attachment_id", "original_sent_at"])
    by = {"room_id": UUID(room["id"]), "user_id": UUID(person.id)}
    return by | nothing | {"original": original, "forward_count": 1} | own
