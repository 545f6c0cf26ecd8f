"""Meetings are made: `POST /meetings` (chats.md, row "meetings"), for rooms of every type, with names of every kind."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from gatherings import House
from people import BASES, JSON, NOBODY, TIME, Meet, Person, Room, of_type
from transcripts import assert_empty, assert_same

TYPES = pytest.mark.parametrize("type", ["group", "one_to_one", "temporary", "workspace", "channel"])
#: What each member cannot be.
WRONG: list[dict[str, object]] = [
    *({"roomId": each} for each in (None, "", "junk", "%00", 1, [], {}, True, "\0", "0" * 36, NOBODY + "0")),
    *({"meetingType": each} for each in (None, "", "weekly", "permanent ", "perm\0anent", 1, [], {}, True)),
    *({"name": each} for each in (1, True, [], {}, ["Daily"], "Da\0ily", "x" * 129, "\U0001f680" * 129)),
]


def new(room: Room, **members: object) -> Room:
    return {"roomId": room["id"], "meetingType": "permanent"} | members


def assert_made(answer: httpx.Response, room: Room, name: str | None = None, type: str = "permanent") -> Room:
    """Judge the answer for a new meeting to the letter, and return it."""
    made: Room = answer.json()
    named = {} if name is None else {"name": name}
    told = {"id": made["id"], **named, "roomId": room["id"], "active": False, "participants": []}
    assert_same(answer, told | {"createdAt": made["createdAt"], "meetingType": type})
    assert TIME.fullmatch(made["createdAt"])
    assert abs((datetime.now(UTC) - datetime.fromisoformat(made["createdAt"])).total_seconds()) < 60
    return made


class TestMade:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_as_the_web_client_makes_it(
        self, ada: Person, ben: Person, group: Room, *, base: str, slash: str
    ) -> None:
        answer = await ada("POST", f"{base}/meetings{slash}", json=new(group, name="Ones"))
        made = assert_made(answer, group, "Ones")
        assert_same(await ben("GET", f"{base}/meetings/{made['id']}{slash}"), made)
        assert (await ada("GET", f"/rooms/{group['id']}")).json()["meetingId"] == made["id"]

    @TYPES
    async def test_for_rooms_of_every_type_by_any_member(
        self, ada: Person, ben: Person, cleo: Person, venue: House, type: str
    ) -> None:
        room = await of_type(type, ada, ben, cleo)
        made = assert_made(await ben("POST", "/meetings", json=new(room)), room, room.get("name") or None)
        everybody = {ada.id, ben.id} | ({cleo.id} if type != "one_to_one" else set())
        created = {"meeting_id": made["id"], "room_id": room["id"]}
        assert await venue.told() == [("MeetingCreated", created, everybody)]

    @pytest.mark.parametrize(
        ("sent", "type"),
        [
            ("permanent", "permanent"),
            ("scheduled", "scheduled"),
            ("PERMANENT", "permanent"),
            ("Scheduled", "scheduled"),
        ],
    )
    async def test_of_either_type_in_any_case(self, ada: Person, group: Room, sent: str, type: str) -> None:
        assert_made(await ada("POST", "/meetings", json=new(group, meetingType=sent)), group, "Ones", type)

    async def test_by_an_id_in_capitals(self, ada: Person, group: Room) -> None:
        answer = await ada("POST", "/meetings", json=new(group, roomId=group["id"].upper()))
        assert_made(answer, group, "Ones")

    async def test_whatever_else_is_said(self, ada: Person, group: Room) -> None:
        more = {"id": NOBODY, "active": True, "startedAt": "x", "participants": [{"userId": ada.id}], "users": 1}
        assert_made(await ada("POST", "/meetings", json=new(group, **more)), group, "Ones")

    async def test_again_after_it_was_deleted(self, ada: Person, ben: Person, group: Room, meet: Meet) -> None:
        first = await meet(group)
        assert_empty(await ben("DELETE", f"/meetings/{first['id']}"), 204)
        second = assert_made(await ben("POST", "/meetings", json=new(group)), group, "Ones")
        assert second["id"] != first["id"]
        assert_same(await ada("GET", "/meetings"), [second])


class TestName:
    @pytest.mark.parametrize("name", ["Daily", "Zoë \U0001f680", "x" * 128, "\U0001f680" * 128, " ", "ones", "Ones "])
    async def test_of_its_own_stays(self, ada: Person, group: Room, name: str) -> None:
        made = assert_made(await ada("POST", "/meetings", json=new(group, name=name)), group, name)
        await ada("PUT", f"/rooms/{group['id']}", json={"name": "Twos"})
        assert_same(await ada("GET", f"/meetings/{made['id']}"), made)

    @pytest.mark.parametrize("said", [{}, {"name": None}, {"name": ""}, {"name": "Ones"}], ids=repr)
    async def test_that_is_the_rooms_follows_it(
        self, ada: Person, ben: Person, group: Room, said: dict[str, Any]
    ) -> None:
        made = assert_made(await ada("POST", "/meetings", json=new(group, **said)), group, "Ones")
        await ada("PUT", f"/rooms/{group['id']}", json={"name": "Twos"})
        for path, expected in (
            (f"/meetings/{made['id']}", made | {"name": "Twos"}),
            (f"/rooms/{group['id']}/meeting", made | {"name": "Twos"}),
            ("/meetings", [made | {"name": "Twos"}]),
        ):
            assert_same(await ben("GET", path), expected)

    @pytest.mark.parametrize("said", [{}, {"name": None}, {"name": ""}], ids=repr)
    @pytest.mark.parametrize("type", ["one_to_one", "workspace", "channel"])
    async def test_is_not_there_where_the_room_has_none(
        self, ada: Person, ben: Person, cleo: Person, type: str, said: dict[str, Any]
    ) -> None:
        if type == "channel":
            house = await ada.created("workspace", ben, cleo)
            room = await ada.created("channel", parentId=house["id"])
        else:
            room = await ada.created(type, *((ben,) if type == "one_to_one" else (ben, cleo)))
        made = assert_made(await ada("POST", "/meetings", json=new(room, **said)), room)
        assert_same(await ben("GET", "/meetings"), [made])

    async def test_of_its_own_is_there_where_the_room_has_none(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        assert_made(await ada("POST", "/meetings", json=new(room, name="Us")), room, "Us")


class TestExpiration:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("2030-01-02T03:04:05.678Z", datetime(2030, 1, 2, 3, 4, 5, 678000, UTC)),
            ("2030-01-02T03:04:05+02:00", datetime(2030, 1, 2, 1, 4, 5, 0, UTC)),
            ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5, 0, UTC)),
            (None, None),
        ],
    )
    async def test_is_kept_and_has_no_effect(
        self, ada: Person, ben: Person, group: Room, database: asyncpg.Connection, *, sent: str | None, kept: Any
    ) -> None:
        answer = await ada("POST", "/meetings", json=new(group, meetingType="scheduled", expiration=sent))
        made = assert_made(answer, group, "Ones", "scheduled")
        assert await database.fetchval("SELECT meeting_expires_at FROM conference") == kept
        assert (await ben("POST", f"/meetings/{made['id']}/start")).status_code == 200

    async def test_that_is_no_time_is_refused(self, ada: Person, group: Room, subtests: pytest.Subtests) -> None:
        words = ("", "soon", "2030-01-02", "2030-13-02T03:04:05Z", "2030-01-02T03:04:05", "9" * 400)
        for junk in (*words, 1, True, [], {}):
            with subtests.test(repr(junk)[:40]):
                assert_empty(await ada("POST", "/meetings", json=new(group, expiration=junk)), 400)
                assert_same(await ada("GET", "/meetings"), [])


class TestRefused:
    async def test_without_a_credential(self, client: httpx.AsyncClient, ada: Person, group: Room) -> None:
        for headers in ({}, {"Cookie": "ZM_AUTH_TOKEN=junk"}):
            assert_empty(await client.post("/meetings", content=b"{", headers=JSON | headers), 401)
        assert_empty(await ada("POST", "/meetings", json=new(group), headers={"queue-id": "junk"}), 401)
        assert_same(await ada("GET", "/meetings"), [])

    async def test_with_a_wrong_body(self, ada: Person, dora: Person, group: Room, subtests: pytest.Subtests) -> None:
        for wrong in WRONG:
            with subtests.test(repr(wrong)[:40]):
                assert_empty(await ada("POST", "/meetings", json=new(group, **wrong)), 400)
                if "roomId" not in wrong:
                    assert_empty(await ada("POST", "/meetings", json=new({"id": NOBODY}, **wrong)), 400)
                    assert_empty(await dora("POST", "/meetings", json=new(group, **wrong)), 400)
                assert_same(await ada("GET", "/meetings"), [])

    @pytest.mark.parametrize("missing", ["roomId", "meetingType"])
    async def test_without_what_is_needed(self, ada: Person, group: Room, missing: str) -> None:
        body = new(group, name="Daily")
        del body[missing]
        assert_empty(await ada("POST", "/meetings", json=body), 400)

    async def test_with_what_is_no_object(self, ada: Person, subtests: pytest.Subtests) -> None:
        for content in (b"", b"null", b"{}", b"[]", b'"x"', b"{", b"\xff", b"[" * 200_000):
            with subtests.test(repr(content)[:40]):
                assert_empty(await ada("POST", "/meetings", content=content, headers=JSON), 400)

    @pytest.mark.parametrize("type", ["", "text/plain", "application/x-www-form-urlencoded"])
    async def test_with_a_body_that_a_foreign_page_could_send(
        self, client: httpx.AsyncClient, ada: Person, group: Room, type: str
    ) -> None:
        """Beside the cookie; who shows the bearer is no page."""
        content, headers = json.dumps(new(group)), {"Content-Type": type}
        assert_empty(await ada("POST", "/meetings", content=content, headers=headers), 400)
        headers |= {"Authorization": f"Bearer {ada.token}"}
        assert_made(await client.post("/meetings", content=content, headers=headers), group, "Ones")

    async def test_with_too_large_a_body(self, ada: Person, group: Room) -> None:
        assert_empty(await ada("POST", "/meetings", json=new(group, padding="x" * 2**20)), 413)

    async def test_for_a_room_that_is_not_there(self, ada: Person, dora: Person) -> None:
        for person in (ada, dora):
            assert_empty(await person("POST", "/meetings", json=new({"id": NOBODY})), 404)

    @TYPES
    async def test_by_who_is_no_member(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, *, venue: House, type: str
    ) -> None:
        room = await of_type(type, ada, ben, cleo)
        assert_empty(await dora("POST", "/meetings", json=new(room)), 403)
        assert_same(await ada("GET", "/meetings"), [])
        assert await venue.told() == []
        await ada("POST", "/meetings", json=new(room))
        assert_empty(await dora("POST", "/meetings", json=new(room)), 403)

    @TYPES
    async def test_for_a_room_that_has_one(
        self, ada: Person, ben: Person, cleo: Person, *, venue: House, type: str
    ) -> None:
        room = await of_type(type, ada, ben, cleo)
        made = (await ada("POST", "/meetings", json=new(room))).json()
        for person in (ada, ben):
            assert_empty(await person("POST", "/meetings", json=new(room, name="Other")), 409)
        assert_same(await ben("GET", "/meetings"), [made])
        assert [type for type, _, _ in await venue.told()] == ["MeetingCreated"]

    async def test_but_for_one_of_many_at_once(
        self, ada: Person, ben: Person, cleo: Person, group: Room, venue: House
    ) -> None:
        people = (ada, ben, cleo) * 4
        answers = await asyncio.gather(*(person("POST", "/meetings", json=new(group)) for person in people))
        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 11]
        [made] = [answer.json() for answer in answers if answer.status_code == 200]
        assert_same(await ada("GET", "/meetings"), [made])
        assert [type for type, _, _ in await venue.told()] == ["MeetingCreated"]
