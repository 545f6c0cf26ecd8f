"""Many at once: who is in a room and owns it while people leave, remove, promote and delete.

Users who are removed meanwhile are in test_removed_users.py.
"""

import asyncio
from collections.abc import Awaitable
from itertools import permutations
from uuid import UUID

import asyncpg
import httpx
import pytest
from people import Person, Room, Waiting
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"
ROUNDS = 8
TYPES = pytest.mark.parametrize("type", ["group", "workspace", "temporary"])


async def at_once(*requests: Awaitable[httpx.Response], refused: set[int]) -> list[int]:
    """Send them together; each is done, or refused in a way that is known. Return the statuses."""
    answers = await asyncio.gather(*requests)
    for answer in answers:
        if answer.status_code not in {200, 201}:
            assert answer.status_code in {204} | refused, (answer.request.method, answer.request.url, answer.text)
            assert_empty(answer, answer.status_code)
    return [answer.status_code for answer in answers]


def leave(person: Person, room: Room) -> Awaitable[httpx.Response]:
    return kick(person, room, person)


def kick(person: Person, room: Room, other: Person) -> Awaitable[httpx.Response]:
    return person("DELETE", f"{ROOMS}/{room['id']}/members/{other.id}")


def add(person: Person, room: Room, other: Person, **said: bool) -> Awaitable[httpx.Response]:
    body = {"userId": other.id, "historyCleared": False, **said}
    return person("POST", f"{ROOMS}/{room['id']}/members", json=body)


def own(person: Person, room: Room, other: Person, method: str = "PUT") -> Awaitable[httpx.Response]:
    return person(method, f"{ROOMS}/{room['id']}/members/{other.id}/owner")


async def owned_by(room: Room, *people: Person) -> Room:
    """Make owners of these people, who are in the room."""
    owner, *others = people
    for other in others:
        assert_empty(await own(owner, room, other), 204)
    return room


async def owners_of(room: Room, database: asyncpg.Connection) -> list[bool] | None:
    """Return of each member whether he owns the room; None when there is no room any more."""
    if not await database.fetchval("SELECT true FROM room WHERE id = $1", UUID(room["id"])):
        return None
    members = await database.fetch("SELECT owner FROM member WHERE room_id = $1", UUID(room["id"]))
    return [member["owner"] for member in members]


@TYPES
class TestOwners:
    async def test_of_two_who_leave_one_stays(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben)
            statuses = await at_once(leave(ada, room), leave(ben, room), refused={403})
            assert sorted(statuses) == [204, 403]
            members = (await cleo("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert sorted(member["owner"] for member in members) == [False, True]

    async def test_of_two_who_remove_each_other_one_stays(
        self, ada: Person, ben: Person, cleo: Person, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben)
            statuses = await at_once(kick(ada, room, ben), kick(ben, room, ada), refused={403})
            assert sorted(statuses) == [204, 403]
            members = (await cleo("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert sorted(member["owner"] for member in members) == [False, True]

    async def test_of_two_who_demote_each_other_one_owns_it(
        self, ada: Person, ben: Person, cleo: Person, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben)
            statuses = await at_once(own(ada, room, ben, "DELETE"), own(ben, room, ada, "DELETE"), refused={403})
            assert sorted(statuses) == [204, 403]
            members = (await cleo("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert sorted(member["owner"] for member in members) == [False, False, True]

    async def test_one_who_leaves_while_demoted(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben)
            await at_once(leave(ada, room), own(ada, room, ben, "DELETE"), leave(ben, room), refused={403, 404})
            members = (await cleo("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert True in [member["owner"] for member in members]

    async def test_one_who_leaves_while_he_promotes(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ben, cleo, name="A")
            left, promoted = await at_once(leave(ada, room), own(ada, room, ben), refused={403})
            assert promoted == 204
            members = (await cleo("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert (ada.id in [member["userId"] for member in members]) == (left == 403)
            assert {"userId": ben.id, "owner": True} in members

    async def test_one_who_leaves_while_the_last_other_leaves(
        self, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ada, ben, name="A")
            owner_left, other_left = await at_once(leave(ada, room), leave(ben, room), refused={403})
            assert other_left == 204
            assert await owners_of(room, database) == (None if owner_left == 204 else [True])

    async def test_the_last_two_take_the_room_along(
        self, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ada, ben, name="A"), ada, ben)
            assert await at_once(leave(ada, room), leave(ben, room), refused=set()) == [204, 204]
            assert await owners_of(room, database) is None
            for person in (ada, ben):
                assert_empty(await person("GET", f"{ROOMS}/{room['id']}"), 404)
                assert_same(await person("GET", ROOMS), [])

    async def test_one_who_leaves_while_promoted(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ben, cleo, name="A")
            _, left = await at_once(own(ada, room, cleo), leave(cleo, room), refused={404})
            assert left == 204
            members = [{"userId": ben.id, "owner": False}, {"userId": ada.id, "owner": True}]
            assert_same(await ada("GET", f"{ROOMS}/{room['id']}/members"), members)

    async def test_everything_at_once(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, type: str
    ) -> None:
        people = (ada, ben, cleo)
        for number in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben, cleo)
            requests = [leave(person, room) for person in people]
            for one, other in permutations(people, 2):
                requests += [kick(one, room, other), own(one, room, other, "DELETE"), own(one, room, other)]
                requests += [add(one, room, other), add(one, room, other, owner=True)]
            turned = requests[number:] + requests[:number]
            await at_once(*turned[::3], *turned[1::3], *turned[2::3], refused={400, 403, 404})
            owners = await owners_of(room, database)
            assert owners is None or True in owners


@TYPES
class TestDeletion:
    async def test_of_a_room_while_somebody_is_added(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ben, cleo, name="A")
            delete = ada("DELETE", f"{ROOMS}/{room['id']}")
            requests = [add(ada, room, dora), delete, add(ada, room, dora)]
            first, gone, second = await at_once(*requests, refused={400, 404})
            assert gone == 204
            assert sorted((first, second)) in ([201, 400], [201, 404], [404, 404])
            for person in (ada, ben, dora):
                assert (await person("GET", ROOMS)).json() == []
                assert_empty(await person("GET", f"{ROOMS}/{room['id']}"), 404)

    async def test_of_a_room_while_it_is_used(self, ada: Person, ben: Person, cleo: Person, type: str) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ben, cleo, name="A")
            path = f"{ROOMS}/{room['id']}"
            requests = [
                ben("PUT", f"{path}/clear"),
                ada("PUT", path, json={"name": "B"}),
                own(ada, room, ben),
                ben("GET", path),
                ada("DELETE", path),
                leave(cleo, room),
                kick(ada, room, cleo),
                ada("GET", f"{path}/members"),
                ada("GET", f"{ROOMS}?extraFields=members&extraFields=settings"),
                ben("PUT", f"{path}/clear"),
                own(ada, room, ben, "DELETE"),
                ada("DELETE", path),
            ]
            statuses = await at_once(*requests, refused={404})
            assert [statuses[index] for index in (4, 5, 6, 8, 11)] == [204, 204, 204, 200, 204]
            assert_empty(await ada("GET", path), 404)

    async def test_of_one_who_leaves_while_he_is_removed(
        self, ada: Person, ben: Person, cleo: Person, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await ada.created(type, ben, cleo, name="A")
            assert set(await at_once(leave(ben, room), kick(ada, room, ben), leave(ben, room), refused=set())) == {204}
            shown = (await ada("GET", f"{ROOMS}/{room['id']}")).json()
            assert shown["membersIds"] == [cleo.id, ada.id]

    async def test_of_an_owner_while_he_adds_and_promotes(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, type: str
    ) -> None:
        for _ in range(ROUNDS):
            room = await owned_by(await ada.created(type, ben, cleo, name="A"), ada, ben)
            requests = [add(ben, room, dora), kick(ada, room, ben), own(ben, room, cleo)]
            added, kicked, promoted = await at_once(*requests, refused={403})
            assert kicked == 204
            members = (await ada("GET", f"{ROOMS}/{room['id']}/members")).json()
            assert (dora.id in [member["userId"] for member in members]) == (added == 201)
            assert ({"userId": cleo.id, "owner": True} in members) == (promoted == 204)


class TestMuting:
    async def test_by_one_user_many_times_at_once(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        path = f"{ROOMS}/{room['id']}"
        requests = [ben("PUT", f"{path}/mute") for _ in range(10)] + [ben("PUT", f"{path}/clear") for _ in range(10)]
        assert set(await at_once(*requests, refused=set())) == {200, 204}
        settings = (await ben("GET", path)).json()["userSettings"]
        assert list(settings) == ["muted", "clearedAt"]
        assert settings["muted"] is True


class TestWaiting:
    """Two calls that wait for each other: Postgres would end one of them, and nobody may hear of that."""

    @pytest.mark.parametrize("by", ["deleted", "left by the last"])
    async def test_workspaces_are_ranked_while_one_is(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, *, waiting: Waiting, by: str
    ) -> None:
        one, two = [(await ada.created("workspace", ben, cleo, name=name)) for name in ("1", "2")]
        if by == "left by the last":
            for person in (ben, cleo):
                await leave(person, one)
        order = [{"roomId": two["id"], "rank": 1}, {"roomId": one["id"], "rank": 2}]
        async with database.transaction():
            await database.execute("SELECT FROM member WHERE room_id = $1 FOR UPDATE", UUID(one["id"]))
            ranked = asyncio.create_task(ada("PUT", f"{ROOMS}/workspaces/rank", json=order))
            await waiting(1)
            going = ada("DELETE", f"{ROOMS}/{one['id']}") if by == "deleted" else leave(ada, one)
            gone = asyncio.create_task(going)
            await waiting(2)
        assert_empty(await gone, 204)
        assert (await ranked).status_code in {204, 400}
        assert [room["id"] for room in (await ada("GET", ROOMS)).json()] == [two["id"]]
