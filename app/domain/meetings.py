"""Meetings: the conference of a chat room, as its members open it, come and go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import analytics, conferences, connections, events, presences, standings, templates
from app.domain.analytics import Occurrence
from app.domain.changes import (
    MeetingCreated,
    MeetingParticipantClashed,
    MeetingParticipantJoined,
    MeetingParticipantLeft,
    MeetingStarted,
)
from app.domain.conferences import Limits, opening_columns, opening_values
from app.domain.database import Statement, Transaction, value
from app.domain.errors import (
    ConferenceDisabled,
    ConferenceNotFound,
    MeetingExists,
    MeetingNotFound,
    NotConnected,
    PeerNotFound,
)
from app.domain.events import Told, members_of
from app.domain.media import Seat
from app.domain.presences import Entrant, Held
from app.domain.schema import conference, peer, room
from app.domain.standings import Standing

MeetingType = Literal["permanent", "scheduled"]

_ROLES: Final = {True: "host", False: "guest"}
"""What owners of the room, and other members, are in its meeting: roles of the default template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What somebody says that he sends."""

    audio_enabled: bool
    video_enabled: bool


_room_id = sa.bindparam("room_id", type_=sa.Uuid)
_of_room = sa.select(room.c.name).where(room.c.id == _room_id).scalar_subquery()
_name = sa.func.nullif(sa.bindparam("name", type_=sa.Text), "")
_CREATE = Statement(
    insert(conference)
    .values(opening_columns)
    .values(
        opened_by="chats",
        type="sfu",
        template_id=templates.default_id,
        room_id=_room_id,
        # Without a name of its own it has that of its room, also when the room is renamed.
        name=sa.func.nullif(_name, _of_room),
        meeting_type=sa.bindparam("kind"),
        meeting_expires_at=sa.bindparam("expires_at"),
    )
    .on_conflict_do_nothing(index_elements=["room_id"], index_where=conference.c.room_id.is_not(None))
    .returning(conference.c.id),
    value,
)
_START = Statement(
    sa.update(conference)
    .where(conference.c.id == sa.bindparam("id"))
    .values(started_at=sa.func.statement_timestamp(), started_by=sa.bindparam("user_id"))
    .returning(conference.c.started_at),
    value,
)
_ROOM_OF = Statement(
    sa.select(conference.c.room_id).where(
        conference.c.id == sa.bindparam("id", type_=sa.Uuid), conference.c.room_id.is_not(None)
    ),
    value,
)
_IS_IN = presences.being_in(peer.c.user_id == sa.bindparam("user_id"))


async def create(
    transaction: Transaction,
    room_id: UUID,
    *,
    caller_id: UUID,
    name: str | None,
    type: MeetingType,
    expires_at: datetime | None,
    limits: Limits,
) -> UUID:
    """Give a room its meeting. Raises RoomNotFound, NotAMember, MeetingExists."""
    # Locked as by whoever removes a member: he then knows which meetings there are to be left.
    (await standings.locked(transaction, room_id, caller_id)).as_member()
    id: UUID = await transaction.one(
        _CREATE, MeetingExists, room_id=room_id, name=name, kind=type, expires_at=expires_at, **opening_values(limits)
    )
    await analytics.record(transaction, Occurrence("ConferenceCreated", id))
    await events.record(transaction, Told(members_of(room_id), MeetingCreated(meeting_id=id, room_id=room_id)))
    return id


async def start(transaction: Transaction, id: UUID, *, caller_id: UUID) -> None:
    """Make a meeting active, if it isn't. Raises MeetingNotFound, NotAMember, ConferenceDisabled."""
    meeting = await _held(transaction, id, caller_id)
    meeting.as_enabled()
    if not meeting.held.started_at:
        await events.record(transaction, await _started(transaction, meeting, caller_id))


async def stop(transaction: Transaction, id: UUID, *, caller_id: UUID) -> None:
    """Let everybody leave a meeting, which is over, if it was active. Raises MeetingNotFound, NotAMember."""
    meeting = await _held(transaction, id, caller_id)
    await presences.tell(transaction, await presences.end(transaction, [meeting.held]))


async def join(transaction: Transaction, id: UUID, queue_id: UUID | None, streams: Streams, *, caller_id: UUID) -> None:
    """Enter a meeting by an open socket, and make it active. A presence by another socket ends, and that hears of it.

    Raises MeetingNotFound, NotAMember, ConferenceDisabled, NotConnected, AlreadyJoined, ConferenceFull.
    """
    meeting = await _held(transaction, id, caller_id)
    meeting.as_enabled()
    if queue_id is None:
        raise NotConnected
    await connections.hold_open(transaction, queue_id, caller_id)
    started = [] if meeting.held.started_at else [await _started(transaction, meeting, caller_id)]
    clashed = await presences.enter(
        transaction,
        meeting.held,
        Entrant(
            user_id=caller_id,
            queue_id=queue_id,
            role=_ROLES[meeting.standing.is_owner],
            audio_enabled=streams.audio_enabled,
            video_enabled=streams.video_enabled,
        ),
    )
    lost = _told_of_lost_place(meeting, caller_id, clashed) if clashed else []
    joined = Told(meeting.members, MeetingParticipantJoined(meeting_id=id, user_id=caller_id))
    await events.record(transaction, *started, *lost, joined)


async def leave(transaction: Transaction, id: UUID, queue_id: UUID | None, *, caller_id: UUID) -> None:
    """Leave a meeting, if the caller is in it: by this socket, if one is named. With the last one it is over.

    Raises MeetingNotFound, NotAMember.
    """
    meeting = await _held(transaction, id, caller_id)
    who = presences.OF_SOCKET if queue_id else presences.OF_USER
    left = await presences.leave(transaction, [meeting.held], who, "went", user_id=caller_id, queue_id=queue_id)
    await presences.tell(transaction, left)


async def remove(transaction: Transaction, id: UUID, *, caller_id: UUID) -> None:
    """Delete a meeting; the room can have another. Raises MeetingNotFound, NotAMember."""
    meeting = await _held(transaction, id, caller_id)
    await conferences.remove_held(transaction, meeting.held)


async def seat(transaction: Transaction, id: UUID, *, caller_id: UUID) -> Seat:
    """Return where the caller is just now. Raises MeetingNotFound, NotAMember, PeerNotFound."""
    (await _standing(transaction, id, caller_id)).as_member()
    return await _taken(transaction, id, caller_id)


async def seat_to_silence(transaction: Transaction, id: UUID, user_id: UUID, *, caller_id: UUID) -> Seat:
    """Return where another is, whom an owner of the room silences.

    Raises MeetingNotFound, NotAMember, NotAnOwner, PeerNotFound.
    """
    (await _standing(transaction, id, caller_id)).as_owner()
    return await _taken(transaction, id, user_id)


async def _standing(transaction: Transaction, id: UUID, user_id: UUID) -> Standing:
    room_id: UUID = await transaction.one(_ROOM_OF, MeetingNotFound, id=id)
    return await standings.get(transaction, room_id, user_id)


async def _taken(transaction: Transaction, id: UUID, user_id: UUID) -> Seat:
    await transaction.one(_IS_IN, PeerNotFound, conference_id=id, user_id=user_id)
    return Seat(conference_id=id, user_id=user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """A meeting that is held, and how a member of its room stands to that."""

    held: Held
    standing: Standing

    @property
    def members(self) -> events.Audience:
        return members_of(self.standing.room_id)

    def as_enabled(self) -> None:
        """Raise ConferenceDisabled if nobody is let in."""
        if not self.held.enabled:
            raise ConferenceDisabled


async def _held(transaction: Transaction, id: UUID, caller_id: UUID) -> _Meeting:
    try:
        held = await presences.hold(transaction, id)
    except ConferenceNotFound:
        raise MeetingNotFound from None
    if held.room_id is None:
        raise MeetingNotFound
    # After it is held: whoever removes a member holds it, too.
    standing = await standings.get(transaction, held.room_id, caller_id)
    return _Meeting(held=held, standing=standing.as_member())


async def _started(transaction: Transaction, meeting: _Meeting, user_id: UUID) -> Told:
    started_at = await transaction.one(_START, id=meeting.held.id, user_id=user_id)
    return Told(
        meeting.members, MeetingStarted(meeting_id=meeting.held.id, starter_user=user_id, started_at=started_at)
    )


def _told_of_lost_place(meeting: _Meeting, user_id: UUID, queue_id: UUID) -> list[Told]:
    id = meeting.held.id
    return [
        Told(meeting.members, MeetingParticipantLeft(meeting_id=id, user_id=user_id)),
        Told(events.socket_of(user_id, queue_id), MeetingParticipantClashed(meeting_id=id)),
    ]
