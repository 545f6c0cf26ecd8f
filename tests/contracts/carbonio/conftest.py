"""People who chat, each with a client that shows their cookie, on a database that holds nothing else; their rooms."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import asyncpg
import pytest
from downloads import KINDS, Put, uploaded
from gatherings import House
from people import Acquaint, Crowd, Files, Meet, Person, Plug, Room, Trouble
from transcripts import caller

from app.adapters.blobs import opened
from app.domain import tokens, users
from app.domain.database import Transaction
from app.domain.users import UserType
from app.settings import Settings


@pytest.fixture
async def acquaint(application: object, transaction: Transaction) -> AsyncIterator[Acquaint]:
    """Add a user: `await acquaint("Ada")`."""
    async with AsyncExitStack() as clients:

        async def acquaint(name: str, type: UserType = "internal") -> Person:
            user = await users.add(transaction, email=f"{name.lower()}@example.org", name=name, type=type)
            token = (await tokens.create(transaction, user.id, lifetime_seconds=3600)).token
            client = await clients.enter_async_context(caller(application, Cookie=f"ZM_AUTH_TOKEN={token}"))
            return Person(str(user.id), user.email, user.name, token, client)

        yield acquaint


@pytest.fixture
async def ada(acquaint: Acquaint) -> Person:
    return await acquaint("Ada")


@pytest.fixture
async def ben(acquaint: Acquaint) -> Person:
    return await acquaint("Ben")


@pytest.fixture
async def cleo(acquaint: Acquaint) -> Person:
    return await acquaint("Cleo")


@pytest.fixture
async def dora(acquaint: Acquaint) -> Person:
    return await acquaint("Dora")


@pytest.fixture
def crowd(transaction: Transaction) -> Crowd:
    """Add so many users who never call, and return their ids: `await crowd(127)`."""

    async def crowd(count: int) -> list[str]:
        added = [await users.add(transaction, email=f"{n}@example.com", name=f"User {n}") for n in range(count)]
        return [str(user.id) for user in added]

    return crowd


@pytest.fixture
async def group(ada: Person, ben: Person, cleo: Person) -> Room:
    """Ada's, with Ben and Cleo."""
    return await ada.created("group", ben, cleo, name="Ones")


@pytest.fixture
async def workspace(ada: Person, ben: Person, cleo: Person) -> Room:
    """Ada's, with Ben and Cleo."""
    return await ada.created("workspace", ben, cleo, name="House")


@pytest.fixture
async def channel(ada: Person, workspace: Room) -> Room:
    """One of the workspace."""
    return await ada.created("channel", name="Hall", parentId=workspace["id"])


@pytest.fixture
def meet(ada: Person) -> Meet:
    """Give a room of Ada's its meeting, and return that: `await meet(room, name="Daily")`."""

    async def meet(room: Room, **members: object) -> Room:
        body = {"roomId": room["id"], "meetingType": "permanent"} | members
        answer = await ada("POST", "/meetings", json=body)
        assert answer.status_code == 200, answer.text
        meeting: Room = answer.json()
        return meeting

    return meet


@pytest.fixture
def venue(application: object, database: asyncpg.Connection) -> House:
    """Where sockets are known that are on no process, and what was told."""
    return House(application, database, AsyncExitStack())


@pytest.fixture
def plug(venue: House) -> Plug:
    """Return header fields with the queue of another socket of somebody: `await plug(ada)`.

    No client holds it: rows say that a process has it open that was just seen, which is believed for half a minute.
    """

    async def plug(person: Person) -> dict[str, str]:
        return {"queue-id": await venue.socket(person)}

    return plug


@pytest.fixture
def files(settings: Settings, database: asyncpg.Connection) -> Files:
    return Files(database, opened(settings))


@pytest.fixture
async def nothing_is_kept(files: Files) -> AsyncIterator[None]:
    """No file is taken in this test, and nothing of one is left behind it."""
    before = await files.kept()
    yield
    assert await files.rows() == {"attachment": 0, "blob": 0, "message": 0}
    await files.assert_nothing_beside(before)


@pytest.fixture(params=KINDS)
def put(request: pytest.FixtureRequest, ada: Person, group: Room) -> Put:
    """Upload something as Ada and return the path from which it is downloaded: `await put("a.png", "image/png")`."""
    return partial(uploaded, request.param, ada, group)


@pytest.fixture
async def path(put: Put) -> str:
    """Where CONTENT is downloaded from, as `a.png`, image/png."""
    return await put()


@pytest.fixture
async def elsewhere(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another connection to the application's database."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def failing(database: asyncpg.Connection) -> Trouble:
    """`async with failing("member"):` no statement finds this table."""

    @asynccontextmanager
    async def failing(table: str) -> AsyncIterator[None]:
        await database.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        try:
            yield
        finally:
            await database.execute(f"ALTER TABLE elsewhere RENAME TO {table}")

    return failing
