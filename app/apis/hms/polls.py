"""Section "Polls": create, retrieve, rewrite; their questions, and the options of these, one by one."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import ANOTHER_INDEX, OF_BODY, POLL_TOO_LARGE, invalid, missing, refusals
from app.apis.hms.poll_schemas import NewOption, NewPoll, NewQuestion, Option, Poll, Question
from app.apis.hms.spellings import Index, PollId
from app.domain import polls

router = APIRouter(route_class=HmsRoute, tags=["Polls"])

_NO_POLL: Final = missing("Poll")
_OF_QUESTION: Final = (_NO_POLL, missing("Question"))
_OF_OPTION: Final = (*_OF_QUESTION, missing("Option"))
_OF_POLL: Final = (*OF_BODY, invalid("body", "title must be a string"), POLL_TOO_LARGE)
_OF_PART: Final = (*OF_BODY, ANOTHER_INDEX, POLL_TOO_LARGE)


@router.post("/polls", summary="Create a poll", responses=refusals(*_OF_POLL))
async def create_poll(call: AutocommitCall, new: Annotated[NewPoll, Body()]) -> Poll:
    """POST /v2/polls: create a poll; rooms name it in `polls`."""
    return Poll.of(await polls.create(call.transaction, new.contents))


@router.get("/polls/{id}", summary="Retrieve a poll", responses=refusals(_NO_POLL))
async def retrieve_poll(id: PollId, call: AutocommitCall) -> Poll:
    """GET /v2/polls/{poll_id}: show one poll."""
    return Poll.of(await polls.get(call.transaction, id))


@router.post("/polls/{id}", summary="Update a poll", responses=refusals(*_OF_POLL, _NO_POLL))
async def update_poll(id: PollId, call: AutocommitCall, whole: Annotated[NewPoll, Body()]) -> Poll:
    """POST /v2/polls/{poll_id}: overwrite a poll; what the body does not have is as in a new one."""
    return Poll.of(await polls.replace(call.transaction, id, whole.contents))


@router.post("/polls/{id}/questions/{index}", summary="Update a question", responses=refusals(*_OF_PART, *_OF_QUESTION))
async def update_question(
    id: PollId, index: Index, call: TransactionCall, whole: Annotated[NewQuestion, Body()]
) -> Question:
    """POST /v2/polls/{poll_id}/questions/{index}: overwrite a question; to add one, update the poll."""
    stored = await polls.replace_question(call.transaction, id, whole.at(index).document)
    return Question.model_validate(stored)


@router.delete(
    "/polls/{id}/questions/{index}", summary="Delete a question", status_code=204, responses=refusals(*_OF_QUESTION)
)
async def delete_question(id: PollId, index: Index, call: TransactionCall) -> None:
    """DELETE /v2/polls/{poll_id}/questions/{index}: delete a question; the numbers of those behind it fall by one."""
    await polls.delete_question(call.transaction, id, index)


@router.post(
    "/polls/{id}/questions/{index}/options/{option}",
    summary="Update an option",
    responses=refusals(*_OF_PART, *_OF_OPTION),
)
async def update_option(
    id: PollId, index: Index, option: Index, call: TransactionCall, whole: Annotated[NewOption, Body()]
) -> Option:
    """POST /v2/polls/{poll_id}/questions/{index}/options/{option}: overwrite an option; the answer stays."""
    stored = await polls.replace_option(call.transaction, id, index, whole.at(option).document)
    return Option.model_validate(stored)


@router.delete(
    "/polls/{id}/questions/{index}/options/{option}",
    summary="Delete an option",
    status_code=204,
    responses=refusals(*_OF_OPTION),
)
async def delete_option(id: PollId, index: Index, option: Index, call: TransactionCall) -> None:
    """DELETE /v2/polls/{poll_id}/questions/{index}/options/{option}: delete an option, from the answer, too."""
    await polls.delete_option(call.transaction, id, index, option)
