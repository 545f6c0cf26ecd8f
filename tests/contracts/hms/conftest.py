"""What every transcript of `/v2` needs: tokens, judging an answer to the letter, and arranging rooms and templates."""

import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
from gatherings import House, Meeting, by_name
from processes import NO_TLS, PATIENCE, Server
from transcripts import JUDGED, assert_same

from app.domain import ids, room_codes

ROOMS = "/v2/rooms"
Room = dict[str, Any]
Key = tuple[str, str]
Mint = Callable[..., str]
Send = Callable[..., Awaitable[httpx.Response]]
Make = Callable[..., Awaitable[Room]]

#: The decision "a room's members, in this order".
ORDER = re.findall(
    r"\w+",
    "id name enabled active description customer_id customer app_id recording_source_template recording_info"
    " template_id template region large_room size max_duration_seconds polls webhook key created_at updated_at",
)
#: The decision "timestamps".
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z")


def assert_refused(answer: httpx.Response, code: int, message: str, *details: str) -> None:
    assert_same(answer, {"code": code, "message": message, "details": list(details)}, code)


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """`same(answer, body)`: the whole body with the order of its members, its status, its content type."""
    return assert_same


@pytest.fixture(scope="session")
def refused() -> Callable[..., None]:
    """`refused(answer, code, message, *details)`: the newer documented shape of an error, whole."""
    return assert_refused


@pytest.fixture(scope="session")
def missing() -> Callable[..., None]:
    """`missing(answer)`: the older documented shape of an error, whole."""

    def missing(answer: httpx.Response, kind: str = "Room") -> None:
        text = f"Error: {kind} not found"
        assert_same(answer, {"code": 404, "message": text, "data": {"description": text}}, 404)

    return missing


@pytest.fixture(scope="session")
def bad_body() -> Callable[..., None]:
    """`bad_body(answer, text)`: what is wrong with the body, as the details tell it."""
    return lambda answer, text: assert_refused(answer, 400, "Invalid body param", f"Invalid body param: {text}")


@pytest.fixture(scope="session")
def bad_query() -> Callable[..., None]:
    """`bad_query(answer, text)`: what is wrong with the query, as the details tell it."""
    start = "Invalid query parameter"
    return lambda answer, text: assert_refused(answer, 400, start, f"{start}: {text}")


@pytest.fixture(scope="session")
def alone() -> Callable[..., None]:
    """`alone(answer, text)`: one of the texts that stand alone."""
    return lambda answer, text: assert_refused(answer, 400, text, text)


@pytest.fixture(scope="session")
def unauthorized() -> Callable[..., None]:
    """`unauthorized(answer, reason)`: a token that is none, or not any good."""
    return lambda answer, reason: assert_refused(answer, 401, "Token validation error", reason)


@pytest.fixture(scope="session")
def forbidden() -> Callable[..., None]:
    """`forbidden(answer)`: a good token of somebody who may not."""
    text = "The API management token provided doesn't have enough permission"
    return lambda answer: assert_refused(answer, 403, "Forbidden", text)


def claims_of(access_key: str) -> dict[str, Any]:
    """Return the claims of the official SDK."""
    now = int(time.time())
    own = {"access_key": access_key, "type": "management", "version": 2, "jti": str(uuid4())}
    return own | {"iat": now - 10, "nbf": now - 10, "exp": now - 10 + 86400}


@pytest.fixture
def claims(hms_key: Key) -> dict[str, Any]:
    """The claims of a good management token."""
    return claims_of(hms_key[0])


@pytest.fixture
def mint(hms_key: Key, claims: dict[str, Any]) -> Mint:
    """Make a management token as the SDK does, but for `claims`, and what it is to be `without`."""

    def mint(*, without: str = "", secret: str = hms_key[1], algorithm: str = "HS256", **other: object) -> str:
        kept = {name: value for name, value in (claims | other).items() if name not in without.split()}
        return jwt.encode(kept, secret, algorithm=algorithm)

    return mint


@pytest.fixture(scope="session")
def real_key(server: Server) -> Key:
    """A key made by the command line, beside the server in a process of its own."""
    made = server.enfilade("keys", "create", "hms")
    return made["access_key"], made["secret"]


@pytest.fixture
async def real(server: Server, real_key: Key) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a management token, talking to the server in a process of its own."""
    token = jwt.encode(claims_of(real_key[0]), real_key[1], algorithm="HS256")
    headers = {"Authorization": f"Bearer {token}"}
    client = httpx.AsyncClient(
        base_url=server.url, headers=headers, timeout=PATIENCE, event_hooks=JUDGED, verify=NO_TLS
    )
    async with client as real:
        yield real


@pytest.fixture
async def account(database: asyncpg.Connection) -> dict[str, str]:
    """What all rooms of this deployment have in common."""
    deployment = await database.fetchrow("SELECT customer_id, app_id FROM deployment")
    template = await database.fetchrow("SELECT id, name FROM template WHERE is_default")
    assert deployment
    assert template
    return {
        "customer_id": ids.to_hex(deployment["customer_id"]),
        "customer": ids.to_hex(deployment["customer_id"]),
        "app_id": ids.to_hex(deployment["app_id"]),
        "template_id": ids.to_hex(template["id"]),
        "template": template["name"],
    }


@pytest.fixture
def whole(account: dict[str, str]) -> Callable[..., Room]:
    """`whole(room, **own)`: every member of a room, in order, from what is its own; id and times are the room's."""

    def whole(room: Room, **own: object) -> Room:
        members: Room = {
            "id": room["id"],
            "name": room["name"],
            "enabled": True,
            "description": "",
            "recording_source_template": "recording_info" not in own,
            "recording_info": {"enabled": False},
            "region": "in",
            "large_room": False,
            "created_at": room["created_at"],
            "updated_at": room["created_at"],
        }
        members |= account | own
        members |= {"active": members["enabled"], "key": f"{account['customer_id']}:{members['name']}"}
        assert re.fullmatch("[0-9a-f]{24}", room["id"])
        assert TIMESTAMP.fullmatch(room["created_at"]), room["created_at"]
        return {member: members[member] for member in ORDER if member in members}

    return whole


@pytest.fixture(scope="session")
def changed() -> Callable[..., Room]:
    """`changed(before, after, **own)`: the room before, with these members and the time of the room after."""

    def changed(before: Room, after: Room, **own: object) -> Room:
        assert TIMESTAMP.fullmatch(after["updated_at"]), after["updated_at"]
        assert datetime.fromisoformat(after["updated_at"]) > datetime.fromisoformat(before["updated_at"])
        members = before | own | {"updated_at": after["updated_at"]}
        return {member: members[member] for member in ORDER if member in members}

    return changed


@pytest.fixture
def create_rooms(create: Make) -> Callable[[int], Awaitable[list[Room]]]:
    """Rooms in the order of their creation, each in a millisecond of its own."""

    async def create_rooms(count: int) -> list[Room]:
        return [await create(name=f"room-{number}") for number in range(count)]

    return create_rooms


@pytest.fixture
async def ways(hms: httpx.AsyncClient, create: Make) -> list[Send]:
    """Send members to a room that is made, to one found by its name, and to one found by its id."""
    upserted, updated = await create(name="room-a"), await create(name="room-b")

    def way(path: str, **named: str) -> Send:
        async def send(**members: object) -> httpx.Response:
            return await hms.post(path, json={**named, **members})

        return send

    return [way(ROOMS), way(ROOMS, name=upserted["name"].upper()), way(f"{ROOMS}/{updated['id']}")]


@pytest.fixture
def make_template(database: asyncpg.Connection) -> Callable[..., Awaitable[str]]:
    """Another template, by its name; the answer is its id in 24 hex digits."""

    async def make_template(name: str, *, region: str = "in", recording: Room | None = None) -> str:
        id = ids.new_id()
        await database.execute(
            "INSERT INTO template (id, name, region, recording, settings, roles) VALUES ($1, $2, $3, $4, '{}', '{}')",
            id,
            name,
            region,
            json.dumps(recording) if recording is not None else None,
        )
        return ids.to_hex(id)

    return make_template


@pytest.fixture
def make(hms: httpx.AsyncClient) -> Make:
    """Make a template through the API."""

    async def make(**members: object) -> Room:
        answer = await hms.post("/v2/templates", json=members)
        assert answer.status_code == 200, answer.text
        made: Room = answer.json()
        return made

    return make


@pytest.fixture
async def polls(database: asyncpg.Connection) -> list[str]:
    """Polls whose ids can be named before they are there, for rooms to name them."""
    known = ["64a5f5a6b9a7a8c1d2e3f405", "ffffffffffffffffffffffff"]
    await database.executemany(
        "INSERT INTO poll (id, title, duration, anonymous, mode, type, start, questions)"
        " VALUES ($1, '', 0, false, 'userid', 'poll', 'auto', '[]')",
        [(ids.from_hex(id),) for id in known],
    )
    return known


@pytest.fixture
def make_poll(hms: httpx.AsyncClient) -> Make:
    """Make a poll through the API."""

    async def make_poll(**members: object) -> Room:
        answer = await hms.post("/v2/polls", json=members)
        assert answer.status_code == 200, answer.text
        made: Room = answer.json()
        return made

    return make_poll


@pytest.fixture
def set_roles(hms: httpx.AsyncClient) -> Callable[..., Awaitable[None]]:
    """`await set_roles(template, "host", …)`: a template, by its id, has these roles, in this order, and no others."""

    async def set_roles(template: str, *roles: str) -> None:
        answer = await hms.post(
            f"/v2/templates/{template}", json={"roles": {role: {} for role in roles}, "settings": {}}
        )
        assert answer.status_code == 200, answer.text

    return set_roles


@pytest.fixture
def of_roles(create: Make, make: Make) -> Make:
    """`await of_roles("host", …)`: a room of a template of its own, which has these roles."""

    async def of_roles(*roles: str) -> Room:
        template = await make(roles={role: {} for role in roles})
        return await create(template_id=template["id"])

    return of_roles


@pytest.fixture
def put_codes(database: asyncpg.Connection) -> Callable[..., Awaitable[None]]:
    """`await put_codes(room, "abc-defg-hij", more=9)`: the room has these codes, too, and nine others."""

    async def put_codes(room: Room, *named: str, more: int = 0, role: str = "host", enabled: bool = True) -> None:
        codes = [*named, *(room_codes._draw() for _ in range(more))]  # noqa: SLF001 - as they are made
        await database.executemany(
            "INSERT INTO room_code (id, conference_id, code, role, enabled) VALUES ($1, $2, $3, $4, $5)",
            [(ids.new_id(), ids.from_hex(room["id"]), code, role, enabled) for code in codes],
        )

    return put_codes


@pytest.fixture
def every(hms: httpx.AsyncClient) -> Callable[[Room], Awaitable[list[Room]]]:
    """All codes that a room has, newest first."""

    async def every(room: Room) -> list[Room]:
        listed: list[Room] = (await hms.get(f"/v2/room-codes/room/{room['id']}", params={"limit": 100})).json()["data"]
        return listed

    return every


@pytest.fixture
async def meeting(house: House) -> Meeting:
    """Ada's, in which are all three."""
    meeting = await house.meeting()
    await meeting.join(house.ada, house.ben, house.cleo)
    return meeting


@pytest.fixture(name="ids")
async def ids_by_name(hms: httpx.AsyncClient, meeting: Meeting) -> dict[str, str]:
    """The id of each who is in, by name."""
    return by_name((await hms.get(f"/v2/active-rooms/{meeting.hex}/peers")).json()["peers"])
