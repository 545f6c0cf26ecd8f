"""Documents of polls: every limit on both of its sides, and what is kept of what a body says."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from judgement import Judge, at, put, wrong
from pydantic_core import to_json
from template_limits import LARGEST, WHOLE, Limits

from app.apis.hms.poll_schemas import NewOption, NewPoll, NewQuestion
from app.domain.errors import PollTooLarge

POLLS = "/v2/polls"
MOST = 256 * 1024
TOO_LARGE = "questions must not be larger than 256 KiB"
FROM_ONE = (1, LARGEST)
Check = Callable[..., None]
Document = dict[str, Any]
Make = Callable[..., Awaitable[Document]]

ATTACHMENT = {"type": "image", "url": "https://a.example/map.png"}
LIMITS = Limits(
    base={
        "questions": [
            {
                "index": 1,
                "attachment": [ATTACHMENT],
                "answer": {"options": [1]},
                "options": [{"index": 1}],
            }
        ]
    },
    integers={
        "duration": WHOLE,
        "questions.0.index": FROM_ONE,
        "questions.0.duration": WHOLE,
        "questions.0.weight": WHOLE,
        "questions.0.answer_min_len": WHOLE,
        "questions.0.answer_max_len": WHOLE,
        "questions.0.options.0.index": FROM_ONE,
        "questions.0.options.0.weight": WHOLE,
        "questions.0.answer.options.0": FROM_ONE,
    },
    flags=[
        "anonymous",
        "questions.0.skippable",
        "questions.0.once",
        *(f"questions.0.answer.{flag}" for flag in ("hidden", "case", "trim")),
    ],
    words={
        "mode": ["userid", "peerid"],
        "type": ["poll", "quiz"],
        "start": ["auto", "manual"],
        "questions.0.type": ["single-choice", "multiple-choice", "short-answer", "long-answer"],
    },
    texts=dict.fromkeys(
        [
            "title",
            "questions.0.text",
            "questions.0.format",
            "questions.0.attachment.0.type",
            "questions.0.attachment.0.url",
            "questions.0.answer.text",
            "questions.0.options.0.text",
        ],
        2048,
    ),
    arrays={
        "questions": (100, {}),
        "questions.0.attachment": (100, ATTACHMENT),
        "questions.0.options": (100, {}),
        "questions.0.answer.options": (100, 1),
    },
    objects=["questions.0", "questions.0.attachment.0", "questions.0.answer", "questions.0.options.0"],
)
#: What is renumbered when it is kept, and what must be of something else that the body says.
OF_OTHERS = ["questions.0.index", "questions.0.options.0.index", "questions.0.answer.options"]
POLL, QUESTION, OPTION = Judge(NewPoll), Judge(NewQuestion), Judge(NewOption)


def kept(body: Document) -> Document:
    """Return what is kept of a body, questions among it."""
    taken = POLL.takes(body)
    contents = taken.contents
    return {name: getattr(contents, name) for name in body} | {"questions": json.loads(contents.questions)}


async def refused(place: str, value: object, text: str, *, described: bool = True) -> None:
    told = await POLL.refuses(put(LIMITS.base, place, value), described=described)
    assert told == wrong(f"{place} {text}"), value


class TestNumbers:
    @pytest.mark.parametrize("place", LIMITS.integers)
    async def test_end_where_they_are_decided_to_end(self, place: str) -> None:
        least, most = LIMITS.integers[place]
        fitting = [] if place.startswith(tuple(OF_OTHERS)) else [least, most, float(least), float(most)]
        for value in fitting:
            found = at(kept(put(LIMITS.base, place, value)), place)
            assert (found, type(found)) == (value, int)
        text = f"must be an integer from {least} to {most}"
        for value in (least - 1, most + 1, -(10**40), 10**40, 1e300, least + 0.5, True, False, str(least), [least], {}):
            await refused(place, value, text)

    @pytest.mark.parametrize("index", [1, 2.0, LARGEST])
    async def test_of_places_are_any_from_one(self, index: float) -> None:
        one = {"index": index, "options": [{"index": index}], "answer": {"options": [index]}}
        [question] = kept({"questions": [one]})["questions"]
        assert (question["index"], question["options"][0]["index"], question["answer"]["options"]) == (1, 1, [1])


class TestFlags:
    @pytest.mark.parametrize("place", LIMITS.flags)
    async def test_are_kept_whether_true_or_false(self, place: str) -> None:
        for value in (True, False):
            assert at(kept(put(LIMITS.base, place, value)), place) is value
        for value in (0, 1, "true", [], {}):
            await refused(place, value, "must be a boolean")


class TestTexts:
    @pytest.mark.parametrize("place", LIMITS.words)
    async def test_are_of_those_that_are_documented(self, place: str) -> None:
        *others, last = words = LIMITS.words[place]
        for word in words:
            assert at(kept(put(LIMITS.base, place, word)), place) == word
        for value in ("", "x", last.upper(), f"{last} ", f"{last}\0", 1, True, [last], {}):
            await refused(place, value, f"must be {', '.join(others)} or {last}")

    @pytest.mark.parametrize("place", LIMITS.texts)
    async def test_are_so_long_at_most(self, place: str) -> None:
        most = LIMITS.texts[place]
        for value in ("", 'é😀\n\u2028\\"', "😀" * most):
            assert at(kept(put(LIMITS.base, place, value)), place) == value
        await refused(place, "x" * (most + 1), f"must have at most {most} characters")
        await refused(place, "a\0b", "must not contain NUL")
        for value in (1, True, [], {}):
            await refused(place, value, "must be a string")


class TestArrays:
    @pytest.mark.parametrize("place", LIMITS.arrays)
    async def test_have_so_many_elements_at_most(self, place: str) -> None:
        most, element = LIMITS.arrays[place]
        base: Document = {"questions": [{**LIMITS.base["questions"][0], "answer": None}]}
        for count in () if place in OF_OTHERS else (0, most):
            assert len(at(kept(put(base, place, [element] * count)), place)) == count
        await refused(place, [element] * (most + 1), f"must have at most {most} elements")
        for value in ("x", {}, 1, True):
            await refused(place, value, "must be an array")

    @pytest.mark.parametrize("place", LIMITS.arrays)
    async def test_are_read_no_further_than_the_first_that_is_wrong(self, place: str) -> None:
        _, element = LIMITS.arrays[place]
        told = await POLL.refuses(put(LIMITS.base, place, [element, "x", *[[]] * 100_000]))
        assert told[1].startswith(f"Invalid body param: {place}.1 must be ")

    async def test_of_an_answer_name_each_option(self) -> None:
        options = [{} for _ in range(100)]
        body = {"questions": [{"options": options, "answer": {"options": list(range(100, 0, -1))}}]}
        assert kept(body)["questions"][0]["answer"]["options"] == list(range(100, 0, -1))


@pytest.mark.parametrize("place", LIMITS.objects)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        await refused(place, value, "must be an object")


class TestAttachment:
    @pytest.mark.parametrize("member", ["type", "url"])
    async def test_has_a_type_and_a_url(self, member: str) -> None:
        for value in ({}, {member: None}):
            told = await POLL.refuses({"questions": [{"attachment": [{"type": "a", "url": "b"} | value, {"z": 1}]}]})
            place = f"questions.0.attachment.{0 if value else 1}.{member if value else 'type'}"
            assert told == wrong(f"{place} is required")


class TestAnswer:
    @pytest.mark.parametrize("chosen", [[3], [2, 1, 2], [1, 9], [7, 1]])
    async def test_is_of_options_that_are_there_each_once(self, chosen: list[int]) -> None:
        """As they are numbered in the body, where there are 1, 2 and 9, and not as they are numbered then."""
        asked = {"options": [{}, {}], "answer": {"options": chosen}}
        of_another = {"questions": [asked, {"options": [{}, {}, {}]}]}
        if chosen == [1, 9]:
            asked["options"] = [{"index": 2}, {"index": 9}]
        text = "answer.options must be indexes of options, each once"
        assert await QUESTION.refuses(asked, described=False) == wrong(text)
        assert await POLL.refuses(of_another, described=False) == wrong(f"questions.0.{text}")

    async def test_without_options_is_of_none(self) -> None:
        told = await QUESTION.refuses({"answer": {"options": [1]}}, described=False)
        assert told == wrong("answer.options must be indexes of options, each once")
        assert QUESTION.takes({"answer": {"text": "42"}}).document["answer"]["options"] == []


class TestLengths:
    async def test_of_an_answer_may_be_the_same(self) -> None:
        for least, most in ((0, 0), (5, 5), (5, 6), (None, 0), (LARGEST, None)):
            document = QUESTION.takes({"answer_min_len": least, "answer_max_len": most}).document
            assert (document.get("answer_min_len"), document.get("answer_max_len")) == (least, most)

    async def test_of_an_answer_are_not_the_wrong_way_round(self) -> None:
        for least, most in ((1, 0), (LARGEST, LARGEST - 1)):
            told = await QUESTION.refuses({"answer_min_len": least, "answer_max_len": most}, described=False)
            assert told == wrong("answer_min_len must not be greater than answer_max_len")


class TestMembers:
    async def test_that_are_null_or_unknown_are_as_good_as_absent(self) -> None:
        for judge, members in (
            (POLL, ["title", "duration", "anonymous", "mode", "type", "start", "questions"]),
            (QUESTION, [*NewQuestion.model_fields]),
            (OPTION, ["index", "text", "weight"]),
        ):
            nothing = judge.takes({})
            assert judge.takes(dict.fromkeys([*members, "colour", "id"])) == nothing
            assert judge.takes({"colour": {"a": [1]}, "questionText": 1, "answerMinLen": "x"}) == nothing

    async def test_inside_that_are_null_or_unknown_are_left_out(self) -> None:
        said = {"answer": {"hidden": None, "options": None, "colour": 1}, "options": [{"text": None, "colour": 1}]}
        attachment = [ATTACHMENT | {"name": "map", "size": None}]
        [question] = kept({"questions": [said | {"attachment": attachment}]})["questions"]
        assert question["attachment"] == [ATTACHMENT]
        assert question["answer"] == {"hidden": False, "options": [], "text": "", "case": False, "trim": False}
        assert question["options"] == [{"index": 1, "text": "", "weight": 1}]


def size(questions: list[Document]) -> int:
    return len(to_json(questions))


def questions_of(target: int) -> list[Document]:
    """Return questions that are so many bytes of JSON, as they are shown: the last text fills up."""
    options = [{"text": "x" * 2000}, *({"text": "é" * 1000} for _ in range(99))]
    asked: list[Document] = [{"options": options}, {"options": [{"text": "x" * 2000} for _ in range(28)]}, {}, {}]
    missing = target - size(kept({"questions": asked})["questions"])
    half = missing // 2
    return [*asked[:2], {"text": "x" * half}, {"text": "x" * (missing - half)}]


class TestSize:
    """Of the questions as JSON, with all that is filled in, and in bytes."""

    def test_is_of_what_is_kept(self) -> None:
        asked = questions_of(MOST)
        assert size(kept({"questions": asked})["questions"]) == MOST
        taken = POLL.takes({"questions": questions_of(MOST + 1)})
        with pytest.raises(PollTooLarge):
            _ = taken.contents

    async def test_holds_through_the_api(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, make_poll: Make
    ) -> None:
        largest = await make_poll(title="x" * 2048, questions=questions_of(MOST))
        path = f"{POLLS}/{largest['id']}"
        same(await hms.get(path), largest)
        too_large = {"questions": questions_of(MOST + 1)}
        for url, body in (
            (POLLS, too_large),
            (path, too_large),
            (f"{path}/questions/4", largest["questions"][3] | {"text": largest["questions"][3]["text"] + "x"}),
            (f"{path}/questions/2/options/1", {"text": "é" * 1000 + "x"}),
        ):
            bad_body(await hms.post(url, json=body), TOO_LARGE)
        same(await hms.get(path), largest)
        first = largest["questions"][1]["options"][0]
        same(await hms.post(f"{path}/questions/2/options/1", json=first), first)
        same(await hms.get(path), largest)
