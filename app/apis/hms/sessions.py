"""Section "Sessions": list, retrieve."""

from fastapi import APIRouter

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import missing, refusals
from app.apis.hms.queries import DEFAULT_LIMIT, WRONG_LIMIT, FilteredFlag, FilteredId, FilteredTime, Limit
from app.apis.hms.session_schemas import Session, SessionPage
from app.apis.hms.spellings import SessionId
from app.domain import sessions

router = APIRouter(route_class=HmsRoute, tags=["Sessions"])


@router.get("/sessions", summary="List sessions", responses=refusals(WRONG_LIMIT))
async def list_sessions(
    call: AutocommitCall,
    *,
    room_id: FilteredId = None,
    active: FilteredFlag = None,
    after: FilteredTime = None,
    before: FilteredTime = None,
    limit: Limit = DEFAULT_LIMIT,
    start: FilteredId = None,
) -> SessionPage:
    """GET /v2/sessions: show a page of sessions, newest first; filters combine.

    Sessions outlive their rooms. `after` and `before` are about the time of their beginning. `start` is the `last` of
    the page before. A parameter without a value counts as absent.
    """
    page = await sessions.page(
        call.transaction,
        count=limit,
        before=start,
        since=after,
        until=before,
        active=active,
        conference_id=room_id,
    )
    deployment = await call.deployment()
    return SessionPage.of([Session.of(session, deployment) for session in page], limit=limit)


@router.get("/sessions/{id}", summary="Retrieve a session", responses=refusals(missing("Session")))
async def retrieve_session(id: SessionId, call: AutocommitCall) -> Session:
    """GET /v2/sessions/{session_id}: show one session."""
    return Session.of(await sessions.get(call.transaction, id), await call.deployment())
