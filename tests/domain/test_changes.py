"""What is recorded of a change: its name and its fields, of which the events of the chats are spelled."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from app.domain import changes
from app.domain.changes import Change

ROOM, USER, IMAGE, MEETING = (UUID(int=number) for number in (1, 2, 3, 4))
ROOM_ID, USER_ID, IMAGE_ID = (("room_id", str(ROOM)), ("user_id", str(USER)), ("image_id", str(IMAGE)))
MEETING_ID = ("meeting_id", str(MEETING))
ELSEWHERE = timezone(timedelta(hours=2))
MOMENT = datetime(2024, 8, 30, 13, 8, 26, 123_999, ELSEWHERE)
SPELLED = "2024-08-30T11:08:26.123Z"

CASES: list[tuple[Change, list[tuple[str, object]]]] = [
    (changes.RoomCreated(room_id=ROOM), [ROOM_ID]),
    (
        changes.RoomUpdated(room_id=ROOM, name="Ones", description="Of one"),
        [ROOM_ID, ("name", "Ones"), ("description", "Of one")],
    ),
    (changes.RoomDeleted(room_id=ROOM), [ROOM_ID]),
    (changes.RoomOwnerPromoted(room_id=ROOM, user_id=USER), [ROOM_ID, USER_ID]),
    (changes.RoomOwnerDemoted(room_id=ROOM, user_id=USER), [ROOM_ID, USER_ID]),
    (changes.RoomPictureChanged(room_id=ROOM, updated_at=MOMENT), [ROOM_ID, ("updated_at", SPELLED)]),
    (changes.RoomPictureDeleted(room_id=ROOM), [ROOM_ID]),
    (changes.RoomMemberAdded(room_id=ROOM, user_id=USER, is_owner=False), [ROOM_ID, USER_ID, ("is_owner", False)]),
    (changes.RoomMemberRemoved(room_id=ROOM, user_id=USER), [ROOM_ID, USER_ID]),
    (changes.RoomMuted(room_id=ROOM), [ROOM_ID]),
    (changes.RoomUnmuted(room_id=ROOM), [ROOM_ID]),
    (changes.RoomHistoryCleared(room_id=ROOM, cleared_at=MOMENT), [ROOM_ID, ("cleared_at", SPELLED)]),
    (
        changes.UserPictureChanged(user_id=USER, image_id=IMAGE, updated_at=MOMENT),
        [USER_ID, IMAGE_ID, ("updated_at", SPELLED)],
    ),
    (changes.UserPictureDeleted(user_id=USER), [USER_ID]),
    (changes.MeetingCreated(meeting_id=MEETING, room_id=ROOM), [MEETING_ID, ROOM_ID]),
    (changes.MeetingDeleted(meeting_id=MEETING), [MEETING_ID]),
    (
        changes.MeetingStarted(meeting_id=MEETING, starter_user=USER, started_at=MOMENT),
        [MEETING_ID, ("starter_user", str(USER)), ("started_at", SPELLED)],
    ),
    (changes.MeetingStopped(meeting_id=MEETING), [MEETING_ID]),
    (changes.MeetingParticipantJoined(meeting_id=MEETING, user_id=USER), [MEETING_ID, USER_ID]),
    (changes.MeetingParticipantLeft(meeting_id=MEETING, user_id=USER), [MEETING_ID, USER_ID]),
    (changes.MeetingParticipantClashed(meeting_id=MEETING), [MEETING_ID]),
    (
        changes.MeetingMessageSent(meeting_id=MEETING, message="Ends", message_type="chat"),
        [MEETING_ID, ("message", "Ends"), ("message_type", "chat")],
    ),
    (changes.TokensRevoked(), []),
]


@pytest.mark.parametrize(("change", "members"), CASES, ids=[type(change).__name__ for change, _ in CASES])
def test_the_body_is_its_fields_in_their_order(change: Change, members: list[tuple[str, object]]) -> None:
    assert list(json.loads(change.body).items()) == members


def test_there_is_no_other_change() -> None:
    named = {name for name, found in vars(changes).items() if isinstance(found, type) and issubclass(found, Change)}
    abstract = {"Change", "_OfRoom", "_OfMember", "_OfMeeting", "_OfParticipant"}
    assert named - abstract == {type(change).__name__ for change, _ in CASES}


@pytest.mark.parametrize(("name", "description"), [(None, None), ("", None), (None, "")])
def test_what_is_none_is_left_out_and_what_is_empty_is_not(name: str | None, description: str | None) -> None:
    said = {"name": name, "description": description}
    body = json.loads(changes.RoomUpdated(room_id=ROOM, name=name, description=description).body)
    assert body == {"room_id": str(ROOM), **{key: text for key, text in said.items() if text is not None}}


@pytest.mark.parametrize(
    ("moment", "spelled"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 0, 0, 0, 999, tzinfo=UTC), "2024-01-01T00:00:00.000Z"),
        (datetime(2024, 1, 1, 0, 0, 0, 1_000, tzinfo=ELSEWHERE), "2023-12-31T22:00:00.001Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_in_utc_to_the_millisecond(moment: datetime, spelled: str) -> None:
    assert json.loads(changes.RoomPictureChanged(room_id=ROOM, updated_at=moment).body)["updated_at"] == spelled
