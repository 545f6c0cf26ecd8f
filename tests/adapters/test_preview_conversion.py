"""From the bytes of a file to those of its preview: how much it takes, what is refused, what colours become."""

import asyncio
import dataclasses
import struct
import time
import zlib
from io import BytesIO

import pytest
from bare import RED, gif, gif_frame, png, png_chunk, red_pixels, repeated
from hostile import is_like, middle
from pictures import animated, assert_quadrants, colours_in_turn, is_near, picture, plain, quadrants, saved
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from profiles import of_linear_grey
from stores import these

from app.adapters.previews import unchanged
from app.adapters.previews.conversion import converted
from app.adapters.previews.workers import Workers
from app.domain.errors import NotPreviewable
from app.domain.specifications import Area, Drawing
from app.settings import PreviewsSettings

OWN_SIZE, SMALL, LARGE = Area(0, 0), Area(8, 8), Area(24, 24)
PNG = Drawing(source="image", area=OWN_SIZE, fit="contain", rounded=False, format="png", quality=None)
GIF = dataclasses.replace(PNG, format="gif")
JPEG = dataclasses.replace(PNG, format="jpeg", quality=50)


def drawn(source: bytes, wanted: Drawing = PNG, area: Area = OWN_SIZE) -> Image.Image:
    return picture(converted(source, dataclasses.replace(wanted, area=area)))


def red_of(side: int, transparency: bytes = b"") -> bytes:
    """Return a PNG of a palette of two colours, a few hundred bytes however large it is."""
    before = png_chunk(b"PLTE", bytes((0, 0, 0, *RED))) + (png_chunk(b"tRNS", transparency) if transparency else b"")
    rows = zlib.compress((b"\0" + b"\xff" * (side // 8)) * side)
    return png(side, side, depth=1, colour=3, before=before, data=rows)


class TestMemory:
    """Of areas of a quarter of the most pixels that can be asked for, in little more than a quarter of the memory."""

    @pytest.mark.parametrize(
        ("source", "wanted", "megabytes"),
        [
            (red_of(2048), dataclasses.replace(PNG, area=Area(4096, 4096), rounded=True), 310),
            (red_of(2048), dataclasses.replace(GIF, area=Area(4096, 4096)), 155),
            (red_of(1024, b"\0\xff"), dataclasses.replace(JPEG, area=Area(8192, 2050), rounded=True), 225),
        ],
        ids=["rounded png", "gif", "rounded jpeg of what may be transparent"],
    )
    def test_suffices(self, source: bytes, wanted: Drawing, megabytes: int) -> None:
        async def made() -> bytes:
            workers = Workers(PreviewsSettings(workers=1, memory_in_mb=megabytes))
            async with workers.converted(these(source), dataclasses.replace(wanted, fit="cover"), "Ada") as conversion:
                return b"".join([piece async for piece in conversion.pieces])

        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            shown = picture(runner.run(made()))
        assert shown.size == wanted.area
        colour, corner = (shown.convert("RGBA").getpixel(place) for place in ((shown.width // 2, 1024), (0, 0)))
        assert is_near(colour, (*RED, 255))
        assert is_near(corner, (*RED, 255)) is not wanted.rounded


class TestAnimations:
    @pytest.mark.parametrize(
        "larger",
        [gif_frame(64, 64, pixels=red_pixels(64 * 64)), gif_frame(4, 8, x=6, pixels=red_pixels(4 * 8))],
        ids=["whole", "beyond an edge"],
    )
    def test_with_a_frame_that_is_larger_are_refused(self, larger: bytes) -> None:
        source = gif(8, 8, gif_frame(8, 8, pixels=red_pixels(8 * 8)), larger)
        for area in (OWN_SIZE, SMALL, LARGE):
            with pytest.raises(NotPreviewable):
                drawn(source, GIF, area)
            assert is_like(drawn(source, PNG, area).convert("RGB").getpixel((4, 4)), RED)

    def test_of_very_many_tiny_frames_are_refused(self) -> None:
        with pytest.raises(NotPreviewable):
            drawn(gif(1, 1, *[gif_frame()] * 60_000), GIF)

    def test_played_more_often_than_can_be_told_are_as_often_as_can_be(self) -> None:
        shown = drawn(animated(colours_in_turn(3), "PNG", loop=70_000), GIF)
        assert (shown.n_frames, shown.info["loop"]) == (3, 65_535)

    @pytest.mark.parametrize("count", [2, 3])
    def test_of_equal_frames_that_last_longer_than_can_be_told_are_answered(self, count: int) -> None:
        lasting = gif_frame().replace(struct.pack("<BH", 4, 5), struct.pack("<BH", 4, 65_535))
        try:
            shown = drawn(gif(1, 1, *[lasting] * count), GIF, SMALL)
        except NotPreviewable:
            return
        assert shown.size == SMALL

    def test_of_very_many_empty_blocks_are_looked_through_in_one_pass(self) -> None:
        """What is to be kept of a file of the most bytes would else take hours."""

        def seconds(count: int) -> float:
            source = gif(1, 1, b"!\xff\0" * count + gif_frame())
            image, began = Image.open(BytesIO(gif(1, 1, gif_frame()))), time.process_time()
            kept = unchanged.kept(source, image, None)
            assert kept == gif(1, 1, gif_frame())
            return time.process_time() - began

        few, many = (min(seconds(count) for _ in range(3)) for count in (50_000, 100_000))
        assert many < 3 * few


class TestGrey:
    @pytest.mark.parametrize("depth", [1, 8, 16])
    def test_that_is_transparent_stays_so(self, depth: int) -> None:
        """To the left black, to the right white, of which the one or the other is nothing."""
        row = bytes(depth) + b"\xff" * depth  # of eight pixels each
        for key, alphas in ((0, (0, 255)), (2**depth - 1, (255, 0))):
            source = png(16, 16, depth=depth, colour=0, row=row, before=png_chunk(b"tRNS", struct.pack(">H", key)))
            for area in (SMALL, LARGE):
                alpha = drawn(source, PNG, area).convert("RGBA").getchannel("A")
                middle = area.height // 2
                assert (
                    alpha.getpixel((area.width // 4, middle)),
                    alpha.getpixel((area.width * 3 // 4, middle)),
                ) == alphas

    @pytest.mark.parametrize("mode", ["L", "LA"])
    def test_with_a_profile_of_grey_stays_grey(self, mode: str) -> None:
        source = saved(plain((128, 255)[: len(mode)], mode=mode), icc_profile=of_linear_grey())
        shown = drawn(source, PNG, SMALL)
        assert shown.mode == "LA"  # of which the borders are nothing
        assert is_near(shown.getpixel((4, 4)), (188, 255), 4)
        assert drawn(source, JPEG, SMALL).mode == "L"

    @pytest.mark.parametrize(
        ("mode", "value", "expected"),
        [
            *(("I", value, expected) for value, expected in ((0, 0), (32_896, 128), (65_535, 255), (-7, 0))),
            *(("I", value, 0) for value in (70_000, 2**31 - 1, -(2**31))),
            *(("F", value, expected) for value, expected in ((0.0, 0), (0.5, 127), (1.0, 255), (-1.5, 0))),
            *(("F", value, 0) for value in (1000.0, 3e38, -3e38)),
        ],
    )
    def test_of_one_number_is_one_colour(self, mode: str, value: float, expected: int) -> None:
        shown = drawn(saved(plain(value, mode=mode), "TIFF"), PNG, OWN_SIZE)
        assert shown.getextrema() == (expected, expected)


class TestMetadata:
    def test_of_megabytes_of_packed_text_is_no_hindrance(self) -> None:
        text = png_chunk(b"zTXt", b"a\0\0" + repeated(b"a", 2))
        for source in (png(before=text), png(after=text)):
            assert is_like(middle(converted(source, PNG)), RED)

    @pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP"])
    def test_that_is_no_exif_turns_nothing(self, container: str) -> None:
        words = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
        said = PngInfo()
        said.add_itxt("XML:com.adobe.xmp", words.decode())
        source = saved(quadrants((32, 16)), container, **{"pnginfo": said} if container == "PNG" else {"xmp": words})
        assert words in source
        for area in (OWN_SIZE, Area(32, 16)):
            assert_quadrants(drawn(source, PNG, area), tolerance=40)
