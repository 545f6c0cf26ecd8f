"""`POST /rooms` (insertRoom) for rooms of people; workspaces and channels are in test_workspaces.py."""

import re
from typing import Any
from uuid import uuid4

import pytest
from people import TIME, Crowd, Person, Room
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"
ORDER = re.findall(
    r"\w+",
    "membersIds name description type parentId id rank meetingId createdAt updatedAt pictureUpdatedAt"
    " children members userSettings",
)
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MAX_GROUP_MEMBERS = 128
LONG_NAME, LONG_DESCRIPTION = "n" * 128, "d" * 256


def members(*people: Person, owners: list[Person]) -> Room:
    """Spell who is in a room, as its answers do twice."""
    shown = [{"userId": person.id, "owner": person in owners} for person in people]
    return {"membersIds": [person.id for person in people], "members": shown}


def whole(room: Room, **own: Any) -> Room:
    """Return every member of a new room, in order, from what is its own; id and time are the room's."""
    assert UUID.fullmatch(room["id"]), room["id"]
    assert TIME.fullmatch(room["createdAt"]), room["createdAt"]
    known = {"id": room["id"], "createdAt": room["createdAt"], "updatedAt": room["createdAt"]}
    expected = known | {"userSettings": {"muted": False}} | own
    return {member: expected[member] for member in ORDER if member in expected}


class TestGroup:
    async def test_the_whole_room(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id, cleo.id], "name": "Writers", "description": "We write", "type": "group"}
        answer = await ada("POST", ROOMS, json=body)
        who = members(ben, cleo, ada, owners=[ada])
        room = whole(answer.json(), **who, name="Writers", description="We write", type="group")
        assert_same(answer, room, 201)

    async def test_without_a_description(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [cleo.id, ben.id], "name": "Writers", "type": "group"}
        answer = await ada("POST", ROOMS, json=body)
        room = whole(answer.json(), **members(cleo, ben, ada, owners=[ada]), name="Writers", type="group")
        assert_same(answer, room, 201)

    async def test_an_empty_description_is_one(self, ada: Person, ben: Person, cleo: Person) -> None:
        assert (await ada.created("group", ben, cleo, name="Writers", description=""))["description"] == ""

    async def test_the_caller_keeps_the_place_where_he_is_named(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, ada, cleo, name="Writers")
        assert {name: room[name] for name in ("membersIds", "members")} == members(ben, ada, cleo, owners=[ada])

    async def test_the_caller_counts_as_one_of_two(self, ada: Person, ben: Person) -> None:
        room = await ada.created("group", ada, ben, name="Writers")
        assert {name: room[name] for name in ("membersIds", "members")} == members(ada, ben, owners=[ada])

    async def test_the_parent_of_another_type_is_ignored(self, ada: Person, ben: Person, cleo: Person) -> None:
        answer = await ada(
            "POST",
            ROOMS,
            json={"membersIds": [ben.id, cleo.id], "name": "A", "type": "group", "parentId": str(uuid4())},
        )
        assert_same(answer, whole(answer.json(), **members(ben, cleo, ada, owners=[ada]), name="A", type="group"), 201)

    async def test_fewer_than_two_ids(self, ada: Person, ben: Person) -> None:
        for ids in ([], [ben.id], [ada.id], None):
            assert_empty(await ada("POST", ROOMS, json={"membersIds": ids, "name": "A", "type": "group"}), 400)
        assert_empty(await ada("POST", ROOMS, json={"name": "A", "type": "group"}), 400)

    async def test_it_needs_a_name(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id, cleo.id], "type": "group"}
        for more in ({}, {"name": None}, {"name": ""}, {"description": "We write"}):
            assert_empty(await ada("POST", ROOMS, json=body | more), 400)
        assert_same(await ada("GET", ROOMS), [])

    async def test_as_many_members_as_the_limit_with_the_caller(self, ada: Person, crowd: Crowd) -> None:
        ids = await crowd(MAX_GROUP_MEMBERS - 1)
        answer = await ada("POST", ROOMS, json={"membersIds": ids, "name": "A", "type": "group"})
        assert (answer.status_code, answer.json()["membersIds"]) == (201, [*ids, ada.id])

    async def test_as_many_members_as_the_limit_the_caller_named(self, ada: Person, crowd: Crowd) -> None:
        ids = [ada.id, *await crowd(MAX_GROUP_MEMBERS - 1)]
        answer = await ada("POST", ROOMS, json={"membersIds": ids, "name": "A", "type": "group"})
        assert (answer.status_code, answer.json()["membersIds"]) == (201, ids)

    async def test_one_member_more_than_the_limit(self, ada: Person, crowd: Crowd) -> None:
        ids = await crowd(MAX_GROUP_MEMBERS)
        for named in (ids, [*ids, ada.id]):
            answer = await ada("POST", ROOMS, json={"membersIds": named, "name": "A", "type": "group"})
            assert_empty(answer, 400)
        assert_same(await ada("GET", ROOMS), [])

    async def test_two_of_one_name_are_two_rooms(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = [await ada.created("group", ben, cleo, name="Writers") for _ in range(2)]
        assert rooms[0]["id"] != rooms[1]["id"]


class TestOneToOne:
    async def test_the_whole_room(self, ada: Person, ben: Person) -> None:
        answer = await ada("POST", ROOMS, json={"membersIds": [ben.id], "type": "one_to_one"})
        who = members(ben, ada, owners=[ada, ben])
        assert_same(answer, whole(answer.json(), **who, name="", description="", type="one_to_one"), 201)

    @pytest.mark.parametrize(
        "said",
        [{"name": "Us"}, {"description": "Both"}, {"name": "Us", "description": "Both"}, {"name": ""}, {"name": None}],
    )
    async def test_name_and_description_are_replaced(self, ada: Person, ben: Person, said: Room) -> None:
        room = await ada.created("one_to_one", ben, **said)
        assert (room["name"], room["description"]) == ("", "")

    @pytest.mark.parametrize("said", [{"name": LONG_NAME + "n"}, {"description": LONG_DESCRIPTION + "d"}])
    async def test_texts_that_no_room_can_have(self, ada: Person, ben: Person, said: Room) -> None:
        assert_empty(await ada("POST", ROOMS, json={"membersIds": [ben.id], "type": "one_to_one", **said}), 400)

    async def test_a_second_one_of_the_pair(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        again = {"type": "one_to_one", "name": "Us"}
        assert_empty(await ada("POST", ROOMS, json={**again, "membersIds": [ben.id]}), 409)
        assert_empty(await ben("POST", ROOMS, json={**again, "membersIds": [ada.id.upper()]}), 409)
        assert_empty(await ben("POST", ROOMS, json={**again, "members": [{"userId": ada.id}]}), 409)
        assert [listed["id"] for listed in (await ben("GET", ROOMS)).json()] == [room["id"]]

    async def test_each_pair_has_its_own(self, ada: Person, ben: Person, cleo: Person) -> None:
        rooms = [await ada.created("one_to_one", ben), await ada.created("one_to_one", cleo)]
        rooms.append(await ben.created("one_to_one", cleo))
        assert len({room["id"] for room in rooms}) == 3

    async def test_a_group_of_the_pair_is_no_hindrance(self, ada: Person, ben: Person) -> None:
        await ada.created("group", ada, ben, name="We")
        await ada.created("one_to_one", ben)

    async def test_not_exactly_one_other(self, ada: Person, ben: Person, cleo: Person) -> None:
        for ids in ([], [ada.id], [ben.id, cleo.id], [ada.id, ben.id], [ben.id, ben.id], None):
            assert_empty(await ada("POST", ROOMS, json={"membersIds": ids, "type": "one_to_one"}), 400)
        assert_same(await ada("GET", ROOMS), [])

    async def test_both_own_it_whatever_is_said(self, ada: Person, ben: Person) -> None:
        body = {"members": [{"userId": ben.id, "owner": False}], "type": "one_to_one"}
        answer = await ada("POST", ROOMS, json=body)
        who = members(ben, ada, owners=[ada, ben])
        assert_same(answer, whole(answer.json(), **who, name="", description="", type="one_to_one"), 201)


class TestTemporary:
    async def test_alone(self, ada: Person) -> None:
        answer = await ada("POST", ROOMS, json={"name": "Call", "type": "temporary"})
        assert_same(answer, whole(answer.json(), **members(ada, owners=[ada]), name="Call", type="temporary"), 201)

    async def test_an_empty_list_is_none(self, ada: Person) -> None:
        room = await ada.created("temporary", name="Call")
        assert room["membersIds"] == [ada.id]

    async def test_with_others(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id, cleo.id], "name": "Call", "description": "At ten", "type": "temporary"}
        answer = await ada("POST", ROOMS, json=body)
        who = members(ben, cleo, ada, owners=[ada])
        room = whole(answer.json(), **who, name="Call", description="At ten", type="temporary")
        assert_same(answer, room, 201)

    async def test_exactly_one(self, ada: Person, ben: Person) -> None:
        for ids in ([ben.id], [ada.id]):
            answer = await ada("POST", ROOMS, json={"membersIds": ids, "name": "Call", "type": "temporary"})
            assert_empty(answer, 400)

    async def test_it_needs_a_name(self, ada: Person, ben: Person, cleo: Person) -> None:
        for more in ({}, {"name": None}, {"name": ""}, {"membersIds": [ben.id, cleo.id]}):
            assert_empty(await ada("POST", ROOMS, json={"type": "temporary", **more}), 400)

    async def test_it_has_no_limit_of_members(self, ada: Person, crowd: Crowd) -> None:
        ids = await crowd(MAX_GROUP_MEMBERS)
        answer = await ada("POST", ROOMS, json={"membersIds": ids, "name": "Call", "type": "temporary"})
        assert (answer.status_code, len(answer.json()["members"])) == (201, MAX_GROUP_MEMBERS + 1)


class TestMembersOfNewerClients:
    async def test_some_are_owners(self, ada: Person, ben: Person, cleo: Person) -> None:
        named = [{"userId": ben.id, "owner": True}, {"userId": cleo.id, "owner": False}]
        answer = await ada("POST", ROOMS, json={"members": named, "name": "A", "type": "group"})
        who = members(ben, cleo, ada, owners=[ada, ben])
        assert_same(answer, whole(answer.json(), **who, name="A", type="group"), 201)

    async def test_nothing_said_is_no_owner(self, ada: Person, ben: Person, cleo: Person) -> None:
        named = [{"userId": ben.id}, {"userId": cleo.id, "owner": None}]
        answer = await ada("POST", ROOMS, json={"members": named, "name": "A", "type": "group"})
        assert_same(answer, whole(answer.json(), **members(ben, cleo, ada, owners=[ada]), name="A", type="group"), 201)

    async def test_the_caller_owns_it_whatever_is_said(self, ada: Person, ben: Person, cleo: Person) -> None:
        named = [{"userId": ada.id, "owner": False}, {"userId": ben.id, "owner": True}]
        answer = await ada("POST", ROOMS, json={"members": named, "name": "A", "type": "group"})
        who = members(ada, ben, owners=[ada, ben])
        assert_same(answer, whole(answer.json(), **who, name="A", type="group"), 201)

    async def test_both_lists_count_together(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        body = {"members": [{"userId": ben.id, "owner": True}], "membersIds": [dora.id, cleo.id]}
        answer = await ada("POST", ROOMS, json={**body, "name": "A", "type": "group"})
        who = members(dora, cleo, ben, ada, owners=[ada, ben])
        assert_same(answer, whole(answer.json(), **who, name="A", type="group"), 201)

    async def test_the_same_one_twice(self, ada: Person, ben: Person, cleo: Person) -> None:
        for person in (ada, ben):
            body = {"members": [{"userId": person.id}, {"userId": cleo.id}], "membersIds": [person.id.upper()]}
            assert_empty(await ada("POST", ROOMS, json={**body, "name": "A", "type": "group"}), 400)


class TestNamedPeople:
    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    async def test_unknown_twice_or_no_ids(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        bad = [str(uuid4()), ben.id, ben.id.upper(), "ben", "", ben.email, f"{{{cleo.id}}}", f"{cleo.id}\u0000"]
        for id in bad:
            for name, value in (("membersIds", [ben.id, id]), ("members", [{"userId": ben.id}, {"userId": id}])):
                assert_empty(await ada("POST", ROOMS, json={name: value, "name": "A", "type": type}), 400)
        assert_same(await ada("GET", ROOMS), [])

    async def test_unknown_or_no_id_in_a_one_to_one(self, ada: Person) -> None:
        for id in (str(uuid4()), "ben", "", "\u0000"):
            assert_empty(await ada("POST", ROOMS, json={"membersIds": [id], "type": "one_to_one"}), 400)

    async def test_ids_in_any_case_of_letters(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id.upper(), cleo.id.upper()], "name": "A", "type": "group"}
        answer = await ada("POST", ROOMS, json=body)
        assert_same(answer, whole(answer.json(), **members(ben, cleo, ada, owners=[ada]), name="A", type="group"), 201)


class TestTypesAndTexts:
    @pytest.mark.parametrize("spelling", ["GROUP", "Group", "gRoUp"])
    async def test_a_type_in_any_case(self, ada: Person, ben: Person, cleo: Person, spelling: str) -> None:
        assert (await ada.created(spelling, ben, cleo, name="A"))["type"] == "group"

    @pytest.mark.parametrize("type", ["", "groups", "one-to-one", "group ", "GROUP\u0000", None])
    async def test_no_type_or_none_that_there_is(
        self, ada: Person, ben: Person, cleo: Person, type: str | None
    ) -> None:
        body = {"membersIds": [ben.id, cleo.id], "name": "A"}
        assert_empty(await ada("POST", ROOMS, json={**body, "type": type}), 400)
        assert_empty(await ada("POST", ROOMS, json=body), 400)

    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    async def test_the_longest_texts(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for name, description in ((LONG_NAME, LONG_DESCRIPTION), ("😀" * 128, "😀" * 256)):
            room = await ada.created(type, ben, cleo, name=name, description=description)
            assert (room["name"], room["description"]) == (name, description)

    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    @pytest.mark.parametrize("said", [{"name": LONG_NAME + "n"}, {"description": LONG_DESCRIPTION + "d"}, {"name": ""}])
    async def test_texts_that_are_too_long_or_an_empty_name(
        self, ada: Person, ben: Person, cleo: Person, type: str, said: Room
    ) -> None:
        body = {"membersIds": [ben.id, cleo.id], "name": "A", "type": type}
        assert_empty(await ada("POST", ROOMS, json=body | said), 400)
        assert_same(await ada("GET", ROOMS), [])

    async def test_unknown_members_and_nulls_are_as_absent(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id, cleo.id], "members": None, "name": "A", "type": "group"}
        more = {"description": None, "parentId": None, "id": str(uuid4()), "rank": "x", "children": 5}
        answer = await ada("POST", ROOMS, json=body | more)
        assert_same(answer, whole(answer.json(), **members(ben, cleo, ada, owners=[ada]), name="A", type="group"), 201)
