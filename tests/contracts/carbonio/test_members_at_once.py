"""Several writers (row "several writers" of chats.md): who is in, and who owns, holds whoever comes between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from processes import PATIENCE
from transcripts import assert_empty, assert_same

Person = Any
Room = dict[str, Any]


def of(room: Room) -> str:
    return f"/rooms/{room['id']}/members"


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.fixture
async def pair(ada: Person, ben: Person, cleo: Person) -> Room:
    """A group that Ada and Ben own, with Cleo."""
    room: Room = await ada.created("group", ben, cleo, name="Ones")
    await ada("PUT", f"{of(room)}/{ben.id}/owner")
    return room


@pytest.fixture
async def crowd(database: asyncpg.Connection, ada: Person, ben: Person, cleo: Person) -> Room:
    """A group with 126 members, two less than its limit."""
    room: Room = await ada.created("group", ben, cleo, name="Many")
    await database.execute(
        """
        WITH people AS (
            INSERT INTO user_account (id, email, email_key, name, type)
            SELECT gen_random_uuid(), number || '@many.example', number || '@many.example', number, 'internal'
              FROM generate_series(1, 123) AS number RETURNING id)
        INSERT INTO member (room_id, user_id) SELECT $1, id FROM people
        """,
        UUID(room["id"]),
    )
    return room


class TestAtOnce:
    async def test_a_group_is_filled_and_not_passed(
        self, ada: Person, dora: Person, acquaint: Any, crowd: Room
    ) -> None:
        others = [dora, *[await acquaint(name) for name in ("Emma", "Finn", "Gus", "Hal", "Ida")]]
        sent = [{"userId": other.id, "historyCleared": False} for other in others]
        answers = await asyncio.gather(*[ada("POST", of(crowd), json=one) for one in sent])
        assert statuses(answers) == [201, 201, 400, 400, 400, 400]
        assert len((await ada("GET", of(crowd))).json()) == 128

    async def test_nobody_comes_in_twice(self, ada: Person, ben: Person, dora: Person, pair: Room) -> None:
        sent = {"userId": dora.id, "historyCleared": False}
        both = [person("POST", of(pair), json=body) for person in (ada, ben) for body in (sent, [sent])]
        assert statuses(await asyncio.gather(*both)) == [201, 400, 400, 400]
        listed = [one["userId"] for one in (await ada("GET", of(pair))).json()]
        assert listed.count(dora.id) == 1

    async def test_ranks_of_one_user_are_different(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        rooms = [await ada.created("workspace", ben, cleo, name=str(number)) for number in range(5)]
        sent = {"userId": dora.id, "historyCleared": False}
        answers = await asyncio.gather(*[ada("POST", of(room), json=sent) for room in rooms])
        assert statuses(answers) == [201] * 5
        assert [room["rank"] for room in (await dora("GET", "/rooms")).json()] == [1, 2, 3, 4, 5]

    async def test_one_owner_stays_when_both_leave(self, ada: Person, ben: Person, cleo: Person, pair: Room) -> None:
        leave = [person("DELETE", f"{of(pair)}/{person.id}") for person in (ada, ben)]
        assert statuses(await asyncio.gather(*leave)) == [204, 403]
        assert sorted(one["owner"] for one in (await cleo("GET", of(pair))).json()) == [False, True]

    async def test_one_owner_stays_when_each_demotes_the_other(
        self, ada: Person, ben: Person, cleo: Person, pair: Room
    ) -> None:
        demote = [ada("DELETE", f"{of(pair)}/{ben.id}/owner"), ben("DELETE", f"{of(pair)}/{ada.id}/owner")]
        assert statuses(await asyncio.gather(*demote)) == [204, 403]
        assert sorted(one["owner"] for one in (await cleo("GET", of(pair))).json()) == [False, False, True]

    async def test_one_owner_stays_when_each_kicks_the_other(
        self, ada: Person, ben: Person, cleo: Person, pair: Room
    ) -> None:
        kick = [ada("DELETE", f"{of(pair)}/{ben.id}"), ben("DELETE", f"{of(pair)}/{ada.id}")]
        assert statuses(await asyncio.gather(*kick)) == [204, 403]
        assert sorted(one["owner"] for one in (await cleo("GET", of(pair))).json()) == [False, True]

    async def test_the_last_two_take_the_room_along(self, ada: Person, ben: Person, cleo: Person, pair: Room) -> None:
        await cleo("DELETE", f"{of(pair)}/{cleo.id}")
        leave = [person("DELETE", f"{of(pair)}/{person.id}") for person in (ada, ben)]
        assert statuses(await asyncio.gather(*leave)) == [204, 204]
        for person in (ada, ben):
            assert_empty(await person("GET", f"/rooms/{pair['id']}"), 404)
            assert_same(await person("GET", "/rooms"), [])

    async def test_a_promotion_of_one_who_leaves(self, ada: Person, ben: Person, cleo: Person, pair: Room) -> None:
        both = [ada("PUT", f"{of(pair)}/{cleo.id}/owner"), cleo("DELETE", f"{of(pair)}/{cleo.id}")]
        promoted, left = await asyncio.gather(*both)
        assert promoted.status_code in {204, 404}
        assert_empty(left, 204)
        assert len((await ada("GET", of(pair))).json()) == 2


class TestWaiting:
    """Two calls that wait for each other: Postgres would end one of them, and nobody may hear of that."""

    @pytest.fixture
    async def waiting(self, database_url: str) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
        """`await waiting(2)`: until so many statements wait for a lock."""
        looking = await asyncpg.connect(database_url)

        async def waiting(count: int) -> None:
            query = """
                SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            async with asyncio.timeout(PATIENCE):
                while await looking.fetchval(query) < count:  # noqa: ASYNC110 - Postgres tells nobody of it
                    await asyncio.sleep(0.005)

        yield waiting
        await looking.close()

    @pytest.mark.parametrize("by", ["deleted", "left by the last"])
    async def test_workspaces_are_ranked_while_one_is(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, *, waiting: Any, by: str
    ) -> None:
        one, two = [(await ada.created("workspace", ben, cleo, name=name)) for name in ("1", "2")]
        path = f"/rooms/{one['id']}"
        if by != "deleted":
            for person in (ben, cleo):
                await person("DELETE", f"{of(one)}/{person.id}")
            path = f"{of(one)}/{ada.id}"
        order = [{"roomId": two["id"], "rank": 1}, {"roomId": one["id"], "rank": 2}]
        async with database.transaction():
            await database.execute("SELECT FROM member WHERE room_id = $1 FOR UPDATE", UUID(one["id"]))
            ranked = asyncio.create_task(ada("PUT", "/rooms/workspaces/rank", json=order))
            await waiting(1)
            gone = asyncio.create_task(ada("DELETE", path))
            await waiting(2)
        assert_empty(await gone, 204)
        assert (await ranked).status_code in {204, 400}
        assert [room["id"] for room in (await ada("GET", "/rooms")).json()] == [two["id"]]
