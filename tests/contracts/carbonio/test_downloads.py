"""Downloads of attachments and of both kinds of pictures, which obey the same rules: their header fields."""

import re
from urllib.parse import unquote

import asyncpg
import httpx
import pytest
from downloads import ETAG, SIZE, Put, assert_whole, etag_of, fields
from people import BASES, Person, Room
from transcripts import assert_empty

from app.adapters import blobs
from app.settings import Settings


class TestHeaders:
    @pytest.mark.parametrize("base", BASES)
    async def test_all_of_them(self, ada: Person, path: str, base: str) -> None:
        answer = await ada("GET", base + path)
        assert fields(answer) == {
            "content-type": "image/png",
            "content-length": str(SIZE),
            "content-disposition": 'inline; filename="a.png"',
            "etag": ETAG,
            "accept-ranges": "bytes",
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-cache",
        }
        assert_whole(answer)

    async def test_head_has_them_too_and_no_body(self, ada: Person, path: str) -> None:
        answer = await ada("HEAD", path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert fields(answer) == fields(await ada("GET", path))

    async def test_in_the_order_of_what_was_put(self, ada: Person, put: Put) -> None:
        for content in (b"a", b"ab", b"\0", bytes(65_536), bytes(65_537)):
            answer = await ada("GET", await put(content=content))
            assert_whole(answer, content)
            assert answer.headers["etag"] == etag_of(content)

    async def test_what_comes_after_a_question_mark_does_not_matter(self, ada: Person, path: str) -> None:
        for query in ("2024-08-30T11:08:26.123Z", "a=b&c", "%FF"):
            assert_whole(await ada("GET", f"{path}?{query}"))

    @pytest.mark.parametrize("type", ["png", "jpeg", "gif", "webp", "bmp", "avif"])
    async def test_raster_images_are_shown_inline(self, ada: Person, put: Put, type: str) -> None:
        answer = await ada("GET", await put("a", f"image/{type}", content=b"a"))
        assert answer.headers["content-type"] == f"image/{type}"
        assert answer.headers["content-disposition"] == 'inline; filename="a"'

    @pytest.mark.parametrize("type", ["svg+xml", "SVG+XML", "tiff", "x-icon", "pngx", "png+xml", "x-unheard-of"])
    async def test_other_images_are_not(self, ada: Person, put: Put, type: str) -> None:
        answer = await ada("GET", await put("a", f"image/{type}", content=b"a"))
        assert answer.headers["content-type"] == f"image/{type}"
        assert answer.headers["content-disposition"] == 'attachment; filename="a"'

    @pytest.mark.parametrize(
        "type",
        ["image/", "image/a/b", "image/png/", "image/a b", "image/\xff", "image/png\r\nSet-Cookie: a=b", "image/é"],
    )
    async def test_images_of_no_type_are_just_bytes(self, ada: Person, put: Put, type: str) -> None:
        answer = await ada("GET", await put("a", type.encode(), content=b"a"))
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == 'attachment; filename="a"'
        assert "set-cookie" not in answer.headers

    async def test_the_bytes_cannot_be_had(
        self, ada: Person, path: str, database: asyncpg.Connection, settings: Settings
    ) -> None:
        await blobs.opened(settings).delete([await database.fetchval("SELECT id FROM blob")])
        for headers in ({}, {"Range": "bytes=5-9"}):
            assert_empty(await ada("GET", path, headers=headers), 424)


class TestTypesOfAttachments:
    @pytest.mark.parametrize(
        "type",
        [
            *("text/html", "text/plain", "TEXT/Plain", "application/json", "application/pdf", "application/javascript"),
            *("video/mp4", "application/vnd.oasis.opendocument.text", "text/plain; charset=utf-8", "multipart/mixed"),
        ],
    )
    async def test_are_served_as_they_were_sent(self, ada: Person, group: Room, type: str) -> None:
        id = await ada.sent(group, "a", b"a", mimeType=type)
        answer = await ada("GET", f"/attachments/{id}/download")
        assert answer.headers.get_list("content-type") == [type]
        assert answer.headers["content-disposition"] == 'attachment; filename="a"'
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("type", ["", "text", "text/", "/plain", "a/b/c", "/", "x", "é/é", "te xt/plain", ";", "*"])
    async def test_that_are_none_are_served_as_bytes(self, ada: Person, group: Room, type: str) -> None:
        id = await ada.sent(group, "a", b"a", mimeType=type.encode())
        answer = await ada("GET", f"/attachments/{id}/download")
        assert answer.headers.get_list("content-type") == ["application/octet-stream"]

    async def test_an_empty_file(self, ada: Person, group: Room) -> None:
        path = f"/attachments/{await ada.sent(group, 'a', b'')}/download"
        for method in ("GET", "HEAD"):
            answer = await ada(method, path)
            assert_whole(answer, b"")
            assert answer.headers["etag"] == etag_of(b"")
        for said in ("bytes=0-", "bytes=0-0", "bytes=5-9"):
            answer = await ada("GET", path, headers={"Range": said})
            assert (answer.status_code, answer.content) == (416, b"")
            assert answer.headers["content-range"] == "bytes */0"
        assert (await ada("GET", path, headers={"Range": "bytes=-5"})).status_code in {200, 416}


#: RFC 6266, as strictly as it can be read; of `filename` only what needs no escape.
DISPOSITION = re.compile(
    r"""(?:inline|attachment);[ ]filename="(?P<plain>[\x20\x21\x23-\x5b\x5d-\x7e]*)"
    (?:;[ ]filename\*=UTF-8''(?P<encoded>(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-Fa-f]{2})+))?""",
    re.VERBOSE,
)


def named(answer: httpx.Response) -> str:
    """Return the name that a client reads in the answer."""
    [disposition] = answer.headers.get_list("content-disposition")
    found = DISPOSITION.fullmatch(disposition)
    assert found, disposition
    if found["encoded"] is None:
        assert "%" not in found["plain"]  # which some clients would decode
        return found["plain"]
    return unquote(found["encoded"], errors="strict")


def harmless(name: str) -> str:
    """Return what is served of a name: nothing that separates a path, and nothing that controls anything."""
    return re.sub(r"[/\\\x00-\x1f\x7f-\x9f]", "_", name)


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            *(
                "a.png",
                "a b.png",
                "a;b.png",
                "a,b.png",
                "a'b.png",
                "a=b",
                "(a)",
                "@",
                "a&b",
                "~",
                ".",
                "..",
                "...",
                "-",
            ),
            *(
                'a"b.png',
                '"',
                '""',
                'x"; filename="y.exe',
                'a";b',
                'a\\"b',
                "a%b",
                "%41.png",
                "%0A",
                "%",
                "%22",
                "%2F..",
            ),
            *("a/b", "../../etc/passwd", "/etc/passwd", "C:\\a.png", "..\\..\\a", "\\", "/", "a\\", "//host/a"),
            *("a\nb.png", "a\r\nSet-Cookie: a=b", "\r\n\r\n<html>", "\t", "a\x01b", "\x7f", "\x85", "a\x1bb", "\n"),
            *(
                "é.png",
                "Zoë",
                "🦊.png",
                "日本語.txt",
                "مرحبا",
                "\u202egnp.exe",
                "a\u200f.png",
                "\u2028",
                "e\u0301",
                "\ufeffa",
            ),
            *(
                "\U0010ffff",
                "\u00a0",
                "ÿ",
                "€",
                "a" * 256,
                "é" * 256,
                "🦊" * 256,
                '"' * 256,
                "\n" * 256,
                " ",
                " a ",
                "a.",
                "NUL",
            ),
        ],
        ids=lambda name: ascii(name[:30]),
    )
    async def test_are_told_and_harm_nothing(self, ada: Person, put: Put, name: str) -> None:
        answer = await ada("GET", await put(name, content=b"a"))
        assert harmless(named(answer)) == harmless(name)
        assert set(fields(answer)) == {
            *("content-type", "content-length", "content-disposition", "etag", "accept-ranges"),
            *("x-content-type-options", "cache-control"),
        }
        for value in fields(answer).values():
            assert re.fullmatch(r"[\x20-\x7e]+", value)

    @pytest.mark.parametrize("name", ["a/b", "..\\..\\a", "🦊/🦊"])
    async def test_separate_no_path(self, ada: Person, put: Put, name: str) -> None:
        assert named(await ada("GET", await put(name, content=b"a"))) == name.replace("/", "_").replace("\\", "_")

    async def test_need_only_be_plain_for_the_plain_form(self, ada: Person, put: Put) -> None:
        for name in ("a.png", "a b (1).png", "a;b,c=d'e"):
            answer = await ada("GET", await put(name, content=b"a"))
            assert answer.headers["content-disposition"].startswith(f'inline; filename="{name}"')

    async def test_of_attachments_are_kept_as_they_were_sent(self, ada: Person, group: Room) -> None:
        for name in ('../"a\\\r\n\u202eb🦊%41', "a" * 256):
            id = await ada.sent(group, name, b"a")
            assert (await ada("GET", f"/attachments/{id}")).json()["name"] == name
