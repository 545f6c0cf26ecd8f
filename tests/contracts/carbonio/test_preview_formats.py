"""What previews of images are encoded as: the format that is asked for, as finely as its quality says."""

import pytest
from people import Person, Room
from pictures import (
    FORMATS,
    GREEN,
    RED,
    TYPES,
    WHITE,
    asked,
    assert_colour,
    assert_quadrants,
    difference,
    photograph,
    picture,
    plain,
    preview,
    quadrants,
    saved,
    thumbnail,
)
from PIL import Image

OUTPUTS = {"Jpeg": b"\xff\xd8\xff", "Png": b"\x89PNG\r\n\x1a\n", "Gif": b"GIF8", "Webp": b"RIFF"}
#: What a quality is to libjpeg, for which 0 is 1, and to libwebp.
QUALITIES = {"Lowest": 0, "Low": 15, "Medium": 50, "High": 80, "Highest": 95}


class TestFormats:
    @pytest.mark.parametrize("container", FORMATS)
    @pytest.mark.parametrize("output", OUTPUTS)
    async def test_are_what_is_asked_for(self, ada: Person, group: Room, container: str, output: str) -> None:
        id = await ada.sent(group, "a", saved(quadrants(), container))
        for area, kind in (("0x0", ""), ("20x20", ""), ("8x4", "thumbnail")):
            answer = await asked(ada, id, area, kind, output_format=output)
            assert answer.headers["content-type"] == TYPES[output.upper()]
            assert answer.content.startswith(OUTPUTS[output])
            assert picture(answer).format == output.upper()

    @pytest.mark.parametrize("container", FORMATS)
    async def test_are_jpeg_when_nothing_is_asked_for(self, ada: Person, group: Room, container: str) -> None:
        id = await ada.sent(group, "a", saved(quadrants(), container))
        for area, kind in (("0x0", ""), ("8x4", "thumbnail")):
            for query in ({}, {"output_format": ""}):
                answer = await asked(ada, id, area, kind, **query)
                assert answer.headers["content-type"] == "image/jpeg"
                assert picture(answer).format == "JPEG"

    @pytest.mark.parametrize("type", ["image/gif", "text/html", "application/pdf", "image/svg+xml", "x", ""])
    async def test_of_the_source_are_told_by_its_bytes(self, ada: Person, group: Room, type: str) -> None:
        for container in FORMATS:
            id = await ada.sent(group, "a.pdf", saved(quadrants(), container), mimeType=type)
            assert_quadrants(picture(await asked(ada, id, quality="Highest")), tolerance=40)

    async def test_of_several_pages_show_the_first(self, ada: Person, group: Room) -> None:
        pages = [plain(RED, (16, 8)), plain(GREEN, (32, 32))]
        source = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
        assert picture(source).n_frames == 2
        for output in OUTPUTS:
            shown = await preview(ada, group, source, output_format=output, quality="Highest")
            assert (shown.size, getattr(shown, "n_frames", 1)) == ((16, 8), 1)
            assert_colour(shown, (8, 4), RED, 24)

    async def test_of_a_jpeg_that_holds_more_pictures_show_the_first(self, ada: Person, group: Room) -> None:
        """As many phones and cameras write them."""
        drawn = quadrants((64, 32))
        source = saved(drawn, "MPO", save_all=True, append_images=[plain(GREEN, drawn.size)], quality=95)
        assert picture(source).n_frames == 2
        for output in OUTPUTS:
            for area in ("0x0", "48x24"):
                shown = await preview(ada, group, source, area, output_format=output, quality="Highest")
                assert getattr(shown, "n_frames", 1) == 1
                assert_quadrants(shown, tolerance=60)

    @pytest.mark.parametrize("output", OUTPUTS)
    async def test_come_out_the_same_each_time(self, ada: Person, group: Room, output: str) -> None:
        """Of two files with the same bytes: nothing of the first answer was kept for the second."""
        for source in (saved(photograph((64, 48))), saved(photograph((64, 48)), "JPEG")):
            one, other = [await ada.sent(group, "a", source) for _ in range(2)]
            for kind, query in (("", {}), ("", {"crop": "true"}), ("thumbnail", {"shape": "Rounded"})):
                answers = [await asked(ada, id, "24x24", kind, output_format=output, **query) for id in (one, other)]
                assert answers[0].content == answers[1].content

    async def test_of_a_jpeg_is_one_that_everybody_opens(self, ada: Person, group: Room) -> None:
        for source in (saved(quadrants().convert("CMYK"), "JPEG"), saved(quadrants().convert("RGBA"))):
            shown = await preview(ada, group, source, "8x4")
            assert shown.mode == "RGB"
            assert isinstance(shown, Image.Image)


class TestQuality:
    @pytest.mark.parametrize("quality", QUALITIES)
    async def test_of_jpeg_is_the_fineness_of_its_tables(self, ada: Person, group: Room, quality: str) -> None:
        source = photograph((64, 48))
        wanted = picture(saved(source, "JPEG", quality=max(1, QUALITIES[quality])))
        for show, area in ((preview, "0x0"), (preview, "32x24"), (preview, "70x70"), (thumbnail, "40x40")):
            shown = await show(ada, group, saved(source), area, quality=quality)
            assert shown.quantization == wanted.quantization

    async def test_is_medium_when_nothing_is_said(self, ada: Person, group: Room) -> None:
        for output in ("Jpeg", "Webp"):
            id = await ada.sent(group, "a", saved(photograph((64, 48))))
            for area in ("0x0", "32x24"):
                for kind in ("", "thumbnail"):
                    said = [{"quality": "Medium"}, {}, {"quality": ""}]
                    answers = [await asked(ada, id, area, kind, output_format=output, **query) for query in said]
                    assert len({answer.content for answer in answers}) == 1
                    assert len({answer.headers["etag"] for answer in answers}) == 1

    @pytest.mark.parametrize("output", ["Jpeg", "Webp"])
    @pytest.mark.parametrize("container", ["PNG", "JPEG"])
    async def test_more_of_it_is_larger_and_nearer(self, ada: Person, group: Room, output: str, container: str) -> None:
        drawn = photograph((128, 96))
        id = await ada.sent(group, "a", saved(drawn, container, **{"quality": 100} if container == "JPEG" else {}))
        answers = [await asked(ada, id, "128x96", output_format=output, quality=quality) for quality in QUALITIES]
        sizes = [len(answer.content) for answer in answers]
        assert sizes == sorted(set(sizes))
        distances = [difference(picture(answer), drawn) for answer in answers]
        assert distances == sorted(distances, reverse=True)
        assert distances[0] > 3 * distances[-1]

    @pytest.mark.parametrize("quality", QUALITIES)
    async def test_of_webp_is_that_of_its_encoder(self, ada: Person, group: Room, quality: str) -> None:
        drawn = photograph((128, 96))
        wanted = saved(drawn, "WEBP", lossless=False, quality=QUALITIES[quality])
        id = await ada.sent(group, "a", saved(drawn))
        answer = await asked(ada, id, output_format="Webp", quality=quality)
        assert 0.75 < len(answer.content) / len(wanted) < 1.33
        assert 0.75 < difference(picture(answer), drawn) / difference(picture(wanted), drawn) < 1.33

    @pytest.mark.parametrize("output", ["Png", "Gif"])
    async def test_does_not_matter_to_png_and_gif(self, ada: Person, group: Room, output: str) -> None:
        id = await ada.sent(group, "a", saved(photograph((64, 48)), "WEBP"))
        answers = [await asked(ada, id, "32x24", output_format=output, quality=quality) for quality in QUALITIES]
        assert len({answer.content for answer in answers}) == 1
        assert len({answer.headers["etag"] for answer in answers}) == 1

    async def test_of_png_is_perfect(self, ada: Person, group: Room) -> None:
        drawn = photograph((64, 48))
        for container in ("BMP", "TIFF", "WEBP"):
            shown = await preview(ada, group, saved(drawn, container), output_format="Png", quality="Lowest")
            assert shown.tobytes() == drawn.tobytes()

    async def test_of_gif_is_as_good_as_256_colours_can_be(self, ada: Person, group: Room) -> None:
        drawn = photograph((128, 96))
        shown = await preview(ada, group, saved(drawn), output_format="Gif")
        assert difference(shown, drawn) < 1.5 * difference(drawn.quantize(256), drawn)
        line = plain(WHITE, (400, 300))
        line.paste(RED, (0, 101, 400, 102))
        line.paste(GREEN, (151, 0, 152, 300))
        shown = await preview(ada, group, saved(line), output_format="Gif")
        assert_colour(shown, (300, 101), RED, 24)
        assert_colour(shown, (151, 200), GREEN, 24)
        exact = await preview(ada, group, saved(quadrants((40, 20))), output_format="Gif")
        assert_quadrants(exact, tolerance=0)
