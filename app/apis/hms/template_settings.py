"""Settings of templates, as `/v2` reads and shows them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import to_json

from app.apis.dependencies import Whole
from app.apis.hms.bounds import Between
from app.apis.hms.documents import JUDGED, Credential, Location
from app.apis.hms.errors import message
from app.apis.hms.spellings import Region
from app.apis.hms.template_parts import LINE, CamelCased, Line, Part

_TYPES: Final = ("s3", "gs", "oss", "azure")
_INVALID: Final = "Invalid upload configuration"


def _type(value: object) -> object:
    if value not in _TYPES:
        raise message(_INVALID)
    return value


def _prefix(value: object) -> object:
    if value is None:
        raise message(_INVALID)
    return value


class UploadCredentials(Part):
    """`credentials` of an upload: echoed by the call that sets them, and by no other."""

    model_config = ConfigDict(json_schema_extra={"required": ["key", "secretKey"]})

    key: Annotated[Credential, LINE]
    secret_key: Annotated[Credential, LINE]


class UploadOptions(Part):
    """`options` of an upload."""

    region: Line | None = None


class Upload(Part):
    """`upload` of a template's recordings: where they go to."""

    model_config = ConfigDict(json_schema_extra={"required": ["location", "type", "prefix"]})

    location: Annotated[Location, LINE]
    type: Annotated[str, BeforeValidator(_type), JUDGED, WithJsonSchema({"type": "string", "enum": list(_TYPES)})]
    prefix: Annotated[Line, BeforeValidator(_prefix), Field(default=None, validate_default=True)]
    credentials: UploadCredentials | None = Field(default=None, repr=False)
    options: UploadOptions | None = None


class TemplateRecording(Part):
    """`recording` of a template's settings."""

    enabled: bool | None = Field(default=None, description="The older way to record every room.")
    upload: Upload | None = None

    @property
    def public(self) -> dict[str, Any]:
        """The document without credentials."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude={"upload": {"credentials"}})


class RoomState(Part):
    """What a template's rooms tell of themselves to who is not in them."""

    message_interval: Annotated[Whole, Between(5, 3600, step=5)] = Field(default=5, description="In seconds.")
    send_peer_list: bool = False
    stop_room_state_on_join: bool = True
    enabled: bool = False


class TemplateSettings(CamelCased):
    """What a body says of a template's settings. Null takes `recording` away."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "region": "eu",
                    "recording": {"upload": {"type": "s3", "location": "our-recordings", "prefix": "rooms"}},
                    "roomState": {"messageInterval": 10, "enabled": True},
                }
            ]
        }
    )

    region: Region | None = None
    recording: TemplateRecording | None = None
    room_state: RoomState | None = None

    @property
    def says_recording(self) -> bool:
        """Whether `recording` is there, be it null."""
        return "recording" in self.model_fields_set

    @property
    def recording_public(self) -> str | None:
        """`recording` as JSON for everybody: without credentials."""
        return to_json(self.recording.public).decode() if self.recording else None

    @property
    def recording_whole(self) -> str | None:
        """`recording` as JSON, with the credentials."""
        return self.recording.json_text if self.recording else None

    @property
    def has_credentials(self) -> bool:
        """Whether there are credentials in `recording`."""
        upload = self.recording.upload if self.recording else None
        return upload is not None and upload.credentials is not None

    @property
    def room_state_document(self) -> dict[str, Any] | None:
        """`roomState`, whole."""
        return self.room_state.document if self.room_state else None


def shown(*, region: str, recording: Mapping[str, Any] | None, room_state: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings of a template as they are answered; what no room state says is as by default."""
    return {
        "region": region,
        "recording": recording,
        "roomState": {**RoomState().document, **(room_state or {})},
        "retry": {},
    }
