"""Images with absurd metadata, broken colour profiles and rare modes: all are shown."""

import struct

from bare import (
    ORIENTATION,
    SIDE,
    canvas,
    encoded,
    lossless,
    patched,
    png,
    png_chunk,
    riff,
    riff_chunk,
    segment,
    with_segments,
)
from hostile import WHITE, shown
from PIL import ImageCms

_SHORT, _LONG, _TEXT, _FRACTION = 3, 4, 2, 5
_OFTEN = 2**32 - 1
_JPEG = encoded("JPEG")
_PALETTE = png_chunk(b"PLTE", bytes((0, 0, 0, 255, 0, 0)))


def _exif(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    spelled = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + spelled + struct.pack("<I", following)


_EXIF = {
    **{f"orientation {turn}": _exif((ORIENTATION, _SHORT, 1, turn)) for turn in (0, 9, 65_535)},
    "orientation in words": _exif((ORIENTATION, _TEXT, 4, 0x616263)),
    "orientation by nought": _exif((ORIENTATION, _FRACTION, 1, 8)),
    "orientations past counting": _exif((ORIENTATION, _SHORT, 2**31, 8)),
    "value past the end": _exif((270, _TEXT, 2**31, 2**31)),
    "directories in a ring": _exif((ORIENTATION, _SHORT, 1, 1), following=8),
    "EXIF inside itself": _exif((34_665, _LONG, 1, 8)),
    "place inside itself": _exif((34_853, _LONG, 1, 8)),
    "65,535 entries that are not there": b"Exif\0\0II*\0" + struct.pack("<IH", 8, 65_535),
    "directory past the end": b"Exif\0\0II*\0" + struct.pack("<I", _OFTEN),
    "nothing but its name": b"Exif\0\0",
    "noise": b"Exif\0\0" + bytes(range(256)),
}

ABSURD_EXIF = [
    *shown({f"JPEG, {name}": with_segments(_JPEG, segment(0xE1, exif)) for name, exif in _EXIF.items()}),
    *shown({f"PNG, {name}": png(before=png_chunk(b"eXIf", exif[6:])) for name, exif in _EXIF.items()}),
    *shown(
        {
            f"WebP, {name}": riff(canvas(SIDE, SIDE, 0x08), lossless(), riff_chunk(b"EXIF", exif))
            for name, exif in _EXIF.items()
        }
    ),
    *shown({"JPEG, hundredfold": with_segments(_JPEG, segment(0xE1, _EXIF["orientation 9"]) * 100)}),
]


def _profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()  # type: ignore[arg-type]


_SRGB = _profile("sRGB")
_PROFILES = {
    "noise": b"noise" * 50,
    "nothing but zeros": bytes(200),
    "cut off": _SRGB[:200],
    "four milliards of tags": patched(_SRGB, 128, b"\xff" * 4),
    "a tag past the end": patched(_SRGB, 136, b"\xff\xff\xff\xf0"),
    "a size past the end": patched(_SRGB, 0, b"\xff" * 4),
    "of grey": patched(_SRGB, 16, b"GRAY"),
    "of Lab": _profile("LAB"),
}

BROKEN_PROFILES = [
    *shown({f"PNG, {name}": encoded("PNG", icc_profile=profile) for name, profile in _PROFILES.items()}),
    *shown({f"JPEG, {name}": encoded("JPEG", icc_profile=profile) for name, profile in _PROFILES.items()}),
    *shown(
        {f"WebP, {name}": encoded("WEBP", lossless=True, icc_profile=profile) for name, profile in _PROFILES.items()}
    ),
    *shown({"JPEG, 9 of 3 parts": with_segments(_JPEG, segment(0xE2, b"ICC_PROFILE\0\x09\x03noise"))}),
]

_INK = (0, 255, 255, 0)
RARE_MODES = [
    *shown({f"{kind}, CMYK": encoded(kind, _INK, mode="CMYK") for kind in ("JPEG", "TIFF")}),
    *shown({"JPEG, CMYK with a profile of RGB": encoded("JPEG", _INK, mode="CMYK", icc_profile=_SRGB)}),
    *shown({"PNG, RGB of 16 bits": png(depth=16, row=b"\xff\xff\0\0\0\0" * SIDE)}),
    *shown({f"{kind}, grey of 16 bits": encoded(kind, 65_535, mode="I;16") for kind in ("PNG", "TIFF")}, WHITE),
    *shown({"TIFF, whole numbers": encoded("TIFF", 65_535, mode="I")}, WHITE),
    *shown({"TIFF, fractions": encoded("TIFF", 1.0, mode="F")}, WHITE),
    *shown({"PNG, transparent palette": png(colour=3, row=b"\1" * SIDE, before=_PALETTE + png_chunk(b"tRNS", b"\0"))}),
]
