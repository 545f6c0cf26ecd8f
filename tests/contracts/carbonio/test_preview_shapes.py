"""Thumbnails of both shapes: a rounded one is an ellipse that fills the area, with a smooth edge."""

from functools import lru_cache

import pytest
from people import Person, Room
from pictures import (
    BLACK,
    GREEN,
    NOTHING,
    RED,
    WHITE,
    Picture,
    Size,
    assert_colour,
    assert_quadrants,
    difference,
    extent,
    opaque,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
    turned,
)
from PIL import Image, ImageChops, ImageDraw, ImageStat

FINELY = 16
SIZES = [(32, 32), (40, 24), (24, 40), (33, 17), (64, 16), (100, 75)]


@lru_cache
def ellipse(size: Size) -> Picture:
    """Return how much of each pixel is in the ellipse that fills the size, counted in 256 parts of it."""
    width, height = size[0] * FINELY, size[1] * FINELY
    drawn = Image.new("L", (width, height))
    ImageDraw.Draw(drawn).ellipse((0, 0, width - 1, height - 1), fill=255)
    return drawn.resize(size, Image.Resampling.BOX)


def far(one: Picture, other: Picture) -> tuple[float, int]:
    """Return by how much two pictures of one band differ in the mean, and where they differ most."""
    apart = ImageChops.difference(one, other)
    return ImageStat.Stat(apart).mean[0], max(apart.tobytes())


async def rounded(ada: Person, group: Room, source: bytes, area: str, output: str = "Png") -> Picture:
    return await thumbnail(ada, group, source, area, shape="Rounded", output_format=output, quality="Highest")


class TestRounded:
    @pytest.mark.parametrize("size", SIZES, ids=str)
    @pytest.mark.parametrize("output", ["Png", "Webp"])
    async def test_is_an_ellipse_with_nothing_around_it(
        self, ada: Person, group: Room, size: Size, output: str
    ) -> None:
        shown = await rounded(ada, group, saved(plain(RED, (120, 90))), f"{size[0]}x{size[1]}", output)
        assert (shown.size, shown.mode) == (size, "RGBA")
        mean, most = far(shown.getchannel("A"), ellipse(size))
        assert mean < 3
        assert most < 64

    @pytest.mark.parametrize("size", SIZES, ids=str)
    async def test_is_an_ellipse_on_black_in_jpeg(self, ada: Person, group: Room, size: Size) -> None:
        shown = await rounded(ada, group, saved(plain(WHITE, (120, 90))), f"{size[0]}x{size[1]}", "Jpeg")
        mean, most = far(opaque(shown).convert("L"), ellipse(size))
        assert mean < 5
        assert most < 80

    @pytest.mark.parametrize("size", SIZES, ids=str)
    async def test_is_an_ellipse_on_black_in_gif(self, ada: Person, group: Room, size: Size) -> None:
        shown = await rounded(ada, group, saved(plain(WHITE, (120, 90))), f"{size[0]}x{size[1]}", "Gif")
        mean, most = far(opaque(shown).convert("L"), ellipse(size))
        assert mean < 5
        assert most < 80

    @pytest.mark.parametrize(("output", "band"), [("Png", "A"), ("Webp", "A"), ("Jpeg", "R"), ("Gif", "R")])
    async def test_its_edge_is_smooth(self, ada: Person, group: Room, output: str, band: str) -> None:
        shown = await rounded(ada, group, saved(plain(WHITE, (64, 64))), "64x64", output)
        values = shown.convert("RGBA").getchannel(band).tobytes()
        between = {value for value in values if 16 < value < 240}
        assert len(between) >= 8
        assert sum(16 < value < 240 for value in values) <= 64 * 6

    async def test_touches_all_four_edges(self, ada: Person, group: Room) -> None:
        for area in ("40x40", "50x30"):
            shown = await rounded(ada, group, saved(plain(RED, (50, 50))), area)
            box = shown.getchannel("A").point(lambda value: 255 if value > 100 else 0).getbbox()
            assert box == (0, 0, *shown.size)
            assert_colour(shown, (0, 0), NOTHING, 0)
            assert_colour(shown, (shown.width - 1, shown.height - 1), NOTHING, 0)

    async def test_looks_the_same_turned_round(self, ada: Person, group: Room) -> None:
        shown = (await rounded(ada, group, saved(plain(RED, (50, 50))), "41x30")).getchannel("A")
        for turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
            assert far(shown, shown.transpose(turn))[1] <= 8

    @pytest.mark.parametrize("area", ["1x1", "2x2", "3x1", "1x9"])
    async def test_the_smallest_are_seen(self, ada: Person, group: Room, area: str) -> None:
        for output in ("Jpeg", "Png", "Gif", "Webp"):
            shown = await rounded(ada, group, saved(plain(RED, (20, 20))), area, output)
            assert f"{shown.width}x{shown.height}" == area
            middle = (shown.width // 2, shown.height // 2)
            assert shown.convert("RGBA").getpixel(middle)[3] > 128
            assert shown.convert("RGB").getpixel(middle)[0] > 128

    async def test_nought_is_the_original_size(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((40, 30)))
        for area, size in (("0x0", (40, 30)), ("0x20", (40, 20)), ("20x0", (20, 30))):
            shown = await rounded(ada, group, source, area)
            assert shown.size == size
            assert far(shown.getchannel("A"), ellipse(size))[0] < 3

    async def test_what_is_in_it_is_the_cropped_picture(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((80, 40)))
        shown = await rounded(ada, group, source, "40x40")
        whole = await thumbnail(ada, group, source, "40x40", output_format="Png")
        inside = (10, 10, 30, 30)
        assert difference(shown.crop(inside), whole.crop(inside)) < 1
        assert_quadrants(shown.convert("RGB"), inside, tolerance=60)


class TestRoundedSources:
    async def test_what_was_transparent_stays_so(self, ada: Person, group: Room) -> None:
        drawn = plain((*RED, 255), (40, 40), "RGBA")
        drawn.paste((0, 0, 255, 0), (20, 0, 40, 40))
        for output in ("Png", "Webp"):
            shown = await rounded(ada, group, saved(drawn), "40x40", output)
            assert_colour(shown, (10, 20), (*RED, 255))
            assert shown.getpixel((30, 20))[3] == 0
            assert shown.getpixel((1, 1))[3] == 0

    async def test_what_was_half_transparent_stays_so(self, ada: Person, group: Room) -> None:
        shown = await rounded(ada, group, saved(plain((*RED, 100), (40, 40), "RGBA")), "40x40")
        expected = ellipse((40, 40)).point(lambda value: round(value * 100 / 255))
        assert far(shown.getchannel("A"), expected)[0] < 3

    async def test_what_was_transparent_is_white_in_the_ellipse_and_black_around_it_in_jpeg(
        self, ada: Person, group: Room
    ) -> None:
        shown = await rounded(ada, group, saved(plain((0, 0, 0, 0), (40, 40), "RGBA")), "40x40", "Jpeg")
        assert_colour(shown, (20, 20), WHITE)
        assert_colour(shown, (1, 1), BLACK)

    async def test_what_was_transparent_stays_so_in_the_ellipse_of_a_gif(self, ada: Person, group: Room) -> None:
        drawn = plain((*RED, 255), (40, 40), "RGBA")
        drawn.paste((0, 0, 0, 0), (20, 0, 40, 40))
        shown = (await rounded(ada, group, saved(drawn), "40x40", "Gif")).convert("RGBA")
        assert_colour(shown, (10, 20), (*RED, 255))
        assert shown.getpixel((30, 20))[3] == 0
        assert_colour(shown, (1, 1), (*BLACK, 255))

    async def test_small_pictures_have_borders_in_it(self, ada: Person, group: Room) -> None:
        source = saved(plain(RED, (10, 10)))
        shown = await rounded(ada, group, source, "60x60")
        assert extent(shown) == (20, 20, 40, 40)
        assert_colour(shown, (10, 30), NOTHING, 0)
        black = await rounded(ada, group, source, "60x60", "Jpeg")
        assert_colour(black, (10, 30), BLACK)
        assert_colour(black, (30, 30), RED, 24)

    async def test_every_mode(self, ada: Person, group: Room) -> None:
        grey = plain(200, (20, 20), "L")
        for drawn in (grey, grey.convert("1"), grey.convert("P"), grey.convert("LA"), grey.convert("RGB")):
            shown = await rounded(ada, group, saved(drawn), "20x20")
            assert far(shown.getchannel("A"), ellipse((20, 20)))[0] < 6
            assert_colour(shown, (10, 10), drawn.convert("RGB").getpixel((10, 10)), 2)

    async def test_turned_ones(self, ada: Person, group: Room) -> None:
        source = turned(quadrants((48, 24)), 6)
        shown = await rounded(ada, group, source, "48x24")
        assert far(shown.getchannel("A"), ellipse((48, 24)))[0] < 3
        assert_quadrants(shown.convert("RGB"), (12, 6, 36, 18), tolerance=60)

    async def test_of_the_right_size_and_format_are_not_passed_through(self, ada: Person, group: Room) -> None:
        drawn = plain(GREEN, (20, 20))
        for container, output in (("PNG", "Png"), ("JPEG", "Jpeg"), ("GIF", "Gif"), ("WEBP", "Webp")):
            source = saved(drawn, container)
            for area in ("0x0", "20x20"):
                shown = await rounded(ada, group, source, area, output)
                corner = shown.convert("RGBA").getpixel((0, 0))
                assert corner[3] == 0 or max(corner[:3]) < 24
                assert_colour(shown.convert("RGB"), (10, 10), GREEN)


class TestRectangular:
    @pytest.mark.parametrize("query", [{}, {"shape": "Rectangular"}, {"shape": "rectangular"}, {"shape": ""}], ids=str)
    async def test_fills_its_corners(self, ada: Person, group: Room, query: dict[str, str]) -> None:
        for output in ("Jpeg", "Png", "Gif", "Webp"):
            shown = await thumbnail(
                ada, group, saved(quadrants((80, 60))), "40x30", output_format=output, quality="Highest", **query
            )
            assert extent(opaque(shown)) == (0, 0, 40, 30)
            assert_quadrants(shown, tolerance=40)

    async def test_previews_have_no_shape(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((40, 30)))
        shown = await preview(ada, group, source, "20x15", shape="Rounded", output_format="Png")
        assert_quadrants(opaque(shown), tolerance=24)
        assert picture(source).size == (40, 30)
