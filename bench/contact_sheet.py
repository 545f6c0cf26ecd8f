"""`python -m bench.contact_sheet`: what previews look like, into docs/previews.png."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import click
from PIL import Image, ImageSequence

from app.adapters.previews.conversion import converted
from app.domain.specifications import Area, Drawing, Format
from bench.previews import sheet, sources, specimens
from bench.previews.sheet import Section, Tile

_FILE: Final = Path(__file__).parents[1] / "docs" / "previews.png"
_QUALITIES: Final = {"Lowest": 0, "Low": 15, "Medium": 50, "High": 80, "Highest": 95}
_FORMATS: Final[tuple[Format, ...]] = ("jpeg", "png", "gif", "webp")
_WITH_QUALITY: Final = ("jpeg", "webp")
_TILE, _SMALL = Area(165, 110), Area(102, 68)
_WIDE, _TALL, _SQUARE = Area(126, 63), Area(72, 114), Area(94, 94)
_FRAMES: Final = 5
_PREVIEW: Final = Drawing(source="image", area=_TILE, fit="contain", rounded=False, format="png", quality=None)


@click.command()
def main() -> None:
    """Make every kind of preview of one scene, and draw them side by side."""
    drawn = sheet.drawn([*sections()])
    drawn.save(_FILE, optimize=True)
    click.echo(f"{_FILE}: {drawn.width}x{drawn.height}, {_FILE.stat().st_size / 1000:.0f} kB")


def sections() -> Iterator[Section]:
    """Yield what is to be seen."""
    yield Section(
        "Quality",
        "Jpeg and Webp, Lowest to Highest: fewer and fewer blocks and halos around letters, larger and larger files.",
        [*_qualities()],
    )
    yield Section(
        "Format",
        "The scene fades towards the left and has a hole. It stays so in Png and Webp, all or nothing in Gif; Jpeg has"
        " white there.",
        [_seen(kind.title(), _translucent(), format=kind) for kind in _FORMATS],
    )
    yield Section(
        "Borders, crop, shape",
        "crop=false shows all of it with borders; crop=true and thumbnails fill the area from the middle, Rounded"
        " with an ellipse and a smooth edge.",
        [*_shapes()],
    )
    yield Section(
        "Rounded, by format",
        "Outside of the ellipse: black in Jpeg and Gif, nothing in Png and Webp. Then of a scene with transparency.",
        [*_rounded()],
    )
    yield Section(
        "Enlarged",
        "A picture of 54x36: at most twice as large; borders fill the rest.",
        [*_enlarged()],
    )
    yield Section(
        "Held otherwise",
        "What a camera writes when it was turned, 1 to 8: all of these are upright.",
        [_seen(f"orientation {number}", specimens.turned(number), area=_SMALL) for number in range(1, 9)],
    )
    yield Section(
        "Kinds of pixels",
        "Colours as above, never inverted or swapped; grey without bands.",
        [_seen(name, file, area=_SMALL) for name, file in specimens.modes().items()],
    )
    yield Section(
        "Animation",
        f"All {_FRAMES} frames of a GIF with one palette: the sun goes from left to right, nothing of it stays behind.",
        [*_frames()],
    )
    yield Section(
        "First page of a PDF",
        "Drawn at the size it is needed in, so lines are sharp; white paper; as wide as the area, from its top.",
        [*_pages()],
    )


def _qualities() -> Iterator[Tile]:
    for kind in _WITH_QUALITY:
        for name, quality in _QUALITIES.items():
            yield _seen(f"{kind.title()}, {name}", _scene(), format=kind, quality=quality)


def _shapes() -> Iterator[Tile]:
    for area in (_WIDE, _TALL, _SQUARE):
        yield _seen("crop=false", _scene(), area=area)
        yield _seen("crop=true", _scene(), area=area, fit="cover")
        yield _seen("Rounded", _scene(), area=area, fit="cover", rounded=True)


def _rounded() -> Iterator[Tile]:
    for file in (_scene(), _translucent()):
        for kind in _FORMATS:
            yield _seen(f"Rounded, {kind.title()}", file, area=_SMALL, fit="cover", rounded=True, format=kind)


def _enlarged() -> Iterator[Tile]:
    yield _seen("original", specimens.small(), area=Area(0, 0))
    for name, fit in (("crop=false", "contain"), ("crop=true", "cover")):
        for area in (Area(90, 60), Area(126, 84), Area(45, 84)):
            yield _seen(name, specimens.small(), area=area, fit=fit)
    yield _seen("crop=true, Jpeg", specimens.small(), area=Area(126, 84), fit="cover", format="jpeg")


def _frames() -> Iterator[Tile]:
    made = _made(specimens.animation(_FRAMES), area=_SMALL, format="gif")
    for number, frame in enumerate(ImageSequence.Iterator(_opened(made)), 1):
        yield Tile(frame.convert("RGBA"), [f"frame {number}", f"{frame.info['duration']} ms"])


def _pages() -> Iterator[Tile]:
    document = sources.pdf(pages=1)
    for area in (Area(210, 148), Area(105, 148), _SQUARE):
        yield _seen("Rectangular", document, source="pdf", area=area, fit="cover")
    yield _seen("Rounded", document, source="pdf", area=Area(120, 120), fit="cover", rounded=True)
    yield _seen("Jpeg, Lowest", document, source="pdf", area=Area(105, 148), fit="cover", format="jpeg", quality=0)


def _seen(name: str, file: bytes, **wanted: Any) -> Tile:
    """Return a preview as somebody sees it, with its name and size, and where formats are compared with its bytes."""
    made = _made(file, **wanted)
    picture = _opened(made)
    weight = f", {len(made) / 1000:.1f} kB" if "format" in wanted else ""
    return Tile(picture, [name, f"{picture.width}x{picture.height}{weight}"])


def _made(file: bytes, **wanted: Any) -> bytes:
    quality = _QUALITIES["Medium"] if wanted.get("format") in _WITH_QUALITY else None
    return converted(file, replace(_PREVIEW, **{"quality": quality, **wanted}))


def _opened(made: bytes) -> Image.Image:
    return Image.open(BytesIO(made))


@cache
def _scene() -> bytes:
    return specimens.jpeg()


@cache
def _translucent() -> bytes:
    return sources.encoded(specimens.translucent(), "PNG")


if __name__ == "__main__":
    main()
