"""The rows of the table: what each API is asked, and what pgbench does instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection, Record

from app.adapters import secret_key
from app.apis.hms.tokens import management_token
from app.domain import ids, keys
from app.domain.conferences import Limits
from app.domain.database import Transaction
from app.domain.secrets import SecretKey
from bench import rooms, scripts
from bench.load import Request
from bench.place import Postgres
from bench.statements import Query
from bench.transactions import Script

# With so many, wrk and pgbench reach their most on two cores.
CONNECTIONS, _CLIENTS = 32, 16
_LIST_CONNECTIONS, _LIST_CLIENTS = 8, 8
_LONG_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row: a request over so many connections, and a script by so many clients of pgbench.

    `of_hello` and `of_pgbench` are goals, in percent of what those do in the same round.
    """

    name: str
    request: Request
    connections: int = CONNECTIONS
    script: Script
    clients: int = _CLIENTS
    of_hello: int | None = None
    of_pgbench: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """An API as it spells this bench's requests."""

    rooms: str
    """The path of all rooms."""
    room: str
    """The id of one."""
    count: str
    """The parameter that says how many a page has."""
    usual_count: int
    headers: Mapping[str, str]
    key: Query
    creating: Script


async def vcs(transaction: Transaction, room: UUID, limits: Limits) -> Api:
    """Return `/api/realtime`, with a new key."""
    secret = await keys.create_vcs(transaction)
    key = await scripts.key_of_vcs(secret)
    return Api(
        rooms="/api/realtime/room",
        room=f"RO-{room}",
        count="numberOfRecords",
        usual_count=25,
        headers={"x-vcs-token": secret},
        key=key,
        creating=await scripts.creating(key, scripts.INSERT_OF_VCS, limits),
    )


async def hms(transaction: Transaction, room: UUID, limits: Limits, sealing: SecretKey) -> Api:
    """Return `/v2`, with a new key."""
    made = await keys.create_hms(transaction, sealing)
    key = await scripts.key_of_hms(made.id)
    return Api(
        rooms="/v2/rooms",
        room=ids.to_hex(room),
        count="limit",
        usual_count=10,
        headers={"authorization": f"Bearer {management_token(made.access_key, made.secret)}"},
        key=key,
        creating=await scripts.creating(key, scripts.INSERT_OF_HMS, limits),
    )


async def of(api: Api, server: str, room: UUID) -> list[Case]:
    """Return the rows of this API at a server: one room, a new room, a page of the usual length and a long one."""

    def request(path: str, *, creates: bool = False) -> Request:
        return Request(url=server + path, headers=api.headers, creates=creates)

    one = Case(
        name=f"GET {api.rooms}/{{id}}",
        request=request(f"{api.rooms}/{api.room}"),
        script=await scripts.getting(api.key, room),
        of_hello=35,
    )
    new = Case(
        name=f"POST {api.rooms}",
        request=request(api.rooms, creates=True),
        script=api.creating,
        of_pgbench=40,
    )
    pages = [
        Case(
            name=f"GET {api.rooms}?{api.count}={count}",
            request=request(f"{api.rooms}?{api.count}={count}"),
            connections=_LIST_CONNECTIONS,
            script=await scripts.listing(api.key, count),
            clients=_LIST_CLIENTS,
        )
        for count in (api.usual_count, _LONG_PAGE)
    ]
    return [one, new, *pages]


def prepared(postgres: Postgres, server: str, count: int) -> list[Case]:
    """Fill the database with so many rooms and return the rows of both APIs, with new keys."""

    async def prepare(connection: "Connection[Record]") -> list[Case]:
        await rooms.fill(connection, count, count, expired=False)
        room = await connection.fetchval("SELECT id FROM conference ORDER BY id OFFSET $1 LIMIT 1", count // 2)
        settings, transaction = postgres.settings, Transaction(connection)
        apis = [
            await vcs(transaction, room, settings.vcs.limits),
            await hms(transaction, room, settings.vcs.limits, secret_key.load(settings)),
        ]
        return [case for api in apis for case in await of(api, server, room)]

    return postgres.run(prepare)
