"""`GET /preview/pdf/{fileId}/{area}/thumbnail`: the first page, drawn at the size in which it is needed."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import pairwise

import pypdfium2
import pytest
from papers import (
    BLACK,
    BLUE,
    GREEN,
    PDF,
    RED,
    WHITE,
    Page,
    assert_filled,
    below,
    beside,
    colour,
    drawn,
    filled,
    paper,
)
from people import Person, Room
from PIL import Image, ImageChops
from transcripts import assert_empty

FORMATS = ["Jpeg", "Png", "Gif", "Webp"]
#: As far as JPEG may be from a colour that fills an area.
NEAR = 4
Thumbnail = Callable[..., Awaitable[Image.Image]]


@pytest.fixture
def thumbnail(ada: Person, group: Room) -> Thumbnail:
    """Return a thumbnail of a paper: `await thumbnail(paper, "40x40")`."""
    return partial(drawn, ada, group)


def rows(image: Image.Image) -> list[object]:
    """Return the colours from the top to the bottom, without repetitions, at the left, in the middle, at the right."""
    columns = [[colour(image, x, (y + 0.5) / image.height) for y in range(image.height)] for x in (0.1, 0.5, 0.9)]
    assert columns[0] == columns[1] == columns[2]
    return [each for before, each in zip([None, *columns[0]], columns[0], strict=False) if each != before]


class TestCrop:
    async def test_keeps_the_top(self, thumbnail: Thumbnail) -> None:
        image = await thumbnail(paper(below(RED, GREEN, BLUE, BLACK, width=40, height=160)), "40x40")
        assert image.size == (40, 40)
        assert_filled(image, by=RED)

    async def test_keeps_as_much_below_the_top_as_there_is_room_for(self, thumbnail: Thumbnail) -> None:
        source = paper(below(RED, GREEN, BLUE, BLACK, width=40, height=160))
        assert rows(await thumbnail(source, "40x80")) == [RED, GREEN]
        assert rows(await thumbnail(source, "80x240")) == [RED, GREEN, BLUE]
        assert rows(await thumbnail(source, "20x80")) == [RED, GREEN, BLUE, BLACK]
        assert rows(await thumbnail(source, "60x61"))[0] == RED

    async def test_keeps_the_middle_of_the_width(self, thumbnail: Thumbnail) -> None:
        source = paper(beside(RED, GREEN, BLUE, width=120, height=40))
        assert_filled(await thumbnail(source, "40x40"), by=GREEN)
        assert_filled(await thumbnail(source, "200x200"), by=GREEN)
        image = await thumbnail(source, "80x40")
        assert [colour(image, x, 0.5) for x in (0.05, 0.2, 0.3, 0.7, 0.8, 0.95)] == [RED, RED, GREEN, GREEN, BLUE, BLUE]

    @pytest.mark.parametrize(
        ("area", "size"),
        [
            *(("1x1", (1, 1)), ("3x200", (3, 200)), ("200x3", (200, 3)), ("0320x0240", (320, 240)), ("7x5", (7, 5))),
            *(("0x0", (60, 40)), ("0x20", (60, 20)), ("30x0", (30, 40)), ("0x80", (60, 80)), ("90x0", (90, 40))),
        ],
    )
    @pytest.mark.parametrize("output_format", FORMATS)
    async def test_gives_exactly_the_area_without_borders(
        self, thumbnail: Thumbnail, output_format: str, *, area: str, size: tuple[int, int]
    ) -> None:
        image = await thumbnail(paper(beside(BLUE)), area, output_format=output_format, quality="Highest")
        assert image.size == size
        difference = ImageChops.difference(image.convert("RGB"), Image.new("RGB", size, BLUE))
        assert max(high for _, high in difference.getextrema()) <= NEAR

    async def test_enlarges_without_limit(self, thumbnail: Thumbnail) -> None:
        image = await thumbnail(paper(below(RED, BLUE, width=10, height=10)), "500x500")
        assert image.size == (500, 500)
        assert rows(image) == [RED, BLUE]


class TestSize:
    """`0x0` is the page's size in points."""

    @pytest.mark.parametrize(
        ("width", "height", "size"),
        [(123, 77, (123, 77)), (595.28, 841.89, (595, 842)), (20.6, 30.4, (21, 30)), (0.2, 0.3, (1, 1))],
    )
    async def test_is_whole_points(
        self, thumbnail: Thumbnail, width: float, height: float, size: tuple[int, int]
    ) -> None:
        image = await thumbnail(paper(beside(GREEN, width=width, height=height)), "0x0")
        assert image.size == size
        assert colour(image, 0.5, 0.5) == GREEN

    async def test_of_a_long_page(self, thumbnail: Thumbnail) -> None:
        assert (await thumbnail(paper(below(RED, BLUE, width=20, height=9000)), "0x0")).size == (20, 9000)

    async def test_of_a_page_too_large_to_draw(self, ada: Person, group: Room) -> None:
        source = paper(Page(width=9000, height=9000))
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source, mimeType=PDF)}"
        for area in ("0x0", "0x8192", "8192x0"):
            assert_empty(await ada("GET", f"{path}/{area}/thumbnail"), 400)
        assert (await ada("GET", f"{path}/9x9/thumbnail")).status_code == 200

    @pytest.mark.parametrize("turned", [90, 180, 270, -90, 450])
    async def test_of_a_turned_page(self, thumbnail: Thumbnail, turned: int) -> None:
        """It is turned clockwise: what was at the left is then at the top."""
        page = beside(RED, GREEN, BLUE, width=120, height=30, entries=f"/Rotate {turned}")
        image = await thumbnail(paper(page), "0x0")
        lies, turns = turned % 180 == 0, turned % 360
        assert image.size == ((120, 30) if lies else (30, 120))
        seen = [colour(image, 0.5, y) for y in (0.1, 0.5, 0.9)] if not lies else [colour(image, 0.1, 0.5)]
        assert seen == {90: [RED, GREEN, BLUE], 270: [BLUE, GREEN, RED], 180: [BLUE]}[turns]
        assert_filled(await thumbnail(paper(page), "30x30"), by={90: RED, 270: BLUE, 180: GREEN}[turns])

    async def test_is_what_is_left_when_it_is_cut(self, thumbnail: Thumbnail) -> None:
        painted = filled(RED, 0, 0, 200, 100) + filled(BLUE, 50, 20, 100, 60)
        page = Page(painted=painted, entries="/MediaBox [0 0 200 100] /CropBox [50 20 150 80]")
        image = await thumbnail(paper(page), "0x0")
        assert image.size == (100, 60)
        assert_filled(image, by=BLUE)

    async def test_of_a_page_that_begins_elsewhere(self, thumbnail: Thumbnail) -> None:
        page = Page(painted=filled(GREEN, -50, -20, 100, 60), entries="/MediaBox [-50 -20 50 40]")
        image = await thumbnail(paper(page), "0x0")
        assert image.size == (100, 60)
        assert_filled(image, by=GREEN)


def grey(image: Image.Image) -> int:
    """Count what is neither black nor white in a row across the middle."""
    row = image.convert("L").crop((0, image.height // 2, image.width, image.height // 2 + 1))
    return sum(25 < value < 230 for value in row.tobytes())


def lines_of(image: Image.Image) -> int:
    """Count the dark lines that cross a row across the middle, each between two light ones."""
    row = image.convert("L").crop((0, image.height // 2, image.width, image.height // 2 + 1)).tobytes()
    return sum(before >= 128 > after for before, after in pairwise(row))


def enlarged(source: bytes, size: tuple[int, int]) -> Image.Image:
    """Draw a pixel for a point and enlarge that, which is how it should not be done."""
    with pypdfium2.PdfDocument(source) as document:
        return document[0].render(scale=1).to_pil().resize(size, Image.Resampling.BICUBIC)


class TestSharpness:
    async def test_an_edge_is_as_sharp_at_any_size(self, thumbnail: Thumbnail) -> None:
        source = paper(Page(width=30, height=30, painted=filled(BLACK, 10.3, 0, 5, 30)))
        assert grey(enlarged(source, (300, 300))) > 10
        assert grey(await thumbnail(source, "300x300")) <= 2
        assert grey(await thumbnail(source, "600x300")) <= 2

    async def test_lines_are_seen_that_are_too_fine_for_their_size_in_points(self, thumbnail: Thumbnail) -> None:
        lines = b"".join(filled(BLACK, number / 4, 0, 1 / 8, 30) for number in range(120))
        source = paper(Page(width=30, height=30, painted=lines))
        assert lines_of(enlarged(source, (480, 480))) == 0
        assert lines_of(await thumbnail(source, "480x480")) >= 115


class TestPaper:
    @pytest.mark.parametrize("output_format", FORMATS)
    async def test_is_white(self, thumbnail: Thumbnail, output_format: str) -> None:
        image = await thumbnail(paper(Page()), "50x50", output_format=output_format)
        assert min(low for low, _ in image.convert("RGB").getextrema()) >= (254 if output_format == "Webp" else 255)
        assert image.convert("RGBA").getchannel("A").getextrema() == (255, 255)

    async def test_shows_the_first_page(self, thumbnail: Thumbnail) -> None:
        assert_filled(await thumbnail(paper(beside(GREEN), beside(RED), beside(BLUE)), "40x30"), by=GREEN)

    @pytest.mark.parametrize("kind", ["/Square", "/Stamp", "/Highlight"])
    async def test_shows_annotations(self, thumbnail: Thumbnail, kind: str) -> None:
        page = Page(annotation=f"/Subtype {kind} /F 4", annotated=(15, 10, 30, 20))
        image = await thumbnail(paper(page), "120x80")
        assert [colour(image, 0.5, y) for y in (0.2, 0.5, 0.8)] == [WHITE, GREEN, WHITE]

    async def test_does_not_show_hidden_ones(self, thumbnail: Thumbnail) -> None:
        page = Page(annotation="/Subtype /Square /F 2", annotated=(15, 10, 30, 20))
        assert_filled(await thumbnail(paper(page), "120x80"), by=WHITE)

    @pytest.mark.parametrize("turned", [0, 90])
    async def test_shows_what_was_filled_in(self, thumbnail: Thumbnail, turned: int) -> None:
        field = "/Subtype /Widget /FT /Tx /F 4 /T (name) /V (Ada)"
        page = Page(annotation=field, annotated=(0, 30, 60, 10), entries=f"/Rotate {turned}")
        image = await thumbnail(paper(page), "0x0")
        assert colour(image, 0.95, 0.1) == GREEN
        assert colour(image, 0.05, 0.9) == WHITE
        assert colour(await thumbnail(paper(page), "20x10"), 0.9, 0.05) == GREEN

    async def test_shows_what_was_filled_in_though_it_does_not_say_how_it_looks(self, thumbnail: Thumbnail) -> None:
        field = "/Subtype /Widget /FT /Tx /F 4 /T (name) /DA (/Helv 12 Tf 0 g) /V (%s)"
        plain, filled_in = [paper(Page(annotation=field % said, annotated=(0, 0, 60, 40))) for said in ("", "Ada")]
        dark = [await thumbnail(source.replace(b"/AP <<", b"/No <<"), "0x0") for source in (plain, filled_in)]
        counts = [sum(value < 100 for value in image.convert("L").tobytes()) for image in dark]
        assert counts[0] == 0
        assert counts[1] > 20
