"""Every colour mode is shown in its right colours, whatever format it comes in and is asked for in."""

import pytest
from containers import png
from people import Person, Room
from pictures import (
    BLACK,
    GREY,
    WHITE,
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
    @pytest.mark.parametrize("name", COLOURS)
    async def test_of_colours(self, ada: Person, group: Room, name: str) -> None:
        for output in OUTPUTS:
            for show, area in ((preview, "0x0"), (thumbnail, "24x12")):
                shown = await show(ada, group, COLOURS[name], area, output_format=output, quality="Highest")
                assert_quadrants(opaque(shown), tolerance=40)

    @pytest.mark.parametrize("name", TONED)
    async def test_of_greys(self, ada: Person, group: Room, name: str) -> None:
        for output in OUTPUTS:
            for show, area in ((preview, "0x0"), (thumbnail, "24x12")):
                shown = await show(ada, group, TONED[name], area, output_format=output, quality="Highest")
                assert_quadrants(opaque(shown), colours=TONES, tolerance=24)

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
