"""Rooms of `/v2` in `/api/realtime`: seen, disabled, deleted; and rooms of `/api/realtime` that end.

What vcs.md says of "a room opened through `/v2`, seen here", and the row "a disabled room" of hms.md.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain import ids

ROOMS, ROOM, TOKEN = "/v2/rooms", "/api/realtime/room", "/api/realtime/token"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Read = Callable[[Room], Awaitable[Room]]
Expire = Callable[[Room], Awaitable[None]]


def vcs_id(room: Room) -> str:
    return f"RO-{ids.from_bytes(bytes.fromhex(room['id']))}"


def hex_id(room: Room) -> str:
    return ids.to_hex(UUID(room["id"].removeprefix("RO-")))


def milliseconds(timestamp: str) -> int:
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


@pytest.fixture
def read(vcs: httpx.AsyncClient) -> Read:
    """Read a room of `/v2` in `/api/realtime`."""

    async def read(room: Room) -> Room:
        answer = await vcs.get(f"{ROOM}/{vcs_id(room)}")
        assert answer.status_code == 200, answer.text
        seen: Room = answer.json()
        return seen

    return read


@pytest.fixture(scope="session")
def gone(same: Check) -> Check:
    """`gone(answer, id)`: no such room, in the words of `/api/realtime`."""

    def gone(answer: httpx.Response, id: str) -> None:
        text = f"A conference room with id ::= [{id}] does not exist."
        error = {"httpCode": 400, "code": "REALTIME-00004", "id": "CONFERENCE_ROOM_DOES_NOT_EXIST"}
        same(answer, error | {"description": [text]}, 400)

    return gone


@pytest.fixture(scope="session")
def opens_nothing(same: Check) -> Check:
    """`opens_nothing(answer, token)`: a token refused in the words of `/api/realtime`."""

    def opens_nothing(answer: httpx.Response, token: str) -> None:
        text = f"The token ::= [{token}] is invalid."
        error = {"httpCode": 400, "code": "REALTIME-00009", "id": "INVALID_TOKEN", "description": [text]}
        same(answer, error, 400)

    return opens_nothing


class TestSeen:
    @pytest.mark.parametrize(
        ("members", "shown"),
        [
            ({}, {}),
            ({"description": ""}, {}),
            ({"description": "é😀"}, {"description": "é😀"}),
            ({"size": 0}, {"maxParticipants": 0}),
            ({"size": 2500}, {"maxParticipants": 2500}),
            ({"size": 20000, "large_room": True}, {"maxParticipants": 20000}),
            ({"large_room": True}, {}),
            ({"enabled": False}, {}),
            ({"max_duration_seconds": 120, "region": "eu", "polls": []}, {}),
        ],
    )
    async def test_as_a_whole_room(
        self, vcs: httpx.AsyncClient, create: Make, same: Check, *, members: Room, shown: Room
    ) -> None:
        room = await create(name="Room-A", **members)
        answer = await vcs.get(f"{ROOM}/{vcs_id(room)}")
        expected = {
            "id": vcs_id(room),
            "name": "Room-A",
            "description": shown.get("description"),
            "creationTime": milliseconds(room["created_at"]),
            "conferenceType": "SFU",
            "modificationTime": milliseconds(room["updated_at"]),
            "maxParticipants": shown.get("maxParticipants", 10),
            "roomTokenTTLSeconds": 86400,
            "roomTTLSeconds": 86400,
            "endpointTTLSeconds": 86400,
            "token": answer.json()["token"],
        }
        same(answer, {member: value for member, value in expected.items() if value is not None})
        assert len(bytes.fromhex(answer.json()["token"])) == 32

    async def test_under_the_name_of_our_own_making(self, create: Make, read: Read) -> None:
        room = await create()
        assert (await read(room))["name"] == room["name"]

    async def test_in_the_list_among_the_others(
        self, vcs: httpx.AsyncClient, create: Make, read: Read, same: Check
    ) -> None:
        first = await create(name="room-a")
        second = (await vcs.post(ROOM, json={"name": "Room B"})).json()["room"]
        third = await create(enabled=False)
        page = await vcs.get(ROOM, params={"numberOfRecords": 2})
        same(page, {"data": [await read(third), second], "token": page.json()["token"]})
        rest = await vcs.get(ROOM, params={"numberOfRecords": 2, "token": page.json()["token"]})
        assert rest.json()["data"] == [await read(first)]

    async def test_as_it_was_changed(self, hms: httpx.AsyncClient, create: Make, read: Read) -> None:
        room = await create(name="room-a", description="x")
        before = await read(room)
        later = (await hms.post(f"{ROOMS}/{room['id']}", json={"name": "b", "size": 5, "description": ""})).json()
        changed = before | {"name": "b", "maxParticipants": 5}
        changed["modificationTime"] = milliseconds(later["updated_at"])
        del changed["description"]
        assert await read(room) == changed

    async def test_long_after_others_have_ended(
        self, hms: httpx.AsyncClient, create: Make, read: Read, database: asyncpg.Connection
    ) -> None:
        """It does not expire."""
        room = await create(name="room-a")
        for column in ("created_at", "modified_at"):
            await database.execute(f"UPDATE conference SET {column} = now() - interval '400 days'")  # noqa: S608
        assert (await read(room))["name"] == "room-a"
        assert (await hms.get(f"{ROOMS}/{room['id']}")).status_code == 200

    async def test_its_token_opens_it(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, read: Read, same: Check
    ) -> None:
        room = await create(name="room-a")
        token = (await read(room))["token"]
        same(await vcs.post(TOKEN, json={"token": token}), {"room": await read(room)})
        await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-b"})
        same(await vcs.post(TOKEN, json={"token": token}), {"room": await read(room)})


class TestDisabled:
    """Row "a disabled room"."""

    @pytest.mark.parametrize("by", ["enabled", "active", "name"])
    async def test_is_listed_still_but_its_token_opens_nothing(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, read: Read, *, opens_nothing: Check, by: str
    ) -> None:
        room = await create(name="room-a")
        token = (await read(room))["token"]
        if by == "name":
            await hms.post(ROOMS, json={"name": "room-a", "active": False})
        else:
            await hms.post(f"{ROOMS}/{room['id']}", json={by: False})
        seen = await read(room)
        assert (await vcs.get(ROOM)).json()["data"] == [seen]
        for refused in (token, seen["token"]):
            opens_nothing(await vcs.post(TOKEN, json={"token": refused}), refused)

    async def test_from_the_start(self, vcs: httpx.AsyncClient, create: Make, read: Read, opens_nothing: Check) -> None:
        token = (await read(await create(enabled=False)))["token"]
        opens_nothing(await vcs.post(TOKEN, json={"token": token}), token)

    async def test_and_enabled_again_its_token_opens_it(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, read: Read, same: Check
    ) -> None:
        room = await create(name="room-a", enabled=False)
        await hms.post(f"{ROOMS}/{room['id']}", json={"enabled": True})
        seen = await read(room)
        same(await vcs.post(TOKEN, json={"token": seen["token"]}), {"room": seen})

    async def test_of_the_other_api_likewise(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, same: Check, opens_nothing: Check
    ) -> None:
        room = (await vcs.post(ROOM, json={"name": "Room A"})).json()["room"]
        off = await hms.post(f"{ROOMS}/{hex_id(room)}", json={"enabled": False})
        seen = room | {"modificationTime": milliseconds(off.json()["updated_at"])}
        same(await vcs.get(f"{ROOM}/{room['id']}"), seen)
        opens_nothing(await vcs.post(TOKEN, json={"token": room["token"]}), room["token"])

    async def test_can_be_deleted(self, vcs: httpx.AsyncClient, create: Make, read: Read, same: Check) -> None:
        room = await create(enabled=False)
        seen = await read(room)
        same(await vcs.delete(ROOM, params={"id": vcs_id(room)}), {"room": seen})


class TestDeleted:
    """`/v2` has no call that deletes a room; `/api/realtime` has."""

    @pytest.mark.parametrize("prefix", ["RO-", ""])
    async def test_there_it_is_gone_here(
        self,
        hms: httpx.AsyncClient,
        vcs: httpx.AsyncClient,
        create: Make,
        read: Read,
        *,
        same: Check,
        missing: Check,
        gone: Check,
        prefix: str,
    ) -> None:
        kept, room = await create(name="room-a"), await create(name="room-b", description="x", size=5)
        seen, spelled = await read(room), prefix + vcs_id(room).removeprefix("RO-")
        same(await vcs.delete(ROOM, params={"id": spelled}), {"room": seen})
        missing(await hms.get(f"{ROOMS}/{room['id']}"))
        missing(await hms.post(f"{ROOMS}/{room['id']}", json={"size": 1}))
        missing(await hms.post(ROOMS, json={"name": "room-b", "active": False}))
        same(await hms.get(ROOMS), {"limit": 10, "data": [kept], "last": kept["id"]})
        gone(await vcs.delete(ROOM, params={"id": spelled}), spelled)

    async def test_its_name_is_free(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make) -> None:
        room, other = await create(name="room-a"), await create(name="room-b")
        await vcs.delete(ROOM, params={"id": vcs_id(room)})
        assert (await hms.post(f"{ROOMS}/{other['id']}", json={"name": "ROOM-A"})).json()["name"] == "ROOM-A"
        assert (await create(name="room-a"))["id"] == other["id"]

    async def test_its_id_still_marks_a_place(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, same: Check
    ) -> None:
        """Row "`start` not an id"."""
        older, room, _ = await create(), await create(), await create()
        await vcs.delete(ROOM, params={"id": vcs_id(room)})
        page = {"limit": 10, "data": [older], "last": older["id"]}
        same(await hms.get(ROOMS, params={"start": room["id"]}), page)

    async def test_its_token_opens_nothing(
        self, vcs: httpx.AsyncClient, create: Make, read: Read, opens_nothing: Check
    ) -> None:
        room = await create()
        token = (await read(room))["token"]
        await vcs.delete(ROOM, params={"id": vcs_id(room)})
        opens_nothing(await vcs.post(TOKEN, json={"token": token}), token)


class TestExpired:
    """A room opened through `/api/realtime` that is older than `roomTTLSeconds` no longer exists for any call."""

    @pytest.fixture
    async def expired(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, database: asyncpg.Connection) -> Room:
        """A room that `/v2` has named, as it was, a second past its end; nothing has swept it away yet."""
        opened = (await vcs.post(ROOM, json={"name": "Free text"})).json()["room"]
        room: Room = (await hms.post(f"{ROOMS}/{hex_id(opened)}", json={"name": "room-a"})).json()
        past = "UPDATE conference SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL"
        assert await database.execute(past) == "UPDATE 1"
        return room

    async def test_is_gone_from_every_call(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, expired: Room, same: Check, missing: Check, *, gone: Check
    ) -> None:
        missing(await hms.get(f"{ROOMS}/{expired['id']}"))
        missing(await hms.post(f"{ROOMS}/{expired['id']}", json={"size": 1}))
        missing(await hms.post(f"{ROOMS}/{expired['id']}", json={}))
        missing(await hms.post(ROOMS, json={"name": "room-a", "active": False}))
        queries = ({}, {"name": "room-a"}, {"enabled": "true"}, {"template_id": expired["template_id"]})
        for query in (*queries, {"after": expired["created_at"]}):
            same(await hms.get(ROOMS, params=query), {"limit": 10, "data": [], "last": ""})
        gone(await vcs.get(f"{ROOM}/{vcs_id(expired)}"), vcs_id(expired))

    async def test_it_keeps_its_name_when_a_rename_onto_it_is_refused(
        self, expired: Room, create: Make, hms: httpx.AsyncClient, database: asyncpg.Connection
    ) -> None:
        """Who takes a name and changes the room does both or neither."""
        room = await create()
        refused = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-a", "size": 3000})
        assert refused.status_code == 400
        assert await database.fetchval("SELECT count(*) FROM conference WHERE name_key = 'room-a'") == 1
        assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room
        assert (await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-a", "size": 300})).status_code == 200

    async def test_its_name_is_free_for_a_new_room(self, expired: Room, create: Make, hms: httpx.AsyncClient) -> None:
        room = await create(name="Room-A")
        assert room["id"] != expired["id"]
        assert room["name"] == "Room-A"
        assert (await hms.get(ROOMS)).json()["data"] == [room]

    async def test_its_name_is_free_for_a_rename(self, expired: Room, create: Make, hms: httpx.AsyncClient) -> None:
        room = await create(name="room-b")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "room-a"})
        assert (answer.status_code, answer.json()["name"]) == (200, "room-a")
        assert (await hms.get(ROOMS, params={"name": "room-a"})).json()["data"] == [answer.json()]

    async def test_its_id_still_marks_a_place(self, expired: Room, create: Make, hms: httpx.AsyncClient) -> None:
        room = await create()
        assert (await hms.get(ROOMS, params={"start": expired["id"]})).json()["data"] == []
        assert (await hms.get(ROOMS, params={"start": "f" * 24})).json()["data"] == [room]

    async def test_changed_here_it_ends_all_the_same(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, database: asyncpg.Connection
    ) -> None:
        opened = (await vcs.post(ROOM)).json()["room"]
        before = await database.fetchval("SELECT expires_at FROM conference")
        await hms.post(f"{ROOMS}/{hex_id(opened)}", json={"name": "room-a", "size": 5, "enabled": False})
        assert before is not None
        assert await database.fetchval("SELECT expires_at FROM conference") == before
