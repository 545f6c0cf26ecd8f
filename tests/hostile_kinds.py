"""Files of another kind than they seem to be, of two kinds at once, and of none yet, for they are not whole."""

from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZipFile

from bare import (
    SIDE,
    encoded,
    gif,
    gif_frame,
    lossless,
    pdf,
    png,
    png_chunk,
    red_pixels,
    riff,
    segment,
    tiff,
    with_segments,
)
from hostile import refused, shown
from PIL import Image

_JPEG = encoded("JPEG")


def _zip() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("a.png", png())
    return file.getvalue()


DISGUISED = refused(
    {
        "nothing": b"",
        "one byte": b"\x89",
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "ZIP": _zip(),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\nshowpage\n",
        "text": b"just words",
        "program": b"\x7fELF" + bytes(100),
        "PPM": encoded("PPM"),
        "ICO": encoded("ICO"),
        "JPEG 2000": encoded("JPEG2000"),
        "AVIF": encoded("AVIF"),
        "XBM": encoded("XBM", 1, mode="1"),
        "PCX": encoded("PCX"),
        "TGA": encoded("TGA"),
    }
)
PDF_AS_IMAGE = refused({"PDF": pdf(), "PDF with a PNG's first bytes": b"\x89PNG\r\n\x1a\n" + pdf()})

#: What stands behind a picture, or inside it, and is something else.
BEHIND = b"<script>alert(1)</script>"
_GIF_FRAME = gif_frame(SIDE, SIDE, pixels=red_pixels(SIDE * SIDE))
POLYGLOTS = shown(
    {
        "PNG and ZIP": png() + BEHIND + _zip(),
        "PNG and PDF": png(before=png_chunk(b"tEXt", b"a\0" + BEHIND + pdf())),
        "JPEG and HTML": _JPEG + BEHIND,
        "JPEG and HTML in a comment": with_segments(_JPEG, segment(0xFE, BEHIND)),
        "GIF and a script": gif(SIDE, SIDE, _GIF_FRAME) + b"=1;" + BEHIND,
        "GIF and a script in a comment": gif(SIDE, SIDE, b"!\xfe" + bytes((len(BEHIND),)) + BEHIND + b"\0", _GIF_FRAME),
        "WebP and HTML": riff(lossless()) + BEHIND,
    }
)

_NOISE = Image.frombytes("RGB", (32, 32), Random(7).randbytes(3 * 32 * 32))  # noqa: S311 - nothing is secret


def _noise(kind: str, **options: Any) -> bytes:
    file = BytesIO()
    _NOISE.save(file, kind, **options)
    return file.getvalue()


#: Small pictures of every format, and how many of their last bytes may be missing before something of them is.
WHOLE = {
    "JPEG": (_noise("JPEG"), 4),
    "JPEG, progressive": (_noise("JPEG", progressive=True), 4),
    "PNG": (_noise("PNG"), 24),
    "GIF": (_noise("GIF"), 6),
    "WebP": (_noise("WEBP"), 2),
    "WebP, lossless": (_noise("WEBP", lossless=True), 2),
    "TIFF": (_noise("TIFF"), 2),
    "TIFF, packed": (_noise("TIFF", compression="tiff_adobe_deflate"), 8),
    "TIFF, its directory last": (tiff(), 114),
    "BMP": (_noise("BMP"), 2),
}
