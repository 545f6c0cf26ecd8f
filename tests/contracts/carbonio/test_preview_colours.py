"""Every colour mode is shown in its right colours; transparency is kept, or laid on white."""

import pytest
from containers import chunk, png, with_part
from people import Person, Room
from pictures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    NOTHING,
    RED,
    WHITE,
    YELLOW,
    Colour,
    Picture,
    asked,
    assert_colour,
    assert_quadrants,
    cmyk_jpeg,
    difference,
    gradient,
    opaque,
    picture,
    plain,
    png_of_16_bits,
    preview,
    quadrants,
    saved,
    thumbnail,
    ycck_jpeg,
)
from PIL import Image, ImageCms
from profiles import of_linear_grey, of_odd_inks, of_swapped_colours

OUTPUTS = ["Jpeg", "Png", "Gif", "Webp"]
FOUR = quadrants((32, 16))
TONES = ((0,) * 3, (85,) * 3, (170,) * 3, (255,) * 3)
GREYS = quadrants((32, 16), TONES).convert("L")
#: The same four colours however they are stored.
COLOURS = {
    "jpeg": saved(FOUR, "JPEG"),
    "jpeg of halved colours": saved(FOUR, "JPEG", subsampling=2),
    "progressive jpeg": saved(FOUR, "JPEG", progressive=True),
    "jpeg of inks": cmyk_jpeg(FOUR),
    "jpeg of inks without a marker": cmyk_jpeg(FOUR, adobe=False),
    "jpeg of inks as Photoshop writes them": ycck_jpeg(FOUR),
    "jpeg of red, green and blue": saved(FOUR, "JPEG", keep_rgb=True),
    "png": saved(FOUR),
    "png of a palette": saved(FOUR.quantize(8)),
    "png of 16 bits": png_of_16_bits(FOUR),
    "png of 16 bits with alpha": png_of_16_bits(FOUR.convert("RGBA")),
    "png with alpha": saved(FOUR.convert("RGBA")),
    "gif": saved(FOUR, "GIF"),
    "gif that is interlaced": saved(FOUR, "GIF", interlace=1),
    "webp": saved(FOUR, "WEBP"),
    "lossy webp": saved(FOUR, "WEBP", lossless=False, quality=100),
    "webp with alpha": saved(FOUR.convert("RGBA"), "WEBP"),
    "tiff": saved(FOUR, "TIFF"),
    "packed tiff": saved(FOUR, "TIFF", compression="tiff_lzw"),
    "deflated tiff": saved(FOUR, "TIFF", compression="tiff_adobe_deflate"),
    "jpeg in tiff": saved(FOUR, "TIFF", compression="jpeg", quality=95),
    "tiff of inks": saved(FOUR.convert("CMYK"), "TIFF"),
    "tiff of luminance": saved(FOUR.convert("YCbCr"), "TIFF"),
    "tiff of a palette": saved(FOUR.quantize(8), "TIFF"),
    "tiff with alpha": saved(FOUR.convert("RGBA"), "TIFF"),
    "bmp": saved(FOUR, "BMP"),
    "bmp of a palette": saved(FOUR.quantize(8), "BMP"),
    "bmp with alpha": saved(FOUR.convert("RGBA"), "BMP"),
}
#: The same four greys.
TONED = {
    "jpeg": saved(GREYS, "JPEG"),
    "png": saved(GREYS),
    "png of two bits": png((32, 16), 2, 0, (b"\x00" * 4 + b"\x55" * 4) * 8 + (b"\xaa" * 4 + b"\xff" * 4) * 8),
    "png of 16 bits": png_of_16_bits(GREYS),
    "png with alpha": saved(GREYS.convert("LA")),
    "png of 16 bits with alpha": png_of_16_bits(GREYS.convert("LA")),
    "gif": saved(GREYS, "GIF"),
    "tiff": saved(GREYS, "TIFF"),
    "tiff of 16 bits": saved(picture(png_of_16_bits(GREYS)), "TIFF"),
    "bmp": saved(GREYS, "BMP"),
}


class TestModes:
    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("name", COLOURS)
    async def test_of_colours(self, ada: Person, group: Room, name: str, output: str) -> None:
        query = {"output_format": output, "quality": "Highest"}
        for show, area in ((preview, "0x0"), (preview, "64x32"), (thumbnail, "32x16"), (thumbnail, "24x12")):
            assert_quadrants(opaque(await show(ada, group, COLOURS[name], area, **query)), tolerance=40)

    @pytest.mark.parametrize("output", OUTPUTS)
    @pytest.mark.parametrize("name", TONED)
    async def test_of_greys(self, ada: Person, group: Room, name: str, output: str) -> None:
        query = {"output_format": output, "quality": "Highest"}
        for show, area in ((preview, "0x0"), (preview, "64x32"), (thumbnail, "24x12")):
            shown = opaque(await show(ada, group, TONED[name], area, **query))
            assert_quadrants(shown, colours=TONES, tolerance=24)

    async def test_grey_stays_grey(self, ada: Person, group: Room) -> None:
        for name in ("jpeg", "png", "png of 16 bits", "tiff", "tiff of 16 bits"):
            for output in ("Png", "Jpeg"):
                shown = await preview(ada, group, TONED[name], "24x12", output_format=output)
                assert shown.mode == "L", name
        assert (await preview(ada, group, saved(plain((9, 100), mode="LA")), "8x4", output_format="Png")).mode == "LA"

    @pytest.mark.parametrize("output", OUTPUTS)
    async def test_of_black_and_white(self, ada: Person, group: Room, output: str) -> None:
        drawn = quadrants((32, 16), (WHITE, BLACK, BLACK, WHITE)).convert("1")
        for container in ("PNG", "TIFF", "BMP", "GIF"):
            for area in ("0x0", "16x8", "64x32"):
                shown = await preview(
                    ada, group, saved(drawn, container), area, output_format=output, quality="Highest"
                )
                assert_quadrants(opaque(shown), colours=(WHITE, BLACK, BLACK, WHITE), tolerance=16)

    async def test_black_and_white_becomes_grey_where_it_is_scaled(self, ada: Person, group: Room) -> None:
        lines = Image.frombytes("L", (32, 32), (b"\xff" * 32 + b"\0" * 32) * 16).convert("1")
        shown = opaque(await preview(ada, group, saved(lines), "8x8", output_format="Png"))
        assert_colour(shown, (4, 4), GREY, 16)

    @pytest.mark.parametrize("output", ["Jpeg", "Png", "Webp"])
    async def test_of_16_bits_are_scaled_and_not_clipped(self, ada: Person, group: Room, output: str) -> None:
        levels = Image.linear_gradient("L").resize((16, 64))
        for source in (png_of_16_bits(levels), saved(picture(png_of_16_bits(levels)), "TIFF")):
            shown = await preview(ada, group, source, "16x64", output_format=output, quality="Highest")
            assert difference(opaque(shown), levels) < 3

    async def test_of_lab(self, ada: Person, group: Room) -> None:
        to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        source = saved(ImageCms.applyTransform(FOUR, to_lab), "TIFF")
        for output in OUTPUTS:
            assert_quadrants(await preview(ada, group, source, output_format=output, quality="Highest"), tolerance=40)

    @pytest.mark.parametrize("mode", ["I", "F"])
    async def test_of_numbers_open(self, ada: Person, group: Room, mode: str) -> None:
        source = saved(GREYS.convert(mode), "TIFF")
        for output in OUTPUTS:
            assert (await preview(ada, group, source, "16x8", output_format=output)).size == (16, 8)

    async def test_a_gradient_of_inks(self, ada: Person, group: Room) -> None:
        drawn = gradient((64, 48))
        source = cmyk_jpeg(drawn)
        shown = await preview(ada, group, source, "64x48", output_format="Png")
        assert difference(opaque(shown), drawn) < 4


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
        for show, area in ((preview, "0x0"), (preview, "16x8"), (thumbnail, "64x32"), (thumbnail, "16x16")):
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


#: Pictures with a profile, and what their colours are in sRGB.
PROFILED = {
    "jpeg": (saved(FOUR, "JPEG", icc_profile=of_swapped_colours()), (BLUE, GREEN, RED, (0, 255, 255))),
    "png": (saved(FOUR, icc_profile=of_swapped_colours()), (BLUE, GREEN, RED, (0, 255, 255))),
    "webp": (saved(FOUR, "WEBP", icc_profile=of_swapped_colours()), (BLUE, GREEN, RED, (0, 255, 255))),
    "tiff": (saved(FOUR, "TIFF", icc_profile=of_swapped_colours()), (BLUE, GREEN, RED, (0, 255, 255))),
    "png of a palette": (
        saved(FOUR.quantize(8), icc_profile=of_swapped_colours()),
        (BLUE, GREEN, RED, (0, 255, 255)),
    ),
    "png with alpha": (
        saved(FOUR.convert("RGBA"), icc_profile=of_swapped_colours()),
        (BLUE, GREEN, RED, (0, 255, 255)),
    ),
    "grey png": (saved(GREYS, icc_profile=of_linear_grey()), (BLACK, (156,) * 3, (213,) * 3, WHITE)),
    "grey jpeg": (saved(GREYS, "JPEG", icc_profile=of_linear_grey()), (BLACK, (156,) * 3, (213,) * 3, WHITE)),
    "grey png with alpha": (
        saved(GREYS.convert("LA"), icc_profile=of_linear_grey()),
        (BLACK, (156,) * 3, (213,) * 3, WHITE),
    ),
}


class TestProfiles:
    @pytest.mark.parametrize("name", PROFILED)
    @pytest.mark.parametrize("output", OUTPUTS)
    async def test_are_honoured(self, ada: Person, group: Room, name: str, output: str) -> None:
        source, colours = PROFILED[name]
        for show, area in ((preview, "0x0"), (preview, "24x12"), (thumbnail, "32x16"), (thumbnail, "64x32")):
            shown = await show(ada, group, source, area, output_format=output, quality="Highest")
            assert_quadrants(opaque(shown), colours=colours, tolerance=40)
            assert "icc_profile" not in shown.info

    async def test_are_honoured_between_black_and_white(self, ada: Person, group: Room) -> None:
        for source in (
            saved(plain(GREY), icc_profile=of_swapped_colours()),
            saved(plain(128, mode="L"), icc_profile=of_linear_grey()),
            saved(plain(GREY), "JPEG", icc_profile=of_swapped_colours()),
        ):
            for area in ("0x0", "8x4"):
                shown = await preview(ada, group, source, area, output_format="Png")
                assert_colour(shown, (4, 2), (188, 188, 188), 4)

    @pytest.mark.parametrize("container", ["JPEG", "TIFF"])
    async def test_of_inks_are_honoured(self, ada: Person, group: Room, container: str) -> None:
        inks = [(255, 0, 0, 0), (0, 0, 0, 0), (0, 255, 0, 0), (0, 0, 0, 255)]
        drawn = Image.new("CMYK", (32, 16))
        for place, ink in zip(((0, 0), (16, 0), (0, 8), (16, 8)), inks, strict=True):
            drawn.paste(ink, (*place, place[0] + 16, place[1] + 8))
        source = saved(drawn, container, icc_profile=of_odd_inks())
        for area in ("0x0", "24x12"):
            for output in OUTPUTS:
                shown = await preview(ada, group, source, area, output_format=output, quality="Highest")
                assert_quadrants(opaque(shown), colours=((252, 0, 5), WHITE, BLACK, BLACK), tolerance=40)

    async def test_keep_what_is_transparent(self, ada: Person, group: Room) -> None:
        source = saved(half_transparent("RGBA"), icc_profile=of_swapped_colours())
        shown = await preview(ada, group, source, "16x8", output_format="Png")
        assert_colour(shown, (2, 4), (*BLUE, 255), 12)
        assert_colour(shown, (13, 4), NOTHING, 0)
        on_white = await preview(ada, group, source, "16x8", quality="Highest")
        assert_colour(on_white, (13, 4), WHITE, 12)

    async def test_do_not_colour_borders(self, ada: Person, group: Room) -> None:
        source = saved(plain(WHITE), icc_profile=of_swapped_colours())
        assert_colour(await preview(ada, group, source, "32x32"), (16, 2), BLACK, 2)

    @pytest.mark.parametrize(
        "profile",
        [b"nonsense", b"\0" * 128, of_swapped_colours()[:200], of_swapped_colours()[:-40] + b"\xff" * 40],
        ids=["no profile", "noughts", "cut off", "overwritten"],
    )
    async def test_that_cannot_be_read_are_ignored(self, ada: Person, group: Room, profile: bytes) -> None:
        for container in ("JPEG", "PNG", "WEBP", "TIFF"):
            source = saved(FOUR, container, icc_profile=profile)
            id = await ada.sent(group, "a", source)
            for area in ("0x0", "24x12"):
                answer = await asked(ada, id, area, output_format="Png")
                shown = picture(answer)
                assert "icc_profile" not in shown.info
                if not profile.endswith(b"\xff"):
                    assert_quadrants(opaque(shown), tolerance=40)

    async def test_of_other_colours_than_the_picture_are_ignored(self, ada: Person, group: Room) -> None:
        for drawn, profile in ((FOUR, of_linear_grey()), (FOUR, of_odd_inks()), (GREYS, of_swapped_colours())):
            shown = await preview(ada, group, saved(drawn, icc_profile=profile), "24x12", output_format="Png")
            expected = drawn.convert("RGB").resize((24, 12))
            assert difference(opaque(shown), expected) < 6

    async def test_of_srgb_change_nothing(self, ada: Person, group: Room) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        drawn = gradient((32, 24))
        shown = await preview(ada, group, saved(drawn, icc_profile=profile), output_format="Png")
        assert max(abs(a - b) for a, b in zip(opaque(shown).tobytes(), drawn.tobytes(), strict=True)) <= 2
