"""Where a source comes to lie in the area that it is shown in (previews, section "Geometry")."""

from typing import Final, NamedTuple

from app.domain.errors import NotPreviewable
from app.domain.specifications import Area, Drawing

_MOST_ENLARGED: Final = 2
_MOST_PIXELS: Final = 8192 * 8192
_LONGEST_SIDE: Final = {"jpeg": 65_500, "gif": 65_535, "webp": 16_383, "png": _MOST_PIXELS}


class Box(NamedTuple):
    """A part of the source, in pixels of it."""

    left: float
    top: float
    right: float
    bottom: float


class Placing(NamedTuple):
    """What of the source is scaled to which size; it lies in the middle of the area."""

    area: Area
    box: Box
    scaled: Area

    def is_identity(self, size: Area) -> bool:
        """Whether a source of this size is shown as it is."""
        return self.area == self.scaled == size


def area_of(wanted: Drawing, size: Area) -> Area:
    """Return the area for a source of this size, or raise NotPreviewable if nobody could draw it."""
    area = wanted.area.of(size)
    if area.pixels > _MOST_PIXELS or max(area) > _LONGEST_SIDE[wanted.format]:
        raise NotPreviewable("the area would be too large")
    return area


def placing(wanted: Drawing, size: Area) -> Placing:
    """Return how a source of this size is shown. Raises NotPreviewable."""
    area = area_of(wanted, size)
    nearer = min if wanted.fit == "contain" else max
    scale = min(nearer(area.width / size.width, area.height / size.height), _MOST_ENLARGED)
    scaled = Area(_scaled(size.width, scale, area.width), _scaled(size.height, scale, area.height))
    width, height = min(scaled.width / scale, size.width), min(scaled.height / scale, size.height)
    left, top = (size.width - width) / 2, (size.height - height) / 2
    return Placing(area, Box(left, top, left + width, top + height), scaled)


def _scaled(length: int, scale: float, most: int) -> int:
    return min(max(round(length * scale), 1), most)
