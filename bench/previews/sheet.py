"""A sheet of pictures with words: sections one below the other, in each the pictures side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _MARGIN, _GAP = 1060, 24, 14
_CHECK: Final = 8
_LINE: Final = 15
_PAPER, _INK, _FAINT, _EDGE = "#ffffff", "#1b1f24", "#59636e", "#c8ced6"
_CHECKS: Final = ("#ffffff", "#dfe3e8")
_TITLE, _TEXT = ImageFont.load_default(20), ImageFont.load_default(12)


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture and the lines under it."""

    picture: Image.Image
    lines: Sequence[str]

    @property
    def size(self) -> tuple[int, int]:
        """How much it takes, its words included."""
        width = max(self.picture.width + 2, *(round(_TEXT.getlength(line)) for line in self.lines))
        return width, self.picture.height + 6 + _LINE * len(self.lines)


@dataclass(frozen=True, slots=True)
class Section:
    """Tiles under a title, and what is to be seen in them."""

    title: str
    look: str
    tiles: Sequence[Tile]


def drawn(sections: Sequence[Section]) -> Image.Image:
    """Return the sheet."""
    sheet = Image.new("RGB", (_WIDTH, 8 * _WIDTH), _PAPER)
    bottom = _MARGIN
    for section in sections:
        bottom = _put(sheet, section, bottom)
    return sheet.crop((0, 0, _WIDTH, bottom))


def _put(sheet: Image.Image, section: Section, top: int) -> int:
    """Draw a section, and return where the next one begins."""
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, top), section.title, _INK, _TITLE)
    draw.text((_MARGIN, top + 26), section.look, _FAINT, _TEXT)
    top += 50
    for row in _rows(section.tiles):
        left, height = _MARGIN, max(tile.size[1] for tile in row)
        for tile in row:
            _show(sheet, tile, left, top)
            left += tile.size[0] + _GAP
        top += height + _GAP
    return top + _GAP


def _rows(tiles: Sequence[Tile]) -> Iterator[list[Tile]]:
    """Yield as many tiles as there is place for, again and again."""
    row: list[Tile] = []
    for tile in tiles:
        if row and sum(one.size[0] + _GAP for one in [*row, tile]) - _GAP > _WIDTH - 2 * _MARGIN:
            yield row
            row = []
        row.append(tile)
    yield row


def _show(sheet: Image.Image, tile: Tile, left: int, top: int) -> None:
    draw, picture = ImageDraw.Draw(sheet), tile.picture.convert("RGBA")
    draw.rectangle((left, top, left + picture.width + 1, top + picture.height + 1), outline=_EDGE)
    sheet.paste(Image.alpha_composite(_checks(picture.size), picture), (left + 1, top + 1))
    for number, line in enumerate(tile.lines):
        draw.text((left, top + picture.height + 6 + _LINE * number), line, _FAINT if number else _INK, _TEXT)


def _checks(size: tuple[int, int]) -> Image.Image:
    """Return what shows through where a picture is transparent."""
    ground = Image.new("RGBA", size, _CHECKS[0])
    draw = ImageDraw.Draw(ground)
    for top in range(0, size[1], _CHECK):
        for left in range(top % (2 * _CHECK), size[0], 2 * _CHECK):
            draw.rectangle((left, top, left + _CHECK - 1, top + _CHECK - 1), fill=_CHECKS[1])
    return ground
