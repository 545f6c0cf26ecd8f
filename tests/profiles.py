"""Colour profiles (ICC.1:2001-04) under which colours are far from what their numbers say in sRGB."""

import struct

#: What each profile's description says, which must not get into any answer.
DESCRIPTION = "Profile of the secret press"
_D50 = (0.9642, 1.0, 0.8249)
#: What sRGB's colours are on a white of D50.
_RED, _GREEN, _BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7142)
#: In Lab, as bytes: paper, and what is seen where there is any ink but cyan alone, which is red.
_PAPER, _INK, _RED_INK = (255, 128, 128), (0, 128, 128), (136, 209, 196)


def _fixed(number: float) -> bytes:
    return struct.pack(">i", round(number * 65536))


def _xyz(numbers: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(number) for number in numbers)


def _description() -> bytes:
    text = DESCRIPTION.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)


#: A curve of no numbers: the light grows as the number does, so that 128 is 188 in sRGB.
_LINEAR = b"curv" + bytes(8)


def _profile(device: bytes, colours: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    contents = {b"desc": _description(), b"wtpt": _xyz(_D50), **tags}
    table, body = struct.pack(">I", len(contents)), b""
    for name, content in contents.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(contents) + len(body), len(content))
        body += padded
    times = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    head = b"\0\0\0\0\x02\x10\0\0" + device + colours + connection + times + b"acsp" + bytes(28)
    head += b"".join(_fixed(number) for number in _D50)
    head += bytes(128 - 4 - len(head))
    return struct.pack(">I", 4 + len(head) + len(table) + len(body)) + head + table + body


def of_swapped_colours() -> bytes:
    """Return one for RGB in which red is what others call blue, and grows linearly."""
    colourants = {b"rXYZ": _xyz(_BLUE), b"gXYZ": _xyz(_GREEN), b"bXYZ": _xyz(_RED)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**colourants, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _LINEAR)})


def of_linear_grey() -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _LINEAR})


def of_odd_inks() -> bytes:
    """Return one for CMYK in which cyan is red, and every other ink black."""
    corners = [_PAPER, *[_INK] * 7, _RED_INK, *[_INK] * 7]
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0))
    table += b"".join(_fixed(number) for number in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    table += bytes(range(256)) * 4 + b"".join(bytes(corner) for corner in corners) + bytes(range(256)) * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})
