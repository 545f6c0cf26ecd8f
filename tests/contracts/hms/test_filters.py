"""GET /v2/rooms: the filters `enabled`, `after`, `before`, `name`, `template_id`, alone and together."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
MakeMany = Callable[[int], Awaitable[list[Room]]]
MakeTemplate = Callable[..., Awaitable[str]]
Find = Callable[..., Awaitable[list[Room]]]


@pytest.fixture
def find(hms: httpx.AsyncClient) -> Find:
    """Find the rooms of these filters."""

    async def find(**filters: str) -> list[Room]:
        answer = await hms.get(ROOMS, params=filters)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["last"] == (found["data"][-1]["id"] if found["data"] else "")
        rooms: list[Room] = found["data"]
        return rooms

    return find


class TestEnabled:
    """No filter when absent."""

    @pytest.mark.parametrize("spelling", ["{}", "{upper}", "{title}"])
    async def test_shows_rooms_that_are_so(self, find: Find, create: Make, spelling: str) -> None:
        on, off = await create(), await create(enabled=False)
        for text, rooms in (("true", [on]), ("false", [off])):
            assert await find(enabled=spelling.format(text, upper=text.upper(), title=text.title())) == rooms
        assert await find() == [off, on]
        assert await find(enabled="") == [off, on]

    async def test_follows_changes(self, find: Find, create: Make, hms: httpx.AsyncClient) -> None:
        room = await create()
        off = (await hms.post(f"{ROOMS}/{room['id']}", json={"enabled": False})).json()
        assert (await find(enabled="true"), await find(enabled="false")) == ([], [off])

    async def test_of_another_value_is_refused(
        self, hms: httpx.AsyncClient, bad_query: Check, subtests: pytest.Subtests
    ) -> None:
        for value in (
            "1",
            "0",
            "yes",
            "no",
            "on",
            "t",
            "f",
            "null",
            "tru",
            "true ",
            " true",
            "truefalse",
            "true\u0000",
            "\uff54rue",
        ):
            with subtests.test(repr(value)[:60]):
                bad_query(await hms.get(ROOMS, params={"enabled": value}), "enabled must be true or false")

    async def test_of_two_the_last_counts(self, hms: httpx.AsyncClient, create: Make, bad_query: Check) -> None:
        room = await create()
        assert (await hms.get(f"{ROOMS}?enabled=x&enabled=false&enabled=true")).json()["data"] == [room]
        bad_query(await hms.get(f"{ROOMS}?enabled=true&enabled=x"), "enabled must be true or false")


def written(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"  # noqa: UP017


class TestTime:
    """`after` and `before`: both inclusive, by `created_at`."""

    async def test_are_inclusive(self, find: Find, create_rooms: MakeMany) -> None:
        rooms = await create_rooms(5)
        times = [written(datetime.fromisoformat(room["created_at"])) for room in rooms]
        for number, moment in enumerate(times):
            assert await find(after=moment) == rooms[number:][::-1]
            assert await find(before=moment) == rooms[: number + 1][::-1]
            assert await find(after=moment, before=moment) == [rooms[number]]
        assert await find(after=times[1], before=times[3]) == rooms[1:4][::-1]

    async def test_are_to_the_millisecond(self, find: Find, create: Make) -> None:
        room = await create()
        made, step = datetime.fromisoformat(room["created_at"]), timedelta(milliseconds=1)
        assert await find(after=written(made + step)) == []
        assert await find(before=written(made - step)) == []
        assert await find(after=written(made - step), before=written(made + step)) == [room]

    async def test_take_created_at_as_it_was_shown(self, find: Find, create: Make) -> None:
        room = await create()
        assert await find(after=room["created_at"], before=room["created_at"]) == [room]

    async def test_go_by_creation_and_not_by_change(self, find: Find, create: Make, hms: httpx.AsyncClient) -> None:
        room = await create()
        after = written(datetime.fromisoformat(room["created_at"]) + timedelta(milliseconds=1))
        await hms.post(f"{ROOMS}/{room['id']}", json={"size": 5})
        assert await find(after=after) == []

    async def test_the_wrong_way_round_show_nothing(self, find: Find, create: Make) -> None:
        await create()
        assert await find(after="2030-01-01T00:00:00Z", before="2020-01-01T00:00:00Z") == []

    @pytest.mark.parametrize(("hours", "suffix"), [(2, "+02:00"), (-5.5, "-05:30"), (0, "+00:00"), (14, "+14:00")])
    async def test_may_have_an_offset(self, find: Find, create: Make, hours: float, suffix: str) -> None:
        room = await create()
        zone = timezone(timedelta(hours=hours))
        made = datetime.fromisoformat(room["created_at"]).astimezone(zone)
        moment = made.strftime("%Y-%m-%dT%H:%M:%S.") + f"{made.microsecond // 1000:03}{suffix}"
        assert await find(after=moment, before=moment) == [room]

    @pytest.mark.parametrize(
        "moment", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z", "2020-01-01T00:00:00.123456789Z"]
    )
    async def test_may_have_a_fraction_or_none(self, find: Find, create: Make, moment: str) -> None:
        room = await create()
        assert await find(after=moment) == [room]
        assert await find(before=moment) == []

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"])
    async def test_may_be_far_away(self, find: Find, create: Make, moment: str) -> None:
        room = await create()
        past = moment < "2000"
        assert await find(after=moment) == ([room] if past else [])
        assert await find(before=moment) == ([] if past else [room])

    async def test_of_another_form_are_refused(
        self, hms: httpx.AsyncClient, bad_query: Check, subtests: pytest.Subtests
    ) -> None:
        for moment in (
            "x",
            "now",
            "yesterday",
            "0",
            "1700000000",
            "1700000000000",
            "2020",
            "2020-01-01",
            "2020-01-01 00:00:00",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00,5Z",
            "20200101T000000Z",
            "2020-W01-1T00:00:00Z",
            "2020-00-01T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2020-01-32T00:00:00Z",
            "2020-01-01T25:00:00Z",
            "2020-01-01T00:60:00Z",
            "2020-01-01T00:00:61Z",
            "2020-01-01T00:00:00+25:00",
            "2020-01-01T00:00:00 02:00",
            "2020-01-01T00:00:00Z ",
            " 2020-01-01T00:00:00Z",
            "2020-01-01T00:00:00Z\n",
            "2020-01-01T00:00:00Z\u0000",
            "+2020-01-01T00:00:00Z",
            "12020-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "\u0662\u0660\u0662\u0660-01-01T00:00:00Z",
        ):
            with subtests.test(repr(moment)[:60]):
                for parameter in ("after", "before"):
                    answer = await hms.get(ROOMS, params={parameter: moment})
                    bad_query(answer, f"{parameter} must be a time like 2006-01-02T15:04:05.000Z")

    async def test_at_the_edge_of_the_calendar_are_no_crash(
        self, hms: httpx.AsyncClient, subtests: pytest.Subtests
    ) -> None:
        for moment in (
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "2016-12-31T23:59:60Z",
        ):
            with subtests.test(repr(moment)[:60]):
                for parameter in ("after", "before"):
                    answer = await hms.get(ROOMS, params={parameter: moment})
                    assert answer.status_code in {200, 400}


class TestTemplate:
    async def test_shows_the_rooms_of_a_template(
        self, find: Find, create: Make, make_template: MakeTemplate, account: dict[str, str]
    ) -> None:
        template_id = await make_template("other")
        plain, other = await create(), await create(template_id=template_id)
        assert await find(template_id=template_id) == [other]
        assert await find(template_id=template_id.upper()) == [other]
        assert await find(template_id=account["template_id"]) == [plain]
        assert await find(template_id="") == [other, plain]

    async def test_of_an_unknown_template_is_an_empty_page(self, find: Find, create: Make) -> None:
        await create()
        assert await find(template_id=NOBODY) == []

    async def test_that_is_no_id_is_refused(
        self, hms: httpx.AsyncClient, bad_query: Check, subtests: pytest.Subtests
    ) -> None:
        for value in (
            "x",
            "1",
            NOBODY[:-1],
            NOBODY + "0",
            NOBODY[:-1] + "g",
            NOBODY + "\n",
            "\u0000",
        ):
            with subtests.test(repr(value)[:60]):
                bad_query(await hms.get(ROOMS, params={"template_id": value}), "template_id must be 24 hex digits")


class TestTogether:
    async def test_a_room_must_pass_all(self, find: Find, create: Make, make_template: MakeTemplate) -> None:
        template_id = await make_template("other")
        rooms = [
            await create(
                name=f"room-{number}", enabled=number % 2 == 0, **({"template": "other"} if number < 2 else {})
            )
            for number in range(4)
        ]
        assert await find(enabled="true", template_id=template_id) == [rooms[0]]
        assert await find(enabled="false", template_id=template_id) == [rooms[1]]
        assert await find(enabled="true", name="ROOM-2") == [rooms[2]]
        assert await find(enabled="false", name="room-2") == []
        assert await find(name="room-0", template_id=template_id, enabled="true") == [rooms[0]]
        assert await find(after=rooms[1]["created_at"], before=rooms[2]["created_at"]) == rooms[1:3][::-1]
        assert await find(after=rooms[1]["created_at"], enabled="true") == [rooms[2]]
        assert await find(before=rooms[2]["created_at"], start=rooms[2]["id"], enabled="false") == [rooms[1]]
        assert await find(name="room-2", after=rooms[3]["created_at"]) == []
        assert await find(name="room-2", start=rooms[2]["id"]) == []
        assert await find(template_id=template_id, start=rooms[1]["id"], before=rooms[3]["created_at"]) == [rooms[0]]
