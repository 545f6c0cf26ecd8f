"""The rows of the table: what each API is asked, and what pgbench does instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Connection, Record

from app.adapters import secret_key
from app.apis.carbonio import documents
from app.apis.hms.tokens import management_token
from app.domain import ids, keys, tokens, users
from app.domain.conferences import Limits
from app.domain.database import Transaction
from app.domain.secrets import SecretKey
from bench import rooms, rows, scripts
from bench.chats import BUSY_EMAIL
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


async def chats(transaction: Transaction, server: str, group: UUID) -> list[Case]:
    """Return the rows of the chats, asked by the busy user: all that is his, as a client that starts; and one group."""
    busy = await users.with_email(transaction, BUSY_EMAIL)
    made = await tokens.create(transaction, busy.id, lifetime_seconds=rows.TTL_SECONDS)
    headers = {"cookie": f"ZM_AUTH_TOKEN={made.token}"}
    everything = "/rooms?extraFields=members&extraFields=settings"
    all_rooms = documents.rooms_of_caller(with_members=True, with_settings=True)
    return [
        Case(
            name=f"GET {everything}",
            request=Request(url=server + everything, headers=headers),
            connections=_LIST_CONNECTIONS,
            script=await scripts.seeing(made.token, all_rooms),
            clients=_LIST_CLIENTS,
            of_pgbench=60,
        ),
        Case(
            name="GET /rooms/{id}",
            request=Request(url=f"{server}/rooms/{group}", headers=headers),
            script=await scripts.seeing(made.token, documents.ROOM, room_id=group),
        ),
    ]


def prepared(postgres: Postgres, server: str, count: int) -> list[Case]:
    """Fill the database with so many rooms, chats and attachments; return the rows of every API, with new keys."""

    async def prepare(connection: "Connection[Record]") -> list[Case]:
        await rooms.fill(connection, count, count, count, expired=False)
        room = await connection.fetchval("SELECT id FROM conference ORDER BY id OFFSET $1 LIMIT 1", count // 2)
        group = await connection.fetchval(
            "SELECT room.id FROM room JOIN member ON room_id = room.id JOIN user_account ON user_id = user_account.id"
            " WHERE room.type = 'group' AND email = $1 ORDER BY room.id OFFSET 100 LIMIT 1",
            BUSY_EMAIL,
        )
        settings, transaction = postgres.settings, Transaction(connection)
        apis = [
            await vcs(transaction, room, settings.vcs.limits),
            await hms(transaction, room, settings.vcs.limits, secret_key.load(settings)),
        ]
        cases = [case for api in apis for case in await of(api, server, room)]
        return [*cases, *await chats(transaction, server, group)]

    return postgres.run(prepare)
