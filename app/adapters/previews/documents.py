"""Pages of documents, and pictures of the first one."""

import hashlib
import math
from collections.abc import Callable
from io import BytesIO
from typing import Final, TypeVar

from PIL import Image
from pypdfium2 import PdfBitmap, PdfDocument, PdfiumError, PdfPage, raw

from app.adapters.previews import encoding
from app.adapters.previews.canvas import framed
from app.adapters.previews.geometry import area_of
from app.adapters.previews.images import reading
from app.domain.errors import NoSuchPages, NotPreviewable
from app.domain.specifications import Area, Drawing, Pages

Result = TypeVar("Result")

_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1024
_LONGEST_SIDE: Final = 2**24  # of a page as it is drawn, of which the area shows some
_WHITE: Final = (255, 255, 255, 255)
_ID: Final = b"/ID[<"
_ID_DIGITS: Final = 32
_DIGESTED: Final = 16 * 1024  # of the end, where it is said what lies where

raw.FPDF_SetSandBoxPolicy(raw.FPDF_POLICY_MACHINETIME_ACCESS, False)  # noqa: FBT003 - the time would stand in what is made


def drawn(source: bytes, wanted: Drawing) -> bytes:
    """Return a picture of the first page. Raises NotPreviewable."""
    return encoding.encoded(_read(source, lambda readable: _first_page(readable, wanted)), wanted)


def pages(source: bytes, wanted: Pages) -> bytes:
    """Return a document of the pages, the source itself if it has no others. Raises NoSuchPages, NotPreviewable."""
    return _read(source, lambda readable: _pages(readable, wanted))


def _read(source: bytes, work: Callable[[bytes], Result]) -> Result:
    """Work on a document that can be read without a password, mended if need be. Raises NotPreviewable."""
    if _HEADER not in source[:_HEADER_WITHIN]:
        raise NotPreviewable("the file is no PDF")
    try:
        return work(source)
    except PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise NotPreviewable(str(error)) from error
    with reading():
        return work(_mended(source))


def _mended(source: bytes) -> bytes:
    """Return the document as pypdf reads it, which forgives what PDFium does not."""
    import pypdf  # noqa: PLC0415 - seldom needed, and it takes as long to load as all else together

    file = BytesIO()
    pypdf.PdfWriter(clone_from=pypdf.PdfReader(BytesIO(source), strict=False)).write(file)
    return file.getvalue()


def _first_page(source: bytes, wanted: Drawing) -> Image.Image:
    with PdfDocument(source) as document:
        document.init_forms()
        return _picture(document[0], wanted)


def _pages(source: bytes, wanted: Pages) -> bytes:
    with PdfDocument(source) as document:
        last = min(wanted.last or len(document), len(document))
        if not 1 <= wanted.first <= last:
            raise NoSuchPages
        if (wanted.first, last) == (1, len(document)):
            document[0].close()  # else something cannot be read
            return source
        return _with_constant_id(_extracted(document, range(wanted.first - 1, last)))


def _extracted(document: PdfDocument, indices: range) -> bytes:
    if document.get_formtype() != raw.FORMTYPE_NONE:
        _flatten(document, indices)
    file = BytesIO()
    with PdfDocument.new() as part:
        part.import_pages(document, list(indices))
        part.save(file)
    return file.getvalue()


def _flatten(document: PdfDocument, indices: range) -> None:
    """Make what was filled in part of the pages: the form itself is not part of any."""
    document.init_forms()  # draws the fields that have a value alone
    for index in indices:
        page = document[index]
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page.close()


def _with_constant_id(document: bytes) -> bytes:
    """Put a digest where PDFium writes an id by chance, so that the same is made of the same."""
    begin = document.rfind(_ID) + len(_ID)
    by_chance = document[begin : begin + _ID_DIGITS]
    constant = hashlib.sha256(document[-_DIGESTED:begin]).hexdigest()[:_ID_DIGITS].upper().encode()
    return document[:begin] + document[begin:].replace(by_chance, constant)


def _picture(page: PdfPage, wanted: Drawing) -> Image.Image:
    """Draw as much of the page, from its top, as fills the area."""
    width, height = page.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise NotPreviewable("the page has no size")
    area = area_of(wanted, Area(max(round(width), 1), max(round(height), 1)))
    scale = max(area.width / width, area.height / height)
    drawn = Area(max(round(width * scale), area.width), max(round(height * scale), area.height))
    if max(drawn) > _LONGEST_SIDE:
        raise NotPreviewable("the page is too long")
    return framed(_rendered(page, area, drawn), area, wanted)


def _rendered(page: PdfPage, area: Area, drawn: Area) -> Image.Image:
    bitmap = PdfBitmap.new_native(*area, raw.FPDFBitmap_BGR)
    bitmap.fill_rect(_WHITE, 0, 0, *area)
    place = ((area.width - drawn.width) // 2, 0, *drawn, 0)
    raw.FPDF_RenderPageBitmap(bitmap, page, *place, raw.FPDF_ANNOT)
    if page.formenv:
        raw.FPDF_FFLDraw(page.formenv, bitmap, page, *place, raw.FPDF_ANNOT)
    picture: Image.Image = bitmap.to_pil()
    return picture
