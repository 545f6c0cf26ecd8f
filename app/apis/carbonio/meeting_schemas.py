"""The objects of the section "Meetings": what is sent, and what is answered."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from app.apis.carbonio.schemas import Answered, Sent
from app.apis.carbonio.spellings import AnyCase, Id, Moment, Name, SentId, SentMoment
from app.apis.dependencies import WithoutNul
from app.domain import media
from app.domain.meetings import MeetingType, Streams


class NewMeeting(Sent):
    """The meeting of a room; without a name of its own it has the room's. `expiration` is kept, and has no effect."""

    name: Name | None = None
    room_id: SentId
    meeting_type: Annotated[MeetingType, AnyCase, Field(examples=["permanent"])]
    expiration: SentMoment | None = None


class JoinSettings(Sent):
    """What somebody who joins says that he sends."""

    audio_stream_enabled: bool | None = None
    video_stream_enabled: bool | None = None

    @property
    def streams(self) -> Streams:
        return Streams(audio_enabled=bool(self.audio_stream_enabled), video_enabled=bool(self.video_stream_enabled))


class Joined(Answered):
    """That somebody is in a meeting: nobody has to wait at its door."""

    status: Literal["ACCEPTED"]


class Participant(Answered):
    """Somebody who is in a meeting."""

    user_id: Id
    queue_id: str
    audio_stream_enabled: bool
    video_stream_enabled: bool
    screen_stream_enabled: bool
    joined_at: Moment


class Meeting(Answered):
    """The meeting of a room; `startedAt` is there while it is active."""

    id: Id
    name: str | None
    room_id: Id
    active: bool
    participants: list[Participant]
    created_at: Moment
    started_at: Moment | None
    meeting_type: MeetingType


_MOST_OF_SDP = 256 * 1024
_Sdp = Annotated[str, Field(min_length=1, max_length=_MOST_OF_SDP, examples=["v=0\r\n"]), WithoutNul]
_Text = Annotated[str, Field(max_length=256), WithoutNul]


class AudioSettings(Sent):
    """Whether a microphone is on: one's own, or, for an owner of the room who silences him, another's."""

    enabled: bool
    user_to_moderate: SentId | None = None


class MediaSettings(Sent):
    """Whether a camera or a screen is shown, and by which offer."""

    type: Annotated[Literal["video", "screen"], AnyCase, Field(examples=["video"])]
    enabled: bool
    sdp: _Sdp | None = None


class SessionDescription(Sent):
    """An offer, or an answer to one."""

    sdp: _Sdp


class Subscription(Sent):
    """A stream of somebody."""

    user_id: SentId
    type: Annotated[media.Kind, AnyCase, Field(examples=["video"])]

    @property
    def stream(self) -> media.Stream:
        return media.Stream(user_id=self.user_id, kind=self.type)


class SubscriptionUpdates(Sent):
    """Streams that are wanted from now on, and those that are not any more."""

    subscribe: Annotated[list[Subscription], Field(max_length=1000)] | None = None
    unsubscribe: Annotated[list[Subscription], Field(max_length=1000)] | None = None

    @property
    def wanted(self) -> Sequence[media.Stream]:
        return [each.stream for each in self.subscribe or ()]

    @property
    def unwanted(self) -> Sequence[media.Stream]:
        return [each.stream for each in self.unsubscribe or ()]


class RecordingToKeep(Sent):
    """What a recording is called, and where it is kept."""

    name: _Text | None = None
    folder_id: _Text | None = None
