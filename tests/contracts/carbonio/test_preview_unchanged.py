"""What needs no change at its own size comes back as it was sent, byte for byte; and what must not."""

import pytest
from containers import OF_A_PICTURE, block, chunk, names, parts, segment, with_part, without_segments
from people import Person, Room
from pictures import (
    BLUE,
    GREEN,
    RED,
    animated,
    asked,
    assert_colour,
    assert_quadrants,
    cmyk_jpeg,
    colours_in_turn,
    extent,
    photograph,
    picture,
    png_of_16_bits,
    quadrants,
    saved,
    turned,
)
from PIL import Image
from profiles import of_swapped_colours
from transcripts import assert_empty

FOUR = quadrants((32, 16))
SMALL = photograph((32, 16))
#: Pictures in which there is nothing but the picture, and as what they are asked for.
PLAIN = {
    "png": (saved(SMALL), "Png"),
    "png with alpha": (saved(SMALL.convert("RGBA")), "Png"),
    "png of a palette": (saved(SMALL.quantize(16)), "Png"),
    "png of a palette with transparency": (saved(SMALL.quantize(16), transparency=3), "Png"),
    "grey png": (saved(SMALL.convert("L")), "Png"),
    "grey png with alpha": (saved(SMALL.convert("LA")), "Png"),
    "bilevel png": (saved(SMALL.convert("1")), "Png"),
    "png of 16 bits": (png_of_16_bits(SMALL), "Png"),
    "grey png of 16 bits": (png_of_16_bits(SMALL.convert("L")), "Png"),
    "png in two pieces": (with_part(saved(SMALL), chunk(b"IDAT", b""), "IDAT"), "Png"),
    "gif": (saved(SMALL, "GIF"), "Gif"),
    "gif with transparency": (saved(SMALL.quantize(16), "GIF", transparency=3), "Gif"),
    "animated gif": (animated(colours_in_turn(4, (32, 16))), "Gif"),
    "animated gif, played once": (animated(colours_in_turn(4, (32, 16)), loop=None), "Gif"),
    "jpeg": (saved(SMALL, "JPEG", quality=50), "Jpeg"),
    "coarse jpeg": (saved(SMALL, "JPEG", quality=10), "Jpeg"),
    "progressive jpeg": (saved(SMALL, "JPEG", quality=40, progressive=True), "Jpeg"),
    "grey jpeg": (saved(SMALL.convert("L"), "JPEG", quality=50), "Jpeg"),
    "jpeg of halved colours": (saved(SMALL, "JPEG", quality=50, subsampling=2), "Jpeg"),
}


async def at_own_size(ada: Person, group: Room, source: bytes, output: str, **query: str) -> list[bytes]:
    """Return all that is shown of a picture of 32x16 at its size."""
    id = await ada.sent(group, "a", source)
    answers = [
        await asked(ada, id, area, kind, output_format=output, **query)
        for area, kind in (("0x0", ""), ("32x16", "thumbnail"), ("32x0", ""))
    ]
    assert all(picture(answer).size == (32, 16) for answer in answers)
    return [answer.content for answer in answers]


class TestPassedThrough:
    @pytest.mark.parametrize("name", PLAIN)
    async def test_byte_for_byte(self, ada: Person, group: Room, name: str) -> None:
        source, output = PLAIN[name]
        assert set(await at_own_size(ada, group, source, output)) == {source}

    @pytest.mark.parametrize("name", [name for name, (_, output) in PLAIN.items() if output != "Jpeg"])
    async def test_whatever_the_quality(self, ada: Person, group: Room, name: str) -> None:
        source, output = PLAIN[name]
        for quality in ("Lowest", "Highest"):
            assert set(await at_own_size(ada, group, source, output, quality=quality)) == {source}

    @pytest.mark.parametrize(
        ("quality", "finest"), [("Lowest", 1), ("Low", 15), ("Medium", 50), ("High", 80), ("Highest", 95)]
    )
    async def test_jpegs_as_coarse_as_is_asked_for(self, ada: Person, group: Room, quality: str, finest: int) -> None:
        for fineness in {1, finest // 2 or 1, finest}:
            source = saved(SMALL, "JPEG", quality=fineness)
            assert set(await at_own_size(ada, group, source, "Jpeg", quality=quality)) == {source}
        for fineness in (finest + 4, 100):
            source = saved(SMALL, "JPEG", quality=fineness)
            contents = await at_own_size(ada, group, source, "Jpeg", quality=quality)
            assert source not in contents
            wanted = picture(saved(SMALL, "JPEG", quality=finest))
            assert all(picture(content).quantization == wanted.quantization for content in contents)

    async def test_however_its_size_is_said(self, ada: Person, group: Room) -> None:
        for source, output in (PLAIN["png"], PLAIN["gif"], PLAIN["jpeg"]):
            id = await ada.sent(group, "a", source)
            for area in ("0x0", "00x0000", "32x16", "032x0016", "32x0", "0x16"):
                for kind, query in (("", {}), ("", {"crop": "true"}), ("thumbnail", {})):
                    answer = await asked(ada, id, area, kind, output_format=output, **query)
                    assert answer.content == source

    async def test_with_an_orientation_that_is_upright(self, ada: Person, group: Room) -> None:
        """But not with what says so."""
        for container, output in (("JPEG", "Jpeg"), ("PNG", "Png")):
            source = turned(SMALL, 1, container, **{"quality": 50} if container == "JPEG" else {})
            for content in await at_own_size(ada, group, source, output):
                assert picture(content).tobytes() == picture(source).tobytes()
                assert set(names(content)) <= OF_A_PICTURE


class TestStripped:
    """What it says can be left out without touching the picture."""

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            (saved(SMALL, "JPEG", quality=50), segment(0xFE, b"said")),
            (saved(SMALL, "JPEG", quality=50), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<said/>")),
            (saved(SMALL, "JPEG", quality=50), segment(0xED, b"Photoshop 3.0\0said")),
            (saved(SMALL, "JPEG", quality=50, progressive=True), segment(0xEF, b"said")),
        ],
        ids=["comment", "xmp", "agency", "progressive"],
    )
    async def test_jpegs_keep_their_picture(self, ada: Person, group: Room, source: bytes, said: bytes) -> None:
        telling = with_part(source, said, "APP0 JFIF")
        for content in await at_own_size(ada, group, telling, "Jpeg"):
            assert b"said" not in content
            assert picture(content).tobytes() == picture(source).tobytes()
            assert picture(content).quantization == picture(source).quantization

    @pytest.mark.parametrize("name", [name for name, (_, output) in PLAIN.items() if output == "Png"])
    async def test_pngs_keep_their_picture(self, ada: Person, group: Room, name: str) -> None:
        source, _ = PLAIN[name]
        telling = with_part(source, chunk(b"tEXt", b"Comment\0said"), "IHDR")
        for content in await at_own_size(ada, group, telling, "Png"):
            assert b"said" not in content
            assert picture(content).convert("RGBA").tobytes() == picture(source).convert("RGBA").tobytes()

    @pytest.mark.parametrize("name", [name for name, (_, output) in PLAIN.items() if output == "Gif"])
    async def test_gifs_keep_their_picture(self, ada: Person, group: Room, name: str) -> None:
        source, _ = PLAIN[name]
        telling = with_part(source, block(0xFE, b"said"), "header")
        for content in await at_own_size(ada, group, telling, "Gif"):
            assert b"said" not in content
            kept, was = picture(content), picture(source)
            assert (kept.n_frames, kept.info.get("loop")) == (was.n_frames, was.info.get("loop"))
            for number in range(was.n_frames):
                kept.seek(number)
                was.seek(number)
                assert kept.convert("RGBA").tobytes() == was.convert("RGBA").tobytes()
                assert kept.info.get("duration") == was.info.get("duration")

    @pytest.mark.parametrize(
        ("source", "output"),
        [PLAIN["png"], PLAIN["gif"], PLAIN["animated gif"], PLAIN["jpeg"]],
        ids=["png", "gif", "animated gif", "jpeg"],
    )
    async def test_of_what_is_behind_the_end(self, ada: Person, group: Room, source: bytes, output: str) -> None:
        for behind in (b"said", b"\0", source, b"PK\x03\x04said", b"<script>said</script>"):
            for content in await at_own_size(ada, group, source + behind, output):
                assert "behind the end" not in names(content)
                assert b"said" not in content
                assert picture(content).convert("RGB").tobytes() == picture(source).convert("RGB").tobytes()


class TestChanged:
    """What is of the right size and format, and yet not what is asked for."""

    @pytest.mark.parametrize("orientation", range(2, 9))
    async def test_a_turned_picture(self, ada: Person, group: Room, orientation: int) -> None:
        for container, output in (("JPEG", "Jpeg"), ("PNG", "Png")):
            source = turned(FOUR, orientation, container)
            for content in await at_own_size(ada, group, source, output, quality="Highest"):
                assert_quadrants(picture(content), tolerance=40)

    async def test_a_jpeg_of_inks(self, ada: Person, group: Room) -> None:
        for source in (cmyk_jpeg(FOUR), cmyk_jpeg(FOUR, adobe=False)):
            for content in await at_own_size(ada, group, source, "Jpeg", quality="Highest"):
                assert picture(content).mode == "RGB"
                assert_quadrants(picture(content), tolerance=40)

    @pytest.mark.parametrize(("container", "output"), [("PNG", "Png"), ("JPEG", "Jpeg")])
    async def test_a_picture_with_a_profile(self, ada: Person, group: Room, container: str, output: str) -> None:
        source = saved(FOUR, container, icc_profile=of_swapped_colours())
        for content in await at_own_size(ada, group, source, output, quality="Highest"):
            assert_quadrants(picture(content), colours=(BLUE, GREEN, RED, (0, 255, 255)), tolerance=40)

    async def test_an_animated_png(self, ada: Person, group: Room) -> None:
        source = animated(colours_in_turn(3, (32, 16)), "PNG")
        for content in await at_own_size(ada, group, source, "Png"):
            assert set(names(content)) <= OF_A_PICTURE
            assert_colour(picture(content), (16, 8), RED, 2)

    @pytest.mark.parametrize("name", PLAIN)
    async def test_a_rounded_thumbnail(self, ada: Person, group: Room, name: str) -> None:
        source, output = PLAIN[name]
        id = await ada.sent(group, "a", source)
        for area in ("0x0", "32x16"):
            answer = await asked(ada, id, area, "thumbnail", output_format=output, shape="Rounded")
            assert answer.content != source
            corner = picture(answer).convert("RGBA").getpixel((0, 0))
            assert corner[3] == 0 or max(corner[:3]) < 40

    @pytest.mark.parametrize("name", PLAIN)
    async def test_another_size(self, ada: Person, group: Room, name: str) -> None:
        source, output = PLAIN[name]
        id = await ada.sent(group, "a", source)
        for area, size in (("31x16", (31, 16)), ("0x17", (32, 17))):
            answer = await asked(ada, id, area, output_format=output)
            assert answer.content != source
            assert picture(answer).size == size

    async def test_a_picture_that_is_small_in_borders(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group, "a", saved(FOUR))
        shown = picture(await asked(ada, id, "40x40", output_format="Png"))
        assert extent(shown) == (0, 10, 40, 30)

    async def test_other_formats(self, ada: Person, group: Room) -> None:
        for container, output in (("PNG", "Webp"), ("JPEG", "Png"), ("GIF", "Png"), ("PNG", "Gif"), ("WEBP", "Jpeg")):
            source = saved(FOUR, container)
            for content in await at_own_size(ada, group, source, output, quality="Highest"):
                assert content != source
                assert_quadrants(picture(content), tolerance=40)


def spoilt(source: bytes, name: str) -> bytes:
    """Change one byte in the middle of a part."""
    found = parts(source)
    place = [one for one, _ in found].index(name)
    part = bytearray(found[place][1])
    part[len(part) // 2] ^= 0xFF
    return b"".join(bytes(part) if number == place else one for number, (_, one) in enumerate(found))


class TestBroken:
    """Is not passed through unseen."""

    @pytest.mark.parametrize("name", PLAIN)
    async def test_cut_off(self, ada: Person, group: Room, name: str) -> None:
        source, output = PLAIN[name]
        for length in (len(source) // 2, len(source) * 3 // 4):
            id = await ada.sent(group, "a", source[:length])
            for area in ("0x0", "16x8"):
                assert_empty(await asked(ada, id, area, output_format=output), 400)

    async def test_pngs_whose_pictures_are_overwritten(self, ada: Person, group: Room) -> None:
        header, data = (spoilt(saved(SMALL), name) for name in ("IHDR", "IDAT"))
        assert_empty(await asked(ada, await ada.sent(group, "a", header), output_format="Png"), 400)
        assert (await asked(ada, await ada.sent(group, "a", data), output_format="Png")).content != data

    async def test_jpegs_without_their_tables(self, ada: Person, group: Room) -> None:
        for missing in ("DHT", "DQT"):
            id = await ada.sent(group, "a", without_segments(saved(SMALL, "JPEG", quality=50), missing))
            answer = await asked(ada, id)
            # Without tables of its own a decoder may take those of the standard; else it is refused.
            assert answer.status_code == 400 or isinstance(picture(answer), Image.Image)
