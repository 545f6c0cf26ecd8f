"""What each member may be: the limits from both sides, other types, null; whichever call brings it."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Send = Callable[..., Awaitable[httpx.Response]]

TEXTS: list[object] = ["", "x"]
NUMBERS: list[object] = [0, 1, -1, 1.5]
FLAGS: list[object] = [True, False]
LISTS: list[object] = [[], ["x"]]
OBJECTS: list[object] = [{}, {"x": 1}]
#: What each member must be, and what it must not.
TYPES: dict[str, tuple[str, list[object]]] = {
    "description": ("a string", NUMBERS + FLAGS + LISTS + OBJECTS),
    "region": ("a string", NUMBERS + FLAGS + LISTS + OBJECTS),
    "large_room": ("a boolean", [*NUMBERS, "true", "", *LISTS, *OBJECTS]),
    "enabled": ("a boolean", [*NUMBERS, "true", "", *LISTS, *OBJECTS]),
    "active": ("a boolean", [*NUMBERS, "true", "", *LISTS, *OBJECTS]),
    "size": ("an integer", [1.5, 0.1, "100", "", *FLAGS, *LISTS, *OBJECTS]),
    "max_duration_seconds": ("an integer", [120.5, "120", "", *FLAGS, *LISTS, *OBJECTS]),
    "recording_info": ("an object", TEXTS + NUMBERS + FLAGS + LISTS),
    "webhook": ("an object", TEXTS + NUMBERS + FLAGS + LISTS),
    "polls": ("an array", TEXTS + NUMBERS + FLAGS + OBJECTS),
}


class TestTypes:
    @pytest.mark.parametrize("member", TYPES)
    async def test_another_type_is_refused_and_nothing_is_done(
        self, hms: httpx.AsyncClient, ways: list[Send], bad_body: Check, same: Check, member: str
    ) -> None:
        for send in ways:
            before = (await hms.get(ROOMS)).json()
            kind, others = TYPES[member]
            for value in others:
                bad_body(await send(**{member: value}), f"{member} must be {kind}")
            same(await hms.get(ROOMS), before)

    @pytest.mark.parametrize("member", ["template", "template_id"])
    async def test_another_type_of_template_is_refused(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, member: str
    ) -> None:
        for value in (0, 1.5, True, [], ["x"], {}):
            bad_body(await hms.post(ROOMS, json={member: value}), f"{member} must be a string")
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("text", ["\u0000", "a\u0000b"])
    async def test_nul_is_refused(self, ways: list[Send], bad_body: Check, text: str) -> None:
        for send in ways:
            bad_body(await send(description=text), "description must not contain NUL")

    async def test_nul_is_refused_in_the_name_of_a_template(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        for text in ("\u0000", "a\u0000b"):
            bad_body(await hms.post(ROOMS, json={"template": text}), "template must not contain NUL")

    @pytest.mark.usefixtures("polls")
    @pytest.mark.parametrize("member", [*TYPES, "name"])
    async def test_null_counts_as_absent(self, hms: httpx.AsyncClient, same: Check, create: Make, member: str) -> None:
        room = await create(
            name="room-a",
            description="text",
            region="us",
            large_room=True,
            size=3000,
            max_duration_seconds=600,
            polls=["64a5f5a6b9a7a8c1d2e3f405"],
            webhook={"url": "https://hooks.example"},
            recording_info={"enabled": True},
            enabled=False,
        )
        same(await hms.post(f"{ROOMS}/{room['id']}", json={member: None}), room)
        if member != "name":
            same(await hms.post(ROOMS, json={"name": "room-a", member: None}), room)
        same(await hms.get(f"{ROOMS}/{room['id']}"), room)

    async def test_only_one_fault_is_told(self, ways: list[Send], bad_body: Check) -> None:
        for send in ways:
            answer = await send(description=1, size="x", polls=1, webhook=1, region=1)
            assert len(answer.json()["details"]) == 1
            bad_body(answer, answer.json()["details"][0].removeprefix("Invalid body param: "))

    async def test_unknown_members_are_ignored_whatever_they_are(self, ways: list[Send]) -> None:
        for send in ways:
            for value in (None, True, 1, "x\u0000", [], {"\u0000": 1}):
                answer = await send(unknown=value, Description="x", SIZE=-1)
                assert answer.status_code == 200, answer.text
                assert answer.json()["description"] == ""

    async def test_a_whole_number_is_an_integer_however_it_is_spelled(self, ways: list[Send]) -> None:
        for send in ways:
            for size, max_duration_seconds in ((5, 600), (5.0, 6e2), (5e0, 600.0)):
                answer = await send(size=size, max_duration_seconds=max_duration_seconds)
                assert '"size":5,"max_duration_seconds":600,' in answer.text


class TestSize:
    """0 to 2500, and to 20000 in a large room."""

    NEGATIVE = "room size less than 0"
    OVER_2500 = "room size greater than 2500, set large_room flag as true"
    OVER_20000 = "room size greater than 20000"

    async def test_to_2500_in_any_room(self, ways: list[Send], subtests: pytest.Subtests) -> None:
        for size in (
            0,
            1,
            2499,
            2500,
        ):
            with subtests.test(repr(size)[:60]):
                for send in ways:
                    for large in (False, True, False, None):
                        room = (await send(size=size, large_room=large)).json()
                        assert (room["size"], room["large_room"]) == (size, large or False)

    async def test_to_20000_in_a_large_room(self, ways: list[Send], subtests: pytest.Subtests) -> None:
        for size in (
            2501,
            19999,
            20000,
        ):
            with subtests.test(repr(size)[:60]):
                for send in ways:
                    room = (await send(size=size, large_room=True)).json()
                    assert (room["size"], room["large_room"]) == (size, True)

    async def test_over_2500_in_another_room(
        self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests
    ) -> None:
        for size in (
            2501,
            19999,
            20000,
        ):
            with subtests.test(repr(size)[:60]):
                for send in ways:
                    bad_body(await send(size=size), self.OVER_2500)
                    bad_body(await send(size=size, large_room=None), self.OVER_2500)
                    bad_body(await send(size=size, large_room=False), self.OVER_2500)

    async def test_over_20000(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for size in (
            20001,
            2**31 - 1,
            2**31,
            2**63,
            2**64,
            10**30,
        ):
            with subtests.test(repr(size)[:60]):
                for send in ways:
                    bad_body(await send(size=size), self.OVER_20000)
                    bad_body(await send(size=size, large_room=True), self.OVER_20000)

    async def test_below_0(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for size in (
            -1,
            -2500,
            -(2**31) - 1,
            -(10**30),
        ):
            with subtests.test(repr(size)[:60]):
                for send in ways:
                    bad_body(await send(size=size), self.NEGATIVE)
                    bad_body(await send(size=size, large_room=True), self.NEGATIVE)

    async def test_refused_changes_nothing(self, hms: httpx.AsyncClient, ways: list[Send], same: Check) -> None:
        for send in ways:
            before = (await hms.get(ROOMS)).json()
            for size in (-1, 2501, 20001):
                assert (await send(size=size, description="x")).status_code == 400
            same(await hms.get(ROOMS), before)

    async def test_is_there_only_when_set(self, ways: list[Send]) -> None:
        for send in ways:
            room = (await send(large_room=True)).json()
            assert room["large_room"] is True
            assert "size" not in room


class TestMaxDuration:
    """120 to 43200 seconds."""

    async def test_is_kept(self, hms: httpx.AsyncClient, ways: list[Send], subtests: pytest.Subtests) -> None:
        for seconds in (
            120,
            121,
            43199,
            43200,
        ):
            with subtests.test(repr(seconds)[:60]):
                for send in ways:
                    room = (await send(max_duration_seconds=seconds)).json()
                    assert room["max_duration_seconds"] == seconds
                    assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room

    async def test_is_too_short(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for seconds in (
            119,
            1,
            0,
            -1,
            -120,
            -(2**63) - 1,
        ):
            with subtests.test(repr(seconds)[:60]):
                for send in ways:
                    bad_body(await send(max_duration_seconds=seconds), "max_duration_seconds less than 120 seconds")

    async def test_is_too_long(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for seconds in (
            43201,
            86400,
            2**31,
            2**63,
            10**30,
        ):
            with subtests.test(repr(seconds)[:60]):
                for send in ways:
                    bad_body(
                        await send(max_duration_seconds=seconds), "max_duration_seconds greater than 43200 seconds"
                    )


class TestRegion:
    """Row "`region`": `eu`, `in`, `us`; `auto` or absent shows the template's."""

    @pytest.mark.parametrize(("region", "shown"), [("eu", "eu"), ("in", "in"), ("us", "us"), ("auto", "in")])
    async def test_is_shown(self, hms: httpx.AsyncClient, ways: list[Send], region: str, shown: str) -> None:
        for send in ways:
            room = (await send(region=region)).json()
            assert room["region"] == shown
            assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room

    async def test_is_not_supported(
        self, hms: httpx.AsyncClient, ways: list[Send], alone: Check, subtests: pytest.Subtests
    ) -> None:
        for region in (
            "",
            " ",
            "EU",
            "Auto",
            "eu ",
            "ap",
            "europe",
            "é",
            "null",
            "eu\u0000",
        ):
            with subtests.test(repr(region)[:60]):
                for send in ways:
                    before = (await hms.get(ROOMS)).json()
                    alone(await send(region=region), "Error: region not supported")
                    assert (await hms.get(ROOMS)).json() == before
