"""Gif of an animation keeps its frames, their timing and loop; every other format takes the first frame."""

import struct
from dataclasses import dataclass

import pytest
from containers import block, names, parts
from people import Person, Room
from pictures import (
    BLACK,
    BLUE,
    GREEN,
    NOTHING,
    RED,
    WHITE,
    YELLOW,
    Colour,
    Picture,
    Size,
    animated,
    asked,
    assert_box,
    assert_colour,
    assert_quadrants,
    colours_in_turn,
    difference,
    extent,
    gradient,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from PIL import Image, ImageSequence
from transcripts import assert_empty

CONTAINERS = ["GIF", "WEBP", "PNG"]
PALETTE = (WHITE, RED, GREEN, BLUE)


def frames(shown: Picture) -> list[Picture]:
    return [frame.convert("RGBA") for frame in ImageSequence.Iterator(shown)]


def timing(shown: Picture) -> list[float]:
    """Return how many milliseconds each frame is shown."""
    return [frame.info.get("duration", 0) for frame in ImageSequence.Iterator(shown)]


def assert_in_turn(shown: Picture, colours: tuple[Colour, ...] = (RED, GREEN, BLUE, YELLOW)) -> None:
    assert len(frames(shown)) == len(colours)
    for frame, colour in zip(frames(shown), colours, strict=True):
        assert_colour(frame, (frame.width // 2, frame.height // 2), colour)


@dataclass(frozen=True)
class Patch:
    """One frame of a GIF: a rectangle of one colour of PALETTE, and what becomes of it afterwards."""

    place: tuple[int, int]
    size: Size
    index: int
    disposal: int = 1
    transparent: int | None = None

    def spelled(self) -> bytes:
        clear = self.transparent is not None
        control = struct.pack("<BHB", self.disposal << 2 | clear, 10, self.transparent or 0)
        [image] = [part for name, part in parts(_of_palette(self.size, self.index)) if name == "image"]
        return block(0xF9, control) + image[:1] + struct.pack("<HH", *self.place) + image[5:]


def _of_palette(size: Size, index: int) -> bytes:
    drawn = Image.new("P", size, index)
    drawn.putpalette([number for colour in PALETTE for number in colour])
    return saved(drawn, "GIF", optimize=False)


def patched(size: Size, *patches: Patch) -> bytes:
    """Spell a GIF of these frames, which is repeated for ever."""
    [(_, header), *_] = parts(_of_palette((1, 1), 0))
    header = header[:6] + struct.pack("<HH", *size) + header[10:]
    loop = block(0xFF, b"NETSCAPE2.0", b"\1\0\0")
    return header + loop + b"".join(patch.spelled() for patch in patches) + b";"


class TestFrames:
    @pytest.mark.parametrize("container", CONTAINERS)
    @pytest.mark.parametrize("area", ["0x0", "24x16", "6x4", "12x12", "60x40"])
    async def test_are_all_kept(self, ada: Person, group: Room, container: str, area: str) -> None:
        source = animated(colours_in_turn(), container)
        for show in (preview, thumbnail):
            shown = await show(ada, group, source, area, output_format="Gif")
            assert f"{shown.width}x{shown.height}" == area.replace("0x0", "12x8")
            assert_in_turn(shown)

    @pytest.mark.parametrize("container", CONTAINERS)
    async def test_are_scaled_each(self, ada: Person, group: Room, container: str) -> None:
        turns = [(RED, GREEN, BLUE, YELLOW), (GREEN, YELLOW, RED, BLUE), (BLUE, WHITE, GREEN, RED)]
        source = animated([quadrants((64, 32), colours) for colours in turns], container)
        shown = await preview(ada, group, source, "32x32", output_format="Gif")
        assert len(frames(shown)) == 3
        for frame, colours in zip(frames(shown), turns, strict=True):
            assert_box(extent(frame.convert("RGB")), (0, 8, 32, 24))
            assert_quadrants(frame, (1, 9, 31, 23), colours, tolerance=40)
            assert_colour(frame, (16, 2), (*BLACK, 255), 2)

    @pytest.mark.parametrize("container", CONTAINERS)
    async def test_have_good_colours_each(self, ada: Person, group: Room, container: str) -> None:
        drawn = gradient((64, 48))
        red, green, blue = drawn.split()
        sources = [drawn, Image.merge("RGB", (blue, red, green)), Image.merge("RGB", (green, blue, blue))]
        shown = await preview(ada, group, animated(sources, container), "32x24", output_format="Gif")
        for frame, source in zip(frames(shown), sources, strict=True):
            assert difference(frame, source.resize((32, 24), Image.Resampling.BICUBIC)) < 12

    async def test_do_not_flicker_where_nothing_moves(self, ada: Person, group: Room) -> None:
        """The background of all frames is one, so that it has to be of the same colours in all of them."""
        still = gradient((48, 32))
        moving = []
        for number in range(5):
            frame = still.copy()
            frame.paste((RED, GREEN, BLUE, YELLOW, WHITE)[number], (20, 12, 28, 20))
            moving.append(frame)
        shown = frames(await preview(ada, group, animated(moving, "WEBP"), "24x16", output_format="Gif"))
        assert len(shown) == 5
        for frame in shown[1:]:
            assert difference(frame.crop((0, 0, 24, 4)), shown[0].crop((0, 0, 24, 4))) < 3

    async def test_of_a_rounded_thumbnail(self, ada: Person, group: Room) -> None:
        source = animated(colours_in_turn(4, (24, 24)))
        shown = await thumbnail(ada, group, source, "24x24", output_format="Gif", shape="Rounded")
        assert_in_turn(shown)
        for frame in frames(shown):
            assert_colour(frame, (0, 0), (*BLACK, 255))
            assert_colour(frame, (23, 23), (*BLACK, 255))

    async def test_alike_take_as_long_as_they_took(self, ada: Person, group: Room) -> None:
        for container in CONTAINERS:
            same = [plain(colour) for colour in (RED, RED, GREEN, GREEN, RED)]
            shown = await preview(ada, group, animated(same, container), "8x4", output_format="Gif")
            assert sum(timing(shown)) == 500
            for moment, colour in ((0, RED), (250, GREEN), (450, RED)):
                assert_colour(at(shown, moment), (4, 2), colour)


def at(shown: Picture, moment: float) -> Picture:
    """Return the frame that is shown after so many milliseconds."""
    passed = 0.0
    for frame in ImageSequence.Iterator(shown):
        passed += frame.info["duration"]
        if passed > moment:
            return frame.convert("RGBA")
    raise AssertionError(moment)


class TestPartialFrames:
    """Of which GIFs mostly consist; each cell of eight by eight is looked at in its middle, twice as large."""

    async def _shown(self, ada: Person, group: Room, *patches: Patch) -> list[list[Colour]]:
        source = patched((24, 8), *patches)
        shown = await preview(ada, group, source, "48x16", output_format="Gif")
        seen = [[frame.getpixel((x, 8)) for x in (8, 24, 40)] for frame in frames(shown)]
        return [[pixel[:3] if pixel[3] else NOTHING for pixel in pixels] for pixels in seen]

    async def test_are_laid_on_what_was_before(self, ada: Person, group: Room) -> None:
        patches = (Patch((0, 0), (24, 8), 1), Patch((8, 0), (8, 8), 2), Patch((16, 0), (8, 8), 3, disposal=0))
        assert await self._shown(ada, group, *patches) == [[RED] * 3, [RED, GREEN, RED], [RED, GREEN, BLUE]]

    async def test_are_taken_away(self, ada: Person, group: Room) -> None:
        taken = Patch((8, 0), (8, 8), 2, disposal=2, transparent=0)
        patches = (Patch((0, 0), (24, 8), 1, transparent=0), taken, Patch((16, 0), (8, 8), 3))
        assert await self._shown(ada, group, *patches) == [[RED] * 3, [RED, GREEN, RED], [RED, NOTHING, BLUE]]

    async def test_give_back_what_was_before(self, ada: Person, group: Room) -> None:
        patches = (Patch((0, 0), (24, 8), 1), Patch((8, 0), (8, 8), 2, disposal=3), Patch((16, 0), (8, 8), 3))
        assert await self._shown(ada, group, *patches) == [[RED] * 3, [RED, GREEN, RED], [RED, RED, BLUE]]

    async def test_of_which_the_first_is_not_the_whole(self, ada: Person, group: Room) -> None:
        patches = (Patch((0, 0), (8, 8), 1, transparent=0), Patch((16, 0), (8, 8), 3, transparent=0))
        assert await self._shown(ada, group, *patches) == [[RED, NOTHING, NOTHING], [RED, NOTHING, BLUE]]

    async def test_that_are_transparent_let_through_what_was_before(self, ada: Person, group: Room) -> None:
        patches = (Patch((0, 0), (16, 8), 1, transparent=0), Patch((0, 0), (24, 8), 0, transparent=0))
        for each in await self._shown(ada, group, *patches, Patch((16, 0), (8, 8), 2, transparent=0)):
            assert each in ([RED, RED, NOTHING], [RED, RED, GREEN])

    async def test_are_on_the_whole_canvas_in_a_still(self, ada: Person, group: Room) -> None:
        source = patched((24, 8), Patch((0, 0), (8, 8), 1, transparent=0), Patch((16, 0), (8, 8), 3))
        shown = await preview(ada, group, source, "48x16", output_format="Png")
        assert_colour(shown, (8, 8), (*RED, 255))
        assert_colour(shown, (40, 8), NOTHING)

    @pytest.mark.parametrize("container", ["WEBP", "PNG"])
    async def test_that_become_transparent_are(self, ada: Person, group: Room, container: str) -> None:
        before = ((*RED, 255), (*GREEN, 255), (*BLUE, 255), NOTHING)
        after = ((*GREEN, 255), NOTHING, NOTHING, (*RED, 255))
        turns = [quadrants((32, 16), before), quadrants((32, 16), after)]
        source = animated(turns, container)
        for area in ("0x0", "64x32"):
            first, second = frames(await preview(ada, group, source, area, output_format="Gif"))
            assert_quadrants(first, colours=before, tolerance=40)
            assert_quadrants(second, colours=after, tolerance=40)


class TestTiming:
    async def test_of_a_gif_is_kept(self, ada: Person, group: Room) -> None:
        times = [20, 100, 1000, 655_350, 0, 30]
        source = animated([*colours_in_turn(5), plain(BLACK, (12, 8))], duration=times)
        assert timing(picture(source)) == times
        for show, area in ((preview, "0x0"), (preview, "24x16"), (thumbnail, "6x6")):
            assert timing(await show(ada, group, source, area, output_format="Gif")) == times

    @pytest.mark.parametrize("container", ["WEBP", "PNG"])
    async def test_of_others_is_kept_to_the_hundredth(self, ada: Person, group: Room, container: str) -> None:
        times = [20, 33, 1000, 75, 16]
        source = animated(colours_in_turn(5), container, duration=times)
        shown = await preview(ada, group, source, "24x16", output_format="Gif")
        assert len(timing(shown)) == 5
        assert all(abs(one - other) <= 10 for one, other in zip(timing(shown), times, strict=True))


class TestLoop:
    @pytest.mark.parametrize("loop", [0, 1, 7, 65535, None])
    async def test_of_a_gif_is_kept(self, ada: Person, group: Room, loop: int | None) -> None:
        """None: nothing is said of it, which is once."""
        source = animated(colours_in_turn(), loop=loop)
        assert picture(source).info.get("loop") == loop
        for area in ("0x0", "24x16"):
            shown = await preview(ada, group, source, area, output_format="Gif")
            assert shown.info.get("loop") == loop

    @pytest.mark.parametrize("container", ["WEBP", "PNG"])
    @pytest.mark.parametrize(("plays", "loop"), [(0, 0), (1, None), (3, 2)])
    async def test_of_others_is_how_often_they_are_shown(
        self, *, ada: Person, group: Room, container: str, plays: int, loop: int | None
    ) -> None:
        """They count how often it is shown, GIF how often it is repeated."""
        source = animated(colours_in_turn(), container, loop=plays)
        assert picture(source).info["loop"] == plays
        shown = await preview(ada, group, source, "24x16", output_format="Gif")
        assert shown.info.get("loop") == loop


class TestStills:
    @pytest.mark.parametrize("container", CONTAINERS)
    @pytest.mark.parametrize("output", ["Jpeg", "Png", "Webp"])
    async def test_every_other_format_takes_the_first_frame(
        self, ada: Person, group: Room, container: str, output: str
    ) -> None:
        source = animated(colours_in_turn(), container)
        for show, area in ((preview, "0x0"), (preview, "24x16"), (thumbnail, "6x6")):
            shown = await show(ada, group, source, area, output_format=output, quality="Highest")
            assert getattr(shown, "n_frames", 1) == 1
            assert_colour(shown, (3, 3), RED)

    @pytest.mark.parametrize("container", ["GIF", "WEBP", "PNG", "JPEG", "TIFF", "BMP"])
    async def test_gif_of_a_still_is_a_still(self, ada: Person, group: Room, container: str) -> None:
        id = await ada.sent(group, "a", saved(quadrants(), container))
        for area in ("0x0", "8x4", "20x20"):
            answer = await asked(ada, id, area, output_format="Gif")
            assert picture(answer).n_frames == 1
            assert "NETSCAPE2.0" not in names(answer.content)

    @pytest.mark.parametrize("container", CONTAINERS)
    async def test_gif_of_one_frame_is_a_still(self, ada: Person, group: Room, container: str) -> None:
        shown = await preview(ada, group, animated([plain(RED)], container), "8x4", output_format="Gif")
        assert shown.n_frames == 1
        assert_colour(shown, (4, 2), RED)

    async def test_png_shows_what_is_there_for_those_who_know_no_animations(self, ada: Person, group: Room) -> None:
        source = animated([plain(WHITE, (12, 8)), *colours_in_turn()], "PNG", default_image=True)
        shown = await preview(ada, group, source, "24x16", output_format="Png")
        assert_colour(shown, (12, 8), WHITE)
        assert_in_turn(await preview(ada, group, source, "24x16", output_format="Gif"))


class TestTooMuch:
    async def test_of_the_canvas_is_refused_in_gif_alone(self, ada: Person, group: Room) -> None:
        """More than 200 million pixels in all frames."""
        small = [Patch((number % 9, 0), (1, 1), 1 + number % 3) for number in range(201)]
        id = await ada.sent(group, "a", patched((1000, 1000), *small))
        assert_empty(await asked(ada, id, "8x8", output_format="Gif"), 400)
        assert picture(await asked(ada, id, "8x8", output_format="Png")).size == (8, 8)

    async def test_of_the_area_is_refused_in_gif(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group, "a", animated(colours_in_turn(3)))
        assert_empty(await asked(ada, id, "8192x8192", output_format="Gif"), 400)
