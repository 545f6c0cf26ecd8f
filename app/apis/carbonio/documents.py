"""Rooms, their members and their meetings as one caller sees them: each page, and each thing, in one statement.

Who calls is the parameter `caller_id`, which is given to each statement when it is judged.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from app.apis.carbonio.json_text import base_64, complete_json_object, json_array, json_object
from app.apis.carbonio.schemas import Place
from app.domain.database import Statement, Transaction, any_of, value
from app.domain.errors import AttachmentNotFound, DomainError, MeetingNotFound, NotAMember, RoomNotFound
from app.domain.presences import is_in, is_open
from app.domain.schema import attachment, blob, conference, member, name_of, peer, room, room_setting, session
from app.domain.standings import of_members, seen_by

_caller_id = sa.bindparam("caller_id", type_=sa.Uuid)
_own = member.alias("own")
_setting = room_setting.alias("setting")
_child = room.alias("child")
_is_member = _own.c.user_id.is_not(None)
_is_workspace = room.c.type == "workspace"


class Seen(NamedTuple):
    """What the caller sees of a room; without a document, that is not there."""

    is_member: bool
    document: str | None


def _settings(setting: sa.FromClause) -> sa.ColumnElement[Any]:
    return json_object(muted=sa.func.coalesce(setting.c.muted, sa.false()), clearedAt=setting.c.cleared_at)


def _members(item: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    members = sa.select(json_array(item, member.c.position)).where(member.c.room_id == of_members)
    return members.correlate(room).scalar_subquery()


_member = complete_json_object(userId=member.c.user_id, owner=member.c.owner)
_all_members = _members(_member)


def _document(
    shown: sa.FromClause, *, first: Mapping[str, Any], rank: sa.ColumnElement[Any], last: Mapping[str, Any]
) -> sa.ColumnElement[Any]:
    """Return a room's JSON: what it may have `first`, what every room has, and what it may have `last`."""
    meeting = sa.select(conference.c.id).where(conference.c.room_id == shown.c.id).correlate(shown).scalar_subquery()
    return json_object(
        **first,
        name=shown.c.name,
        description=shown.c.description,
        type=shown.c.type,
        parentId=shown.c.parent_id,
        id=shown.c.id,
        rank=rank,
        meetingId=meeting,
        createdAt=shown.c.created_at,
        updatedAt=shown.c.modified_at,
        pictureUpdatedAt=shown.c.picture_changed_at,
        **last,
    )


def _children(*, with_settings: bool) -> sa.ColumnElement[Any]:
    """Return the channels of a workspace, in their order."""
    setting = room_setting.alias("setting_of_child")
    last = {"userSettings": _settings(setting)} if with_settings else {}
    channels = sa.select(
        json_array(_document(_child, first={}, rank=_child.c.rank, last=last), _child.c.rank)
    ).select_from(_child)
    if with_settings:
        channels = channels.outerjoin(setting, (setting.c.room_id == _child.c.id) & (setting.c.user_id == _caller_id))
    channels = channels.where(_child.c.parent_id == room.c.id).correlate(room)
    return sa.case((_is_workspace, channels.scalar_subquery()))


def _room(*, with_ids: bool, with_members: bool, with_settings: bool) -> sa.ColumnElement[Any]:
    settings = sa.case((~_is_workspace, _settings(_setting)))
    last = {
        "children": _children(with_settings=with_settings),
        **({"members": _all_members} if with_members else {}),
        **({"userSettings": settings} if with_settings else {}),
    }
    first = {"membersIds": _members(member.c.user_id)} if with_ids else {}
    return _document(room, first=first, rank=sa.func.coalesce(room.c.rank, _own.c.rank), last=last)


def _with_own_setting(joined: sa.FromClause) -> sa.FromClause:
    return joined.outerjoin(_setting, (_setting.c.room_id == room.c.id) & (_setting.c.user_id == _caller_id))


@cache
def rooms_of_caller(*, with_members: bool, with_settings: bool) -> Statement[str]:
    """Return the statement of all rooms of the caller, but channels, which are in their workspaces.

    Workspaces by his rank, then the others, newest first.
    """
    document = _room(with_ids=False, with_members=with_members, with_settings=with_settings)
    joined = _own.join(room, room.c.id == _own.c.room_id)
    return Statement(
        sa.select(json_array(document, _own.c.rank.nulls_last(), room.c.id.desc()).label("rooms"))
        .select_from(_with_own_setting(joined) if with_settings else joined)
        .where(_own.c.user_id == _caller_id),
        value,
    )


_seen_by_caller = seen_by(_caller_id, _own)


def _seen(document: sa.ColumnElement[Any], joined: sa.FromClause = _seen_by_caller) -> Statement[Seen]:
    """Return the statement of what is seen of one room, by its `room_id`."""
    return Statement(
        sa.select(_is_member.label("is_member"), sa.case((_is_member, document)).label("document"))
        .select_from(joined)
        .where(room.c.id == sa.bindparam("room_id")),
        Seen,
    )


_participant = complete_json_object(
    userId=peer.c.user_id,
    queueId=peer.c.queue_id,
    audioStreamEnabled=peer.c.audio_enabled,
    videoStreamEnabled=peer.c.video_enabled,
    screenStreamEnabled=peer.c.screen_enabled,
    joinedAt=peer.c.joined_at,
)
_participants = (
    sa.select(json_array(_participant, peer.c.joined_at, peer.c.id))
    .join_from(session, peer, peer.c.session_id == session.c.id)
    .where(session.c.conference_id == conference.c.id, is_open, is_in)
    .correlate(conference)
    .scalar_subquery()
)
_meeting = json_object(
    id=conference.c.id,
    name=name_of(conference),
    roomId=conference.c.room_id,
    active=conference.c.started_at.is_not(None),
    participants=_participants,
    createdAt=conference.c.created_at,
    startedAt=conference.c.started_at,
    meetingType=conference.c.meeting_type,
)
_memberships = sa.select(member.c.room_id).where(member.c.user_id == _caller_id)
_channels = sa.select(_child.c.id).where(_child.c.parent_id == any_of(_memberships))
_rooms_of_caller = _memberships.union_all(_channels)

ROOM: Final = _seen(_room(with_ids=True, with_members=True, with_settings=True), _with_own_setting(_seen_by_caller))
MEMBERS: Final = _seen(_all_members)
MEETING_OF_ROOM: Final = _seen(
    sa.select(_meeting).where(conference.c.room_id == room.c.id).correlate(room).scalar_subquery()
)
MEETING: Final = Statement(
    sa.select(_is_member.label("is_member"), sa.case((_is_member, _meeting)).label("document"))
    .select_from(_seen_by_caller.join(conference, conference.c.room_id == room.c.id))
    .where(conference.c.id == sa.bindparam("meeting_id")),
    Seen,
)
MEETINGS: Final = Statement(
    sa.select(json_array(_meeting, conference.c.id.desc()).label("meetings")).where(
        conference.c.room_id == any_of(_rooms_of_caller)
    ),
    value,
)
"""All meetings of rooms that the caller is in, newest first."""


_attachment = json_object(
    id=attachment.c.id,
    name=blob.c.name,
    size=blob.c.size,
    mimeType=blob.c.mime_type,
    userId=attachment.c.user_id,
    roomId=attachment.c.room_id,
    createdAt=attachment.c.created_at,
    area=attachment.c.area,
)
_files = attachment.join(blob, blob.c.id == attachment.c.blob_id)
_items = sa.bindparam("items", type_=sa.Integer)
_age = (attachment.c.created_at, attachment.c.id)


def _page(*further: sa.ColumnElement[bool]) -> Statement[Seen]:
    """Return the statement of a page of a room's attachments, and of where the next one begins, if there is one."""
    place = complete_json_object(id=attachment.c.id, createdAt=attachment.c.created_at)
    newest_first = [column.desc() for column in _age]
    number = sa.func.row_number().over(order_by=newest_first)
    listed = (
        sa.select(_attachment.label("item"), place.label("place"), number.label("number"))
        .select_from(_files)
        .where(attachment.c.room_id == sa.bindparam("room_id"), *further)
        .order_by(*newest_first)
        .limit(_items + 1)
        .subquery("listed")
    )
    is_on_page = listed.c.number <= _items
    last = sa.func.min(listed.c.place).filter(listed.c.number == _items)
    page = json_object(
        filter=sa.case((sa.func.count() > _items, base_64(last))),
        attachments=json_array(sa.case((is_on_page, listed.c.item)), listed.c.number),
    )
    return _seen(sa.select(page).select_from(listed).scalar_subquery())


FIRST_PAGE: Final = _page()
NEXT_PAGE: Final = _page(
    sa.tuple_(*_age) < sa.tuple_(sa.bindparam("created_at", type_=_age[0].type), sa.bindparam("id", type_=sa.Uuid))
)
ATTACHMENT: Final = Statement(
    sa.select(_is_member.label("is_member"), sa.case((_is_member, _attachment)).label("document"))
    .select_from(_files.join(_seen_by_caller, room.c.id == attachment.c.room_id))
    .where(attachment.c.id == sa.bindparam("attachment_id")),
    Seen,
)


def _shown_to_member(seen: Seen, otherwise: type[DomainError]) -> str:
    if not seen.is_member:
        raise NotAMember
    if seen.document is None:
        raise otherwise
    return seen.document


async def page_of_attachments(transaction: Transaction, room_id: UUID, items: int, after: Place | None) -> str:
    """Return a page of at most so many attachments, for a member. Raises RoomNotFound, NotAMember."""
    given = {"room_id": room_id, "items": items}
    if after is None:
        return _shown_to_member(await transaction.one(FIRST_PAGE, RoomNotFound, **given), RoomNotFound)
    given |= {"created_at": after.created_at, "id": after.id}
    return _shown_to_member(await transaction.one(NEXT_PAGE, RoomNotFound, **given), RoomNotFound)


async def attachment_info(transaction: Transaction, id: UUID) -> str:
    """Return what is known of a file, for a member of its room. Raises AttachmentNotFound, NotAMember."""
    seen = await transaction.one(ATTACHMENT, AttachmentNotFound, attachment_id=id)
    return _shown_to_member(seen, AttachmentNotFound)


async def meeting(transaction: Transaction, id: UUID) -> str:
    """Return what a member of its room sees of a meeting. Raises MeetingNotFound, NotAMember."""
    return _shown_to_member(await transaction.one(MEETING, MeetingNotFound, meeting_id=id), MeetingNotFound)


async def document(
    transaction: Transaction, statement: Statement[Seen], room_id: UUID, otherwise: type[DomainError] = RoomNotFound
) -> str:
    """Return what a member sees of a room. Raises RoomNotFound, NotAMember, or `otherwise` if that is not there."""
    return _shown_to_member(await transaction.one(statement, RoomNotFound, room_id=room_id), otherwise)
