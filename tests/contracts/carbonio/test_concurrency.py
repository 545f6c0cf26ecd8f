"""Many at once: one_to_one rooms, the limit of a group, ranks. Who owns what is in test_concurrency_of_members.py."""

import asyncio
from collections.abc import Awaitable

import asyncpg
import httpx
from people import Crowd, Person, Room
from transcripts import assert_empty

ROOMS = "/rooms"
WORKSPACES = "/rooms/workspaces/rank"
MAX_GROUP_MEMBERS = 128
MANY = 20


async def at_once(*requests: Awaitable[httpx.Response], done: int, refused: set[int]) -> list[httpx.Response]:
    """Send them together; each is done, or refused in a way that is known. Return those that are done."""
    answers = await asyncio.gather(*requests)
    for answer in answers:
        if answer.status_code != done:
            assert answer.status_code in refused, (answer.request.method, answer.request.url, answer.text)
            assert_empty(answer, answer.status_code)
    return [answer for answer in answers if answer.status_code == done]


async def ranks(person: Person) -> dict[str, int]:
    """Return the ranks of somebody's workspaces, in the order of the list."""
    return {room["id"]: room["rank"] for room in (await person("GET", ROOMS)).json() if room["type"] == "workspace"}


async def channels(person: Person, workspace: Room) -> dict[str, int]:
    shown = (await person("GET", f"{ROOMS}/{workspace['id']}")).json()
    return {room["id"]: room["rank"] for room in shown["children"]}


def assert_in_order(ranks: dict[str, int]) -> None:
    assert list(ranks.values()) == sorted(set(ranks.values())), ranks


def ranking(ids: list[str], *, by: int = 0) -> list[Room]:
    """Return a permutation of 1..n, each time another."""
    return [{"roomId": id, "rank": (index + by) % len(ids) + 1} for index, id in enumerate(ids)]


def channels_of(workspace: Room) -> str:
    return f"/rooms/workspaces/{workspace['id']}/channels/rank"


class TestOneToOne:
    async def test_is_made_once_from_either_side(self, ada: Person, ben: Person) -> None:
        def make(person: Person, other: Person) -> Awaitable[httpx.Response]:
            return person("POST", ROOMS, json={"type": "one_to_one", "membersIds": [other.id]})

        pairs = [(ada, ben), (ben, ada)] * MANY
        [made] = await at_once(*(make(*pair) for pair in pairs), done=201, refused={409})
        for person in (ada, ben):
            assert [room["id"] for room in (await person("GET", ROOMS)).json()] == [made.json()["id"]]

    async def test_other_pairs_do_not_hinder_each_other(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        people = (ada, ben, cleo, dora)
        pairs = [(one, other) for one in people for other in people if one is not other]
        requests = (one("POST", ROOMS, json={"type": "one_to_one", "membersIds": [other.id]}) for one, other in pairs)
        assert len(await at_once(*requests, done=201, refused={409})) == 6


class TestGroupLimit:
    async def test_single_additions_fill_it_to_the_last_place(self, ada: Person, crowd: Crowd) -> None:
        ids = await crowd(MAX_GROUP_MEMBERS + 11)
        inside, outside = ids[: MAX_GROUP_MEMBERS - 9], ids[MAX_GROUP_MEMBERS - 9 :]
        group = (await ada("POST", ROOMS, json={"type": "group", "name": "A", "membersIds": inside})).json()
        path = f"{ROOMS}/{group['id']}/members"
        requests = (ada("POST", path, json={"userId": id, "historyCleared": False}) for id in outside)
        added = await at_once(*requests, done=201, refused={400})
        assert len(added) == 8
        shown = [member["userId"] for member in (await ada("GET", path)).json()]
        assert len(shown) == MAX_GROUP_MEMBERS
        assert set(shown) == {ada.id, *inside, *(answer.json()["userId"] for answer in added)}

    async def test_additions_of_many_are_all_or_nothing(self, ada: Person, crowd: Crowd) -> None:
        ids = await crowd(MAX_GROUP_MEMBERS + 20)
        inside, outside = ids[: MAX_GROUP_MEMBERS - 8], ids[MAX_GROUP_MEMBERS - 8 :]
        group = (await ada("POST", ROOMS, json={"type": "group", "name": "A", "membersIds": inside})).json()
        path = f"{ROOMS}/{group['id']}/members"
        requests = (ada("POST", path, json=[{"userId": id} for id in outside[n : n + 4]]) for n in range(0, 28, 4))
        [added] = await at_once(*requests, done=201, refused={400})
        shown = [member["userId"] for member in (await ada("GET", path)).json()]
        assert set(shown) == {ada.id, *inside, *(member["userId"] for member in added.json())}
        assert len(shown) == MAX_GROUP_MEMBERS - 7 + 4

    async def test_one_user_is_added_once(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        for type in ("group", "workspace", "temporary"):
            room = await ada.created(type, ben, cleo, name="A")
            path, body = f"{ROOMS}/{room['id']}/members", {"userId": dora.id, "historyCleared": True}
            await ada("PUT", f"{path}/{ben.id}/owner")
            requests = (person("POST", path, json=said) for person in (ada, ben) for said in (body, [body]) * 5)
            [_] = await at_once(*requests, done=201, refused={400})
            shown = [member["userId"] for member in (await ada("GET", path)).json()]
            assert shown == [ben.id, cleo.id, ada.id, dora.id]


class TestRanksOfWorkspaces:
    async def test_made_by_each_other_they_rank_from_one_without_a_gap(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        people = [ada, ben, cleo, dora]
        turns = [people[n % 4 :] + people[: n % 4] for n in range(MANY)]
        orders = [turn if n % 2 else [turn[0], *turn[:0:-1]] for n, turn in enumerate(turns)]
        await asyncio.gather(*(one.created("workspace", *others) for one, *others in orders))
        for person in people:
            assert list((await ranks(person)).values()) == list(range(1, MANY + 1))

    async def test_joined_at_once_they_rank_from_one_without_a_gap(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        rooms = [await ada.created("workspace", ben, cleo) for _ in range(MANY)]
        body = {"userId": dora.id, "historyCleared": False}
        said = zip(rooms, (body, [body]) * (MANY // 2), strict=True)
        added = (ada("POST", f"{ROOMS}/{room['id']}/members", json=body) for room, body in said)
        assert len(await at_once(*added, done=201, refused=set())) == MANY
        assert list((await ranks(dora)).values()) == list(range(1, MANY + 1))

    async def test_put_in_many_orders_they_have_one_of_them(self, ada: Person, ben: Person, cleo: Person) -> None:
        ids = [(await ada.created("workspace", ben, cleo))["id"] for _ in range(5)]
        orders = [ranking(ids, by=by) for by in range(5)] * 4
        done = await at_once(*(ada("PUT", WORKSPACES, json=order) for order in orders), done=204, refused=set())
        assert len(done) == MANY
        shown = await ranks(ada)
        assert_in_order(shown)
        assert shown in [{entry["roomId"]: entry["rank"] for entry in order} for order in orders]

    async def test_made_left_and_put_in_order_they_stay_unique(self, ada: Person, ben: Person, cleo: Person) -> None:
        for _ in range(4):
            await ada.created("workspace", ben, cleo)
        for number in range(5):
            ids = list(await ranks(ben))
            makings = (ada.created("workspace", ben, cleo) for _ in range(3))
            leaving = ben("DELETE", f"{ROOMS}/{ids[number % len(ids)]}/members/{ben.id}")
            orders = [ben("PUT", WORKSPACES, json=ranking(ids, by=by)) for by in range(4)]
            both = await asyncio.gather(at_once(*orders, leaving, done=204, refused={400}), *makings)
            assert len(both) == 4
            shown = await ranks(ben)
            assert len(shown) == len(ids) + 2
            assert_in_order(shown)

    async def test_put_in_order_by_everybody_while_some_go_they_stay_unique(
        self, ada: Person, ben: Person, cleo: Person
    ) -> None:
        people = (ada, ben, cleo)
        for _ in range(5):
            rooms = [await ada.created("workspace", ben, cleo) for _ in range(8)]
            leaving = [
                person("DELETE", f"{ROOMS}/{room['id']}/members/{person.id}")
                for room, person in zip(rooms[:4], (ben, cleo) * 2, strict=True)
            ]
            shown = [(person, list(await ranks(person))) for person in people]
            orders = [person("PUT", WORKSPACES, json=ranking(ids, by=by)) for person, ids in shown for by in (0, 3)]
            deleting = [ada("DELETE", f"{ROOMS}/{room['id']}") for room in rooms[4:]]
            await at_once(*leaving, *orders, *deleting, done=204, refused={400})
            for person, ids in shown:
                left = await ranks(person)
                assert_in_order(left)
                assert len(left) == len(ids) - (4 if person is ada else 6)


class TestRanksOfChannels:
    async def test_made_at_once_they_rank_from_one_without_a_gap(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo)
        await ada("PUT", f"{ROOMS}/{workspace['id']}/members/{ben.id}/owner")
        made = await asyncio.gather(
            *((ada, ben)[n % 2].created("channel", parentId=workspace["id"]) for n in range(MANY))
        )
        shown = await channels(cleo, workspace)
        assert list(shown.values()) == list(range(1, MANY + 1))
        assert shown == {room["id"]: room["rank"] for room in made}

    async def test_put_in_many_orders_they_have_one_of_them(self, ada: Person, ben: Person) -> None:
        workspace = await ada.created("workspace", ada, ben)
        ids = [(await ada.created("channel", parentId=workspace["id"]))["id"] for _ in range(5)]
        orders = [ranking(ids, by=by) for by in range(5)] * 4
        requests = (ada("PUT", channels_of(workspace), json=order) for order in orders)
        assert len(await at_once(*requests, done=204, refused=set())) == MANY
        shown = await channels(ben, workspace)
        assert_in_order(shown)
        assert shown in [{entry["roomId"]: entry["rank"] for entry in order} for order in orders]

    async def test_made_deleted_and_put_in_order_they_stay_unique(self, ada: Person, ben: Person) -> None:
        workspace = await ada.created("workspace", ada, ben)
        for _ in range(4):
            await ada.created("channel", parentId=workspace["id"])
        for number in range(5):
            ids = list(await channels(ada, workspace))
            makings = (ada.created("channel", parentId=workspace["id"]) for _ in range(3))
            deleting = ada("DELETE", f"{ROOMS}/{ids[number % len(ids)]}")
            orders = [ada("PUT", channels_of(workspace), json=ranking(ids, by=by)) for by in range(4)]
            await asyncio.gather(at_once(*orders, deleting, done=204, refused={400}), *makings)
            shown = await channels(ben, workspace)
            assert len(shown) == len(ids) + 2
            assert_in_order(shown)

    async def test_made_while_the_workspace_goes_none_is_left(
        self, ada: Person, ben: Person, database: asyncpg.Connection
    ) -> None:
        for _ in range(5):
            workspace = await ada.created("workspace", ada, ben)
            body = {"type": "channel", "parentId": workspace["id"]}
            makings = [ada("POST", ROOMS, json=body) for _ in range(8)]
            makings.insert(4, ada("DELETE", f"{ROOMS}/{workspace['id']}"))
            made = await at_once(*makings, done=201, refused={204, 400})
            for answer in made:
                assert_empty(await ada("GET", f"{ROOMS}/{answer.json()['id']}"), 404)
        assert await database.fetchval("SELECT count(*) FROM room") == 0

    async def test_ranked_while_the_workspace_goes(self, ada: Person, ben: Person) -> None:
        for _ in range(5):
            workspace = await ada.created("workspace", ada, ben)
            ids = [(await ada.created("channel", parentId=workspace["id"]))["id"] for _ in range(3)]
            orders = [ada("PUT", channels_of(workspace), json=ranking(ids, by=by)) for by in range(6)]
            orders.insert(3, ada("DELETE", f"{ROOMS}/{workspace['id']}"))
            await at_once(*orders, done=204, refused={404})
            assert_empty(await ada("PUT", channels_of(workspace), json=ranking(ids)), 404)
