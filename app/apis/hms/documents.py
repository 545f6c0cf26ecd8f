"""Documents: what a client stores with a room to have it echoed as it was sent, its order and unknown members too."""

import re
from math import isfinite
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import to_json

from app.apis.dependencies import without_nul
from app.apis.hms.errors import fault, message

_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_ANY_URL: Final = TypeAdapter(AnyHttpUrl)
_CREDENTIALS: Final = "credentials"
_MOST_BYTES: Final = 16 * 1024


def _bounded(document: dict[str, Any]) -> None:
    """Refuse what would make a page of rooms a burden: such a document has a few hundred bytes."""
    if len(to_json(document)) > _MOST_BYTES:
        raise fault("must not be larger than 16 KiB")


def _storable(value: Any) -> Any:
    """Return the value without members that are null, which count as absent; NUL and infinity cannot be stored."""
    if isinstance(value, dict):
        return {_storable(name): _storable(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_storable(member) for member in value]
    if isinstance(value, float) and not isfinite(value):
        raise fault("must not contain numbers that are too large")
    return without_nul(value) if isinstance(value, str) else value


def _without_credentials(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_credentials(member) for name, member in value.items() if name != _CREDENTIALS}
    if isinstance(value, list):
        return [_without_credentials(member) for member in value]
    return value


def _location(value: object) -> object:
    return _required(value, "Bucket location is missing")


def _credential(value: object) -> object:
    return _required(value, "Invalid upload configuration")


def _required(value: object, otherwise: str) -> object:
    if value is None or value == "":
        raise message(otherwise)
    return value


def _upload_type(value: object) -> object:
    if value != "s3":
        raise message("Invalid upload configuration")
    return value


def _http_url(value: str) -> str:
    try:
        _ANY_URL.validate_python(value)
    except ValidationError:
        raise fault("must be an http or https URL") from None
    if not _URL.fullmatch(value):
        raise fault("must be an http or https URL")
    return value


def _header_fields(value: dict[str, str]) -> dict[str, str]:
    if not all(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(field) for name, field in value.items()):
        raise fault("must be header fields of HTTP")
    return value


class Document(BaseModel):
    """A model that judges its known members, and keeps what was sent."""

    model_config = ConfigDict(strict=True)

    _sent: dict[str, Any] = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _keep(cls, sent: Any, judge: ValidatorFunctionWrapHandler) -> Self:
        if isinstance(sent, dict):
            _bounded(sent)
            sent = _storable(sent)
        judged: Self = judge(sent)
        judged._sent = sent
        return judged

    @property
    def sent(self) -> dict[str, Any]:
        """The document as it is stored and echoed."""
        return self._sent

    @property
    def json_text(self) -> str:
        """The document as JSON."""
        return to_json(self.sent).decode()


class _Options(BaseModel):
    model_config = ConfigDict(strict=True)

    region: str | None = None


class _Credentials(BaseModel):
    model_config = ConfigDict(strict=True)

    key: Annotated[str, BeforeValidator(_credential)] = Field(default=None, validate_default=True)
    secret: Annotated[str, BeforeValidator(_credential)] = Field(default=None, validate_default=True)


class _UploadInfo(BaseModel):
    model_config = ConfigDict(strict=True)

    type: Annotated[str, BeforeValidator(_upload_type)] = Field(default=None, validate_default=True)
    location: Annotated[str, BeforeValidator(_location)] = Field(default=None, validate_default=True)
    prefix: str | None = None
    options: _Options | None = None
    credentials: _Credentials | None = None


class RecordingInfo(Document):
    """`recording_info` of a room that follows no template."""

    enabled: bool | None = None
    upload_info: _UploadInfo | None = None

    @property
    def sent(self) -> dict[str, Any]:
        return self._sent if "enabled" in self._sent else {"enabled": False} | self._sent

    @property
    def is_secret(self) -> bool:
        """Whether it holds credentials."""
        return self.public != self.json_text

    @property
    def public(self) -> str:
        """As JSON, for everybody: without credentials, wherever they stand."""
        return to_json(_without_credentials(self.sent)).decode()


class Webhook(Document):
    """`webhook` of a room: where and with what header fields its events are sent."""

    url: Annotated[str, AfterValidator(_http_url)]
    headers: Annotated[dict[str, str], AfterValidator(_header_fields)] | None = None
