"""`PUT /rooms/workspaces/rank` and `PUT /rooms/workspaces/{workspaceId}/channels/rank`."""

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from people import Person, Room
from transcripts import assert_empty

WORKSPACES = "/rooms/workspaces/rank"


def channels_of(workspace: Room) -> str:
    return f"/rooms/workspaces/{workspace['id']}/channels/rank"


def ranked(rooms: list[Room], ranks: Any) -> list[Room]:
    return [{"roomId": room["id"], "rank": rank} for room, rank in zip(rooms, ranks, strict=True)]


async def shown(person: Person, parent: Room | None = None) -> list[tuple[str, int]]:
    """Return the ranks of somebody's workspaces, or of a workspace's channels, in the order of the answer."""
    rooms = (await person("GET", f"/rooms/{parent['id']}")).json()["children"] if parent else None
    rooms = (await person("GET", "/rooms")).json() if rooms is None else rooms
    return [(room["id"], room["rank"]) for room in rooms if "rank" in room]


def in_order(rooms: list[Room], ranks: Any) -> list[tuple[str, int]]:
    return sorted(((room["id"], rank) for room, rank in zip(rooms, ranks, strict=True)), key=lambda pair: pair[1])


@pytest.fixture
async def three(ada: Person, ben: Person, cleo: Person) -> list[Room]:
    """Three workspaces of Ada's, with Ben and Cleo."""
    return [await ada.created("workspace", ben, cleo, name=name) for name in "ABC"]


@pytest.fixture
async def channels(ada: Person, three: list[Room]) -> list[Room]:
    """Three channels in the first of them."""
    return [await ada.created("channel", name=name, parentId=three[0]["id"]) for name in "DEF"]


def bad_ranks(rooms: list[Room], stranger: Room) -> dict[str, Any]:
    """Return lists that are no ranking of these three rooms, by what is wrong with them."""
    first, second, third = (room["id"] for room in rooms)
    other, more = [{"roomId": first, "rank": 1}, {"roomId": second, "rank": 2}], {"roomId": third, "rank": 3}
    wrong = [2**31, 2**31 - 1, 2**63, 10**30, -1, 2, 4, 2.5, 3.5, True, False, "3", "", None, [], [3], {}]
    return {
        **{f"a rank {rank!r}": [*other, {"roomId": third, "rank": rank}] for rank in wrong},
        "ranks that begin at 2": ranked(rooms, [2, 3, 4]),
        "ranks with a gap": ranked(rooms, [0, 1, 3]),
        "ranks below nothing": ranked(rooms, [-1, 0, 1]),
        "no rank": [*other, {"roomId": third}],
        "no room": [*other, {"rank": 3}],
        "nothing": [],
        "too few": other,
        "only one": [{"roomId": first, "rank": 1}],
        "the same twice": [*other, {"roomId": first, "rank": 3}],
        "the same twice in another case": [*other, {"roomId": first.upper(), "rank": 3}],
        "one too many": [*other, more, {"roomId": stranger["id"], "rank": 4}],
        "another in place of one": [*other, {"roomId": stranger["id"], "rank": 3}],
        "an unknown one": [*other, {"roomId": str(uuid4()), "rank": 3}],
        "an unknown one beside": [*other, more, {"roomId": str(uuid4()), "rank": 4}],
        **{f"a room {id!r}": [*other, {"roomId": id, "rank": 3}] for id in ("", "x", "\u0000", 3, None, [], {}, True)},
        **{f"an entry {entry!r}": [*other, entry] for entry in (None, 3, "x", [], [first, 3], True, {})},
        **{f"a body {body!r}": body for body in ({}, None, 3, "x", True, {"roomId": first, "rank": 1})},
    }


class TestWorkspaces:
    async def test_every_permutation_from_one_and_from_zero(self, ada: Person, three: list[Room]) -> None:
        for ranks in (*permutations((1, 2, 3)), *permutations((0, 1, 2))):
            assert_empty(await ada("PUT", WORKSPACES, json=ranked(three, ranks)), 204)
            assert await shown(ada) == in_order(three, ranks)
            assert [(await ada("GET", f"/rooms/{room['id']}")).json()["rank"] for room in three] == list(ranks)

    async def test_the_order_of_the_body_says_nothing(self, ada: Person, three: list[Room]) -> None:
        assert_empty(await ada("PUT", WORKSPACES, json=ranked(three, (3, 1, 2))[::-1]), 204)
        assert await shown(ada) == in_order(three, (3, 1, 2))

    async def test_everybody_has_ranks_of_his_own(
        self, ada: Person, ben: Person, cleo: Person, three: list[Room]
    ) -> None:
        assert_empty(await ben("PUT", WORKSPACES, json=ranked(three, (2, 1, 0))), 204)
        assert await shown(ben) == in_order(three, (2, 1, 0))
        for person in (ada, cleo):
            assert await shown(person) == in_order(three, (1, 2, 3))

    async def test_the_next_one_ranks_after_them(
        self, ada: Person, ben: Person, cleo: Person, three: list[Room]
    ) -> None:
        await ada("PUT", WORKSPACES, json=ranked(three, (2, 0, 1)))
        assert (await ada.created("workspace", ben, cleo))["rank"] == 3

    async def test_one_workspace(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        for rank in (0, 1):
            assert_empty(await ada("PUT", WORKSPACES, json=ranked([workspace], [rank])), 204)
            assert await shown(ada) == [(workspace["id"], rank)]

    async def test_none_at_all(self, ada: Person, three: list[Room], dora: Person) -> None:
        assert_empty(await dora("PUT", WORKSPACES, json=[]), 204)
        for body in (ranked(three[:1], [1]), ranked(three, [1, 2, 3]), [{"roomId": str(uuid4()), "rank": 1}]):
            assert_empty(await dora("PUT", WORKSPACES, json=body), 400)

    async def test_ids_in_upper_case(self, ada: Person, three: list[Room]) -> None:
        upper = [room | {"id": room["id"].upper()} for room in three]
        assert_empty(await ada("PUT", WORKSPACES, json=ranked(upper, (3, 1, 2))), 204)
        assert await shown(ada) == in_order(three, (3, 1, 2))

    async def test_those_that_one_has_left_do_not_count(self, ada: Person, ben: Person, three: list[Room]) -> None:
        await ben("DELETE", f"/rooms/{three[0]['id']}/members/{ben.id}")
        assert_empty(await ben("PUT", WORKSPACES, json=ranked(three, (1, 2, 3))), 400)
        assert_empty(await ben("PUT", WORKSPACES, json=ranked(three[1:], (1, 0))), 204)

    async def test_what_is_no_ranking_changes_nothing(
        self, ada: Person, ben: Person, dora: Person, three: list[Room], subtests: pytest.Subtests
    ) -> None:
        strangers = [await dora.created("workspace", dora, ben), await ada.created("group", ada, ben, name="G")]
        for stranger in strangers:
            for wrong, body in bad_ranks(three, stranger).items():
                with subtests.test(wrong):
                    assert_empty(await ada("PUT", WORKSPACES, json=body), 400)
        assert_empty(await ada("PUT", WORKSPACES), 400)
        assert await shown(ada) == in_order(three, (1, 2, 3))

    async def test_a_channel_is_no_workspace(self, ada: Person, three: list[Room], channels: list[Room]) -> None:
        assert_empty(await ada("PUT", WORKSPACES, json=ranked(channels, (1, 2, 3))), 400)
        assert_empty(await ada("PUT", WORKSPACES, json=ranked([*three, channels[0]], (1, 2, 3, 4))), 400)


class TestChannels:
    async def test_every_permutation_from_one_and_from_zero(
        self, ada: Person, ben: Person, three: list[Room], channels: list[Room]
    ) -> None:
        for ranks in (*permutations((1, 2, 3)), *permutations((0, 1, 2))):
            assert_empty(await ada("PUT", channels_of(three[0]), json=ranked(channels, ranks)), 204)
            for person in (ada, ben):
                assert await shown(person, three[0]) == in_order(channels, ranks)
            assert [(await ben("GET", f"/rooms/{room['id']}")).json()["rank"] for room in channels] == list(ranks)

    async def test_the_list_shows_them_in_this_order(
        self, ada: Person, ben: Person, three: list[Room], channels: list[Room]
    ) -> None:
        await ada("PUT", channels_of(three[0]), json=ranked(channels, (3, 1, 2)))
        first = (await ben("GET", "/rooms")).json()[0]
        assert [(room["id"], room["rank"]) for room in first["children"]] == in_order(channels, (3, 1, 2))

    async def test_the_next_one_ranks_after_them(self, ada: Person, three: list[Room], channels: list[Room]) -> None:
        await ada("PUT", channels_of(three[0]), json=ranked(channels, (2, 0, 1)))
        assert (await ada.created("channel", parentId=three[0]["id"]))["rank"] == 3

    async def test_by_another_owner(self, ada: Person, ben: Person, three: list[Room], channels: list[Room]) -> None:
        await ada("PUT", f"/rooms/{three[0]['id']}/members/{ben.id}/owner")
        assert_empty(await ben("PUT", channels_of(three[0]), json=ranked(channels, (3, 2, 1))), 204)
        assert await shown(ada, three[0]) == in_order(channels, (3, 2, 1))

    async def test_no_channels(self, ada: Person, three: list[Room], channels: list[Room]) -> None:
        assert_empty(await ada("PUT", channels_of(three[1]), json=[]), 204)
        assert_empty(await ada("PUT", channels_of(three[1]), json=ranked(channels, (1, 2, 3))), 400)

    async def test_ids_in_upper_case(self, ada: Person, three: list[Room], channels: list[Room]) -> None:
        workspace, *upper = [room | {"id": room["id"].upper()} for room in (three[0], *channels)]
        assert_empty(await ada("PUT", channels_of(workspace), json=ranked(upper, (3, 1, 2))), 204)
        assert await shown(ada, three[0]) == in_order(channels, (3, 1, 2))

    async def test_what_is_no_ranking_changes_nothing(
        self, ada: Person, three: list[Room], channels: list[Room], subtests: pytest.Subtests
    ) -> None:
        strangers = [await ada.created("channel", parentId=three[1]["id"]), three[0]]
        for stranger in strangers:
            for wrong, body in bad_ranks(channels, stranger).items():
                with subtests.test(wrong):
                    assert_empty(await ada("PUT", channels_of(three[0]), json=body), 400)
        assert_empty(await ada("PUT", channels_of(three[0])), 400)
        assert await shown(ada, three[0]) == in_order(channels, (1, 2, 3))

    async def test_a_workspace_that_there_is_not(self, ada: Person, three: list[Room], channels: list[Room]) -> None:
        for id in (uuid4(), "junk"):
            for body in (ranked(channels, (3, 2, 1)), []):
                assert_empty(await ada("PUT", channels_of({"id": id}), json=body), 404)

    async def test_a_body_that_is_no_ranking_of_anything_is_judged_first(
        self, ada: Person, dora: Person, three: list[Room], channels: list[Room]
    ) -> None:
        for body in (ranked(channels, (1, 1, 2)), ranked(channels, (2, 3, 4)), ranked([channels[0]] * 2, (1, 2))):
            assert_empty(await ada("PUT", channels_of({"id": uuid4()}), json=body), 400)
            assert_empty(await dora("PUT", channels_of(three[0]), json=body), 400)

    async def test_one_who_does_not_own_the_workspace(
        self, ada: Person, ben: Person, dora: Person, three: list[Room], channels: list[Room]
    ) -> None:
        for person in (ben, dora):
            for body in (ranked(channels, (3, 2, 1)), [], ranked(channels[:1], [1]), ranked(three, (1, 2, 3))):
                assert_empty(await person("PUT", channels_of(three[0]), json=body), 403)
        assert await shown(ada, three[0]) == in_order(channels, (1, 2, 3))

    async def test_a_room_that_is_no_workspace(
        self, ada: Person, ben: Person, cleo: Person, channels: list[Room]
    ) -> None:
        rooms = [await ada.created("group", ben, cleo, name="G"), await ada.created("temporary", name="T")]
        for room in (*rooms, channels[0], await ada.created("one_to_one", ben)):
            assert_empty(await ada("PUT", channels_of(room), json=[]), 204)
            assert_empty(await ada("PUT", channels_of(room), json=ranked(channels, (3, 2, 1))), 400)
