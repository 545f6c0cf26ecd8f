"""Files and pictures, which are all uploaded alike and downloaded alike."""

import hashlib
import re
from collections.abc import Awaitable, Callable

import httpx
from people import Person, Room, file_headers
from transcripts import assert_empty

KINDS = ["attachment", "picture of a room", "picture of a user"]
#: More than any piece in which a store might read, and no two places alike.
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(75_000))
SIZE = len(CONTENT)
Put = Callable[..., Awaitable[str]]


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


ETAG = etag_of(CONTENT)


def fields(answer: httpx.Response) -> dict[str, str]:
    """Return the header fields, each of which is there once, but the trace id, which is another each time."""
    pairs = [(name.lower(), value) for name, value in answer.headers.multi_items() if name.lower() != "x-trace-id"]
    assert len(dict(pairs)) == len(pairs), pairs
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-trace-id"])
    return dict(pairs)


async def uploaded(
    kind: str,
    person: Person,
    room: Room,
    name: str = "a.png",
    type: str | bytes = "image/png",
    *,
    content: bytes = CONTENT,
) -> str:
    """Upload something of this kind and return the path from which it is downloaded."""
    if kind == "attachment":
        return f"/attachments/{await person.sent(room, name, content, mimeType=type)}/download"
    of = f"/rooms/{room['id']}" if kind == "picture of a room" else f"/users/{person.id}"
    headers = file_headers(name, mimeType=type)
    assert_empty(await person("PUT", f"{of}/picture", headers=headers, content=content), 204)
    return f"{of}/picture"


def assert_whole(answer: httpx.Response, content: bytes = CONTENT) -> None:
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(content)))
    assert "content-range" not in answer.headers
    assert answer.content == content
