"""Small pictures of every mode and format, made by code; what is shown of them, as pictures again."""

import io
import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import httpx
from containers import adobe_marker, png, without_segments
from people import Person, Room
from PIL import Image, ImageChops, ImageStat

Size = tuple[int, int]
Box = tuple[float, float, float, float]
Colour = tuple[int, ...]
Picture = Image.Image

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
BLACK, GREY, WHITE = (0, 0, 0), (128, 128, 128), (255, 255, 255)
NOTHING = (0, 0, 0, 0)
#: Formats that are opened, as Pillow names them.
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
#: What is done to an upright picture when it is stored with an EXIF orientation.
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
ORIENTATIONS = range(1, 9)
ORIENTATION = 0x0112


def quadrants(size: Size = (16, 8), colours: Sequence[Colour] = (RED, GREEN, BLUE, YELLOW)) -> Picture:
    """Draw four colours: top left, top right, bottom left, bottom right."""
    width, height = size
    drawn = Image.new("RGBA" if len(colours[0]) == 4 else "RGB", size, colours[3])
    drawn.paste(colours[0], (0, 0, width // 2, height // 2))
    drawn.paste(colours[1], (width // 2, 0, width, height // 2))
    drawn.paste(colours[2], (0, height // 2, width // 2, height))
    return drawn


def plain(colour: Colour | int, size: Size = (16, 8), mode: str = "RGB") -> Picture:
    return Image.new(mode, size, colour)


def gradient(size: Size = (64, 48)) -> Picture:
    """Draw red growing to the right, green growing downwards, and blue against both."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, ImageChops.invert(ImageChops.add(across, down, 2))))


@lru_cache
def photograph(size: Size = (400, 300), seed: int = 7) -> Picture:
    """Draw something with detail of every size, as photographs have it; not to be changed."""
    source, drawn = random.Random(seed), Image.new("RGB", size, GREY)  # noqa: S311 - the same each time
    for step, share in ((64, 0.7), (16, 0.3), (4, 0.12), (1, 0.03)):
        width, height = -(-size[0] // step), -(-size[1] // step)
        noise = Image.frombytes("RGB", (width, height), source.randbytes(width * height * 3))
        drawn = Image.blend(drawn, noise.resize(size, Image.Resampling.BICUBIC), share)
    return drawn


def saved(drawn: Picture, container: str = "PNG", **options: Any) -> bytes:
    """Write a picture as Pillow does: `saved(quadrants(), "JPEG", quality=95)`."""
    into = io.BytesIO()
    if container == "JPEG":
        options = {"quality": 95, "subsampling": 0, **options}
    if container == "WEBP":
        options = {"lossless": True, "exact": True, **options}
    drawn.save(into, container, **options)
    return into.getvalue()


def turned(drawn: Picture, orientation: int, container: str = "JPEG", **options: Any) -> bytes:
    """Store a picture so that it is upright again when its EXIF orientation is applied."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = drawn.transpose(_TURNED[orientation]) if orientation in _TURNED else drawn
    return saved(stored, container, exif=exif, **options)


def animated(frames: Sequence[Picture], container: str = "GIF", **options: Any) -> bytes:
    """Write frames of 100 ms each, to be repeated for ever if nothing else is said."""
    said = {"duration": 100, "loop": 0, **options}
    if said["loop"] is None:
        del said["loop"]
    return saved(frames[0], container, save_all=True, append_images=frames[1:], **said)


def colours_in_turn(count: int = 4, size: Size = (12, 8)) -> list[Picture]:
    """Return frames of one colour each."""
    return [plain((RED, GREEN, BLUE, YELLOW, WHITE)[number % 5], size) for number in range(count)]


def cmyk_jpeg(drawn: Picture, *, adobe: bool = True) -> bytes:
    """Store inks as everybody does, turned round; with or without the marker that says so."""
    written = saved(drawn.convert("CMYK"), "JPEG")
    return written if adobe else without_segments(written, "APP14 Adobe")


def ycck_jpeg(drawn: Picture) -> bytes:
    """Store inks as Photoshop does: three of them as luminance and colour, and black."""
    inks = drawn.convert("CMYK").split()
    luminance = Image.merge("RGB", inks[:3]).convert("YCbCr").split()
    turned_round = [ImageChops.invert(channel) for channel in luminance]
    written = saved(Image.merge("CMYK", (*turned_round, inks[3])), "JPEG")
    return written.replace(adobe_marker(0), adobe_marker(2))


def png_of_16_bits(drawn: Picture) -> bytes:
    """Store each of the bands as numbers of 16 bits, which Pillow can only for one band."""
    colour = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}[drawn.mode]
    return png(drawn.size, 16, colour, b"".join(bytes((value, value)) for value in drawn.tobytes()))


def picture(answer: httpx.Response | bytes) -> Picture:
    """Return the picture of an answer, which is what it says it is."""
    if isinstance(answer, bytes):
        return _opened(answer)
    assert answer.status_code == 200, (answer.status_code, answer.text)
    opened = _opened(answer.content)
    assert answer.headers.get_list("content-type") == [TYPES[opened.format or ""]]
    assert answer.headers["content-length"] == str(len(answer.content))
    return opened


def _opened(content: bytes) -> Picture:
    opened = Image.open(io.BytesIO(content))
    opened.load()
    return opened


async def asked(person: Person, file: str, area: str = "0x0", kind: str = "", **query: str) -> httpx.Response:
    """Ask for what is shown of a file: `await asked(ada, id, "80x60", "thumbnail", quality="Low")`."""
    return await person("GET", f"/preview/image/{file}/{area}/{kind}", params=query)


#: What was sent last, which need not be sent again: the room, the bytes, the file.
_last: tuple[str, bytes, str] = ("", b"", "")


async def file_of(person: Person, room: Room, source: bytes) -> str:
    """Send a picture, if it was not the last that was, and return the file's id."""
    global _last  # noqa: PLW0603 - most tests look at one picture in many ways
    if _last[:2] != (room["id"], source):
        _last = (room["id"], source, await person.sent(room, "a", source))
    return _last[2]


async def preview(person: Person, room: Room, source: bytes, area: str = "0x0", **query: str) -> Picture:
    """Send a picture and return its preview."""
    return picture(await asked(person, await file_of(person, room, source), area, **query))


async def thumbnail(person: Person, room: Room, source: bytes, area: str = "0x0", **query: str) -> Picture:
    """Send a picture and return its thumbnail."""
    return picture(await asked(person, await file_of(person, room, source), area, "thumbnail", **query))


def opaque(shown: Picture) -> Picture:
    """Return it in three colours of 8 bits, and see that nothing of it is transparent."""
    if shown.mode == "I;16":
        shown = Image.frombytes("L", shown.size, shown.tobytes()[1::2])
    assert shown.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    return shown.convert("RGB")


def is_near(one: Colour, other: Colour, tolerance: int = 12) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def assert_colour(shown: Picture, place: tuple[float, float], colour: Colour, tolerance: int = 12) -> None:
    """See the colour of one pixel; of four numbers the last is how opaque it is, and NOTHING has no colour."""
    found = shown.convert("RGBA" if len(colour) == 4 else "RGB").getpixel((int(place[0]), int(place[1])))
    assert isinstance(found, tuple)
    if colour == NOTHING:
        found, colour = found[3:], colour[3:]
    assert is_near(found, colour, tolerance), f"{found} at {place} of {shown} is not {colour}"


def assert_quadrants(
    shown: Picture, box: Box | None = None, colours: Sequence[Colour] = (RED, GREEN, BLUE, YELLOW), tolerance: int = 12
) -> None:
    """See the four colours in their places, in the middle of each and in the corners of the box."""
    left, top, right, bottom = box or (0, 0, *shown.size)
    places = [(x, y) for y in (0, 1) for x in (0, 1)]
    for (x, y), colour in zip(places, colours, strict=True):
        for along in (0.25, 0.01):
            across, down = (1 - along if x else along), (1 - along if y else along)
            place = (left + (right - left) * across, top + (bottom - top) * down)
            assert_colour(shown, place, colour, tolerance)


def extent(shown: Picture) -> Box:
    """Return where a picture of bright colours is in what may be black or transparent around it."""
    bands = shown.split()[-1:] if shown.mode in ("RGBA", "LA") else shown.convert("RGB").split()
    brightest = bands[0]
    for band in bands[1:]:
        brightest = ImageChops.lighter(brightest, band)
    box = brightest.point(lambda value: 255 if value >= 128 else 0).getbbox()
    assert box, "nothing is to be seen"
    return box


def assert_box(found: Box, expected: Box) -> None:
    """See that a box is where it should be, to the pixel to which its edges are rounded."""
    assert all(abs(one - other) <= 1 for one, other in zip(found, expected, strict=True)), (found, expected)


def difference(one: Picture, other: Picture) -> float:
    """Return how far two pictures differ in the mean, of 255; laid on grey where they are transparent."""
    assert one.size == other.size
    pictures = [Image.alpha_composite(Image.new("RGBA", one.size, GREY), each.convert("RGBA")) for each in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*pictures)).mean)
