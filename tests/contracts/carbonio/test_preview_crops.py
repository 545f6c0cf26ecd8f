"""Image previews with `crop`, and thumbnails: the area is covered, from the middle, and never by more than twofold."""

import pytest
from people import Person, Room
from pictures import (
    BLUE,
    GREEN,
    RED,
    TYPES,
    WHITE,
    YELLOW,
    Box,
    Picture,
    Size,
    asked,
    assert_box,
    assert_colour,
    assert_quadrants,
    difference,
    extent,
    opaque,
    photograph,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
#: Decoding of a JPEG may be scaled, which is not quite the same.
TOLERANCE = {"PNG": 1, "JPEG": 2}


def banded(size: Size, *, across: bool) -> Picture:
    """Draw four bands of the same width: red, green, blue, yellow."""
    bands = Image.new("RGB", (4, 1))
    bands.putdata([RED, GREEN, BLUE, YELLOW])
    turned = bands if across else bands.transpose(Image.Transpose.ROTATE_270)
    return turned.resize(size, Image.Resampling.NEAREST)


async def both(ada: Person, group: Room, source: bytes, area: str) -> Picture:
    """Return what preview and thumbnail make alike of a picture, as a PNG."""
    id = await ada.sent(group, "a", source)
    thumb = await asked(ada, id, area, "thumbnail", output_format="Png")
    cropped = await asked(ada, id, area, crop="true", output_format="Png")
    assert thumb.content == cropped.content
    return picture(thumb)


class TestCovering:
    @pytest.mark.parametrize("area", ["20x20", "10x10", "40x40", "60x60", "80x80", "2x2"])
    async def test_the_middle_of_a_wide_picture_is_kept(self, ada: Person, group: Room, area: str) -> None:
        shown = opaque(await both(ada, group, saved(banded((160, 40), across=True)), area))
        side = shown.width
        assert shown.size == (side, side)
        # A square of it is a quarter of its width: half a band of green, half a band of blue.
        assert_colour(shown, (0, side / 2), GREEN, 60)
        assert_colour(shown, (side - 1, side / 2), BLUE, 60)

    @pytest.mark.parametrize("area", ["20x20", "40x40", "80x80"])
    async def test_the_middle_of_a_high_picture_is_kept(self, ada: Person, group: Room, area: str) -> None:
        shown = opaque(await both(ada, group, saved(banded((40, 160), across=False)), area))
        side = shown.width
        assert_colour(shown, (side / 2, 0), GREEN, 24)
        assert_colour(shown, (side / 2, side - 1), BLUE, 24)

    @pytest.mark.parametrize(
        ("size", "area", "kept"),
        [
            ((400, 300), "40x40", (50, 0, 350, 300)),
            ((400, 300), "100x25", (0, 100, 400, 200)),
            ((400, 300), "25x75", (150, 0, 250, 300)),
            ((400, 300), "200x100", (0, 50, 400, 250)),
            ((300, 400), "60x60", (0, 50, 300, 350)),
            ((400, 300), "300x300", (50, 0, 350, 300)),
            ((400, 300), "400x100", (0, 100, 400, 200)),
            ((400, 300), "450x450", (50, 0, 350, 300)),
            ((400, 300), "80x60", (0, 0, 400, 300)),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("container", ["PNG", "JPEG"])
    async def test_as_finely_as_bicubic(
        self, *, ada: Person, group: Room, size: Size, area: str, kept: Box, container: str
    ) -> None:
        source = saved(photograph(size), container)
        shown = opaque(await both(ada, group, source, area))
        width, height = (int(number) for number in area.split("x"))
        assert shown.size == (width, height)
        assert difference(shown, picture(source).resize((width, height), BICUBIC, box=kept)) < TOLERANCE[container]

    async def test_of_the_same_proportions_nothing_is_cropped(self, ada: Person, group: Room) -> None:
        for area in ("48x24", "24x12", "96x48", "192x96"):
            shown = opaque(await both(ada, group, saved(quadrants((96, 48))), area))
            assert_quadrants(shown, tolerance=24)

    @pytest.mark.parametrize(
        ("area", "size", "seen"),
        [
            ("0x0", (64, 16), (RED, YELLOW)),
            ("16x0", (16, 16), (GREEN, BLUE)),
            ("32x0", (32, 16), (GREEN, BLUE)),
            ("0x8", (64, 8), (RED, YELLOW)),
            ("0x32", (64, 32), (GREEN, BLUE)),
        ],
    )
    async def test_nought_is_the_original_size_of_that_axis(
        self, *, ada: Person, group: Room, area: str, size: Size, seen: tuple[tuple[int, ...], ...]
    ) -> None:
        shown = opaque(await both(ada, group, saved(banded((64, 16), across=True)), area))
        assert shown.size == size
        assert_colour(shown, (2, size[1] // 2), seen[0], 24)
        assert_colour(shown, (size[0] - 3, size[1] // 2), seen[1], 24)

    @pytest.mark.parametrize(("area", "size"), [("8192x1", (8192, 1)), ("1x8192", (1, 8192)), ("1x1", (1, 1))])
    async def test_extreme_areas(self, ada: Person, group: Room, area: str, size: Size) -> None:
        shown = await both(ada, group, saved(plain(WHITE, (100, 80))), area)
        assert shown.size == size
        assert_colour(shown, (size[0] // 2, size[1] // 2), WHITE, 1)


class TestSmallPictures:
    """Of less than half the area on an axis: borders fill what twofold enlargement leaves."""

    @pytest.mark.parametrize(
        ("size", "area", "box"),
        [
            ((20, 20), "40x40", (0, 0, 40, 40)),
            ((20, 20), "41x41", (0, 0, 41, 41)),
            ((20, 20), "50x50", (5, 5, 45, 45)),
            ((20, 20), "100x40", (30, 0, 70, 40)),
            ((20, 20), "40x100", (0, 30, 40, 70)),
            ((20, 20), "100x30", (30, 0, 70, 30)),
            ((20, 20), "30x100", (0, 30, 30, 70)),
            ((40, 10), "60x60", (0, 20, 60, 40)),
            ((10, 40), "60x60", (20, 0, 40, 60)),
            ((40, 10), "80x30", (0, 5, 80, 25)),
        ],
        ids=str,
    )
    async def test_are_in_the_middle_of_borders(
        self, ada: Person, group: Room, size: Size, area: str, box: Box
    ) -> None:
        shown = await both(ada, group, saved(plain(RED, size)), area)
        assert f"{shown.width}x{shown.height}" == area
        assert_box(extent(shown), box)

    async def test_are_cropped_on_the_other_axis_from_the_middle(self, ada: Person, group: Room) -> None:
        shown = await both(ada, group, saved(banded((80, 10), across=True)), "80x80")
        # Enlarged twofold it is 160x20, of which the middle 80 are kept.
        assert_box(extent(shown), (0, 30, 80, 50))
        assert_colour(shown, (2, 40), GREEN)
        assert_colour(shown, (77, 40), BLUE)

    async def test_of_one_pixel(self, ada: Person, group: Room) -> None:
        shown = await both(ada, group, saved(plain(RED, (1, 1))), "6x6")
        assert_box(extent(shown), (2, 2, 4, 4))
        assert_colour(shown, (2.5, 2.5), RED)


class TestAlike:
    """A thumbnail is the preview that is cropped."""

    @pytest.mark.parametrize("output", ["Jpeg", "Png", "Gif", "Webp"])
    async def test_to_the_byte_with_the_same_tag(self, ada: Person, group: Room, output: str) -> None:
        id = await ada.sent(group, "a", saved(quadrants((40, 30))))
        for area in ("20x20", "0x0", "100x100"):
            query = {"output_format": output, "quality": "High"}
            cropped = await asked(ada, id, area, crop="true", **query)
            thumb = await asked(ada, id, area, "thumbnail", **query)
            assert thumb.headers["content-type"] == TYPES[output.upper()]
            assert thumb.content == cropped.content
            assert thumb.headers["etag"] == cropped.headers["etag"]

    async def test_but_not_the_one_that_is_not(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((40, 20)))
        fitted = await preview(ada, group, source, "20x20", output_format="Png")
        assert_box(extent(fitted), (0, 5, 20, 15))
        cropped = await preview(ada, group, source, "20x20", output_format="Png", crop="true")
        assert_box(extent(cropped), (0, 0, 20, 20))

    async def test_whatever_is_said_of_cropping(self, ada: Person, group: Room) -> None:
        source = saved(quadrants((40, 20)))
        for crop in ("false", "true", ""):
            shown = await thumbnail(ada, group, source, "20x20", output_format="Png", crop=crop)
            assert_box(extent(shown), (0, 0, 20, 20))
