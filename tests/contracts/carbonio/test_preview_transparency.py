"""Transparency of the source: kept in Png, Webp and Gif, laid on white in Jpeg."""

import pytest
from containers import chunk, with_part
from people import Person, Room
from pictures import (
    BLUE,
    NOTHING,
    RED,
    WHITE,
    YELLOW,
    Colour,
    Picture,
    assert_colour,
    difference,
    plain,
    png_of_16_bits,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from PIL import Image


def half_transparent(mode: str, colour: Colour = RED) -> Picture:
    """Draw a colour that covers, and to the right of it black that is wholly transparent."""
    drawn = Image.new("RGBA", (32, 16), (*colour, 255))
    drawn.paste((0, 0, 0, 0), (16, 0, 32, 16))
    return drawn.convert(mode)


def of_a_palette() -> Picture:
    """Draw the first of two colours to the left, the second to the right."""
    drawn = Image.new("P", (32, 16))
    drawn.putpalette([*RED, *BLUE])
    drawn.paste(1, (16, 0, 32, 16))
    return drawn


def with_key(drawn: Picture, *key: int) -> bytes:
    """Say of a PNG without alpha which colour is transparent."""
    return with_part(saved(drawn), chunk(b"tRNS", b"".join(value.to_bytes(2) for value in key)), "IHDR")


#: Red to the left, nothing to the right.
TRANSPARENT = {
    "png": saved(half_transparent("RGBA")),
    "png with a key": with_key(quadrants((32, 16), (RED, BLUE, RED, BLUE)), *BLUE),
    "png of 16 bits": png_of_16_bits(half_transparent("RGBA")),
    "png of a palette": saved(of_a_palette(), transparency=b"\xff\0"),
    "packed tiff": saved(half_transparent("RGBA"), "TIFF", compression="tiff_lzw"),
    "gif": saved(half_transparent("RGBA"), "GIF"),
    "webp": saved(half_transparent("RGBA"), "WEBP"),
    "lossy webp": saved(half_transparent("RGBA"), "WEBP", lossless=False, quality=100),
    "tiff": saved(half_transparent("RGBA"), "TIFF"),
}


class TestTransparency:
    @pytest.mark.parametrize("name", TRANSPARENT)
    @pytest.mark.parametrize("output", ["Png", "Webp", "Gif"])
    async def test_is_kept(self, ada: Person, group: Room, name: str, output: str) -> None:
        for show, area in ((preview, "0x0"), (preview, "16x8"), (thumbnail, "16x16")):
            shown = await show(ada, group, TRANSPARENT[name], area, output_format=output, quality="Highest")
            middle = shown.height // 2
            assert_colour(shown, (2, middle), (*RED, 255), 40)
            assert_colour(shown, (shown.width - 3, middle), NOTHING, 0)

    @pytest.mark.parametrize("name", TRANSPARENT)
    async def test_is_laid_on_white_in_jpeg(self, ada: Person, group: Room, name: str) -> None:
        for show, area in ((preview, "0x0"), (preview, "16x8"), (thumbnail, "64x32"), (thumbnail, "16x16")):
            shown = await show(ada, group, TRANSPARENT[name], area, quality="Highest")
            middle = shown.height // 2
            assert_colour(shown, (2, middle), RED, 40)
            assert_colour(shown, (shown.width - 3, middle), WHITE, 24)

    @pytest.mark.parametrize("output", ["Png", "Webp"])
    async def test_of_every_degree_is_kept(self, ada: Person, group: Room, output: str) -> None:
        drawn = plain(BLUE, (64, 16))
        drawn.putalpha(Image.linear_gradient("L").rotate(90).resize((64, 16)))
        for source in (saved(drawn), saved(drawn, "WEBP"), png_of_16_bits(drawn), saved(drawn, "TIFF")):
            for area, size in (("0x0", (64, 16)), ("32x8", (32, 8))):
                shown = await preview(ada, group, source, area, output_format=output, quality="Highest")
                alpha = drawn.getchannel("A").resize(size)
                assert difference(shown.getchannel("A"), alpha) < 3
                assert_colour(shown, (size[0] - 1, 4), (*BLUE, 252), 12)

    async def test_half_of_a_colour_is_half_white_in_jpeg(self, ada: Person, group: Room) -> None:
        for mode, colour, expected in (("RGBA", (255, 0, 0, 128), (255, 127, 127)), ("LA", (0, 128), (127, 127, 127))):
            for area in ("0x0", "8x4"):
                shown = await preview(ada, group, saved(plain(colour, mode=mode)), area, quality="Highest")
                assert_colour(shown, (4, 2), expected, 6)

    async def test_is_there_or_not_in_gif(self, ada: Person, group: Room) -> None:
        """GIF knows no half transparency: from 128 on a pixel is there."""
        for alpha, is_there in ((0, False), (1, False), (127, False), (128, True), (254, True)):
            shown = await preview(ada, group, saved(plain((*RED, alpha), mode="RGBA")), output_format="Gif")
            assert_colour(shown, (4, 4), (*RED, 255) if is_there else NOTHING, 40)

    async def test_of_greys_is_kept(self, ada: Person, group: Room) -> None:
        grey = plain(170, (32, 16), "L")
        grey.paste(85, (16, 0, 32, 16))
        sources = (saved(half_transparent("LA", (170, 170, 170))), with_key(grey, 85))
        for source in sources:
            for output in ("Png", "Webp", "Gif"):
                shown = await preview(ada, group, source, "16x8", output_format=output, quality="Highest")
                assert_colour(shown, (2, 4), (170, 170, 170, 255), 16)
                assert_colour(shown, (13, 4), NOTHING, 0)
            assert_colour(await preview(ada, group, source, "16x8"), (13, 4), WHITE, 24)

    async def test_has_no_dark_fringe_when_scaled(self, ada: Person, group: Room) -> None:
        """What is transparent has a colour, but that must not get into its neighbours."""
        for colour in (WHITE, YELLOW):
            for area in ("10x5", "13x7", "50x25"):
                source = saved(half_transparent("RGBA", colour))
                shown = await preview(ada, group, source, area, output_format="Png")
                seen = [pixel for pixel in pixels(shown) if pixel[3] > 16]
                assert seen
                assert all(pixel[0] > 240 and pixel[1] > 240 for pixel in seen)

    async def test_nothing_but_transparency(self, ada: Person, group: Room) -> None:
        source = saved(plain((0, 0, 0, 0), mode="RGBA"))
        for output in ("Png", "Webp", "Gif"):
            for area in ("0x0", "8x4", "40x40"):
                shown = await thumbnail(ada, group, source, area, output_format=output)
                assert_colour(shown, (shown.width // 2, shown.height // 2), NOTHING, 0)
        assert_colour(await preview(ada, group, source), (4, 4), WHITE, 2)


def pixels(shown: Picture) -> list[tuple[int, ...]]:
    content = shown.convert("RGBA").tobytes()
    return [tuple(content[start : start + 4]) for start in range(0, len(content), 4)]
