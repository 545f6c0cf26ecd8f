"""What every transcript of `/api/realtime` needs: judging an answer to the letter, and arranging rooms."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import transcripts
from processes import NO_TLS, PATIENCE, Server

#: The error table of vcs.md: status, id and text of each code. A text of None is ours: one short sentence.
ERRORS: dict[str, tuple[int, str | None, str | None]] = {
    "BASE-00001": (401, None, "Authorization missing."),
    "BASE-00012": (400, "MISSING_PARAMETER", "The parameter with name ::= [{}] is missing"),
    "BASE-00013": (
        400,
        "STRING_SIZE",
        "The parameter with name ::= [{}] is larger than ::= [{}] characters",
    ),
    "BASE-00014": (400, None, "The passed JSON body is invalid."),
    "BASE-00015": (
        400,
        "NUMBER_SIZE",
        "The parameter with name ::= [{}] is is not within the range from ::= [{}] to [{}]",
    ),
    "BASE-00016": (400, "INVALID_PARAMETER", "The parameter with name ::= [{}] is invalid"),
    "BASE-00017": (415, None, "Passed media type is not supported."),
    "BASE-00404": (404, None, None),
    "BASE-00405": (405, None, None),
    "BASE-00413": (413, None, None),
    "BASE-00431": (431, None, None),
    "BASE-00500": (500, None, None),
    "REALTIME-00004": (
        400,
        "CONFERENCE_ROOM_DOES_NOT_EXIST",
        "A conference room with id ::= [{}] does not exist.",
    ),
    "REALTIME-00009": (400, "INVALID_TOKEN", "The token ::= [{}] is invalid."),
}


def sentence_of(answer: httpx.Response) -> str:
    """Take the one sentence of an error whose text is ours: plain words, nothing quoted, no cause."""
    [sentence] = answer.json()["description"]
    assert re.fullmatch(r"[A-Z][A-Za-z0-9 ,'-]{3,98}\.", sentence), sentence
    return str(sentence)


def assert_same(answer: httpx.Response, expected: dict[str, Any]) -> None:
    transcripts.assert_same(answer, expected, expected.get("httpCode", 200))


def assert_refused(answer: httpx.Response, code: str, *values: object) -> None:
    status, error_id, text = ERRORS[code]
    sentence = sentence_of(answer) if text is None else text.format(*values)
    assert_same(answer, {"httpCode": status, "code": code, "id": error_id, "description": [sentence]})


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """`same(answer, body)`: the whole body with the order of its members, its status, its content type."""
    return assert_same


@pytest.fixture(scope="session")
def refused() -> Callable[..., None]:
    """`refused(answer, code, *values)`: the whole body of that row of the table, values in its brackets."""
    return assert_refused


@pytest.fixture
async def real(server: Server, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a key, talking to the server in a process of its own."""
    headers = {"x-vcs-token": key}
    client = httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=PATIENCE, event_hooks=transcripts.JUDGED, verify=NO_TLS
    )
    async with client as real:
        yield real


@pytest.fixture
def create_room(vcs: httpx.AsyncClient) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def create_room(**members: object) -> dict[str, Any]:
        answer = await vcs.post("/api/realtime/room", json=members)
        assert answer.status_code == 200, answer.text
        room: dict[str, Any] = answer.json()["room"]
        return room

    return create_room


@pytest.fixture
def create_rooms(
    create_room: Callable[..., Awaitable[dict[str, Any]]],
) -> Callable[[int], Awaitable[list[dict[str, Any]]]]:
    """Rooms in the order of their creation, each in a millisecond of its own."""

    async def create_rooms(count: int) -> list[dict[str, Any]]:
        rooms = []
        for number in range(count):
            rooms.append(await create_room(name=f"Room {number}"))
            await asyncio.sleep(0.002)
        return rooms

    return create_rooms


@pytest.fixture
def age(database: asyncpg.Connection) -> Callable[..., Awaitable[None]]:
    """Make a room look as if it had been opened so many seconds earlier."""

    async def age(room: dict[str, Any], *, seconds: int) -> None:
        done = await database.execute(
            """
            UPDATE conference
               SET created_at = created_at - $2::interval,
                   modified_at = modified_at - $2::interval,
                   expires_at = expires_at - $2::interval
             WHERE id = $1
            """,
            UUID(room["id"].removeprefix("RO-")),
            timedelta(seconds=seconds),
        )
        assert done == "UPDATE 1"

    return age


@pytest.fixture
def age_token(database: asyncpg.Connection) -> Callable[..., Awaitable[None]]:
    """Make a room's token so many seconds older, while the room itself stays far from its end."""

    async def age_token(room: dict[str, Any], *, seconds: int) -> None:
        done = await database.execute(
            """
            UPDATE conference
               SET created_at = created_at - $2::interval, room_ttl_seconds = 100 * 86400
             WHERE id = $1
            """,
            UUID(room["id"].removeprefix("RO-")),
            timedelta(seconds=seconds),
        )
        assert done == "UPDATE 1"

    return age_token
