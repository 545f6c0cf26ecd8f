"""The room object as `/v2` reads and shows it."""

from typing import Any, Literal, Self
from uuid import UUID, uuid4

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import from_json

from app.apis.hms.bodies import Said
from app.apis.hms.documents import RecordingInfo, ShownRecording, ShownWebhook, Webhook
from app.apis.hms.errors import sentence
from app.apis.hms.lists import Listed, Page
from app.apis.hms.spellings import AnyId, MaxDuration, Name, Polls, Region, ShownId, ShownTime, Size, Text
from app.domain import ids
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.deployments import Deployment
from app.domain.errors import SecretKeyMismatch
from app.domain.secrets import SecretKey


class RoomMembers(Said):
    """What a body says of a room, new or not. What is absent or null stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}]})

    name: Name | None = Field(default=None, description="One room's alone; the case of letters does not count.")
    description: Text | None = None
    recording_info: RecordingInfo | None = Field(default=None, repr=False)
    region: Region | None = Field(default=None, description="`auto` is the template's.")
    large_room: bool | None = None
    size: Size | None = Field(default=None, description="More than 2500 needs `large_room`.")
    max_duration_seconds: MaxDuration | None = None
    webhook: Webhook | None = Field(default=None, repr=False)
    polls: Polls | None = Field(default=None, description="Ids of polls.")
    enabled: bool | None = Field(default=None, description="A disabled room lets nobody in.")
    active: bool | None = Field(default=None, description="The older word for `enabled`.")

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

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"active": {"const": False}}, "required": ["active"]},
            "then": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            "examples": [
                {"name": "daily-standup", "recording_info": {"enabled": True}},
                {"name": "daily-standup", "active": False},
            ],
        }
    )

    template_id: AnyId | None = None
    template: Text | None = Field(default=None, description="A template's name, where there is no `template_id`.")

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


class Room(Listed):
    """The room object; `size`, `max_duration_seconds`, `polls` and `webhook` are there when they are set."""

    name: str = Field(examples=["daily-standup"])
    enabled: bool
    active: bool
    description: str = Field(examples=["9:30"])
    customer_id: ShownId
    customer: ShownId
    app_id: ShownId
    recording_source_template: bool = Field(examples=[False])
    recording_info: ShownRecording = Field(repr=False)
    template_id: ShownId
    template: str = Field(examples=["default_videoconf_2239dad1-245c-496e-bed7-e84269d2a080"])
    region: Literal["eu", "in", "us"] = Field(examples=["in"])
    large_room: bool = Field(examples=[False])
    size: int | None = Field(examples=[50])
    max_duration_seconds: int | None = Field(examples=[3600])
    polls: list[ShownId] | None
    webhook: ShownWebhook | None = Field(repr=False)
    key: str = Field(examples=["01a2034eede1d3b69c0210f3:daily-standup"])
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


class RoomPage(Page[Room]):
    """A page of rooms."""
