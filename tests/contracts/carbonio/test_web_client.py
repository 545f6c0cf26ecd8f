"""How the web client calls: below its own prefix, with a content type even where there is no content.

But uploads have none: they are raw bytes, and what is to be said of them stands in header fields.
"""

from io import BytesIO
from uuid import uuid4

import asyncpg
import pytest
from papers import numbered
from people import Person, Room, escaped
from pictures import RED, quadrants, saved
from PIL import Image
from transcripts import assert_empty, assert_same

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


PREFIX = "/services/chats"


class TestUploadsOfTheWebClient:
    def headers(self, name: str, type: str, **more: str) -> dict[str, str]:
        """Return what it says of a file, beside its cookie."""
        return {"fileName": escaped(name), "mimeType": type, "session-id": str(uuid4()), **more}

    async def test_a_file_is_listed_by_what_was_said_of_it(
        self, ada: Person, ben: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        message_id, reply_id = str(uuid4()), str(uuid4())
        more = {"description": escaped("Two\nlines 😀"), "messageId": message_id, "replyId": reply_id, "area": "15x20"}
        assert escaped("aé😀") == r"\u0061\u00e9\ud83d\ude00"
        path = f"{PREFIX}/rooms/{group['id']}/attachments"
        answer = await ada(
            "POST", path, headers=self.headers("aé😀.png", "image/png", **more), content=b"\x89PNG\0\xff"
        )
        assert "content-type" not in answer.request.headers
        assert answer.request.headers["content-length"] == "6"
        id = answer.json()["id"]
        assert_same(answer, {"id": id}, 201)
        listed = await ben("GET", path)
        [file] = listed.json()["attachments"]
        expected = {"id": id, "name": "aé😀.png", "size": 6, "mimeType": "image/png", "userId": ada.id}
        expected |= {"roomId": group["id"], "createdAt": file["createdAt"], "area": "15x20"}
        assert_same(listed, {"attachments": [expected]})
        [message] = await database.fetch("SELECT stanza_id, reply_id, body, attachment_id::text FROM message")
        assert tuple(message) == (message_id, reply_id, "Two\nlines 😀", id)

    async def test_a_file_of_which_the_browser_knows_no_type(self, ada: Person, group: Room) -> None:
        path = f"{PREFIX}/rooms/{group['id']}/attachments"
        answer = await ada("POST", path, headers=self.headers("a", "", messageId=str(uuid4())), content=b"a")
        assert_same(answer, {"id": answer.json()["id"]}, 201)
        [file] = (await ada("GET", path)).json()["attachments"]
        assert (file["name"], file["mimeType"]) == ("a", "application/octet-stream")

    async def test_several_at_once_each_have_their_message(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        ids = {}
        for name in ("a", "b", "c"):
            headers = self.headers(name, "text/plain", messageId=str(uuid4()))
            answer = await ada(
                "POST", f"{PREFIX}/rooms/{group['id']}/attachments", headers=headers, content=name.encode()
            )
            ids[headers["messageId"]] = answer.json()["id"]
        assert dict(await database.fetch("SELECT stanza_id, attachment_id::text FROM message")) == ids

    async def test_pictures_are_shown_by_their_time(self, ada: Person, ben: Person, group: Room) -> None:
        for path in (f"{PREFIX}/rooms/{group['id']}", f"{PREFIX}/users/{ada.id}"):
            headers = self.headers("me 😀.png", "image/png")
            answer = await ada("PUT", f"{path}/picture", headers=headers, content=b"\x89PNG")
            assert "content-type" not in answer.request.headers
            assert_empty(answer, 204)
            at = (await ben("GET", path)).json()["pictureUpdatedAt"]
            answer = await ben("GET", f"{path}/picture?{at}", headers={"Content-Type": JSON})
            assert (answer.status_code, answer.content) == (200, b"\x89PNG")
            assert answer.headers.get_list("content-type") == ["image/png"]
            assert_empty(await ada("DELETE", f"{path}/picture", headers={"Content-Type": JSON}, content=b""), 204)
            assert "pictureUpdatedAt" not in (await ben("GET", path)).json()

    async def test_a_message_is_forwarded_with_its_file(self, ada: Person, ben: Person, group: Room) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        x = f"<operation>attachmentAdded</operation><attachment-id>{id}</attachment-id><filename encoded='UTF-8'>"
        x += rf"{escaped('a.txt')}</filename><mime-type>text/plain</mime-type><size>5</size>"
        original = (
            f"<message xmlns='jabber:client' from='{group['id']}@muclight.carbonio/{ada.id}@carbonio' type='groupchat'>"
            f"<x xmlns='urn:xmpp:muclight:0#configuration'>{x}</x><body encoded='UTF-8'/><markable "
            "xmlns='urn:xmpp:chat-markers:0'/><stanza-id xmlns='urn:xmpp:sid:0' id='1' by='x'/></message>"
        )
        room = await ben.created("one_to_one", ada)
        sent = [{"originalMessage": original, "originalMessageSentAt": "2024-08-30T11:08:26.123Z", "description": "So"}]
        assert_empty(await ben("POST", f"{PREFIX}/rooms/{room['id']}/forward", json=sent), 204)
        [file] = (await ada("GET", f"{PREFIX}/rooms/{room['id']}/attachments")).json()["attachments"]
        assert (file["name"], file["userId"], file["size"]) == ("a.txt", ben.id, 5)


class TestPreviewsOfTheWebClient:
    """It asks for the size that a file has, with a slash at the end, and takes only what says that it is an image."""

    async def test_images(self, ada: Person, ben: Person, group: Room) -> None:
        whole = quadrants((40, 30))
        path = f"{PREFIX}/preview/image/{await ada.sent(group, 'a.png', saved(whole))}/0x0"
        asked = {"output_format": "Png", "quality": "Low", "shape": "Rectangular"}
        answer = await ben("GET", f"{path}/thumbnail/", params=asked, headers={"Content-Type": JSON})
        assert (answer.status_code, answer.headers.get_list("content-type")) == (200, ["image/png"])
        image = Image.open(BytesIO(answer.content))
        assert (image.format, image.size, image.convert("RGB").tobytes()) == ("PNG", (40, 30), whole.tobytes())
        answer = await ben("GET", f"{path}/?quality=High&output_format=Webp", headers={"Content-Type": JSON})
        assert (answer.status_code, answer.headers.get_list("content-type")) == (200, ["image/webp"])
        image = Image.open(BytesIO(answer.content))
        assert (image.format, image.size) == ("WEBP", (40, 30))
        assert max(abs(a - b) for a, b in zip(image.getpixel((5, 5)), RED, strict=True)) < 16

    async def test_papers(self, ada: Person, ben: Person, group: Room) -> None:
        source = numbered(3)
        path = f"{PREFIX}/preview/pdf/{await ada.sent(group, 'a.pdf', source)}"
        answer = await ben("GET", f"{path}/0x0/thumbnail/?quality=Low", headers={"Content-Type": JSON})
        assert (answer.status_code, answer.headers.get_list("content-type")) == (200, ["image/jpeg"])
        assert Image.open(BytesIO(answer.content)).size == (61, 40)
        answer = await ben("GET", f"{path}/", headers={"Content-Type": JSON})
        assert (answer.status_code, answer.headers.get_list("content-type")) == (200, ["application/pdf"])
        assert answer.content == source
