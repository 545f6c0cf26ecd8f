"""Calls about polls, and the rooms that name them."""

from collections.abc import Iterator
from functools import partial

from app.domain import polls
from app.domain.polls import Contents
from bench.calls.call import Call
from bench.calls.landmarks import Landmarks

_CONTENTS = Contents(
    title="Lunch", duration=0, anonymous=False, mode="userid", type="poll", start="auto", questions="[]"
)
_OPTION = {"index": 2, "text": "There", "weight": 1}
_QUESTION = {"index": 1, "text": "Where?", "options": [_OPTION]}


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    one = at.polls[0]
    yield Call("a poll", partial(polls.get, id=one))
    yield Call("a new poll", partial(polls.create, contents=_CONTENTS))
    yield Call("a poll replaced", partial(polls.replace, id=one, contents=_CONTENTS))
    yield Call("a question replaced", partial(polls.replace_question, id=one, question=_QUESTION))
    yield Call("a question deleted", partial(polls.delete_question, id=one, index=1))
    yield Call("an option replaced", partial(polls.replace_option, id=one, index=1, option=_OPTION))
    yield Call("an option deleted", partial(polls.delete_option, id=one, index=1, option=1))
    for ids in (at.polls[:1], at.polls):
        yield Call("polls judged", partial(polls.judge, ids=ids), rows=len(ids), details=f"{len(ids)}")
