"""The objects of the chats' published page are as we describe ours, with their members in the same order."""

import json

import pytest
from descriptions import Document, description

CHATS = "/services/chats"
ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
#: Its times are without the milliseconds that ours always have.
MOMENT = "2019-08-24T14:15:22Z"
SETTINGS = {"muted": True, "clearedAt": MOMENT}
MEMBER = {"userId": ID, "owner": False}
CHANNEL = {
    "membersIds": [ID],
    "name": "string",
    "description": "string",
    "type": "group",
    "parentId": ID,
    "id": ID,
    "rank": 0,
    "meetingId": ID,
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
    "pictureUpdatedAt": MOMENT,
    "children": [],
    "members": [MEMBER],
    "userSettings": SETTINGS,
}
PUBLISHED: dict[str, Document] = {
    "Room": {**CHANNEL, "children": [CHANNEL], "members": [MEMBER], "userSettings": SETTINGS},
    "NewRoom": {
        "membersIds": [ID],
        "name": "string",
        "description": "string",
        "type": "group",
        "parentId": ID,
    },
    "RoomChanges": {"name": "string", "description": "string"},
    "RoomUserSettings": SETTINGS,
    "RoomRank": {"roomId": ID, "rank": 0},
    "ClearedDate": {"clearedAt": MOMENT},
    "Member": MEMBER,
    "MemberToInsert": {**MEMBER, "historyCleared": True},
    "MemberInserted": {**MEMBER, "clearedAt": MOMENT},
    "User": {
        "id": ID,
        "email": "user@example.com",
        "name": "string",
        "type": "internal",
        "pictureUpdatedAt": MOMENT,
        "statusMessage": "string",
    },
    "Capabilities": {
        "canSeeMessageReads": True,
        "canSeeUsersPresence": True,
        "canVideoCall": True,
        "canVideoCallRecord": True,
        "canUseVirtualBackground": True,
        "editMessageTimeLimitInMinutes": 0,
        "deleteMessageTimeLimitInMinutes": 0,
        "maxGroupMembers": 0,
        "maxRoomImageSizeInKb": 0,
        "maxUserImageSizeInKb": 0,
    },
    "Token": {"zmToken": "string"},
    "HealthStatus": {"isLive": True, "status": "ok", "dependencies": [{"name": "database", "isHealthy": True}]},
}
#: Come with pictures, and with what people say of themselves; what is described is closed, so they are not in it.
NOT_SERVED_YET = {"pictureUpdatedAt", "statusMessage"}


def as_we_show(published: Document) -> Document:
    """Leave out of an object what is not served yet, and give its times milliseconds."""
    text = json.dumps(published).replace(MOMENT, MOMENT.replace("Z", ".000Z"))
    shown: Document = json.loads(
        text, object_hook=lambda members: {name: members[name] for name in members if name not in NOT_SERVED_YET}
    )
    return shown


@pytest.mark.parametrize("name", PUBLISHED)
async def test_an_object_of_the_page_is_described(name: str) -> None:
    told = await description(CHATS)
    schema = told.document["components"]["schemas"][name]
    example = as_we_show(PUBLISHED[name])
    assert told.validator(schema).is_valid(example), example
    assert list(example) == [member for member in schema["properties"] if member in example]


@pytest.mark.parametrize(("name", "member"), [("Room", "pictureUpdatedAt"), ("User", "statusMessage")])
async def test_what_is_not_served_yet_is_not_described(name: str, member: str) -> None:
    told = await description(CHATS)
    example = as_we_show(PUBLISHED[name]) | {member: PUBLISHED[name][member]}
    assert not told.validator({"$ref": f"#/components/schemas/{name}"}).is_valid(example)
