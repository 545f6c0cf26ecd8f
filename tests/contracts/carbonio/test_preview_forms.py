"""`POST /preview/…`: previews of files that are sent along as forms and are not kept."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import pytest
from asgi_lifespan import LifespanManager
from downloads import fields
from papers import PDF, numbered, numbers, paper, protected
from people import BASES, Files, Person, Room, in_pieces
from pictures import quadrants, saved
from PIL import Image
from transcripts import assert_empty

from app.main import create_app
from app.settings import ChatsSettings, Settings

KIB = 1024
PICTURE = saved(quadrants((40, 30)), "PNG")
PAPER = numbered(3)
#: Where a form is sent, of which file, and where the preview of the same file is when it is kept.
OPERATIONS = {
    "image": ("/preview/image/20x20", PICTURE, "/preview/image/{}/20x20"),
    "image thumbnail": ("/preview/image/20x20/thumbnail", PICTURE, "/preview/image/{}/20x20/thumbnail"),
    "pdf": ("/preview/pdf", PAPER, "/preview/pdf/{}"),
    "pdf thumbnail": ("/preview/pdf/20x20/thumbnail", PAPER, "/preview/pdf/{}/20x20/thumbnail"),
}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
END = b"\r\n--x--\r\n"
Operation = tuple[str, bytes, str]


@pytest.fixture(params=OPERATIONS)
def operation(request: pytest.FixtureRequest) -> Operation:
    found: Operation = OPERATIONS[request.param]
    return found


@pytest.fixture
async def unkept(files: Files) -> AsyncIterator[None]:
    """Nothing is kept in this test."""
    before = await files.kept()
    yield
    assert await files.rows() == {"attachment": 0, "blob": 0, "message": 0}
    assert await files.database.fetchval("SELECT count(*) FROM preview") == 0
    assert await files.database.fetchval("SELECT count(*) FROM stray_blob") == 0
    assert await files.kept() == before


@pytest.mark.usefixtures("unkept")
class TestAnswer:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_all_of_it(self, ada: Person, operation: Operation, base: str, end: str) -> None:
        path, content, _ = operation
        answer = await ada("POST", base + path + end, files={"file": ("a", content)})
        assert answer.status_code == 200
        assert fields(answer) == {
            "content-type": PDF if path == "/preview/pdf" else "image/jpeg",
            "content-length": str(len(answer.content)),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        if path == "/preview/pdf":
            assert numbers(answer.content) == [1, 2, 3]
        else:
            image = Image.open(BytesIO(answer.content))
            assert (image.format, image.size) == ("JPEG", (20, 20))

    async def test_whoever_asks_and_whatever_it_is_called(self, dora: Person, operation: Operation) -> None:
        path, content, _ = operation
        sent = [("a.txt", content, "text/plain"), ("x" * 300, content, "nonsense")]
        answers = [await dora("POST", path, files={"file": file}) for file in sent]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content

    async def test_other_parts_do_not_matter(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        plain = await ada("POST", path, files={"file": ("a", content)})
        more = {"area": "1x1", "quality": "none", "firstPage": "9", "other": ""}
        answer = await ada("POST", path, files={"other": ("b", b"\xff"), "file": ("a", content)}, data=more)
        assert (answer.status_code, answer.content) == (200, plain.content)

    async def test_a_form_in_pieces(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        plain = await ada("POST", path, files={"file": ("a", content)})
        answer = await ada("POST", path, headers=FORM, content=in_pieces(HEAD + content + END, size=7))
        assert (answer.status_code, answer.content) == (200, plain.content)

    async def test_tags_do_not_matter(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        answer = await ada("POST", path, files={"file": ("a", content)}, headers={"If-None-Match": "*"})
        assert answer.status_code == 200
        assert answer.content

    async def test_many_at_once(self, ada: Person) -> None:
        papers = [numbered(count) for count in (1, 2, 3, 4, 5, 6)]
        sent = (ada("POST", "/preview/pdf?firstPage=1", files={"file": ("a", paper)}) for paper in papers)
        assert [numbers(answer.content)[-1] for answer in await asyncio.gather(*sent)] == [1, 2, 3, 4, 5, 6]


class TestTheSameAsOfFilesThatAreKept:
    @pytest.mark.parametrize(
        ("name", "query"),
        [
            *(("image", query) for query in ("", "crop=true", "quality=Low", "output_format=Png", "crop=no&x=y")),
            *(("image thumbnail", query) for query in ("", "shape=Rounded&output_format=Webp", "output_format=gif")),
            *(("pdf", query) for query in ("", "firstPage=2", "first_page=2&last_page=2", "lastPage=99")),
            *(("pdf thumbnail", query) for query in ("", "shape=rounded&output_format=Png", "quality=HIGHEST")),
        ],
    )
    async def test_to_the_byte(self, ada: Person, group: Room, name: str, query: str) -> None:
        path, content, kept = OPERATIONS[name]
        expected = await ada("GET", f"{kept.format(await ada.sent(group, 'a', content))}?{query}")
        answer = await ada("POST", f"{path}/?{query}", files={"file": ("a", content)})
        assert (answer.status_code, answer.content) == (200, expected.content)
        assert answer.headers["content-type"] == expected.headers["content-type"]


@pytest.mark.usefixtures("unkept")
class TestRefused:
    async def test_anonymous(self, client: httpx.AsyncClient, operation: Operation) -> None:
        path, content, _ = operation
        for asked in (path, f"{path}?quality=none"):
            assert_empty(await client.post(asked, files={"file": ("a", content)}), 401)
            assert_empty(await client.post(asked), 401)

    async def test_what_is_of_another_kind_or_broken(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        other = PAPER if content is PICTURE else PICTURE
        for refused in (b"", b"neither", other, content[: len(content) // 2], b"<svg/>", protected(PAPER, user="u")):
            assert_empty(await ada("POST", path, files={"file": ("a", refused)}), 400)

    @pytest.mark.parametrize(
        ("path", "content"),
        [
            *((f"/preview/image/{area}", PICTURE) for area in ("1x", "x", "9000x1", "-1x1", "1X1")),
            *((f"/preview/pdf/{area}/thumbnail", PAPER) for area in ("1x", "x", "9000x1", "-1x1", "1X1")),
            *((f"/preview/image/9x9?{query}", PICTURE) for query in ("quality=best", "output_format=jpg", "crop=2")),
            *((f"/preview/image/9x9/thumbnail?{query}", PICTURE) for query in ("shape=round", "quality=50")),
            *((f"/preview/pdf/9x9/thumbnail?{query}", PAPER) for query in ("shape=round", "quality=50")),
            *((f"/preview/pdf?{query}", PAPER) for query in ("firstPage=0", "firstPage=4", "firstPage=3&lastPage=2")),
            *((f"/preview/pdf?{query}", PAPER) for query in ("first_page=-1", "last_page=x")),
            ("/preview/pdf", paper()),
        ],
    )
    async def test_parameters_that_cannot_be(self, ada: Person, path: str, content: bytes) -> None:
        assert_empty(await ada("POST", path, files={"file": ("a", content)}), 400)

    @pytest.mark.parametrize(
        "body",
        [b"", b"junk", b"--x--\r\n", HEAD, HEAD + PICTURE, HEAD.replace(b"file", b"fiel", 1) + PICTURE + END],
        ids=["empty", "junk", "no parts", "half a head", "no end", "no file"],
    )
    async def test_bodies_that_are_no_form_with_a_file(self, ada: Person, operation: Operation, body: bytes) -> None:
        assert_empty(await ada("POST", operation[0], headers=FORM, content=body), 400)
        for type in ("application/octet-stream", "multipart/form-data", "application/json"):
            assert_empty(await ada("POST", operation[0], headers={"Content-Type": type}, content=body), 400)

    async def test_two_files(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        body = HEAD + content + b"\r\n" + HEAD + content + END
        assert_empty(await ada("POST", path, headers=FORM, content=body), 400)

    async def test_a_file_as_the_body_itself(self, ada: Person, operation: Operation) -> None:
        path, content, _ = operation
        assert_empty(await ada("POST", path, content=content), 400)

    @pytest.mark.parametrize("first", [b"", HEAD[:20], HEAD + PICTURE[:50], HEAD + PICTURE + END])
    async def test_what_stands_still(
        self, ada: Person, operation: Operation, monkeypatch: pytest.MonkeyPatch, *, first: bytes
    ) -> None:
        monkeypatch.setattr("app.apis.carbonio.uploads._SILENT_SECONDS", 0.02)

        async def body() -> AsyncIterator[bytes]:
            yield first
            await asyncio.Event().wait()

        async with asyncio.timeout(10):
            assert_empty(await ada("POST", operation[0], headers=FORM, content=body()), 408)

    async def test_one_who_leaves_before_the_end(self, ada: Person, operation: Operation) -> None:
        begun = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield HEAD
            begun.set()
            await asyncio.Event().wait()

        sending = asyncio.ensure_future(ada("POST", operation[0], headers=FORM, content=body()))
        async with asyncio.timeout(10):
            await begun.wait()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        answer = await ada("POST", operation[0], files={"file": ("a", operation[1])})
        assert answer.status_code == 200


@pytest.mark.usefixtures("unkept")
class TestLimit:
    """Where a file may have 3 KiB."""

    @pytest.fixture
    async def application(self, settings: Settings) -> AsyncIterator[object]:
        small = settings.model_copy(update={"chats": ChatsSettings(max_attachment_size_in_kb=3)})
        async with LifespanManager(create_app(small)) as manager:
            yield manager.app

    async def test_to_the_byte(self, ada: Person) -> None:
        sent = PAPER + b"\n" * (3 * KIB - len(PAPER))
        answer = await ada("POST", "/preview/pdf", files={"file": ("a", sent)}, data={"x": "y"})
        assert (answer.status_code, answer.content) == (200, sent)
        assert_empty(await ada("POST", "/preview/pdf", files={"file": ("a", sent + b"\n")}), 413)

    async def test_more(self, ada: Person, operation: Operation) -> None:
        body = HEAD + operation[1] + bytes(3 * KIB) + END
        for content in (body, in_pieces(body, size=100)):
            assert_empty(await ada("POST", operation[0], headers=FORM, content=content), 413)

    async def test_much_more_declared_is_refused_unread(self, ada: Person, operation: Operation) -> None:
        headers = FORM | {"Content-Length": str(10**9)}
        assert_empty(await ada("POST", operation[0], headers=headers, content=in_pieces(b"")), 413)
