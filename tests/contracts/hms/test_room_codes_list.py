"""GET /v2/room-codes/room/{room_id}: the envelope, `limit`, `start`, the order, the filters `role` and `enabled`."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

CODES = "/v2/room-codes/room"
NOBODY = "0123456789abcdef01234567"
LIMIT = "limit must be a whole number from 10 to 100"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]
Find = Callable[..., Awaitable[list[Room]]]


@pytest.fixture
async def room(create: Make) -> Room:
    return await create(name="room-a")


@pytest.fixture
def find(hms: httpx.AsyncClient, room: Room) -> Find:
    """Find the room's codes of these filters."""

    async def find(**filters: object) -> list[Room]:
        answer = await hms.get(f"{CODES}/{room['id']}", params=filters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert list(page) == ["limit", "data", "last"]
        found: list[Room] = page["data"]
        return found

    return find


class TestEnvelope:
    async def test_without_codes_is_an_empty_page(self, hms: httpx.AsyncClient, room: Room, same: Check) -> None:
        for path in (CODES, f"/api{CODES}"):
            for end in ("", "/", "?", "?limit=&start=&role=&enabled="):
                same(await hms.get(f"{path}/{room['id']}{end}"), {"limit": 10, "data": [], "last": ""})

    async def test_shows_whole_codes_newest_first_and_the_id_of_the_last(
        self, hms: httpx.AsyncClient, room: Room, same: Check, database: asyncpg.Connection
    ) -> None:
        made = [(await hms.post(f"{CODES}/{room['id']}/role/{role}")).json() for role in ("guest", "host", "guest")]
        page = (await hms.get(f"{CODES}/{room['id']}")).json()
        same(await hms.get(f"{CODES}/{room['id']}"), {"limit": 10, "data": made[::-1], "last": page["last"]})
        last = await hms.get(f"{CODES}/{room['id']}", params={"start": page["last"]})
        same(last, {"limit": 10, "data": [], "last": ""})
        assert int(page["last"], 16).bit_length() <= 96
        assert page["last"] not in str(made)

    async def test_leads_from_page_to_page_through_all(
        self, hms: httpx.AsyncClient, room: Room, create: Make, put_codes: Put, find: Find
    ) -> None:
        other = await create()
        for each in (other, room, other):
            await put_codes(each, more=25)
        every = await find(limit=100)
        assert len(every) == 25
        seen: list[Room] = []
        start = ""
        for size in (10, 10, 5, 0):
            page = (await hms.get(f"{CODES}/{room['id']}", params={"start": start})).json()
            assert (page["limit"], len(page["data"])) == (10, size)
            seen += page["data"]
            start = page["last"]
        assert seen == every
        assert start == ""

    async def test_begins_behind_an_id_that_was_never_there(
        self, hms: httpx.AsyncClient, room: Room, put_codes: Put, find: Find
    ) -> None:
        await put_codes(room, more=2)
        assert await find(start=room["id"]) == []  # it is older
        assert len(await find(start="f" * 24)) == 2

    @pytest.mark.parametrize("limit", [10, 11, 99, 100, "0010"])
    async def test_shows_as_many_as_asked_for(
        self, hms: httpx.AsyncClient, room: Room, put_codes: Put, limit: object
    ) -> None:
        await put_codes(room, more=100)
        page = (await hms.get(f"{CODES}/{room['id']}", params={"limit": limit})).json()
        assert page["limit"] == len(page["data"]) == int(str(limit))


class TestFilters:
    @pytest.fixture(autouse=True)
    async def four(self, room: Room, put_codes: Put) -> None:
        await put_codes(room, "hos-tonn-nnn")
        await put_codes(room, "hos-toff-fff", enabled=False)
        await put_codes(room, "gue-ston-nnn", role="guest")
        await put_codes(room, "old-role-eee", role="a role that is gone", enabled=False)

    @pytest.mark.parametrize(
        ("filters", "codes"),
        [
            ({"role": "host"}, ["hos-toff-fff", "hos-tonn-nnn"]),
            ({"role": "guest"}, ["gue-ston-nnn"]),
            ({"role": "a role that is gone"}, ["old-role-eee"]),
            ({"enabled": "true"}, ["gue-ston-nnn", "hos-tonn-nnn"]),
            ({"enabled": "FALSE"}, ["old-role-eee", "hos-toff-fff"]),
            ({"role": "host", "enabled": "false"}, ["hos-toff-fff"]),
            ({"role": "guest", "enabled": "false"}, []),
            ({"role": "a role that is gone", "enabled": "true"}, []),
            ({"role": "", "enabled": ""}, ["old-role-eee", "gue-ston-nnn", "hos-toff-fff", "hos-tonn-nnn"]),
        ],
        ids=str,
    )
    async def test_combine(self, find: Find, filters: dict[str, str], codes: list[str]) -> None:
        assert [code["code"] for code in await find(**filters)] == codes

    async def test_know_a_role_that_has_no_code_yet(self, hms: httpx.AsyncClient, create: Make, same: Check) -> None:
        answer = await hms.get(f"{CODES}/{(await create())['id']}", params={"role": "guest"})
        same(answer, {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("role", ["Host", "speaker", " ", "x" * 5000])
    async def test_miss_a_role_that_nobody_knows(
        self, hms: httpx.AsyncClient, room: Room, missing: Check, role: str
    ) -> None:
        missing(await hms.get(f"{CODES}/{room['id']}", params={"role": role}), "Role")

    async def test_miss_a_role_of_other_rooms(self, hms: httpx.AsyncClient, create: Make, missing: Check) -> None:
        answer = await hms.get(f"{CODES}/{(await create())['id']}", params={"role": "a role that is gone"})
        missing(answer, "Role")


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("limit=9", LIMIT),
            ("limit=101", LIMIT),
            ("limit=x", LIMIT),
            ("limit=-10", LIMIT),
            ("start=x", "start must be 24 hex digits"),
            ("start=hos-tonn-nnn", "start must be 24 hex digits"),
            ("enabled=1", "enabled must be true or false"),
            ("role=%00", "role must not contain NUL"),
        ],
    )
    async def test_of_a_query(
        self, hms: httpx.AsyncClient, room: Room, bad_query: Check, query: str, text: str
    ) -> None:
        for id in (room["id"], NOBODY):  # it is judged first
            bad_query(await hms.get(f"{CODES}/{id}?{query}"), text)

    @pytest.mark.parametrize("id", [NOBODY, "x", "%00"])
    async def test_of_a_room_that_is_none(self, hms: httpx.AsyncClient, missing: Check, id: str) -> None:
        for query in ("", "?role=host"):
            missing(await hms.get(f"{CODES}/{id}{query}"))

    async def test_of_a_room_that_is_disabled(self, hms: httpx.AsyncClient, create: Make, refused: Check) -> None:
        disabled = await create(enabled=False)
        for query in ("", "?role=host", "?role=speaker"):
            refused(await hms.get(f"{CODES}/{disabled['id']}{query}"), 403, "Room is disabled", "Room is disabled")

    async def test_of_a_room_whose_time_is_over(
        self, hms: httpx.AsyncClient, room: Room, missing: Check, database: asyncpg.Connection
    ) -> None:
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        missing(await hms.get(f"{CODES}/{room['id']}"))
