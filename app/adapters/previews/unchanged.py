"""Files that are what is wanted already, but for what they say besides the picture: that is left out, nothing else."""

import zlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image
from PIL.ImageFile import ImageFile

# What the picture consists of, and what its colours mean. Of anything else that changes a picture it is drawn anew.
_PNG_PICTURE: Final = {  # and how many bytes it can be
    b"IHDR": 13,
    b"PLTE": 3 * 256,
    b"tRNS": 256,
    b"sRGB": 1,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sBIT": 4,
    b"IDAT": 2**31,
    b"IEND": 0,
}
_PNG_MORE_THAN_A_PICTURE: Final = frozenset({b"iCCP", b"cICP", b"acTL"})
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_BEGIN, _JPEG_END, _JPEG_SCAN = 0xD8, 0xD9, 0xDA
_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD, _JPEG_SCAN})
_JPEG_NO_MARKERS: Final = frozenset({0x00, *range(0xD0, 0xD8)})
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE
_GIF_PICTURE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
_GIF_CONTROL: Final = 0xF9
_GIF_LOOP: Final = b"\xff\x0bNETSCAPE2.0\x03\x01"


class _Other(Exception):
    """The file is not built as most are: it is drawn anew."""


def kept(source: bytes, image: ImageFile, quality: int | None) -> bytes | None:
    """Return the picture's own bytes, the source itself if it has no others; None if it has to be drawn.

    That it can be decoded as a whole was seen before.
    """
    parts = {"PNG": _of_png, "JPEG": _of_jpeg, "GIF": _of_gif}.get(image.format or "")
    if parts is None or (quality is not None and _is_finer(image, quality)):
        return None
    try:
        bare = b"".join(parts(source))
    except (_Other, IndexError):
        return None
    return source if bare == source else bare


def _is_finer(image: ImageFile, quality: int) -> bool:
    """Whether a JPEG is quantised more finely than is asked for: then it is larger than need be."""
    own = getattr(image, "quantization", {})
    asked = _quantization(quality)
    return not own or any(
        mine < theirs
        for number, table in own.items()
        for mine, theirs in zip(table, asked[min(number, 1)], strict=True)
    )


@cache
def _quantization(quality: int) -> dict[int, list[int]]:
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    tables: dict[int, list[int]] = Image.open(file).quantization  # type: ignore[attr-defined]
    return tables


def _of_png(source: bytes) -> Iterator[bytes]:
    """Yield the chunks (PNG, section 5.3) that the picture consists of."""
    yield _PNG_SIGNATURE
    at = len(_PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        kind = source[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(source[at : at + 4])
        if kind in _PNG_MORE_THAN_A_PICTURE or end > len(source) or end - at - 12 > _PNG_PICTURE.get(kind, 2**31):
            raise _Other
        if kind in _PNG_PICTURE:
            _check(source[at + 4 : end - 4], source[end - 4 : end])
            yield source[at:end]
        at = end


def _check(chunk: bytes, checksum: bytes) -> None:
    if zlib.crc32(chunk).to_bytes(4) != checksum:  # which Pillow forgives
        raise _Other


def _of_jpeg(source: bytes) -> Iterator[bytes]:
    """Yield the segments (ITU T.81, annex B) that the picture consists of."""
    yield source[:2]
    at, marker = 2, _JPEG_BEGIN
    while marker != _JPEG_END:
        marker = source[at + 1]
        if source[at] != 0xFF or marker == _ICC:
            raise _Other
        end = at + 2 if marker == _JPEG_END else at + 2 + int.from_bytes(source[at + 2 : at + 4])
        if marker == _JPEG_SCAN:
            end = _end_of_scan(source, end)
        if _is_of_jpeg_picture(marker, source[at:end]):
            yield source[at:end]
        at = end


def _is_of_jpeg_picture(marker: int, segment: bytes) -> bool:
    if marker in _JPEG_FRAMES | _JPEG_TABLES or marker == _JPEG_END:
        return True
    if marker == _JFIF:
        return segment[4:9] == b"JFIF\0" and len(segment) == 18  # with no thumbnail
    if marker == _ADOBE:
        return segment[4:9] == b"Adobe" and len(segment) == 16
    if marker < _JFIF:
        raise _Other
    return False


def _end_of_scan(source: bytes, at: int) -> int:
    while True:
        at = source.find(b"\xff", at)
        if at < 0:
            raise _Other
        if source[at + 1] not in _JPEG_NO_MARKERS:
            return at
        at += 2


def _of_gif(source: bytes) -> Iterator[bytes]:
    """Yield the blocks (GIF89a, appendix A) that the pictures consist of."""
    end = 13 + _size_of_colours(source[10])
    yield source[:end]
    while source[end] != _GIF_END:
        begin, end = end, _end_of_block(source, end)
        if _is_of_gif_picture(source[begin : begin + 19], end - begin):
            yield source[begin:end]
    yield source[end : end + 1]


def _end_of_block(source: bytes, at: int) -> int:
    if source[at] not in {_GIF_PICTURE, _GIF_EXTENSION}:
        raise _Other
    at += 11 + _size_of_colours(source[at + 9]) if source[at] == _GIF_PICTURE else 2
    while source[at]:
        at += source[at] + 1
    return at + 1


def _is_of_gif_picture(head: bytes, size: int) -> bool:
    if head[0] == _GIF_PICTURE:
        return True
    return (head[1] == _GIF_CONTROL and size == 8) or (head[1:].startswith(_GIF_LOOP) and size == 19)


def _size_of_colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
