"""Templates as `/v2` reads and shows them: objects whose members are spelled like `customerId`."""

from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import from_json, to_json

from app.apis.hms import roles, template_settings
from app.apis.hms.destinations import Destinations
from app.apis.hms.lists import Listed, Page
from app.apis.hms.plugins import Plugins
from app.apis.hms.roles import Roles
from app.apis.hms.spellings import ShownId, ShownTime, TemplateName
from app.apis.hms.template_parts import Part
from app.apis.hms.template_settings import TemplateSettings
from app.domain import templates
from app.domain.deployments import Deployment
from app.domain.secrets import SecretKey
from app.domain.templates import Contents

_HOME_REGION: Final = "in"

ShownDocument = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]


class NewTemplate(Part):
    """The body of "Create a template". What it does not have, a template of this name has not any more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "webinar", "roles": {"host": {}, "guest": {"maxPeerCount": 100}}}]},
    )

    name: TemplateName | None = Field(default=None, description="Made up when there is none.")
    default: bool | None = Field(default=None, description="Whether it is the one for rooms that name none.")
    roles: Roles | None = None
    settings: TemplateSettings | None = Field(default=None, repr=False)
    destinations: Destinations | None = Field(default=None, repr=False)
    plugins: Plugins | None = None

    def contents(self, secret_key: SecretKey) -> Contents:
        """Return what is said, as the domain takes it. Raises TemplateTooLarge."""
        settings = self.settings or TemplateSettings()
        return Contents(
            region=settings.region or _HOME_REGION,
            recording=settings.recording_public,
            sealed_recording=sealed(settings, secret_key),
            settings=json_text({"roomState": settings.room_state_document or {}}),
            roles=json_text(roles.all_completed(self.roles or {})),
            destinations=json_text(self.destinations.document if self.destinations else {}),
            plugins=json_text(self.plugins.document) if self.plugins else None,
        )


class WholeTemplate(NewTemplate):
    """The body of "Update a template", which overwrites all of it; without a name it keeps its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"roles": {"host": {}}, "settings": {"region": "eu"}}]})

    roles: Roles
    settings: TemplateSettings = Field(repr=False)


class Template(Listed):
    """The template object; `_id` and `customer` are older words, `plugins` are there when they are set."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    name: str = Field(examples=["webinar"])
    customer_id: ShownId
    roles: ShownDocument
    settings: ShownDocument = Field(repr=False)
    destinations: ShownDocument = Field(repr=False)
    plugins: ShownDocument | None
    created_at: ShownTime
    updated_at: ShownTime
    older_id: ShownId = Field(alias="_id")
    customer: ShownId
    default: bool
    app_id: ShownId

    @classmethod
    def of(
        cls, template: templates.Template, deployment: Deployment, *, just_set: TemplateSettings | None = None
    ) -> Self:
        """Return the template as this account's; with the credentials that this call has `just_set`, if it has."""
        return cls(
            id=template.id,
            name=template.name,
            customer_id=deployment.customer_id,
            roles=from_json(template.roles),
            settings=shown_settings(template, just_set=just_set),
            destinations=from_json(template.destinations),
            plugins=from_json(template.plugins) if template.plugins else None,
            created_at=template.created_at,
            updated_at=template.modified_at,
            older_id=template.id,
            customer=deployment.customer_id,
            default=template.is_default,
            app_id=deployment.app_id,
        )


class TemplatePage(Page[Template]):
    """A page of templates."""


def shown_settings(template: templates.Template, *, just_set: TemplateSettings | None = None) -> dict[str, Any]:
    """Return the settings of a template; with the credentials that this call has `just_set`, if it has."""
    recording = just_set.recording_whole if just_set and just_set.says_recording else template.recording
    return template_settings.shown(
        region=template.region,
        recording=from_json(recording) if recording else None,
        room_state=from_json(template.settings).get("roomState"),
    )


def sealed(settings: TemplateSettings, secret_key: SecretKey) -> bytes | None:
    """Return the recording settings with their credentials, sealed; None when they have none."""
    return secret_key.seal(settings.recording_whole or "") if settings.has_credentials else None


def json_text(document: Any) -> str:
    """Return the document as JSON."""
    return to_json(document).decode()
