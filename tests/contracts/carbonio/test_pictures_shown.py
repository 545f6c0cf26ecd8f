"""Where rooms and users tell that they have a picture: `pictureUpdatedAt`, in its place among the other members."""

import asyncio
from collections.abc import Sequence

import pytest
from people import TIME, Acquaint, Person, Room, file_headers
from transcripts import assert_empty, assert_same

IMAGE = file_headers("a.png", mimeType="image/png")
EVERYTHING = "/rooms?extraFields=members&extraFields=settings"


def with_picture(shown: Room, after: str, at: str) -> Room:
    """Return a room or user with a picture set at that time, told directly after this member."""
    assert TIME.fullmatch(at)
    names = list(shown)
    names.insert(names.index(after) + 1, "pictureUpdatedAt")
    return {name: {**shown, "pictureUpdatedAt": at}[name] for name in names}


def without(room: Room, names: Sequence[str]) -> Room:
    return {name: value for name, value in room.items() if name not in names}


@pytest.fixture
async def framed(ada: Person, group: Room) -> Room:
    """Ada's group with a picture, as it is shown with it."""
    assert_empty(await ada("PUT", f"/rooms/{group['id']}/picture", headers=IMAGE, content=b"pixels"), 204)
    at = (await ada("GET", f"/rooms/{group['id']}")).json()["pictureUpdatedAt"]
    return with_picture(group | {"updatedAt": at}, "updatedAt", at)


class TestRooms:
    async def test_one(self, ada: Person, ben: Person, framed: Room) -> None:
        assert framed["pictureUpdatedAt"] >= framed["createdAt"]
        for person in (ada, ben):
            assert_same(await person("GET", f"/rooms/{framed['id']}"), framed)

    async def test_all(self, ada: Person, ben: Person, framed: Room) -> None:
        bare = await ada.created("one_to_one", ben)
        for query, names in (
            ("", ["membersIds", "members", "userSettings"]),
            ("?extraFields=members", ["membersIds", "userSettings"]),
            ("?extraFields=settings", ["membersIds", "members"]),
            ("?extraFields=members&extraFields=settings", ["membersIds"]),
        ):
            for person in (ada, ben):
                answer = await person("GET", f"/rooms{query}")
                assert_same(answer, [without(room, names) for room in (bare, framed)])

    async def test_a_change_of_the_room_keeps_it(self, ada: Person, framed: Room) -> None:
        await asyncio.sleep(0.002)
        answer = await ada("PUT", f"/rooms/{framed['id']}", json={"name": "Others"})
        assert_same(answer, framed | {"name": "Others", "updatedAt": answer.json()["updatedAt"]})
        assert answer.json()["updatedAt"] > framed["pictureUpdatedAt"]

    async def test_a_picture_changes_the_room(self, ada: Person, group: Room) -> None:
        await asyncio.sleep(0.002)
        await ada("PUT", f"/rooms/{group['id']}/picture", headers=IMAGE, content=b"pixels")
        at = (await ada("GET", f"/rooms/{group['id']}")).json()["pictureUpdatedAt"]
        assert at > group["updatedAt"]
        assert_same(await ada("GET", f"/rooms/{group['id']}"), with_picture(group, "updatedAt", at) | {"updatedAt": at})

    async def test_who_joins_and_who_leaves_does_not_matter(
        self, ada: Person, ben: Person, dora: Person, framed: Room
    ) -> None:
        members = f"/rooms/{framed['id']}/members"
        await ada("POST", members, json={"userId": dora.id, "historyCleared": True})
        await ben("DELETE", f"{members}/{ben.id}")
        shown = (await dora("GET", f"/rooms/{framed['id']}")).json()
        assert shown["pictureUpdatedAt"] == framed["pictureUpdatedAt"]

    async def test_a_workspace_and_its_channels_never_tell_of_one(
        self, ada: Person, framed: Room, workspace: Room, channel: Room
    ) -> None:
        for room in (workspace, channel):
            answer = await ada("PUT", f"/rooms/{room['id']}/picture", headers=IMAGE, content=b"pixels")
            assert_empty(answer, 400)
        child = without(channel, ["membersIds", "members", "userSettings"])
        shown = workspace | {"children": [child | {"userSettings": channel["userSettings"]}]}
        assert_same(await ada("GET", f"/rooms/{workspace['id']}"), shown)
        assert_same(await ada("GET", f"/rooms/{channel['id']}"), channel)
        assert_same(await ada("GET", EVERYTHING), [without(shown, ["membersIds"]), without(framed, ["membersIds"])])
        bare = without(workspace, ["membersIds", "members"]) | {"children": [child]}
        assert_same(await ada("GET", "/rooms"), [bare, without(framed, ["membersIds", "members", "userSettings"])])

    async def test_once_deleted_it_is_told_of_nowhere(self, ada: Person, framed: Room) -> None:
        assert_empty(await ada("DELETE", f"/rooms/{framed['id']}/picture"), 204)
        answer = await ada("GET", f"/rooms/{framed['id']}")
        bare = without(framed, ["pictureUpdatedAt"]) | {"updatedAt": answer.json()["updatedAt"]}
        assert_same(answer, bare)
        assert_same(await ada("GET", EVERYTHING), [without(bare, ["membersIds"])])

    async def test_a_users_picture_is_not_told_of_in_his_rooms(self, ada: Person, group: Room) -> None:
        await ada("PUT", f"/users/{ada.id}/picture", headers=IMAGE, content=b"pixels")
        assert_same(await ada("GET", f"/rooms/{group['id']}"), group)


class TestUsers:
    @pytest.mark.parametrize("type", ["internal", "guest"])
    async def test_one_and_several(self, ada: Person, acquaint: Acquaint, type: str) -> None:
        gus = await acquaint("Gus", type=type)
        bare = {"id": gus.id, "email": gus.email, "name": gus.name, "type": type}
        other = {"id": ada.id, "email": ada.email, "name": ada.name, "type": "internal"}
        assert_same(await ada("GET", f"/users/{gus.id}"), bare)
        assert_empty(await gus("PUT", f"/users/{gus.id}/picture", headers=IMAGE, content=b"pixels"), 204)
        at = (await ada("GET", f"/users/{gus.id}")).json()["pictureUpdatedAt"]
        shown = with_picture(bare, "type", at)
        for person in (ada, gus):
            assert_same(await person("GET", f"/users/{gus.id}"), shown)
            assert_same(await person("GET", f"/users?userIds={gus.id}&userIds={ada.id}"), [shown, other])
        assert_empty(await gus("DELETE", f"/users/{gus.id}/picture"), 204)
        assert_same(await ada("GET", f"/users/{gus.id}"), bare)
        assert_same(await ada("GET", f"/users?userIds={ada.id}&userIds={gus.id}"), [other, bare])

    async def test_another_picture_has_another_time(self, ada: Person) -> None:
        times = []
        for _ in range(3):
            await asyncio.sleep(0.002)
            assert_empty(await ada("PUT", f"/users/{ada.id}/picture", headers=IMAGE, content=b"pixels"), 204)
            times.append((await ada("GET", f"/users/{ada.id}")).json()["pictureUpdatedAt"])
        assert times == sorted(set(times))
