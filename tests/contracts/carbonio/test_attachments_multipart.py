"""`PUT /rooms/{roomId}/attachments`: a file and what is told of it as a form, as newer clients send them."""

import os
from collections.abc import AsyncIterator, Sequence
from itertools import permutations

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from people import BASES, NOBODY, Files, Person, Room, escaped, files_of, in_pieces
from transcripts import assert_empty, assert_same

from app.main import create_app
from app.settings import ChatsSettings, Settings

KIB = 1024
NOTHING = {"attachment": 0, "blob": 0, "message": 0}
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(name: str, value: bytes, *, more: str = "", type: str | None = None) -> bytes:
    """Spell a part as browsers do."""
    typed = f"Content-Type: {type}\r\n" if type is not None else ""
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n{typed}\r\n'
    return head.encode() + value + b"\r\n"


def file(value: bytes = b"notes", *, name: str = "notes.txt", type: str | None = "text/plain") -> bytes:
    return part("file", value, more=f'; filename="{name}"', type=type)


def form(*parts: bytes, boundary: str = BOUNDARY, end: str = "--\r\n") -> bytes:
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + part for part in parts) + line + end.encode()


async def shown(person: Person, room: Room, *parts: bytes, **how: str) -> Room:
    """Send a form, and return what is shown of the file."""
    answer = await person("PUT", files_of(room), headers=FORM, content=form(*parts, **how))
    assert answer.status_code == 201, answer.text
    info: Room = (await person("GET", f"/attachments/{answer.json()['id']}")).json()
    return info


TOLD = {
    "description": escaped("look 😀").encode(),
    "messageId": b"message 1",
    "replyId": b"message 0",
    "area": b"15x20",
    "contentLength": b"5",
}


class TestUpload:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_the_whole(self, ada: Person, group: Room, base: str, end: str) -> None:
        parts = [file(name=escaped("Über 😀.txt")), *(part(name, value) for name, value in TOLD.items())]
        answer = await ada("PUT", base + files_of(group) + end, headers=FORM, content=form(*parts))
        id = answer.json()["id"]
        assert_same(answer, {"id": id}, 201)
        shown = await ada("GET", f"/attachments/{id}")
        expected = {
            "id": id,
            "name": "Über 😀.txt",
            "size": 5,
            "mimeType": "text/plain",
            "userId": ada.id,
            "roomId": group["id"],
            "createdAt": shown.json()["createdAt"],
            "area": "15x20",
        }
        assert_same(shown, expected)
        assert await ada.has(id) == b"notes"

    @pytest.mark.parametrize("order", [*permutations(range(3))])
    async def test_the_parts_in_any_order(
        self, ada: Person, group: Room, database: asyncpg.Connection, order: tuple[int, ...]
    ) -> None:
        told = [part(name, value) for name, value in TOLD.items()]
        thirds = [[file()], told[:2], told[2:]]
        info = await shown(ada, group, *(one for index in order for one in thirds[index]))
        [row] = await database.fetch("SELECT attachment_id::text, stanza_id, reply_id, body FROM message")
        assert tuple(row) == (info["id"], "message 1", "message 0", "look 😀")
        assert (info["area"], await ada.has(info["id"])) == ("15x20", b"notes")

    @pytest.mark.parametrize("told", [(), TOLD], ids=["alone", "with empty parts"])
    async def test_the_file(self, ada: Person, group: Room, database: asyncpg.Connection, told: Sequence[str]) -> None:
        assert "area" not in await shown(ada, group, file(), *(part(name, b"") for name in told))
        [row] = await database.fetch("SELECT stanza_id, reply_id, body FROM message")
        assert tuple(row) == (None, None, None)

    @pytest.mark.parametrize("length", ["1", "0", "-1", "9" * 40, "nonsense"])
    async def test_the_length_is_not_believed(self, ada: Person, group: Room, length: str) -> None:
        info = await shown(ada, group, part("contentLength", length.encode()), file(b"a" * 100))
        assert info["size"] == 100

    async def test_unknown_parts_are_ignored(self, ada: Person, group: Room) -> None:
        unknown = [part("x", b"\xff\0"), part("", b"y"), part("other", b"z", more='; filename="z"')]
        info = await shown(ada, group, *unknown, file(), *unknown)
        assert (info["name"], info["size"]) == ("notes.txt", 5)

    async def test_as_a_library_sends_it(self, ada: Person, group: Room) -> None:
        sent = {"file": ("notes.txt", os.urandom(100_000), "text/x")}
        answer = await ada("PUT", files_of(group), files=sent, data={"area": "1x1"})
        info = (await ada("GET", f"/attachments/{answer.json()['id']}")).json()
        assert (info["name"], info["mimeType"], info["area"]) == ("notes.txt", "text/x", "1x1")
        assert await ada.has(info["id"]) == sent["file"][1]


class TestFile:
    @pytest.mark.parametrize("type", ["image/png", "nonsense", "x" * 256, "", None])
    async def test_its_type_is_kept_as_sent(self, ada: Person, group: Room, type: str | None) -> None:
        assert (await shown(ada, group, file(type=type)))["mimeType"] == (type or "application/octet-stream")

    @pytest.mark.parametrize(
        ("name", "read"),
        [
            (r"\u00e9\ud83d\ude00", "é😀"),
            ("über 😀.txt", "über 😀.txt"),
            (escaped('"a"/..\\b\r\n'), '"a"/..\\b\r\n'),
            ("a; b=c.txt", "a; b=c.txt"),
            ("a" * 256, "a" * 256),
            (escaped("😀" * 256), "😀" * 256),
        ],
        ids=["escaped", "UTF-8", "odd", "semicolon", "256", "256 escaped"],
    )
    async def test_its_name_is_read(self, ada: Person, group: Room, name: str, read: str) -> None:
        assert (await shown(ada, group, file(name=name)))["name"] == read

    @pytest.mark.parametrize("size", [0, 1, 64 * KIB, 2 * KIB * KIB])
    async def test_its_bytes_arrive_as_they_were(self, ada: Person, group: Room, size: int) -> None:
        body = os.urandom(size)
        info = await shown(ada, group, file(body), part("area", b"1x1"))
        assert (info["size"], await ada.has(info["id"])) == (size, body)

    @pytest.mark.parametrize("piece", [1, 2, 3, 17, 64, 1000])
    async def test_that_looks_like_a_boundary(self, ada: Person, group: Room, piece: int) -> None:
        nearly = [f"\r\n--{BOUNDARY}"[:length] for length in range(1, len(BOUNDARY) + 4)]
        body = f"--{BOUNDARY}\r\n{'x'.join(nearly)}\r\n\r\r\n--\r\n--{BOUNDARY[:-1]}--\r\n\n\r".encode()
        content = in_pieces(form(file(body), part("area", b"1x1")), size=piece)
        answer = await ada("PUT", files_of(group), headers=FORM, content=content)
        assert answer.status_code == 201
        assert await ada.has(answer.json()["id"]) == body


class TestSpelling:
    @pytest.mark.parametrize("end", ["--", "--\r\n", "--\r\nafterwards"])
    async def test_of_the_end(self, ada: Person, group: Room, end: str) -> None:
        assert (await shown(ada, group, file(), end=end))["size"] == 5

    @pytest.mark.parametrize(
        ("boundary", "told"),
        [("x", "x"), ("x", '"x"'), ("a'()+_,-./:=? z", '"a\'()+_,-./:=? z"'), ("b" * 70, "b" * 70)],
        ids=["short", "quoted", "odd", "70 characters"],
    )
    @pytest.mark.parametrize("type", ["multipart/form-data; boundary=", "Multipart/Form-Data; charset=utf-8;Boundary="])
    async def test_of_the_boundary(self, ada: Person, group: Room, *, boundary: str, told: str, type: str) -> None:
        content = form(file(), boundary=boundary)
        answer = await ada("PUT", files_of(group), headers={"Content-Type": type + told}, content=content)
        assert answer.status_code == 201
        assert await ada.has(answer.json()["id"]) == b"notes"

    async def test_of_the_parts_own_fields(self, ada: Person, group: Room) -> None:
        head = (
            b'content-type: text/x\r\nX-Other: x\r\nCONTENT-DISPOSITION: form-data; filename="a"; name="file"\r\n\r\n'
        )
        info = await shown(ada, group, head + b"notes\r\n")
        assert (info["name"], info["mimeType"]) == ("a", "text/x")


@pytest.mark.usefixtures("nothing_is_kept")
class TestRefusals:
    async def test_nobody_known(self, client: httpx.AsyncClient, group: Room) -> None:
        for path in (files_of(group), f"/rooms/{NOBODY}/attachments"):
            for headers in (FORM, {}):
                assert_empty(await client.put(path, headers=headers, content=form(file())), 401)

    async def test_one_who_is_no_member(self, dora: Person, group: Room, workspace: Room, channel: Room) -> None:
        for room in (group, workspace, channel):
            assert_empty(await dora("PUT", files_of(room), headers=FORM, content=form(file())), 403)

    async def test_no_room_and_none_for_files(self, ada: Person, workspace: Room, channel: Room) -> None:
        for id, status in ((NOBODY, 404), ("junk", 404), (workspace["id"], 400), (channel["id"], 400)):
            assert_empty(await ada("PUT", f"/rooms/{id}/attachments", headers=FORM, content=form(file())), status)

    @pytest.mark.parametrize("type", ["", "application/json", "application/x-www-form-urlencoded", "multipart/mixed"])
    async def test_no_form(self, ada: Person, dora: Person, group: Room, type: str) -> None:
        for headers in ({"Content-Type": f"{type}; boundary={BOUNDARY}"}, {"Content-Type": type}, {}):
            for person, id in ((ada, group["id"]), (dora, group["id"]), (ada, NOBODY)):  # judged before the room
                answer = await person("PUT", f"/rooms/{id}/attachments", headers=headers, content=form(file()))
                assert_empty(answer, 400)

    @pytest.mark.parametrize(
        "told", [b"", b"=", b'=""', b"=another", b"=\xff", b"=" + b"x" * 10_000], ids=[*map(str, range(6))]
    )
    async def test_no_boundary_of_the_form(self, ada: Person, group: Room, told: bytes) -> None:
        headers = {"Content-Type": b"multipart/form-data; boundary" + told}
        assert_empty(await ada("PUT", files_of(group), headers=headers, content=form(file())), 400)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"junk",
            form(),
            form(file())[:-4],
            form(file())[:-8],
            form(file())[: len(BOUNDARY) + 30],
            f"--{BOUNDARY}\r\n".encode(),
            form(b"\r\nno name\r\n"),
            form(b"nonsense\r\n\r\nno field\r\n", file()),
        ],
        ids=[*map(str, range(9))],
    )
    async def test_malformed(self, ada: Person, group: Room, body: bytes) -> None:
        for content in (body, in_pieces(body, size=5000)):
            assert_empty(await ada("PUT", files_of(group), headers=FORM, content=content), 400)

    async def test_a_flood_that_is_no_file(self, ada: Person, group: Room) -> None:
        flood = b"a" * KIB * KIB
        for parts in ([b"X: " + flood, file()], [flood], [part("area", flood), file()], [file(), part("x", flood)]):
            answer = await ada("PUT", files_of(group), headers=FORM, content=in_pieces(form(*parts)))
            assert answer.status_code in {400, 413}
            assert_empty(answer, answer.status_code)

    async def test_no_file_and_two(self, ada: Person, group: Room) -> None:
        odd = [part("area", b"1x1"), part("file", b"notes"), part("File", b"", more='; filename="a"')]
        for parts in (*([one] for one in odd), [file(), file(b"more")], [file(), odd[0], file()], [file(), odd[1]]):
            assert_empty(await ada("PUT", files_of(group), headers=FORM, content=form(*parts)), 400)

    async def test_names_and_types_that_cannot_be(self, ada: Person, group: Room) -> None:
        names = ["", r"\u12", r"\ud83d", r"\u0000", "a" * 257, escaped("😀" * 257)]
        for one in (*(file(name=name) for name in names), file(type="x" * 257)):
            assert_empty(await ada("PUT", files_of(group), headers=FORM, content=form(one)), 400)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("description", rb"\u12"),
            ("description", rb"\u0000"),
            ("description", rb"\ude00"),
            ("description", b"a\0"),
            ("description", b"a" * 257),
            ("messageId", b"x" * 257),
            ("replyId", b"x" * 257),
            ("area", b"9" * 65),
            ("area", b"\t"),
        ],
        ids=lambda value: f"{value[:10]!r}" if isinstance(value, bytes) else value,
    )
    async def test_texts_that_cannot_be(self, ada: Person, group: Room, name: str, value: bytes) -> None:
        for parts in ([part(name, value), file()], [file(), part(name, value)]):
            assert_empty(await ada("PUT", files_of(group), headers=FORM, content=form(*parts)), 400)


LIMIT = 3 * KIB


class TestLimit:
    """Where an attachment may have 3 KiB: the file, not the form."""

    @pytest.fixture
    async def application(self, settings: Settings) -> AsyncIterator[object]:
        small = settings.model_copy(update={"chats": ChatsSettings(max_attachment_size_in_kb=3)})
        async with LifespanManager(create_app(small)) as manager:
            yield manager.app

    async def test_to_the_byte(self, ada: Person, group: Room) -> None:
        assert (await shown(ada, group, part("area", b"1x1"), file(b"a" * LIMIT)))["size"] == LIMIT

    async def test_much_more_declared_is_refused_unread(self, ada: Person, group: Room) -> None:
        for declared in (10**7, 2**40, 10**30):
            headers = FORM | {"Content-Length": str(declared)}
            assert_empty(await ada("PUT", files_of(group), headers=headers, content=in_pieces(b"")), 413)

    @pytest.mark.parametrize("size", [LIMIT + 1, 200 * KIB])
    async def test_more(self, ada: Person, group: Room, files: Files, size: int) -> None:
        before = await files.kept()
        body = form(file(b"a" * size), part("area", b"1x1"))
        for content in (body, in_pieces(body, size=1000)):
            assert_empty(await ada("PUT", files_of(group), headers=FORM, content=content), 413)
        assert await files.rows() == NOTHING
        await files.assert_nothing_beside(before)
