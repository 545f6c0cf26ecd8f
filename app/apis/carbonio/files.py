"""What is said of a file that is sent: in the header fields of a raw body, or in the parts of a form."""

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from app.apis.carbonio.spellings import Unescaped
from app.apis.dependencies import WithoutNul
from app.apis.routes import refused

_CHARACTERS: Final = 256
_CHARACTERS_OF_AREA: Final = 64
_ANY_TYPE: Final = "application/octet-stream"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("printable", "must be printable")
    return text


_Text = Annotated[str, Field(max_length=_CHARACTERS), WithoutNul]
_Name = Annotated[Unescaped, Field(min_length=1, max_length=_CHARACTERS, examples=["\\u0061.txt"])]
_Description = Annotated[Unescaped, Field(max_length=_CHARACTERS, examples=["The plan"])]
_Area = Annotated[str, Field(max_length=_CHARACTERS_OF_AREA, examples=["15x20"]), AfterValidator(_printable)]


class SentPicture(BaseModel):
    """What is said of a picture."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    file_name: _Name
    mime_type: _Text

    @property
    def type(self) -> str:
        """The type as it is kept."""
        return self.mime_type or _ANY_TYPE


class SentFile(SentPicture):
    """What is said of an attachment, and of the message that it comes with."""

    description: _Description | None = None
    message_id: _Text | None = None
    reply_id: _Text | None = None
    area: _Area | None = None

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> Self:
        """Return what the parts of a form say; what is wrong with them is as wrong as in a header field."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise refused(error) from None


class _InHeader(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def _as_utf_8(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Read what is not escaped as the UTF-8 that it mostly is; HTTP hands it over as Latin-1."""
        return {name: _utf_8(value) for name, value in fields.items()}


class PictureHeader(SentPicture, _InHeader):
    """What the header fields say of a picture."""


class FileHeader(SentFile, _InHeader):
    """What the header fields say of an attachment."""


def _utf_8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
