"""Codes of rooms that are made at once, that are taken, and that go with their rooms."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from people import Waiting

from app.domain import ids, room_codes

CODES, KEYS = "/v2/room-codes/room", "/v2/stream-keys/room"
CODE = re.compile("[a-z]{3}-[a-z]{4}-[a-z]{3}")
FULL = "Room has as many room codes as a room can have: 100"
Check = Callable[..., None]
Room = dict[str, Any]
Code = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]
Posts = Callable[[Room, str, int], Awaitable[list[httpx.Response]]]
Every = Callable[[Room], Awaitable[list[Code]]]


def roles_of(codes: list[Code]) -> list[str]:
    return [code["role"] for code in codes]


class TestACodeThatIsTaken:
    async def test_is_drawn_again(
        self, hms: httpx.AsyncClient, create: Make, put_codes: Put, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other, room = await create(), await create()
        await put_codes(other, "tak-ennn-nnn")
        drawn = iter(["tak-ennn-nnn", "new-oneo-one", "new-oneo-one", "tak-ennn-nnn", "new-twot-two", "new-thre-eee"])
        monkeypatch.setattr(room_codes, "_draw", lambda: next(drawn))
        made = [(await hms.post(f"{CODES}/{room['id']}/role/host")).json()["code"]]
        codes = (await hms.post(f"{CODES}/{room['id']}")).json()["data"]
        assert made + [code["code"] for code in codes] == ["new-oneo-one", "new-oneo-one", "new-twot-two"]
        assert next(drawn) == "new-thre-eee"

    async def test_is_drawn_again_for_the_roles_that_lack_one(
        self, hms: httpx.AsyncClient, of_roles: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room = await of_roles("a", "b", "c")
        drawn = iter(["one-oneo-one", "one-oneo-one", "two-twot-two", "one-oneo-one", "thr-eeee-eee"])
        monkeypatch.setattr(room_codes, "_draw", lambda: next(drawn))
        codes = (await hms.post(f"{CODES}/{room['id']}")).json()["data"]
        assert {code["role"]: code["code"] for code in codes} == {
            "a": "one-oneo-one",
            "b": "thr-eeee-eee",
            "c": "two-twot-two",
        }

    async def test_is_one_of_many(self) -> None:
        drawn = {room_codes._draw() for _ in range(1000)}  # noqa: SLF001 - what chance has to do
        assert len(drawn) == 1000
        assert all(CODE.fullmatch(code) for code in drawn)
        assert {letter for code in drawn for letter in code} == set("abcdefghijklmnopqrstuvwxyz-")


class TestDeletion:
    async def test_of_a_room_takes_its_codes_and_keys_along(
        self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make, database: asyncpg.Connection
    ) -> None:
        room, other = await create(), await create()
        for each in (room, other):
            assert (await hms.post(f"{CODES}/{each['id']}")).status_code == 200
            assert (await hms.post(f"/v2/stream-keys/room/{each['id']}")).status_code == 200
        id = f"RO-{ids.from_hex(room['id'])}"
        assert (await vcs.delete("/api/realtime/room", params={"id": id})).status_code == 200
        left = await database.fetch(
            "SELECT conference_id FROM room_code UNION ALL SELECT conference_id FROM stream_key"
        )
        assert [ids.to_hex(row["conference_id"]) for row in left] == [other["id"]] * 3


@pytest.fixture
def all_at_once(hms: httpx.AsyncClient, database: asyncpg.Connection, waiting: Waiting) -> Posts:
    """Post as many times to a path of a room, which is held until some wait for it, each as far as it gets."""

    async def all_at_once(room: Room, path: str, count: int) -> list[httpx.Response]:
        async with database.transaction():
            await database.execute("SELECT FROM conference WHERE id = $1 FOR UPDATE", ids.from_hex(room["id"]))
            asked = [asyncio.create_task(hms.post(path)) for _ in range(count)]
            await waiting(min(count, 8))
        return await asyncio.gather(*asked)

    return all_at_once


class TestAtOnce:
    async def test_many_end_with_exactly_100(
        self, all_at_once: Posts, create: Make, put_codes: Put, alone: Check, every: Every
    ) -> None:
        room = await create()
        await put_codes(room, more=95)
        answers = await all_at_once(room, f"{CODES}/{room['id']}/role/guest", 30)
        made = [answer.json()["code"] for answer in answers if answer.status_code == 200]
        assert len(set(made)) == 5
        for answer in answers:
            if answer.status_code != 200:
                alone(answer, FULL)
        codes = await every(room)
        assert len(codes) == 100
        assert {code["code"] for code in codes if code["role"] == "guest"} == set(made)

    async def test_all_roles_have_one_code_each(self, all_at_once: Posts, of_roles: Make, every: Every) -> None:
        roles = [f"role {number}" for number in range(20)]
        room = await of_roles(*roles)
        answers = await all_at_once(room, f"{CODES}/{room['id']}", 8)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert roles_of(answers[0].json()["data"]) == roles
        assert sorted(roles_of(await every(room))) == sorted(roles)

    async def test_rooms_do_not_wait_for_each_other(
        self, hms: httpx.AsyncClient, create: Make, database: asyncpg.Connection
    ) -> None:
        held, free = await create(), await create()
        async with database.transaction():
            await database.execute("SELECT FROM conference WHERE id = $1 FOR UPDATE", ids.from_hex(held["id"]))
            waiting = asyncio.create_task(hms.post(f"{CODES}/{held['id']}"))
            assert (await hms.post(f"{CODES}/{free['id']}")).status_code == 200
            assert not waiting.done()
        assert (await waiting).status_code == 200

    async def test_a_room_that_is_deleted_has_none(
        self,
        hms: httpx.AsyncClient,
        create: Make,
        database: asyncpg.Connection,
        waiting: Waiting,
        missing: Check,
    ) -> None:
        room = await create()
        async with database.transaction():
            await database.execute("DELETE FROM conference")
            asked = [
                asyncio.create_task(hms.post(path))
                for path in (
                    f"{CODES}/{room['id']}",
                    f"{CODES}/{room['id']}/role/host",
                    f"/v2/stream-keys/room/{room['id']}",
                )
            ]
            await waiting(3)
        for answer in asked:
            missing(await answer)
