"""Colours of every kind, as sRGB or grey of 8 bits a channel, with transparency if there is some."""

from io import BytesIO
from typing import Final

from PIL import Image, ImageChops, ImageCms
from PIL.ImageCms import Intent, PyCMSError

_FORGIVEN: Final = 2  # of 255: nobody sees it
_LEVELS: Final = tuple(range(0, 256, 51))
_SRGB: Final = ImageCms.createProfile("sRGB")
_LAB: Final = ImageCms.createProfile("LAB")
_16_TO_8_BITS: Final = [round(value / 257) for value in range(65_536)]


def plain(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be scaled: L, LA, RGB, RGBA, or CMYK, which its profile may yet explain."""
    mode = image.mode
    if mode.startswith("I;16"):
        return _of_16_bits(image)
    if mode in {"I", "F"}:
        return _levelled(image)
    if mode == "LAB":
        return ImageCms.profileToProfile(image, _LAB, _SRGB, outputMode="RGB") or image
    opaque = "L" if mode in {"1", "L", "LA", "La"} else "RGB"
    wanted = f"{opaque}A" if image.has_transparency_data or mode == "La" else opaque
    return image if mode == "CMYK" else in_mode(image, wanted)


def _of_16_bits(image: Image.Image) -> Image.Image:
    values = image.convert("I")
    grey = values.point(_16_TO_8_BITS, "L")
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.putalpha(values.point([0 if value == transparent else 255 for value in range(65_536)], "L"))
    return grey


def _levelled(image: Image.Image) -> Image.Image:
    """Return grey: of 16 bits, or from 0 to 1, or else from the darkest that there is to the lightest."""
    low, high = image.getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    if image.mode == "I" and low >= 0 and high <= 65_535:
        return image.point(_16_TO_8_BITS, "L")
    low, high = (0, 1) if low >= 0 and high <= 1 else (low, high)
    scale = 255 / (high - low) if high > low else 0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Return the image in this mode; itself if it is, for a copy may be large."""
    return image if image.mode == mode else image.convert(mode)


def standard(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in L, LA, RGB or RGBA, with the colours that its ICC profile says, if it can be read."""
    converted = _by_profile(image, profile) if profile else None
    return converted or (image.convert("RGB") if image.mode == "CMYK" else image)


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    opaque = in_mode(image, image.mode.removesuffix("A"))
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        transform = ImageCms.buildTransform(source, _SRGB, opaque.mode, "RGB", Intent.RELATIVE_COLORIMETRIC)
        if _is_identity(transform, opaque.mode):
            return None
        converted = ImageCms.applyTransform(opaque, transform)
    except (PyCMSError, OSError, ValueError, TypeError):  # the image can do without
        return None
    if converted and opaque.mode == "L":  # grey stays so
        converted = converted.convert("L")
    if converted and opaque is not image:
        converted.putalpha(image.getchannel("A"))
    return converted


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether it would change no colour visibly, as that of most profiles, which are of sRGB itself."""
    if mode != "RGB":
        return False
    colours = [(red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS]
    sample = Image.frombytes("RGB", (len(colours), 1), b"".join(map(bytes, colours)))
    differing = ImageChops.difference(sample, ImageCms.applyTransform(sample, transform) or sample)
    return all(isinstance(band, tuple) and band[1] <= _FORGIVEN for band in differing.getextrema())
