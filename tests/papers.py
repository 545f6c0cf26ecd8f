"""Small PDFs, made here, and what is seen on the pages of others: sizes, colours, which page it once was."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
from people import Person, Room
from PIL import Image
from pypdf import PdfWriter
from stores import content

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
PDF = "application/pdf"


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of so many points. On its annotation, if it has one, stands a green rectangle."""

    width: float = 60
    height: float = 40
    painted: bytes = b""
    entries: str = ""
    annotation: str = ""
    annotated: Box = (0, 0, 10, 10)


def filled(colour: Colour, *box: float) -> bytes:
    """Return the operators that fill a rectangle: left, bottom, width and height, in points."""
    red, green, blue = (part / 255 for part in colour)
    return f"{red:.6f} {green:.6f} {blue:.6f} rg {' '.join(map(str, box))} re f\n".encode()


def beside(*colours: Colour, width: float = 60, height: float = 40, **more: str) -> Page:
    """Return a page of vertical stripes, the first at the left."""
    each = width / len(colours)
    stripes = [filled(colour, index * each, 0, each, height) for index, colour in enumerate(colours)]
    return Page(width=width, height=height, painted=b"".join(stripes), **more)


def below(*colours: Colour, width: float = 40, height: float = 60, **more: str) -> Page:
    """Return a page of horizontal stripes, the first at the top."""
    each = height / len(colours)
    stripes = [filled(colour, 0, height - (index + 1) * each, width, each) for index, colour in enumerate(colours)]
    return Page(width=width, height=height, painted=b"".join(stripes), **more)


def numbered(count: int, *, ballast: int = 0) -> bytes:
    """Return a paper whose pages are each of their own colour and size, with so much on each that shows nothing."""
    return paper(*(_numbered(number, ballast) for number in range(1, count + 1)))


def _numbered(number: int, ballast: int) -> Page:
    width, comment = 60 + number, b"%" + content(ballast // 2 + number).hex().encode()
    return Page(width=width, painted=filled(_colour(number), 0, 0, width, 40) + comment)


def numbers(paper: bytes) -> list[int]:
    """Return which pages of a numbered one these are, whose colours and sizes agree."""
    found = [(drawn.getpixel((drawn.width // 2, 20)), drawn.width - 60) for drawn in shown(paper)]
    assert [colour for colour, _ in found] == [_colour(number) for _, number in found]
    return [number for _, number in found]


def _colour(number: int) -> Colour:
    return (37 * number % 256, 91 * number % 256, number % 256)


def shown(paper: bytes) -> list[Image.Image]:
    """Draw all pages, a pixel for a point, with what is written on them."""
    with pypdfium2.PdfDocument(paper) as document:
        document.init_forms()
        return [page.render(scale=1).to_pil().convert("RGB") for page in document]


def paper(*pages: Page, root: str = "/Root 1 0 R") -> bytes:
    """Write a PDF; what its trailer says of its root may be wrong."""
    return _file(_objects(pages), root.encode())


def protected(paper: bytes, *, user: str = "", owner: str = "owner", algorithm: str = "AES-256") -> bytes:
    """Encrypt a PDF: it opens without a password unless there is one of the user's."""
    writer, out = PdfWriter(clone_from=io.BytesIO(paper)), io.BytesIO()
    writer.encrypt(user, owner, algorithm=algorithm)
    writer.write(out)
    return out.getvalue()


def _objects(pages: Sequence[Page]) -> list[bytes]:
    """Catalogue, page tree, and four objects a page: itself, what is painted, the annotation, its appearance."""
    first = [3 + 4 * index for index in range(len(pages))]
    fields = [f"{number + 2} 0 R" for number, page in zip(first, pages, strict=True) if "/Widget" in page.annotation]
    form = f"/AcroForm << /Fields [{' '.join(fields)}] >>" if fields else ""
    return [
        f"<< /Type /Catalog /Pages 2 0 R {form} >>".encode(),
        f"<< /Type /Pages /Kids [{' '.join(f'{number} 0 R' for number in first)}] /Count {len(pages)} >>".encode(),
        *(each for number, page in zip(first, pages, strict=True) for each in _page(number, page)),
    ]


def _page(number: int, page: Page) -> list[bytes]:
    box = "" if "/MediaBox" in page.entries else f"/MediaBox [0 0 {page.width} {page.height}]"
    noted = f"/Annots [{number + 2} 0 R]" if page.annotation else ""
    entries = f"{box} {noted} {page.entries}"
    left, bottom, width, height = page.annotated
    rectangle, extent = f"[{left} {bottom} {left + width} {bottom + height}]", f"[0 0 {width} {height}]"
    form = f"/Type /XObject /Subtype /Form /BBox {extent} /Resources << >>"
    return [
        f"<< /Type /Page /Parent 2 0 R /Contents {number + 1} 0 R /Resources << >> {entries} >>".encode(),
        _stream("", page.painted),
        f"<< /Type /Annot /Rect {rectangle} /AP << /N {number + 3} 0 R >> {page.annotation} >>".encode(),
        _stream(form, filled(GREEN, 0, 0, width, height)),
    ]


def _stream(entries: str, body: bytes) -> bytes:
    return f"<< {entries} /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


def _file(objects: Sequence[bytes], root: bytes) -> bytes:
    written, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return written + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        root,
        len(written),
    )


async def drawn(person: Person, room: Room, source: bytes, area: str, **asked: str) -> Image.Image:
    """Send a paper and return its thumbnail, without losses if nothing else is asked for."""
    path = f"/preview/pdf/{await person.sent(room, 'a.pdf', source, mimeType=PDF)}/{area}/thumbnail"
    asked = {"output_format": "Png", **asked}
    answer = await person("GET", path, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == f"image/{asked['output_format'].lower()}"
    image = Image.open(io.BytesIO(answer.content))
    assert image.format == asked["output_format"].upper()
    return image


def colour(image: Image.Image, x: float, y: float) -> object:
    """Return the colour at a place that is told in parts of width and height."""
    return image.convert("RGB").getpixel((int(image.width * x), int(image.height * y)))


def assert_filled(image: Image.Image, *, by: Colour) -> None:
    assert image.convert("RGB").getcolors() == [(image.width * image.height, by)]
