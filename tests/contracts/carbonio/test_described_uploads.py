"""What the description says of an upload's header fields and of its form: it is true on both sides of each limit."""

import pytest
from descriptions import Document, described, description
from people import Person, Room, file_headers, files_of

from app.apis.carbonio.application import create

CHATS = "/services/chats"
ESCAPED = "\\u00E9"
PAIR = "\\uD83C\\udf31"
#: Texts any part of which may be escaped, by whether they can be sent.
ESCAPABLE = {
    "a" * 256: True,
    "a" * 257: False,
    ESCAPED * 256: True,
    ESCAPED * 257: False,
    PAIR * 256: True,
    PAIR * 257: False,
    "🌱" * 256: True,
    f"{PAIR * 255}a": True,
    f"{PAIR * 255}ab": False,
    "C:\\temp\\": True,
    "\\" * 256: True,
    "\\" * 257: False,
    "\\\\u0061": True,
    "\\U0061": True,
    "\\u005cu": True,
    "\\u": False,
    "\\u00e": False,
    "\\u00eg": False,
    "a\\u0000": False,
    "\\ud83c": False,
    "\\udf31": False,
    "\\udf31\\ud83c": False,
    "\\ud83c\\u0061": False,
    "\\ud83c🌱": False,
    "\\ud7ff\\ue000": True,
}
TEXTS = {"": True, "a" * 256: True, "a" * 257: False, "é🌱": True, "\\u": True}
AREAS = {
    "": True,
    "15x20": True,
    "1 x 2 é🌱": True,
    "9" * 64: True,
    "9" * 65: False,
    "1\u00a02": False,
    "1\u00ad2": False,
    "1\u200b2": False,
    "1\u20282": False,
    "1\u30002": False,
}
IMAGES = {
    "image/png": True,
    "IMAGE/svg+xml": True,
    "image/": True,
    f"image/{'x' * 250}": True,
    f"image/{'x' * 251}": False,
    "": False,
    "image": False,
    "text/image/png": False,
}
OF_FILES = {
    "fileName": ESCAPABLE | {"": False},
    "mimeType": TEXTS,
    "description": ESCAPABLE | {"": True},
    "messageId": TEXTS,
    "replyId": TEXTS,
    "area": AREAS,
}
OF_PICTURES = {"fileName": OF_FILES["fileName"], "mimeType": IMAGES}


async def is_described(schema: Document, value: str) -> bool:
    return (await description(CHATS)).validator(schema).is_valid(value)


async def header(operation: str, name: str) -> Document:
    parameters = (await description(CHATS)).operations[operation].parameters
    [schema] = [each["schema"] for each in parameters if (each["in"], each["name"]) == ("header", name)]
    return dict(schema)


async def form() -> Document:
    told = await described(create)
    body = told.document["paths"]["/rooms/{roomId}/attachments"]["put"]["requestBody"]
    return dict(body["content"]["multipart/form-data"]["schema"])


class TestHeaderFields:
    @pytest.mark.parametrize("name", OF_FILES)
    async def test_of_files(self, ada: Person, group: Room, name: str) -> None:
        for value, is_fine in OF_FILES[name].items():
            headers = {**file_headers("a.txt"), name: value}
            answer = await ada("POST", files_of(group), headers=_bytes(headers), content=b"")
            said = await is_described(await header("insert_attachment", name), value)
            assert (answer.status_code, said) == ((201, True) if is_fine else (400, False)), value

    @pytest.mark.parametrize("operation", ["update_room_picture", "update_user_picture"])
    @pytest.mark.parametrize("name", OF_PICTURES)
    async def test_of_pictures(self, ada: Person, group: Room, operation: str, name: str) -> None:
        owner = f"/rooms/{group['id']}" if operation == "update_room_picture" else f"/users/{ada.id}"
        for value, is_fine in OF_PICTURES[name].items():
            headers = {**file_headers("a.png", mimeType="image/png"), name: value}
            answer = await ada("PUT", f"{owner}/picture", headers=_bytes(headers), content=b"pixels")
            said = await is_described(await header(operation, name), value)
            assert (answer.status_code, said) == ((204, True) if is_fine else (400, False)), value


class TestForm:
    @pytest.mark.parametrize("name", ["description", "messageId", "replyId", "area"])
    async def test_words(self, ada: Person, group: Room, name: str) -> None:
        schema = (await form())["properties"][name]
        for value, is_fine in OF_FILES[name].items():
            answer = await ada("PUT", files_of(group), files={"file": b""}, data={name: value})
            said = await is_described(schema, value)
            assert (answer.status_code, said) == ((201, True) if is_fine else (400, False)), value

    async def test_of_the_file_alone(self, ada: Person, group: Room) -> None:
        assert (await form())["required"] == ["file"]
        assert (await ada("PUT", files_of(group), files={"file": b""})).status_code == 201

    async def test_whatever_the_length_is_said_to_be(self, ada: Person, group: Room) -> None:
        for said in ("", "-1", "a great deal"):
            assert await is_described((await form())["properties"]["contentLength"], said)
            answer = await ada("PUT", files_of(group), files={"file": b"four"}, data={"contentLength": said})
            assert answer.status_code == 201, said


def _bytes(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Spell header fields in UTF-8."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]
