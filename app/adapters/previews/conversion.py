"""From the bytes of a file to those of its preview: nothing else goes in, so the same comes out on every machine."""

from importlib.metadata import version
from typing import Final

from app.adapters.previews import documents, images
from app.domain.specifications import Drawing, Specification

_OURS: Final = 1
VERSION: Final = "-".join([str(_OURS), *map(version, ("pillow", "pypdfium2", "pypdf"))])
"""What is made with another version may be other bytes. To be counted up with every change of what is drawn."""


def converted(source: bytes, specification: Specification) -> bytes:
    """Return the preview; the source itself if it needs no change. Raises NotPreviewable, NoSuchPages."""
    if not isinstance(specification, Drawing):
        return documents.pages(source, specification)
    draw = images.drawn if specification.source == "image" else documents.drawn
    return draw(source, specification)
