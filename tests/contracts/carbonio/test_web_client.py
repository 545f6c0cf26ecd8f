"""How the web client calls: below its own prefix, with a content type even where there is no content."""

from uuid import uuid4

import pytest
from people import Person
from transcripts import assert_same

JSON = "application/json"


@pytest.mark.parametrize("headers", [{}, {"queue-id": str(uuid4())}, {"queue-id": ""}, {"session-id": "x"}])
class TestStartOfTheWebClient:
    """All four answers must be there, each of exactly this content type, before it opens its websocket."""

    async def test_four_questions(self, ada: Person, ben: Person, cleo: Person, headers: dict[str, str]) -> None:
        group, one_to_one = await ada.created("group", ben, cleo, name="A"), await ada.created("one_to_one", ben)
        sent = {"Content-Type": JSON, **headers}
        answers = [
            await ada("GET", f"/services/chats/{path}", headers=sent, content=content)
            for content in (None, b"")
            for path in (
                "auth/token",
                "users/capabilities",
                "rooms?extraFields=members&extraFields=settings",
                "meetings",
            )
        ]
        rooms = [{name: room[name] for name in room if name != "membersIds"} for room in (one_to_one, group)]
        capabilities = {
            "canSeeMessageReads": True,
            "canSeeUsersPresence": True,
            "canVideoCall": True,
            "canVideoCallRecord": True,
            "canUseVirtualBackground": True,
            "editMessageTimeLimitInMinutes": 10,
            "deleteMessageTimeLimitInMinutes": 10,
            "maxGroupMembers": 128,
            "maxRoomImageSizeInKb": 512,
            "maxUserImageSizeInKb": 512,
        }
        for answer, expected in zip(answers, [{"zmToken": ada.token}, capabilities, rooms, []] * 2, strict=True):
            assert_same(answer, expected)

    async def test_calls_without_a_body(self, ada: Person, ben: Person, cleo: Person, headers: dict[str, str]) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        for method, path, status in (
            ("PUT", "/mute", 204),
            ("DELETE", "/mute", 204),
            ("PUT", "/clear", 200),
            ("PUT", f"/members/{ben.id}/owner", 204),
            ("DELETE", f"/members/{ben.id}/owner", 204),
            ("DELETE", f"/members/{cleo.id}", 204),
            ("GET", "/members", 200),
            ("GET", "", 200),
            ("GET", "/meeting", 404),
            ("DELETE", "", 204),
        ):
            sent = {"Content-Type": JSON, **headers}
            answer = await ada(method, f"/services/chats/rooms/{room['id']}{path}", headers=sent, content=b"")
            assert answer.status_code == status, (method, path)
            assert answer.headers.get_list("content-type") == ([JSON] if status == 200 else [])
