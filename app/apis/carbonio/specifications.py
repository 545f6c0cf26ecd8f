"""How a client says which preview it wants (section "Preview")."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Path, Query
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.apis.carbonio.spellings import saturated
from app.apis.descriptions import spelled
from app.domain.errors import NoSuchPages
from app.domain.specifications import Area, Drawing, Format, Pages

_SIDE: Final = "0*(?:[0-9]{1,3}|[1-7][0-9]{3}|80[0-9]{2}|81[0-8][0-9]|819[0-2])"
_AREA: Final = re.compile(f"{_SIDE}x{_SIDE}")
_DIGITS: Final = re.compile("[0-9]+")
_QUALITIES: Final = {"Lowest": 0, "Low": 15, "Medium": 50, "High": 80, "Highest": 95}
_FORMATS: Final[Mapping[str, Format]] = {"Jpeg": "jpeg", "Png": "png", "Gif": "gif", "Webp": "webp"}
_WITH_QUALITY: Final = frozenset({"Jpeg", "Webp"})
_CROPS: Final = frozenset({"true", "1", "yes", "on"})


def _read_area(text: object) -> object:
    if not isinstance(text, str):
        return text
    if not _AREA.fullmatch(text):
        raise PydanticCustomError("area", "must be like 320x240, each at most 8192")
    return Area(*map(int, text.split("x")))


def _word(default: str, spelled_as: Callable[[str], str] = str.capitalize) -> BeforeValidator:
    """Return what reads a word in any case of letters as it is documented, and nothing as the default."""
    return BeforeValidator(lambda text: (spelled_as(text) or default) if isinstance(text, str) else text)


def _page(least: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return how the number of a page is read, which is none without a value, and how that is told."""

    def read(text: object) -> object:
        if not isinstance(text, str) or not text:
            return text or None
        if not _DIGITS.fullmatch(text) or (number := saturated(text)) < least:
            raise PydanticCustomError("page", "must be the number of a page")
        return number

    return BeforeValidator(read), WithJsonSchema({"type": "integer", "minimum": least})


_Area = Annotated[
    Any,
    BeforeValidator(_read_area),
    spelled(_AREA.pattern, "320x240"),
    Path(alias="area", description="Width and height; 0 stands for the size that the source has on that axis."),
]
_Quality = Annotated[
    Literal["Lowest", "Low", "Medium", "High", "Highest"],
    _word("Medium"),
    Query(description="Of Jpeg and Webp alone."),
]
_Format = Annotated[Literal["Jpeg", "Png", "Gif", "Webp"], _word("Jpeg")]
_Shape = Annotated[Literal["Rounded", "Rectangular"], _word("Rectangular")]
_Crop = Annotated[
    Literal["true", "1", "yes", "on", "false", "0", "no", "off"],
    _word("false", str.lower),
    Query(description="Whether to fill the area, and to cut off what is outside."),
]
_FirstPage = Annotated[int | None, *_page(1)]
_LastPage = Annotated[int | None, *_page(0)]


def _image(
    area: _Area, quality: _Quality = "Medium", output_format: _Format = "Jpeg", crop: _Crop = "false"
) -> Drawing:
    fit: Literal["cover", "contain"] = "cover" if crop in _CROPS else "contain"
    return Drawing(
        source="image",
        area=area,
        fit=fit,
        rounded=False,
        format=_FORMATS[output_format],
        quality=_quality(output_format, quality),
    )


def _thumbnail(source: Literal["image", "pdf"]) -> Any:
    """Return what reads how a thumbnail is wanted: it fills its area."""

    def read(
        area: _Area, quality: _Quality = "Medium", output_format: _Format = "Jpeg", shape: _Shape = "Rectangular"
    ) -> Drawing:
        return Drawing(
            source=source,
            area=area,
            fit="cover",
            rounded=shape == "Rounded",
            format=_FORMATS[output_format],
            quality=_quality(output_format, quality),
        )

    return read


def _quality(output_format: str, quality: str) -> int | None:
    return _QUALITIES[quality] if output_format in _WITH_QUALITY else None


def _pages(
    first_page: Annotated[
        _FirstPage, Query(alias="firstPage", description="From 1, which it is if nothing is said.")
    ] = None,
    first_page_of_prose: Annotated[
        _FirstPage, Query(alias="first_page", description="The same as `firstPage`, which counts if both are said.")
    ] = None,
    last_page: Annotated[
        _LastPage, Query(alias="lastPage", description="0, or a number past the end, is the last; so is nothing.")
    ] = None,
    last_page_of_prose: Annotated[
        _LastPage, Query(alias="last_page", description="The same as `lastPage`, which counts if both are said.")
    ] = None,
) -> Pages:
    pages = Pages(first=first_page or first_page_of_prose or 1, last=_given(last_page, last_page_of_prose))
    if 0 < pages.last < pages.first:
        raise NoSuchPages
    return pages


def _given(*numbers: int | None) -> int:
    return next((number for number in numbers if number is not None), 0)


WantedImage = Annotated[Drawing, Depends(_image)]
WantedThumbnail = Annotated[Drawing, Depends(_thumbnail("image"))]
WantedPdfThumbnail = Annotated[Drawing, Depends(_thumbnail("pdf"))]
WantedPages = Annotated[Pages, Depends(_pages)]
