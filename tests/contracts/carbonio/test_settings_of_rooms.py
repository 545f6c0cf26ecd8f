"""`PUT` and `DELETE /rooms/{roomId}/mute` (muteRoom, unmuteRoom), `PUT /rooms/{roomId}/clear` (clearRoomHistory)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from people import TIME, Person, Room
from transcripts import assert_empty, assert_same


def path_of(room: Room, action: str) -> str:
    return f"/rooms/{room['id']}/{action}"


@pytest.fixture
async def rooms(ada: Person, ben: Person, cleo: Person) -> list[Room]:
    """A room of Ada and Ben of each type that can be muted."""
    workspace = await ada.created("workspace", ben, cleo)
    return [
        await ada.created("group", ben, cleo, name="A"),
        await ada.created("one_to_one", ben),
        await ada.created("temporary", ben, cleo, name="A"),
        await ada.created("channel", parentId=workspace["id"]),
    ]


async def settings(person: Person, room: Room) -> Room:
    """Return somebody's settings of a room, with which everything else is as it was."""
    shown: Room = (await person("GET", f"/rooms/{room['id']}")).json()
    assert shown | {"userSettings": None} == room | {"userSettings": None}
    return dict(shown["userSettings"])


class TestMute:
    async def test_in_every_type_for_oneself_alone(self, ada: Person, ben: Person, rooms: list[Room]) -> None:
        for room in rooms:
            assert_empty(await ben("PUT", path_of(room, "mute")), 204)
            assert await settings(ben, room) == {"muted": True}
            assert await settings(ada, room) == {"muted": False}

    async def test_again(self, ben: Person, rooms: list[Room]) -> None:
        for _ in range(3):
            assert_empty(await ben("PUT", path_of(rooms[0], "mute")), 204)
        assert await settings(ben, rooms[0]) == {"muted": True}

    async def test_keeps_what_was_cleared(self, ben: Person, rooms: list[Room]) -> None:
        cleared = (await ben("PUT", path_of(rooms[0], "clear"))).json()
        await ben("PUT", path_of(rooms[0], "mute"))
        assert await settings(ben, rooms[0]) == {"muted": True, **cleared}


class TestUnmute:
    async def test_in_every_type_for_oneself_alone(self, ada: Person, ben: Person, rooms: list[Room]) -> None:
        for room in rooms:
            for person in (ada, ben):
                await person("PUT", path_of(room, "mute"))
            assert_empty(await ben("DELETE", path_of(room, "mute")), 204)
            assert await settings(ben, room) == {"muted": False}
            assert await settings(ada, room) == {"muted": True}

    async def test_again_and_what_was_never_muted(self, ben: Person, rooms: list[Room]) -> None:
        for _ in range(2):
            assert_empty(await ben("DELETE", path_of(rooms[0], "mute")), 204)
        await ben("PUT", path_of(rooms[0], "mute"))
        for _ in range(2):
            assert_empty(await ben("DELETE", path_of(rooms[0], "mute")), 204)
        assert await settings(ben, rooms[0]) == {"muted": False}

    async def test_keeps_what_was_cleared(self, ben: Person, rooms: list[Room]) -> None:
        cleared = (await ben("PUT", path_of(rooms[0], "clear"))).json()
        await ben("PUT", path_of(rooms[0], "mute"))
        await ben("DELETE", path_of(rooms[0], "mute"))
        assert await settings(ben, rooms[0]) == {"muted": False, **cleared}


class TestClear:
    async def test_in_every_type_for_oneself_alone(self, ada: Person, ben: Person, rooms: list[Room]) -> None:
        for room in rooms:
            answer = await ben("PUT", path_of(room, "clear"))
            cleared_at = answer.json()["clearedAt"]
            assert TIME.fullmatch(cleared_at), cleared_at
            assert_same(answer, {"clearedAt": cleared_at})
            assert await settings(ben, room) == {"muted": False, "clearedAt": cleared_at}
            assert await settings(ada, room) == {"muted": False}

    async def test_tells_the_time_of_now(self, ben: Person, rooms: list[Room]) -> None:
        before = datetime.now(UTC)
        cleared_at = (await ben("PUT", path_of(rooms[0], "clear"))).json()["clearedAt"]
        after = datetime.now(UTC)
        second = timedelta(seconds=1)
        assert before - second < datetime.fromisoformat(cleared_at) < after + second

    async def test_again_is_later(self, ben: Person, rooms: list[Room]) -> None:
        cleared = []
        for _ in range(3):
            cleared.append((await ben("PUT", path_of(rooms[0], "clear"))).json()["clearedAt"])
            await asyncio.sleep(0.002)
        assert cleared == sorted(set(cleared))
        assert await settings(ben, rooms[0]) == {"muted": False, "clearedAt": cleared[-1]}

    async def test_keeps_what_is_muted(self, ben: Person, rooms: list[Room]) -> None:
        await ben("PUT", path_of(rooms[0], "mute"))
        cleared = (await ben("PUT", path_of(rooms[0], "clear"))).json()
        assert await settings(ben, rooms[0]) == {"muted": True, **cleared}

    async def test_a_workspace_shows_nothing_of_it(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        answer = await ben("PUT", path_of(workspace, "clear"))
        assert_same(answer, {"clearedAt": answer.json()["clearedAt"]})
        assert_same(await ben("GET", f"/rooms/{workspace['id']}"), workspace)


@pytest.mark.parametrize(("method", "action"), [("PUT", "mute"), ("DELETE", "mute"), ("PUT", "clear")])
class TestEach:
    async def test_a_stranger(self, ada: Person, dora: Person, rooms: list[Room], method: str, action: str) -> None:
        for room in rooms:
            assert_empty(await dora(method, path_of(room, action)), 403)

    async def test_no_such_room(self, ada: Person, method: str, action: str) -> None:
        for id in (uuid4(), ada.id, "junk"):
            assert_empty(await ada(method, path_of({"id": id}, action)), 404)

    async def test_one_who_has_left(self, ben: Person, rooms: list[Room], method: str, action: str) -> None:
        await ben("DELETE", path_of(rooms[0], f"members/{ben.id}"))
        assert_empty(await ben(method, path_of(rooms[0], action)), 403)

    async def test_whatever_the_body_is(self, ben: Person, rooms: list[Room], method: str, action: str) -> None:
        for content in (b"", b"{", b"\xff", b"{}", b"x" * 2000):
            headers = {"Content-Type": "application/json"}
            answer = await ben(method, path_of(rooms[0], action), content=content, headers=headers)
            assert answer.status_code == (200 if action == "clear" else 204)

    async def test_an_id_in_upper_case(self, ben: Person, rooms: list[Room], method: str, action: str) -> None:
        answer = await ben(method, path_of({"id": rooms[0]["id"].upper()}, action))
        assert answer.status_code == (200 if action == "clear" else 204)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
class TestWorkspace:
    async def test_cannot_be_muted(self, ada: Person, ben: Person, cleo: Person, method: str) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        for person in (ada, ben):
            assert_empty(await person(method, path_of(workspace, "mute")), 403)
        assert_same(await ada("GET", f"/rooms/{workspace['id']}"), workspace)

    async def test_a_stranger_is_refused_alike(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, method: str
    ) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        assert_empty(await dora(method, path_of(workspace, "mute")), 403)
