"""Many at once: one name is one room, a rename that collides is refused under a race too."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

ROOMS = "/v2/rooms"
TAKEN = "name is taken by another room"
MANY = 20
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
MakeMany = Callable[[int], Awaitable[list[Room]]]


async def every_room(hms: httpx.AsyncClient) -> list[Room]:
    listed: list[Room] = (await hms.get(ROOMS, params={"limit": 100})).json()["data"]
    return listed


class TestCreation:
    async def test_of_one_name_makes_one_room(self, hms: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(hms.post(ROOMS, json={"name": "room-a"}) for _ in range(MANY)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert [room["id"] for room in await every_room(hms)] == [answers[0].json()["id"]]

    async def test_of_one_name_in_many_cases_makes_one_room(self, hms: httpx.AsyncClient) -> None:
        spellings = [f"{number:05b}".replace("0", "a").replace("1", "A") for number in range(MANY)]
        answers = await asyncio.gather(*(hms.post(ROOMS, json={"name": name, "size": 7}) for name in spellings))
        assert {answer.status_code for answer in answers} == {200}
        [room] = await every_room(hms)
        assert {answer.json()["id"] for answer in answers} == {room["id"]}
        assert {answer.json()["name"] for answer in answers} == {room["name"]}
        assert room["name"] in spellings

    async def test_of_one_name_with_other_members_loses_none(self, hms: httpx.AsyncClient) -> None:
        members: list[Room] = [
            {"description": "x"},
            {"size": 5},
            {"region": "eu"},
            {"max_duration_seconds": 600},
            {"polls": []},
            {"webhook": {"url": "https://hooks.example"}},
            {"recording_info": {"enabled": True}},
            {"enabled": False},
        ]
        answers = await asyncio.gather(*(hms.post(ROOMS, json={"name": "room-a", **more}) for more in members))
        assert {answer.status_code for answer in answers} == {200}
        [room] = await every_room(hms)
        for more in members:
            assert room == room | more

    async def test_without_a_name_makes_as_many_rooms(self, hms: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(hms.post(ROOMS) for _ in range(50)))
        rooms = await every_room(hms)
        assert len({room["name"] for room in rooms}) == 50
        assert sorted((answer.json() for answer in answers), key=lambda room: room["id"], reverse=True) == rooms


class TestRename:
    async def test_of_many_rooms_onto_one_name_succeeds_once(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, bad_body: Check
    ) -> None:
        rooms = await create_rooms(MANY)
        answers = await asyncio.gather(
            *(hms.post(f"{ROOMS}/{room['id']}", json={"name": "one-name", "size": 9}) for room in rooms)
        )
        [winner] = [answer.json() for answer in answers if answer.status_code == 200]
        for answer in answers:
            if answer.status_code != 200:
                bad_body(answer, TAKEN)
        unchanged = [room for room in rooms if room["id"] != winner["id"]]
        listed = await every_room(hms)
        assert [room for room in listed if room["id"] != winner["id"]] == unchanged[::-1]
        assert winner in listed

    async def test_against_a_creation_leaves_one_room_of_the_name(self, hms: httpx.AsyncClient, create: Make) -> None:
        for number in range(MANY):
            name = f"contested-{number}"
            room = await create()
            renamed, created = await asyncio.gather(
                hms.post(f"{ROOMS}/{room['id']}", json={"name": name}), hms.post(ROOMS, json={"name": name.upper()})
            )
            assert created.status_code == 200
            assert renamed.status_code in {200, 400}
            [found] = (await hms.get(ROOMS, params={"name": name})).json()["data"]
            assert created.json()["id"] == found["id"]
            assert (renamed.status_code == 200) == (found["id"] == room["id"])

    async def test_crosswise_never_gives_a_name_twice(self, hms: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        rooms = await create_rooms(2)
        for _ in range(4):
            answers = await asyncio.gather(
                *(
                    hms.post(f"{ROOMS}/{room['id']}", json={"name": name})
                    for room in rooms
                    for name in ("room-0", "room-1", "room-2")
                )
            )
            assert {answer.status_code for answer in answers} <= {200, 400}
            listed = await every_room(hms)
            assert len({room["name"] for room in listed}) == 2

    async def test_of_one_room_onto_many_names_ends_with_one_of_them(
        self, hms: httpx.AsyncClient, create: Make
    ) -> None:
        room = await create(name="room-a")
        names = [f"name-{number}" for number in range(MANY)]
        answers = await asyncio.gather(*(hms.post(f"{ROOMS}/{room['id']}", json={"name": name}) for name in names))
        assert [answer.json()["name"] for answer in answers] == names
        [found] = await every_room(hms)
        assert found["name"] in names
        for name in names:
            held = (await hms.get(ROOMS, params={"name": name})).json()["data"]
            assert held == ([found] if name == found["name"] else [])


class TestChanges:
    async def test_of_other_members_lose_none(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a")
        members: list[Room] = [{"description": "x"}, {"size": 5}, {"region": "eu"}, {"enabled": False}, {"polls": []}]
        answers = await asyncio.gather(*(hms.post(f"{ROOMS}/{room['id']}", json=more) for more in members))
        assert {answer.status_code for answer in answers} == {200}
        [found] = await every_room(hms)
        for more in members:
            assert found == found | more

    async def test_large_room_and_size_never_contradict_each_other(self, hms: httpx.AsyncClient, create: Make) -> None:
        """Row "clearing `large_room` while `size` is above 2500", under a race."""
        for _ in range(MANY):
            room = await create(large_room=True, size=2500)
            path = f"{ROOMS}/{room['id']}"
            await asyncio.gather(hms.post(path, json={"large_room": False}), hms.post(path, json={"size": 20000}))
            found = (await hms.get(path)).json()
            assert found["large_room"] or found["size"] <= 2500

    async def test_readings_after_an_answer_see_what_it_told(self, hms: httpx.AsyncClient) -> None:
        async def live(number: int) -> None:
            room = (await hms.post(ROOMS, json={"name": f"room-{number}"})).json()
            path = f"{ROOMS}/{room['id']}"
            assert (await hms.get(path)).json() == room
            changed = (await hms.post(path, json={"size": number})).json()
            assert (await hms.get(path)).json() == changed
            assert (await hms.get(ROOMS, params={"name": f"ROOM-{number}"})).json()["data"] == [changed]

        await asyncio.gather(*(live(number) for number in range(MANY)))

    async def test_pages_read_while_rooms_come_show_every_older_room_once(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany
    ) -> None:
        older = {room["id"] for room in await create_rooms(35)}
        done = asyncio.Event()

        async def come() -> None:
            while not done.is_set():
                await hms.post(ROOMS)

        async def turn_pages() -> list[str]:
            seen: list[str] = []
            page = (await hms.get(ROOMS)).json()
            while page["data"]:
                seen += [room["id"] for room in page["data"]]
                page = (await hms.get(ROOMS, params={"start": page["last"]})).json()
            return seen

        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(turn_pages())
            reading.add_done_callback(lambda _: done.set())
            tasks.create_task(come())
        seen = reading.result()
        assert len(seen) == len(set(seen))
        assert older <= set(seen)


class TestRevocation:
    @pytest.mark.parametrize(
        ("method", "path"), [("GET", ROOMS), ("GET", f"{ROOMS}/{{id}}"), ("POST", ROOMS), ("POST", f"{ROOMS}/{{id}}")]
    )
    async def test_takes_effect_on_the_next_request(
        self,
        hms: httpx.AsyncClient,
        create: Make,
        unauthorized: Check,
        database: asyncpg.Connection,
        *,
        method: str,
        path: str,
    ) -> None:
        room = await create(name="room-a")
        await database.execute("DELETE FROM api_key")
        unauthorized(await hms.request(method, path.format(id=room["id"])), "not found")
        assert await database.fetchval("SELECT count(*) FROM conference") == 1
