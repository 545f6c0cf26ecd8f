"""Colour profiles (ICC): colours are shown in sRGB, and the profile is not sent along."""

import pytest
from people import Person, Room
from pictures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    NOTHING,
    RED,
    WHITE,
    asked,
    assert_colour,
    assert_quadrants,
    difference,
    gradient,
    opaque,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from PIL import Image, ImageCms
from profiles import of_linear_grey, of_odd_inks, of_swapped_colours

OUTPUTS = ["Jpeg", "Png", "Gif", "Webp"]
FOUR = quadrants((32, 16))
TONES = ((0,) * 3, (85,) * 3, (170,) * 3, (255,) * 3)
GREYS = quadrants((32, 16), TONES).convert("L")
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
    async def test_are_honoured(self, ada: Person, group: Room, name: str) -> None:
        source, colours = PROFILED[name]
        for output in OUTPUTS:
            for show, area in ((preview, "0x0"), (thumbnail, "24x12")):
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
        left_half = quadrants((32, 16), ((*RED, 255), NOTHING, (*RED, 255), NOTHING))
        source = saved(left_half, icc_profile=of_swapped_colours())
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
