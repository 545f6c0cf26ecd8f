"""Documents that claim too much, hold too much, turn in circles, or are locked."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pypdf
from bare import CATALOG, DRAWN, PAGE, PAINT, TREE, encoded, jpeg_of, packed, packed_pdf, page, pdf, repeated, stream
from hostile import WHITE, documents

_HUGE = 60_000
_OTHER = 5


def _tree(kids: bytes, count: int = 1) -> bytes:
    return b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)


def _laughs(levels: int, each: int = 10) -> dict[int, bytes]:
    """Return a tree that names its one page `each` times `each` times … times."""
    tree = {TREE: _tree(b"10 0 R", each**levels)}
    for level in range(levels):
        below = 11 + level if level < levels - 1 else PAGE
        tree[10 + level] = _tree(b"%d 0 R " % below * each, each ** (levels - level))
    return tree


def _chain(length: int) -> dict[int, bytes]:
    below = {10 + depth: _tree(b"%d 0 R" % (11 + depth)) for depth in range(length)}
    return {TREE: _tree(b"10 0 R"), **below, 9 + length: _tree(b"3 0 R")}


PAGE_BOMBS = [
    *documents(
        {
            "a milliard of pages, of which one is there": pdf({TREE: _tree(b"3 0 R", 10**9)}),
            "no page said": pdf({TREE: _tree(b"3 0 R", 0)}),
            "fewer pages than none": pdf({TREE: _tree(b"3 0 R", -1)}),
            "the same page 20,000 times": pdf({TREE: _tree(b"3 0 R " * 20_000, 20_000)}),
            "the same page 10,000 times, by four hands": pdf(_laughs(4)),
            "a tree that holds itself, after a page": pdf({TREE: _tree(b"3 0 R 2 0 R", 2)}),
        },
        drawn=200,
        of_page=200,
    ),
    *documents(
        {
            "a tree that holds itself": pdf({TREE: _tree(b"2 0 R")}),
            "trees in a ring": pdf({TREE: _tree(b"5 0 R"), _OTHER: _tree(b"2 0 R")}),
            "a tree of 3,000 levels": pdf(_chain(3000)),
            "a milliard of pages, by nine hands": pdf(_laughs(9)),
            "no pages": pdf({TREE: _tree(b"", 0)}),
            "no tree": pdf({CATALOG: b"<< /Type /Catalog >>"}),
            "a tree that is not there": pdf({CATALOG: b"<< /Type /Catalog /Pages 99 0 R >>"}),
        },
        drawn=400,
        of_page=400,
    ),
]


def _boxed(box: bytes) -> bytes:
    return pdf({PAGE: page(box=b"/MediaBox [%s]" % box)})


BOXES = [
    *documents(
        {
            "tiny": _boxed(b"0 0 0.001 0.001"),
            "of none": pdf({PAGE: page(box=b"")}),
            "upside down": _boxed(b"0 0 -72 -72"),
            "zero": _boxed(b"0 0 0 0"),
            "no numbers": _boxed(b"0 0 nan nan"),
            "without end": _boxed(b"0 0 inf inf"),
            "names": _boxed(b"/a /b /c /d"),
            "past counting": _boxed(b"0 0 99999999999999999999 99999999999999999999"),
            "too short": _boxed(b"0 0 72"),
            "the page itself": pdf({PAGE: page(box=b"/MediaBox 3 0 R")}),
            "its tree is itself": pdf({PAGE: b"<< /Type /Page /Parent 3 0 R /Contents 4 0 R >>"}),
            "a unit of a million": pdf({PAGE: page(b"/UserUnit 1000000")}),
            "a unit of nothing": pdf({PAGE: page(b"/UserUnit 0")}),
            "a unit below nothing": pdf({PAGE: page(b"/UserUnit -1")}),
            "a crop of no numbers": pdf({PAGE: page(b"/CropBox [nan nan nan nan]")}),
            "turned by 45 degrees": pdf({PAGE: page(b"/Rotate 45")}),
            "turned past counting": pdf({PAGE: page(b"/Rotate 99999999999")}),
        },
        drawn=200,
        of_page=200,
    ),
    *documents({"a crop outside": pdf({PAGE: page(b"/CropBox [999 999 1072 1072]")})}, drawn=400, of_page=200),
    *documents({"100,000 times as wide as high": _boxed(b"0 0 100000 0.01")}, drawn=400, of_page=200),
    *documents({"huge": _boxed(b"0 0 1000000000 1000000000")}, drawn=200, of_page=200, colour=WHITE),
    *documents({"largest": _boxed(b"0 0 2147483647 2147483647")}, drawn=200, of_page=200, colour=WHITE),
]

_USED = (
    b"/Resources << /XObject << /X 5 0 R >> /Pattern << /P 6 0 R >> /Font << /F 7 0 R >> /ExtGState << /G 8 0 R >>"
    b" /ColorSpace << /C 9 0 R >> /Shading << /S 9 0 R >> >>"
)
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 72 72] "
_TILE = b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] "
_TYPE_3 = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97"
    b" /Widths [9] /Encoding << /Differences [97 /a] >> /CharProcs << /a 10 0 R >> "
)


def _drawn(words: bytes, objects: dict[int, bytes]) -> bytes:
    """Return a document whose page draws this as well."""
    return pdf({PAGE: page(_USED), DRAWN: stream(PAINT + b" " + words), **objects})


def _with_own_place(word: bytes) -> bytes:
    """Return a document whose table of objects says that it is itself elsewhere too."""
    content = pdf(trailer=b"/%s 000" % word)
    return content.replace(b"/%s 000" % word, b"/%s %03d" % (word, content.index(b"xref\n0")))


def _annotated(annotation: bytes) -> bytes:
    return pdf({PAGE: page(b"/Annots [5 0 R]"), _OTHER: annotation})


def _catalogued(said: bytes, other: bytes = b"null") -> bytes:
    return pdf({CATALOG: b"<< /Type /Catalog /Pages 2 0 R %s >>" % said, _OTHER: other})


_GREY_BY_10 = b"<< /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 9 9] /Function 10 0 R >>"
_FUNCTION = b"<< /FunctionType 3 /Domain [0 1] /Functions [10 0 R] /Bounds [] /Encode [0 1] >>"
CIRCLES = [
    *documents(
        {
            "a form": _drawn(b"/X Do", {5: stream(b"/X Do", _FORM + _USED)}),
            "a pattern": _drawn(
                b"/Pattern cs /P scn 0 0 1 1 re f",
                {6: stream(b"/Pattern cs /P scn 0 0 9 9 re f", _TILE + b"/XStep 9 /YStep 9 " + _USED)},
            ),
            "a letter": _drawn(
                b"BT /F 9 Tf (a) Tj ET", {7: _TYPE_3 + _USED + b">>", 10: stream(b"9 0 d0 BT /F 9 Tf (a) Tj ET")}
            ),
            "a mask": _drawn(
                b"/G gs 0 0 1 1 re f",
                {
                    8: b"<< /SMask << /S /Alpha /G 5 0 R >> >>",
                    5: stream(b"/G gs 0 0 9 9 re f", _FORM + _USED + b"/Group << /S /Transparency >>"),
                },
            ),
            "a colour": _drawn(b"/C cs 0 sc 0 0 1 1 re f", {9: b"[/Indexed 9 0 R 1 (abc)]"}),
            "a profile": _drawn(
                b"/C cs 0 sc 0 0 1 1 re f", {9: b"[/ICCBased 10 0 R]", 10: stream(b"", b"/N 1 /Alternate 9 0 R")}
            ),
            "a function": _drawn(b"/S sh", {9: _GREY_BY_10, 10: _FUNCTION}),
            "a length": pdf({DRAWN: stream(PAINT).replace(b"/Length %d" % len(PAINT), b"/Length 4 0 R")}),
            "an annotation": _annotated(b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /AP << /N 5 0 R >> >>"),
            "a field": _catalogued(
                b"/AcroForm << /Fields [5 0 R] >>", b"<< /FT /Tx /T (a) /Parent 5 0 R /Kids [5 0 R] >>"
            ),
            "an outline": _catalogued(b"/Outlines 5 0 R", b"<< /First 5 0 R /Next 5 0 R /Title (a) >>"),
            "a table of objects": _with_own_place(b"Prev"),
            "a table of packed objects": _with_own_place(b"XRefStm"),
            "packed objects that go on in themselves": packed_pdf(said=b"/Extends 5 0 R"),
        },
        drawn=200,
        of_page=200,
    ),
    *documents(
        {
            "a reference": pdf({DRAWN: b"4 0 R"}),
            "two references": pdf({DRAWN: b"5 0 R", _OTHER: b"4 0 R"}),
            "a list": pdf({DRAWN: b"[4 0 R 4 0 R]"}),
        },
        drawn=200,
        of_page=200,
        colour=WHITE,
    ),
    *documents({"packed objects that hold themselves": packed_pdf(held_by=6)}, drawn=200, of_page=200),
]

DEEP = documents(
    {
        "lists": pdf({_OTHER: b"[" * 100_000 + b"]" * 100_000}),
        "dictionaries": pdf({_OTHER: b"<</a" * 50_000 + b" 1" + b">>" * 50_000}),
        "lists of a page": pdf({PAGE: page(b"/A " + b"[" * 20_000 + b"]" * 20_000)}),
        "lists that are drawn": pdf({DRAWN: stream(PAINT + b" " + b"[" * 100_000)}),
        "states": pdf({DRAWN: packed(PAINT + b" q" * 100_000)}),
        "filters": pdf({DRAWN: stream(PAINT, b"/Filter [%s]" % (b"/ASCIIHexDecode " * 20_000))}),
    },
    drawn=200,
    of_page=200,
)


def _picture(data: bytes, said: bytes, side: int = _HUGE, *, bits: int = 8, colours: bytes = b"/DeviceRGB") -> bytes:
    """Return a document that shows a picture in the lower left corner."""
    form = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace %s "
    return _drawn(b"9 0 0 9 0 0 cm /X Do", {5: stream(data, form % (side, side, bits, colours) + said)})


def _jbig2(side: int) -> bytes:
    """Return a page of JBIG2 that says no more than its size, and one that it is over."""
    said = struct.pack(">IIIIBH", side, side, 0, 0, 0, 0)
    return struct.pack(">IBBBI", 0, 48, 0, 1, len(said)) + said + struct.pack(">IBBBI", 1, 49, 0, 1, 0)


def _jpx(side: int) -> bytes:
    size = struct.pack(">HHHIIIIIIIIH", 0xFF51, 47, 0, side, side, 0, 0, side, side, 0, 0, 3) + b"\7\1\1" * 3
    coding = struct.pack(">HHBBHBBBBBB", 0xFF52, 12, 0, 0, 1, 0, 0, 4, 4, 0, 1) + struct.pack(
        ">HHBB", 0xFF5C, 4, 64, 64
    )
    return b"\xff\x4f" + size + coding + struct.pack(">HHHIBB", 0xFF90, 10, 0, 14, 0, 1) + b"\xff\x93\xff\xd9"


_GREY: dict[str, Any] = {"bits": 1, "colours": b"/DeviceGray"}
_FAX = b"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns %d /Rows %d >>"
PICTURE_BOMBS = documents(
    {
        "without data": _picture(b"", b""),
        "largest": _picture(b"", b"", 2**31 - 1),
        "smallest": _picture(b"", b"", 0),
        "below nothing": _picture(b"", b"", -1),
        "packed": _picture(repeated(b"\0", 900), b"/Filter /FlateDecode"),
        "packed, of 16 million points": _picture(repeated(b"\0", 3), b"/Filter /FlateDecode", 4000, **_GREY),
        "JPEG": _picture(jpeg_of(_HUGE, _HUGE), b"/Filter /DCTDecode"),
        "JPEG of another size": _picture(encoded("JPEG"), b"/Filter /DCTDecode"),
        "JPEG 2000": _picture(_jpx(_HUGE), b"/Filter /JPXDecode"),
        "JPEG 2000, largest": _picture(_jpx(2**32 - 1), b"/Filter /JPXDecode"),
        "JBIG2, largest": _picture(_jbig2(2**32 - 1), b"/Filter /JBIG2Decode", 16, **_GREY),
        "fax, largest": _picture(b"\0", _FAX % (2**31 - 1, 2**31 - 1), **_GREY),
        "in the page": pdf({DRAWN: stream(PAINT + b" BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID abc EI")}),
    },
    drawn=200,
    of_page=200,
)

#: Two gigabytes of drawing, packed twice, which nobody can unpack in the memory that there is.
FLATE_BOMBS = documents(
    {"packed twice": pdf({DRAWN: stream(zlib.compress(repeated(b" ", 1900)), b"/Filter [/FlateDecode /FlateDecode]")})},
    drawn=424,
    of_page=424,
)


def _locked(**passwords: str) -> bytes:
    writer, file = pypdf.PdfWriter(clone_from=BytesIO(pdf())), BytesIO()
    writer.encrypt(**passwords)  # type: ignore[arg-type]
    writer.write(file)
    return file.getvalue()


_CIPHERS = ("RC4-40", "RC4-128", "AES-128", "AES-256")
LOCKED = [
    *documents(
        {cipher: _locked(user_password="u", owner_password="o", algorithm=cipher) for cipher in _CIPHERS},
        drawn=400,
        of_page=400,
    ),
    *documents(
        {
            "by a cipher of no name": pdf(trailer=b"/Encrypt << /Filter /Standard /V 99 >>"),
            "by somebody else": pdf(trailer=b"/Encrypt << /Filter /Foo /V 1 >> /ID [(a) (b)]"),
        },
        drawn=400,
        of_page=400,
    ),
    *documents(
        {
            f"for changing, {cipher}": _locked(user_password="", owner_password="o", algorithm=cipher)
            for cipher in _CIPHERS
        },
        drawn=200,
        of_page=200,
    ),
]


def _without_end() -> dict[str, bytes]:
    tile = stream(b"1 0 0 rg 0 0 9 9 re f", _TILE + b"/XStep 0.000001 /YStep 0.000001 /Resources << >>")
    group = stream(b"0 0 72 72 re f", _FORM + b"/Group << /S /Transparency >>")
    return {
        "a pattern of a millionth of a point": _drawn(b"/Pattern cs /P scn 0 0 72 72 re f", {6: tile}),
        "20,000 transparent groups": pdf(
            {
                PAGE: page(
                    b"/Resources << /XObject << /X 5 0 R >> /ExtGState << /G << /ca 0.5 /BM /Luminosity >> >> >>"
                ),
                DRAWN: packed(PAINT + b" /G gs " + b"/X Do " * 20_000),
                5: group,
            }
        ),
    }


ENDLESS = documents(_without_end(), drawn=424, of_page=200)
