"""How a client says which preview it wants (section "Preview")."""

import re
from collections.abc import Iterable
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
_QUALITIES: Final = {"lowest": 0, "low": 15, "medium": 50, "high": 80, "highest": 95}
_WITH_QUALITY: Final = frozenset({"jpeg", "webp"})
_CROPS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


def _read_area(text: object) -> object:
    if not isinstance(text, str):
        return text
    if not _AREA.fullmatch(text):
        raise PydanticCustomError("area", "must be like 320x240, each at most 8192")
    return Area(*map(int, text.split("x")))


def _any_case(words: Iterable[str], default: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return how one of these words is read, in any case of letters and empty as the default, and how it is told."""

    def read(text: object) -> object:
        return (text.lower() or default) if isinstance(text, str) else text

    in_any_case = "|".join("".join(_either(letter) for letter in word) for word in words)
    about = {"type": "string", "pattern": f"^(?:{in_any_case}|)$", "default": default, "examples": [default]}
    return BeforeValidator(read), WithJsonSchema(about)


def _either(letter: str) -> str:
    return f"[{letter}{letter.upper()}]" if letter.isalpha() else letter


def _page(pattern: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return how the number of a page is read, which is none without a value, and how that is told."""
    number = re.compile(pattern)

    def read(text: object) -> object:
        if not isinstance(text, str) or not text:
            return text or None
        if not number.fullmatch(text):
            raise PydanticCustomError("page", "must be the number of a page")
        return saturated(text)

    return BeforeValidator(read), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern}|)$", "examples": ["2"]})


_Area = Annotated[Any, BeforeValidator(_read_area), spelled(_AREA.pattern, "320x240"), Path(alias="area")]
_Quality = Annotated[Literal["lowest", "low", "medium", "high", "highest"], *_any_case(_QUALITIES, "medium")]
_Format = Annotated[Format, *_any_case(("jpeg", "png", "gif", "webp"), "jpeg")]
_Shape = Annotated[Literal["rounded", "rectangular"], *_any_case(("rounded", "rectangular"), "rectangular")]
_Crop = Annotated[Literal["true", "1", "yes", "on", "false", "0", "no", "off"], *_any_case(_CROPS, "false")]
_FirstPage = Annotated[int | None, *_page("0*[1-9][0-9]*")]
_LastPage = Annotated[int | None, *_page("[0-9]+")]


def _image(
    area: _Area, quality: _Quality = "medium", output_format: _Format = "jpeg", crop: _Crop = "false"
) -> Drawing:
    fit: Literal["cover", "contain"] = "cover" if _CROPS[crop] else "contain"
    return Drawing(
        source="image",
        area=area,
        fit=fit,
        rounded=False,
        format=output_format,
        quality=_quality(output_format, quality),
    )


def _thumbnail(source: Literal["image", "pdf"]) -> Any:
    """Return what reads how a thumbnail is wanted: it fills its area."""

    def read(
        area: _Area, quality: _Quality = "medium", output_format: _Format = "jpeg", shape: _Shape = "rectangular"
    ) -> Drawing:
        return Drawing(
            source=source,
            area=area,
            fit="cover",
            rounded=shape == "rounded",
            format=output_format,
            quality=_quality(output_format, quality),
        )

    return read


def _quality(output_format: Format, quality: str) -> int | None:
    return _QUALITIES[quality] if output_format in _WITH_QUALITY else None


def _pages(
    first_page: Annotated[_FirstPage, Query(alias="firstPage")] = None,
    first_page_of_prose: Annotated[
        _FirstPage, Query(alias="first_page", description="The same as `firstPage`.")
    ] = None,
    last_page: Annotated[_LastPage, Query(alias="lastPage")] = None,
    last_page_of_prose: Annotated[_LastPage, Query(alias="last_page", description="The same as `lastPage`.")] = None,
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
