"""What a preview is made like. The processes that make previews load this, and nothing else of the server."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Format: TypeAlias = Literal["jpeg", "png", "gif", "webp"]


class Area(NamedTuple):
    """Pixels; 0 stands for the size that the source has on that axis, in pixels, or in points of a page."""

    width: int
    height: int

    def of(self, size: "Area") -> "Area":
        """Return the area for a source of this size."""
        return Area(self.width or size.width, self.height or size.height)

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture of an image, or of the first page of a document.

    `contain` shows all of the source and has borders, `cover` fills the area and crops. The quality, 0 to 100, is of
    formats that have one.
    """

    source: Literal["image", "pdf"]
    area: Area
    fit: Literal["contain", "cover"]
    rounded: bool
    format: Format
    quality: int | None

    @property
    def mime_type(self) -> str:
        """What is drawn."""
        return f"image/{self.format}"

    def __str__(self) -> str:
        size = f"{self.area.width}x{self.area.height}"
        shape = "rounded" if self.rounded else "rectangular"
        return f"{self.source} {size} {self.fit} {shape} {self.format} {self.quality or 0}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Pages of a document, from 1, both included; 0 as the last stands for the last that there is."""

    first: int
    last: int

    @property
    def mime_type(self) -> str:
        """What they are."""
        return "application/pdf"

    def __str__(self) -> str:
        return f"pages {self.first} {self.last}"


Specification: TypeAlias = Drawing | Pages
"""All that a preview depends on, but the file and the converter. As text it is the same for equal ones."""
