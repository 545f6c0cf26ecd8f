"""What the files of pictures are made of: JPEG's segments, PNG's chunks, GIF's blocks, WebP's chunks."""

import struct
import zlib
from collections.abc import Iterator

Part = tuple[str, bytes]
PNG = b"\x89PNG\r\n\x1a\n"
#: Parts without which a picture is not the same; anything else says something about it.
OF_A_PICTURE = {
    *("SOI", "APP0 JFIF", "APP14 Adobe", "DQT", "DHT", "DRI", "SOF0", "SOF1", "SOF2", "SOS", "RST", "EOI"),
    *("IHDR", "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT", "bKGD", "pHYs", "IDAT", "IEND"),
    *("header", "control", "NETSCAPE2.0", "image", "trailer"),
    *("RIFF", "VP8 ", "VP8L", "VP8X", "ALPH"),
}
_MARKERS = {0xD8: "SOI", 0xD9: "EOI", 0xDB: "DQT", 0xC4: "DHT", 0xDD: "DRI", 0xDA: "SOS", 0xFE: "COM"}
_APPLICATIONS = {b"JFIF\0": "JFIF", b"JFXX\0": "JFXX", b"Adobe": "Adobe", b"Exif\0": "Exif", b"ICC_P": "ICC"}


def parts(content: bytes) -> list[Part]:
    """Take a file apart, each byte into one part: `[("SOI", b"…"), ("APP0 JFIF", b"…"), …]`."""
    of_format = {b"\xff\xd8\xff": _segments, PNG[:3]: _png_chunks, b"GIF": _blocks, b"RIF": _riff_chunks}
    found = list(of_format[content[:3]](content))
    assert b"".join(part for _, part in found) == content
    return found


def names(content: bytes) -> list[str]:
    return [name for name, _ in parts(content)]


def without_segments(content: bytes, *left_out: str) -> bytes:
    """Return the file without some of its parts."""
    assert {*left_out} <= {*names(content)}
    return b"".join(part for name, part in parts(content) if name not in left_out)


def with_part(content: bytes, part: bytes, after: str) -> bytes:
    """Return the file with one part more, which follows the first of this name."""
    found = parts(content)
    place = [name for name, _ in found].index(after) + 1
    return b"".join([*(one for _, one in found[:place]), part, *(one for _, one in found[place:])])


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def block(label: int, *pieces: bytes) -> bytes:
    """Spell an extension of a GIF."""
    return bytes((0x21, label)) + b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def png(size: tuple[int, int], depth: int, colour: int, samples: bytes, *more: bytes) -> bytes:
    """Spell a PNG of these samples, and more chunks before them."""
    length = len(samples) // size[1]
    rows = b"".join(b"\0" + samples[start : start + length] for start in range(0, len(samples), length))
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    return b"".join(
        [PNG, chunk(b"IHDR", header), *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")],
    )


def adobe_marker(transform: int) -> bytes:
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes((transform,)))


def _segments(content: bytes) -> Iterator[Part]:
    at = 0
    while at < len(content):
        marker = content[at + 1]
        end = at + 2 if marker in (0xD8, 0xD9) else at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if marker == 0xDA:
            end = _end_of_scan(content, end)
        yield _name_of_segment(content[at:end]), content[at:end]
        at = end
        if marker == 0xD9:
            break
    if at < len(content):
        yield "behind the end", content[at:]


def _end_of_scan(content: bytes, at: int) -> int:
    while content[at] != 0xFF or content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
        at += 1
    return at


def _name_of_segment(part: bytes) -> str:
    marker, payload = part[1], part[4:]
    if 0xE0 <= marker <= 0xEF:
        name = f"APP{marker - 0xE0} {_APPLICATIONS.get(payload[:5], '?')}"
        return f"{name} thumbnail" if name == "APP0 JFIF" and payload[12:14] != b"\0\0" else name
    return _MARKERS.get(marker, f"SOF{marker - 0xC0}")


def _png_chunks(content: bytes) -> Iterator[Part]:
    at, name = 8, "IHDR"
    while at < len(content):
        name = "behind the end" if name == "IEND" else content[at + 4 : at + 8].decode("latin-1")
        end = len(content) if name == "behind the end" else at + 12 + int.from_bytes(content[at : at + 4])
        yield name, content[0 if at == 8 else at : end]
        at = end


def _blocks(content: bytes) -> Iterator[Part]:
    at = 13 + _colours(content[10])
    yield "header", content[:at]
    while at < len(content):
        name, end = _block(content, at)
        yield name, content[at:end]
        at = end


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _block(content: bytes, at: int) -> tuple[str, int]:
    match content[at]:
        case 0x21:
            named = {0xF9: "control", 0xFE: "comment", 0x01: "text", 0xFF: content[at + 3 : at + 14].decode("latin-1")}
            return named[content[at + 1]], _end_of_pieces(content, at + 2)
        case 0x2C:
            return "image", _end_of_pieces(content, at + 11 + _colours(content[at + 9]))
        case 0x3B if at + 1 == len(content):
            return "trailer", at + 1
        case 0x3B:
            return "behind the end", len(content)
    raise AssertionError(content[at:])


def _end_of_pieces(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1


def _riff_chunks(content: bytes) -> Iterator[Part]:
    yield "RIFF", content[:12]
    at, whole = 12, 8 + int.from_bytes(content[4:8], "little")
    while at < whole:
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        yield content[at : at + 4].decode("latin-1"), content[at:end]
        at = end
    if at < len(content):
        yield "behind the end", content[at:]
