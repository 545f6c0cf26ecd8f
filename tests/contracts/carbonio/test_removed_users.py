"""Users who are removed leave every room, one after the other and while much else happens."""

import asyncio
from collections.abc import Awaitable

import asyncpg
import httpx
import pytest
from people import Acquaint, Person, removed
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"
ROUNDS = 6
TYPES = pytest.mark.parametrize("type", ["group", "workspace", "temporary"])


async def while_removed(
    person: Person, database: asyncpg.Connection, *requests: Awaitable[httpx.Response], refused: set[int]
) -> None:
    """Remove the user while these are sent; each is done, or refused in a way that is known."""
    answers = await asyncio.gather(*requests[::2], removed(person, database), *requests[1::2])
    for answer in answers:
        if answer is not None and answer.status_code not in {200, 201}:
            assert answer.status_code in {204} | refused, (answer.request.method, answer.request.url, answer.text)
            assert_empty(answer, answer.status_code)


async def assert_all_is_owned(database: asyncpg.Connection, ada: Person, gone: Person) -> None:
    """See that no room lacks an owner, so none is empty, and that Ada meets the one who is gone nowhere."""
    unowned = (
        "SELECT * FROM room WHERE type <> 'channel' AND NOT EXISTS (SELECT FROM member WHERE room_id = id AND owner)"
    )
    assert await database.fetch(unowned) == []
    for room in (await ada("GET", f"{ROOMS}?extraFields=members")).json():
        assert gone.id not in [member["userId"] for member in room["members"]]


class TestRemoved:
    @TYPES
    async def test_a_member_has_left_his_rooms(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, type: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="A")
        await removed(ben, database)
        room["membersIds"].remove(ben.id)
        room["members"].remove({"userId": ben.id, "owner": False})
        assert_same(await cleo("GET", f"{ROOMS}/{room['id']}"), room)
        assert_empty(await ben("GET", f"{ROOMS}/{room['id']}"), 401)

    @TYPES
    async def test_after_the_only_owner_the_first_to_join_owns_it(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, type: str
    ) -> None:
        room = await ada.created(type, cleo, ben, name="A")
        await removed(ada, database)
        members = [{"userId": cleo.id, "owner": True}, {"userId": ben.id, "owner": False}]
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}/members"), members)

    @TYPES
    async def test_beside_another_owner_nobody_becomes_one(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, type: str
    ) -> None:
        room = await ada.created(type, cleo, ben, name="A")
        await ada("PUT", f"{ROOMS}/{room['id']}/members/{ben.id}/owner")
        await removed(ada, database)
        members = [{"userId": cleo.id, "owner": False}, {"userId": ben.id, "owner": True}]
        assert_same(await ben("GET", f"{ROOMS}/{room['id']}/members"), members)

    async def test_his_one_to_ones_are_gone(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection
    ) -> None:
        room, other = await ada.created("one_to_one", ben), await ada.created("one_to_one", cleo)
        await removed(ben, database)
        assert_empty(await ada("GET", f"{ROOMS}/{room['id']}"), 404)
        assert [listed["id"] for listed in (await ada("GET", ROOMS)).json()] == [other["id"]]

    async def test_rooms_where_he_was_alone_are_gone(
        self, ada: Person, ben: Person, database: asyncpg.Connection
    ) -> None:
        await ben.created("temporary", name="A")
        await removed(ben, database)
        assert await database.fetchval("SELECT count(*) FROM room") == 0

    async def test_a_workspace_goes_on_with_its_channels(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection
    ) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        channel = await ada.created("channel", name="B", parentId=workspace["id"])
        await removed(ada, database)
        members = [{"userId": ben.id, "owner": True}, {"userId": cleo.id, "owner": False}]
        shown = channel | {"membersIds": [ben.id, cleo.id], "members": members}
        assert_same(await ben("GET", f"{ROOMS}/{channel['id']}"), shown)
        [listed] = (await cleo("GET", ROOMS)).json()
        assert (listed["id"], [child["id"] for child in listed["children"]]) == (workspace["id"], [channel["id"]])

    async def test_he_can_be_no_member_any_more(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection
    ) -> None:
        room = await ada.created("group", ada, cleo, name="A")
        await removed(ben, database)
        body = {"userId": ben.id, "historyCleared": False}
        assert_empty(await ada("POST", f"{ROOMS}/{room['id']}/members", json=body), 400)
        for type in ("group", "workspace", "temporary"):
            named = {"type": type, "name": "A", "membersIds": [cleo.id, ben.id]}
            assert_empty(await ada("POST", ROOMS, json=named), 400)
        assert_empty(await ada("POST", ROOMS, json={"type": "one_to_one", "membersIds": [ben.id]}), 400)


@TYPES
class TestRemovedAtOnce:
    async def test_with_the_only_other_owner(
        self, acquaint: Acquaint, ada: Person, database: asyncpg.Connection, elsewhere: asyncpg.Connection, type: str
    ) -> None:
        for number in range(ROUNDS):
            zoe, yan = await acquaint(f"Zoe {number}"), await acquaint(f"Yan {number}")
            room = await zoe.created(type, yan, ada, name="A")
            path = f"{ROOMS}/{room['id']}/members"
            assert_empty(await zoe("PUT", f"{path}/{yan.id}/owner"), 204)
            await asyncio.gather(removed(zoe, database), removed(yan, elsewhere))
            assert_same(await ada("GET", path), [{"userId": ada.id, "owner": True}])

    async def test_with_rooms_made_of_him(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            body = {"type": type, "name": "A", "membersIds": [ben.id, zoe.id]}
            pair = {"type": "one_to_one", "membersIds": [zoe.id]}
            requests = [person("POST", ROOMS, json=said) for person in (ada, ben) for said in (body, pair)]
            await while_removed(
                zoe, database, *requests, *(ada("POST", ROOMS, json=body) for _ in range(3)), refused={400}
            )
            await assert_all_is_owned(database, ada, zoe)

    async def test_with_being_added_promoted_and_removed(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        room = await ada.created(type, ada, ben, name="A")
        path = f"{ROOMS}/{room['id']}/members"
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            body = {"userId": zoe.id, "historyCleared": True, "owner": True}
            requests = [
                ada("POST", path, json=body),
                ada("PUT", f"{path}/{zoe.id}/owner"),
                ada("DELETE", f"{path}/{zoe.id}"),
                ada("POST", path, json=[body]),
                ada("DELETE", f"{path}/{zoe.id}/owner"),
                ada("POST", path, json=body),
            ]
            await while_removed(zoe, database, *requests, refused={400, 404})
            await assert_all_is_owned(database, ada, zoe)

    async def test_with_the_other_owner_leaving(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            room = await ada.created(type, ben, zoe, name="A")
            path = f"{ROOMS}/{room['id']}/members"
            assert_empty(await ada("PUT", f"{path}/{zoe.id}/owner"), 204)
            await while_removed(zoe, database, ada("DELETE", f"{path}/{ada.id}"), refused={403})
            await assert_all_is_owned(database, ada, zoe)

    async def test_with_everybody_leaving(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            room = await zoe.created(type, ben, ada, name="A")
            path = f"{ROOMS}/{room['id']}/members"
            leaving = [person("DELETE", f"{path}/{person.id}") for person in (ada, ben)]
            await while_removed(zoe, database, *leaving, refused={403})
            await assert_all_is_owned(database, ada, zoe)

    async def test_with_his_own_calls(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection, type: str
    ) -> None:
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            path = f"{ROOMS}/{(await ada.created(type, ben, zoe, name='A'))['id']}"
            requests = [
                zoe("POST", ROOMS, json={"type": type, "name": "A", "membersIds": [ada.id, ben.id]}),
                zoe("POST", ROOMS, json={"type": "one_to_one", "membersIds": [ada.id]}),
                zoe("POST", ROOMS, json={"type": "temporary", "name": "A"}),
                zoe("GET", path),
                zoe("PUT", f"{path}/clear"),
                zoe("GET", ROOMS),
                zoe("DELETE", f"{path}/members/{zoe.id}"),
                zoe("PUT", f"{path}/clear"),
            ]
            await while_removed(zoe, database, *requests, refused={400, 401, 403, 404})
            await assert_all_is_owned(database, ada, zoe)
            assert_empty(await zoe("GET", ROOMS), 401)


class TestRemovedFromWorkspaces:
    async def test_with_the_heirs_ranking_them(
        self, acquaint: Acquaint, ada: Person, ben: Person, database: asyncpg.Connection
    ) -> None:
        for number in range(ROUNDS):
            zoe = await acquaint(f"Zoe {number}")
            for heirs in ((ada, ben), (ben, ada)) * 4:
                await zoe.created("workspace", *heirs)
            ids = [room["id"] for room in (await ada("GET", ROOMS)).json()]
            orders = [
                [{"roomId": id, "rank": (place + by) % len(ids)} for place, id in enumerate(ids)] for by in range(4)
            ]
            requests = [
                person("PUT", f"{ROOMS}/workspaces/rank", json=order) for person in (ada, ben) for order in orders
            ]
            await while_removed(zoe, database, *requests, refused=set())
            await assert_all_is_owned(database, ada, zoe)
            for person in (ada, ben):
                ranks = [room["rank"] for room in (await person("GET", ROOMS)).json()]
                assert sorted(ranks) == list(range(len(ids)))
