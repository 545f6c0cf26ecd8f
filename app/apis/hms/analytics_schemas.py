"""What is told of a room afterwards, as `/v2` shows it: events, and how well somebody was heard and seen."""

from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, WithJsonSchema

from app.apis.descriptions import Shown
from app.apis.hms.queries import DEFAULT_LIMIT, AskedId, EventLimit, FilteredFlag, FilteredId
from app.apis.hms.spellings import ShownId, ShownTime, ShownUuid, Text
from app.domain.sessions import Session

_NoSeries = Annotated[list[str], WithJsonSchema({"type": "array", "maxItems": 0, "examples": [[]]})]
_Data = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]


class EventFilters(BaseModel):
    """What a page of events goes by. A parameter without a value counts as absent."""

    room_id: AskedId
    type: Annotated[list[Text], Query(description="Of any of these types.")] = []
    session_id: FilteredId = None
    peer_id: Text = ""
    user_id: Text = ""
    beam_id: Text = ""
    error: FilteredFlag = None
    limit: EventLimit = DEFAULT_LIMIT
    start: Annotated[Text, Query(description="The `next` of the page before.")] = ""


class AnalyticsEvent(Shown):
    """What has happened; what `data` has depends on its type."""

    version: str = Field(examples=["2.0"])
    id: ShownUuid
    timestamp: ShownTime
    type: str = Field(examples=["track.add.success"])
    data: _Data


class AnalyticsEvents(Shown):
    """A page of events; `next` is where the next one starts, empty when there is none."""

    limit: int = Field(examples=[10])
    total: int = Field(examples=[0])
    next: str = Field(examples=[""])
    events: list[AnalyticsEvent]


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
