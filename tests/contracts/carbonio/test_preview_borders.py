"""What fills the area where the picture does not: nothing in Png and Webp, black in Jpeg and Gif."""

import pytest
from people import Person, Room
from pictures import (
    BLACK,
    NOTHING,
    RED,
    WHITE,
    Picture,
    asked,
    assert_box,
    assert_colour,
    cmyk_jpeg,
    extent,
    opaque,
    picture,
    plain,
    png_of_16_bits,
    preview,
    quadrants,
    saved,
    thumbnail,
    turned,
)

#: One bright colour in every mode.
BRIGHT = {
    "grey": saved(plain(255, mode="L")),
    "bilevel": saved(plain(1, mode="1")),
    "grey with transparency": saved(plain((255, 255), mode="LA")),
    "palette": saved(plain(RED).quantize(4)),
    "palette with transparency": saved(plain(RED).quantize(4), transparency=3),
    "colours": saved(plain(RED)),
    "colours with transparency": saved(plain((*RED, 255), mode="RGBA")),
    "16 bits": png_of_16_bits(plain(RED)),
    "grey of 16 bits": png_of_16_bits(plain(255, mode="L")),
    "inks": cmyk_jpeg(plain(RED)),
    "grey jpeg": saved(plain(255, mode="L"), "JPEG"),
    "turned": turned(plain(RED), 3),
    "gif": saved(plain(RED), "GIF"),
    "gif with transparency": saved(plain(RED).quantize(4), "GIF", transparency=3),
    "webp": saved(plain(RED), "WEBP"),
    "tiff": saved(plain(RED), "TIFF"),
    "bitmap": saved(plain(RED), "BMP"),
}


def assert_bordered(shown: Picture, border: tuple[int, ...]) -> None:
    """See borders of this colour, above and below or at the sides of 16x8 in 32x32, or doubled of 16x8 in 40x40."""
    # A JPEG's colours reach a little across the edge.
    tolerance = 40 if shown.format == "JPEG" else 0
    assert_box(extent(shown), (0, 8, 32, 24) if shown.width == 32 else (4, 12, 36, 28))
    edge = shown.width - 1
    if border == BLACK:
        opaque(shown)
    for place in ((0, 0), (edge, 0), (0, edge), (edge, edge), (edge // 2, 0), (edge // 2, edge), (0, 6), (edge, 6)):
        assert_colour(shown, place, border, tolerance)


class TestColours:
    @pytest.mark.parametrize("name", BRIGHT)
    async def test_of_every_kind_of_picture(self, ada: Person, group: Room, name: str) -> None:
        for output, border in (("Png", NOTHING), ("Webp", NOTHING), ("Jpeg", BLACK), ("Gif", BLACK)):
            query = {"output_format": output, "quality": "Highest"}
            assert_bordered(await preview(ada, group, BRIGHT[name], "32x32", **query), border)
            assert_bordered(await thumbnail(ada, group, BRIGHT[name], "40x40", **query), border)

    async def test_are_black_when_nothing_is_said(self, ada: Person, group: Room) -> None:
        shown = await preview(ada, group, saved(plain(WHITE)), "32x32")
        assert shown.format == "JPEG"
        assert_bordered(shown, BLACK)

    @pytest.mark.parametrize("output", ["Jpeg", "Gif"])
    async def test_stay_black_around_what_was_transparent(self, ada: Person, group: Room, output: str) -> None:
        """White is laid under the picture only; a GIF's border is black, its transparent pixels are not."""
        source = saved(plain((0, 0, 255, 0), mode="RGBA"))
        shown = (await preview(ada, group, source, "32x32", output_format=output)).convert("RGBA")
        assert_colour(shown, (16, 2), (*BLACK, 255), 2)
        assert_colour(shown, (16, 29), (*BLACK, 255), 2)
        inside = shown.getpixel((16, 16))
        assert inside == (255, 255, 255, 255) if output == "Jpeg" else inside[3] == 0


class TestPlaces:
    @pytest.mark.parametrize("output", ["Jpeg", "Png", "Gif", "Webp"])
    @pytest.mark.parametrize(
        ("area", "box"),
        [("16x12", (0, 2, 16, 10)), ("12x8", (0, 1, 12, 7)), ("24x8", (4, 0, 20, 8)), ("17x8", (0.5, 0, 16.5, 8))],
    )
    async def test_are_on_both_sides(
        self, *, ada: Person, group: Room, area: str, box: tuple[float, ...], output: str
    ) -> None:
        source = saved(plain(WHITE, (16, 8)))
        shown = await preview(ada, group, source, area, output_format=output, quality="Highest")
        left, top, right, bottom = box
        assert_box(extent(shown), (left, top, right, bottom))

    @pytest.mark.parametrize("output", ["Jpeg", "Gif"])
    async def test_of_one_pixel_are_black(self, ada: Person, group: Room, output: str) -> None:
        """However few of all pixels they are."""
        for container in ("PNG", "GIF"):
            source = saved(plain(WHITE, (500, 498)), container)
            shown = opaque(await preview(ada, group, source, "500x500", output_format=output, quality="Highest"))
            assert_colour(shown, (250, 0), BLACK, 100)
            assert_colour(shown, (250, 499), BLACK, 100)
            assert_colour(shown, (250, 250), WHITE, 8)

    async def test_are_as_sharp_as_the_area(self, ada: Person, group: Room) -> None:
        """No pixel of the picture fades into them."""
        for area in ("64x64", "31x31"):
            shown = await preview(ada, group, saved(plain(RED, (64, 32))), area, output_format="Png")
            colours = shown.convert("RGBA").getcolors()
            assert colours is not None
            assert {colour for _, colour in colours} == {(255, 0, 0, 255), NOTHING}

    async def test_there_are_none_where_the_picture_fills_the_area(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((40, 20)))
        for output in ("Jpeg", "Png", "Gif", "Webp"):
            for show, area in ((preview, "20x10"), (preview, "80x40"), (thumbnail, "30x30"), (thumbnail, "10x40")):
                shown = opaque(await show(ada, group, source, area, output_format=output, quality="Highest"))
                assert extent(shown) == (0, 0, *shown.size)

    async def test_and_transparency_only_where_it_is_needed(self, ada: Person, group: Room) -> None:
        """What is opaque has no alpha, which would only cost bytes."""
        id = await ada.sent(group, "a", saved(quadrants((40, 20))))
        without = picture(await asked(ada, id, "20x10", output_format="Png"))
        assert (without.mode, "transparency" in without.info) == ("RGB", False)
        assert picture(await asked(ada, id, "20x20", output_format="Png")).mode == "RGBA"
        grey = await ada.sent(group, "a", saved(plain(200, (40, 20), mode="L")))
        assert picture(await asked(ada, grey, "20x10", output_format="Png")).mode == "L"
        assert picture(await asked(ada, grey, "20x20", output_format="Png")).mode == "LA"
