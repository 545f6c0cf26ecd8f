"""What lies hidden in the parts of a picture that is passed through: longer than such a part can be."""

import struct
from io import BytesIO

import pytest
from bare import gif, gif_frame, png_chunk
from containers import names, with_part
from pictures import animated, colours_in_turn, photograph, picture, saved
from PIL import Image

from app.adapters.previews.conversion import converted
from app.domain.specifications import Area, Drawing, Format

HIDDEN = b"the secret"
SMALL = photograph((32, 16))
COLOURS = saved(SMALL)
CICP = png_chunk(b"cICP", bytes((9, 16, 0, 1)))
GAMMA = png_chunk(b"gAMA", struct.pack(">I", 45_455))


def at_own_size(source: bytes, output: Format) -> bytes:
    drawing = Drawing(source="image", area=Area(0, 0), fit="contain", rounded=False, format=output, quality=None)
    return converted(source, drawing)


def frames(content: bytes) -> list[tuple[bytes, object]]:
    """Return each frame of an animation, and how long it is shown."""
    with Image.open(BytesIO(content)) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append((image.convert("RGBA").tobytes(), image.info.get("duration")))
    return found


class TestChunks:
    @pytest.mark.parametrize(
        ("name", "length"), [(b"sRGB", 1), (b"gAMA", 4), (b"cHRM", 32), (b"sBIT", 4), (b"tRNS", 256)]
    )
    def test_that_are_too_long_do_not_come_out(self, name: bytes, length: int) -> None:
        hiding = with_part(COLOURS, png_chunk(name, b"\1" * length + HIDDEN), "IHDR")
        shown = at_own_size(hiding, "png")
        assert HIDDEN not in shown
        assert picture(shown).convert("RGB").tobytes() == picture(COLOURS).tobytes()

    def test_that_end_it_do_not_come_out_with_anything_in_them(self) -> None:
        hiding = COLOURS[:-12] + png_chunk(b"IEND", HIDDEN)
        shown = at_own_size(hiding, "png")
        assert HIDDEN not in shown
        assert picture(shown).tobytes() == picture(COLOURS).tobytes()

    def test_that_are_as_long_as_they_can_be_do(self) -> None:
        for name, length in ((b"sRGB", 1), (b"gAMA", 4), (b"cHRM", 32), (b"sBIT", 3)):
            source = with_part(COLOURS, png_chunk(name, bytes(length - 1) + b"\1"), "IHDR")
            assert at_own_size(source, "png") == source

    def test_that_say_what_colours_mean_have_it_drawn_anew(self) -> None:
        """It would be another picture without them, and nobody passes them on."""
        source = with_part(with_part(COLOURS, CICP, "IHDR"), GAMMA, "IHDR")
        shown = at_own_size(source, "png")
        assert names(shown).count("IHDR") == 1
        assert not {"cICP", "gAMA"} & set(names(shown))
        assert picture(shown).tobytes() == picture(COLOURS).tobytes()


class TestBlocks:
    MOVING = animated(colours_in_turn(3, (12, 8)))
    LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    CONTROL = b"!\xf9\x04"

    def _hiding(self, part: bytes) -> bytes:
        """Return the animation with one block more to this part."""
        end = self.MOVING.index(part) + len(part)
        end += 5 if part == self.CONTROL else 0
        assert self.MOVING[end - 1] == 0
        return self.MOVING[: end - 1] + bytes((len(HIDDEN),)) + HIDDEN + self.MOVING[end - 1 :]

    @pytest.mark.parametrize("part", [LOOP, CONTROL], ids=["of the loop", "of a frame"])
    def test_with_more_in_them_than_can_be_do_not_come_out(self, part: bytes) -> None:
        hiding = self._hiding(part)
        assert HIDDEN in hiding
        shown = at_own_size(hiding, "gif")
        assert HIDDEN not in shown
        assert [pixels for pixels, _ in frames(shown)] == [pixels for pixels, _ in frames(self.MOVING)]

    def test_of_a_frame_that_is_longer_than_it_can_be_do_not_come_out(self) -> None:
        longer = b"!\xf9" + bytes((4 + len(HIDDEN),)) + struct.pack("<BHB", 4, 5, 0) + HIDDEN + b"\0"
        usual = gif_frame()
        source = gif(1, 1, usual, longer + usual[8:])
        assert HIDDEN in source
        assert HIDDEN not in at_own_size(source, "gif")

    def test_as_they_should_be_do(self) -> None:
        assert self.LOOP in self.MOVING
        assert at_own_size(self.MOVING, "gif") == self.MOVING
