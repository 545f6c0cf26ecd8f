"""`GET /preview/pdf/{fileId}/{area}/thumbnail`: shapes, formats, qualities, and what is refused."""

from collections.abc import Awaitable, Callable
from functools import partial
from io import BytesIO

import pytest
from papers import (
    BLUE,
    PDF,
    RED,
    Page,
    assert_filled,
    beside,
    colour,
    drawn,
    filled,
    paper,
    protected,
)
from people import Person, Room
from PIL import Image
from transcripts import assert_empty

Thumbnail = Callable[..., Awaitable[Image.Image]]


@pytest.fixture
def thumbnail(ada: Person, group: Room) -> Thumbnail:
    """Return a thumbnail of a paper: `await thumbnail(paper, "40x40")`."""
    return partial(drawn, ada, group)


class TestShape:
    @pytest.mark.parametrize("output_format", ["Png", "Webp"])
    async def test_rounded_is_an_ellipse_on_nothing(self, thumbnail: Thumbnail, output_format: str) -> None:
        image = await thumbnail(paper(beside(BLUE)), "90x60", output_format=output_format, shape="Rounded")
        alpha = image.getchannel("A")
        assert [alpha.getpixel(place) for place in ((0, 0), (89, 0), (0, 59), (89, 59), (10, 5))] == [0] * 5
        assert [alpha.getpixel(place) for place in ((45, 1), (45, 58), (2, 30), (87, 30), (45, 30))] == [255] * 5
        assert len(set(alpha.tobytes()) - {0, 255}) > 5
        assert sum(alpha.tobytes()) / 255 == pytest.approx(90 * 60 * 3.14159 / 4, rel=0.01)
        assert max(abs(a - b) for a, b in zip(image.convert("RGB").getpixel((45, 30)), BLUE, strict=True)) <= 8

    @pytest.mark.parametrize("output_format", ["Jpeg", "Gif"])
    async def test_rounded_is_an_ellipse_on_black(self, thumbnail: Thumbnail, output_format: str) -> None:
        image = await thumbnail(paper(Page()), "90x60", output_format=output_format, shape="rounded", quality="Highest")
        assert "transparency" not in image.info
        values = image.convert("L")
        assert [values.getpixel(place) for place in ((0, 0), (89, 0), (0, 59), (89, 59))] == [0] * 4
        assert [values.getpixel(place) for place in ((45, 3), (45, 56), (4, 30), (85, 30), (45, 30))] == [255] * 5

    async def test_rectangular_is_what_comes_of_itself(self, thumbnail: Thumbnail) -> None:
        source = paper(beside(BLUE, RED))
        said, unsaid = await thumbnail(source, "20x20", shape="Rectangular"), await thumbnail(source, "20x20")
        assert said.tobytes() == unsaid.tobytes()
        assert said.mode == "RGB"


class TestQuality:
    @pytest.mark.parametrize("output_format", ["Jpeg", "Webp"])
    async def test_is_the_more_the_better(self, ada: Person, group: Room, output_format: str) -> None:
        lines = b"".join(filled((number * 8, 99, 0), number, 0, 1, 1.5 * number) for number in range(30))
        source = paper(Page(painted=lines))
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source, mimeType=PDF)}/120x80/thumbnail"
        asked = [
            {"output_format": output_format, "quality": quality}
            for quality in ("Lowest", "Low", "Medium", "High", "Highest")
        ]
        answers = [await ada("GET", path, params=params) for params in asked]
        sizes = [len(answer.content) for answer in answers]
        assert sizes == sorted(set(sizes))
        assert answers[2].content == (await ada("GET", path, params={"output_format": output_format})).content

    async def test_is_that_of_the_tables_of_jpeg(self, thumbnail: Thumbnail) -> None:
        for said, number in (("Lowest", 0), ("Low", 15), ("Medium", 50), ("High", 80), ("HIGHEST", 95)):
            expected = BytesIO()
            Image.new("RGB", (8, 8)).save(expected, "JPEG", quality=number)
            image = await thumbnail(paper(Page()), "8x8", output_format="Jpeg", quality=said)
            assert image.quantization == Image.open(expected).quantization

    @pytest.mark.parametrize("output_format", ["Png", "Gif"])
    async def test_is_nothing_to_formats_without_losses(self, thumbnail: Thumbnail, output_format: str) -> None:
        source = paper(beside(RED, BLUE))
        images = [
            await thumbnail(source, "20x20", output_format=output_format, quality=each)
            for each in ("Lowest", "Highest")
        ]
        assert images[0].tobytes() == images[1].tobytes()
        assert colour(images[0], 0.1, 0.5) == RED

    async def test_jpeg_is_what_comes_of_itself(self, ada: Person, group: Room) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', paper(Page()), mimeType=PDF)}/8x8/thumbnail"
        for params in ({}, {"output_format": "", "quality": "", "shape": ""}, {"output_format": "jPEG"}):
            answer = await ada("GET", path, params=params)
            assert answer.headers["content-type"] == "image/jpeg"
            assert Image.open(BytesIO(answer.content)).format == "JPEG"


class TestRefused:
    @pytest.mark.parametrize(
        "area",
        [
            "1x",
            "x1",
            "x",
            "1",
            "1X2",
            "1x2x3",
            "-1x2",
            "1x-2",
            "+1x2",
            "1.0x2",
            "1 x2",
            "8193x1",
            "1x8193",
            "9" * 99 + "x1",
        ],
    )
    async def test_areas_that_are_none(self, ada: Person, group: Room, area: str) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', paper(Page()), mimeType=PDF)}"
        assert_empty(await ada("GET", f"{path}/{area}/thumbnail"), 400)

    @pytest.mark.parametrize(
        "asked",
        [
            *({"quality": said} for said in ("Best", "50", "low ")),
            *({"output_format": said} for said in ("jpg", "image/png", "pdf", "tiff")),
            *({"shape": said} for said in ("round", "Square", "true")),
        ],
        ids=str,
    )
    async def test_words_that_are_unknown(self, ada: Person, group: Room, asked: dict[str, str]) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', paper(Page()), mimeType=PDF)}"
        assert_empty(await ada("GET", f"{path}/8x8/thumbnail", params=asked), 400)

    async def test_papers_that_cannot_be_read(self, ada: Person, group: Room) -> None:
        whole = paper(Page())
        for source in (
            b"",
            b"text",
            b"\x89PNG\r\n\x1a\n",
            paper(),
            whole[: len(whole) // 2],
            protected(whole, user="u"),
        ):
            path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', source, mimeType=PDF)}"
            assert_empty(await ada("GET", f"{path}/8x8/thumbnail"), 400)

    async def test_an_owners_password_is_no_reason(self, thumbnail: Thumbnail) -> None:
        assert_filled(await thumbnail(protected(paper(beside(RED))), "9x9"), by=RED)
