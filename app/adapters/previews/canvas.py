"""What lies around a picture: borders, and what a rounded shape leaves out."""

from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageDraw

from app.adapters.previews.geometry import Placing
from app.domain.specifications import Area, Drawing

_WITH_TRANSPARENT_BORDERS: Final = frozenset({"png", "webp"})
_FINEST: Final = 4096 * 4096


def framed(picture: Image.Image, place: Placing, wanted: Drawing) -> Image.Image:
    """Return the area with the picture in its middle."""
    if wanted.format == "jpeg":
        picture = _on_white(picture)
    if place.has_borders:
        picture = _bordered(picture, place, wanted)
    return _rounded(picture, wanted) if wanted.rounded else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.mode.endswith("A"):
        return picture
    opaque = picture.mode.removesuffix("A")
    white = Image.new(opaque, picture.size, "white")
    white.paste(picture.convert(opaque), mask=picture.getchannel("A"))
    return white


def _bordered(picture: Image.Image, place: Placing, wanted: Drawing) -> Image.Image:
    canvas = _nothing(picture, place.area, wanted)
    canvas.paste(picture if picture.mode == canvas.mode else picture.convert(canvas.mode), place.offset)
    return canvas


def _rounded(picture: Image.Image, wanted: Drawing) -> Image.Image:
    area = Area(*picture.size)
    nothing, mask = _nothing(picture, area, wanted), _ellipse(area)
    if wanted.format not in _WITH_TRANSPARENT_BORDERS:
        return Image.composite(picture, nothing, mask)
    rounded = picture.convert(nothing.mode)
    rounded.putalpha(ImageChops.multiply(rounded.getchannel("A"), mask))
    return rounded


def _nothing(picture: Image.Image, area: Area, wanted: Drawing) -> Image.Image:
    """Return what is seen where nothing of the picture is: transparent, or else black and opaque."""
    opaque = picture.mode.removesuffix("A")
    if wanted.format in _WITH_TRANSPARENT_BORDERS:
        return Image.new(f"{opaque}A", area)
    return Image.new(opaque, area).convert(picture.mode)


@lru_cache(maxsize=1)  # all frames of an animation have the same
def _ellipse(area: Area) -> Image.Image:
    """Return a mask of the ellipse that fills the area, with a smooth edge: drawn larger, then reduced."""
    times = 4 if area.pixels <= _FINEST else 2
    large = Image.new("L", (area.width * times, area.height * times))
    ImageDraw.Draw(large).ellipse((0, 0, large.width - 1, large.height - 1), fill=255)
    return large.reduce(times)
