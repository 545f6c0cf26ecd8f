"""What is said of a file that is sent: in the header fields of a raw body, or in the parts of a form."""

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from app.apis.carbonio.spellings import Unescaped, escaped
from app.apis.dependencies import WithoutNul
from app.apis.routes import refused

_CHARACTERS: Final = 256
_CHARACTERS_OF_AREA: Final = 64
# No control characters, nothing invisible, no space but the usual one.
_PRINTABLE: Final = (
    r"^[^\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]*$"
)
_IMAGE: Final = r"^[iI][mM][aA][gG][eE]/[^\u0000]*$"
_ANY_TYPE: Final = "application/octet-stream"

_Text = Annotated[str, Field(max_length=_CHARACTERS), WithoutNul]
_Name = Annotated[Unescaped, Field(min_length=1, max_length=_CHARACTERS), escaped(1, _CHARACTERS, "caf\\u00e9.txt")]
_Description = Annotated[Unescaped, Field(max_length=_CHARACTERS), escaped(0, _CHARACTERS, "The plan")]
_Type = Annotated[_Text, Field(examples=["text/plain"])]
_ImageType = Annotated[str, Field(max_length=_CHARACTERS, pattern=_IMAGE, examples=["image/png"])]
_Area = Annotated[str, Field(max_length=_CHARACTERS_OF_AREA, pattern=_PRINTABLE, examples=["15x20"])]


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    file_name: _Name


class SentFile(_Sent):
    """What is said of an attachment, and of the message that it comes with. What is empty is not said."""

    mime_type: _Type
    description: _Description = ""
    message_id: _Text = ""
    reply_id: _Text = ""
    area: _Area = ""

    @property
    def type(self) -> str:
        """The type as it is kept."""
        return self.mime_type or _ANY_TYPE

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


class PictureHeader(_Sent, _InHeader):
    """What the header fields say of a picture."""

    mime_type: _ImageType


class FileHeader(SentFile, _InHeader):
    """What the header fields say of an attachment."""


def _utf_8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
