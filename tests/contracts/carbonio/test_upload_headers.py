r"""What the header fields of an upload may say: `\uXXXX` in names, and both sides of every limit."""

import asyncpg
import pytest
from people import Person, Room, escaped, file_headers, files_of
from transcripts import assert_empty

HEADERS = file_headers("notes.txt")
Value = str | bytes

#: What is sent, and what is read.
TEXTS = [
    pytest.param(r"\u0061\u00e9\ud83d\ude00", "aé😀", id="escaped as the web client does"),
    pytest.param(r"\u00E9\uD83D\uDE00\u00aB", "é😀«", id="digits of any case"),
    pytest.param("notes.txt", "notes.txt", id="not escaped"),
    pytest.param(r"my \u006eotes\u002etxt!", "my notes.txt!", id="partly escaped"),
    pytest.param(r"\u0061b\u0063d", "abcd", id="escapes among letters"),
    pytest.param(r"\u00611\u0062", "a1b", id="a digit after an escape"),
    pytest.param("über 😀.txt".encode(), "über 😀.txt", id="UTF-8"),
    pytest.param("über.txt".encode("latin-1"), "über.txt", id="Latin-1"),
    pytest.param(rb"\ud83d" + rb"\ude00 " + "é".encode(), "😀 é", id="UTF-8 among escapes"),
    pytest.param(r"\n\t\x41\\", r"\n\t\x41" + "\\\\", id="other escapes are none"),
    pytest.param("%41+&amp;=?B?", "%41+&amp;=?B?", id="escapes of others are none"),
    pytest.param("a" * 256, "a" * 256, id="256 characters"),
    pytest.param(escaped("é" * 256), "é" * 256, id="256 escaped characters"),
    pytest.param(escaped("😀" * 256), "😀" * 256, id="256 pairs"),
    pytest.param(("😀" * 256).encode(), "😀" * 256, id="256 pairs of UTF-8"),
]
BROKEN = [
    pytest.param("\\u", id="no digits"),
    pytest.param("\\u1", id="one digit"),
    pytest.param("\\u12", id="two digits"),
    pytest.param("\\u123", id="three digits"),
    pytest.param("a\\u004", id="three digits at the end"),
    pytest.param("\\u123g", id="no digit"),
    pytest.param("\\u 061", id="a space for a digit"),
    pytest.param("\\u+061", id="a sign for a digit"),
    pytest.param("\\u0_61", id="an underscore for a digit"),
    pytest.param("\\u{61}", id="braces"),
    pytest.param("\\uu0061", id="two letters"),
    pytest.param("C:\\users\\notes.txt", id="a path"),
    pytest.param("\\u\u0660\u0660\u0666\u0661".encode(), id="digits of another script"),
    pytest.param("\\ud83d", id="first half of a pair"),
    pytest.param("\\ude00", id="second half of a pair"),
    pytest.param("\\ude00\\ud83d", id="halves in the wrong order"),
    pytest.param("\\ud83da\\ude00", id="halves apart"),
    pytest.param("\\ud83d\\ud83d\\ude00", id="a half before a pair"),
    pytest.param("\\u0000", id="NUL escaped"),
    pytest.param("a\\u0000b", id="NUL among letters"),
    pytest.param("a\0b", id="NUL as it is"),
    pytest.param("a" * 257, id="257 characters"),
    pytest.param(escaped("é" * 257), id="257 escaped characters"),
    pytest.param(escaped("😀" * 257), id="257 pairs"),
    pytest.param("a" * 10_000, id="10,000 characters"),
]
#: Names that a file system, a shell or a header would trip over.
NAMES = [
    '"quoted".txt',
    "it's",
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "C:\\notes.txt",
    "C:\\users\\notes.txt",
    "two\nlines",
    "two\r\nX-Injected: yes",
    "tab\tand\x01\x1f\x7f",
    "\u202egpj.exe",
    "\u200f\u2066\ufeff",
    "<script>alert(1)</script>",
    "a;b=c; filename=d",
    "%2e%2e%2f",
    "e\u0301",
    "नमस्ते 你好 שלום",
    "👩‍👩‍👧‍👦",
    " ",
    " a ",
    "\\",
    "NULL",
    "\ufffe\uffff\U0010ffff",
]


class TestFileName:
    @pytest.mark.parametrize(("sent", "read"), TEXTS)
    async def test_is_read(self, ada: Person, group: Room, sent: Value, read: str) -> None:
        assert (await shown(ada, group, fileName=sent))["name"] == read

    @pytest.mark.parametrize("name", NAMES)
    async def test_is_kept_as_it_is(self, ada: Person, group: Room, name: str) -> None:
        info = await shown(ada, group, fileName=escaped(name))
        assert info["name"] == name
        assert (await ada("GET", files_of(group))).json()["attachments"] == [info]

    @pytest.mark.parametrize("sent", BROKEN)
    async def test_that_cannot_be_read(self, ada: Person, group: Room, sent: Value) -> None:
        await refused(ada, group, fileName=sent)

    async def test_is_needed(self, ada: Person, group: Room) -> None:
        await refused(ada, group, fileName=None)
        await refused(ada, group, fileName="")

    async def test_with_a_byte_that_is_neither_is_latin_1(self, ada: Person, group: Room) -> None:
        for sent in (b"\xed\xa0\x80", b"\xff\xfe", b"a\xc3"):
            assert (await shown(ada, group, fileName=sent))["name"] == sent.decode("latin-1")


class TestMimeType:
    @pytest.mark.parametrize(
        "type",
        [
            "image/png",
            "text/plain; charset=utf-8",
            "APPLICATION/X-OWN+xml",
            "nonsense",
            "text/",
            "/plain",
            "a/b/c",
            "*/*",
            '"x"/y',
            "\\u0061",
            "x" * 256,
        ],
    )
    async def test_is_kept_and_shown_as_sent(self, ada: Person, group: Room, type: str) -> None:
        assert (await shown(ada, group, mimeType=type))["mimeType"] == type

    async def test_of_nothing_is_any_bytes(self, ada: Person, group: Room) -> None:
        assert (await shown(ada, group, mimeType=""))["mimeType"] == "application/octet-stream"

    async def test_is_needed(self, ada: Person, group: Room) -> None:
        await refused(ada, group, mimeType=None)

    @pytest.mark.parametrize("size", [257, 10_000])
    async def test_too_long(self, ada: Person, group: Room, size: int) -> None:
        await refused(ada, group, mimeType="x" * size)

    async def test_with_nul(self, ada: Person, group: Room) -> None:
        await refused(ada, group, mimeType="text/\0plain")


class TestDescription:
    @pytest.mark.parametrize(("sent", "read"), TEXTS)
    async def test_is_read(
        self, ada: Person, group: Room, database: asyncpg.Connection, *, sent: Value, read: str
    ) -> None:
        info = await shown(ada, group, description=sent)
        assert "description" not in info
        assert await said(database, "body") == read

    async def test_has_lines(self, ada: Person, group: Room, database: asyncpg.Connection) -> None:
        await shown(ada, group, description=escaped("one\ntwo\r\n\tthree"))
        assert await said(database, "body") == "one\ntwo\r\n\tthree"

    async def test_of_nothing_is_none(self, ada: Person, group: Room, database: asyncpg.Connection) -> None:
        await shown(ada, group, description="")
        assert await said(database, "body") is None

    @pytest.mark.parametrize("sent", BROKEN)
    async def test_that_cannot_be_read(self, ada: Person, group: Room, sent: Value) -> None:
        await refused(ada, group, description=sent)


@pytest.mark.parametrize(("header", "column"), [("messageId", "stanza_id"), ("replyId", "reply_id")])
class TestIdsOfMessages:
    @pytest.mark.parametrize("id", ["1", "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11", "a b/c", "\\u0061", "x" * 256])
    async def test_are_kept_as_sent(
        self, ada: Person, group: Room, database: asyncpg.Connection, *, header: str, column: str, id: str
    ) -> None:
        await shown(ada, group, **{header: id})
        assert await said(database, column) == id

    async def test_of_nothing_are_none(
        self, ada: Person, group: Room, database: asyncpg.Connection, *, header: str, column: str
    ) -> None:
        await shown(ada, group, **{header: ""})
        assert await said(database, column) is None

    @pytest.mark.parametrize("id", ["x" * 257, "x" * 10_000, "a\0b"], ids=["257", "10,000", "NUL"])
    async def test_that_cannot_be(self, ada: Person, group: Room, *, header: str, column: str, id: str) -> None:
        await refused(ada, group, **{header: id})

    async def test_may_be_the_same_twice(
        self, ada: Person, group: Room, database: asyncpg.Connection, *, header: str, column: str
    ) -> None:
        ids = {(await shown(ada, group, **{header: "the same"}))["id"] for _ in range(2)}
        assert len(ids) == 2
        assert [row[column] for row in await database.fetch("SELECT * FROM message")] == ["the same"] * 2


class TestArea:
    @pytest.mark.parametrize("area", ["15x20", "0x0", "x", "wide", "1 x 2", "<1>", "\\u0061", "9" * 64])
    async def test_is_kept_as_sent(self, ada: Person, group: Room, area: str) -> None:
        info = await shown(ada, group, area=area)
        assert list(info)[-1] == "area"
        assert info["area"] == area

    async def test_of_nothing_is_none(self, ada: Person, group: Room) -> None:
        assert "area" not in await shown(ada, group, area="")

    @pytest.mark.parametrize("area", ["9" * 65, "9" * 10_000], ids=["65", "10,000"])
    async def test_too_long(self, ada: Person, group: Room, area: str) -> None:
        await refused(ada, group, area=area)

    @pytest.mark.parametrize("area", ["1\t2", "\x01", "1x\x7f", "a\0b", b"1\xc2\x852", "1\u202e2".encode()])
    async def test_unprintable(self, ada: Person, group: Room, area: Value) -> None:
        await refused(ada, group, area=area)


class TestPictures:
    """Their names obey the same rules."""

    @pytest.mark.parametrize(("sent", "read"), TEXTS)
    async def test_the_name_is_read(self, ada: Person, group: Room, sent: Value, read: str) -> None:
        headers = {"fileName": sent, "mimeType": "image/png"}
        for path in pictures(ada, group):
            assert_empty(await ada("PUT", path, headers=headers, content=b"\x89PNG"), 204)
            assert (await ada("GET", path)).content == b"\x89PNG"

    @pytest.mark.parametrize("sent", [*BROKEN, ""])
    async def test_the_name_cannot_be_read(self, ada: Person, group: Room, sent: Value) -> None:
        headers = {"fileName": sent, "mimeType": "image/png"}
        for path in pictures(ada, group):
            assert_empty(await ada("PUT", path, headers=headers, content=b"\x89PNG"), 400)
            assert_empty(await ada("GET", path), 404)

    async def test_name_and_type_are_needed(self, ada: Person, group: Room) -> None:
        for headers in ({}, {"fileName": "a.png"}, {"mimeType": "image/png"}):
            for path in pictures(ada, group):
                assert_empty(await ada("PUT", path, headers=headers, content=b"\x89PNG"), 400)


class TestSpelling:
    async def test_the_names_of_the_fields_have_any_case(self, ada: Person, group: Room) -> None:
        for names in (("FILENAME", "MIMETYPE", "AREA"), ("filename", "mimetype", "Area")):
            headers = dict(zip(names, ("a.txt", "text/x", "1x1"), strict=True))
            answer = await ada("POST", files_of(group), headers=headers, content=b"notes")
            info = (await ada("GET", f"/attachments/{answer.json()['id']}")).json()
            assert (info["name"], info["mimeType"], info["area"]) == ("a.txt", "text/x", "1x1")


def pictures(person: Person, room: Room) -> tuple[str, str]:
    return f"/rooms/{room['id']}/picture", f"/users/{person.id}/picture"


async def shown(person: Person, room: Room, **headers: Value) -> Room:
    """Upload a file with these header fields, and return what is shown of it."""
    answer = await person("POST", files_of(room), headers=HEADERS | headers, content=b"notes")
    assert answer.status_code == 201, answer.text
    info: Room = (await person("GET", f"/attachments/{answer.json()['id']}")).json()
    return info


async def refused(person: Person, room: Room, **headers: Value | None) -> None:
    """See that nobody can upload a file with these header fields (None: without one)."""
    sent = {name: value for name, value in (HEADERS | headers).items() if value is not None}
    assert_empty(await person("POST", files_of(room), headers=sent, content=b"notes"), 400)
    assert (await person("GET", files_of(room))).json() == {"attachments": []}


async def said(database: asyncpg.Connection, column: str) -> str | None:
    """Return what the one message says."""
    [row] = await database.fetch("SELECT * FROM message")
    text: str | None = row[column]
    return text
