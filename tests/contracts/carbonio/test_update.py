"""`PUT /rooms/{roomId}` (updateRoom)."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from people import TIME, Person, Room
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"


def changed(before: Room, after: Room, **own: Any) -> Room:
    """Return the room before, with these members and the time of the room after."""
    names = ("membersIds", "name", "description", *before)
    assert TIME.fullmatch(after["updatedAt"]), after["updatedAt"]
    assert after["updatedAt"] >= before["updatedAt"]
    members = before | own | {"updatedAt": after["updatedAt"]}
    return {name: members[name] for name in names if name in members}


async def shown(person: Person, room: Room) -> Room:
    """Read the room again; it says when it was made as it did then."""
    answer: Room = (await person("GET", f"{ROOMS}/{room['id']}")).json()
    assert (answer["createdAt"], answer["updatedAt"]) == (room["createdAt"], room["updatedAt"])
    return answer


class TestUpdate:
    async def test_both_texts(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A", description="B")
        answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": "C", "description": "D"})
        expected = changed(room, answer.json(), name="C", description="D")
        assert_same(answer, expected)
        assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), expected)
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}"), expected)

    async def test_the_name_alone(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A", description="B")
        answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": "C"})
        assert_same(answer, changed(room, answer.json(), name="C"))

    async def test_the_description_alone(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A", description="B")
        answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"description": "D", "name": None})
        assert_same(answer, changed(room, answer.json(), description="D"))

    async def test_the_first_description(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"description": "D"})
        assert_same(answer, changed(room, answer.json(), description="D"))

    async def test_an_empty_description(self, ada: Person, ben: Person, cleo: Person) -> None:
        for more in ({}, {"description": "B"}):
            room = await ada.created("group", ben, cleo, name="A", **more)
            answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"description": ""})
            assert_same(answer, changed(room, answer.json(), description=""))

    async def test_of_each_other_type(self, ada: Person, ben: Person, cleo: Person) -> None:
        parent = await ada.created("workspace", ben, cleo)
        rooms = [await ada.created(type, ben, cleo, name="A") for type in ("temporary", "workspace")]
        for room in (*rooms, await ada.created("channel", name="A", parentId=parent["id"])):
            answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": "C", "description": "D"})
            assert_same(answer, changed(room, answer.json(), name="C", description="D"))

    async def test_the_first_name_of_a_workspace_and_a_channel(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        answer = await ada("PUT", f"{ROOMS}/{workspace['id']}", json={"name": "C"})
        assert_same(answer, changed(workspace, answer.json(), name="C"))
        channel = await ada.created("channel", parentId=workspace["id"])
        answer = await ada("PUT", f"{ROOMS}/{channel['id']}", json={"name": "C"})
        assert_same(answer, changed(channel, answer.json(), name="C"))

    async def test_tells_when(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        for name in "BCA":
            await asyncio.sleep(0.002)
            updated = (await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": name})).json()
            assert updated["updatedAt"] > room["updatedAt"]
            assert updated["createdAt"] == room["createdAt"]
            room = updated

    async def test_the_settings_are_those_of_the_caller(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ada("PUT", f"{ROOMS}/{room['id']}/mute")
        await ben("PUT", f"{ROOMS}/{room['id']}/clear")
        answer = await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": "C"})
        assert_same(answer, changed(room, answer.json(), name="C", userSettings={"muted": True}))

    async def test_by_another_owner(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ada("PUT", f"{ROOMS}/{room['id']}/members/{ben.id}/owner")
        answer = await ben("PUT", f"{ROOMS}/{room['id']}", json={"name": "C"})
        assert (answer.status_code, answer.json()["name"]) == (200, "C")

    async def test_the_longest_texts_and_any_character(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        for texts in (
            {"name": "n" * 128, "description": "d" * 256},
            {"name": "😀" * 128, "description": "😀" * 256},
            {"name": '"\\/\b\u2028\u202e', "description": "\r\n\t\u007f\ufffe"},
            {"name": " ", "description": " "},
        ):
            answer = await ada("PUT", f"{ROOMS}/{room['id']}", json=texts)
            assert_same(answer, changed(room, answer.json(), **texts))

    async def test_an_id_in_upper_case(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        answer = await ada("PUT", f"{ROOMS}/{room['id'].upper()}", json={"name": "C"})
        assert_same(answer, changed(room, answer.json(), name="C"))

    async def test_leaves_every_other_room(self, ada: Person) -> None:
        other, room = await ada.created("temporary", name="A"), await ada.created("temporary", name="A")
        await ada("PUT", f"{ROOMS}/{room['id']}", json={"name": "C"})
        assert_same(await ada("GET", f"{ROOMS}/{other['id']}"), other)


class TestNothingChanges:
    async def test_the_same_texts(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A", description="B")
        for body in ({"name": "A"}, {"description": "B"}, {"name": "A", "description": "B"}):
            assert_same(await ada("PUT", f"{ROOMS}/{room['id']}", json=body), room)

    async def test_nothing_said_of_a_room_that_is_no_group(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A", description="B")
        channel = await ada.created("channel", name="A", parentId=workspace["id"])
        for room in (await ada.created("temporary", name="A"), channel):
            for body in ({}, {"name": None, "description": None}, {"type": "group", "unknown": 1}):
                assert_same(await ada("PUT", f"{ROOMS}/{room['id']}", json=body), room)
        assert_same(await ada("PUT", f"{ROOMS}/{workspace['id']}", json={}), await shown(ada, workspace))

    async def test_what_is_not_said_cannot_be_changed(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        body = {"name": "A", "membersIds": [ada.id], "type": "workspace", "id": str(uuid4()), "rank": 7, "members": []}
        assert_same(await ada("PUT", f"{ROOMS}/{room['id']}", json=body), room)


class TestRefusals:
    async def test_no_such_room(self, ada: Person) -> None:
        for id in (uuid4(), ada.id, "junk"):
            for body in ({"name": "C"}, {}, {"description": "D"}):
                assert_empty(await ada("PUT", f"{ROOMS}/{id}", json=body), 404)

    async def test_a_stranger(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        rooms = [await ada.created(type, ben, cleo, name="A") for type in ("group", "temporary")]
        rooms += [
            workspace,
            await ada.created("channel", parentId=workspace["id"]),
            await ada.created("one_to_one", ben),
        ]
        for room in rooms:
            for body in ({"name": "C"}, {}):
                assert_empty(await dora("PUT", f"{ROOMS}/{room['id']}", json=body), 403)

    async def test_a_member_who_owns_nothing(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        rooms = [await ada.created(type, ben, cleo, name="A") for type in ("group", "temporary")]
        for room in (*rooms, workspace, await ada.created("channel", name="A", parentId=workspace["id"])):
            before = await shown(ada, room)
            for body in ({"name": "C"}, {"description": "D"}, {"name": "A"}):
                assert_empty(await ben("PUT", f"{ROOMS}/{room['id']}", json=body), 403)
            assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), before)

    async def test_nothing_said_by_a_member_who_owns_nothing(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("temporary", ben, cleo, name="A")
        assert_empty(await ben("PUT", f"{ROOMS}/{room['id']}", json={}), 403)

    async def test_a_one_to_one(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        for person in (ada, ben):
            for body in ({"name": "C"}, {"description": "D"}, {"name": ""}, {}):
                assert_empty(await person("PUT", f"{ROOMS}/{room['id']}", json=body), 400)
        assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), room)

    async def test_a_group_of_which_nothing_is_said(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        for person in (ada, ben):
            for body in ({}, {"name": None}, {"description": None, "name": None}, {"type": "group"}):
                assert_empty(await person("PUT", f"{ROOMS}/{room['id']}", json=body), 400)
        assert_empty(await ada("PUT", f"{ROOMS}/{room['id']}"), 400)

    @pytest.mark.parametrize(
        "body",
        [{"name": ""}, {"name": "n" * 129}, {"description": "d" * 257}, {"name": "C", "description": "😀" * 257}],
        ids=["an empty name", "a long name", "a long description", "one of two"],
    )
    async def test_texts_that_cannot_be(self, ada: Person, ben: Person, cleo: Person, body: Room) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        rooms = [await ada.created(type, ben, cleo, name="A") for type in ("group", "temporary")]
        for room in (*rooms, workspace, await ada.created("channel", name="A", parentId=workspace["id"])):
            before = await shown(ada, room)
            assert_empty(await ada("PUT", f"{ROOMS}/{room['id']}", json=body), 400)
            assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), before)
