"""What may be asked of image previews, and what is refused: 400 with an empty body."""

import pytest
from people import BASES, NOBODY, Person, Room
from pictures import (
    NOTHING,
    WHITE,
    asked,
    assert_box,
    assert_colour,
    extent,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from transcripts import assert_empty

KINDS = ["", "thumbnail"]
TINY = saved(quadrants((8, 4)))


@pytest.fixture
async def id(ada: Person, group: Room) -> str:
    """A picture of 8x4."""
    return await ada.sent(group, "a.png", TINY, mimeType="image/png")


class TestPaths:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["/4x2", "/4x2/", "/4x2/thumbnail", "/4x2/thumbnail/"])
    async def test_with_and_without_a_slash(self, ada: Person, id: str, base: str, end: str) -> None:
        answer = await ada("GET", f"{base}/preview/image/{id}{end}")
        assert (picture(answer).size, picture(answer).format) == ((4, 2), "JPEG")

    @pytest.mark.parametrize("kind", KINDS)
    async def test_of_no_file(self, ada: Person, kind: str) -> None:
        for file in (NOBODY, "x", "0", NOBODY.replace("-", "")[:-1]):
            assert_empty(await asked(ada, file, "4x2", kind), 404)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_refused_before_the_file_is_looked_for(self, ada: Person, kind: str) -> None:
        for area, query in (("x", {}), ("8193x1", {}), ("4x2", {"quality": "Best"}), ("4x2", {"output_format": "Bmp"})):
            assert_empty(await asked(ada, NOBODY, area, kind, **query), 400)


@pytest.mark.parametrize("kind", KINDS)
class TestArea:
    @pytest.mark.parametrize(
        ("area", "size"),
        [
            ("0x0", (8, 4)),
            ("00x000", (8, 4)),
            ("3x5", (3, 5)),
            ("5x3", (5, 3)),
            ("0x2", (8, 2)),
            ("2x0", (2, 4)),
            ("03x0005", (3, 5)),
            ("1x1", (1, 1)),
            ("8192x1", (8192, 1)),
            ("1x8192", (1, 8192)),
            ("8191x2", (8191, 2)),
            ("08192x1", (8192, 1)),
            ("000000000000000000000000000003x5", (3, 5)),
        ],
    )
    async def test_is_width_and_height(
        self, *, ada: Person, id: str, kind: str, area: str, size: tuple[int, int]
    ) -> None:
        for output in ("Png", "Jpeg"):
            assert picture(await asked(ada, id, area, kind, output_format=output)).size == size

    async def test_that_a_nought_makes_too_large(self, ada: Person, group: Room, kind: str) -> None:
        """Gif ends at 65535 pixels a side, Jpeg just before, Webp at 16383, everything at 8192 times 8192 in all."""
        wide = await ada.sent(group, "a", saved(plain(WHITE, (16_400, 1)).convert("1")))
        assert_empty(await asked(ada, wide, "0x1", kind, output_format="Webp"), 400)
        assert picture(await asked(ada, wide, "0x1", kind, output_format="Jpeg")).size == (16_400, 1)
        assert_empty(await asked(ada, wide, "0x8192", kind, output_format="Jpeg"), 400)
        # To libjpeg 65500 are the most.
        for width in (65_501, 65_535):
            wider = await ada.sent(group, "a", saved(plain(WHITE, (width, 1)).convert("1")))
            assert_empty(await asked(ada, wider, "0x0", kind, output_format="Jpeg"), 400)
        widest = await ada.sent(group, "a", saved(plain(WHITE, (65_536, 1)).convert("1")))
        for output in ("Jpeg", "Gif", "Webp"):
            assert_empty(await asked(ada, widest, "0x0", kind, output_format=output), 400)
        assert picture(await asked(ada, widest, "0x0", kind, output_format="Png")).size == (65_536, 1)

    async def test_just_as_wide_as_the_format_can(self, ada: Person, group: Room, kind: str) -> None:
        for width, output in ((16_383, "Webp"), (65_535, "Gif"), (65_500, "Jpeg")):
            wide = await ada.sent(group, "a", saved(plain(WHITE, (width, 1)).convert("1")))
            assert picture(await asked(ada, wide, "0x0", kind, output_format=output)).size == (width, 1)


class TestNoArea:
    @pytest.mark.parametrize(
        "area",
        [
            *("8193x1", "1x8193", "8193x0", "0x8193", "8193x8193", "10000x10", "10x99999", f"{2**32}x1", f"1x{2**64}"),
            *("9" * 400 + "x1", "1x" + "9" * 5000),
            *("x", "1x", "x1", "1", "", "10", "1xx1", "1x1x1", "1x1x", "x1x1", "1X1", "0X0", "1*1", "1,1", "1-1"),
            *("-1x1", "1x-1", "+1x1", "1x+1", "1.0x1", "1x1.5", "1e1x1", "0x1x", "0xfx1", "ax1", "1xa", "axb"),
            *(" 1x1", "1x1 ", "1 x1", "1x 1", "1x1\t", "\t1x1", "1x1\n", "1_0x1", "1x1\0", "1\u00d71", "\u00d7"),
            *("\uff11x1", "1x\uff11", "\u0661x\u0661", "\u00b2x\u00b2", "\u2167x1"),
            *("NaNxNaN", "infxinf", "1x1;a", "1x1&quality", "%31x1%", "nullxnull", "autox1", "1x1.png", "'1'x1"),
        ],
        ids=lambda area: ascii(area[:20]),
    )
    async def test_is_refused(self, ada: Person, id: str, area: str) -> None:
        escaped = "".join(f"%{byte:02X}" for byte in area.encode())
        for kind in KINDS:
            answer = await asked(ada, id, escaped, kind)
            assert_empty(answer, 400 if area else answer.status_code)
            assert answer.status_code in {400, 404}


#: Words of each parameter, and others that are near to them.
WORDS = {
    "quality": ["Lowest", "Low", "Medium", "High", "Highest"],
    "output_format": ["Jpeg", "Png", "Gif", "Webp"],
    "shape": ["Rounded", "Rectangular"],
}
NONE_OF_THEM = {
    "quality": ["Best", "50", "0", "LowestLow", "Low,High", " Low", "Low ", "Lo", "High\0", "None", "L\u043ew"],
    "output_format": [
        "Jpg",
        "jpg",
        "image/jpeg",
        "Pdf",
        "Bmp",
        "Tiff",
        "Avif",
        "Svg",
        ".png",
        "Png ",
        "\uff30\uff2e\uff27",
        "*",
    ],
    "shape": ["Round", "Circle", "Square", "Rounded ", "Rect", "0", "true", "ROUNDED\n", "Rectangle"],
    "crop": [
        "2",
        "-1",
        "tru",
        "y e s",
        "True ",
        " true",
        "null",
        "None",
        "01",
        "\uff54\uff52\uff55\uff45",
        "[]",
        "truefalse",
    ],
}


class TestWords:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("name", WORDS)
    async def test_in_any_case(self, ada: Person, id: str, name: str, kind: str) -> None:
        for word in WORDS[name]:
            spellings = (word, word.lower(), word.upper(), word.swapcase(), word[:-1].lower() + word[-1].upper())
            answers = [await asked(ada, id, "4x4", kind, **{name: spelling}) for spelling in spellings]
            assert {answer.status_code for answer in answers} == {200}
            assert len({(answer.content, answer.headers["etag"]) for answer in answers}) == 1

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("name", ["quality", "output_format"])
    async def test_others_are_refused(self, ada: Person, id: str, name: str, kind: str) -> None:
        for word in NONE_OF_THEM[name]:
            assert_empty(await asked(ada, id, "4x4", kind, **{name: word}), 400)

    async def test_other_shapes_are_refused(self, ada: Person, id: str) -> None:
        for word in NONE_OF_THEM["shape"]:
            assert_empty(await asked(ada, id, "4x4", "thumbnail", shape=word), 400)

    async def test_other_words_than_yes_and_no_are_refused(self, ada: Person, id: str) -> None:
        for word in NONE_OF_THEM["crop"]:
            assert_empty(await asked(ada, id, "4x4", crop=word), 400)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_without_a_value_are_not_there(self, ada: Person, id: str, kind: str) -> None:
        plainly = await asked(ada, id, "4x4", kind)
        for query in ("quality=", "output_format=", "crop=", "shape=", "quality=&output_format=&crop=&shape=", ""):
            answer = await ada("GET", f"/preview/image/{id}/4x4/{kind}?{query}")
            assert (answer.status_code, answer.content) == (200, plainly.content)
            assert answer.headers["etag"] == plainly.headers["etag"]

    @pytest.mark.parametrize("kind", KINDS)
    async def test_that_are_unheard_of_do_not_matter(self, ada: Person, id: str, kind: str) -> None:
        plainly = await asked(ada, id, "4x4", kind)
        for query in ("width=9", "Quality=Best", "outputFormat=Bmp", "area=9x9", "a=b&c", "%FF", "firstPage=0"):
            answer = await ada("GET", f"/preview/image/{id}/4x4/{kind}?{query}")
            assert (answer.status_code, answer.content) == (200, plainly.content)

    async def test_of_the_other_kind_do_not_matter(self, ada: Person, id: str) -> None:
        assert (await asked(ada, id, "4x4", shape="Circle")).status_code == 200
        assert (await asked(ada, id, "4x4", "thumbnail", crop="perhaps")).status_code == 200


class TestCrop:
    @pytest.mark.parametrize("yes", ["true", "True", "TRUE", "tRuE", "1", "yes", "YES", "on", "On"])
    async def test_yes(self, ada: Person, group: Room, yes: str) -> None:
        shown = await preview(ada, group, TINY, "4x4", crop=yes, output_format="Png")
        assert_box(extent(shown), (0, 0, 4, 4))
        assert shown.mode == "RGB"

    @pytest.mark.parametrize("no", ["false", "False", "FALSE", "fAlSe", "0", "no", "NO", "off", "Off", ""])
    async def test_no(self, ada: Person, group: Room, no: str) -> None:
        shown = await preview(ada, group, TINY, "8x8", crop=no, output_format="Png")
        assert extent(shown) == (0, 2, 8, 6)
        assert_colour(shown, (4, 0), NOTHING)

    async def test_no_is_what_nothing_means(self, ada: Person, group: Room) -> None:
        shown = await preview(ada, group, TINY, "8x8", output_format="Png")
        assert extent(shown) == (0, 2, 8, 6)


class TestShape:
    @pytest.mark.parametrize("shape", ["Rounded", "rounded", "ROUNDED"])
    async def test_rounded(self, ada: Person, group: Room, shape: str) -> None:
        shown = await thumbnail(ada, group, TINY, "16x8", shape=shape, output_format="Png")
        assert_colour(shown, (0, 0), NOTHING)
        assert_colour(shown, (15, 7), NOTHING)

    @pytest.mark.parametrize("shape", ["Rectangular", "rectangular", "RECTANGULAR", ""])
    async def test_rectangular(self, ada: Person, group: Room, shape: str) -> None:
        shown = await thumbnail(ada, group, TINY, "16x8", shape=shape, output_format="Png")
        assert extent(shown) == (0, 0, 16, 8)
        assert shown.mode == "RGB"
