"""Pictures of images."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from typing import Final

from PIL import ExifTags, Image, PngImagePlugin
from PIL.ImageFile import ImageFile

from app.adapters.previews import colours, encoding, unchanged
from app.adapters.previews.canvas import framed
from app.adapters.previews.encoding import Animation
from app.adapters.previews.geometry import Box, Placing, placing
from app.domain.errors import NoSuchPages, NotPreviewable
from app.domain.specifications import Area, Drawing

# No other is tried: some formats run code, or reach out.
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")
_ANIMATED: Final = frozenset({"GIF", "PNG", "WEBP"})
_MOST_PIXELS: Final = 50_000_000
_MOST_PIXELS_OF_FRAMES: Final = 200_000_000
_LEAST_PIXELS_OF_FRAME: Final = 4096  # so much work is even the smallest
_MOST_BYTES_OF_TEXT: Final = 16 * 1024**2
_REDUCING_GAP: Final = 3.0  # the quality of a plain bicubic
_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED: Final = frozenset({5, 6, 7, 8})

Image.MAX_IMAGE_PIXELS = None  # judged here, for every format
PngImagePlugin.MAX_TEXT_CHUNK = _MOST_BYTES_OF_TEXT  # more than Pillow allows: editors write a lot


def drawn(source: bytes, wanted: Drawing) -> bytes:
    """Return the picture, or the source itself if it is that already. Raises NotPreviewable."""
    image = _opened(source)
    if image.format == "PNG":  # its metadata may lie behind the picture, and what is broken is told only once
        _loaded(image)
    orientation = _orientation(image)
    place = placing(wanted, _turned(Area(*image.size), orientation))
    if wanted.format == "gif" and _is_animated(image):
        return _animated(source, image, place, orientation, wanted)
    if _may_stay(image, place, orientation, wanted):
        _loaded(image)
        kept = unchanged.kept(source, image, wanted.quality)
        if kept is not None:
            return kept
    picture = _still(image, place, orientation, wanted)
    del image  # its pixels would stay in memory until the picture is encoded
    return encoding.encoded(picture, wanted)


@contextmanager
def reading() -> Iterator[None]:
    """Take whatever a library raises for what it says: nobody can read this. What was found meanwhile stays so."""
    try:
        yield
    except (NotPreviewable, NoSuchPages, MemoryError):
        raise
    except Exception as error:  # there is no end to what hostile bytes can bring about
        raise NotPreviewable(str(error)) from error


def _opened(source: bytes) -> ImageFile:
    with reading():
        image = Image.open(BytesIO(source), formats=_FORMATS)
    if not 0 < Area(*image.size).pixels <= _MOST_PIXELS:
        raise NotPreviewable("the image has too many pixels, or none")
    return image


def _loaded(image: ImageFile) -> ImageFile:
    with reading():
        image.load()
    return image


def _orientation(image: Image.Image) -> int:
    exif = Image.Exif()  # not `getexif`: that also believes other metadata, which no browser does
    try:
        exif.load(image.info.get("exif", b""))
        orientation = exif.get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - whatever is wrong with what is said of the image: the image may be well
        return 1
    # A TIFF is turned when it is loaded, and is as large as that already.
    return orientation if orientation in _TRANSPOSITIONS and image.format != "TIFF" else 1


def _turned(size: Area, orientation: int) -> Area:
    return Area(size.height, size.width) if orientation in _TURNED else size


def _may_stay(image: ImageFile, place: Placing, orientation: int, wanted: Drawing) -> bool:
    is_same = place.is_identity(Area(*image.size)) and orientation == 1 and not wanted.rounded
    return is_same and image.format == wanted.format.upper() and image.mode != "CMYK"


def _is_animated(image: ImageFile) -> bool:
    with reading():
        return image.format in _ANIMATED and bool(getattr(image, "is_animated", False))


def _still(image: ImageFile, place: Placing, orientation: int, wanted: Drawing) -> Image.Image:
    box = _drafted(image, place, orientation)
    return _shown(_loaded(image), place, box, orientation, wanted)


def _shown(image: Image.Image, place: Placing, box: Box, orientation: int, wanted: Drawing) -> Image.Image:
    """Return a frame as it is wanted."""
    with reading():
        plain = colours.plain(image)
        profile = image.info.get("icc_profile")
    picture = _oriented(_scaled(plain, _turned(place.scaled, orientation), box), orientation)
    return framed(colours.standard(picture, profile), place.area, wanted)


def _drafted(image: ImageFile, place: Placing, orientation: int) -> Box:
    """Have no more decoded than is needed, where the format can; return the box in what will be decoded."""
    whole = Area(*image.size)
    box = _unturned(place.box, orientation)
    scaled = _turned(place.scaled, orientation)
    needed = (
        scaled.width * whole.width / (box.right - box.left),
        scaled.height * whole.height / (box.bottom - box.top),
    )
    with reading():
        drafted = image.draft(None, (round(needed[0]), round(needed[1])))
    # Of the last block of pixels there may be more than an eighth: the box says how much is of the image.
    across, down = (drafted[1][2] / whole.width, drafted[1][3] / whole.height) if drafted else (1, 1)
    return Box(box.left * across, box.top * down, box.right * across, box.bottom * down)


def _unturned(box: Box, orientation: int) -> Box:
    """Return the box before the image is turned: it is in the middle either way."""
    return Box(box.top, box.left, box.bottom, box.right) if orientation in _TURNED else box


def _scaled(image: Image.Image, size: Area, box: Box) -> Image.Image:
    if size == image.size and box == (0, 0, *image.size):
        return image
    return image.resize(size, Image.Resampling.BICUBIC, box, _REDUCING_GAP)


def _oriented(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(_TRANSPOSITIONS[orientation])


def _animated(source: bytes, image: ImageFile, place: Placing, orientation: int, wanted: Drawing) -> bytes:
    most_frames = _MOST_PIXELS_OF_FRAMES // max(Area(*image.size).pixels, place.area.pixels, _LEAST_PIXELS_OF_FRAME)
    if _may_stay(image, place, orientation, wanted):
        for _ in _frames(image, most_frames):
            pass  # all of them can be decoded
        kept = unchanged.kept(source, image, wanted.quality)
        if kept is not None:
            return kept
    box = _unturned(place.box, orientation)
    animation = Animation(_repetitions(image))
    for frame in _frames(image, most_frames):
        animation.add(_shown(frame, place, box, orientation, wanted), frame.info.get("duration", 0))
    return animation.encoded()


def _repetitions(image: ImageFile) -> int | None:
    """Return how often it is shown again, 0 for ever, None for never: that is what GIFs count, others count plays."""
    plays: int | None = image.info.get("loop")
    if image.format == "GIF" or not plays:
        return plays
    return plays - 1 or None


def _frames(image: ImageFile, most: int) -> Iterator[ImageFile]:
    """Yield the image at each of its frames. They are not counted before: that would be to read it all twice."""
    size = image.size
    # The first image of a PNG can be for those alone who know no animations.
    for number in count(1 if image.info.get("default_image") else 0):
        with reading():
            try:
                image.seek(number)
            except EOFError:
                return
        if number >= most or image.size != size:  # Pillow would let the whole animation grow with a frame
            raise NotPreviewable("the animation has too many frames, or one that is larger than itself")
        yield _loaded(image)
