"""`GET /preview/pdf/{fileId}/`: the pages of a paper that were asked for, and no others."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest
from downloads import fields
from papers import BLUE, GREEN, PDF, RED, WHITE, Page, below, beside, numbered, numbers, paper, protected, shown
from people import BASES, Person, Room
from PIL import Image
from transcripts import assert_empty

COUNT = 5
ALL = [1, 2, 3, 4, 5]
PAPER = numbered(COUNT)
MANY = "9" * 4000
Ranged = Callable[..., Awaitable[bytes]]


@pytest.fixture
async def path(ada: Person, group: Room) -> str:
    """Where the pages of a numbered paper are."""
    return f"/preview/pdf/{await ada.sent(group, 'a.pdf', PAPER, mimeType=PDF)}"


@pytest.fixture
def ranged(ada: Person, group: Room) -> Ranged:
    """Return some pages of a paper: `await ranged(paper, firstPage="2")`."""

    async def ranged(source: bytes, **asked: str) -> bytes:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source, mimeType=PDF)}"
        answer = await ada("GET", path, params=asked)
        assert (answer.status_code, answer.headers["content-type"]) == (200, PDF), answer.text
        return answer.content

    return ranged


class TestRange:
    @pytest.mark.parametrize("spelled", [("firstPage", "lastPage"), ("first_page", "last_page")], ids="".join)
    async def test_pages(self, ada: Person, path: str, *, spelled: tuple[str, str]) -> None:
        for first, last, pages in (
            *(("1", "1", [1]), ("2", "4", [2, 3, 4]), ("3", "3", [3]), ("5", "5", [5]), ("1", "4", [1, 2, 3, 4])),
            *(("4", "5", [4, 5]), ("4", "6", [4, 5]), ("5", "100", [5]), ("1", "5", ALL), ("1", "6", ALL)),
            *(("2", "0", [2, 3, 4, 5]), ("5", "0", [5]), ("1", "0", ALL), ("1", "00", ALL), ("002", "03", [2, 3])),
            *(("3", MANY, [3, 4, 5]), ("4", str(2**31), [4, 5]), ("4", str(2**63), [4, 5]), ("5", str(2**64), [5])),
            *((None, None, ALL), ("2", None, [2, 3, 4, 5]), (None, "2", [1, 2]), (None, "0", ALL)),
            *(("", "", ALL), ("2", "", [2, 3, 4, 5]), ("", "2", [1, 2]), ("1", "", ALL)),
        ):
            asked = {name: said for name, said in zip(spelled, (first, last), strict=True) if said is not None}
            answer = await ada("GET", path, params=asked)
            assert answer.status_code == 200, (first, last)
            assert (first, last, numbers(answer.content)) == (first, last, pages)

    async def test_that_there_is_not(self, ada: Person, path: str) -> None:
        for query in (
            *(f"firstPage={said}" for said in ("0", "-1", "6", "100", "00", 2**32 + 1, 2**64 + 1, MANY)),
            *(f"first_page={said}" for said in ("x", "1.0", "1e0", "%2B1", "%201", "1%20", "0x1", "1,2", "null")),
            *(f"firstPage={quote(said)}" for said in ("\uff11", "\u0661", "1\0", "%")),
            *(
                f"last_page={said}"
                for said in ("-1", "-0", "x", "1.5", "%2B2", "5%20", "%EF%BC%92", "1%00", f"-{MANY}")
            ),
            *(f"firstPage={first}&lastPage={last}" for first, last in ((2, 1), (5, 4), (6, 6), (-2, -1), (100, 2))),
            *(f"first_page={first}&last_page={last}" for first, last in ((6, 0), (6, 7), (0, 0), (0, 3), (3, 2))),
        ):
            for method in ("GET", "HEAD"):
                answer = await ada(method, f"{path}?{query}")
                assert (query[:30], answer.status_code, answer.content) == (query[:30], 400, b"")

    async def test_after_a_range_that_there_is_not(self, ada: Person, path: str) -> None:
        assert_empty(await ada("GET", path, params={"firstPage": "6"}), 400)
        assert numbers((await ada("GET", path, params={"firstPage": "5"})).content) == [5]

    @pytest.mark.parametrize(
        ("query", "pages"),
        [
            ("firstPage=2&last_page=3", [2, 3]),
            ("first_page=2&lastPage=3", [2, 3]),
            ("first_page=4&firstPage=2", [2, 3, 4, 5]),
            ("firstPage=2&first_page=4", [2, 3, 4, 5]),
            ("last_page=2&lastPage=4&firstPage=3", [3, 4]),
            ("firstPage=&first_page=4", [4, 5]),
            ("firstpage=2&FIRSTPAGE=3&page=4&quality=Nonsense", ALL),
        ],
    )
    async def test_by_both_spellings(self, ada: Person, path: str, query: str, pages: list[int]) -> None:
        answer = await ada("GET", f"{path}?{query}")
        assert answer.status_code == 200
        assert numbers(answer.content) == pages

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_wherever_it_is_asked_for(self, ada: Person, path: str, base: str, end: str) -> None:
        answer = await ada("GET", f"{base}{path}{end}?firstPage=4")
        assert fields(answer)["content-type"] == PDF
        assert numbers(answer.content) == [4, 5]

    async def test_of_many_pages(self, ranged: Ranged) -> None:
        assert numbers(await ranged(numbered(120), firstPage="99", lastPage="107")) == [*range(99, 108)]


class TestAllPages:
    @pytest.mark.parametrize("asked", [{}, {"firstPage": "1"}, {"lastPage": "0"}, {"lastPage": "5"}, {"lastPage": "9"}])
    async def test_are_the_file_itself(self, ranged: Ranged, asked: dict[str, str]) -> None:
        assert await ranged(PAPER, **asked) == PAPER

    async def test_of_a_single_one(self, ranged: Ranged) -> None:
        single = numbered(1)
        assert await ranged(single, firstPage="1", lastPage="1") == single


class TestPages:
    async def test_take_nothing_of_the_others_along(self, ranged: Ranged) -> None:
        heavy = numbered(10, ballast=20_000)
        assert len(heavy) > 200_000
        some = await ranged(heavy, firstPage="3", lastPage="4")
        assert numbers(some) == [3, 4]
        assert 20_000 < len(some) < 30_000  # compressed: half of what it was

    async def test_keep_their_size_and_how_they_are_turned(self, ranged: Ranged) -> None:
        pages = (
            beside(RED, BLUE, width=100, height=40, entries="/Rotate 90"),
            below(RED, BLUE, width=30, height=80, entries="/Rotate 270"),
            Page(entries="/MediaBox [0 0 200 100] /CropBox [50 20 150 80]"),
            below(GREEN, BLUE, width=200, height=20),
        )
        source = paper(Page(), *pages)
        before, after = shown(source)[1:], shown(await ranged(source, firstPage="2"))
        assert [drawn.size for drawn in after] == [(40, 100), (80, 30), (100, 60), (200, 20)]
        assert [drawn.tobytes() for drawn in after] == [drawn.tobytes() for drawn in before]

    async def test_keep_what_they_have_from_the_page_tree(self, ranged: Ranged) -> None:
        tree = b"/Kids [3 0 R 7 0 R]"
        source = paper(Page(entries="/MediaBox 0"), Page(entries="/MediaBox 0")).replace(b"/MediaBox 0", b"/Tabs /Row ")
        assert tree in source
        source = source.replace(tree, b"/MediaBox [0 0 33 44] " + tree)  # PDFium finds the objects behind it
        [drawn] = shown(await ranged(source, firstPage="2"))
        assert drawn.size == (33, 44)

    @pytest.mark.parametrize("kind", ["/Square", "/Stamp", "/Highlight"])
    async def test_keep_their_annotations(self, ranged: Ranged, kind: str) -> None:
        source = paper(Page(), Page(annotation=f"/Subtype {kind} /F 4"), Page())
        [drawn, empty] = shown(await ranged(source, firstPage="2"))
        assert drawn.getpixel((5, 35)) == GREEN
        assert empty.getcolors() == [(60 * 40, (255, 255, 255))]

    async def test_keep_what_was_filled_in(self, ranged: Ranged) -> None:
        field = "/Subtype /Widget /FT /Tx /F 4 /T (name) /V (Ada)"
        source = paper(Page(), Page(annotation=field))
        assert shown(source)[1].getpixel((5, 35)) == GREEN
        [drawn] = shown(await ranged(source, firstPage="2"))
        assert drawn.getpixel((5, 35)) == GREEN

    @pytest.mark.parametrize("kind", ["text", "choice"])
    async def test_keep_what_was_filled_in_but_never_drawn(self, ranged: Ranged, kind: str) -> None:
        """As programs fill forms in: a value without an appearance, which readers draw."""
        source = undrawn(kind)
        before = shown(source)[1]
        assert ink(before) > 10
        [after] = shown(await ranged(source, firstPage="2", lastPage="2"))
        assert abs(ink(after) - ink(before)) <= ink(before) / 4
        assert after.getpixel((55, 2)) == WHITE


def undrawn(kind: str) -> bytes:
    """Return a paper of three pages with a form on the second, of which only the values are said."""
    said = {
        "text": "/FT /Tx /V (Ada Ada)",
        "choice": "/FT /Ch /Ff 131072 /Opt [(Ben) (Ada)] /V (Ada)",
    }[kind]
    annotation = f"/Subtype /Widget /F 4 /T (name) {said} /DA (/Helv 10 Tf 0 0 0 rg)"
    source = paper(Page(), Page(annotation=annotation, annotated=(5, 5, 40, 20)), Page())
    font = b"/DR << /Font << /Helv << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    form = b"/AcroForm << /NeedAppearances true " + font
    return source.replace(b"/AcroForm <<", form).replace(b" /AP <<", b" /XX <<")


def ink(drawn: Image.Image) -> int:
    """Count the pixels that are dark."""
    return sum(drawn.convert("L").histogram()[:128])


class TestPasswords:
    @pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
    async def test_an_owners_alone_does_not_count(self, ranged: Ranged, algorithm: str) -> None:
        source = protected(PAPER, algorithm=algorithm)
        assert await ranged(source) == source
        some = await ranged(source, firstPage="2", lastPage="3")
        assert numbers(some) == [2, 3]
        assert b"/Encrypt" not in some

    @pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
    async def test_a_users_is_needed(self, ada: Person, group: Room, algorithm: str) -> None:
        source = protected(PAPER, user="secret", algorithm=algorithm)
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source, mimeType=PDF)}"
        for query in ("", "?firstPage=2"):
            assert_empty(await ada("GET", path + query), 400)


class TestKind:
    """What is a PDF is told by its bytes."""

    @pytest.mark.parametrize(("name", "type"), [("a.png", "image/png"), ("a", "text/html"), ("a", "nonsense")])
    async def test_whatever_it_is_called(self, ada: Person, group: Room, name: str, type: str) -> None:
        answer = await ada("GET", f"/preview/pdf/{await ada.sent(group, name, PAPER, mimeType=type)}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, PDF)
        assert answer.content == PAPER

    @pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"x" * 1019])
    async def test_with_something_before_it(self, ranged: Ranged, before: bytes) -> None:
        assert numbers(await ranged(before + PAPER, firstPage="2", lastPage="3")) == [2, 3]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"%PDF-",
            b"%PDF-1.7\n",
            b"%PDF-1.7\n%%EOF\n",
            b"not a paper",
            b"\x89PNG\r\n\x1a\n" + bytes(100),
            b"<html>%PDF-1.7</html>",
            PAPER[5:],
            b"x" * 1025 + PAPER,
            PAPER[: len(PAPER) // 2],
            paper(),
        ],
        ids=["empty", "mark", "head", "end", "text", "image", "page", "headless", "late", "half", "without pages"],
    )
    async def test_of_what_is_none(self, ada: Person, group: Room, content: bytes) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', content, mimeType=PDF)}"
        for query in ("", "?firstPage=1&lastPage=1"):
            assert_empty(await ada("GET", path + query), 400)
