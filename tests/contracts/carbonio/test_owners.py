"""Owners: `PUT` and `DELETE /rooms/{roomId}/members/{userId}/owner` (chats.md, its table and §5)."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from people import NOBODY, Person, Room, is_in, of
from transcripts import assert_empty, assert_same

Change = Callable[[Person, Room, Person], Awaitable[httpx.Response]]


async def promoted(person: Person, room: Room, member: Person) -> httpx.Response:
    """Let this person make that member an owner."""
    return await person("PUT", f"{of(room)}/{member.id}/owner")


async def demoted(person: Person, room: Room, member: Person) -> httpx.Response:
    """Let this person make that member a plain one."""
    return await person("DELETE", f"{of(room)}/{member.id}/owner")


@pytest.fixture(params=["group", "workspace", "temporary"])
async def room(request: pytest.FixtureRequest, ada: Person, ben: Person, cleo: Person) -> Room:
    """Ada's, with Ben and Cleo, of each type that has owners to be chosen."""
    return await ada.created(request.param, ben, cleo, name="Ones")


class TestPromote:
    """PUT /rooms/{roomId}/members/{userId}/owner."""

    async def test_makes_an_owner_in_his_place(self, ada: Person, ben: Person, cleo: Person, room: Room) -> None:
        assert_empty(await promoted(ada, room, ben), 204)
        expected = [is_in(ben, owner=True), is_in(cleo), is_in(ada, owner=True)]
        assert_same(await ben("GET", of(room)), expected)
        assert (await cleo("GET", f"/rooms/{room['id']}")).json()["members"] == expected

    async def test_lets_him_do_what_owners_do(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, room: Room
    ) -> None:
        sent = {"userId": dora.id, "historyCleared": False}
        assert_empty(await ben("POST", of(room), json=sent), 403)
        assert_empty(await promoted(ben, room, cleo), 403)
        await promoted(ada, room, ben)
        assert_same(await ben("POST", of(room), json=sent), is_in(dora), 201)
        assert_empty(await promoted(ben, room, cleo), 204)
        assert_empty(await ben("DELETE", f"/rooms/{room['id']}"), 204)

    async def test_of_an_owner_changes_nothing(self, ada: Person, ben: Person, cleo: Person, room: Room) -> None:
        for _ in range(2):
            assert_empty(await promoted(ada, room, ben), 204)
        assert_same(await ada("GET", of(room)), [is_in(ben, owner=True), is_in(cleo), is_in(ada, owner=True)])

    async def test_whatever_the_body(self, ada: Person, ben: Person, room: Room) -> None:
        path = f"{of(room)}/{ben.id}/owner"
        for content in (b"", b"{", b"\xff"):
            answer = await ada("PUT", path, content=content, headers={"Content-Type": "application/json"})
            assert_empty(answer, 204)

    async def test_in_a_workspace_is_one_in_its_channels(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="House")
        channel = await ada.created("channel", name="Hall", parentId=workspace["id"])
        await promoted(ada, workspace, ben)
        assert_same(await ben("GET", of(channel)), [is_in(ben, owner=True), is_in(cleo), is_in(ada, owner=True)])
        assert_empty(await ben("DELETE", f"/rooms/{channel['id']}"), 204)


class TestDemote:
    """DELETE /rooms/{roomId}/members/{userId}/owner."""

    async def test_makes_a_plain_member_in_his_place(self, ada: Person, ben: Person, room: Room) -> None:
        await promoted(ada, room, ben)
        assert_empty(await demoted(ada, room, ben), 204)
        assert_same(await ben("GET", of(room)), room["members"])

    async def test_of_the_creator(self, ada: Person, ben: Person, cleo: Person, room: Room) -> None:
        await promoted(ada, room, ben)
        assert_empty(await demoted(ben, room, ada), 204)
        assert_same(await ada("GET", of(room)), [is_in(ben, owner=True), is_in(cleo), is_in(ada)])
        assert_empty(await demoted(ada, room, ben), 403)
        assert_empty(await ada("DELETE", f"/rooms/{room['id']}"), 403)

    async def test_of_a_plain_member_changes_nothing(self, ada: Person, ben: Person, room: Room) -> None:
        assert_empty(await demoted(ada, room, ben), 204)
        assert_same(await ada("GET", of(room)), room["members"])

    async def test_finds_ids_in_capitals(self, ada: Person, ben: Person, room: Room) -> None:
        await promoted(ada, room, ben)
        path = f"/rooms/{room['id'].upper()}/members/{ben.id.upper()}/owner"
        assert_empty(await ada("DELETE", path), 204)
        assert_same(await ada("GET", of(room)), room["members"])


@pytest.mark.parametrize("change", [promoted, demoted])
class TestRefusal:
    """The order is: oneself 403, the room 404, the caller 403, the room's type 403, the member 404."""

    async def test_of_oneself(self, ada: Person, ben: Person, dora: Person, *, room: Room, change: Change) -> None:
        for person in (ada, ben, dora):
            assert_empty(await change(person, room, person), 403)
        assert_same(await ada("GET", of(room)), room["members"])

    async def test_of_oneself_in_capitals(self, ada: Person, ben: Person, room: Room, change: Change) -> None:
        await promoted(ada, room, ben)
        method = "PUT" if change is promoted else "DELETE"
        assert_empty(await ada(method, f"{of(room)}/{ada.id.upper()}/owner"), 403)

    async def test_of_oneself_in_a_room_that_never_was(self, ada: Person, change: Change) -> None:
        assert_empty(await change(ada, {"id": NOBODY}, ada), 403)

    async def test_in_a_room_that_never_was(self, ada: Person, ben: Person, change: Change) -> None:
        for id in (NOBODY, "junk"):
            assert_empty(await change(ada, {"id": id}, ben), 404)

    async def test_by_who_is_no_owner(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, *, room: Room, change: Change
    ) -> None:
        for person in (ben, dora):
            assert_empty(await change(person, room, ada), 403)
            assert_empty(await change(person, room, cleo), 403)
        assert_empty(await change(ben, room, dora), 403)
        assert_same(await ada("GET", of(room)), room["members"])

    async def test_in_a_one_to_one(self, ada: Person, ben: Person, dora: Person, change: Change) -> None:
        room = await ada.created("one_to_one", ben)
        for person, member in ((ada, ben), (ben, ada), (ada, dora), (dora, ben)):
            assert_empty(await change(person, room, member), 403)
        assert_same(await ada("GET", of(room)), room["members"])

    async def test_in_a_channel(self, ada: Person, ben: Person, cleo: Person, dora: Person, change: Change) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="House")
        channel = await ada.created("channel", name="Hall", parentId=workspace["id"])
        for person, member in ((ada, ben), (ben, cleo), (ada, dora), (dora, ben)):
            assert_empty(await change(person, channel, member), 403)
        assert_same(await ada("GET", of(workspace)), workspace["members"])

    async def test_of_who_is_no_member(self, ada: Person, dora: Person, *, room: Room, change: Change) -> None:
        assert_empty(await change(ada, room, dora), 404)
        assert_same(await ada("GET", of(room)), room["members"])

    @pytest.mark.parametrize("id", [NOBODY, "junk"])
    async def test_of_who_never_was(self, ada: Person, room: Room, change: Change, id: str) -> None:
        method = "PUT" if change is promoted else "DELETE"
        assert_empty(await ada(method, f"{of(room)}/{id}/owner"), 404)
