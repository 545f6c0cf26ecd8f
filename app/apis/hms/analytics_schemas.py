"""What is told of a room afterwards, as `/v2` shows it: events, and how well somebody was heard and seen."""

from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, WithJsonSchema

from app.apis.descriptions import Shown
from app.apis.hms.occurrence_names import types_of
from app.apis.hms.occurrences import document
from app.apis.hms.queries import (
    DEFAULT_LIMIT,
    AskedId,
    EventLimit,
    EventStart,
    FilteredFlag,
    FilteredId,
    FilteredPeerId,
    FilteredUserId,
)
from app.apis.hms.spellings import ShownId, ShownIdText, ShownTimeText, ShownUuid, Text
from app.domain import analytics
from app.domain.deployments import Deployment
from app.domain.sessions import Session

_NoSeries = Annotated[list[str], WithJsonSchema({"type": "array", "maxItems": 0, "examples": [[]]})]
_Data = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]


class EventFilters(BaseModel):
    """What a page of events goes by. A parameter without a value counts as absent."""

    room_id: AskedId
    type: Annotated[list[Text], Query(description="Of any of these types.")] = []
    session_id: FilteredId = None
    peer_id: FilteredPeerId = None
    user_id: FilteredUserId = None
    beam_id: Text = ""
    error: FilteredFlag = None
    limit: EventLimit = DEFAULT_LIMIT
    start: EventStart = None

    @property
    def types(self) -> list[str] | None:
        """The types that are wanted; None: any. Of errors, recordings and streams only a media engine would know."""
        return [] if self.beam_id or self.error else types_of(self.type)


class AnalyticsEvent(Shown):
    """What has happened; what `data` has depends on its type."""

    version: str = Field(examples=["2.0"])
    id: ShownUuid
    account_id: ShownIdText
    app_id: ShownIdText
    timestamp: ShownTimeText
    type: str = Field(examples=["peer.join.success"])
    data: _Data


class AnalyticsEvents(Shown):
    """A page of events; `next` is where the next one starts, empty when there is none."""

    limit: int = Field(examples=[10])
    total: int = Field(examples=[1])
    next: str = Field(examples=[""])
    events: list[AnalyticsEvent]

    @classmethod
    def of(cls, page: analytics.Page, deployment: Deployment, *, limit: int) -> Self:
        """Return the page as this account's."""
        return cls(
            limit=limit,
            total=page.total,
            next=str(page.events[-1].id) if page.has_more else "",
            events=[AnalyticsEvent(**document(event, deployment)) for event in page.events],
        )


class Quality(Shown):
    """How well sound and pictures went one way, which is known to a media engine only."""

    video: _NoSeries = Field(default_factory=list)
    audio: _NoSeries = Field(default_factory=list)


class PeerStats(Shown):
    """How well somebody in a session was heard and seen, and heard and saw others."""

    peer_id: ShownUuid
    session_id: ShownId
    room_id: ShownId
    publisher: Quality = Field(default_factory=Quality)
    subscriber: Quality = Field(default_factory=Quality)

    @classmethod
    def of(cls, peer_id: UUID, session: Session) -> Self:
        """Return what is known without a media engine: who it is about."""
        return cls(peer_id=peer_id, session_id=session.id, room_id=session.conference_id)
