"""Questions of polls, and their options: documents that are numbered from 1, without a gap, as they are stored."""

import json
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from app.domain.errors import NotFound, PollTooLarge

Document: TypeAlias = dict[str, Any]
"""A question, or one of its options; it has an `index`, and a question has `options` and perhaps an `answer`."""

LARGEST: Final = 256 * 1024
"""So many bytes of JSON the questions of a poll may have."""


def read(text: str) -> list[Document]:
    """Return the questions that are stored so."""
    questions: list[Document] = json.loads(text)
    return questions


def spelled(questions: Sequence[Document]) -> str:
    """Return the questions as JSON. Raises PollTooLarge."""
    text = json.dumps(questions, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > LARGEST:
        raise PollTooLarge
    return text


def numbered(questions: Sequence[Document]) -> list[Document]:
    """Return them in the order of their indexes, which are 1, 2, 3 and so on then; likewise the options of each."""
    return [{**_with_options_numbered(each), "index": number} for number, each in _counted(questions)]


def one(documents: Sequence[Document], index: int, otherwise: type[NotFound]) -> Document:
    """Return the one of this index. Raises `otherwise` when there is none."""
    for each in documents:
        if each["index"] == index:
            return each
    raise otherwise


def replaced(documents: Sequence[Document], by: Document, otherwise: type[NotFound]) -> list[Document]:
    """Return them with this one in the place of that of its index. Raises `otherwise` when there is none."""
    before = one(documents, by["index"], otherwise)
    return [by if each is before else each for each in documents]


def without(documents: Sequence[Document], index: int, otherwise: type[NotFound]) -> list[Document]:
    """Return the others. Raises `otherwise` when there is none of this index."""
    gone = one(documents, index, otherwise)
    return [each for each in documents if each is not gone]


def _counted(documents: Sequence[Document]) -> list[tuple[int, Document]]:
    return list(enumerate(sorted(documents, key=lambda each: each["index"]), 1))


def _with_options_numbered(question: Document) -> Document:
    options = _counted(question["options"])
    numbers = {each["index"]: number for number, each in options}
    after = {**question, "options": [{**each, "index": number} for number, each in options]}
    if "answer" in question:
        chosen = [numbers[index] for index in question["answer"]["options"] if index in numbers]
        after["answer"] = {**question["answer"], "options": chosen}
    return after
