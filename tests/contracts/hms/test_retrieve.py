"""GET /v2/rooms/{room_id}, and by name."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

ROOMS = "/v2/rooms"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]


class TestById:
    @pytest.mark.parametrize("spelling", ["/v2/rooms/{}", "/v2/rooms/{}/", "/api/v2/rooms/{}", "/api/v2/rooms/{}/"])
    async def test_answers_the_room_as_it_was_made(
        self, hms: httpx.AsyncClient, create: Make, same: Check, spelling: str
    ) -> None:
        room = await create(name="room-a", description="é😀", size=5, polls=[])
        same(await hms.get(spelling.format(room["id"])), room)
        same(await hms.get(spelling.format(room["id"].upper())), room)

    async def test_ignores_body_query_and_content_type(self, hms: httpx.AsyncClient, create: Make, same: Check) -> None:
        room = await create()
        path = f"{ROOMS}/{room['id']}"
        same(await hms.get(path, params={"limit": "x", "name": "other"}), room)
        same(await hms.get(path, headers={"Content-Type": "application/json"}), room)
        same(await hms.request("GET", path, content=b"{", headers={"Content-Type": "text/plain"}), room)

    async def test_an_unknown_room_is_not_found(
        self, hms: httpx.AsyncClient, missing: Check, subtests: pytest.Subtests
    ) -> None:
        """Row "missing objects"."""
        for unknown in (
            "0" * 24,
            "f" * 24,
            "0123456789abcdef01234567",
            "FFFFFFFFFFFFFFFFFFFFFFFE",
        ):
            with subtests.test(repr(unknown)[:60]):
                for method in ("GET", "POST"):
                    missing(await hms.request(method, f"{ROOMS}/{unknown}"))

    async def test_what_cannot_be_an_id_is_not_found(
        self, hms: httpx.AsyncClient, create: Make, missing: Check, subtests: pytest.Subtests
    ) -> None:
        """Row "id that is not 24 hex digits, in a path"."""
        for spelling in (
            "nonsense",
            "1",
            "-1",
            "null",
            "{name}",
            "{id}0",
            "0{id}",
            "{short}",
            "{short}g",
            "0x{short}",
            "%20{id}",
            "{id}%20",
            "{id}%0A",
            "{id}%00",
            "+{short}",
            "{uuid}",
            "RO-{uuid}",
            "{hex}",
            "RO-{id}",
            "%0A",
            "%00",
            "%20",
            "%2E%2E",
            "%25",
            "*",
            "%C3%A9%F0%9F%98%80",
            "%D9%A1" * 24,
            "%FF",
            "%ED%A0%80",
            "9" * 10_000,
        ):
            with subtests.test(repr(spelling)[:60]):
                for method in ("GET", "POST"):
                    id = (await create(name="room-a"))["id"]
                    number = int(id, 16)
                    uuid = UUID(
                        int=number >> 48 << 80
                        | 7 << 76
                        | (number >> 36 & 0xFFF) << 64
                        | 2 << 62
                        | (number & 2**36 - 1) << 26
                    )
                    odd = spelling.format(id=id, short=id[:-1], name="room-a", uuid=uuid, hex=uuid.hex)
                    missing(await hms.request(method, f"{ROOMS}/{odd}"))

    async def test_head_has_the_same_headers_and_no_body(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(description="Zoë")
        for path in (f"{ROOMS}/{room['id']}", f"{ROOMS}/{'f' * 24}", f"{ROOMS}/x", ROOMS, f"{ROOMS}?limit=1"):
            get, head = await hms.get(path), await hms.head(path)
            assert head.content == b""
            assert head.status_code == get.status_code
            assert head.headers["content-length"] == str(len(get.content))
            assert head.headers["content-type"] == "application/json"
            assert set(head.headers) == set(get.headers)


class TestByName:
    """GET /v2/rooms?name=, as the SDK's `retrieveByName` asks."""

    @pytest.mark.parametrize("name", ["Room-A.1:b_C", "room-a.1:B_c", "ROOM-A.1:B_C"])
    async def test_finds_the_name_in_any_case(
        self, hms: httpx.AsyncClient, create: Make, same: Check, name: str
    ) -> None:
        room = await create(name="Room-A.1:b_C")
        await create(name="other")
        same(await hms.get(ROOMS, params={"name": name}), {"limit": 10, "data": [room], "last": room["id"]})

    async def test_finds_nothing_by_another(
        self, hms: httpx.AsyncClient, create: Make, same: Check, subtests: pytest.Subtests
    ) -> None:
        for name in (
            "room",
            "room-",
            "oom-a",
            "room-a ",
            " room-a",
            "room%",
            "room_a",
            "room.a",
            "room-ab",
            "*",
            "%",
            "\n",
            "é😀",
            "\uff52oom-a",
        ):
            with subtests.test(repr(name)[:60]):
                await create(name="room-a")
                same(await hms.get(ROOMS, params={"name": name}), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("name", ["x" * 256, "x" * 8000])
    async def test_a_name_that_no_room_can_have(self, hms: httpx.AsyncClient, same: Check, name: str) -> None:
        same(await hms.get(ROOMS, params={"name": name}), {"limit": 10, "data": [], "last": ""})

    async def test_nul_is_refused(self, hms: httpx.AsyncClient, bad_query: Check) -> None:
        bad_query(await hms.get(f"{ROOMS}?name=a%00"), "name must not contain NUL")
