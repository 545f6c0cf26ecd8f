"""Files to make previews of: pictures like photographs, and documents with text and pictures; always the same ones."""

import io
import zlib
from collections.abc import Iterator, Sequence
from random import Random
from string import ascii_lowercase
from typing import Final

from PIL import Image

PHOTOGRAPH: Final = (4000, 3000)
PAPER: Final = (595, 842)  # points
_PICTURE: Final = (300, 200)
_PICTURE_HEAD: Final = (
    b"/Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode" % _PICTURE
)
_LINES: Final = 44
_WORDS: Final = 14  # on a line

Size = tuple[int, int]
"""Width and height."""


def jpeg() -> bytes:
    """Return a photograph of 12 Mpx, 3.6 MB."""
    return encoded(photograph(PHOTOGRAPH, seed=1, grain=0.085), "JPEG", quality=90)


def png() -> bytes:
    """Return a picture of a screen's size."""
    return encoded(photograph((1920, 1080), seed=2, grain=0.03), "PNG")


def gif(*, frames: int) -> bytes:
    """Return a camera's slow way across a scene of 800x600."""
    scene = photograph((1000, 750), seed=3, grain=0.02)
    seen = [scene.crop((5 * number, 4 * number, 800 + 5 * number, 600 + 4 * number)) for number in range(frames)]
    palette = seen[0].quantize()
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in seen]
    return encoded(first, "GIF", save_all=True, append_images=others, duration=80, loop=0)


def pdf(*, pages: int) -> bytes:
    """Return a document; each page has a heading, text and a picture of its own, and says its number."""
    chance = Random(pages)  # noqa: S311 - to be the same again
    objects = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    leaves = []
    for number in range(1, pages + 1):
        picture = _stream(_picture(number), _PICTURE_HEAD)
        content = _stream(zlib.compress(b"\n".join(_said(number, chance))), b"/Filter /FlateDecode")
        leaves.append(len(objects) + 3)
        objects += [picture, content, _page(picture=len(objects) + 1, content=len(objects) + 2, parent=3 * pages + 2)]
    kids = b" ".join(b"%d 0 R" % leaf for leaf in leaves)
    objects += [b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)]
    return _document([*objects, b"<< /Type /Catalog /Pages %d 0 R >>" % len(objects)])


def photograph(size: Size, *, seed: int, grain: float) -> Image.Image:
    """Return a picture with large shapes, fine ones, and so much noise, from 0 to 1."""
    chance = Random(seed)  # noqa: S311 - to be the same again
    picture = _noise((8, 6), chance).resize(size)
    for width, share in ((32, 0.4), (128, 0.3), (size[0] // 16, 0.2), (size[0] // 4, 0.15)):
        picture = Image.blend(picture, _noise((width, width * 3 // 4), chance).resize(size), share)
    return Image.blend(picture, _noise(size, chance), grain)


def encoded(picture: Image.Image, name: str, **options: object) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def _noise(size: Size, chance: Random) -> Image.Image:
    width, height = size
    return Image.frombytes("RGB", size, chance.randbytes(3 * width * height))


def _picture(number: int) -> bytes:
    return encoded(photograph(_PICTURE, seed=number, grain=0.05), "JPEG", quality=80)


def _said(number: int, chance: Random) -> Iterator[bytes]:
    """Yield what draws a page: its picture above, its text below."""
    yield b"q 300 0 0 200 147 600 cm /Picture Do Q"
    yield b"BT /Font 20 Tf 60 560 Td (Page %d) Tj ET" % number
    yield b"BT /Font 9 Tf 60 540 Td 11 TL"
    for _ in range(_LINES):
        yield b"(%s) Tj T*" % b" ".join(_word(chance) for _ in range(_WORDS))
    yield b"ET"


def _word(chance: Random) -> bytes:
    return "".join(chance.choices(ascii_lowercase, k=chance.randint(2, 9))).encode()


def _page(*, picture: int, content: int, parent: int) -> bytes:
    resources = b"<< /Font << /Font 1 0 R >> /XObject << /Picture %d 0 R >> >>" % picture
    return b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Resources %s /Contents %d 0 R >>" % (
        parent,
        *PAPER,
        resources,
        content,
    )


def _stream(content: bytes, head: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


def _document(objects: Sequence[bytes]) -> bytes:
    """Number the objects from 1, and say where each stands; the last is the catalog (ISO 32000-1, 7.5)."""
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(objects) + 1, len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    file += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(objects), start)
    return bytes(file)
