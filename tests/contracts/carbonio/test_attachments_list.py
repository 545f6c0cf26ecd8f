"""`GET /rooms/{roomId}/attachments`: pages of what was sent to a room, the newest first, by a true keyset."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import httpx
import pytest
from people import BASES, NOBODY, Person, Room, files_of
from transcripts import assert_empty, assert_same

MOMENT = "2024-08-30T11:08:26.123Z"


def encoded(cursor: object) -> str:
    """Spell a filter as it is sent in a query."""
    text = cursor if isinstance(cursor, bytes) else json.dumps(cursor).encode()
    return quote(b64encode(text), safe="")


async def page(person: Person, room: Room, query: str = "") -> Room:
    answer = await person("GET", f"{files_of(room)}{query}")
    assert answer.status_code == 200, answer.text
    found: Room = answer.json()
    return found


async def ids_of_pages(person: Person, room: Room, size: int) -> list[list[str]]:
    """Walk through the pages and return the ids of each."""
    found, query = [], f"?itemsNumber={size}"
    while query:
        one = await page(person, room, query)
        found.append([item["id"] for item in one["attachments"]])
        query = f"?itemsNumber={size}&filter={quote(one['filter'])}" if "filter" in one else ""
    return found


async def sent(person: Person, room: Room, count: int) -> list[str]:
    """Send so many files, and return their ids, the newest first."""
    return [await person.sent(room, f"{number}.txt") for number in range(count)][::-1]


async def date(database: asyncpg.Connection, ids: list[str], moment: datetime) -> None:
    await database.execute("UPDATE attachment SET created_at = $1 WHERE id = ANY($2)", moment, [UUID(id) for id in ids])


class TestPage:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_of_nothing(self, ada: Person, group: Room, base: str, end: str) -> None:
        assert_same(await ada("GET", base + files_of(group) + end), {"attachments": []})

    async def test_is_whole_and_has_the_newest_first(self, ada: Person, ben: Person, group: Room) -> None:
        ids = [await ben.sent(group, "é.png", mimeType="image/png", area="1x2"), await ada.sent(group, "b.txt")]
        shown = [(await ada("GET", f"/attachments/{id}")).json() for id in reversed(ids)]
        assert [list(item)[-1] for item in shown] == ["createdAt", "area"]
        for person in (ada, ben):
            assert_same(await person("GET", files_of(group)), {"attachments": shown})
        last = {"id": ids[1], "createdAt": shown[0]["createdAt"]}
        one = await ada("GET", f"{files_of(group)}?itemsNumber=1")
        assert_same(one, {"filter": one.json()["filter"], "attachments": shown[:1]})
        assert json.loads(b64decode(one.json()["filter"], validate=True)) == last
        assert (await page(ada, group, f"?filter={encoded(last)}"))["attachments"] == shown[1:]

    async def test_is_of_the_room_alone(self, ada: Person, ben: Person, group: Room) -> None:
        other = await ada.created("one_to_one", ben)
        ids = [await ada.sent(group), await ada.sent(other)]
        assert await ids_of_pages(ada, group, 10) == [ids[:1]]
        assert await ids_of_pages(ben, other, 10) == [ids[1:]]

    async def test_keeps_what_those_sent_who_left(self, ada: Person, ben: Person, group: Room) -> None:
        id = await ben.sent(group)
        await ben("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        [item] = (await page(ada, group))["attachments"]
        assert (item["id"], item["userId"]) == (id, ben.id)

    async def test_has_no_body_for_head(self, ada: Person, group: Room) -> None:
        await ada.sent(group)
        answer, head = [await ada(method, files_of(group)) for method in ("GET", "HEAD")]
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == answer.headers["content-length"]


class TestPages:
    @pytest.mark.parametrize("query", ["", "?itemsNumber=", "?filter=", "?itemsNumber=&filter=", "?itemsNumber=10"])
    async def test_have_ten_items_when_nothing_is_said(self, ada: Person, group: Room, query: str) -> None:
        ids = await sent(ada, group, 11)
        found = await page(ada, group, query)
        assert list(found) == ["filter", "attachments"]
        assert [item["id"] for item in found["attachments"]] == ids[:10]

    @pytest.mark.parametrize("size", [1, 2, 6, 7, 11, 12, 13, 100])
    async def test_of_any_size_hold_all(self, ada: Person, group: Room, size: int) -> None:
        ids = await sent(ada, group, 12)
        assert await ids_of_pages(ada, group, size) == [ids[start : start + size] for start in range(0, 12, size)]

    async def test_of_a_hundred(self, ada: Person, group: Room) -> None:
        ids = await sent(ada, group, 101)
        assert await ids_of_pages(ada, group, 100) == [ids[:100], ids[100:]]

    @pytest.mark.parametrize("size", [1, 2, 3, 5])
    async def test_of_one_moment_are_in_the_order_of_ids(
        self, ada: Person, group: Room, database: asyncpg.Connection, size: int
    ) -> None:
        ids = await sent(ada, group, 9)
        moment = datetime.fromisoformat(MOMENT)
        await date(database, ids[::2], moment)
        await date(database, ids[1::2], moment - timedelta(milliseconds=1))
        expected = sorted(ids[::2], reverse=True) + sorted(ids[1::2], reverse=True)
        found = await ids_of_pages(ada, group, size)
        assert [id for one in found for id in one] == expected

    async def test_of_older_items_with_greater_ids(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        ids = sorted(await sent(ada, group, 6))
        for number, id in enumerate(ids):
            await date(database, [id], datetime.fromisoformat(MOMENT) - timedelta(days=number))
        assert await ids_of_pages(ada, group, 2) == [ids[:2], ids[2:4], ids[4:]]

    async def test_move_with_nothing_that_comes_or_goes(self, ada: Person, group: Room) -> None:
        ids = await sent(ada, group, 6)
        first = await page(ada, group, "?itemsNumber=2")
        await ada.sent(group, "later.txt")
        for id in (ids[1], ids[3]):  # the one that the filter names, and one to come
            await ada("DELETE", f"/attachments/{id}")
        rest = await page(ada, group, f"?filter={quote(first['filter'])}")
        assert [item["id"] for item in rest["attachments"]] == [ids[2], *ids[4:]]
        assert "filter" not in rest

    async def test_after_the_last_are_empty(self, ada: Person, group: Room) -> None:
        await ada.sent(group)
        cursor = {"id": NOBODY, "createdAt": "1999-01-01T00:00:00.000Z"}
        assert_same(await ada("GET", f"{files_of(group)}?filter={encoded(cursor)}"), {"attachments": []})


class TestItemsNumber:
    @pytest.mark.parametrize(
        "number", ["0", "101", "-1", "1000", "9" * 30, "1.5", "10.0", "1e1", "abc", "null", "0x1", "1_0", "%00", "%FF"]
    )
    async def test_that_cannot_be(self, ada: Person, group: Room, number: str) -> None:
        assert_empty(await ada("GET", f"{files_of(group)}?itemsNumber={number}"), 400)


class TestFilter:
    async def test_may_have_a_space_for_a_plus(self, ada: Person, group: Room) -> None:
        ids = await sent(ada, group, 2)
        [first, _] = (await page(ada, group))["attachments"]
        cursor: dict[str, Any] = {"id": first["id"], "createdAt": first["createdAt"]}
        spelled = [b64encode(json.dumps(cursor | {"x": "~" * 3 + "x" * n}).encode()).decode() for n in range(3)]
        assert all("+" in one for one in spelled)
        for one in spelled:
            for plus in ("+", "%2B", "%20"):
                found = await page(ada, group, f"?filter={one.replace('+', plus)}")
                assert [item["id"] for item in found["attachments"]] == ids[1:]

    async def test_of_any_room_and_of_none_is_a_place_in_time(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group)
        found = await page(ada, group, f"?filter={encoded({'id': NOBODY, 'createdAt': '2999-01-01T00:00:00.000Z'})}")
        assert [item["id"] for item in found["attachments"]] == [id]

    @pytest.mark.parametrize(
        "spelled",
        [
            "!!!",
            "x",
            "a" * 10_000,
            "%00",
            "%FF",
            quote("é"),
            encoded({"id": NOBODY, "createdAt": MOMENT})[:-3],
            encoded(b""" {"id": "x" """),
            encoded(b"\xff\xfe\x00"),
            encoded(b"null"),
            encoded([]),
            encoded("text"),
            encoded(1),
            encoded({}),
            encoded({"id": NOBODY}),
            encoded({"createdAt": MOMENT}),
            encoded({"id": "nonsense", "createdAt": MOMENT}),
            encoded({"id": NOBODY.replace("-", ""), "createdAt": MOMENT}),
            encoded({"id": f"{{{NOBODY}}}", "createdAt": MOMENT}),
            encoded({"id": None, "createdAt": MOMENT}),
            encoded({"id": 1, "createdAt": MOMENT}),
            encoded({"id": [NOBODY], "createdAt": MOMENT}),
            encoded({"id": f"{NOBODY}\0", "createdAt": MOMENT}),
            encoded({"id": NOBODY, "createdAt": "nonsense"}),
            encoded({"id": NOBODY, "createdAt": ""}),
            encoded({"id": NOBODY, "createdAt": None}),
            encoded({"id": NOBODY, "createdAt": 1725016106}),
            encoded({"id": NOBODY, "createdAt": "2024-13-30T11:08:26.123Z"}),
            encoded({"id": NOBODY, "createdAt": "2024-02-30T11:08:26.123Z"}),
            encoded({"id": NOBODY, "createdAt": "99999-02-03T11:08:26.123Z"}),
            encoded({"id": NOBODY, "createdAt": f"{MOMENT}\0"}),
            encoded(b'{"id":"' + NOBODY.encode() + b'","createdAt":1e999}'),
            encoded(b"[" * 5000),
            encoded(b'{"x":' + b"9" * 5000 + b"}"),
        ],
        ids=[*map(str, range(34))],
    )
    async def test_that_cannot_be(self, ada: Person, group: Room, spelled: str) -> None:
        await ada.sent(group)
        assert_empty(await ada("GET", f"{files_of(group)}?filter={spelled}"), 400)

    async def test_of_the_alphabet_for_paths(self, ada: Person, group: Room) -> None:
        text = json.dumps({"id": NOBODY, "createdAt": MOMENT, "x": "~~~???"}).encode()
        spelled = urlsafe_b64encode(text).decode()
        assert set(spelled) & set("-_")
        assert_empty(await ada("GET", f"{files_of(group)}?filter={spelled}"), 400)

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000+14:00", "9999-12-31T23:59:59.999-14:00"])
    async def test_of_a_time_beyond_the_calendar_is_no_fault_of_ours(
        self, ada: Person, group: Room, moment: str
    ) -> None:
        answer = await ada("GET", f"{files_of(group)}?filter={encoded({'id': NOBODY, 'createdAt': moment})}")
        assert answer.status_code in {200, 400}


class TestRights:
    async def test_nobody_known(self, client: httpx.AsyncClient, group: Room) -> None:
        for path in (files_of(group), f"/rooms/{NOBODY}/attachments?itemsNumber=0"):
            assert_empty(await client.get(path), 401)
            assert_empty(await client.get(path, headers={"Cookie": "ZM_AUTH_TOKEN=junk"}), 401)

    async def test_one_who_is_no_member(self, dora: Person, group: Room, workspace: Room, channel: Room) -> None:
        for room in (group, workspace, channel):
            assert_empty(await dora("GET", files_of(room)), 403)

    async def test_of_channels_and_workspaces(
        self, ada: Person, ben: Person, cleo: Person, workspace: Room, channel: Room
    ) -> None:
        for room in (workspace, channel):
            id = await ben.forwarded(await ben.sent(await ben.created("temporary", name="Own")), room)
            for person in (ada, ben, cleo):
                [item] = (await page(person, room))["attachments"]
                assert (item["id"], item["userId"], item["roomId"]) == (id, ben.id, room["id"])

    @pytest.mark.parametrize("id", [NOBODY, "junk", "%00", f"{NOBODY}0"])
    async def test_no_room(self, ada: Person, id: str) -> None:
        assert_empty(await ada("GET", f"/rooms/{id}/attachments"), 404)

    async def test_the_query_is_judged_before_the_room(self, dora: Person, group: Room) -> None:
        for path in (files_of(group), f"/rooms/{NOBODY}/attachments"):
            for query in ("itemsNumber=0", "filter=x"):
                assert_empty(await dora("GET", f"{path}?{query}"), 400)
