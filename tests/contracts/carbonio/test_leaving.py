"""Who goes: `DELETE /rooms/{roomId}/members/{userId}`, as a kick or by oneself (chats.md, its table and §5)."""

import httpx
import pytest
from people import NOBODY, Person, Room, is_in, of
from transcripts import assert_empty, assert_same


async def gone(person: Person, room: Room, member: Person) -> httpx.Response:
    """Let this person send that member away."""
    return await person("DELETE", f"{of(room)}/{member.id}")


class TestKick:
    async def test_by_an_owner(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        assert_empty(await gone(ada, group, ben), 204)
        assert_same(await ada("GET", of(group)), [is_in(cleo), is_in(ada, owner=True)])
        assert_empty(await ben("GET", f"/rooms/{group['id']}"), 403)
        assert_same(await ben("GET", "/rooms"), [])

    async def test_of_another_owner(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        await ada("PUT", f"{of(group)}/{ben.id}/owner")
        assert_empty(await gone(ben, group, ada), 204)
        assert_same(await ben("GET", of(group)), [is_in(ben, owner=True), is_in(cleo)])

    async def test_by_a_plain_member_is_forbidden(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, group: Room
    ) -> None:
        for member in (ada, cleo, dora):
            assert_empty(await gone(ben, group, member), 403)
        assert_empty(await ben("DELETE", f"{of(group)}/{NOBODY}"), 403)
        assert_same(await ada("GET", of(group)), group["members"])

    async def test_by_a_stranger_is_forbidden(self, ada: Person, dora: Person, group: Room, channel: Room) -> None:
        for room in (group, channel):
            assert_empty(await gone(dora, room, ada), 403)
            assert_empty(await dora("DELETE", f"{of(room)}/{NOBODY}"), 403)
        assert_same(await ada("GET", of(group)), group["members"])

    async def test_of_who_is_no_member(self, ada: Person, ben: Person, dora: Person, group: Room) -> None:
        assert_empty(await gone(ada, group, dora), 204)
        assert_empty(await ada("DELETE", f"{of(group)}/{NOBODY}"), 204)
        for _ in range(2):
            assert_empty(await gone(ada, group, ben), 204)

    async def test_from_a_workspace_is_one_from_its_channels(
        self, ada: Person, ben: Person, workspace: Room, channel: Room
    ) -> None:
        assert_empty(await gone(ada, workspace, ben), 204)
        for room in (workspace, channel):
            assert_empty(await ben("GET", f"/rooms/{room['id']}"), 403)
        assert_same(await ben("GET", "/rooms"), [])

    async def test_finds_ids_in_capitals(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        path = f"/rooms/{group['id'].upper()}/members/{ben.id.upper()}"
        assert_empty(await ada("DELETE", path), 204)
        assert_same(await ada("GET", of(group)), [is_in(cleo), is_in(ada, owner=True)])


class TestLeave:
    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    async def test_is_for_every_member(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        room = await ada.created(type, ben, cleo, name="Ones")
        assert_empty(await gone(ben, room, ben), 204)
        assert_same(await ada("GET", of(room)), [is_in(cleo), is_in(ada, owner=True)])
        assert_empty(await ben("GET", of(room)), 403)
        assert_empty(await gone(ben, room, ben), 204)

    async def test_by_one_who_never_was_in(self, dora: Person, group: Room, channel: Room) -> None:
        for room in (group, channel):
            assert_empty(await gone(dora, room, dora), 204)

    async def test_by_an_owner_when_another_stays(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        await ada("PUT", f"{of(group)}/{cleo.id}/owner")
        assert_empty(await gone(ada, group, ada), 204)
        assert_same(await ben("GET", of(group)), [is_in(ben), is_in(cleo, owner=True)])

    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    async def test_by_the_last_owner_while_others_stay_is_forbidden(
        self, ada: Person, ben: Person, cleo: Person, type: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="Ones")
        assert_empty(await gone(ada, room, ada), 403)
        await gone(ben, room, ben)
        assert_empty(await gone(ada, room, ada), 403)
        assert_same(await ada("GET", of(room)), [is_in(cleo), is_in(ada, owner=True)])

    async def test_by_the_very_last_takes_the_room_along(
        self, ada: Person, ben: Person, cleo: Person, group: Room
    ) -> None:
        await gone(ben, group, ben)
        await gone(cleo, group, cleo)
        assert_empty(await gone(ada, group, ada), 204)
        assert_empty(await ada("GET", f"/rooms/{group['id']}"), 404)
        assert_same(await ada("GET", "/rooms"), [])
        assert_empty(await gone(ada, group, ada), 204)

    async def test_by_the_very_last_of_a_workspace_takes_the_channels_along(
        self, ada: Person, ben: Person, cleo: Person, workspace: Room, channel: Room
    ) -> None:
        for person in (ben, cleo, ada):
            assert_empty(await gone(person, workspace, person), 204)
        for room in (workspace, channel):
            assert_empty(await ada("GET", f"/rooms/{room['id']}"), 404)


class TestImpossible:
    """A one_to_one and a channel keep whom they have."""

    async def test_in_a_one_to_one(self, ada: Person, ben: Person, dora: Person) -> None:
        room = await ada.created("one_to_one", ben)
        for person in (ada, ben):
            for member in (ada, ben, dora):
                assert_empty(await gone(person, room, member), 403)
        assert_same(await ada("GET", of(room)), room["members"])

    async def test_in_a_channel(self, ada: Person, ben: Person, dora: Person, workspace: Room, channel: Room) -> None:
        for person in (ada, ben):
            for member in (ada, ben, dora):
                assert_empty(await gone(person, channel, member), 403)
        assert_same(await ada("GET", of(channel)), workspace["members"])

    async def test_in_a_room_that_never_was(self, ada: Person, ben: Person) -> None:
        for id in (NOBODY, "junk"):
            for member in (ada.id, ben.id, NOBODY, "junk"):
                assert_empty(await ada("DELETE", f"/rooms/{id}/members/{member}"), 204)

    async def test_of_one_who_cannot_be(self, ada: Person, group: Room) -> None:
        assert_empty(await ada("DELETE", f"{of(group)}/junk"), 204)
        assert_same(await ada("GET", of(group)), group["members"])


class TestComingBack:
    async def test_finds_mute_and_cleared_history_as_they_were(self, ada: Person, ben: Person, group: Room) -> None:
        path = f"/rooms/{group['id']}"
        await ben("PUT", f"{path}/mute")
        settings = {"muted": True, **(await ben("PUT", f"{path}/clear")).json()}
        await gone(ben, group, ben)
        answer = await ada("POST", of(group), json={"userId": ben.id, "historyCleared": False})
        assert_same(answer, is_in(ben), 201)
        assert (await ben("GET", path)).json()["userSettings"] == settings

    async def test_with_history_cleared_clears_it_anew(self, ada: Person, ben: Person, group: Room) -> None:
        path = f"/rooms/{group['id']}"
        before = (await ben("PUT", f"{path}/clear")).json()["clearedAt"]
        await gone(ben, group, ben)
        answer = await ada("POST", of(group), json={"userId": ben.id, "historyCleared": True})
        moment = answer.json()["clearedAt"]
        assert before <= moment
        assert_same(answer, is_in(ben) | {"clearedAt": moment}, 201)
        assert (await ben("GET", path)).json()["userSettings"] == {"muted": False, "clearedAt": moment}

    async def test_makes_no_owner_of_who_was_one(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        await ada("PUT", f"{of(group)}/{ben.id}/owner")
        await gone(ben, group, ben)
        await ada("POST", of(group), json={"userId": ben.id, "historyCleared": False})
        assert_same(await ada("GET", of(group)), [is_in(cleo), is_in(ada, owner=True), is_in(ben)])

    async def test_to_a_workspace_has_the_next_rank_and_the_channels_settings(
        self, ada: Person, ben: Person, cleo: Person, workspace: Room, channel: Room
    ) -> None:
        second = await ada.created("workspace", ben, cleo, name="Second")
        await ben("PUT", f"/rooms/{channel['id']}/mute")
        await gone(ben, workspace, ben)
        [left] = (await ben("GET", "/rooms")).json()
        assert (left["id"], left["rank"]) == (second["id"], 2)
        await ada("POST", of(workspace), json={"userId": ben.id, "historyCleared": False})
        rooms = (await ben("GET", "/rooms")).json()
        assert [(room["id"], room["rank"]) for room in rooms] == [(second["id"], 2), (workspace["id"], 3)]
        rooms = (await cleo("GET", "/rooms")).json()
        assert [(room["id"], room["rank"]) for room in rooms] == [(workspace["id"], 1), (second["id"], 2)]
        assert (await ben("GET", f"/rooms/{channel['id']}")).json()["userSettings"] == {"muted": True}
