"""Section "Analytics": events of rooms, and how well somebody in a session was heard and seen."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.apis.dependencies import AutocommitCall
from app.apis.hms.analytics_schemas import AnalyticsEvents, EventFilters, PeerStats
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import invalid, missing, refusals
from app.apis.hms.queries import AskedId, AskedPeerId
from app.domain import analytics, sessions
from app.domain.errors import PeerNotFound

router = APIRouter(route_class=HmsRoute, tags=["Analytics"])


@router.get(
    "/analytics/events",
    summary="List events",
    responses=refusals(invalid("query", "room_id is required")),
)
async def list_events(filters: Annotated[EventFilters, Query()], call: AutocommitCall) -> AnalyticsEvents:
    """GET /v2/analytics/events: show a page of what has happened in a room in the last 31 days, newest first."""
    page = await analytics.page(
        call.transaction,
        filters.room_id,
        count=filters.limit,
        before=filters.start,
        types=filters.types,
        session_id=filters.session_id,
        peer_id=filters.peer_id,
        user_id=filters.user_id,
    )
    return AnalyticsEvents.of(page, await call.deployment(), limit=filters.limit)


@router.get(
    "/analytics/peer-stats",
    summary="Retrieve a peer's quality",
    responses=refusals(invalid("query", "peer_id is required"), missing("Session"), missing("Peer")),
)
async def retrieve_peer_stats(*, peer_id: AskedPeerId, session_id: AskedId, call: AutocommitCall) -> PeerStats:
    """GET /v2/analytics/peer-stats: show how well somebody was heard and seen, as far as a media engine has told it."""
    session = await sessions.get(call.transaction, session_id)
    if all(peer.id != peer_id for peer in session.peers):
        raise PeerNotFound
    return PeerStats.of(peer_id, session)
