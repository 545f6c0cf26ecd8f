"""POST /v2/room-codes/code: a code is disabled, and enabled again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

CHANGE, CODES = "/v2/room-codes/code", "/v2/room-codes/room"
UNKNOWN = "body has a member that is unknown"
GONE = (403, "Role of the room code does not exist", "Role of the room code does not exist")
Check = Callable[..., None]
Room = dict[str, Any]
Code = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]


@pytest.fixture
async def room(create: Make) -> Room:
    return await create(name="room-a")


@pytest.fixture
async def code(hms: httpx.AsyncClient, room: Room) -> Code:
    """One of the room's, which has others."""
    made: list[Code] = (await hms.post(f"{CODES}/{room['id']}")).json()["data"]
    await asyncio.sleep(0.002)
    return made[0]


class TestAChange:
    async def test_is_shown_whole_and_kept(self, hms: httpx.AsyncClient, room: Room, code: Code, same: Check) -> None:
        before = (await hms.get(f"{CODES}/{room['id']}")).json()
        off = await hms.post(CHANGE, json={"code": code["code"], "enabled": False})
        same(off, code | {"enabled": False, "updated_at": off.json()["updated_at"]})
        assert datetime.fromisoformat(off.json()["updated_at"]) > datetime.fromisoformat(code["updated_at"])
        same(await hms.get(f"{CODES}/{room['id']}"), before | {"data": [before["data"][0], off.json()]})
        await asyncio.sleep(0.002)
        on = await hms.post(f"/api{CHANGE}/", json={"enabled": True, "code": code["code"]})
        same(on, code | {"updated_at": on.json()["updated_at"]})
        assert datetime.fromisoformat(on.json()["updated_at"]) > datetime.fromisoformat(off.json()["updated_at"])

    async def test_to_what_it_is_changes_nothing(self, hms: httpx.AsyncClient, code: Code, same: Check) -> None:
        same(await hms.post(CHANGE, json={"code": code["code"], "enabled": True}), code)
        off = (await hms.post(CHANGE, json={"code": code["code"], "enabled": False})).json()
        await asyncio.sleep(0.002)
        same(await hms.post(CHANGE, json={"code": code["code"], "enabled": False}), off)

    async def test_is_possible_in_a_disabled_room(self, hms: httpx.AsyncClient, room: Room, code: Code) -> None:
        assert (await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": False})).status_code == 200
        for enabled in (False, True):
            answer = await hms.post(CHANGE, json={"code": code["code"], "enabled": enabled})
            assert (answer.status_code, answer.json()["enabled"]) == (200, enabled)

    async def test_of_a_role_that_is_gone_can_only_disable(
        self, hms: httpx.AsyncClient, of_roles: Make, set_roles: Put, same: Check, refused: Check
    ) -> None:
        room = await of_roles("host", "guest")
        guest = (await hms.post(f"{CODES}/{room['id']}")).json()["data"][1]
        await set_roles(room["template_id"], "host")
        enable, disable = ({"code": guest["code"], "enabled": enabled} for enabled in (True, False))
        refused(await hms.post(CHANGE, json=enable), *GONE)
        off = await hms.post(CHANGE, json=disable)
        same(off, guest | {"enabled": False, "updated_at": off.json()["updated_at"]})
        refused(await hms.post(CHANGE, json=enable), *GONE)
        same(await hms.post(CHANGE, json=disable), off.json())
        await set_roles(room["template_id"], "guest")
        assert (await hms.post(CHANGE, json=enable)).json()["enabled"] is True


class TestABody:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({}, "code is required"),
            ({"code": None, "enabled": True}, "code is required"),
            ({"enabled": True}, "code is required"),
            ({"code": "abc-defg-hij"}, "enabled is required"),
            ({"code": "abc-defg-hij", "enabled": None}, "enabled is required"),
            ({"code": 1, "enabled": True}, "code must be a string"),
            ({"code": ["abc-defg-hij"], "enabled": True}, "code must be a string"),
            ({"code": "abc-defg-hi\0", "enabled": True}, "code must not contain NUL"),
            *(
                ({"code": "abc-defg-hij", "enabled": value}, "enabled must be a boolean")
                for value in ("true", "", 1, 0, 1.0, [], {}, [True])
            ),
            ({"code": "abc-defg-hij", "enabled": True, "role": "host"}, UNKNOWN),
            ({"code": "abc-defg-hij", "enabled": True, "x": None}, UNKNOWN),
            ({"code": "abc-defg-hij", "enabled": True, "Enabled": True}, UNKNOWN),
            ({"code": "abc-defg-hij", "enabled": True, "": 1}, UNKNOWN),
        ],
        ids=str,
    )
    async def test_that_is_wrong(
        self, hms: httpx.AsyncClient, bad_body: Check, put_codes: Put, room: Room, *, body: Room, text: str
    ) -> None:
        await put_codes(room, "abc-defg-hij", enabled=False)
        bad_body(await hms.post(CHANGE, json=body), text)
        assert [each["enabled"] for each in (await hms.get(f"{CODES}/{room['id']}")).json()["data"]] == [False]

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"true", b"code=abc-defg-hij", b'"abc-defg-hij"'])
    async def test_that_is_no_object(self, hms: httpx.AsyncClient, bad_body: Check, content: bytes) -> None:
        text = "body is not a JSON object" if content else "code is required"
        bad_body(await hms.post(CHANGE, content=content), text)

    async def test_of_any_type(self, hms: httpx.AsyncClient, code: Code) -> None:
        content = b'{"code":"%s","enabled":false}' % code["code"].encode()
        for media_type in ("text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""):
            answer = await hms.post(CHANGE, content=content, headers={"Content-Type": media_type})
            assert (answer.status_code, answer.json()["enabled"]) == (200, False)

    async def test_that_is_too_large(self, hms: httpx.AsyncClient, refused: Check) -> None:
        answer = await hms.post(CHANGE, content=b" " * (2**20 + 1))
        refused(answer, 413, "Payload Too Large", "body is larger than 1 MiB")


class TestACode:
    @pytest.mark.parametrize(
        "text", ["aaa-aaaa-aaa", "", " ", "ABC-DEFG-HIJ", "abcdefghij", "abc-defg-hij ", "ąbc-defg-hij", "x" * 100_000]
    )
    async def test_that_is_none(
        self, hms: httpx.AsyncClient, room: Room, put_codes: Put, missing: Check, text: str
    ) -> None:
        await put_codes(room, "abc-defg-hij")
        for enabled in (True, False):
            missing(await hms.post(CHANGE, json={"code": text, "enabled": enabled}), "Room code")

    async def test_of_a_room_whose_time_is_over(
        self, hms: httpx.AsyncClient, code: Code, missing: Check, database: asyncpg.Connection
    ) -> None:
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        for enabled in (True, False):
            missing(await hms.post(CHANGE, json={"code": code["code"], "enabled": enabled}), "Room code")


async def test_changes_at_once_are_each_told_as_they_were_done(hms: httpx.AsyncClient, room: Room, code: Code) -> None:
    changes = [{"code": code["code"], "enabled": number % 2 == 0} for number in range(10)]
    answers = await asyncio.gather(
        *(hms.post(CHANGE, json=change) for change in changes), *(hms.post(f"{CODES}/{room['id']}") for _ in range(5))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["enabled"] for answer in answers[:10]] == [change["enabled"] for change in changes]
