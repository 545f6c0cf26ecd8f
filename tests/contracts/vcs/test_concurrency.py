"""Many at once: rooms created and deleted in parallel, keys revoked in between."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx

ROOM = "/api/realtime/room"
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


class TestParallel:
    async def test_creations_each_make_a_room_of_their_own(self, vcs: httpx.AsyncClient, create_room: Make) -> None:
        rooms = await asyncio.gather(*(create_room(name=f"Room {number}") for number in range(50)))
        listed = (await vcs.get(ROOM, params={"numberOfRecords": 100})).json()["data"]
        assert len(listed) == 50
        assert {room["id"]: room for room in listed} == {room["id"]: room for room in rooms}
        assert len({room["token"] for room in rooms}) == 50

    async def test_deletions_of_one_room_succeed_once(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check, create_room: Make
    ) -> None:
        room = await create_room(name="Room A")
        answers = await asyncio.gather(*(vcs.delete(ROOM, params={"id": room["id"]}) for _ in range(20)))
        first, *others = sorted(answers, key=lambda answer: answer.status_code)
        same(first, {"room": room})
        for other in others:
            refused(other, "REALTIME-00004", room["id"])

    async def test_readings_after_an_answer_see_what_it_told(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check, create_room: Make
    ) -> None:
        async def live(number: int) -> None:
            room = await create_room(name=f"Room {number}")
            path = f"{ROOM}/{room['id']}"
            same(await vcs.get(path), room)
            same(await vcs.delete(ROOM, params={"id": room["id"]}), {"room": room})
            refused(await vcs.get(path), "REALTIME-00004", room["id"])

        await asyncio.gather(*(live(number) for number in range(20)))

    async def test_pages_read_while_rooms_come_and_go_show_every_lasting_room_once(
        self, vcs: httpx.AsyncClient, create_room: Make
    ) -> None:
        lasting = {(await create_room())["id"] for _ in range(30)}
        done = asyncio.Event()

        async def come_and_go() -> None:
            while not done.is_set():
                room = await create_room(name="passing")
                await vcs.delete(ROOM, params={"id": room["id"]})

        async def turn_pages() -> list[str]:
            seen: list[str] = []
            page = (await vcs.get(ROOM, params={"numberOfRecords": 3})).json()
            while page["data"] and len(seen) < 100:
                seen += [room["id"] for room in page["data"] if "name" not in room]
                query = {"numberOfRecords": 3, "token": page["token"]}
                page = (await vcs.get(ROOM, params=query)).json()
            return seen

        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(turn_pages())
            reading.add_done_callback(lambda _: done.set())
            for _ in range(2):
                tasks.create_task(come_and_go())
        assert len(reading.result()) == 30
        assert set(reading.result()) == lasting


class TestRevocation:
    async def test_takes_effect_on_the_next_request(
        self,
        vcs: httpx.AsyncClient,
        refused: Check,
        create_room: Make,
        vcs_key: str,
        database: asyncpg.Connection,
    ) -> None:
        room = await create_room()
        await database.execute("DELETE FROM api_key")
        refused(await vcs.get(f"{ROOM}/{room['id']}"), "REALTIME-00009", vcs_key)
        refused(await vcs.get(ROOM), "REALTIME-00009", vcs_key)
        refused(await vcs.post(ROOM), "REALTIME-00009", vcs_key)
        refused(await vcs.delete(ROOM, params={"id": room["id"]}), "REALTIME-00009", vcs_key)
        refused(await vcs.post("/api/realtime/token", json={"token": room["token"]}), "REALTIME-00009", vcs_key)
        assert await database.fetchval("SELECT count(*) FROM conference") == 1
