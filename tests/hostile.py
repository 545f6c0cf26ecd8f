"""Files that mean harm, or came to harm: each with its name, and what becomes of it."""

import random
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

import bare
from PIL import Image

Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class Hostile:
    """A file, the status that whoever wants to see it is answered, and the colour of what is seen."""

    name: str
    content: bytes = field(repr=False)
    status: int = 400
    colour: Colour = bare.RED

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class HostileDocument(Hostile):
    """A file of which the first page may be wanted as well, as a document of its own, which need not end the same."""

    of_page: int = 400


@dataclass(frozen=True)
class Animated(Hostile):
    """A file of frames: the status is of a still of it."""

    moving: int = 400
    frames: int = 0


def refused(files: dict[str, bytes]) -> list[Hostile]:
    return [Hostile(name, content) for name, content in files.items()]


def shown(files: dict[str, bytes], colour: Colour = bare.RED) -> list[Hostile]:
    """Return files that harm nobody: they are shown as if nothing were wrong."""
    return [Hostile(name, content, 200, colour) for name, content in files.items()]


def documents(files: dict[str, bytes], *, drawn: int, of_page: int, colour: Colour = bare.RED) -> list[HostileDocument]:
    return [HostileDocument(name, content, drawn, colour, of_page) for name, content in files.items()]


def middle(picture: bytes) -> Colour:
    """Return the colour in the middle."""
    with Image.open(BytesIO(picture)) as image:
        red, green, blue = image.convert("RGBA").convert("RGB").getpixel((image.width // 2, image.height // 2))  # type: ignore[misc]
    return red, green, blue


def is_like(colour: Colour, other: Colour) -> bool:
    return all(abs(one - another) <= 3 for one, another in zip(colour, other, strict=True))


def can_be_read(picture: bytes) -> bool:
    """Whether the library that decodes pictures, left alone with it, sees nothing wrong."""
    with warnings.catch_warnings(action="ignore"):
        try:
            with Image.open(BytesIO(picture), formats=("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")) as image:
                return image.width * image.height <= 50_000_000 and image.load() is not None
        except Exception:  # noqa: BLE001 - it raises of everything
            return False


def cut(content: bytes, needless: int = 0) -> Iterable[bytes]:
    """Return this, cut off in a dozen places, all before its last bytes, so many of which may be missing."""
    last = len(content) - needless - 1
    return [content[: 1 + (last - 1) * twelfth // 12] for twelfth in range(13)]


def spoiled(content: bytes, count: int) -> Iterable[bytes]:
    """Return this with a few bytes wrong, so many times, always the same."""
    chance = random.Random(len(content))  # noqa: S311 - nothing is secret
    for _ in range(count):
        wrong = bytearray(content)
        for _ in range(chance.choice((1, 2, 8, 32))):
            wrong[chance.randrange(4, len(wrong))] = chance.randrange(256)
        yield bytes(wrong)
