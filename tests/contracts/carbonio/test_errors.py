"""Refusals have no body and no type, whatever their status; crashes tell nothing (chats.md, its table and §2)."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from people import JSON, NOBODY, Person, Trouble
from transcripts import assert_empty, assert_same


@pytest.fixture
def failing_commits(database: asyncpg.Connection) -> Trouble:
    """`async with failing_commits("member"):` every statement goes well, and no commit of a new row."""

    @contextlib.asynccontextmanager
    async def failing_commits(table: str) -> AsyncIterator[None]:
        await database.execute(
            f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
            """
        )
        try:
            yield
        finally:
            await database.execute(f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse()")

    return failing_commits


async def test_refusals_below_the_other_address_are_empty_too(
    ada: Person, ben: Person, cleo: Person, dora: Person, failing: Trouble
) -> None:
    room, path = await ada.created("group", ben, cleo, name="Ones"), "/services/chats/rooms"
    await ada.created("one_to_one", ben)
    assert_empty(await ada("POST", path, json={"type": "group"}), 400)
    assert_empty(await dora("GET", f"{path}/{room['id']}"), 403)
    assert_empty(await ada("GET", f"{path}/{NOBODY}"), 404)
    assert_empty(await ben("POST", path, json={"type": "one_to_one", "membersIds": [ada.id]}), 409)
    assert_empty(await ada("POST", path, content=b" " * (2**20 + 1), headers=JSON), 413)
    async with failing("room"):
        assert_empty(await ada("GET", path), 500)


class TestTraceId:
    async def test_is_another_with_each_answer(self, ada: Person, client: httpx.AsyncClient) -> None:
        answers = [await caller("GET", "/rooms") for caller in (ada, ada, client.request, client.request)]
        assert len({answer.headers["x-trace-id"] for answer in answers}) == 4

    async def test_is_ours_whatever_is_sent(self, ada: Person) -> None:
        sent = "0" * 32
        for path in ("/rooms", "/nonsense"):
            told = (await ada("GET", path, headers={"X-Trace-Id": sent})).headers.get_list("x-trace-id")
            assert len(told) == 1
            assert sent not in told


#: What each operation cannot do without, and the call that needs it; `{room}` is a group, `{house}` a workspace.
NEEDS: list[tuple[str, str, str, Any]] = [
    ("user_token", "GET", "/auth/token", None),
    ("user_token", "GET", "/users/capabilities", None),
    ("user_account", "GET", "/users/{dora}", None),
    ("user_account", "GET", "/users?userIds={dora}", None),
    ("room", "GET", "/rooms", None),
    ("room", "GET", "/rooms?extraFields=members&extraFields=settings", None),
    ("room", "POST", "/rooms", {"type": "temporary", "name": "Ones"}),
    ("room", "GET", "/rooms/{room}", None),
    ("room", "PUT", "/rooms/{room}", {"name": "Others"}),
    ("room", "DELETE", "/rooms/{room}", None),
    ("room", "PUT", "/rooms/{room}/mute", None),
    ("room", "DELETE", "/rooms/{room}/mute", None),
    ("room", "PUT", "/rooms/{room}/clear", None),
    ("room", "PUT", "/rooms/workspaces/{house}/channels/rank", []),
    ("room", "GET", "/rooms/{room}/members", None),
    ("room", "POST", "/rooms/{room}/members", {"userId": "{dora}", "historyCleared": False}),
    ("room", "DELETE", "/rooms/{room}/members/{ben}", None),
    ("room", "PUT", "/rooms/{room}/members/{ben}/owner", None),
    ("room", "DELETE", "/rooms/{room}/members/{ben}/owner", None),
    ("room", "GET", "/rooms/{room}/meeting", None),
    ("member", "GET", "/rooms/{room}", None),
    ("member", "GET", "/rooms/{room}/members", None),
    ("member", "PUT", "/rooms/workspaces/rank", [{"roomId": "{house}", "rank": 1}]),
    ("member", "GET", "/meetings", None),
    ("conference", "GET", "/rooms/{room}/meeting", None),
    ("conference", "GET", "/meetings", None),
    ("room_setting", "PUT", "/rooms/{room}/mute", None),
    ("room_setting", "PUT", "/rooms/{room}/clear", None),
]

#: What each operation that writes does to a table.
WRITES: list[tuple[str, str, str, Any]] = [
    ("room", "POST", "/rooms", {"type": "temporary", "name": "Ones"}),
    ("room", "PUT", "/rooms/{room}", {"name": "Others"}),
    ("room", "DELETE", "/rooms/{room}", None),
    ("member", "POST", "/rooms", {"type": "temporary", "name": "Ones"}),
    ("member", "POST", "/rooms/{room}/members", {"userId": "{dora}", "historyCleared": False}),
    ("member", "POST", "/rooms/{room}/members", [{"userId": "{dora}"}]),
    ("member", "DELETE", "/rooms/{room}/members/{ben}", None),
    ("member", "PUT", "/rooms/{room}/members/{ben}/owner", None),
    ("room_setting", "PUT", "/rooms/{room}/mute", None),
    ("room_setting", "PUT", "/rooms/{room}/clear", None),
    ("room_setting", "POST", "/rooms/{room}/members", {"userId": "{dora}", "historyCleared": True}),
]


class TestCrash:
    """What goes wrong on our side is 500, tells nothing of its cause, changes nothing, and is forgotten."""

    @pytest.fixture
    async def ids(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> dict[str, str]:
        room = await ada.created("group", ben, cleo, name="Ones")
        house = await ada.created("workspace", ben, cleo, name="House")
        return {"room": room["id"], "house": house["id"], "ben": ben.id, "dora": dora.id}

    async def said(self, person: Person, ids: dict[str, str], method: str, path: str, body: Any) -> httpx.Response:
        def filled(text: str) -> str:
            for name, id in ids.items():
                text = text.replace(f"{{{name}}}", id)
            return text

        sent = {} if body is None else {"json": json.loads(filled(json.dumps(body)))}
        answer: httpx.Response = await person(method, filled(path), **sent)
        return answer

    @pytest.mark.parametrize(("table", "method", "path", "body"), NEEDS)
    async def test_of_a_statement(
        self, ada: Person, ids: dict[str, str], failing: Trouble, *, table: str, method: str, path: str, body: Any
    ) -> None:
        async with failing(table):
            assert_empty(await self.said(ada, ids, method, path, body), 500)
        assert (await self.said(ada, ids, method, path, body)).status_code in {200, 201, 204, 404}

    @pytest.mark.parametrize(("table", "method", "path", "body"), WRITES)
    async def test_of_a_commit(
        self,
        ada: Person,
        ids: dict[str, str],
        failing_commits: Trouble,
        *,
        table: str,
        method: str,
        path: str,
        body: Any,
    ) -> None:
        everything = "/rooms?extraFields=members&extraFields=settings"
        before = (await ada("GET", everything)).json()
        async with failing_commits(table):
            assert_empty(await self.said(ada, ids, method, path, body), 500)
        assert_same(await ada("GET", everything), before)
        assert (await self.said(ada, ids, method, path, body)).status_code in {200, 201, 204}

    async def test_of_a_head_has_no_body_either(self, ada: Person, failing: Trouble) -> None:
        async with failing("room"):
            assert_empty(await ada("HEAD", "/rooms"), 500)
