"""POST and GET /v2/stream-keys/room/{room_id}, and …/disable: keys for streams, which only an engine could take."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg
import httpx
import pytest
from gatherings import RFC3339, House

from app.domain import ids, stream_keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

KEYS = "/v2/stream-keys/room"
NOBODY = "0123456789abcdef01234567"
DISABLED = (403, "Room is disabled", "Room is disabled")
EXISTS = "Room has an active stream key"
DONE = {"message": "key disabled successfully"}
Check = Callable[..., None]
Room = dict[str, Any]
Key = dict[str, Any]
Make = Callable[..., Awaitable[Room]]


@pytest.fixture
async def room(create: Make) -> Room:
    return await create(name="room-a")


@pytest.fixture
def whole(account: dict[str, str]) -> Callable[..., Key]:
    """`whole(key, room)`: every member of a key, in order; id, key and times are its own."""

    def whole(key: Key, room: Room, **own: object) -> Key:
        assert RFC3339.fullmatch(key["created_at"])
        members = {"id": key["id"], "url": "", "key": key["key"], "room_id": room["id"]}
        members |= {name: account[name] for name in ("customer_id", "app_id")} | {"enabled": True}
        return members | {"created_at": key["created_at"], "updated_at": key["created_at"]} | own

    return whole


async def empty(hms: httpx.AsyncClient, room: Room) -> bool:
    page: Key = (await hms.get(f"{KEYS}/{room['id']}")).json()
    return page == {"limit": 10, "data": [], "last": ""}


class TestCreation:
    async def test_shows_a_whole_key(
        self, hms: httpx.AsyncClient, room: Room, whole: Callable[..., Key], same: Check
    ) -> None:
        answer = await hms.post(f"{KEYS}/{room['id']}")
        same(answer, whole(answer.json(), room))
        assert len(answer.json()["key"]) == 43
        same(
            await hms.get(f"{KEYS}/{room['id']}"),
            page := {"limit": 10, "data": [answer.json()], "last": answer.json()["id"]},
        )
        same(await hms.get(f"/api{KEYS}/{room['id']}/"), page)

    async def test_is_refused_while_there_is_one(self, hms: httpx.AsyncClient, room: Room, alone: Check) -> None:
        first = (await hms.post(f"{KEYS}/{room['id']}")).json()
        for _ in range(2):
            alone(await hms.post(f"{KEYS}/{room['id']}", json={"enabled": False}), EXISTS)
        assert (await hms.get(f"{KEYS}/{room['id']}")).json()["data"] == [first]

    async def test_is_of_each_room(self, hms: httpx.AsyncClient, room: Room, create: Make) -> None:
        made = [(await hms.post(f"{KEYS}/{each['id']}")).json() for each in (room, await create())]
        assert made[0]["key"] != made[1]["key"]
        assert made[0]["room_id"] != made[1]["room_id"]

    async def test_does_not_look_at_a_body(self, hms: httpx.AsyncClient, room: Room) -> None:
        assert (await hms.post(f"{KEYS}/{room['id']}", content=b"{")).status_code == 200
        assert (await hms.post(f"{KEYS}/{room['id']}/disable", content=b" " * 2**21)).status_code == 200

    async def test_of_a_meeting_of_the_chats(self, hms: httpx.AsyncClient, house: House) -> None:
        assert (await hms.post(f"{KEYS}/{(await house.meeting()).hex}")).status_code == 200

    async def test_is_kept_as_a_hash_and_sealed(
        self, hms: httpx.AsyncClient, room: Room, database: asyncpg.Connection
    ) -> None:
        key = (await hms.post(f"{KEYS}/{room['id']}")).json()["key"]
        row = await database.fetchrow("SELECT * FROM stream_key")
        assert row
        assert row["key_hash"] == sha256(key.encode()).digest()
        assert key.encode() not in b"".join(value for value in row.values() if isinstance(value, bytes))
        assert key not in str(row)

    async def test_of_many_at_once_succeeds_once(self, hms: httpx.AsyncClient, room: Room, alone: Check) -> None:
        answers = await asyncio.gather(*(hms.post(f"{KEYS}/{room['id']}") for _ in range(10)))
        [made] = [answer.json() for answer in answers if answer.status_code == 200]
        for answer in answers:
            if answer.status_code != 200:
                alone(answer, EXISTS)
        assert (await hms.get(f"{KEYS}/{room['id']}")).json()["data"] == [made]


class TestDisabling:
    async def test_makes_place_for_another_and_keeps_the_key(
        self, hms: httpx.AsyncClient, room: Room, same: Check, missing: Check
    ) -> None:
        first = (await hms.post(f"{KEYS}/{room['id']}")).json()
        await asyncio.sleep(0.002)
        same(await hms.post(f"{KEYS}/{room['id']}/disable"), DONE)
        [off] = (await hms.get(f"{KEYS}/{room['id']}")).json()["data"]
        assert off == first | {"enabled": False, "updated_at": off["updated_at"]}
        assert datetime.fromisoformat(off["updated_at"]) > datetime.fromisoformat(first["updated_at"])
        missing(await hms.post(f"{KEYS}/{room['id']}/disable"), "Stream key")
        second = (await hms.post(f"{KEYS}/{room['id']}")).json()
        assert second["key"] != first["key"]
        same(await hms.get(f"{KEYS}/{room['id']}"), {"limit": 10, "data": [second, off], "last": off["id"]})
        same(await hms.post(f"/api{KEYS}/{room['id']}/disable/", json={}), DONE)

    async def test_concerns_no_other_room(
        self, hms: httpx.AsyncClient, room: Room, create: Make, missing: Check
    ) -> None:
        other = (await hms.post(f"{KEYS}/{(await create())['id']}")).json()
        missing(await hms.post(f"{KEYS}/{room['id']}/disable"), "Stream key")
        assert (await hms.get(f"{KEYS}/{other['room_id']}")).json()["data"] == [other]

    async def test_of_many_at_once_succeeds_once(self, hms: httpx.AsyncClient, room: Room) -> None:
        await hms.post(f"{KEYS}/{room['id']}")
        answers = await asyncio.gather(*(hms.post(f"{KEYS}/{room['id']}/disable") for _ in range(10)))
        assert sorted(answer.status_code for answer in answers) == [200, *[404] * 9]

    async def test_and_creation_at_once_leave_one_key_at_most(
        self, hms: httpx.AsyncClient, room: Room, database: asyncpg.Connection
    ) -> None:
        ways = [f"{KEYS}/{room['id']}", f"{KEYS}/{room['id']}/disable"]
        answers = await asyncio.gather(*(hms.post(ways[number % 2]) for number in range(20)))
        made, disabled = (sum(answer.status_code == 200 for answer in answers[first::2]) for first in range(2))
        assert {answer.status_code for answer in answers} <= {200, 400, 404}
        assert await database.fetchval("SELECT count(*) FROM stream_key WHERE enabled") == made - disabled <= 1


class TestList:
    async def test_leads_from_page_to_page(self, hms: httpx.AsyncClient, room: Room) -> None:
        for _ in range(12):
            assert (await hms.post(f"{KEYS}/{room['id']}")).status_code == 200
            assert (await hms.post(f"{KEYS}/{room['id']}/disable")).status_code == 200
        first = (await hms.get(f"{KEYS}/{room['id']}")).json()
        second = (await hms.get(f"{KEYS}/{room['id']}", params={"start": first["last"], "limit": "11"})).json()
        shown = [key["id"] for page in (first, second) for key in page["data"]]
        assert [len(first["data"]), len(second["data"]), second["limit"]] == [10, 2, 11]
        assert shown == sorted(set(shown), reverse=True)
        assert (first["last"], second["last"]) == (shown[9], shown[11])
        assert (await hms.get(f"{KEYS}/{room['id']}", params={"limit": 100})).json()["data"] == first["data"] + second[
            "data"
        ]

    async def test_of_a_room_without_keys_is_empty_disabled_or_not(
        self, hms: httpx.AsyncClient, room: Room, create: Make
    ) -> None:
        await hms.post(f"{KEYS}/{(await create())['id']}")
        assert await empty(hms, room)
        assert await empty(hms, await create(enabled=False))

    async def test_shows_no_key_that_another_secret_key_has_sealed(
        self, hms: httpx.AsyncClient, room: Room, transaction: Transaction
    ) -> None:
        id = ids.from_hex(room["id"])
        assert id
        await stream_keys.create(transaction, id, SecretKey("a lost secret key"))
        [lost] = (await hms.get(f"{KEYS}/{room['id']}")).json()["data"]
        assert (lost["key"], lost["enabled"]) == ("", True)
        assert (await hms.post(f"{KEYS}/{room['id']}/disable")).status_code == 200

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("limit=9", "limit must be a whole number from 10 to 100"),
            ("limit=101", "limit must be a whole number from 10 to 100"),
            ("start=x", "start must be 24 hex digits"),
        ],
    )
    async def test_of_a_wrong_query(
        self, hms: httpx.AsyncClient, room: Room, bad_query: Check, query: str, text: str
    ) -> None:
        for id in (room["id"], NOBODY):
            bad_query(await hms.get(f"{KEYS}/{id}?{query}"), text)


class TestARoom:
    @pytest.mark.parametrize("id", [NOBODY, "x", "%00", f"{NOBODY}0"])
    @pytest.mark.parametrize(("method", "end"), [("POST", ""), ("GET", ""), ("POST", "/disable")])
    async def test_that_is_none(self, hms: httpx.AsyncClient, missing: Check, method: str, end: str, id: str) -> None:
        missing(await hms.request(method, f"{KEYS}/{id}{end}"))

    @pytest.mark.parametrize(("method", "end"), [("POST", ""), ("GET", ""), ("POST", "/disable")])
    async def test_whose_time_is_over(
        self, hms: httpx.AsyncClient, room: Room, missing: Check, *, database: asyncpg.Connection, method: str, end: str
    ) -> None:
        await hms.post(f"{KEYS}/{room['id']}")
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        missing(await hms.request(method, f"{KEYS}/{room['id']}{end}"))

    async def test_that_is_disabled_keeps_its_key(self, hms: httpx.AsyncClient, room: Room, refused: Check) -> None:
        key = (await hms.post(f"{KEYS}/{room['id']}")).json()
        assert (await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": False})).status_code == 200
        for end in ("", "/disable"):
            refused(await hms.post(f"{KEYS}/{room['id']}{end}"), *DISABLED)
        assert (await hms.get(f"{KEYS}/{room['id']}")).json()["data"] == [key]

    async def test_that_is_disabled_gets_none(self, hms: httpx.AsyncClient, create: Make, refused: Check) -> None:
        room = await create(enabled=False)
        for end in ("", "/disable"):
            refused(await hms.post(f"{KEYS}/{room['id']}{end}"), *DISABLED)
        assert await empty(hms, room)
