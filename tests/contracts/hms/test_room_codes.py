"""POST /v2/room-codes/room/{room_id}, and …/role/{role}: codes for every role of a room, and another for one."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import httpx
import pytest
from gatherings import RFC3339, House

from app.domain import ids

CODES = "/v2/room-codes/room"
CODE = re.compile("[a-z]{3}-[a-z]{4}-[a-z]{3}")
NOBODY = "0123456789abcdef01234567"
DISABLED = (403, "Room is disabled", "Room is disabled")
FULL = "Room has as many room codes as a room can have: 100"
Check = Callable[..., None]
Room = dict[str, Any]
Code = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]
Every = Callable[[Room], Awaitable[list[Code]]]


def whole(shown: Code, room: Room, role: str, **own: object) -> Code:
    """Return every member of a code, in order; code and times are its own."""
    assert CODE.fullmatch(shown["code"])
    assert RFC3339.fullmatch(shown["created_at"])
    members = {"code": shown["code"], "room_id": room["id"], "role": role, "enabled": True}
    return members | {"created_at": shown["created_at"], "updated_at": shown["created_at"]} | own


def roles_of(codes: list[Code]) -> list[str]:
    return [code["role"] for code in codes]


class TestOfEveryRole:
    """Row "`POST /room-codes/room/{id}` again" too."""

    async def test_shows_a_whole_code_for_each(
        self, hms: httpx.AsyncClient, create: Make, same: Check, every: Every
    ) -> None:
        room = await create()
        answer = await hms.post(f"{CODES}/{room['id']}")
        codes = answer.json()["data"]
        same(answer, {"data": [whole(code, room, role) for code, role in zip(codes, ("host", "guest"), strict=True)]})
        assert codes[0]["code"] != codes[1]["code"]
        assert await every(room) == codes[::-1]

    async def test_shows_the_same_again(self, hms: httpx.AsyncClient, create: Make, same: Check, every: Every) -> None:
        room = await create()
        first = await hms.post(f"{CODES}/{room['id']}")
        for path in (CODES, f"/api{CODES}"):
            for end in ("", "/"):
                same(await hms.post(f"{path}/{room['id']}{end}"), first.json())
        assert len(await every(room)) == 2

    @pytest.mark.parametrize(
        "body", [{"content": b"{"}, {"json": {"role": "guest"}}, {"data": {"a": "b"}}, {"content": b" " * 2**21}]
    )
    async def test_does_not_look_at_a_body(self, hms: httpx.AsyncClient, create: Make, body: dict[str, Any]) -> None:
        answer = await hms.post(f"{CODES}/{(await create())['id']}", **body)
        assert (answer.status_code, roles_of(answer.json()["data"])) == (200, ["host", "guest"])

    async def test_is_in_the_order_of_the_template(self, hms: httpx.AsyncClient, of_roles: Make) -> None:
        roles = ["zoo", "10", "9", "a'b", 'c"d', "Zoë und 漢字 🎉", "guest", "HOST", "host", "{}", "x" * 255]
        room = await of_roles(*roles)
        for _ in range(2):
            assert roles_of((await hms.post(f"{CODES}/{room['id']}")).json()["data"]) == roles

    async def test_of_a_template_without_any_is_empty(
        self, hms: httpx.AsyncClient, of_roles: Make, same: Check
    ) -> None:
        same(await hms.post(f"{CODES}/{(await of_roles())['id']}"), {"data": []})

    async def test_makes_one_for_a_new_role_alone(
        self, hms: httpx.AsyncClient, of_roles: Make, set_roles: Put, same: Check
    ) -> None:
        room = await of_roles("host")
        [host] = (await hms.post(f"{CODES}/{room['id']}")).json()["data"]
        await set_roles(room["template_id"], "guest", "host")
        answer = await hms.post(f"{CODES}/{room['id']}")
        same(answer, {"data": [whole(answer.json()["data"][0], room, "guest"), host]})

    async def test_shows_the_oldest_of_each_enabled_or_not(
        self, hms: httpx.AsyncClient, create: Make, same: Check
    ) -> None:
        room = await create()
        oldest = (await hms.post(f"{CODES}/{room['id']}/role/guest")).json()
        for _ in range(2):
            assert (await hms.post(f"{CODES}/{room['id']}/role/guest")).status_code == 200
        said = {"code": oldest["code"], "enabled": False}
        disabled = (await hms.post("/v2/room-codes/code", json=said)).json()
        answer = await hms.post(f"{CODES}/{room['id']}")
        same(answer, {"data": [whole(answer.json()["data"][0], room, "host"), disabled]})

    async def test_disables_those_of_a_role_that_is_gone_and_leaves_them_so_when_it_is_back(
        self, hms: httpx.AsyncClient, of_roles: Make, set_roles: Put, every: Every, same: Check
    ) -> None:
        room = await of_roles("host", "guest")
        host, guest = (await hms.post(f"{CODES}/{room['id']}")).json()["data"]
        second = (await hms.post(f"{CODES}/{room['id']}/role/guest")).json()
        await set_roles(room["template_id"], "host")
        assert await every(room) == [second, guest, host]  # until somebody asks
        same(await hms.post(f"{CODES}/{room['id']}"), {"data": [host]})
        closed = await every(room)
        for after, before in zip(closed, (second, guest), strict=False):
            assert after == before | {"enabled": False, "updated_at": after["updated_at"]}
            assert datetime.fromisoformat(after["updated_at"]) > datetime.fromisoformat(before["updated_at"])
        same(await hms.post(f"{CODES}/{room['id']}"), {"data": [host]})
        assert await every(room) == closed  # nor is what is disabled disabled again
        await set_roles(room["template_id"], "guest", "host")
        same(await hms.post(f"{CODES}/{room['id']}"), {"data": [closed[1], host]})

    async def test_concerns_no_other_room_of_the_template(
        self, hms: httpx.AsyncClient, of_roles: Make, create: Make, set_roles: Put, every: Every
    ) -> None:
        room = await of_roles("host", "guest")
        other = await create(template_id=room["template_id"])
        of_other = (await hms.post(f"{CODES}/{other['id']}")).json()["data"]
        assert (await hms.post(f"{CODES}/{room['id']}")).json()["data"][0]["code"] != of_other[0]["code"]
        await set_roles(room["template_id"], "host")
        assert (await hms.post(f"{CODES}/{room['id']}")).status_code == 200
        assert await every(other) == of_other[::-1]


class TestOfOneRole:
    async def test_is_always_another(self, hms: httpx.AsyncClient, create: Make, same: Check, every: Every) -> None:
        room = await create()
        made = []
        for path in (CODES, f"/api{CODES}"):
            answer = await hms.post(f"{path}/{room['id']}/role/guest")
            same(answer, whole(answer.json(), room, "guest"))
            made.append(answer.json())
        assert made[0]["code"] != made[1]["code"]
        assert await every(room) == made[::-1]

    @pytest.mark.parametrize("role", ["Zoë 🎉", "a b", "100%", "?x=1", "a'; --", "C:\\", "x" * 255])
    async def test_of_any_name(self, hms: httpx.AsyncClient, of_roles: Make, same: Check, role: str) -> None:
        room = await of_roles("host", role)
        answer = await hms.post(f"{CODES}/{room['id']}/role/{quote(role)}")
        same(answer, whole(answer.json(), room, role))

    @pytest.mark.parametrize("role", ["Host", "hosts", "%00", "host%00", "host%20", "x" * 10_000, "%FF", "null"])
    async def test_that_the_template_does_not_have(
        self, hms: httpx.AsyncClient, create: Make, missing: Check, every: Every, role: str
    ) -> None:
        room = await create()
        missing(await hms.post(f"{CODES}/{room['id']}/role/{role}"), "Role")
        assert await every(room) == []

    async def test_that_is_gone(self, hms: httpx.AsyncClient, of_roles: Make, set_roles: Put, missing: Check) -> None:
        room = await of_roles("host", "guest")
        assert (await hms.post(f"{CODES}/{room['id']}/role/guest")).status_code == 200
        await set_roles(room["template_id"], "host")
        missing(await hms.post(f"{CODES}/{room['id']}/role/guest"), "Role")


@pytest.mark.parametrize("end", ["", "/role/host"])
class TestOfARoom:
    @pytest.mark.parametrize("id", [NOBODY, "x", NOBODY[:-1], f"{NOBODY}0", "%00", "null"])
    async def test_that_is_none(self, hms: httpx.AsyncClient, missing: Check, end: str, id: str) -> None:
        missing(await hms.post(f"{CODES}/{id}{end}"))

    async def test_that_is_disabled(
        self, hms: httpx.AsyncClient, create: Make, refused: Check, database: asyncpg.Connection, end: str
    ) -> None:
        room = await create(enabled=False)
        refused(await hms.post(f"{CODES}/{room['id']}{end}"), *DISABLED)
        assert await database.fetchval("SELECT count(*) FROM room_code") == 0

    async def test_of_another_api_has_codes_too(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, house: House, end: str
    ) -> None:
        opened = (await vcs.post("/api/realtime/room", json={})).json()["room"]["id"].removeprefix("RO-")
        for id in (ids.to_hex(UUID(opened)), (await house.meeting()).hex):
            answer = await hms.post(f"{CODES}/{id}{end}")
            assert answer.status_code == 200, answer.text
            assert CODE.search(answer.text)

    async def test_whose_time_is_over(
        self, hms: httpx.AsyncClient, create: Make, missing: Check, database: asyncpg.Connection, end: str
    ) -> None:
        room = await create()
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        missing(await hms.post(f"{CODES}/{room['id']}{end}"))


class TestTheMost:
    async def test_is_100_whatever_they_open(
        self, hms: httpx.AsyncClient, create: Make, put_codes: Put, alone: Check, every: Every
    ) -> None:
        room = await create()
        await put_codes(room, more=99, role="gone", enabled=False)
        assert (await hms.post(f"{CODES}/{room['id']}/role/host")).status_code == 200
        before = await every(room)
        for end in ("/role/guest", "/role/host", ""):
            alone(await hms.post(f"{CODES}/{room['id']}{end}"), FULL)
        assert await every(room) == before

    async def test_leaves_all_roles_without_one_or_none(
        self, hms: httpx.AsyncClient, create: Make, put_codes: Put, alone: Check, every: Every
    ) -> None:
        room = await create()
        await put_codes(room, more=99, role="gone")
        before = await every(room)
        alone(await hms.post(f"{CODES}/{room['id']}"), FULL)
        assert await every(room) == before  # nor is any disabled

    async def test_can_be_reached_by_all_roles(
        self, hms: httpx.AsyncClient, create: Make, put_codes: Put, every: Every, same: Check
    ) -> None:
        room = await create()
        await put_codes(room, "old-esto-nee", more=98)
        answer = await hms.post(f"{CODES}/{room['id']}")
        host, guest = answer.json()["data"]
        assert (host["code"], guest["role"]) == ("old-esto-nee", "guest")
        same(await hms.post(f"{CODES}/{room['id']}"), answer.json())
        codes = await every(room)
        assert (len(codes), codes[0]) == (100, guest)

    async def test_is_of_each_room(self, hms: httpx.AsyncClient, create: Make, put_codes: Put) -> None:
        full, other = await create(), await create()
        await put_codes(full, more=100)
        assert (await hms.post(f"{CODES}/{other['id']}/role/host")).status_code == 200
