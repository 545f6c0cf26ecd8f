"""Fetch rooms: the list, newest first, page by page."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
MakeMany = Callable[[int], Awaitable[list[Room]]]


async def page_after(vcs: httpx.AsyncClient, token: str | None, *, size: int) -> dict[str, Any]:
    answer = await vcs.get(ROOM, params={"numberOfRecords": size} | ({"token": token} if token else {}))
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def rest_of(vcs: httpx.AsyncClient, page: dict[str, Any], *, size: int) -> list[Room]:
    """Turn over every page behind this one, up to the empty one that ends it."""
    rooms: list[Room] = []
    for _ in range(20):
        if not page["data"]:
            return rooms
        page = await page_after(vcs, page["token"], size=size)
        assert len(page["data"]) <= size
        rooms += page["data"]
    pytest.fail("the pages never end")


class TestList:
    """GET /api/realtime/room."""

    async def test_without_rooms_is_an_empty_page_without_a_token(self, vcs: httpx.AsyncClient, same: Check) -> None:
        same(await vcs.get(ROOM), {"data": []})

    async def test_shows_whole_rooms_newest_first_and_a_token(
        self, vcs: httpx.AsyncClient, same: Check, create_rooms: MakeMany
    ) -> None:
        rooms = await create_rooms(3)
        answer = await vcs.get(ROOM)
        token = answer.json()["token"]
        same(answer, {"data": rooms[::-1], "token": token})
        assert isinstance(token, str)
        assert token

    @pytest.mark.parametrize("query", ["", "?numberOfRecords=", "?numberOfRecords", "?token=", "?x=1", "/"])
    async def test_shows_25_unless_told(self, vcs: httpx.AsyncClient, create_rooms: MakeMany, query: str) -> None:
        rooms = await create_rooms(26)
        assert (await vcs.get(f"{ROOM}{query}")).json()["data"] == rooms[:0:-1]

    async def test_shows_as_many_as_asked_for(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(102))[::-1]
        for size in (1, 2, 99, 100):
            assert (await page_after(vcs, None, size=size))["data"] == newest_first[:size]

    async def test_of_two_sizes_the_last_counts(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        await create_rooms(3)
        answer = await vcs.get(f"{ROOM}?numberOfRecords=0&numberOfRecords=2")
        assert len(answer.json()["data"]) == 2

    async def test_a_number_of_records_may_have_zeros_before_it(
        self, vcs: httpx.AsyncClient, create_rooms: Callable[[int], Awaitable[list[dict[str, Any]]]]
    ) -> None:
        await create_rooms(3)
        answer = await vcs.get(ROOM, params={"numberOfRecords": "0" * 5000 + "2"})
        assert len(answer.json()["data"]) == 2

    @pytest.mark.parametrize("size", ["0", "101", "-1", "2.5", "1e9", "abc", "NaN", "null", "true", "[5]"])
    async def test_refuses_another_number_of_records(self, vcs: httpx.AsyncClient, refused: Check, size: str) -> None:
        answer = await vcs.get(ROOM, params={"numberOfRecords": size})
        refused(answer, "BASE-00015", "numberOfRecords", 1, 100)

    @pytest.mark.parametrize(
        "size",
        [
            " ",
            " 5",
            "5 ",
            "5\n",
            "1_0",
            "0x5",
            "\u0665",
            "\uff15",
            "5\u0000",
            "\u0000",
            "2147483649",
            "18446744073709551617",
            pytest.param("9" * 5000, id="5000 digits"),
        ],
    )
    async def test_refuses_what_only_resembles_a_number_of_records(
        self, vcs: httpx.AsyncClient, refused: Check, size: str
    ) -> None:
        answer = await vcs.get(ROOM, params={"numberOfRecords": size})
        refused(answer, "BASE-00015", "numberOfRecords", 1, 100)


class TestPaging:
    """The `token` of a page leads to the rooms behind it, whatever happens in between."""

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
    async def test_every_room_is_on_one_page(self, vcs: httpx.AsyncClient, create_rooms: MakeMany, size: int) -> None:
        rooms = await create_rooms(7)
        page = await page_after(vcs, None, size=size)
        assert page["data"] + await rest_of(vcs, page, size=size) == rooms[::-1]

    async def test_a_full_last_page_has_a_token_and_the_page_behind_it_is_empty(
        self, vcs: httpx.AsyncClient, same: Check, create_rooms: MakeMany
    ) -> None:
        await create_rooms(2)
        page = await page_after(vcs, None, size=2)
        same(await vcs.get(ROOM, params={"token": page["token"]}), {"data": []})

    async def test_a_token_works_with_any_page_size(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(8))[::-1]
        page = await page_after(vcs, None, size=3)
        for size in (1, 2, 5, 100):
            assert (await page_after(vcs, page["token"], size=size))["data"] == newest_first[3 : 3 + size]

    async def test_a_token_without_a_size_shows_25(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(28))[::-1]
        page = await page_after(vcs, None, size=2)
        assert (await vcs.get(ROOM, params={"token": page["token"]})).json()["data"] == newest_first[2:27]

    async def test_a_token_works_as_often_as_wanted(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(3))[::-1]
        page = await page_after(vcs, None, size=1)
        pages = [await page_after(vcs, page["token"], size=2) for _ in range(3)]
        assert [page["data"] for page in pages] == [newest_first[1:]] * 3

    async def test_rooms_created_between_pages_shift_nothing(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany
    ) -> None:
        newest_first = (await create_rooms(6))[::-1]
        page = await page_after(vcs, None, size=2)
        await create_rooms(3)
        second = await page_after(vcs, page["token"], size=2)
        await create_rooms(1)
        assert second["data"] + await rest_of(vcs, second, size=2) == newest_first[2:]

    async def test_rooms_deleted_between_pages_hide_no_other(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany
    ) -> None:
        newest_first = (await create_rooms(8))[::-1]
        page = await page_after(vcs, None, size=3)
        for gone in (newest_first[0], newest_first[1], newest_first[4]):
            await vcs.delete(ROOM, params={"id": gone["id"]})
        assert await rest_of(vcs, page, size=2) == [newest_first[3], *newest_first[5:]]

    async def test_the_last_room_of_a_page_may_be_deleted_before_the_next_one_is_read(
        self, vcs: httpx.AsyncClient, create_rooms: MakeMany
    ) -> None:
        newest_first = (await create_rooms(5))[::-1]
        page = await page_after(vcs, None, size=2)
        for gone in newest_first[:2]:
            await vcs.delete(ROOM, params={"id": gone["id"]})
        assert await rest_of(vcs, page, size=2) == newest_first[2:]

    async def test_an_empty_page_ends_it_even_when_all_the_rest_was_deleted(
        self, vcs: httpx.AsyncClient, same: Check, create_rooms: MakeMany
    ) -> None:
        newest_first = (await create_rooms(3))[::-1]
        page = await page_after(vcs, None, size=2)
        await vcs.delete(ROOM, params={"id": newest_first[2]["id"]})
        same(await vcs.get(ROOM, params={"token": page["token"]}), {"data": []})

    async def test_of_two_tokens_the_last_counts(self, vcs: httpx.AsyncClient, create_rooms: MakeMany) -> None:
        newest_first = (await create_rooms(3))[::-1]
        page = await page_after(vcs, None, size=2)
        answer = await vcs.get(ROOM, params={"token": ["nonsense", page["token"]]})
        assert answer.json()["data"] == newest_first[2:]

    @pytest.mark.parametrize(
        "token",
        [
            "nonsense",
            "B53AF55E",
            "1",
            "null",
            " ",
            "%",
            "é😀",
            "\u0000",
            "\n",
            "RO-7403cb88-8e88-452a-8bb7-0923923348f7",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            pytest.param("A" * 10_000, id="10,000 characters"),
        ],
    )
    async def test_a_token_of_somebody_elses_making_is_refused(
        self, vcs: httpx.AsyncClient, refused: Check, create_rooms: MakeMany, token: str
    ) -> None:
        await create_rooms(1)
        refused(await vcs.get(ROOM, params={"token": token}), "REALTIME-00009", token)

    async def test_a_room_token_is_no_page_token(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make
    ) -> None:
        token = (await create_room())["token"]
        refused(await vcs.get(ROOM, params={"token": token}), "REALTIME-00009", token)

    async def test_a_token_with_any_one_character_changed_is_refused(
        self, vcs: httpx.AsyncClient, refused: Check, create_rooms: MakeMany
    ) -> None:
        await create_rooms(2)
        token = (await page_after(vcs, None, size=1))["token"]
        for place, character in enumerate(token):
            for other in {"A", "B", "0", "1", "a", "b"} - {character}:
                tampered = token[:place] + other + token[place + 1 :]
                refused(await vcs.get(ROOM, params={"token": tampered}), "REALTIME-00009", tampered)

    async def test_a_token_cut_or_lengthened_is_refused(
        self, vcs: httpx.AsyncClient, refused: Check, create_rooms: MakeMany
    ) -> None:
        await create_rooms(2)
        token = (await page_after(vcs, None, size=1))["token"]
        odd = [token[:-1], token[1:], token + "A", token + "=", token + " ", " " + token, token + "\n"]
        for tampered in [*odd, token * 2, token.swapcase()]:
            refused(await vcs.get(ROOM, params={"token": tampered}), "REALTIME-00009", tampered)
