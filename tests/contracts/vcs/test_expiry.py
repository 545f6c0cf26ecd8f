"""Lifetimes: a room ends after roomTTLSeconds, a room token is replaced after roomTokenTTLSeconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx

ROOM = "/api/realtime/room"
DAY = 86400
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
MakeMany = Callable[[int], Awaitable[list[Room]]]
Age = Callable[..., Awaitable[None]]


class TestRoomTTL:
    """A room older than `roomTTLSeconds` no longer exists for any call."""

    async def test_an_expired_room_cannot_be_fetched(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, age: Age
    ) -> None:
        room = await create_room()
        await age(room, seconds=DAY + 1)
        refused(await vcs.get(f"{ROOM}/{room['id']}"), "REALTIME-00004", room["id"])
        assert (await vcs.head(f"{ROOM}/{room['id']}")).status_code == 400

    async def test_an_expired_room_is_not_listed(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany, age: Age
    ) -> None:
        oldest, expired, newest = await create_rooms(3)
        await age(expired, seconds=DAY + 1)
        assert (await vcs.get(ROOM)).json()["data"] == [newest, oldest]

    async def test_an_expired_room_takes_no_place_on_a_page(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany, age: Age
    ) -> None:
        oldest, second, third, newest = await create_rooms(4)
        await age(second, seconds=DAY + 1)
        await age(third, seconds=DAY + 1)
        page = (await vcs.get(ROOM, params={"numberOfRecords": 2})).json()
        assert page["data"] == [newest, oldest]

    async def test_a_room_that_expires_between_pages_hides_no_other(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany, age: Age
    ) -> None:
        newest_first = (await create_rooms(5))[::-1]
        page = (await vcs.get(ROOM, params={"numberOfRecords": 2})).json()
        await age(newest_first[1], seconds=DAY + 1)
        await age(newest_first[2], seconds=DAY + 1)
        rest = (await vcs.get(ROOM, params={"token": page["token"]})).json()
        assert rest["data"] == newest_first[3:]

    async def test_a_list_of_expired_rooms_only_is_empty(
        self, vcs: httpx.AsyncClient, same: Check, create_rooms: MakeMany, age: Age
    ) -> None:
        for room in await create_rooms(2):
            await age(room, seconds=DAY + 1)
        same(await vcs.get(ROOM), {"data": []})

    async def test_an_expired_room_cannot_be_deleted(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, age: Age
    ) -> None:
        room = await create_room()
        await age(room, seconds=DAY + 1)
        refused(await vcs.delete(ROOM, params={"id": room["id"]}), "REALTIME-00004", room["id"])

    async def test_the_token_of_an_expired_room_opens_nothing(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, age: Age
    ) -> None:
        token = (room := await create_room())["token"]
        await age(room, seconds=DAY + 1)
        answer = await vcs.post("/api/realtime/token", json={"token": token})
        refused(answer, "REALTIME-00009", token)

    async def test_a_room_lives_to_its_last_minute(self, vcs: httpx.AsyncClient, create_room: Make, age: Age) -> None:
        room = await create_room()
        await age(room, seconds=DAY - 60)
        assert (await vcs.get(f"{ROOM}/{room['id']}")).status_code == 200
        assert [listed["id"] for listed in (await vcs.get(ROOM)).json()["data"]] == [room["id"]]
        assert (await vcs.delete(ROOM, params={"id": room["id"]})).status_code == 200

    async def test_a_room_without_an_end_stays(
        self, vcs: httpx.AsyncClient, create_room: Make, age: Age, database: asyncpg.Connection
    ) -> None:
        room = await create_room()
        await age(room, seconds=100 * DAY)
        await database.execute(
            "UPDATE conference SET expires_at = NULL WHERE id = $1", UUID(room["id"].removeprefix("RO-"))
        )
        fetched = await vcs.get(f"{ROOM}/{room['id']}")
        assert fetched.json()["creationTime"] == room["creationTime"] - 100 * DAY * 1000
        assert (await vcs.get(ROOM)).json()["data"] == [fetched.json()]


class TestRoomTokenTTL:
    """Reading a room whose token has expired shows a fresh one."""

    async def test_a_room_token_stays_the_same_and_valid_to_its_last_minute(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make, age_token: Age
    ) -> None:
        await age_token(room := await create_room(), seconds=DAY - 60)
        shown = (await vcs.get(f"{ROOM}/{room['id']}")).json()
        assert (await vcs.get(ROOM)).json()["data"] == [shown]
        same(await vcs.post("/api/realtime/token", json={"token": shown["token"]}), {"room": shown})

    async def test_after_it_every_call_shows_the_same_fresh_token_and_the_expired_one_opens_nothing(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check, create_room: Make, age_token: Age
    ) -> None:
        await age_token(room := await create_room(), seconds=DAY - 4)
        before = (await vcs.get(f"{ROOM}/{room['id']}")).json()
        await asyncio.sleep(4.1)

        after = await vcs.get(f"{ROOM}/{room['id']}")
        fresh = before | {"token": after.json()["token"]}
        assert fresh["token"] != before["token"]
        same(after, fresh)
        assert (await vcs.get(ROOM)).json()["data"] == [fresh]

        expired = await vcs.post("/api/realtime/token", json={"token": before["token"]})
        refused(expired, "REALTIME-00009", before["token"])
        same(await vcs.post("/api/realtime/token", json={"token": fresh["token"]}), {"room": fresh})
        same(await vcs.delete(ROOM, params={"id": room["id"]}), {"room": fresh})
