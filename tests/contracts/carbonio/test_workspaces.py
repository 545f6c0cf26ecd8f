"""Workspaces and their channels: making and showing them, and the ranks that put them in order."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from people import Person, Room
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"
UNMUTED = {"muted": False}
Make = Callable[..., Awaitable[Room]]


def members(*people: Person, owners: list[Person]) -> list[Room]:
    return [{"userId": person.id, "owner": person in owners} for person in people]


def as_child(channel: Room, **settings: Room) -> Room:
    """Return what a workspace shows of a channel."""
    return {name: value for name, value in channel.items() if name not in {"membersIds", "members", "userSettings"}} | (
        settings
    )


@pytest.fixture
def make_workspace(ada: Person, ben: Person, cleo: Person) -> Make:
    """Make a workspace of Ada's, with Ben and Cleo."""
    return lambda **said: ada.created("workspace", ben, cleo, **said)


@pytest.fixture
def make_channel(ada: Person) -> Make:
    """Make a channel as Ada does."""
    return lambda workspace, **said: ada.created("channel", parentId=workspace["id"], **said)


class TestCreateAWorkspace:
    async def test_the_whole_room(self, ada: Person, ben: Person, cleo: Person) -> None:
        body = {"membersIds": [ben.id, cleo.id], "name": "A", "description": "B", "type": "workspace"}
        answer = await ada("POST", ROOMS, json=body)
        room = answer.json()
        expected = {
            "membersIds": [ben.id, cleo.id, ada.id],
            "name": "A",
            "description": "B",
            "type": "workspace",
            "id": room["id"],
            "rank": 1,
            "createdAt": room["createdAt"],
            "updatedAt": room["createdAt"],
            "children": [],
            "members": members(ben, cleo, ada, owners=[ada]),
        }
        assert_same(answer, expected, 201)
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}"), expected)

    async def test_a_name_is_not_needed(self, ada: Person, ben: Person) -> None:
        room = await ada.created("workspace", ada, ben)
        assert list(room) == [
            *("membersIds", "type", "id", "rank", "createdAt", "updatedAt", "children", "members"),
        ]

    async def test_fewer_than_two_ids(self, ada: Person, ben: Person) -> None:
        for ids in ([], [ben.id], [ada.id], None):
            assert_empty(await ada("POST", ROOMS, json={"membersIds": ids, "name": "A", "type": "workspace"}), 400)

    async def test_each_member_ranks_it_last_for_himself(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        first = await ada.created("workspace", ben, cleo)
        second = await ben.created("workspace", cleo, dora)
        third = await ada.created("workspace", ben, dora)
        assert [room["rank"] for room in (first, second, third)] == [1, 2, 2]
        assert await ranks(ada) == {first["id"]: 1, third["id"]: 2}
        assert await ranks(ben) == {first["id"]: 1, second["id"]: 2, third["id"]: 3}
        assert await ranks(dora) == {second["id"]: 1, third["id"]: 2}

    async def test_it_ranks_after_the_greatest_not_after_the_count(self, ada: Person, make_workspace: Make) -> None:
        rooms = [await make_workspace() for _ in range(3)]
        await ada("DELETE", f"{ROOMS}/{rooms[0]['id']}")
        assert (await make_workspace())["rank"] == 4


async def ranks(person: Person) -> dict[str, int]:
    """Return somebody's workspaces in the order in which they are listed, with their ranks."""
    return {room["id"]: room["rank"] for room in (await person("GET", ROOMS)).json() if room["type"] == "workspace"}


class TestCreateAChannel:
    async def test_the_whole_room(self, ada: Person, ben: Person, cleo: Person, make_workspace: Make) -> None:
        parent = await make_workspace(name="A")
        body = {"name": "C", "description": "D", "type": "channel", "parentId": parent["id"]}
        answer = await ada("POST", ROOMS, json=body)
        room = answer.json()
        expected = {
            "membersIds": [ben.id, cleo.id, ada.id],
            "name": "C",
            "description": "D",
            "type": "channel",
            "parentId": parent["id"],
            "id": room["id"],
            "rank": 1,
            "createdAt": room["createdAt"],
            "updatedAt": room["createdAt"],
            "members": members(ben, cleo, ada, owners=[ada]),
            "userSettings": UNMUTED,
        }
        assert_same(answer, expected, 201)
        for person in (ada, ben, cleo):
            assert_same(await person("GET", f"{ROOMS}/{room['id']}"), expected)

    async def test_a_name_is_not_needed(self, make_workspace: Make, make_channel: Make) -> None:
        room = await make_channel(await make_workspace())
        assert list(room) == [
            *("membersIds", "type", "parentId", "id", "rank", "createdAt", "updatedAt", "members", "userSettings"),
        ]

    async def test_the_ranks_rise(self, ada: Person, make_workspace: Make, make_channel: Make) -> None:
        parent, other = await make_workspace(), await make_workspace()
        rooms = [await make_channel(parent) for _ in range(3)]
        assert [room["rank"] for room in rooms] == [1, 2, 3]
        assert (await make_channel(other))["rank"] == 1
        await ada("DELETE", f"{ROOMS}/{rooms[1]['id']}")
        assert (await make_channel(parent))["rank"] == 4

    async def test_named_members_are_without_effect(
        self, ada: Person, ben: Person, dora: Person, make_workspace: Make
    ) -> None:
        parent = await make_workspace()
        for named in (
            {"membersIds": [dora.id]},
            {"membersIds": [ben.id, str(uuid4())]},
            {"membersIds": []},
            {"members": [{"userId": ben.id, "owner": True}, {"userId": str(uuid4())}]},
        ):
            body = {"type": "channel", "parentId": parent["id"], **named}
            answer = await ada("POST", ROOMS, json=body)
            assert (answer.status_code, answer.json()["members"]) == (201, parent["members"])

    async def test_by_another_owner_of_the_workspace(self, ada: Person, ben: Person, make_workspace: Make) -> None:
        parent = await make_workspace()
        await ada("PUT", f"{ROOMS}/{parent['id']}/members/{ben.id}/owner")
        assert (await ben.created("channel", parentId=parent["id"]))["rank"] == 1

    async def test_the_parent_in_upper_case(self, make_workspace: Make, ada: Person) -> None:
        parent = await make_workspace()
        assert (await ada.created("channel", parentId=parent["id"].upper()))["parentId"] == parent["id"]

    async def test_a_parent_that_is_no_workspace(
        self, ada: Person, ben: Person, cleo: Person, make_workspace: Make, make_channel: Make
    ) -> None:
        no_workspaces = [
            await ada.created("group", ben, cleo, name="A"),
            await ada.created("one_to_one", ben),
            await ada.created("temporary", name="A"),
            await make_channel(await make_workspace()),
        ]
        for id in (*(room["id"] for room in no_workspaces), str(uuid4()), "", "nonsense", "\u0000", None):
            assert_empty(await ada("POST", ROOMS, json={"name": "C", "type": "channel", "parentId": id}), 400)
        assert_empty(await ada("POST", ROOMS, json={"name": "C", "type": "channel"}), 400)

    async def test_one_who_does_not_own_the_workspace(
        self, ada: Person, ben: Person, dora: Person, make_workspace: Make
    ) -> None:
        parent = await make_workspace()
        for person in (ben, dora):
            body = {"name": "C", "type": "channel", "parentId": parent["id"]}
            assert_empty(await person("POST", ROOMS, json=body), 403)
        assert (await ada("GET", f"{ROOMS}/{parent['id']}")).json()["children"] == []

    async def test_texts_that_cannot_be(self, ada: Person, make_workspace: Make) -> None:
        parent = await make_workspace()
        for said in ({"name": ""}, {"name": "n" * 129}, {"description": "d" * 257}):
            assert_empty(await ada("POST", ROOMS, json={"type": "channel", "parentId": parent["id"], **said}), 400)


class TestShow:
    async def test_children_are_in_order_with_the_settings_of_who_asks(
        self, ada: Person, ben: Person, make_workspace: Make, make_channel: Make
    ) -> None:
        parent = await make_workspace(name="A")
        rooms = [await make_channel(parent, name=name) for name in "CDE"]
        await ben("PUT", f"{ROOMS}/{rooms[1]['id']}/mute")
        cleared = (await ben("PUT", f"{ROOMS}/{rooms[2]['id']}/clear")).json()["clearedAt"]
        children = [as_child(room, userSettings=UNMUTED) for room in rooms]
        assert_same(await ada("GET", f"{ROOMS}/{parent['id']}"), parent | {"children": children})
        children[1] = as_child(rooms[1], userSettings={"muted": True})
        children[2] = as_child(rooms[2], userSettings={"muted": False, "clearedAt": cleared})
        assert_same(await ben("GET", f"{ROOMS}/{parent['id']}"), parent | {"children": children})

    async def test_the_list_with_each_of_the_extra_fields(
        self, ada: Person, ben: Person, make_workspace: Make, make_channel: Make
    ) -> None:
        parent = await make_workspace(name="A")
        rooms = [await make_channel(parent, name=name) for name in "CD"]
        bare, settled = [as_child(room) for room in rooms], [as_child(room, userSettings=UNMUTED) for room in rooms]
        for query, children, missing in (
            ("", bare, {"membersIds", "members"}),
            ("?extraFields=members", bare, {"membersIds"}),
            ("?extraFields=settings", settled, {"membersIds", "members"}),
            ("?extraFields=members&extraFields=settings", settled, {"membersIds"}),
        ):
            shown = {name: value for name, value in parent.items() if name not in missing}
            for person in (ada, ben):
                assert_same(await person("GET", f"{ROOMS}{query}"), [shown | {"children": children}])

    async def test_workspaces_by_rank_then_the_others_newest_first(
        self, ada: Person, ben: Person, make_workspace: Make
    ) -> None:
        rooms = [
            await ada.created("temporary", name="1"),
            await make_workspace(),
            await ada.created("temporary", name="2"),
            await make_workspace(),
            await ada.created("one_to_one", ben),
        ]
        expected = [rooms[index]["id"] for index in (1, 3, 4, 2, 0)]
        assert [room["id"] for room in (await ada("GET", ROOMS)).json()] == expected

    async def test_a_channel_follows_the_members_of_its_workspace(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, make_workspace: Make
    ) -> None:
        parent = await make_workspace()
        room = await ada.created("channel", name="C", parentId=parent["id"])
        path = f"{ROOMS}/{room['id']}"
        assert_empty(await dora("GET", path), 403)
        await ada("POST", f"{ROOMS}/{parent['id']}/members", json={"userId": dora.id, "historyCleared": False})
        await ada("DELETE", f"{ROOMS}/{parent['id']}/members/{cleo.id}")
        await ada("PUT", f"{ROOMS}/{parent['id']}/members/{ben.id}/owner")
        people = members(ben, ada, dora, owners=[ada, ben])
        expected = room | {"membersIds": [person["userId"] for person in people], "members": people}
        assert_same(await dora("GET", path), expected)
        assert_same(await ada("GET", f"{path}/members"), people)
        assert_empty(await cleo("GET", path), 403)
