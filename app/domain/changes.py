"""Changes, in the past tense: what those hear whom they concern (`app/domain/events.py`)."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from app.domain.columns import spelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has changed. Its name and its fields are what is recorded."""

    @property
    def body(self) -> str:
        """Its fields as JSON: ids as text, times in UTC to the millisecond (RFC 3339), without what is None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps({name: each for name, each in values.items() if each is not None}, default=_spelled)


def _spelled(each: UUID | datetime) -> str:
    if isinstance(each, UUID):
        return str(each)
    return spelled(each)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRoom(Change):
    room_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMember(_OfRoom):
    user_id: UUID


class RoomCreated(_OfRoom):
    """A room was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomUpdated(_OfRoom):
    """Name or description were changed; this is what they are now."""

    name: str | None
    description: str | None


class RoomDeleted(_OfRoom):
    """A room is gone, with all that was in it."""


class RoomOwnerPromoted(_OfMember):
    """A member was made an owner."""


class RoomOwnerDemoted(_OfMember):
    """An owner was made a plain member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPictureChanged(_OfRoom):
    """The picture of a room was set."""

    updated_at: datetime


class RoomPictureDeleted(_OfRoom):
    """The picture of a room was taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMemberAdded(_OfMember):
    """Somebody became a member."""

    is_owner: bool


class RoomMemberRemoved(_OfMember):
    """A member left, or was put out."""


class RoomMuted(_OfRoom):
    """Somebody muted a room for himself."""


class RoomUnmuted(_OfRoom):
    """Somebody hears a room again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomHistoryCleared(_OfRoom):
    """Somebody does not want to see what was before."""

    cleared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPictureChanged(Change):
    """A user set his picture."""

    user_id: UUID
    image_id: UUID
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPictureDeleted(Change):
    """A user took his picture away."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMeeting(Change):
    meeting_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfParticipant(_OfMeeting):
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCreated(_OfMeeting):
    """A room has a meeting now."""

    room_id: UUID


class MeetingDeleted(_OfMeeting):
    """A room has no meeting any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingStarted(_OfMeeting):
    """A meeting is active."""

    starter_user: UUID
    started_at: datetime


class MeetingStopped(_OfMeeting):
    """A meeting is over; whoever was in it is out."""


class MeetingParticipantJoined(_OfParticipant):
    """Somebody is in a meeting."""


class MeetingParticipantLeft(_OfParticipant):
    """Somebody is out of a meeting."""


class MeetingParticipantClashed(_OfMeeting):
    """Another socket of the same user has taken the place of this one in a meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingMessageSent(_OfMeeting):
    """An administrator's backend tells some who are in a meeting something."""

    message: str
    message_type: str


class TokensRevoked(Change):
    """Some tokens of users open nothing any more. It concerns this server's processes; nobody else hears of it."""
