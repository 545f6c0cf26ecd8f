"""Polls of `/v2`: requests are led to those that are there, their questions and options; what is written is shown."""

from typing import Any

import schemathesis
from fuzz.listener import make, show
from schemathesis import Case, CheckContext, Response

Json = dict[str, Any]

_LATEST = 5  # polls
_OPTIONS = 20  # of a question of our own
_TAKE_AS_SAID = 4  # one of so many
#: How many options each question of a poll has, by the ids of those that were written.
_polls: dict[str, list[int]] = {}


def lead(name: str, case: Case, turn: int) -> None:
    """Lead a request to a poll, a question and an option, and let what its body numbers fit together."""
    of_polls = case.operation.path.startswith("/polls")
    if isinstance(case.body, dict) and turn % _TAKE_AS_SAID:
        if of_polls:
            case.body = _fitting(case.body, turn)
        elif case.operation.path.startswith("/rooms") and case.body.get("polls"):
            case.body = {**case.body, "polls": list(_polls)[-_LATEST:]}
    if of_polls and case.path_parameters:
        _lead_path(case, turn)


def _lead_path(case: Case, turn: int) -> None:
    """Name a poll, and of its questions the one of most options; a poll of our own when all options are gone."""
    if not any(map(sum, _polls.values())):
        _learn(make("/v2/polls", {"questions": [{}, {"options": [{}] * _OPTIONS}]}).json())
    latest = list(_polls.items())[-_LATEST:]
    id, questions = max(_polls.items(), key=lambda each: sum(each[1])) if turn % 2 else latest[turn % len(latest)]
    most = max(range(len(questions)), key=questions.__getitem__, default=0)
    known = {"id": id, "index": most + 1, "option": 1}
    case.path_parameters.update({name: value for name, value in known.items() if name in case.path_parameters})
    if isinstance(case.body, dict) and case.body.get("index"):
        numbered = "option" if "option" in case.path_parameters else "index"
        case.body = {**case.body, "index": known[numbered]}


def _fitting(document: Json, turn: int) -> Json:
    """Return a poll, or a question, with indexes that are there once, and an answer of its own options."""
    fitting = dict(document)
    for name in ("questions", "options"):
        if document.get(name):
            inside = [_fitting(each, turn) for each in document[name]]
            fitting[name] = [{**each, "index": 3 * (len(inside) - place)} for place, each in enumerate(inside)]
    if document.get("answer"):
        indexes = [option["index"] for option in fitting.get("options") or ()]
        fitting["answer"] = {**document["answer"], "options": indexes[turn % 3 :]}
    if document.get("answer_min_len"):
        fitting["answer_max_len"] = document["answer_min_len"]
    return fitting


def remember(name: str, case: Case, response: Response) -> None:
    """Learn which polls there are, and what they have."""
    if name in ("create_poll", "update_poll") and response.status_code == 200:
        _learn(response.json())
    elif name in ("update_question", "delete_question", "delete_option") and response.status_code in (200, 204):
        _learn(show(f"/v2/polls/{case.path_parameters['id']}").json())


def _learn(shown: Json) -> None:
    _polls.pop(shown["id"], None)
    _polls[shown["id"]] = [len(question["options"]) for question in shown["questions"]]


@schemathesis.check
def polls_are_as_they_are_written(ctx: CheckContext, response: Response, case: Case) -> None:
    """What was written is shown in its place; all is numbered from 1, and answers are of options that are there."""
    if not case.operation.path.startswith("/polls") or response.status_code not in (200, 204) or case.method == "GET":
        return
    ids = case.path_parameters or {}
    told = response.json() if response.content else {}
    shown: Json = show(f"/v2/polls/{ids.get('id') or told['id']}").json()
    for question in shown["questions"]:
        assert _are_numbered(question["options"]), shown
        chosen = question.get("answer", {"options": []})["options"]
        assert len(set(chosen)) == len(chosen), shown
        assert set(chosen) <= {option["index"] for option in question["options"]}, shown
    assert _are_numbered(shown["questions"]), shown
    if case.method == "POST":
        assert told == _written(shown, ids), shown


def _are_numbered(documents: list[Json]) -> bool:
    return [each["index"] for each in documents] == list(range(1, len(documents) + 1))


def _written(shown: Json, ids: Json) -> Json:
    if "index" not in ids:
        return shown
    question: Json = shown["questions"][int(ids["index"]) - 1]
    return question["options"][int(ids["option"]) - 1] if "option" in ids else question
