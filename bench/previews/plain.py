"""The plain way to make a preview, which is the one of the service that Enfilade replaces: each step by itself.

A picture is decoded in full, resized as Pillow does by itself, and laid on a canvas of the size that was asked for.
"""

import io
from collections.abc import Callable
from typing import Final

import pypdfium2
from PIL import Image, ImageDraw, ImageSequence

from bench.previews.sources import Size, encoded

QUALITY: Final = {"Low": 15, "Medium": 50, "Highest": 95}


def preview(source: bytes, size: Size | None, quality: str = "Medium") -> bytes:
    """Return a JPEG of this size, or of the original's."""
    picture = _opened(source)
    area = size or picture.size
    return encoded(_laid(picture.resize(_within(picture.size, area)), area), "JPEG", quality=QUALITY[quality])


def rounded(source: bytes, size: Size) -> bytes:
    """Return a PNG of this size, an ellipse with a smooth edge."""
    picture = _covering(_opened(source), size)
    mask = Image.new("L", (4 * size[0], 4 * size[1]))
    ImageDraw.Draw(mask).ellipse((0, 0, *mask.size), fill=255)
    picture.putalpha(mask.resize(size))
    return encoded(picture, "PNG")


def animation(source: bytes, size: Size) -> bytes:
    """Return a GIF with all frames: resized into one, then each laid on its canvas for another."""
    resized = _each(source, lambda frame: frame.resize(_within(frame.size, size)))
    return _each(resized, lambda frame: _laid(frame, size))


def thumbnail(source: bytes, size: Size) -> bytes:
    """Return the top of a document's first page as a JPEG of this size."""
    drawn = pypdfium2.PdfDocument(source)[0].render().to_pil()
    picture = _opened(encoded(drawn, "JPEG", quality=QUALITY["Highest"]))
    return encoded(_covering(picture, size, of_rest_above=0), "JPEG", quality=QUALITY["Medium"])


def pages(source: bytes, first: int, last: int) -> bytes:
    """Return a document of these pages, counted from 1."""
    chosen, file = pypdfium2.PdfDocument.new(), io.BytesIO()
    chosen.import_pages(pypdfium2.PdfDocument(source), list(range(first - 1, last)))
    chosen.save(file)
    return file.getvalue()


def _opened(source: bytes) -> Image.Image:
    return Image.open(io.BytesIO(source))


def _within(size: Size, area: Size) -> Size:
    scale = min(area[0] / size[0], area[1] / size[1])
    return round(size[0] * scale), round(size[1] * scale)


def _laid(picture: Image.Image, area: Size) -> Image.Image:
    canvas = Image.new("RGB", area)
    canvas.paste(picture, ((area[0] - picture.width) // 2, (area[1] - picture.height) // 2))
    return canvas


def _covering(picture: Image.Image, area: Size, *, of_rest_above: float = 0.5) -> Image.Image:
    scale = max(area[0] / picture.width, area[1] / picture.height)
    resized = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    left, top = (resized.width - area[0]) // 2, round((resized.height - area[1]) * of_rest_above)
    return resized.crop((left, top, left + area[0], top + area[1]))


def _each(source: bytes, changed: Callable[[Image.Image], Image.Image]) -> bytes:
    """Change each frame; that it is no longer of 256 colours lets Pillow find a palette for it by itself."""
    animation = _opened(source)
    first, *others = [changed(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)]
    timing = {"duration": animation.info["duration"], "loop": animation.info["loop"]}
    return encoded(first, "GIF", save_all=True, append_images=others, **timing)
