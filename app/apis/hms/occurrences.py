"""What has happened, as `/v2` tells it: to whoever asks, and to the webhooks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json

from app.apis.hms.occurrence_names import NAMES
from app.apis.hms.spellings import rfc3339
from app.domain import ids
from app.domain.analytics import AnalyticsEvent
from app.domain.deployments import Deployment

VERSION: Final = "2.0"

_REASONS: Final = {
    "went": "client request",
    "put_out": "peer kicked",
    "ended": "peer kicked",
    "lost": "websocket closed",
    "removed": "server removed peer",
}
_OF_ROOM: Final = ["room_id", "room_name", "template_id", "template", "enabled"]
_OF_SESSION: Final = ["room_id", "room_name", "session_id", "template_id"]
_OF_PEER: Final = ["role", "room_id", "room_name", "session_id", "template_id", "user_id", "user_name", "user_data"]
_OF_TEMPLATE: Final = ["template_id", "template_name"]
_ORDER: Final[Mapping[str, Sequence[str]]] = {
    "ConferenceCreated": _OF_ROOM,
    "ConferenceUpdated": _OF_ROOM,
    "ConferenceLocked": _OF_ROOM,
    "SessionOpened": [*_OF_SESSION, "session_started_at"],
    "SessionClosed": [*_OF_SESSION, "session_duration", "session_started_at", "session_stopped_at"],
    "PeerJoined": ["joined_at", "peer_id", *_OF_PEER, "session_started_at"],
    "PeerLeft": [
        *("duration", "joined_at", "left_at", "peer_id", "reason", "message"),
        *_OF_PEER,
        "session_started_at",
    ],
    "TemplateCreated": _OF_TEMPLATE,
    "TemplateUpdated": _OF_TEMPLATE,
}
"""The members of `data`, by the type of what has happened."""


def document(event: AnalyticsEvent, deployment: Deployment, *, is_replay: bool = False) -> dict[str, Any]:
    """Return what has happened as this account's."""
    told = {
        "version": VERSION,
        "id": str(event.id),
        "account_id": ids.to_hex(deployment.customer_id),
        "app_id": ids.to_hex(deployment.app_id),
        "timestamp": rfc3339(event.created_at),
        "type": NAMES[event.type],
        "data": data(event),
    }
    return told | {"is_replay": True} if is_replay else told


def data(event: AnalyticsEvent) -> dict[str, Any]:
    """Return what there is to tell of it, without what is not known."""
    members = _of_ids(event) | _of_words(from_json(event.data))
    members["room_name"] = members["room_name"] or members["room_id"]
    return {name: members[name] for name in _ORDER[event.type] if members[name] is not None}


def _of_ids(event: AnalyticsEvent) -> dict[str, str | None]:
    return {
        "room_id": _hex(event.conference_id),
        "session_id": _hex(event.session_id),
        "peer_id": str(event.peer_id) if event.peer_id else None,
        "user_id": str(event.user_id) if event.user_id else None,
    }


def _of_words(said: Mapping[str, Any]) -> dict[str, Any]:
    template_id = said.get("template_id")
    opened, closed, joined, left = (
        datetime.fromisoformat(said[name]).astimezone(UTC) if name in said else None
        for name in ("session_started_at", "session_ended_at", "joined_at", "left_at")
    )
    return {
        "room_name": said.get("name"),
        "template_id": _hex(template_id and UUID(template_id)),
        "template": said.get("template_name"),
        "template_name": said.get("template_name"),
        "enabled": said.get("enabled"),
        "session_duration": _seconds(opened, closed),
        "session_started_at": opened and rfc3339(opened),
        "session_stopped_at": closed and rfc3339(closed),
        "role": said.get("role"),
        "user_name": said.get("user_name"),
        "user_data": said.get("metadata"),
        "duration": _seconds(joined, left),
        "joined_at": joined and rfc3339(joined),
        "left_at": left and rfc3339(left),
        "reason": _REASONS.get(said.get("reason", "")),
        "message": said.get("message"),
    }


def _hex(id: UUID | None) -> str | None:
    return ids.to_hex(id) if id else None


def _seconds(began: datetime | None, ended: datetime | None) -> int | None:
    return int((ended - began).total_seconds()) if began and ended else None
