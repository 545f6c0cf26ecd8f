"""What lies around a picture: borders, and what a rounded shape leaves out."""

from typing import Final

from PIL import Image, ImageChops, ImageDraw

from app.adapters.previews.colours import in_mode
from app.domain.specifications import Area, Drawing

_WITH_TRANSPARENT_BORDERS: Final = frozenset({"png", "webp"})
_MOST_DRAWN: Final = 8192 * 8192


def framed(picture: Image.Image, area: Area, wanted: Drawing) -> Image.Image:
    """Return the area with the picture, which is no larger, in its middle."""
    if wanted.format == "jpeg":
        picture = _on_white(picture)
    if picture.size != area:
        picture = _bordered(picture, area, wanted)
    return _rounded(picture, wanted) if wanted.rounded else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.mode.endswith("A"):
        return picture
    opaque = picture.mode.removesuffix("A")
    white = Image.new(opaque, picture.size, "white")
    white.paste(picture.convert(opaque), mask=picture.getchannel("A"))
    return white


def _bordered(picture: Image.Image, area: Area, wanted: Drawing) -> Image.Image:
    canvas = Image.new(_mode(picture, wanted), area, _nothing(picture, wanted))
    offset = (area.width - picture.width) // 2, (area.height - picture.height) // 2
    canvas.paste(in_mode(picture, canvas.mode), offset)
    return canvas


def _rounded(picture: Image.Image, wanted: Drawing) -> Image.Image:
    mask = _ellipse(Area(*picture.size))
    if wanted.format not in _WITH_TRANSPARENT_BORDERS:
        canvas = Image.new(picture.mode, picture.size, _nothing(picture, wanted))
        canvas.paste(picture, mask=mask)
        return canvas
    rounded = in_mode(picture, _mode(picture, wanted))
    rounded.putalpha(ImageChops.multiply(rounded.getchannel("A"), mask))
    return rounded


def _mode(picture: Image.Image, wanted: Drawing) -> str:
    """Return what a picture becomes around which there is nothing."""
    has_alpha = wanted.format in _WITH_TRANSPARENT_BORDERS or picture.mode.endswith("A")
    return picture.mode.removesuffix("A") + ("A" if has_alpha else "")


def _nothing(picture: Image.Image, wanted: Drawing) -> tuple[int, ...]:
    """Return what is seen where nothing of the picture is: transparent, or else black and opaque."""
    black = [0 for _ in picture.mode.removesuffix("A")]
    alpha = 0 if wanted.format in _WITH_TRANSPARENT_BORDERS else 255
    return tuple(black + [alpha] * _mode(picture, wanted).endswith("A"))


def _ellipse(area: Area) -> Image.Image:
    """Return a mask of the ellipse that fills the area, with a smooth edge: drawn larger, then reduced.

    Of a very large one half the size is drawn, then enlarged: what is drawn has to fit into memory, too.
    """
    times = next((times for times in (4, 2) if area.pixels * times**2 <= _MOST_DRAWN), 0)
    if not times:
        half = Area(-(-area.width // 2), -(-area.height // 2))
        return _ellipse(half).resize(area, Image.Resampling.BILINEAR)
    large = Image.new("L", (area.width * times, area.height * times))
    ImageDraw.Draw(large).ellipse((0, 0, large.width - 1, large.height - 1), fill=255)
    return large.reduce(times)
