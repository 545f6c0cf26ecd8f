"""Section "Polls": when one was held, what was answered, and how it came out; a media engine would report that."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import RefusedWith, missing, refusals
from app.apis.hms.poll_schemas import AnswerFilters, PollResponses, PollResults, ReportFilters
from app.apis.hms.queries import WRONG_LIMIT
from app.apis.hms.spellings import JobId, PollId
from app.apis.hms.template_schemas import ShownDocument
from app.domain import polls

router = APIRouter(route_class=HmsRoute, tags=["Polls"])

_NO_POLL: Final = missing("Poll")
_NO_SESSION: Final = missing("Session")
_NO_RESPONSE: Final = missing("Response")
_NO_RESULT: Final = missing("Result")
_OF_LIST: Final = refusals(WRONG_LIMIT, _NO_POLL)


@router.get("/polls/{id}/sessions", summary="List a poll's sessions", responses=_OF_LIST)
async def list_poll_sessions(
    id: PollId, call: AutocommitCall, filters: Annotated[ReportFilters, Query()]
) -> PollResponses:
    """GET /v2/polls/{poll_id}/sessions: show a page of when a poll was held, which it never was without an engine."""
    await polls.get(call.transaction, id)
    return PollResponses(last="", limit=filters.limit, responses=[])


@router.get(
    "/polls/{id}/sessions/{session_id}", summary="Retrieve a poll's session", responses=refusals(_NO_POLL, _NO_SESSION)
)
async def retrieve_poll_session(id: PollId, session_id: JobId, call: AutocommitCall) -> ShownDocument:
    """GET /v2/polls/{poll_id}/sessions/{session_id}: show one time that a poll was held."""
    await polls.get(call.transaction, id)
    raise RefusedWith(_NO_SESSION)


@router.get("/polls/{id}/responses", summary="List a poll's responses", responses=_OF_LIST)
async def list_poll_responses(
    id: PollId, call: AutocommitCall, filters: Annotated[AnswerFilters, Query()]
) -> PollResponses:
    """GET /v2/polls/{poll_id}/responses: show a page of what was answered."""
    await polls.get(call.transaction, id)
    return PollResponses(last="", limit=filters.limit, responses=[])


@router.get(
    "/polls/{id}/responses/{response_id}",
    summary="Retrieve a poll's response",
    responses=refusals(_NO_POLL, _NO_RESPONSE),
)
async def retrieve_poll_response(id: PollId, response_id: JobId, call: AutocommitCall) -> ShownDocument:
    """GET /v2/polls/{poll_id}/responses/{response_id}: show one answer."""
    await polls.get(call.transaction, id)
    raise RefusedWith(_NO_RESPONSE)


@router.get("/polls/{id}/results", summary="List a poll's results", responses=_OF_LIST)
async def list_poll_results(
    id: PollId, call: AutocommitCall, filters: Annotated[AnswerFilters, Query()]
) -> PollResults:
    """GET /v2/polls/{poll_id}/results: show a page of how a poll came out."""
    await polls.get(call.transaction, id)
    return PollResults(last="", limit=filters.limit, results=[])


@router.get(
    "/polls/{id}/results/{result_id}", summary="Retrieve a poll's result", responses=refusals(_NO_POLL, _NO_RESULT)
)
async def retrieve_poll_result(id: PollId, result_id: JobId, call: AutocommitCall) -> ShownDocument:
    """GET /v2/polls/{poll_id}/results/{result_id}: show how a poll came out once."""
    await polls.get(call.transaction, id)
    raise RefusedWith(_NO_RESULT)
