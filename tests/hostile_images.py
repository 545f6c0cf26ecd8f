"""Images that claim too much, hold too much, lie about themselves, or are none."""

import struct
import zlib

import bare
from bare import (
    BITS,
    BYTES,
    COMPRESSION,
    ORIENTATION,
    ROWS,
    SAMPLES,
    SIDE,
    STRIPS,
    WIDTH,
    animated_webp,
    bmp,
    canvas,
    encoded,
    gif,
    gif_frame,
    jpeg_of,
    lossless,
    patched,
    png,
    png_chunk,
    repeated,
    riff,
    riff_chunk,
    segment,
    tiff,
    webp_frame,
    with_segments,
)
from hostile import BLACK, Animated, refused, shown

HUGE = 60_000
_SHORT, _LONG, _TEXT, _FRACTION = 3, 4, 2, 5
_OFTEN = 2**32 - 1
_JPEG = encoded("JPEG")

BOMBS = refused(
    {
        "PNG header": png(HUGE, HUGE),
        "PNG header, largest": png(2**31 - 1, 2**31 - 1),
        "JPEG header": jpeg_of(HUGE, HUGE),
        "GIF canvas": gif(HUGE, HUGE, gif_frame()),
        "GIF frame larger than its canvas": gif(1, 1, gif_frame(HUGE, HUGE)),
        "WebP canvas": animated_webp(HUGE, HUGE, webp_frame()),
        "WebP canvas, largest": riff(canvas(2**24, 256), lossless()),
        "TIFF header": tiff({WIDTH: (_LONG, 1, HUGE), bare.HEIGHT: (_LONG, 1, HUGE)}),
        "BMP header": bmp(HUGE, HUGE),
        "BMP header, upside down": bmp(HUGE, -HUGE),
        "BMP header, lowest": bmp(SIDE, -(2**31)),
        "PNG, real": png(8000, 8000, depth=1, colour=0, data=zlib.compress(bytes(1001) * 8000)),
        "WebP, real, of two dozen bytes": riff(lossless(16_384, 16_384)),
        "GIF, real": gif(8000, 8000, gif_frame(8000, 8000)),
        "TIFF, real": tiff(
            {WIDTH: (_LONG, 1, 8000), bare.HEIGHT: (_LONG, 1, 8000), COMPRESSION: (_SHORT, 1, 8)},
            pixels=repeated(b"\0", 184),
        ),
        "BMP, real": bmp(8000, 8000, bits=8, compression=1, colours=256, palette=bytes(1024), pixels=b"\0\1"),
        "PNG, packed text": png(before=png_chunk(b"zTXt", b"a\0\0" + repeated(b"a", 200))),
        "PNG, packed international text": png(before=png_chunk(b"iTXt", b"a\0\1\0\0\0" + repeated(b"a", 200))),
    }
)

#: Just what is allowed, or more than was said, which nobody reads.
LARGE = [
    *shown({"PNG, nearly too large": png(7000, 7000, depth=1, colour=0, data=zlib.compress(bytes(876) * 7000))}, BLACK),
    *shown(
        {"WebP of 1:5": riff(lossless(10_000, 2_000)), "PNG, 20,000 chunks": png(before=png_chunk(b"abCd") * 20_000)}
    ),
    *shown({"PNG, data for far more rows": png(data=repeated(b"\0", 500))}, BLACK),
    *shown({"JPEG, 20,000 comments": with_segments(_JPEG, segment(0xFE, b"") * 20_000)}),
    *shown({"GIF, 20,000 comments": gif(1, 1, b"!\xfe\x01a\0" * 20_000 + gif_frame())}),
]

ZERO = refused(
    {
        **{f"PNG {width}x{height}": png(width, height) for width, height in ((0, SIDE), (SIDE, 0), (0, 0))},
        **{f"JPEG {width}x{height}": jpeg_of(width, height) for width, height in ((0, SIDE), (SIDE, 0))},
        "GIF canvas and frame": gif(0, 0, gif_frame(0, 0)),
        "GIF frame": gif(SIDE, SIDE, gif_frame(0, 0)),
        "GIF without a frame": gif(SIDE, SIDE),
        "TIFF": tiff({WIDTH: (_SHORT, 1, 0)}),
        **{f"BMP {width}x{height}": bmp(width, height) for width, height in ((0, 0), (SIDE, 0), (-SIDE, SIDE))},
        "WebP": riff(riff_chunk(b"VP8 ", b"\x30\1\0\x9d\1\x2a\0\0\0\0" + bytes(20))),
        "WebP without a frame": animated_webp(SIDE, SIDE),
    }
)

_TILES = {322: (_SHORT, 1, 0), 323: (_SHORT, 1, 0), 324: (_LONG, 1, 8), 325: (_LONG, 1, 768)}
_LARGE_TILES = _TILES | {322: (_LONG, 1, 2**31 - 16), 323: (_LONG, 1, 2**31 - 16)}
_PALETTE = png_chunk(b"PLTE", bytes((*BLACK, *bare.RED)))

WRONG = refused(
    {
        "TIFF, strips of no rows": tiff({ROWS: (_SHORT, 1, 0)}),
        "TIFF, strip past the end": tiff({STRIPS: (_LONG, 1, _OFTEN)}),
        "TIFF, no strip": tiff(drop=[STRIPS]),
        "TIFF, a milliard strips": tiff({STRIPS: (_LONG, 2**30, 8)}),
        "TIFF, 65,535 bits": tiff({BITS: (_SHORT, 1, 65_535)}),
        "TIFF, 65,535 samples": tiff({SAMPLES: (_SHORT, 1, 65_535)}),
        "TIFF, tiles of no size": tiff(_TILES, drop=[STRIPS, BYTES, ROWS]),
        "TIFF, huge tiles": tiff(_LARGE_TILES, drop=[STRIPS, BYTES, ROWS]),
        "TIFF, huge packed tiles": tiff(_LARGE_TILES | {COMPRESSION: (_SHORT, 1, 8)}, drop=[STRIPS, BYTES, ROWS]),
        **{
            f"TIFF, no data of compression {kind}": tiff({COMPRESSION: (_SHORT, 1, kind)}) for kind in (4, 5, 7, 8, 999)
        },
        "WebP, larger than its file": riff(lossless(), size=99_999),
        "WebP, of no size": riff(lossless(), size=0),
        "WebP, chunk larger than its file": riff(riff_chunk(b"VP8L", lossless()[8:], size=2**31)),
        "WebP, chunk smaller than its picture": riff(riff_chunk(b"VP8L", lossless()[8:], size=2)),
        "WebP, another size than its canvas": riff(canvas(32, 32), lossless()),
        "WebP, frame outside": animated_webp(4, 4, webp_frame(x=40, y=40)),
        "BMP, header of 7 bytes": bmp(header=7),
        "BMP, header of 4 gigabytes": bmp(header=_OFTEN),
        "BMP, pixels past the end": bmp(offset=_OFTEN),
        "BMP, four milliards of colours": bmp(bits=8, colours=_OFTEN),
        "BMP, 33 bits": bmp(bits=33),
        "BMP, a JPEG inside": bmp(compression=4),
        "BMP, packed data that ends": bmp(bits=8, compression=1, colours=256, palette=bytes(1024), pixels=b"\0\1"),
        "PNG, no data": png(data=zlib.compress(b"")),
        "PNG, unknown filter": png(data=zlib.compress((b"\x09" + bytes(bare.RED) * SIDE) * SIDE)),
        "PNG, 3 bits": png(depth=3),
        "PNG, colours of kind 7": png(colour=7),
        "JPEG, sampling of 15": patched(_JPEG, _JPEG.index(b"\xff\xc0") + 11, b"\xff"),
        "JPEG, no tables": _JPEG.replace(b"\xff\xdb", b"\xff\xfe"),
        "GIF, codes of 15 bits": gif(1, 1, gif_frame(pixels=b"\x0f\x02\x4c\x01\0")),
    }
)

FORGIVEN = [
    *shown(
        {
            "TIFF, directories in a ring": tiff(following=8 + 3 * SIDE * SIDE),
            "TIFF, next directory past the end": tiff(following=_OFTEN),
            "TIFF, a strip of all rows": tiff({ROWS: (_LONG, 1, _OFTEN)}),
            "TIFF, a strip of four gigabytes": tiff({BYTES: (_LONG, 1, _OFTEN)}),
            "TIFF, text of four gigabytes": tiff({270: (_TEXT, _OFTEN, 8)}),
            **{f"TIFF, orientation {turn}": tiff({ORIENTATION: (_SHORT, 1, turn)}) for turn in (0, 9, 65_535)},
            "TIFF, EXIF in a ring": tiff({34_665: (_LONG, 1, 8 + 3 * SIDE * SIDE)}),
            "TIFF, EXIF past the end": tiff({34_665: (_LONG, 1, _OFTEN)}),
            "TIFF, directory inside itself": tiff({330: (_LONG, 1, 8 + 3 * SIDE * SIDE)}),
            "TIFF, pixels for a colour profile": tiff({34_675: (7, 768, 8)}),
            "GIF, no size but a frame's": gif(0, 0, gif_frame()),
            "PNG, frames of an animation that are not there": png(
                before=png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
            ),
            "PNG, more transparency than colours": png(
                colour=3, row=b"\1" * SIDE, before=_PALETTE + png_chunk(b"tRNS", b"\xff" * 256)
            ),
        }
    ),
    *shown({"PNG, colour out of the palette": png(colour=3, row=b"\xc8" * SIDE, before=_PALETTE)}, BLACK),
    *shown({"PNG, no palette": png(colour=3, row=b"\1" * SIDE)}, BLACK),
    *shown(
        {
            "BMP, colour out of the palette": bmp(
                bits=8, colours=2, pixels=b"\xc8" * SIDE**2, palette=b"\0\0\0\0\0\0\xff\0"
            )
        },
        BLACK,
    ),
]

ANIMATIONS = [
    Animated("GIF, large frames", gif(300, 300, *[gif_frame()] * 3000), 200, BLACK),
    Animated("GIF, small frames on a large canvas", gif(5000, 5000, *[gif_frame()] * 20), 200, BLACK),
    Animated("GIF, many small ones", gif(1, 1, *[gif_frame()] * 500), 200, moving=200, frames=500),
    Animated("GIF, the second of no size", gif(1, 1, gif_frame(), gif_frame(0, 0)), 200),
    Animated("WebP, small frames on a large canvas", animated_webp(4000, 4000, *[webp_frame()] * 20), 200, BLACK),
    Animated(
        "WebP, many small ones",
        animated_webp(1, 1, *(webp_frame(red=255 - number % 2 * 255) for number in range(300))),
        200,
        moving=200,
        frames=300,
    ),
    Animated("PNG, two milliards", png(before=png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))), 200),
]

#: A dozen coefficients of every block, said a hundred times over: each time all 765,625 blocks are gone through.
_SAME_AGAIN = segment(0xDA, bytes((1, 1, 0, 1, 63, 0))) + bytes(89)


def scans(count: int, side: int = 7000) -> bytes:
    """Return a JPEG of so many scans, none of which changes anything; a hundred take half a second."""
    small = encoded("JPEG", 0, mode="L")
    tables = small[small.index(b"\xff\xdb") :][:69]
    frame = segment(0xC2, struct.pack(">BHHBBBB", 8, side, side, 1, 1, 0x11, 0))
    codes = segment(0xC4, bytes((0x10, 1, *[0] * 15, 0xE0)))
    return b"\xff\xd8" + tables + frame + codes + _SAME_AGAIN * count + b"\xff\xd9"
