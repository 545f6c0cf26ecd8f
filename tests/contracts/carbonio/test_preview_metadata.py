"""Nothing that a picture says about itself gets into what is shown of it: where it was taken above all."""

import struct
import zlib

import pytest
from containers import OF_A_PICTURE, block, chunk, names, segment, with_part
from people import Person, Room
from pictures import (
    BLUE,
    GREEN,
    RED,
    Picture,
    animated,
    asked,
    assert_colour,
    assert_quadrants,
    colours_in_turn,
    picture,
    plain,
    quadrants,
    saved,
    turned,
)
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base
from profiles import DESCRIPTION, of_swapped_colours

SECRET = b"secret"
WORDS = "Taken in secret by a secret person"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf>{WORDS}</rdf></x:xmpmeta>".encode()
OUTPUTS = ["Jpeg", "Png", "Gif", "Webp"]
FOUR = quadrants((32, 16))


def exif(*, orientation: int | None = None) -> Image.Exif:
    """Say who took a picture, with what, when, and where on Earth."""
    said = Image.Exif()
    said[Base.ImageDescription] = said[Base.Artist] = said[Base.Make] = WORDS
    said.get_ifd(IFD.GPSInfo).update(
        {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (52.0, 31.0, 7.0), GPS.GPSAreaInformation: WORDS.encode()}
    )
    said.get_ifd(IFD.Exif)[Base.UserComment] = WORDS.encode()
    if orientation:
        said[Base.Orientation] = orientation
    return said


def photoshop() -> bytes:
    """Spell what an agency says of its picture (IPTC)."""
    caption = b"\x1c\x02\x78" + struct.pack(">H", len(WORDS)) + WORDS.encode()
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(caption)) + caption + bytes(len(caption) % 2)


def small_picture() -> bytes:
    """Return a picture of the picture, which once showed more than it."""
    return saved(plain(GREEN, (8, 8)), "JPEG", comment=SECRET)


JPEG, PNG, GIF = saved(FOUR, "JPEG"), saved(FOUR), saved(FOUR, "GIF")
WEBP, ANIMATION = saved(FOUR, "WEBP"), animated(colours_in_turn(3, (32, 16)))
PROFILE = of_swapped_colours()
TAGGED = TiffImagePlugin.ImageFileDirectory_v2()
TAGGED[Base.ImageDescription], TAGGED[700] = WORDS, XMP
#: What says something, and in what it is said.
TELLING = {
    "jpeg: exif": saved(FOUR, "JPEG", exif=exif()),
    "jpeg: exif and orientation": turned(FOUR, 1)[:2] + saved(FOUR, "JPEG", exif=exif(orientation=1))[2:],
    "jpeg: xmp": saved(FOUR, "JPEG", xmp=XMP),
    "jpeg: more of xmp": with_part(JPEG, segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + XMP), "APP0 JFIF"),
    "jpeg: a comment": saved(FOUR, "JPEG", comment=WORDS),
    "jpeg: an agency's words": with_part(JPEG, segment(0xED, photoshop()), "APP0 JFIF"),
    "jpeg: a profile": saved(FOUR, "JPEG", icc_profile=PROFILE),
    "jpeg: a small picture": with_part(JPEG, segment(0xE0, b"JFXX\0\x10" + small_picture()), "APP0 JFIF"),
    "jpeg: a small picture in its header": JPEG[:2] + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\2\1" + SECRET) + JPEG[20:],
    "jpeg: more pictures": with_part(
        saved(FOUR, "MPO", save_all=True, append_images=[plain(GREEN, (32, 16))]), segment(0xFE, SECRET), "SOI"
    ),
    "jpeg: a broken index of more pictures": with_part(JPEG, segment(0xE2, b"MPF\0" + SECRET), "APP0 JFIF"),
    "jpeg: something of its own": with_part(JPEG, segment(0xEB, b"JP" + SECRET), "APP0 JFIF"),
    "jpeg: something after the picture": JPEG + small_picture(),
    "jpeg: a comment after the tables": with_part(JPEG, segment(0xFE, SECRET), "DHT"),
    "png: exif": saved(FOUR, exif=exif()),
    "png: text": with_part(PNG, chunk(b"tEXt", b"Comment\0" + WORDS.encode()), "IHDR"),
    "png: packed text": with_part(PNG, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(WORDS.encode())), "IHDR"),
    "png: xmp": with_part(PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP), "IHDR"),
    "png: text after the picture": with_part(PNG, chunk(b"tEXt", b"Comment\0" + WORDS.encode()), "IDAT"),
    "png: its time": with_part(PNG, chunk(b"tIME", struct.pack(">H5B", 2024, 8, 30, 11, 8, 26)), "IHDR"),
    "png: a profile": saved(FOUR, icc_profile=PROFILE),
    "png: something of its own": with_part(PNG, chunk(b"seCr", SECRET), "IHDR"),
    "png: something after its end": PNG + SECRET,
    "gif: a comment": with_part(GIF, block(0xFE, WORDS.encode()), "header"),
    "gif: xmp": with_part(GIF, block(0xFF, b"XMP DataXMP", XMP), "header"),
    "gif: a profile": with_part(GIF, block(0xFF, b"ICCRGBG1012", PROFILE[:255], PROFILE[255:510]), "header"),
    "gif: text": with_part(GIF, block(0x01, struct.pack("<4H4B", 0, 0, 8, 8, 8, 8, 0, 1), SECRET), "header"),
    "gif: something after its end": GIF + SECRET,
    "animated gif: a comment": with_part(ANIMATION, block(0xFE, WORDS.encode()), "image"),
    "webp: exif": saved(FOUR, "WEBP", exif=exif()),
    "webp: xmp": saved(FOUR, "WEBP", xmp=XMP),
    "webp: a profile": saved(FOUR, "WEBP", icc_profile=PROFILE),
    "webp: something after its end": WEBP + SECRET,
    "animated webp: all of it": animated(colours_in_turn(3, (32, 16)), "WEBP", exif=exif(), xmp=XMP),
    "tiff: tags": saved(FOUR, "TIFF", tiffinfo=TAGGED),
    "tiff: exif": saved(FOUR, "TIFF", exif=exif()),
    "tiff: a profile": saved(FOUR, "TIFF", icc_profile=PROFILE),
    "bmp: something after its end": saved(FOUR, "BMP") + SECRET,
}


def test_the_sources_tell_what_they_should() -> None:
    hidden = {"png: packed text", "png: its time", "png: a profile"}
    for name, source in TELLING.items():
        assert (SECRET in source) is (name not in hidden), name
    assert SECRET.decode() in DESCRIPTION


@pytest.mark.parametrize("name", TELLING)
class TestTelling:
    async def test_tells_nothing_and_is_the_same_picture(self, ada: Person, group: Room, name: str) -> None:
        id = await ada.sent(group, "a", TELLING[name])
        for output in OUTPUTS:
            for area, kind in (("0x0", ""), ("16x8", "thumbnail")):
                answer = await asked(ada, id, area, kind, output_format=output, quality="Highest")
                assert_shows(picture(answer), name)
                assert_tells_nothing(answer.content)

    async def test_tells_nothing_however_coarse(self, ada: Person, group: Room, name: str) -> None:
        id = await ada.sent(group, "a", TELLING[name])
        answer = await asked(ada, id, quality="Lowest")
        assert picture(answer).size == (32, 16)
        assert_tells_nothing(answer.content)


def assert_tells_nothing(content: bytes) -> None:
    assert SECRET not in content
    assert set(names(content)) <= OF_A_PICTURE
    shown = picture(content)
    assert not shown.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment", "photoshop", "mp", "XML:com.adobe.xmp"} & {*shown.info}


def assert_shows(shown: Picture, name: str) -> None:
    """See what each of the pictures shows; those with a profile have red and blue exchanged."""
    if "animated" in name:
        assert_colour(shown, (4, 4), RED, 24)
    elif "profile" in name and "gif" not in name:
        assert_quadrants(shown, colours=(BLUE, GREEN, RED, (0, 255, 255)), tolerance=40)
    else:
        assert_quadrants(shown, tolerance=40)


class TestOrientation:
    @pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP", "TIFF"])
    async def test_is_not_told_once_it_is_applied(self, ada: Person, group: Room, container: str) -> None:
        stored = FOUR.transpose(Image.Transpose.ROTATE_90)
        id = await ada.sent(group, "a", saved(stored, container, exif=exif(orientation=6)))
        for output in OUTPUTS:
            for area in ("0x0", "16x8"):
                answer = await asked(ada, id, area, output_format=output, quality="Highest")
                assert SECRET not in answer.content
                assert set(names(answer.content)) <= OF_A_PICTURE
                assert_quadrants(picture(answer), tolerance=40)
