"""Pictures as bytes of a format, without anything but the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from PIL import Image

from app.adapters.previews.colours import in_mode
from app.domain.errors import NotPreviewable
from app.domain.specifications import Drawing

_PNG_EFFORT: Final = 3  # of 9: half of the time of the usual 6, for a few percent more
_WEBP_EFFORT: Final = 2  # of 6, likewise
_COLOURS: Final = 255
_TRANSPARENT: Final = 255  # the index after them
_OPAQUE_FROM: Final = 128
_SAMPLES: Final = 64
_SAMPLED_PIXELS: Final = 16_384  # of all frames together
_MOST_MILLISECONDS: Final = 655_350  # 16 bits of hundredths
_MOST_LOOPS: Final = 65_535


def encoded(picture: Image.Image, wanted: Drawing) -> bytes:
    """Return a still picture in the format and quality that is wanted. Raises NotPreviewable."""
    if wanted.format == "gif":
        return _gif([picture])
    if wanted.format == "png":
        return _saved(picture, "PNG", compress_level=_PNG_EFFORT)
    if wanted.format == "webp":
        return _saved(picture, "WEBP", quality=wanted.quality, method=_WEBP_EFFORT)
    return _saved(picture, "JPEG", quality=wanted.quality)


def _saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    picture.info = {}  # else some of what the source says of itself is written
    file = BytesIO()
    try:
        picture.save(file, name, **options)
    except (ValueError, OverflowError) as error:  # so encoders say that there is no memory, or no number so large
        raise NotPreviewable(str(error)) from error
    return file.getvalue()


@dataclass
class Animation:
    """Frames of one size, which share one palette. `loop`: how often it is repeated, 0 for ever; None for once only."""

    loop: int | None
    _frames: list[Image.Image] = field(default_factory=list)
    _milliseconds: list[int] = field(default_factory=list)

    def add(self, frame: Image.Image, milliseconds: float) -> None:
        """Append a frame and how long it is shown."""
        self._frames.append(frame.copy())
        self._milliseconds.append(min(max(round(milliseconds), 0), _MOST_MILLISECONDS))

    def encoded(self) -> bytes:
        """Return the GIF. Raises NotPreviewable."""
        loop = {} if self.loop is None else {"loop": min(self.loop, _MOST_LOOPS)}
        return _gif(self._frames, duration=self._milliseconds, **loop)


def _gif(frames: Sequence[Image.Image], **options: Any) -> bytes:
    palette = _palette(frames)
    first, *others = (_indexed(frame, palette) for frame in frames)
    if any(frame.mode.endswith("A") for frame in frames):
        options |= {"transparency": _TRANSPARENT, "disposal": 2}
    return _saved(first, "GIF", optimize=False, save_all=bool(others), append_images=others, **options)


def _palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return an image with the palette: of the colours of samples of the frames, not to be found in all of them."""
    sampled = frames[:: -(-len(frames) // _SAMPLES)]
    side = math.isqrt(_SAMPLED_PIXELS // len(sampled))
    # One row more, which stays black: borders may be thinner than the samples are apart.
    joined = Image.new("RGB", (side, side * len(sampled) + 1))
    for number, frame in enumerate(sampled):
        # Its own colours: none are mixed.
        joined.paste(in_mode(frame, "RGB").resize((side, side), Image.Resampling.NEAREST), (0, number * side))
    return joined.quantize(_COLOURS, Image.Quantize.MEDIANCUT)


def _indexed(frame: Image.Image, palette: Image.Image) -> Image.Image:
    indexed = in_mode(frame, "RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    if frame.mode.endswith("A"):
        transparent = frame.getchannel("A").point(lambda alpha: 255 if alpha < _OPAQUE_FROM else 0)
        indexed.paste(_TRANSPARENT, mask=transparent)
    return indexed
