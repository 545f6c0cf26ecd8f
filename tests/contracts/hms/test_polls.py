"""Polls: created, shown, rewritten; their questions and options one by one (hms.md 1.11)."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain import ids

POLLS = "/v2/polls"
NOBODY = "0123456789abcdef01234567"
JSON = {"Content-Type": "application/json"}
NO_IDS = ["x", NOBODY[:-1], f"{NOBODY}0", "%00", "\u0660" * 24]
NO_NUMBERS = ["0", "4", "-1", "1.0", "x", "%00", "\u0661", "1e0", "2147483648", "9" * 5000]
Check = Callable[..., None]
Document = dict[str, Any]
Make = Callable[..., Awaitable[Document]]

#: The defaults of hms.md 1.11.
POLL: Document = {
    "title": "",
    "duration": 0,
    "anonymous": False,
    "mode": "userid",
    "type": "poll",
    "start": "auto",
    "questions": [],
}
QUESTION: Document = {
    "index": 1,
    "text": "",
    "format": "text",
    "attachment": [],
    "skippable": True,
    "duration": 0,
    "once": False,
    "weight": 1,
    "type": "single-choice",
    "options": [],
}
OPTION: Document = {"index": 1, "text": "", "weight": 1}
#: Every member, in the order of hms.md 1.11, and none as it is by default.
WHOLE_QUESTION: Document = {
    "index": 1,
    "text": "Où? é😀\n",
    "format": "markdown",
    "attachment": [{"type": "image", "url": "url"}, {"type": "", "url": ""}],
    "skippable": False,
    "duration": 30,
    "once": True,
    "weight": 10,
    "answer_min_len": 1,
    "answer_max_len": 500,
    "type": "multiple-choice",
    "answer": {"hidden": True, "options": [3, 1], "text": "Here", "case": True, "trim": True},
    "options": [{"index": number, "text": f"Option {number}", "weight": number * 2} for number in (1, 2, 3)],
}
WHOLE: Document = {
    "title": "Lunch é😀",
    "duration": 3600,
    "anonymous": True,
    "mode": "peerid",
    "type": "quiz",
    "start": "manual",
    "questions": [WHOLE_QUESTION, {**QUESTION, "index": 2}],
}


def question(index: int, **members: object) -> Document:
    """Return what is shown of a question of which this is said."""
    shown = QUESTION | {"answer": None, "index": index} | members
    order = [name for name in WHOLE_QUESTION if shown.get(name) is not None]
    return {name: shown[name] for name in order}


def option(index: int, text: str) -> Document:
    return {"index": index, "text": text, "weight": 1}


def texts(documents: list[Document]) -> list[str]:
    return [each["text"] for each in documents]


@pytest.fixture
async def poll(make_poll: Make) -> Document:
    """One of three questions, of which the second has three options, the last two of them right."""
    options = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    asked = {"text": "two", "options": options, "answer": {"options": [3, 2]}}
    return await make_poll(title="Lunch", questions=[{"text": "one"}, asked, {"text": "three"}])


@pytest.fixture
def path(poll: Document) -> str:
    return f"{POLLS}/{poll['id']}"


class TestCreate:
    async def test_with_nothing_is_as_by_default(self, hms: httpx.AsyncClient, same: Check) -> None:
        for content in (b"", b"{}", b'{"title":null,"questions":null,"mode":null,"colour":"red"}'):
            answer = await hms.post(POLLS, content=content, headers=JSON)
            assert re.fullmatch("[0-9a-f]{24}", answer.json()["id"])
            same(answer, {"id": answer.json()["id"], **POLL})

    async def test_with_everything_comes_back_in_the_documented_order(
        self, hms: httpx.AsyncClient, same: Check
    ) -> None:
        for prefix in ("/v2", "/api/v2"):
            answer = await hms.post(f"{prefix}/polls", json=WHOLE)
            same(answer, {"id": answer.json()["id"], **WHOLE})
            same(await hms.get(f"{prefix}/polls/{answer.json()['id']}"), answer.json())

    async def test_fills_in_what_is_not_said_inside(self, make_poll: Make) -> None:
        asked = [{"answer": {}, "options": [{}, {"text": "b"}]}, {"attachment": None, "answer": None}]
        made = await make_poll(questions=asked)
        answer = {"hidden": False, "options": [], "text": "", "case": False, "trim": False}
        assert made["questions"] == [question(1, answer=answer, options=[OPTION, option(2, "b")]), question(2)]

    async def test_makes_another_each_time(self, hms: httpx.AsyncClient, make_poll: Make) -> None:
        made = [await make_poll(title="Lunch") for _ in range(3)]
        assert len({each["id"] for each in made}) == 3
        for each in made:
            assert (await hms.get(f"{POLLS}/{each['id']}")).json() == each


class TestRetrieve:
    async def test_by_its_id_in_either_case(self, hms: httpx.AsyncClient, same: Check, poll: Document) -> None:
        for id in (poll["id"], poll["id"].upper()):
            same(await hms.get(f"{POLLS}/{id}"), poll)

    async def test_of_none(self, hms: httpx.AsyncClient, missing: Check, create: Make) -> None:
        for id in (NOBODY, (await create())["id"], *NO_IDS):
            missing(await hms.get(f"{POLLS}/{id}"), "Poll")


class TestUpdate:
    async def test_rewrites_all_of_it(self, hms: httpx.AsyncClient, same: Check, poll: Document, path: str) -> None:
        for body in (WHOLE, {"type": "quiz"}, {}):
            same(await hms.post(path, json=body), {"id": poll["id"], **POLL, **body})
            same(await hms.get(path), {"id": poll["id"], **POLL, **body})

    async def test_takes_what_is_shown(self, hms: httpx.AsyncClient, same: Check, poll: Document, path: str) -> None:
        same(await hms.post(path, json=poll), poll)

    async def test_of_none(self, hms: httpx.AsyncClient, missing: Check, bad_body: Check) -> None:
        for id in (NOBODY, *NO_IDS):
            missing(await hms.post(f"{POLLS}/{id}", json=WHOLE), "Poll")
            bad_body(await hms.post(f"{POLLS}/{id}", json={"title": 1}), "title must be a string")

    async def test_that_is_wrong_changes_nothing(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, poll: Document, path: str
    ) -> None:
        bad_body(await hms.post(path, json={"questions": [{}, {"type": "open"}]}), TYPES.format("questions.1."))
        same(await hms.get(path), poll)

    async def test_is_told_in_the_row(self, hms: httpx.AsyncClient, database: asyncpg.Connection, path: str) -> None:
        async def times() -> list[datetime]:
            return list(await database.fetchrow("SELECT created_at, modified_at FROM poll") or ())

        made, modified = await times()
        assert modified == made
        for method, part in (("POST", ""), ("POST", "/questions/1"), ("DELETE", "/questions/1")):
            await database.execute("UPDATE poll SET questions = $1", '[{"index":1,"options":[]}]')
            await asyncio.sleep(0.002)
            assert (await hms.request(method, path + part)).status_code in (200, 204)
            assert (await times())[0] == made
            assert (await times())[1] > modified
            modified = (await times())[1]


TYPES = "{}type must be single-choice, multiple-choice, short-answer or long-answer"


class TestIndexes:
    async def test_order_what_they_number_without_a_gap(self, make_poll: Make) -> None:
        asked = [
            {"index": 30, "text": "last", "options": [{"index": 9, "text": "z"}, {"index": 4, "text": "a"}]},
            {"index": 2, "text": "first"},
            {"text": "middle"},  # whose place is the third
        ]
        shown = (await make_poll(questions=asked))["questions"]
        options = [option(1, "a"), option(2, "z")]
        assert shown == [
            question(1, text="first"),
            question(2, text="middle"),
            question(3, text="last", options=options),
        ]

    async def test_of_an_answer_are_those_of_its_options(self, make_poll: Make) -> None:
        options = [{"index": 40, "text": "d"}, {"index": 10, "text": "a"}, {"index": 20, "text": "b"}]
        made = await make_poll(questions=[{"options": options, "answer": {"options": [40, 10]}}])
        [shown] = made["questions"]
        assert (texts(shown["options"]), shown["answer"]["options"]) == (["a", "b", "d"], [3, 1])

    @pytest.mark.parametrize("indexes", [[1, 1], [2, None], [None, 1], [5, 6, 5]])
    async def test_are_there_once(
        self, hms: httpx.AsyncClient, bad_body: Check, path: str, indexes: list[int | None]
    ) -> None:
        twice = [{"index": index} for index in indexes]
        once, inside = {"options": twice}, {"questions": [{}, {"options": twice}]}
        for url in (POLLS, path):
            bad_body(await hms.post(url, json={"questions": twice}), "questions must have each index once")
            bad_body(await hms.post(url, json=inside), "questions.1.options must have each index once")
        bad_body(await hms.post(f"{path}/questions/1", json=once), "options must have each index once")


class TestQuestion:
    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ({**WHOLE_QUESTION, "index": 2}, {**WHOLE_QUESTION, "index": 2}),
            ({"text": "new"}, question(2, text="new")),
            ({"options": [{"index": 7}]}, question(2, options=[OPTION])),
            ({}, question(2)),
        ],
        ids=["whole", "text", "options", "nothing"],
    )
    async def test_is_rewritten_whole(
        self, hms: httpx.AsyncClient, same: Check, *, poll: Document, path: str, body: Document, shown: Document
    ) -> None:
        same(await hms.post(f"{path}/questions/2", json=body), shown)
        first, _, last = poll["questions"]
        same(await hms.get(path), {**poll, "questions": [first, shown, last]})

    async def test_needs_no_body_and_no_index(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        for content in (b"", b"{}", b'{"index":null}'):
            same(await hms.post(f"{path}/questions/003", content=content, headers=JSON), question(3))

    async def test_of_another_index(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, poll: Document, path: str
    ) -> None:
        other = "index must be the one of the path, or absent"
        for url in (f"{path}/questions/1", f"{POLLS}/{NOBODY}/questions/1", f"{path}/questions/x"):
            bad_body(await hms.post(url, json={"index": 2}), other)
        same(await hms.get(path), poll)

    async def test_is_deleted_and_those_behind_it_move_up(
        self, hms: httpx.AsyncClient, missing: Check, poll: Document, path: str
    ) -> None:
        answer = await hms.delete(f"{path}/questions/1")
        assert (answer.status_code, answer.content) == (204, b"")
        _, second, third = poll["questions"]
        moved = [{**second, "index": 1}, {**third, "index": 2}]
        assert (await hms.get(path)).json() == {**poll, "questions": moved}
        missing(await hms.delete(f"{path}/questions/3"), "Question")
        for left in (1, 0):
            assert (await hms.delete(f"{path}/questions/1")).status_code == 204
            assert len((await hms.get(path)).json()["questions"]) == left
        missing(await hms.delete(f"{path}/questions/1"), "Question")

    async def test_that_is_not_there(
        self, hms: httpx.AsyncClient, missing: Check, same: Check, poll: Document, path: str
    ) -> None:
        for number in NO_NUMBERS:
            missing(await hms.post(f"{path}/questions/{number}", json={}), "Question")
            missing(await hms.delete(f"{path}/questions/{number}"), "Question")
        for id in (NOBODY, *NO_IDS):
            missing(await hms.post(f"{POLLS}/{id}/questions/1", json={}), "Poll")
            missing(await hms.delete(f"{POLLS}/{id}/questions/1"), "Poll")
        same(await hms.get(path), poll)

    async def test_that_is_wrong_is_told_first(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        for number in ("1", "x"):
            url = f"{POLLS}/{NOBODY}/questions/{number}"
            bad_body(await hms.post(url, json={"type": "open"}), TYPES.format(""))
            bad_body(await hms.post(url, content=b"[]", headers=JSON), "body is not a JSON object")


class TestOption:
    async def test_is_rewritten_whole_and_the_answer_stays(
        self, hms: httpx.AsyncClient, same: Check, poll: Document, path: str
    ) -> None:
        first, second, third = poll["questions"]
        for body in ({"text": "new", "weight": 5}, {"index": 2, "text": "newer"}, {}):
            shown = {**OPTION, **body, "index": 2}
            same(await hms.post(f"{path}/questions/2/options/2", json=body), shown)
            after = {**second, "options": [option(1, "a"), shown, option(3, "c")]}
            same(await hms.get(path), {**poll, "questions": [first, after, third]})

    async def test_of_another_index(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, poll: Document, path: str
    ) -> None:
        answer = await hms.post(f"{path}/questions/2/options/2", json={"index": 1})
        bad_body(answer, "index must be the one of the path, or absent")
        same(await hms.get(path), poll)

    async def test_is_deleted_from_the_answer_too(
        self, hms: httpx.AsyncClient, missing: Check, poll: Document, path: str
    ) -> None:
        first, second, third = poll["questions"]
        for gone, left, chosen in ((2, "ac", [2]), (1, "c", [1]), (1, "", [])):
            answer = await hms.delete(f"{path}/questions/2/options/{gone}")
            assert (answer.status_code, answer.content) == (204, b"")
            options = [option(number, text) for number, text in enumerate(left, 1)]
            after = {**second, "options": options, "answer": {**second["answer"], "options": chosen}}
            assert (await hms.get(path)).json() == {**poll, "questions": [first, after, third]}
        missing(await hms.delete(f"{path}/questions/2/options/1"), "Option")

    async def test_that_is_not_there(
        self, hms: httpx.AsyncClient, missing: Check, same: Check, poll: Document, path: str
    ) -> None:
        for number in NO_NUMBERS:
            for thing, url in (
                ("Option", f"{path}/questions/2/options/{number}"),
                ("Question", f"{path}/questions/{number}/options/1"),
                ("Poll", f"{POLLS}/{NOBODY}/questions/1/options/{number}"),
            ):
                missing(await hms.post(url, json={}), thing)
                missing(await hms.delete(url), thing)
        missing(await hms.delete(f"{path}/questions/1/options/1"), "Option")
        same(await hms.get(path), poll)


class TestAtOnce:
    """Nobody overwrites what another has changed meanwhile."""

    @pytest.fixture
    async def crowded(self, make_poll: Make) -> str:
        options = [{"text": str(number)} for number in range(10)]
        asked = [{"text": str(number), "options": options} for number in range(10)]
        return f"{POLLS}/{(await make_poll(questions=asked))['id']}"

    async def test_each_question_is_deleted_once(self, hms: httpx.AsyncClient, crowded: str) -> None:
        answers = await asyncio.gather(*(hms.delete(f"{crowded}/questions/1") for _ in range(8)))
        assert [answer.status_code for answer in answers] == [204] * 8
        assert texts((await hms.get(crowded)).json()["questions"]) == ["8", "9"]

    async def test_each_option_is_deleted_once(self, hms: httpx.AsyncClient, crowded: str) -> None:
        answers = await asyncio.gather(*(hms.delete(f"{crowded}/questions/5/options/3") for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [204] * 8
        asked = (await hms.get(crowded)).json()["questions"]
        assert [len(each["options"]) for each in asked] == [10, 10, 10, 10, 2, 10, 10, 10, 10, 10]

    async def test_no_rewriting_is_lost(self, hms: httpx.AsyncClient, crowded: str) -> None:
        def rewrite(number: int) -> Awaitable[httpx.Response]:
            return hms.post(f"{crowded}/questions/{number}", json={"text": f"new {number}"})

        assert {answer.status_code for answer in await asyncio.gather(*map(rewrite, range(1, 11)))} == {200}
        written = (await hms.get(crowded)).json()["questions"]
        assert texts(written) == [f"new {number}" for number in range(1, 11)]

    async def test_who_changes_one_waits_for_who_holds_it(
        self, hms: httpx.AsyncClient, database: asyncpg.Connection, path: str, poll: Document
    ) -> None:
        async with database.transaction():
            await database.execute("UPDATE poll SET questions = '[]' WHERE id = $1", uuid(poll))
            deleting = asyncio.create_task(hms.delete(f"{path}/questions/1"))
            reading = await hms.get(path)
            done, _ = await asyncio.wait([deleting], timeout=0.2)
            assert (reading.json(), done) == (poll, set())
        assert (await deleting).json()["message"] == "Error: Question not found"


def uuid(poll: Document) -> UUID:
    id = ids.from_hex(poll["id"])
    assert id
    return id
