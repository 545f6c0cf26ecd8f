"""Files for the contact sheet: one scene, in which top, left, small print and fine lines are told at a glance."""

from array import array
from collections.abc import Callable
from math import cos, sin, tau
from typing import Final

from PIL import Image, ImageCms, ImageDraw, ImageFont
from PIL.ExifTags import Base

from bench.previews.sources import encoded

_SIZE: Final = (1440, 960)
_RAYS: Final = 36
_BARS: Final = ("#d7263d", "#f46036", "#f6c90e", "#1b998b", "#2e86de", "#5f27cd", "#111111", "#ffffff")
_PRINT: Final = "Small print: sphinx of black quartz, judge my vow. 0123456789"
# What a viewer undoes, by the number that a file says (Exif 2.3, 4.6.4).
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def scene(*, sun: float = 0.5) -> Image.Image:
    """Draw it; the sun stands so far on its way from left to right."""
    picture = Image.linear_gradient("L").resize(_SIZE)
    picture = Image.merge("RGB", [picture.point(_between(*ends)) for ends in ((90, 252), (160, 236), (230, 214))])
    draw = ImageDraw.Draw(picture)
    at = 150 + 1140 * sun
    draw.ellipse((at - 90, 40, at + 90, 220), fill="#ffd43b", outline="#f08c00", width=6)
    draw.polygon([(0, 700), (380, 470), (760, 640), (1120, 430), (1440, 660), (1440, 960), (0, 960)], fill="#4c9a5b")
    _house(draw)
    _star(draw, (1190, 590), 160)
    _words(draw)
    return picture


def jpeg() -> bytes:
    """Return the scene as a camera might, without any loss that shows."""
    return encoded(scene(), "JPEG", quality=97, subsampling=0)


def translucent() -> Image.Image:
    """Return the scene with a sky that fades towards the left, and a round hole."""
    picture = scene()
    alpha = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(_SIZE)
    draw = ImageDraw.Draw(alpha)
    draw.rectangle((0, 480, *_SIZE), fill=255)
    draw.ellipse((620, 520, 860, 760), fill=0)
    picture.putalpha(alpha)
    return picture


def small() -> bytes:
    """Return a picture smaller than what is asked for."""
    return encoded(scene().resize((54, 36)), "PNG")


def turned(orientation: int) -> bytes:
    """Return the scene as a camera has it that was held otherwise, and says so."""
    picture = scene().resize((720, 480))
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    return encoded(picture.transpose(_TURNS[orientation]) if orientation > 1 else picture, "JPEG", exif=exif)


def animation(frames: int) -> bytes:
    """Return a GIF in which the sun goes its way."""
    first, *others = [scene(sun=number / (frames - 1)).resize((720, 480)).quantize() for number in range(frames)]
    return encoded(first, "GIF", save_all=True, append_images=others, duration=250, loop=0)


def modes() -> dict[str, bytes]:
    """Return the scene in every kind of pixels, by its name."""
    picture = scene().resize((720, 480))
    clear = translucent().resize((720, 480))
    deep = array("H", (257 * value for value in picture.convert("L").tobytes()))
    return {
        "CMYK in a JPEG": encoded(picture.convert("CMYK"), "JPEG", quality=95),
        "CMYK in a TIFF": encoded(picture.convert("CMYK"), "TIFF"),
        "grey of 16 bits": encoded(Image.frombytes("I;16", picture.size, deep.tobytes()), "PNG"),
        "grey of 8 bits": encoded(picture.convert("L"), "PNG"),
        "grey with alpha": encoded(clear.convert("LA"), "PNG"),
        "black and white": encoded(picture.convert("1"), "BMP"),
        "palette": encoded(picture.quantize(32), "PNG"),
        "palette with alpha": encoded(clear.quantize(64), "PNG"),
        "WebP with alpha": encoded(clear, "WEBP", lossless=True),
        "profile of its own": _profiled(picture),
    }


def _profiled(picture: Image.Image) -> bytes:
    """Return it with red for green, and a profile that says so: who ignores it shows red hills."""
    red, green, blue = picture.split()
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = usual.replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"?XYZ", b"gXYZ", 1)
    return encoded(Image.merge("RGB", (green, red, blue)), "PNG", icc_profile=swapped)


def _between(low: int, high: int) -> Callable[[float], float]:
    return lambda value: low + (high - low) * value / 255


def _house(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((120, 560, 470, 800), fill="#f1e3d3", outline="#3b2f2f", width=6)
    draw.polygon([(90, 570), (295, 400), (500, 570)], fill="#b5483a", outline="#3b2f2f", width=6)
    draw.rectangle((370, 430, 420, 520), fill="#8d6e63")
    draw.rectangle((160, 640, 240, 800), fill="#6d4c41")
    for left in (290, 370):
        draw.rectangle((left, 640, left + 60, 700), fill="#9ad0f5", outline="#3b2f2f", width=5)


def _star(draw: ImageDraw.ImageDraw, middle: tuple[int, int], radius: int) -> None:
    """Draw rays, which are finer towards the middle than any pixel."""
    x, y = middle
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="#ffffff")
    for ray in range(_RAYS):
        edges = [tau * (ray + part) / _RAYS for part in (0, 0.25, 0.5)]
        draw.polygon([middle, *((x + radius * cos(edge), y + radius * sin(edge)) for edge in edges)], fill="#111111")


def _words(draw: ImageDraw.ImageDraw) -> None:
    for number, colour in enumerate(_BARS):
        draw.rectangle((180 * number, 890, 180 * (number + 1), 960), fill=colour)
    draw.text((40, 24), "TOP LEFT", font=ImageFont.load_default(110), fill="#102a43")
    draw.text((560, 790), _PRINT, font=ImageFont.load_default(28), fill="#ffffff")
    draw.text((560, 830), _PRINT, font=ImageFont.load_default(18), fill="#ffffff")
