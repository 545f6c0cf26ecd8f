"""GET /v2/sessions: the envelope, `limit`, `start`, the order, the filters `room_id`, `active`, `after`, `before`.

Most sessions here are rows that say of themselves when they were, and of which room: nobody was ever in them.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from gatherings import House

from app.domain import ids

SESSIONS = "/v2/sessions"
NOBODY = "0123456789abcdef01234567"
LIMIT = "limit must be a whole number from 10 to 100"
START = "start must be 24 hex digits"
TIME = "must be a time like 2006-01-02T15:04:05.000Z"
Check = Callable[..., None]
Page = dict[str, Any]
#: `await record(NOBODY, 5)`: the ids of so many sessions of this room, of which the newest may be active; oldest first.
Record = Callable[..., Awaitable[list[str]]]
Find = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def record(database: asyncpg.Connection) -> Record:
    async def record(room: str, count: int, *, active: bool = False) -> list[str]:
        made = [earlier(ids.new_id(), count - number) for number in range(count)]
        of = ids.from_bytes(bytes.fromhex(room))
        await database.executemany(
            """
            INSERT INTO session (id, conference_id, created_at, modified_at, ended_at)
            VALUES ($1, $2, $3, $3, CASE WHEN $4 THEN NULL ELSE $3::timestamptz + interval '1 minute' END)
            """,
            [(id, of, ids.moment(id), active and id == made[-1]) for id in made],
        )
        return [ids.to_hex(id) for id in made]

    return record


def earlier(id: UUID, milliseconds: int) -> UUID:
    """Return the id that would have been made so many milliseconds before."""
    return UUID(int=id.int - (milliseconds << 80))


@pytest.fixture
def find(hms: httpx.AsyncClient) -> Find:
    """Find the ids of these filters."""

    async def find(**filters: object) -> list[str]:
        answer = await hms.get(SESSIONS, params=filters)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert list(page) == ["limit", "data", "last"]
        found: list[str] = [session["id"] for session in page["data"]]
        assert page["last"] == (found[-1] if found else "")
        return found

    return find


def empty(limit: int = 10) -> Page:
    return {"limit": limit, "data": [], "last": ""}


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def made_at(id: str) -> datetime:
    return datetime.fromtimestamp(int(id[:12], 16) / 1000, UTC)


class TestEnvelope:
    async def test_without_sessions_is_an_empty_page(self, hms: httpx.AsyncClient, same: Check) -> None:
        for path in (SESSIONS, f"{SESSIONS}/", "/api/v2/sessions"):
            same(await hms.get(path), empty())

    async def test_shows_whole_sessions_newest_first_and_the_last_id(
        self, hms: httpx.AsyncClient, record: Record, account: dict[str, str], same: Check
    ) -> None:
        oldest, newest = await record(NOBODY, 2, active=True)
        read = [(await hms.get(f"{SESSIONS}/{id}")).json() for id in (newest, oldest)]
        same(await hms.get(SESSIONS), {"limit": 10, "data": read, "last": oldest})
        own = {"room_id": NOBODY, "customer_id": account["customer_id"], "app_id": account["app_id"]}
        times = {"created_at": read[0]["created_at"], "updated_at": read[0]["created_at"]}
        expected = {"id": newest, **own, "active": True, "peers": {}, **times}
        assert json.dumps(read[0]) == json.dumps(expected)
        assert datetime.fromisoformat(read[0]["created_at"]) == made_at(newest)

    @pytest.mark.parametrize(
        "query", ["", "?", "?limit=", "?start=", "?room_id=&active=&after=&before=", "?x=1&&=", "?Limit=1&last=x"]
    )
    async def test_shows_10_unless_told(self, hms: httpx.AsyncClient, record: Record, query: str) -> None:
        made = await record(NOBODY, 11)
        page = (await hms.get(f"{SESSIONS}{query}")).json()
        assert (page["limit"], [session["id"] for session in page["data"]]) == (10, made[:0:-1])

    async def test_shows_as_many_as_asked_for_and_says_how_many_it_tried(
        self, hms: httpx.AsyncClient, record: Record, same: Check
    ) -> None:
        newest_first = (await record(NOBODY, 101))[::-1]
        for limit in (10, 11, 99, 100):
            page = (await hms.get(SESSIONS, params={"limit": limit})).json()
            assert page["limit"] == limit
            assert [session["id"] for session in page["data"]] == newest_first[:limit]
        same(await hms.get(SESSIONS, params={"limit": 55, "start": newest_first[-1]}), empty(55))

    async def test_of_two_limits_the_last_counts(self, hms: httpx.AsyncClient, same: Check, bad_query: Check) -> None:
        same(await hms.get(f"{SESSIONS}?limit=9&limit=20"), empty(20))
        bad_query(await hms.get(f"{SESSIONS}?limit=20&limit=9"), LIMIT)


class TestStart:
    async def test_shows_what_is_behind_it(self, find: Find, record: Record) -> None:
        made = (await record(NOBODY, 4))[::-1]
        for number, id in enumerate(made, start=1):
            assert await find(start=id) == made[number:]
            assert await find(start=id.upper()) == made[number:]

    async def test_of_no_session_still_marks_a_place(self, find: Find, record: Record) -> None:
        made = (await record(NOBODY, 3))[::-1]
        assert await find(start=f"{int(made[0], 16) - 1:024x}") == made[1:]
        assert await find(start=f"{int(made[0], 16) + 1:024x}") == made
        assert await find(start="f" * 24) == made
        assert await find(start="0" * 24) == []


class TestPaging:
    """The pages of 25 sessions, while others begin."""

    async def test_every_session_is_on_one_page(
        self, hms: httpx.AsyncClient, house: House, subtests: pytest.Subtests
    ) -> None:
        meetings = [await house.meeting(), await house.meeting()]
        for number in range(25):
            await meetings[number % 2].join(house.ada)
            await meetings[number % 2].leave(house.ada)
        made = await self.turn(hms, meetings[0].hex, meetings[1].hex)
        assert len(made) == 25
        for filters in ({}, {"active": "false"}):
            with subtests.test(str(filters)):
                start, seen = "", []
                while page := (await hms.get(SESSIONS, params={"start": start, **filters})).json()["data"]:
                    seen += page
                    start = page[-1]["id"]
                    await meetings[0].join(house.ben)
                    await meetings[0].leave(house.ben)
                newer = [session["id"] for session in seen].index(made[0]["id"])
                assert seen[newer:] == made

    async def turn(self, hms: httpx.AsyncClient, *rooms: str) -> list[Page]:
        """Return what the sessions of these rooms are, each room in one page, the newest first."""
        found = []
        for room in rooms:
            found += (await hms.get(SESSIONS, params={"room_id": room, "limit": 100})).json()["data"]
        return sorted(found, key=lambda session: session["id"], reverse=True)

    async def test_a_session_that_ends_between_two_pages_shifts_no_other(
        self, hms: httpx.AsyncClient, house: House, record: Record, find: Find
    ) -> None:
        older = (await record(NOBODY, 14))[::-1]
        meeting = await house.meeting()
        await meeting.join(house.ada)
        first = (await hms.get(SESSIONS)).json()
        assert [session["active"] for session in first["data"]] == [True] + [False] * 9
        await meeting.leave(house.ada)
        assert await find(start=first["last"]) == older[9:]

    async def test_a_full_last_page_is_followed_by_an_empty_one(
        self, hms: httpx.AsyncClient, record: Record, find: Find, same: Check
    ) -> None:
        made = (await record(NOBODY, 10))[::-1]
        assert await find() == made
        same(await hms.get(SESSIONS, params={"start": made[-1]}), empty())


class TestRoom:
    async def test_shows_the_sessions_of_a_room(
        self, find: Find, record: Record, create: Callable[..., Awaitable[Page]]
    ) -> None:
        room = (await create())["id"]
        own, others = await record(room, 3, active=True), await record(NOBODY, 3)
        assert await find(room_id=room) == await find(room_id=room.upper()) == own[::-1]
        assert await find(room_id=NOBODY) == others[::-1]
        assert await find(room_id="f" * 24) == []

    async def test_of_two_the_last_counts(self, hms: httpx.AsyncClient, record: Record) -> None:
        [id] = await record(NOBODY, 1)
        page = (await hms.get(f"{SESSIONS}?room_id=x&room_id={NOBODY}")).json()
        assert [session["id"] for session in page["data"]] == [id]


class TestActive:
    """No filter when absent."""

    async def test_shows_sessions_that_are_so(self, find: Find, record: Record) -> None:
        *over, on = await record(NOBODY, 3, active=True)
        assert await find() == await find(active="") == [on, *over[::-1]]
        for spelling in (str.lower, str.upper, str.title):
            assert await find(active=spelling("true")) == [on]
            assert await find(active=spelling("false")) == over[::-1]

    async def test_follows_who_comes_and_goes(self, find: Find, house: House) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        [session] = await find(active="true", room_id=meeting.hex)
        assert await find(active="false") == []
        await meeting.leave(house.ada)
        assert (await find(active="true"), await find(active="false", room_id=meeting.hex)) == ([], [session])


class TestTime:
    """`after` and `before`: both inclusive, by `created_at`."""

    async def test_are_inclusive_and_to_the_millisecond(self, find: Find, record: Record) -> None:
        made = await record(NOBODY, 5)
        for number, id in enumerate(made):
            moment = written(made_at(id))
            assert await find(after=moment) == made[number:][::-1]
            assert await find(before=moment) == made[: number + 1][::-1]
            assert await find(after=moment, before=moment) == [id]
        step = timedelta(milliseconds=1)
        assert await find(after=written(made_at(made[-1]) + step)) == []
        assert await find(before=written(made_at(made[0]) - step)) == []

    async def test_go_by_the_beginning_and_not_by_the_end(
        self, find: Find, house: House, hms: httpx.AsyncClient
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        [session] = (await hms.get(SESSIONS)).json()["data"]
        await meeting.leave(house.ada)
        began = session["created_at"]
        past = written(datetime.fromisoformat(began) + timedelta(milliseconds=1))
        assert await find(after=began, before=began) == [session["id"]]
        assert await find(after=past) == []

    async def test_may_have_an_offset_or_be_far_away(self, find: Find, record: Record) -> None:
        [id] = await record(NOBODY, 1)
        assert await find(after="1969-12-31T23:59:59.999Z", before="9999-12-31T23:59:59+05:30") == [id]
        assert await find(after="2999-01-01T00:00:00Z", before="2000-01-01T00:00:00Z") == []


class TestTogether:
    @pytest.mark.parametrize("room", [{}, {"room_id": NOBODY}])
    async def test_a_session_must_pass_all(self, find: Find, record: Record, room: dict[str, str]) -> None:
        if room:
            await record("f" * 24, 4, active=True)
        first, second, third, on = await record(NOBODY, 4, active=True)
        times = [written(made_at(id)) for id in (first, second, third, on)]
        assert await find(active="false", start=third, **room) == [second, first]
        assert await find(active="true", start=on, **room) == []
        assert await find(active="true", after=times[3], **room) == [on]
        assert await find(active="true", before=times[2], **room) == []
        assert await find(active="false", after=times[1], before=times[3], **room) == [third, second]
        assert await find(after=times[1], before=times[2], start=third, **room) == [second]
        assert await find(after=times[1], before=times[2], start=third, active="false", **room) == [second]


class TestRefused:
    """Row "bad body or query"; the same values as those of rooms are none here either."""

    @pytest.mark.parametrize(
        ("parameter", "text", "values"),
        [
            ("limit", LIMIT, ["9", "101", "0", "-1", "10.0", "1e1", "abc", " 10", "10\n", "\u0661\u0660", "9" * 5000]),
            ("start", START, ["x", NOBODY[:-1], NOBODY + "0", NOBODY[:-1] + "g", NOBODY + "\n", "\u0000" * 24]),
            ("room_id", "room_id must be 24 hex digits", ["x", NOBODY[:-1], NOBODY + "0", "\u0660" * 24, "\u0000"]),
            ("active", "active must be true or false", ["1", "0", "yes", "null", "true ", "truefalse", "true\u0000"]),
            ("after", f"after {TIME}", ["x", "0", "2020-01-01", "2020-01-01T00:00:00", "2021-02-29T00:00:00Z", "\0"]),
            ("before", f"before {TIME}", ["now", "1700000000", "2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z"]),
        ],
    )
    async def test_what_is_none(
        self, hms: httpx.AsyncClient, bad_query: Check, *, parameter: str, text: str, values: list[str]
    ) -> None:
        for value in values:
            bad_query(await hms.get(SESSIONS, params={parameter: value}), text)
