"""People who chat on a server of two workers, over the wire; their sessions, and plays of several."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from databases import Postgres
from people import Acquaint, Person
from processes import NO_TLS, PATIENCE, SECRET_KEY, RunServer, Server, settings_of
from sockets import NEWER, Gather, Headers, Join, Play, Session, accepted_by, bearer, cookie, opened
from transcripts import JUDGED

from app.apis.hms.tokens import management_token
from app.domain import keys, tokens, users
from app.domain.database import Transaction
from app.domain.secrets import SecretKey
from app.domain.users import UserType


@pytest.fixture(scope="session")
def live(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    """A server of two workers, both of which answer, on a database of its own."""
    with (
        postgres.database(template) as url,
        run_server(**settings_of(url), ENFILADE_WORKERS="2", ENFILADE_MAX_FAILED_CREDENTIALS="0") as server,
    ):
        for worker in server.workers:
            with accepted_by(worker, server.workers):
                server.ready()
        yield server


@pytest.fixture(scope="session")
def workers(live: Server) -> list[int]:
    return sorted(live.workers)


@pytest.fixture(scope="session")
async def desk(live: Server) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database of that server."""
    connection = await asyncpg.connect(live.environment["ENFILADE_DATABASE_URL"])
    yield connection
    await connection.close()


@pytest.fixture
async def acquaint(live: Server, desk: asyncpg.Connection) -> AsyncIterator[Acquaint]:
    """Add a user, whom no other test knows: `await acquaint("Ada")`."""
    async with AsyncExitStack() as clients:

        async def acquaint(name: str, type: UserType = "internal") -> Person:
            user = await users.add(Transaction(desk), email=f"{uuid4()}@example.org", name=name, type=type)
            token = (await tokens.create(Transaction(desk), user.id, lifetime_seconds=3600)).token
            client = await clients.enter_async_context(caller(live, cookie(token)))
            return Person(str(user.id), user.email, user.name, token, client)

        yield acquaint


@pytest.fixture
async def anybody(live: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a credential."""
    async with httpx.AsyncClient(base_url=live.url, timeout=PATIENCE, verify=NO_TLS) as client:
        yield client


@asynccontextmanager
async def caller(live: Server, headers: Headers) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who calls the server with these header fields."""
    async with httpx.AsyncClient(
        base_url=live.url, headers=headers, event_hooks=JUDGED, timeout=PATIENCE, verify=NO_TLS
    ) as client:
        yield client


@pytest.fixture
async def v2(live: Server, desk: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a management token of `/v2`."""
    key = await keys.create_hms(Transaction(desk), SecretKey(SECRET_KEY))
    async with caller(live, bearer(management_token(key.access_key, key.secret))) as client:
        yield client


@pytest.fixture
async def vcs(live: Server, desk: asyncpg.Connection) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an API key of `/api/realtime`."""
    async with caller(live, {"x-vcs-token": await keys.create_vcs(Transaction(desk))}) as client:
        yield client


@pytest.fixture
async def join(live: Server) -> AsyncIterator[Join]:
    """Join a session: `await join(ada, "?after=0")`."""
    async with AsyncExitStack() as sessions:

        async def join(person: Person, query: str = "", **how: object) -> Session:
            session = opened(live.url, f"/events{query}", cookie(person.token), **how)
            return await sessions.enter_async_context(session)

        yield join


@pytest.fixture
def gather(join: Join, workers: list[int]) -> Gather:
    """Join a session for each of these people on each worker: `await gather(ada, ben)`."""

    async def gather(*people: Person, newer: bool = False) -> Play:
        words = {"subprotocols": [NEWER]} if newer else {}
        sessions: dict[str, list[Session]] = {person.name.lower(): [] for person in people}
        for worker, person in itertools.product(workers, people):
            with accepted_by(worker, workers):
                sessions[person.name.lower()].append(await join(person, **words))
        return Play({person.name.lower(): person for person in people}, sessions, newer)

    return gather
