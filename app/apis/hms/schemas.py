"""The room object and its parts as `/v2` spells them; ids, times and names convert here, by their types."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self, get_args
from uuid import UUID, uuid4

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import from_json

from app.apis.dependencies import WithoutNul, whole_number
from app.apis.descriptions import Shown, spelled
from app.apis.hms.documents import RecordingInfo, Webhook
from app.apis.hms.errors import fault, message, sentence
from app.domain import ids
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.deployments import Deployment
from app.domain.errors import SecretKeyMismatch
from app.domain.secrets import SecretKey

_NAME = re.compile(r"[a-zA-Z0-9.:_-]{1,255}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_AnyRegion = Literal["auto", "eu", "in", "us"]
_FLAGS: Final = {"": None, "true": True, "false": False}
DEFAULT_LIMIT: Final = 10
_NONE_SUCH: Final = UUID(int=0)


def _id_or_none_such(value: object) -> UUID:
    """Read an id; what cannot be one is an id that nothing has: a fact raised here would overtake a wrong body."""
    return ids.from_hex(_text(value)) or _NONE_SUCH


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise fault("must be a string")
    return value


def _object_id(value: object) -> object:
    id = ids.from_hex(value) if isinstance(value, str) else None
    if id is None:
        raise fault("must be 24 hex digits")
    return id


# A filter without a value counts as absent.


def _filtered_id(value: str) -> object:
    return _object_id(value) if value else None


def _limit(value: str) -> int:
    if not value:
        return DEFAULT_LIMIT
    number = whole_number(value)
    if number is None or not 10 <= number <= 100:
        raise fault("must be a whole number from 10 to 100")
    return number


def _filtered_flag(value: str) -> bool | None:
    if value.lower() not in _FLAGS:
        raise fault("must be true or false")
    return _FLAGS[value.lower()]


def _filtered_time(value: str) -> datetime | None:
    if not value:
        return None
    try:
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or a zone that leads out of the calendar
        pass
    raise fault("must be a time like 2006-01-02T15:04:05.000Z")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise fault("must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _")
    return value


def _region(value: object) -> str:
    region = _text(value)
    if region not in get_args(_AnyRegion):
        raise message("Error: region not supported")
    return region


def _size(value: int) -> int:
    if value > 20_000:
        raise sentence("room size greater than 20000")
    if value < 0:
        raise sentence("room size less than 0")
    return value


def _max_duration(value: int) -> int:
    if value < 120:
        raise sentence("max_duration_seconds less than 120 seconds")
    if value > 43_200:
        raise sentence("max_duration_seconds greater than 43200 seconds")
    return value


def _rfc3339(moment: datetime) -> str:
    """Spell a time with up to three digits of a second's fraction, as many as it needs."""
    spelled = moment.isoformat(timespec="milliseconds").removesuffix("+00:00")
    return spelled.rstrip("0").removesuffix(".") + "Z"


_HEX: Final = "[0-9a-fA-F]{24}"
_AN_ID: Final = "01a2034eede1d3b69c0210f3"
_ID = spelled(f"^{_HEX}$", _AN_ID)
_SHOWN_TIME: Final = {"type": "string", "format": "date-time", "examples": ["2026-11-22T12:50:34.081Z"]}

ShownId = Annotated[UUID, PlainSerializer(ids.to_hex, return_type=str), spelled("^[0-9a-f]{24}$", _AN_ID)]
ShownTime = Annotated[datetime, PlainSerializer(_rfc3339, return_type=str), WithJsonSchema(_SHOWN_TIME)]
RoomId = Annotated[UUID, BeforeValidator(_id_or_none_such), _ID]
FilteredId = Annotated[UUID | None, BeforeValidator(_filtered_id), spelled(f"^({_HEX})?$")]
FilteredFlag = Annotated[
    bool | None, BeforeValidator(_filtered_flag), WithJsonSchema({"type": ["boolean", "string"], "maxLength": 0})
]
FilteredTime = Annotated[datetime | None, BeforeValidator(_filtered_time), spelled(f"^({_TIME.pattern})?$")]
Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 10, "maximum": 100, "maxLength": 0}),
]
Text = Annotated[str, WithoutNul]
Name = Annotated[str, AfterValidator(_name), spelled(f"^{_NAME.pattern}$", "daily-standup")]
Size = Annotated[int, AfterValidator(_size), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 20_000})]
MaxDuration = Annotated[
    int, AfterValidator(_max_duration), WithJsonSchema({"type": "integer", "minimum": 120, "maximum": 43_200})
]
Polls = Annotated[list[Annotated[UUID, BeforeValidator(_object_id), _ID]], Field(fail_fast=True, max_length=1000)]
Region = Annotated[_AnyRegion, BeforeValidator(_region)]
TemplateId = Annotated[UUID, BeforeValidator(_id_or_none_such), _ID]
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
                "url": {"type": "string", "format": "uri"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    ),
]


class RoomMembers(BaseModel):
    """What a body says of a room, new or not."""

    model_config = ConfigDict(strict=True, frozen=True)

    name: Name | None = None
    description: Text | None = None
    recording_info: RecordingInfo | None = Field(default=None, repr=False)
    region: Region | None = None
    large_room: bool | None = None
    size: Size | None = None
    max_duration_seconds: MaxDuration | None = None
    webhook: Webhook | None = Field(default=None, repr=False)
    polls: Polls | None = None
    enabled: bool | None = None
    active: bool | None = None

    @property
    def wanted_enabled(self) -> bool | None:
        """Whether the room is to be enabled: `active` is another word, and the one that this call documents counts."""
        return self.active if self.enabled is None else self.enabled

    def configuration(self, secret_key: SecretKey, template_id: UUID | None = None) -> Configuration:
        """Return what is said, as the domain takes it."""
        recording, webhook = self.recording_info, self.webhook
        return Configuration(
            description=self.description,
            enabled=self.wanted_enabled,
            template_id=template_id,
            region=self.region,
            large_room=self.large_room,
            size=self.size,
            max_duration_seconds=self.max_duration_seconds,
            recording=recording.public if recording else None,
            sealed_recording=secret_key.seal(recording.json_text) if recording and recording.is_secret else None,
            sealed_webhook=secret_key.seal(webhook.json_text) if webhook else None,
            poll_ids=self.polls,
        )


class NewRoom(RoomMembers):
    """The body of "Create a room", which also changes and disables rooms by their names."""

    template_id: TemplateId | None = None
    template: Text | None = None

    @model_validator(mode="after")
    def _disabling_needs_a_name(self) -> Self:
        if self.active is False and self.name is None:
            raise sentence("name is required when active is false")
        return self

    @property
    def existing_name(self) -> str | None:
        """The name of a room that must be there already: `active: false`, the legacy disabling, never creates one."""
        return self.name if self.active is False else None

    @property
    def wanted_enabled(self) -> bool | None:
        return self.enabled if self.active is None else self.active

    @property
    def name_or_new(self) -> str:
        """The name, made up when the body has none."""
        return self.name or str(uuid4())


class Room(Shown):
    """The room object, in the order of the decisions' row about its members."""

    id: ShownId
    name: str
    enabled: bool
    active: bool
    description: str
    customer_id: ShownId
    customer: ShownId
    app_id: ShownId
    recording_source_template: bool
    recording_info: ShownRecording = Field(repr=False)
    template_id: ShownId
    template: str
    region: Literal["eu", "in", "us"]
    large_room: bool
    size: int | None
    max_duration_seconds: int | None
    polls: list[ShownId] | None
    webhook: ShownWebhook | None = Field(repr=False)
    key: str
    created_at: ShownTime
    updated_at: ShownTime

    @classmethod
    def of(
        cls,
        conference: Conference,
        deployment: Deployment,
        secret_key: SecretKey,
        *,
        just_set: RecordingInfo | None = None,
    ) -> Self:
        """Return the conference as a room; with the credentials that this call has `just_set`, if it has."""
        name = conference.name or ids.to_hex(conference.id)
        return cls(
            id=conference.id,
            name=name,
            enabled=conference.enabled,
            active=conference.enabled,
            description=conference.description or "",
            customer_id=deployment.customer_id,
            customer=deployment.customer_id,
            app_id=deployment.app_id,
            recording_source_template=conference.recording is None,
            recording_info=just_set.kept if just_set else _recording_info(conference),
            template_id=conference.template_id,
            template=conference.template_name,
            region=conference.region,
            large_room=conference.large_room,
            size=conference.size,
            max_duration_seconds=conference.max_duration_seconds,
            polls=conference.poll_ids,
            webhook=_webhook(conference, secret_key),
            key=f"{ids.to_hex(deployment.customer_id)}:{name}",
            created_at=conference.created_at,
            updated_at=conference.modified_at,
        )


def _recording_info(conference: Conference) -> Any:
    """Return the room's recording settings, or its template's in the words of a room."""
    if conference.recording is not None:
        return from_json(conference.recording)
    settings = from_json(conference.template_recording or "{}")
    upload = {"upload_info": settings["upload"]} if settings.get("upload") else {}
    return {"enabled": settings.get("enabled", False), **upload}


def _webhook(conference: Conference, secret_key: SecretKey) -> Any:
    """Return the webhook; none where SECRET_KEY has changed, so that a list with such a room can still be read."""
    if conference.sealed_webhook is None:
        return None
    try:
        return from_json(secret_key.unseal(conference.sealed_webhook))
    except SecretKeyMismatch:
        return None


class RoomPage(Shown):
    """The envelope of every list: `last` is where the next page starts, empty when this one is."""

    limit: int
    data: list[Room]
    last: Annotated[str, spelled("^([0-9a-f]{24})?$", _AN_ID)]
