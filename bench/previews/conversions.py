"""The rows of the table: a file, what is wanted of it, and how the plain way makes that."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image
from pypdfium2 import PdfDocument, PdfiumError

from app.adapters.previews.conversion import converted
from app.domain.errors import DomainError
from app.domain.specifications import Area, Drawing, Pages, Specification
from bench.measurement import BenchFailed
from bench.previews import plain, sources

_SMALL, _SCREEN, _SQUARE, _WHOLE = Area(320, 240), Area(1920, 1080), Area(256, 256), Area(0, 0)
_FRAMES, _FEW_PAGES, _MANY_PAGES = 20, 50, 300
_PAGES: Final = Pages(first=10, last=20)
_PREVIEW: Final = Drawing(
    source="image", area=_WHOLE, fit="contain", rounded=False, format="jpeg", quality=plain.QUALITY["Medium"]
)


class Kind(NamedTuple):
    """What a preview is; `number` is of frames or pages."""

    format: str
    size: tuple[int, int]
    number: int = 1

    def __str__(self) -> str:
        return f"{self.format} {self.size[0]}x{self.size[1]}, {self.number} in all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Makes `kind` of a file, in Enfilade's way and in the plain one, which should take `factor` times as long.

    `path` is where a server has it, with the file's id to be filled in.
    """

    name: str
    source: bytes
    wanted: Specification
    plain: Callable[[bytes], bytes]
    factor: float
    path: str
    kind: Kind

    def ours(self) -> bytes:
        """Make it as Enfilade does."""
        return converted(self.source, self.wanted)

    def theirs(self) -> bytes:
        """Make it the plain way."""
        return self.plain(self.source)

    def check(self, work: Callable[[], bytes], by: str) -> None:
        """Raise BenchFailed unless this makes such a preview."""
        try:
            found = _kind(work())
        except (DomainError, OSError, PdfiumError) as error:
            raise BenchFailed(f"{self.name}, {by}: {type(error).__name__} {error}") from error
        if found != self.kind:
            raise BenchFailed(f"{self.name}, {by}: {found}, instead of {self.kind}")


def every() -> list[Conversion]:
    """Return the rows, with their files made anew."""
    return [*_of_photograph(), _of_screen(), _of_animation(), *_of_documents()]


def _of_photograph() -> Iterator[Conversion]:
    photograph = sources.jpeg()
    for area, factor in ((_SMALL, 5), (_SCREEN, 2.4)):
        yield Conversion(
            name=f"JPEG 4000x3000 to {area.width}x{area.height}",
            source=photograph,
            wanted=replace(_PREVIEW, area=area),
            plain=partial(plain.preview, size=area),
            factor=factor,
            path=f"image/{{id}}/{area.width}x{area.height}/",
            kind=Kind("JPEG", area),
        )
    yield Conversion(
        name="JPEG 4000x3000 to 0x0, quality Low",
        source=photograph,
        wanted=replace(_PREVIEW, quality=plain.QUALITY["Low"]),
        plain=partial(plain.preview, size=None, quality="Low"),
        factor=1.2,
        path="image/{id}/0x0/?quality=Low",
        kind=Kind("JPEG", sources.PHOTOGRAPH),
    )


def _of_screen() -> Conversion:
    return Conversion(
        name="PNG 1920x1080 to a rounded PNG of 256x256",
        source=sources.png(),
        wanted=replace(_PREVIEW, area=_SQUARE, fit="cover", rounded=True, format="png", quality=None),
        plain=partial(plain.rounded, size=_SQUARE),
        factor=1.15,
        path="image/{id}/256x256/thumbnail/?shape=Rounded&output_format=Png",
        kind=Kind("PNG", _SQUARE),
    )


def _of_animation() -> Conversion:
    return Conversion(
        name=f"GIF of {_FRAMES} frames to one of 320x240",
        source=sources.gif(frames=_FRAMES),
        wanted=replace(_PREVIEW, area=_SMALL, format="gif", quality=None),
        plain=partial(plain.animation, size=_SMALL),
        factor=10,
        path="image/{id}/320x240/?output_format=Gif",
        kind=Kind("GIF", _SMALL, _FRAMES),
    )


def _of_documents() -> Iterator[Conversion]:
    yield Conversion(
        name=f"PDF of {_FEW_PAGES} pages to a thumbnail of 320x240",
        source=sources.pdf(pages=_FEW_PAGES),
        wanted=replace(_PREVIEW, source="pdf", area=_SMALL, fit="cover"),
        plain=partial(plain.thumbnail, size=_SMALL),
        factor=4,
        path="pdf/{id}/320x240/thumbnail/",
        kind=Kind("JPEG", _SMALL),
    )
    yield Conversion(
        name=f"PDF of {_MANY_PAGES} pages to pages {_PAGES.first} to {_PAGES.last}",
        source=sources.pdf(pages=_MANY_PAGES),
        wanted=_PAGES,
        plain=partial(plain.pages, first=_PAGES.first, last=_PAGES.last),
        factor=0.8,
        path=f"pdf/{{id}}/?firstPage={_PAGES.first}&lastPage={_PAGES.last}",
        kind=Kind("PDF", sources.PAPER, _PAGES.last - _PAGES.first + 1),
    )


def _kind(made: bytes) -> Kind:
    """Say what this is, as far as all of it can be read."""
    if made.startswith(b"%PDF"):
        with PdfDocument(made) as document:
            width, height = document[0].get_size()
            return Kind("PDF", (round(width), round(height)), len(document))
    with Image.open(BytesIO(made)) as image:
        frames = getattr(image, "n_frames", 1)
        for number in range(frames):
            image.seek(number)
            image.load()
        return Kind(str(image.format), image.size, frames)
