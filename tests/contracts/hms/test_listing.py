"""GET /v2/rooms: the envelope, `limit`, `start`, the order."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
LIMIT = "limit must be a whole number from 10 to 100"
START = "start must be 24 hex digits"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
MakeMany = Callable[[int], Awaitable[list[Room]]]


def page(rooms: list[Room], limit: int = 10) -> dict[str, Any]:
    """Return the whole envelope of these rooms."""
    return {"limit": limit, "data": rooms, "last": rooms[-1]["id"] if rooms else ""}


class TestList:
    async def test_without_rooms_is_an_empty_page_with_an_empty_last(self, hms: httpx.AsyncClient, same: Check) -> None:
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("path", [ROOMS, f"{ROOMS}/", "/api/v2/rooms", "/api/v2/rooms/"])
    async def test_shows_whole_rooms_newest_first_and_the_last_id(
        self, hms: httpx.AsyncClient, create: Make, same: Check, path: str
    ) -> None:
        """Row "order": newest first, by id."""
        rooms = [await create(size=1), await create(description="é😀"), await create(enabled=False)]
        same(await hms.get(path), {"limit": 10, "data": rooms[::-1], "last": rooms[0]["id"]})

    @pytest.mark.parametrize(
        "query",
        ["", "?", "?limit", "?limit=", "?start=", "?name=&enabled=&after=&before=&template_id=", "?x=1&&=", "?Limit=1"],
    )
    async def test_shows_10_unless_told(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check, query: str
    ) -> None:
        rooms = await create_rooms(11)
        same(await hms.get(f"{ROOMS}{query}"), page(rooms[:0:-1]))

    async def test_shows_as_many_as_asked_for_and_says_how_many_it_tried(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check
    ) -> None:
        newest_first = (await create_rooms(101))[::-1]
        for limit in (10, 11, 99, 100):
            same(await hms.get(ROOMS, params={"limit": limit}), page(newest_first[:limit], limit))

    @pytest.mark.parametrize("limit", [10, 55, 100])
    async def test_a_short_page_tells_the_limit_and_not_its_length(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check, limit: int
    ) -> None:
        rooms = await create_rooms(2)
        same(await hms.get(ROOMS, params={"limit": limit}), page(rooms[::-1], limit))

    async def test_of_two_limits_the_last_counts(self, hms: httpx.AsyncClient, same: Check, bad_query: Check) -> None:
        same(await hms.get(f"{ROOMS}?limit=9&limit=20"), page([], 20))
        same(await hms.get(f"{ROOMS}?limit=20&limit="), page([], 10))
        bad_query(await hms.get(f"{ROOMS}?limit=20&limit=9"), LIMIT)


class TestLimit:
    """Row "`limit` outside 10-100, not a number"."""

    async def test_is_refused(self, hms: httpx.AsyncClient, bad_query: Check, subtests: pytest.Subtests) -> None:
        for limit in (
            "9",
            "101",
            "0",
            "1",
            "-1",
            "-10",
            "200",
            "10.5",
            "10.0",
            "1e1",
            "abc",
            "NaN",
            "null",
            "true",
            "[10]",
            '"10"',
            " ",
            " 10",
            "10 ",
            "10\n",
            "+10",
            "1_0",
            "0x10",
            "\u0661\u0660",
            "\uff11\uff10",
            "10\u0000",
            "\u0000",
            "2147483658",
            "18446744073709551626",
            "9" * 5000,
        ):
            with subtests.test(repr(limit)[:60]):
                bad_query(await hms.get(ROOMS, params={"limit": limit}), LIMIT)


class TestStart:
    """`start` is the id of the last room of the page before; that room itself is not repeated."""

    async def test_shows_the_rooms_behind_it(self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check) -> None:
        rooms = (await create_rooms(4))[::-1]
        for number, room in enumerate(rooms, start=1):
            same(await hms.get(ROOMS, params={"start": room["id"]}), page(rooms[number:]))

    async def test_is_read_in_either_case(self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check) -> None:
        oldest, newest = await create_rooms(2)
        same(await hms.get(ROOMS, params={"start": newest["id"].upper()}), page([oldest]))

    async def test_of_no_room_still_marks_a_place(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check
    ) -> None:
        """Row "`start` not an id": an id that no longer exists still marks its place."""
        rooms = (await create_rooms(3))[::-1]
        behind_first = f"{int(rooms[0]['id'], 16) - 1:024x}"
        before_first = f"{int(rooms[0]['id'], 16) + 1:024x}"
        same(await hms.get(ROOMS, params={"start": behind_first}), page(rooms[1:]))
        same(await hms.get(ROOMS, params={"start": before_first}), page(rooms))
        same(await hms.get(ROOMS, params={"start": "f" * 24}), page(rooms))
        same(await hms.get(ROOMS, params={"start": "0" * 24}), page([]))

    async def test_that_is_no_id_is_refused(
        self, hms: httpx.AsyncClient, bad_query: Check, subtests: pytest.Subtests
    ) -> None:
        """Row "`start` not an id"."""
        for start in (
            "x",
            "1",
            "null",
            "0" * 23,
            "0" * 25,
            "0" * 23 + "g",
            " " + "0" * 23,
            "0" * 24 + "\n",
            "0" * 24 + " ",
            "0x" + "0" * 22,
            "\u0660" * 24,
            "\u0000" * 24,
            "00000000-0000-7000-8000-000000000000",
            "RO-00000000-0000-7000-8000-000000000000",
            "0" * 5000,
        ):
            with subtests.test(repr(start)[:60]):
                bad_query(await hms.get(ROOMS, params={"start": start}), START)

    async def test_of_two_the_last_counts(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check, bad_query: Check
    ) -> None:
        oldest, newest = await create_rooms(2)
        same(await hms.get(f"{ROOMS}?start=x&start={newest['id']}"), page([oldest]))
        bad_query(await hms.get(f"{ROOMS}?start={newest['id']}&start=x"), START)

    async def test_a_parameter_last_is_ignored(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check
    ) -> None:
        """Row "a query parameter `last`"."""
        rooms = (await create_rooms(2))[::-1]
        for last in (rooms[0]["id"], rooms[1]["id"], "x", ""):
            same(await hms.get(ROOMS, params={"last": last}), page(rooms))


class TestPaging:
    async def turn(self, hms: httpx.AsyncClient, limit: int, **filters: str) -> list[Room]:
        """Turn over every page as the SDK does: until one is shorter than `limit`, or `last` is empty."""
        rooms: list[Room] = []
        start: dict[str, str] = {}
        for _ in range(20):
            found = (await hms.get(ROOMS, params={"limit": limit, **start, **filters})).json()
            rooms += found["data"]
            if len(found["data"]) < limit or not found["last"]:
                return rooms
            assert found["last"] == found["data"][-1]["id"]
            start = {"start": found["last"]}
        pytest.fail("the pages never end")

    async def test_every_room_is_on_one_page(self, hms: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(40))[::-1]
        for limit in (10, 13, 20, 40, 41, 100):
            assert await self.turn(hms, limit) == newest_first

    async def test_a_full_last_page_is_followed_by_an_empty_one(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check
    ) -> None:
        rooms = (await create_rooms(10))[::-1]
        same(await hms.get(ROOMS), page(rooms))
        same(await hms.get(ROOMS, params={"start": rooms[-1]["id"]}), page([]))

    async def test_a_room_made_between_two_pages_shifts_no_other(
        self, hms: httpx.AsyncClient, create: Make, create_rooms: MakeMany, same: Check
    ) -> None:
        rooms = (await create_rooms(15))[::-1]
        first = (await hms.get(ROOMS)).json()
        await create(name="late")
        same(await hms.get(ROOMS, params={"start": first["last"]}), page(rooms[10:]))

    async def test_a_change_between_two_pages_shifts_no_room(
        self, hms: httpx.AsyncClient, create_rooms: MakeMany, same: Check
    ) -> None:
        rooms = (await create_rooms(15))[::-1]
        first = (await hms.get(ROOMS)).json()
        for room in (rooms[9], rooms[10]):
            await hms.post(f"{ROOMS}/{room['id']}", json={"enabled": False})
        rest = (await hms.get(ROOMS, params={"start": first["last"]})).json()["data"]
        assert [room["id"] for room in rest] == [room["id"] for room in rooms[10:]]

    async def test_filtered_pages_show_every_room_of_the_filter_once(
        self, hms: httpx.AsyncClient, create: Make
    ) -> None:
        rooms = [await create(enabled=number % 3 != 0) for number in range(35)][::-1]
        assert await self.turn(hms, 10, enabled="true") == [room for room in rooms if room["enabled"]]
        assert await self.turn(hms, 10, enabled="false") == [room for room in rooms if not room["enabled"]]
