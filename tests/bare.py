"""Pictures and documents spelled out byte by byte, so that any part of them can be wrong. All are red."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from PIL import Image

RED = (255, 0, 0)
SIDE = 16


def encoded(kind: str, colour: Any = RED, *, mode: str = "RGB", side: int = SIDE, **options: Any) -> bytes:
    """Return a picture of one colour as Pillow writes it."""
    file = BytesIO()
    Image.new(mode, (side, side), colour).save(file, kind, **options)
    return file.getvalue()


def patched(content: bytes, at: int, *new: bytes) -> bytes:
    """Return this with other bytes in a place of it."""
    written = b"".join(new)
    return content[:at] + written + content[at + len(written) :]


def repeated(byte: bytes, mebibytes: int) -> bytes:
    """Return so much of one byte as zlib packs it, in a moment: the same packed mebibyte again and again."""
    packing = zlib.compressobj(9)
    head = packing.compress(byte * 2**20) + packing.flush(zlib.Z_FULL_FLUSH)
    again = packing.compress(byte * 2**20) + packing.flush(zlib.Z_FULL_FLUSH)
    return head + again * (mebibytes - 2) + packing.compress(byte * 2**20) + packing.flush()


def png_chunk(kind: bytes, content: bytes = b"") -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(
    width: int = SIDE,
    height: int = SIDE,
    *,
    depth: int = 8,
    colour: int = 2,
    row: bytes | None = None,
    data: bytes | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """Return a PNG of equal rows, or of other packed data, with these chunks before or after its data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = data or zlib.compress((b"\0" + (bytes(RED) * SIDE if row is None else row)) * SIDE)
    chunks = (png_chunk(b"IHDR", header), before, png_chunk(b"IDAT", rows), after, png_chunk(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Return this JPEG with segments before all of its own."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def jpeg_of(width: int, height: int) -> bytes:
    """Return a small JPEG that claims another size."""
    content = encoded("JPEG")
    return patched(content, content.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


def red_pixels(count: int) -> bytes:
    """Return so many pixels of a GIF with the palette of `gif`, in codes of three bits that never become four."""
    codes = [4, 1, 1] * (count // 2) + [4, 1] * (count % 2) + [5]
    bits = sum(code << 3 * place for place, code in enumerate(codes))
    content = bits.to_bytes(len(codes) * 3 // 8 + 1, "little")
    blocks = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"\2" + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def gif_frame(width: int = 1, height: int = 1, *, x: int = 0, y: int = 0, pixels: bytes = red_pixels(1)) -> bytes:
    control = b"!\xf9\x04" + struct.pack("<BHBB", 4, 5, 0, 0)
    return control + b"," + struct.pack("<HHHHB", x, y, width, height, 0) + pixels


def gif(width: int, height: int, *frames: bytes) -> bytes:
    palette = bytes((0, 0, 0, *RED, 0, 255, 0, 0, 0, 255))
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81, 0, 0) + palette + loop + b"".join(frames) + b";"


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content) if size is None else size) + content


def riff_chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    padding = b"\0" * (len(content) % 2)
    return kind + struct.pack("<I", len(content) if size is None else size) + content + padding


def lossless(width: int = SIDE, height: int = SIDE, *, red: int = 255) -> bytes:
    """Return a chunk of WebP whose every pixel is red and takes no bit: two dozen bytes, whatever its size."""
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 3)]
    codes = [(0b101 | symbol << 3, 11) for symbol in (0, red, 0, 255)] + [(0b0001, 4)]
    value = place = 0
    for bits, count in [*fields, *codes]:
        value |= bits << place
        place += count
    return riff_chunk(b"VP8L", value.to_bytes(place // 8 + 2, "little"))


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    return riff_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + _three(width - 1) + _three(height - 1))


def webp_frame(width: int = 1, height: int = 1, *, x: int = 0, y: int = 0, red: int = 255) -> bytes:
    place = _three(x // 2) + _three(y // 2) + _three(width - 1) + _three(height - 1) + _three(50)
    return riff_chunk(b"ANMF", place + b"\0" + lossless(width, height, red=red))


def animated_webp(width: int, height: int, *frames: bytes) -> bytes:
    return riff(canvas(width, height, 0x02), riff_chunk(b"ANIM", bytes(6)), *frames)


_SHORT, _LONG = 3, 4
#: Tags of TIFF.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, ORIENTATION, SAMPLES, ROWS, BYTES = (
    256,
    257,
    258,
    259,
    262,
    273,
    274,
    277,
    278,
    279,
)


def tiff(
    changed: Mapping[int, tuple[int, int, int]] | None = None,
    *,
    pixels: bytes = bytes(RED) * SIDE * SIDE,
    following: int = 0,
    drop: Sequence[int] = (),
) -> bytes:
    """Return a TIFF of one strip; each tag is (type, count, value); `following` is where the next directory is."""
    usual = {
        WIDTH: (_SHORT, 1, SIDE),
        HEIGHT: (_SHORT, 1, SIDE),
        BITS: (_SHORT, 1, 8),
        COMPRESSION: (_SHORT, 1, 1),
        PHOTOMETRIC: (_SHORT, 1, 2),
        STRIPS: (_LONG, 1, 8),
        SAMPLES: (_SHORT, 1, 3),
        ROWS: (_SHORT, 1, SIDE),
        BYTES: (_LONG, 1, len(pixels)),
    }
    said = {tag: value for tag, value in {**usual, **(changed or {})}.items() if tag not in drop}
    entries = b"".join(struct.pack("<HHII", tag, *said[tag]) for tag in sorted(said))
    directory = struct.pack("<H", len(said)) + entries + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory


def bmp(
    width: int = SIDE,
    height: int = SIDE,
    *,
    bits: int = 24,
    compression: int = 0,
    colours: int = 0,
    offset: int | None = None,
    header: int = 40,
    pixels: bytes = bytes(reversed(RED)) * SIDE * SIDE,
    palette: bytes = b"",
) -> bytes:
    start = 54 + len(palette) if offset is None else offset
    info = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 0, 0, colours, 0)
    file = b"BM" + struct.pack("<IHHI", 54 + len(palette) + len(pixels), 0, 0, start)
    return file + info + palette + pixels


def stream(content: bytes, said: bytes = b"") -> bytes:
    return b"<< /Length %d %s >> stream\n%s\nendstream" % (len(content), said, content)


def packed(content: bytes, said: bytes = b"") -> bytes:
    """Return a stream with these bytes, which zlib packs."""
    return stream(zlib.compress(content), b"/Filter /FlateDecode " + said)


#: Paints any page red.
PAINT = b"1 0 0 rg -9999 -9999 99999 99999 re f"
CATALOG, TREE, PAGE, DRAWN = 1, 2, 3, 4
_USUAL = {
    CATALOG: b"<< /Type /Catalog /Pages 2 0 R >>",
    TREE: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    PAGE: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents 4 0 R >>",
    DRAWN: stream(PAINT),
}


def page(said: bytes = b"", *, box: bytes = b"/MediaBox [0 0 72 72]", contents: bytes = b"4 0 R") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R %s /Contents %s %s >>" % (box, contents, said)


def pdf(objects: Mapping[int, bytes] | None = None, *, trailer: bytes = b"", root: bytes = b"1 0 R") -> bytes:
    """Return a document of one red page, with these objects instead or besides."""
    content, places = b"%PDF-1.7\n", {}
    for number, spelled in sorted({**_USUAL, **(objects or {})}.items()):
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, spelled)
    size = max(places) + 1
    lines = [
        b"%010d %05d n \n" % (places[number], 0) if number in places else b"%010d %05d f \n" % (0, 65535)
        for number in range(size)
    ]
    table = b"xref\n0 %d\n%s" % (size, b"".join(lines))
    return (
        content
        + table
        + b"trailer << /Size %d /Root %s %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, trailer, len(content))
    )


def packed_pdf(*, held_by: int = 5, said: bytes = b"") -> bytes:
    """Return a document of one red page whose objects are packed in the fifth, which may be said to be in another."""
    content, places, inside, held = b"%PDF-1.7\n", {}, b"", b""
    for number in (CATALOG, TREE, PAGE):
        held += b"%d %d " % (number, len(inside))
        inside += _USUAL[number] + b" "
    for number, spelled in (
        (DRAWN, _USUAL[DRAWN]),
        (5, packed(held + inside, b"/Type /ObjStm /N 3 /First %d %s" % (len(held), said))),
    ):
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, spelled)
    fifth = (1, places[5], 0) if held_by == 5 else (2, held_by, 0)
    rows = [(0, 0, 0), *((2, 5, index) for index in range(3)), (1, places[DRAWN], 0), fifth, (1, len(content), 0)]
    table = packed(b"".join(struct.pack(">BHB", *row) for row in rows), b"/Type /XRef /Size 7 /W [1 2 1] /Root 1 0 R")
    return content + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(content))
