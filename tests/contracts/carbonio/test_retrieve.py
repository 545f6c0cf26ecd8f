"""`GET /rooms` (listRoom) and `GET /rooms/{roomId}` (getRoom); workspaces are in test_workspaces.py."""

import asyncio
from collections.abc import Awaitable
from uuid import uuid4

from people import Person, Room
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"
NEITHER = ("membersIds", "members", "userSettings")


def without(room: Room, *names: str) -> Room:
    """Leave these members of a room out."""
    return {name: value for name, value in room.items() if name not in names}


async def in_turn(*makings: Awaitable[Room]) -> list[Room]:
    """Make rooms one after the other."""
    return [await making for making in makings]


class TestGet:
    async def test_every_member_sees_the_whole_room(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A", description="B")
        for person in (ada, ben, cleo):
            assert_same(await person("GET", f"{ROOMS}/{room['id']}"), room)

    async def test_rooms_of_the_other_types(self, ada: Person, ben: Person) -> None:
        for room in (await ada.created("one_to_one", ben), await ada.created("temporary", name="A")):
            assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), room)

    async def test_members_are_in_the_order_of_joining(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        room = await ada.created("group", cleo, ben, name="A")
        await ada("POST", f"{ROOMS}/{room['id']}/members", json={"userId": dora.id, "historyCleared": False})
        await ada("DELETE", f"{ROOMS}/{room['id']}/members/{cleo.id}")
        await ada("POST", f"{ROOMS}/{room['id']}/members", json={"userId": cleo.id, "historyCleared": False})
        await ada("PUT", f"{ROOMS}/{room['id']}/members/{dora.id}/owner")
        people = [ben, ada, dora, cleo]
        room["membersIds"] = [person.id for person in people]
        room["members"] = [{"userId": person.id, "owner": person in (ada, dora)} for person in people]
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}"), room)

    async def test_the_settings_are_those_of_who_asks(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ben("PUT", f"{ROOMS}/{room['id']}/mute")
        cleared = (await ben("PUT", f"{ROOMS}/{room['id']}/clear")).json()
        settings = {"muted": True, "clearedAt": cleared["clearedAt"]}
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}"), room | {"userSettings": settings})
        assert_same(await cleo("GET", f"{ROOMS}/{room['id']}"), room)

    async def test_a_stranger(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        for room in (await ada.created("group", ben, cleo, name="A"), await ada.created("one_to_one", ben)):
            assert_empty(await dora("GET", f"{ROOMS}/{room['id']}"), 403)

    async def test_one_who_has_left(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ben("DELETE", f"{ROOMS}/{room['id']}/members/{ben.id}")
        assert_empty(await ben("GET", f"{ROOMS}/{room['id']}"), 403)

    async def test_no_such_room(self, ada: Person) -> None:
        for id in (
            uuid4(),
            ada.id,
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "junk",
        ):
            assert_empty(await ada("GET", f"{ROOMS}/{id}"), 404)

    async def test_a_way_round_to_it(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        for way in ("..%2F", "x%2F..%2F", "..%2Frooms%2F", "%2F"):
            assert_empty(await ada("GET", f"{ROOMS}/{way}{room['id']}"), 404)

    async def test_an_id_in_upper_case(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        assert_same(await ada("GET", f"{ROOMS}/{room['id'].upper()}"), room)


class TestList:
    async def test_of_one_without_rooms(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        await ben.created("group", cleo, dora, name="A")
        for query in ("", "?extraFields=members&extraFields=settings"):
            assert_same(await ada("GET", f"{ROOMS}{query}"), [])

    async def test_newest_first_without_extra_fields(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = await in_turn(
            ada.created("group", ben, cleo, name="A", description="B"),
            ada.created("one_to_one", ben),
            ben.created("group", ada, cleo, name="C"),
            ada.created("temporary", name="D"),
        )
        assert_same(await ada("GET", ROOMS), [without(room, *NEITHER) for room in rooms[::-1]])
        assert_same(await cleo("GET", ROOMS), [without(room, *NEITHER) for room in (rooms[2], rooms[0])])

    async def test_with_members(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = await in_turn(ada.created("one_to_one", ben), ada.created("group", ben, cleo, name="A"))
        expected = [without(room, "membersIds", "userSettings") for room in rooms[::-1]]
        assert_same(await ada("GET", f"{ROOMS}?extraFields=members"), expected)

    async def test_with_settings(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = await in_turn(ada.created("one_to_one", ben), ada.created("group", ben, cleo, name="A"))
        await ada("PUT", f"{ROOMS}/{rooms[0]['id']}/mute")
        cleared = (await ada("PUT", f"{ROOMS}/{rooms[1]['id']}/clear")).json()["clearedAt"]
        expected = [without(room, "membersIds", "members") for room in rooms[::-1]]
        assert_same(await ben("GET", f"{ROOMS}?extraFields=settings"), expected)
        expected[0]["userSettings"] = {"muted": False, "clearedAt": cleared}
        expected[1]["userSettings"] = {"muted": True}
        assert_same(await ada("GET", f"{ROOMS}?extraFields=settings"), expected)

    async def test_with_members_and_settings(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = await in_turn(ada.created("one_to_one", ben), ada.created("group", ben, cleo, name="A"))
        expected = [without(room, "membersIds") for room in rooms[::-1]]
        for query in ("extraFields=members&extraFields=settings", "extraFields=settings&extraFields=members"):
            assert_same(await ada("GET", f"{ROOMS}?{query}"), expected)

    async def test_extra_fields_in_any_case_twice_or_empty(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        for query, missing in {
            "?extraFields=MEMBERS": ("membersIds", "userSettings"),
            "?extraFields=Members&extraFields=members": ("membersIds", "userSettings"),
            "?extraFields=members&extraFields=": ("membersIds", "userSettings"),
            "?extraFields=Settings&extraFields=MEMBERS": ("membersIds",),
            "?extraFields=": NEITHER,
            "?extraFields": NEITHER,
            "?extrafields=members": NEITHER,
            "?unknown=1": NEITHER,
        }.items():
            assert_same(await ada("GET", f"{ROOMS}{query}"), [without(room, *missing)])

    async def test_extra_fields_that_there_are_not(self, ada: Person) -> None:
        await ada.created("temporary", name="A")
        for value in ("member", "members,settings", "%20", "members%20", "1", "*", "members%00", "%FF", "x" * 5000):
            assert_empty(await ada("GET", f"{ROOMS}?extraFields={value}"), 400)
            assert_empty(await ada("GET", f"{ROOMS}?extraFields=members&extraFields={value}"), 400)

    async def test_a_change_does_not_move_a_room(self, ada: Person, ben: Person, cleo: Person) -> None:
        older, newer = await in_turn(ada.created("temporary", name="A"), ada.created("temporary", name="B"))
        await ada("PUT", f"{ROOMS}/{older['id']}", json={"name": "C"})
        assert [room["id"] for room in (await ada("GET", ROOMS)).json()] == [newer["id"], older["id"]]

    async def test_rooms_that_one_has_left_or_that_are_gone(self, ada: Person, ben: Person, cleo: Person) -> None:
        left, deleted, kept = await in_turn(*(ada.created("group", ben, cleo, name=name) for name in "ABC"))
        await ben("DELETE", f"{ROOMS}/{left['id']}/members/{ben.id}")
        await ada("DELETE", f"{ROOMS}/{deleted['id']}")
        assert [room["id"] for room in (await ben("GET", ROOMS)).json()] == [kept["id"]]
        assert [room["id"] for room in (await ada("GET", ROOMS)).json()] == [kept["id"], left["id"]]

    async def test_many_rooms_are_all_there(self, ada: Person) -> None:
        made = await asyncio.gather(*(ada.created("temporary", name=f"Room {number}") for number in range(150)))
        listed = (await ada("GET", f"{ROOMS}?extraFields=members&extraFields=settings")).json()
        assert len(listed) == 150
        assert {room["id"]: room for room in listed} == {room["id"]: without(room, "membersIds") for room in made}
        assert [room["createdAt"] for room in listed] == sorted((room["createdAt"] for room in made), reverse=True)
