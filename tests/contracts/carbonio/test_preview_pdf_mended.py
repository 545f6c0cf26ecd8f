"""Papers that are damaged and can be read nevertheless: by PDFium as they are, or once pypdf has written them anew."""

from collections.abc import Callable

import pypdfium2
import pytest
from papers import BLUE, PDF, RED, below, drawn, numbered, numbers, paper, shown
from people import Person, Room
from PIL import Image
from transcripts import assert_empty

from app.adapters.previews.conversion import converted
from app.domain.specifications import Pages

COUNT = 3
WHOLE = numbered(COUNT)
Damage = Callable[[bytes], bytes]


def cut(source: bytes, begin: bytes, end: bytes = b"") -> bytes:
    """Return the source without what is between these, and without the first."""
    before, _, after = source.partition(begin)
    return before + (end + after.partition(end)[2] if end else b"")


#: What only pypdf reads: the trailer does not say, or wrongly, where the catalogue is.
MENDED: dict[str, Damage] = {
    "no root": lambda source: source.replace(b" /Root 1 0 R", b""),
    "the page tree as root": lambda source: source.replace(b"/Root 1 0 R", b"/Root 2 0 R"),
    "a root that there is not": lambda source: source.replace(b"/Root 1 0 R", b"/Root 99 0 R"),
    "no root, and things before": lambda source: b"\r\n\r\n" + source.replace(b" /Root 1 0 R", b""),
    "no root, and things behind": lambda source: source.replace(b" /Root 1 0 R", b"") + b"\0" * 500,
}
#: What PDFium reads by itself.
FORGIVEN: dict[str, Damage] = {
    "edited by hand": lambda source: source.replace(b"\n7 0 obj", b"\n% by hand\n7 0 obj"),
    "a start elsewhere": lambda source: cut(source, b"startxref\n") + b"startxref\n99999\n%%EOF\n",
    "no end": lambda source: cut(source, b"startxref"),
    "lines that were translated": lambda source: source.replace(b"\n", b"\r\n"),
    "a count that cannot be": lambda source: source.replace(b"/Count 3", b"/Count -1"),
    "no table": lambda source: cut(source, b"xref\n", b"trailer"),
    "lengths that are wrong": lambda source: source.replace(b"/Length ", b"/Length 9"),
    "junk behind its end": lambda source: source + b"<html></html>\n" * 200,
}


def opens(source: bytes) -> bool:
    """Whether PDFium opens it as it is, and all pages of it."""
    try:
        return bool(shown(source))
    except pypdfium2.PdfiumError:
        return False


@pytest.mark.parametrize("damage", MENDED)
class TestMended:
    """Each of these is refused by PDFium: there would be no preview without pypdf."""

    @pytest.mark.parametrize(
        ("query", "pages"),
        [("", [1, 2, 3]), ("?firstPage=2&lastPage=2", [2]), ("?firstPage=2", [2, 3]), ("?lastPage=9", [1, 2, 3])],
    )
    async def test_pages(self, ada: Person, group: Room, damage: str, query: str, *, pages: list[int]) -> None:
        source = MENDED[damage](WHOLE)
        assert not opens(source)
        answer = await ada("GET", f"/preview/pdf/{await ada.sent(group, 'a.pdf', source)}{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, PDF)
        assert opens(answer.content)
        assert numbers(answer.content) == pages

    async def test_ranges_that_there_are_not(self, ada: Person, group: Room, damage: str) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', MENDED[damage](WHOLE))}"
        for query in ("?firstPage=4", "?firstPage=0", "?firstPage=3&lastPage=2"):
            assert_empty(await ada("GET", path + query), 400)

    async def test_thumbnails(self, ada: Person, group: Room, damage: str) -> None:
        source = paper(below(RED, BLUE, width=40, height=80))
        [whole, mended] = [await drawn(ada, group, each, "40x60") for each in (source, MENDED[damage](source))]
        assert isinstance(mended, Image.Image)
        assert (mended.size, mended.tobytes()) == (whole.size, whole.tobytes())
        assert [mended.getpixel((20, y)) for y in (20, 59)] == [RED, BLUE]

    async def test_it_is_the_same_whenever_it_is_done(self, damage: str) -> None:
        source = MENDED[damage](WHOLE)
        for wanted in (Pages(first=1, last=0), Pages(first=2, last=3)):
            assert converted(source, wanted) == converted(source, wanted)


async def test_a_page_that_cannot_be_read_is_mended_though_others_can(ada: Person, group: Room) -> None:
    source = WHOLE.replace(b"endobj\n", b"")
    with pypdfium2.PdfDocument(source) as document:
        assert len(document) == COUNT
    assert not opens(source)
    answer = await ada("GET", f"/preview/pdf/{await ada.sent(group, 'a.pdf', source)}?firstPage=2&lastPage=3")
    assert answer.status_code == 200
    assert numbers(answer.content) == [2, 3]


@pytest.mark.parametrize("damage", FORGIVEN)
class TestForgiven:
    async def test_pages(self, ada: Person, group: Room, damage: str) -> None:
        source = FORGIVEN[damage](WHOLE)
        assert source != WHOLE
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source)}"
        assert numbers((await ada("GET", path)).content) == [1, 2, 3]
        assert numbers((await ada("GET", f"{path}?firstPage=2&lastPage=3")).content) == [2, 3]

    async def test_thumbnails(self, ada: Person, group: Room, damage: str) -> None:
        source = paper(below(RED, BLUE, width=40, height=80), below(RED), below(RED))
        mended = await drawn(ada, group, FORGIVEN[damage](source), "40x60")
        assert [mended.getpixel((20, y)) for y in (20, 59)] == [RED, BLUE]


class TestBeyondRepair:
    @pytest.mark.parametrize(
        "damage",
        [
            lambda source: source[: len(source) // 2],
            lambda source: cut(source, b"xref\n"),
            lambda source: source.replace(b"/Pages 2 0 R", b""),
            lambda source: source.replace(b"/Root 1 0 R", b"").replace(b"/Catalog", b"/Cadalog"),
            lambda source: source.replace(b"/Root 1 0 R", b"/Root 2 0 R").replace(b"[3 0 R", b"[2 0 R"),
            lambda source: source.replace(b"/Root 1 0 R", b"/Encrypt 2 0 R"),
        ],
        ids=["half", "no trailer", "no page tree", "no catalogue", "circle", "encrypted"],
    )
    async def test_is_refused(self, ada: Person, group: Room, damage: Damage) -> None:
        source = damage(WHOLE)
        assert source != WHOLE
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source)}"
        for asked in ("", "?firstPage=2", "/9x9/thumbnail"):
            assert_empty(await ada("GET", path + asked), 400)
