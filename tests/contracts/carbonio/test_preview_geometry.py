"""Image previews: how large they are, where the picture is in them, that it is upright, and how finely it is scaled.

What is done at the original size is in test_preview_unchanged.py, what is cropped in test_preview_crops.py.
"""

import pytest
from people import Person, Room
from pictures import (
    BLACK,
    BLUE,
    FORMATS,
    GREEN,
    ORIENTATIONS,
    RED,
    WHITE,
    Box,
    Picture,
    Size,
    assert_box,
    assert_colour,
    assert_quadrants,
    difference,
    extent,
    gradient,
    opaque,
    photograph,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
    turned,
)
from PIL import Image

BICUBIC = Image.Resampling.BICUBIC
#: Decoding of a JPEG may be scaled, which is not quite the same.
TOLERANCE = {"PNG": 1, "WEBP": 1, "JPEG": 2}


def size_of(area: str) -> Size:
    width, height = area.split("x")
    return int(width), int(height)


class TestFitted:
    """Into the area, without cropping: the output is the area, the picture is in its middle."""

    @pytest.mark.parametrize(
        ("size", "area", "box"),
        [
            ((80, 40), "40x20", (0, 0, 40, 20)),
            ((80, 40), "40x40", (0, 10, 40, 30)),
            ((80, 40), "80x80", (0, 20, 80, 60)),
            ((80, 40), "20x40", (0, 15, 20, 25)),
            ((40, 80), "40x40", (10, 0, 30, 40)),
            ((40, 80), "40x20", (15, 0, 25, 20)),
            ((80, 40), "120x40", (20, 0, 100, 40)),
            ((80, 40), "79x41", (0, 0.75, 79, 40.25)),
            ((45, 45), "31x17", (7, 0, 24, 17)),
            ((45, 20), "37x37", (0, 10, 37, 27)),
        ],
        ids=str,
    )
    async def test_the_whole_picture_is_in_the_middle(
        self, ada: Person, group: Room, size: Size, area: str, box: Box
    ) -> None:
        shown = await preview(ada, group, saved(quadrants(size)), area, output_format="Png", crop="false")
        assert shown.size == size_of(area)
        assert_box(extent(shown), box)
        assert_quadrants(shown, extent(shown), tolerance=24)

    @pytest.mark.parametrize(
        ("size", "area", "box"),
        [
            ((20, 10), "30x15", (0, 0, 30, 15)),
            ((20, 10), "40x20", (0, 0, 40, 20)),
            ((20, 10), "41x21", (0, 0, 41, 21)),
            ((20, 10), "50x30", (5, 5, 45, 25)),
            ((20, 10), "100x100", (30, 40, 70, 60)),
            ((20, 10), "40x100", (0, 40, 40, 60)),
            ((20, 10), "100x20", (30, 0, 70, 20)),
            ((1, 1), "5x5", (1.5, 1.5, 3.5, 3.5)),
        ],
        ids=str,
    )
    async def test_is_enlarged_at_most_twofold(self, ada: Person, group: Room, size: Size, area: str, box: Box) -> None:
        drawn = quadrants(size) if size[0] > 1 else plain(RED, size)
        shown = await preview(ada, group, saved(drawn), area, output_format="Png")
        assert shown.size == size_of(area)
        assert_box(extent(shown), box)

    @pytest.mark.parametrize(
        ("area", "size", "box"),
        [
            ("0x0", (40, 20), (0, 0, 40, 20)),
            ("0x10", (40, 10), (10, 0, 30, 10)),
            ("20x0", (20, 20), (0, 5, 20, 15)),
            ("0x40", (40, 40), (0, 10, 40, 30)),
            ("80x0", (80, 20), (20, 0, 60, 20)),
            ("0x20", (40, 20), (0, 0, 40, 20)),
            ("40x0", (40, 20), (0, 0, 40, 20)),
        ],
    )
    async def test_nought_is_the_original_size_of_that_axis(
        self, *, ada: Person, group: Room, area: str, size: Size, box: Box
    ) -> None:
        for output in ("Jpeg", "Png", "Gif", "Webp"):
            query = {"output_format": output, "quality": "Highest"}
            shown = await preview(ada, group, saved(quadrants((40, 20))), area, **query)
            assert shown.size == size
            assert_box(extent(shown), box)

    @pytest.mark.parametrize("area", ["1x1", "2x3", "8x6", "16x16", "79x79", "80x20"])
    async def test_there_is_no_smallest_output(self, ada: Person, group: Room, area: str) -> None:
        source = saved(plain(GREEN, (200, 150)))
        for show in (preview, thumbnail):
            shown = await show(ada, group, source, area)
            assert shown.size == size_of(area)
            assert_colour(shown, (shown.width // 2, shown.height // 2), GREEN, 24)

    @pytest.mark.parametrize(("size", "area"), [((2000, 2), "10x10"), ((2, 2000), "10x10"), ((3000, 1), "1x1")])
    async def test_the_thinnest_picture_does_not_vanish(self, ada: Person, group: Room, size: Size, area: str) -> None:
        shown = await preview(ada, group, saved(plain(WHITE, size)), area, output_format="Png")
        assert shown.size == size_of(area)
        assert_box(extent(shown), (0, 5, 10, 6) if size[1] == 2 else (5, 0, 6, 10) if size[0] == 2 else (0, 0, 1, 1))

    async def test_from_every_format_to_every_other(self, ada: Person, group: Room) -> None:
        for container in FORMATS:
            id = saved(quadrants((80, 40)), container)
            for output in ("Jpeg", "Png", "Gif", "Webp"):
                shown = await preview(ada, group, id, "60x60", output_format=output, quality="Highest")
                assert shown.size == (60, 60)
                assert_box(extent(shown), (0, 15, 60, 45))
                assert_quadrants(shown, (1, 16, 59, 44), tolerance=32)

    async def test_the_largest_area(self, ada: Person, group: Room) -> None:
        for area in ("8192x1", "1x8192"):
            shown = await preview(ada, group, saved(plain(RED, (2, 2))), area, output_format="Png")
            assert shown.size == size_of(area)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
class TestOrientation:
    @pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP", "TIFF"])
    async def test_is_applied_before_anything_is_measured(
        self, ada: Person, group: Room, orientation: int, container: str
    ) -> None:
        source = turned(quadrants((48, 24)), orientation, container)
        for area, size, box in (
            ("0x0", (48, 24), (0, 0, 48, 24)),
            ("24x0", (24, 24), (0, 6, 24, 18)),
            ("0x12", (48, 12), (12, 0, 36, 12)),
            ("24x24", (24, 24), (0, 6, 24, 18)),
            ("24x12", (24, 12), (0, 0, 24, 12)),
        ):
            shown = await preview(ada, group, source, area, output_format="Png")
            assert shown.size == size
            assert_box(extent(shown), box)
            assert_quadrants(shown, extent(shown), tolerance=40)

    @pytest.mark.parametrize("output", ["Jpeg", "Png", "Gif", "Webp"])
    async def test_is_applied_in_every_output(self, ada: Person, group: Room, orientation: int, output: str) -> None:
        source = turned(quadrants((48, 24)), orientation)
        for show, area in ((preview, "0x0"), (preview, "24x12"), (thumbnail, "24x12"), (thumbnail, "0x0")):
            shown = await show(ada, group, source, area, output_format=output, quality="Highest")
            assert_quadrants(shown, tolerance=40)
            assert shown.getexif().get(0x0112, 1) == 1

    async def test_is_applied_before_it_is_cropped(self, ada: Person, group: Room, orientation: int) -> None:
        drawn = plain(BLACK, (60, 30))
        drawn.paste(RED, (15, 0, 30, 30))
        drawn.paste(GREEN, (30, 0, 45, 30))
        for area, middle in (("30x30", (0, 15)), ("10x10", (0, 5))):
            shown = await thumbnail(ada, group, turned(drawn, orientation), area, quality="Highest")
            assert_colour(shown, (middle[1] * 0.5, 2), RED, 40)
            assert_colour(shown, (middle[1] * 1.5, 2), GREEN, 40)

    async def test_is_applied_to_large_photographs(self, ada: Person, group: Room, orientation: int) -> None:
        drawn = photograph((640, 480))
        shown = await preview(ada, group, turned(drawn, orientation), "80x60", output_format="Png")
        assert difference(opaque(shown), drawn.resize((80, 60), BICUBIC)) < 2


class TestOddOrientations:
    @pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
    async def test_are_none(self, ada: Person, group: Room, orientation: int) -> None:
        shown = await preview(ada, group, turned(quadrants(), orientation), output_format="Png")
        assert shown.size == (16, 8)
        assert_quadrants(shown, tolerance=24)


class TestScaling:
    """As good as Pillow's bicubic on a full decode, from which the nearest pixels are up to twenty times as far."""

    @pytest.mark.parametrize("size", [(300, 225), (200, 150), (133, 100), (100, 75), (51, 38), (40, 30), (16, 12)])
    @pytest.mark.parametrize("container", ["PNG", "JPEG", "WEBP"])
    async def test_down(self, ada: Person, group: Room, size: Size, container: str) -> None:
        source = saved(photograph(), container)
        expected = picture(source).convert("RGB").resize(size, BICUBIC)
        area = f"{size[0]}x{size[1]}"
        for show in (preview, thumbnail):
            shown = await show(ada, group, source, area, output_format="Png")
            assert difference(opaque(shown), expected) < TOLERANCE[container]

    @pytest.mark.parametrize("size", [(401, 301), (600, 450), (800, 600)])
    @pytest.mark.parametrize("container", ["PNG", "JPEG"])
    async def test_up(self, ada: Person, group: Room, size: Size, container: str) -> None:
        source = saved(photograph(), container)
        shown = await preview(ada, group, source, f"{size[0]}x{size[1]}", output_format="Png")
        assert difference(opaque(shown), picture(source).resize(size, BICUBIC)) < 1

    @pytest.mark.parametrize(
        "options",
        [{"subsampling": 2, "quality": 75}, {"progressive": True}, {"quality": 30}],
        ids=str,
    )
    async def test_of_a_large_jpeg(self, ada: Person, group: Room, options: dict[str, int]) -> None:
        source = saved(photograph((1200, 900)), "JPEG", **options)
        for size in ((320, 240), (200, 150), (100, 75)):
            shown = await preview(ada, group, source, f"{size[0]}x{size[1]}", output_format="Png")
            assert difference(opaque(shown), picture(source).resize(size, BICUBIC)) < 2

    @pytest.mark.parametrize("size", [(401, 301), (407, 303), (796, 604), (33, 41)], ids=str)
    async def test_of_a_jpeg_whose_sides_eight_does_not_divide(self, ada: Person, group: Room, size: Size) -> None:
        source = saved(photograph(size), "JPEG")
        for part in (2, 7, 8):
            less = (size[0] // part, size[1] // part)
            for show in (preview, thumbnail):
                shown = await show(ada, group, source, f"{less[0]}x{less[1]}", crop="true", output_format="Png")
                assert difference(opaque(shown), covering(picture(source), less)) < 2

    async def test_of_a_large_grey_jpeg(self, ada: Person, group: Room) -> None:
        source = saved(photograph((1200, 900)).convert("L"), "JPEG")
        shown = await preview(ada, group, source, "200x150", output_format="Png")
        assert shown.mode == "L"
        assert difference(opaque(shown), picture(source).resize((200, 150), BICUBIC)) < 2

    @pytest.mark.parametrize("container", ["PNG", "JPEG"])
    @pytest.mark.parametrize("area", ["32x32", "27x27", "8x8"])
    async def test_fine_patterns_become_their_mean(self, ada: Person, group: Room, container: str, area: str) -> None:
        board = Image.frombytes("L", (128, 128), (bytes((0, 255)) * 64 + bytes((255, 0)) * 64) * 64)
        shown = await preview(ada, group, saved(board, container), area, output_format="Png")
        assert all(118 <= value <= 138 for value in opaque(shown).tobytes())

    async def test_a_gradient_stays_one(self, ada: Person, group: Room) -> None:
        drawn = gradient((256, 192))
        for size in ((64, 48), (100, 75), (512, 384)):
            shown = await preview(ada, group, saved(drawn), f"{size[0]}x{size[1]}", output_format="Png")
            assert worst(opaque(shown), drawn.resize(size, BICUBIC)) <= 8

    async def test_edges_do_not_shift(self, ada: Person, group: Room) -> None:
        for container in ("PNG", "JPEG"):
            source = saved(quadrants((640, 480)), container)
            shown = opaque(await preview(ada, group, source, "64x48", output_format="Png"))
            for place, colour in (((31, 8), RED), ((32, 8), GREEN), ((8, 23), RED), ((8, 24), BLUE)):
                assert_colour(shown, place, colour, 60)


def covering(whole: Picture, size: Size) -> Picture:
    """Return the middle of a picture, scaled to this size by what is good enough."""
    scale = max(size[0] / whole.width, size[1] / whole.height)
    left = max(0, whole.width - size[0] / scale) / 2
    top = max(0, whole.height - size[1] / scale) / 2
    return whole.resize(size, BICUBIC, box=(left, top, whole.width - left, whole.height - top))


def worst(one: Picture, other: Picture) -> int:
    """Return by how much two pictures differ where they differ most."""
    return max(abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True))
