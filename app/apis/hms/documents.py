"""Documents: what a client stores with a room to have it echoed as it was sent, its order and unknown members too."""

from functools import partial
from math import isfinite
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import to_json

from app.apis.dependencies import WithoutNul, without_nul
from app.apis.hms.errors import fault, message
from app.apis.hms.urls import HttpUrl
from app.domain.webhooks import HEADER_NAME, HEADER_VALUE

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


def _required(value: object, *, otherwise: str) -> object:
    if value is None or value == "":
        raise message(otherwise)
    return value


def _upload_type(value: object) -> object:
    if value != "s3":
        raise message("Invalid upload configuration")
    return value


def _header_fields(value: dict[str, str]) -> dict[str, str]:
    if not all(HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(field) for name, field in value.items()):
        raise fault("must be header fields of HTTP")
    return value


# Required members with refusals of their own: what is missing is judged like what was sent.
JUDGED = Field(default_factory=str, validate_default=True)
_NOT_EMPTY = Field(json_schema_extra={"minLength": 1})
_UploadType = Annotated[str, BeforeValidator(_upload_type), JUDGED, WithJsonSchema({"const": "s3"})]
_Text = Annotated[str, WithoutNul]
Location = Annotated[
    _Text, BeforeValidator(partial(_required, otherwise="Bucket location is missing")), JUDGED, _NOT_EMPTY
]
Credential = Annotated[
    _Text,
    BeforeValidator(partial(_required, otherwise="Invalid upload configuration")),
    Field(repr=False),
    JUDGED,
    _NOT_EMPTY,
]
_HeaderFields = Annotated[
    dict[str, str],
    AfterValidator(_header_fields),
    Field(
        json_schema_extra={
            "propertyNames": {"pattern": f"^{HEADER_NAME.pattern}$"},
            "additionalProperties": {"type": ["string", "null"], "pattern": f"^{HEADER_VALUE.pattern}$"},
        }
    ),
]


ShownRecording = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "required": ["enabled"],
            "properties": {"enabled": {"type": "boolean"}, "upload_info": {"type": "object"}},
            "examples": [{"enabled": True}],
        }
    ),
]
ShownWebhook = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": {"type": "string", "examples": ["https://backend.example/events"]},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    ),
]


class Document(BaseModel):
    """A model that judges its known members, and keeps all of what was sent but members that are null."""

    model_config = ConfigDict(strict=True, json_schema_extra={"additionalProperties": True})

    _kept: dict[str, Any] = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _judge_and_keep(cls, sent: Any, judge: ValidatorFunctionWrapHandler) -> Self:
        if isinstance(sent, dict):
            _bounded(sent)  # first: the rest looks at every part
            sent = _storable(sent)
        judged: Self = judge(sent)
        judged._kept = sent
        return judged

    @property
    def kept(self) -> dict[str, Any]:
        """The document as it is stored and echoed."""
        return self._kept

    @property
    def json_text(self) -> str:
        """The document as JSON."""
        return to_json(self.kept).decode()


class Options(BaseModel):
    """`options` of an upload."""

    model_config = ConfigDict(strict=True)

    region: _Text | None = None


class Credentials(BaseModel):
    """`credentials` of an upload: echoed by the call that sets them, and by no other."""

    model_config = ConfigDict(strict=True, json_schema_extra={"required": ["key", "secret"]})

    key: Credential
    secret: Credential


class UploadInfo(BaseModel):
    """`upload_info` of a recording: where it goes to."""

    model_config = ConfigDict(strict=True, json_schema_extra={"required": ["type", "location"]})

    type: _UploadType
    location: Location
    prefix: _Text | None = None
    options: Options | None = None
    credentials: Credentials | None = Field(default=None, repr=False)


class RecordingInfo(Document):
    """`recording_info` of a room that follows no template."""

    enabled: bool | None = None
    upload_info: UploadInfo | None = None

    @property
    def kept(self) -> dict[str, Any]:
        return self._kept if "enabled" in self._kept else {"enabled": False} | self._kept

    @property
    def is_secret(self) -> bool:
        """Whether it holds credentials."""
        return bool(_without_credentials(self.kept) != self.kept)

    @property
    def public(self) -> str:
        """As JSON, for everybody: without credentials, wherever they stand."""
        return to_json(_without_credentials(self.kept)).decode()


class Webhook(Document):
    """`webhook` of a room: where and with what header fields its events are sent."""

    url: HttpUrl = Field(repr=False)
    headers: _HeaderFields | None = Field(default=None, repr=False)
