"""Polls: what those in a conference are asked. They are kept and told; to hold them needs a media engine."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import ids, questions
from app.domain.database import Statement, Transaction, value
from app.domain.errors import OptionNotFound, PollNotFound, QuestionNotFound, UnknownPoll
from app.domain.questions import Document
from app.domain.schema import poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is asked, and how. `duration` is in seconds; `questions` is JSON, as `app/domain/questions.py` spells it."""

    title: str
    duration: int
    anonymous: bool
    mode: Literal["peerid", "userid"]
    type: Literal["poll", "quiz"]
    start: Literal["auto", "manual"]
    questions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll(Contents):
    """A poll. It is never deleted."""

    id: UUID


_columns = [poll.c[field.name] for field in fields(Poll)]
_this = poll.c.id == sa.bindparam("id")
_said: Final = {
    name: sa.bindparam(name, type_=poll.c[name].type) for name in (field.name for field in fields(Contents))
}
_modified: Final = {"modified_at": sa.func.greatest(sa.func.now(), poll.c.modified_at)}

_CREATE = Statement(insert(poll).values({"id": sa.bindparam("id"), **_said}).returning(*_columns), Poll)
_BY_ID = Statement(sa.select(*_columns).where(_this), Poll)
_REPLACE = Statement(sa.update(poll).where(_this).values(_said | _modified).returning(*_columns), Poll)
_HOLD = Statement(sa.select(poll.c.questions).where(_this).with_for_update(key_share=True), value)
_SET_QUESTIONS = Statement(
    sa.update(poll).where(_this).values({"questions": _said["questions"], **_modified}).returning(poll.c.id), value
)
_KNOWN = Statement(
    sa.select(sa.func.count()).where(poll.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))), value
)


async def create(transaction: Transaction, contents: Contents) -> Poll:
    """Make a poll."""
    return await transaction.one(_CREATE, id=ids.new_id(), **asdict(contents))


async def get(transaction: Transaction, id: UUID) -> Poll:
    """Return a poll, or raise PollNotFound."""
    return await transaction.one(_BY_ID, PollNotFound, id=id)


async def replace(transaction: Transaction, id: UUID, contents: Contents) -> Poll:
    """Overwrite a poll. Raises PollNotFound."""
    return await transaction.one(_REPLACE, PollNotFound, id=id, **asdict(contents))


async def judge(transaction: Transaction, ids: Collection[UUID] | None) -> None:
    """Raise UnknownPoll unless all of these are polls, if any are given. Polls are never deleted, so it stays true."""
    if ids and await transaction.one(_KNOWN, ids=list(ids)) < len(set(ids)):
        raise UnknownPoll


async def replace_question(transaction: Transaction, id: UUID, question: Document) -> Document:
    """Overwrite the question of this one's index; return it as it is stored.

    Needs a transaction. Raises PollNotFound, QuestionNotFound, PollTooLarge.
    """
    held = await _hold(transaction, id)
    after = await _set(transaction, id, questions.replaced(held, question, QuestionNotFound))
    return questions.one(after, question["index"], QuestionNotFound)


async def delete_question(transaction: Transaction, id: UUID, index: int) -> None:
    """Delete a question; those behind it move up.

    Needs a transaction. Raises PollNotFound, QuestionNotFound.
    """
    held = await _hold(transaction, id)
    await _set(transaction, id, questions.without(held, index, QuestionNotFound))


async def replace_option(transaction: Transaction, id: UUID, index: int, option: Document) -> Document:
    """Overwrite the option of this one's index, of the question `index`; return it as it is stored.

    Needs a transaction. Raises PollNotFound, QuestionNotFound, OptionNotFound, PollTooLarge.
    """
    held = await _hold(transaction, id)
    question = questions.one(held, index, QuestionNotFound)
    options = questions.replaced(question["options"], option, OptionNotFound)
    await _set(transaction, id, questions.replaced(held, {**question, "options": options}, QuestionNotFound))
    return option


async def delete_option(transaction: Transaction, id: UUID, index: int, option: int) -> None:
    """Delete an option of the question `index`, from its answer, too; those behind it move up.

    Needs a transaction. Raises PollNotFound, QuestionNotFound, OptionNotFound.
    """
    held = await _hold(transaction, id)
    question = questions.one(held, index, QuestionNotFound)
    options = questions.without(question["options"], option, OptionNotFound)
    await _set(transaction, id, questions.replaced(held, {**question, "options": options}, QuestionNotFound))


async def _hold(transaction: Transaction, id: UUID) -> list[Document]:
    """Return the questions of a poll, which nobody else changes until the transaction ends. Raises PollNotFound."""
    return questions.read(await transaction.one(_HOLD, PollNotFound, id=id))


async def _set(transaction: Transaction, id: UUID, changed: Sequence[Document]) -> list[Document]:
    """Number the questions anew, and store them. Raises PollTooLarge."""
    after = questions.numbered(changed)
    await transaction.one(_SET_QUESTIONS, PollNotFound, id=id, questions=questions.spelled(after))
    return after
