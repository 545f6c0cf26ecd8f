"""Section "Templates" (policies): themselves, and their roles, settings, destinations and recordings."""

from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Body
from pydantic_core import from_json

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms import recording_configs
from app.apis.hms.auth import HmsRoute
from app.apis.hms.destinations import Destinations
from app.apis.hms.errors import (
    DEFAULT_TEMPLATE_NEEDED,
    NO_ARRAY,
    OF_BODY,
    OF_SETTINGS,
    ROLE_TAKEN,
    TEMPLATE_TAKEN,
    TEMPLATE_TOO_LARGE,
    TOO_MANY_ROLES,
    invalid,
    missing,
    refusals,
)
from app.apis.hms.queries import DEFAULT_LIMIT, WRONG_LIMIT, FilteredFlag, FilteredId, Limit
from app.apis.hms.recording_configs import RecordingConfigs
from app.apis.hms.roles import RoleMembers, completed
from app.apis.hms.spellings import NamedRole, TemplateId, Text
from app.apis.hms.template_parts import MOST_MEMBERS
from app.apis.hms.template_schemas import (
    NewTemplate,
    ShownDocument,
    Template,
    TemplatePage,
    WholeTemplate,
    json_text,
    sealed,
    shown_settings,
)
from app.apis.hms.template_settings import TemplateSettings
from app.domain import templates
from app.domain.errors import RoleNotFound, RoleTaken, TooManyRoles

router = APIRouter(route_class=HmsRoute, tags=["Templates"])

_NO_TEMPLATE: Final = missing("Template")
_OF_ROLE: Final = (_NO_TEMPLATE, missing("Role"))
_OF_TEMPLATE: Final = (*OF_BODY, *OF_SETTINGS, TEMPLATE_TOO_LARGE, DEFAULT_TEMPLATE_NEEDED)


@router.post("/templates", summary="Create a template", responses=refusals(*_OF_TEMPLATE))
async def create_template(call: TransactionCall, new: Annotated[NewTemplate, Body()]) -> Template:
    """POST /v2/templates: create a template, or overwrite the one of this name."""
    contents = new.contents(call.secret_key)
    name = new.name or f"default_videoconf_{uuid4()}"
    template = await templates.establish(call.transaction, name, contents, default=new.default)
    return Template.of(template, await call.deployment(), just_set=new.settings)


@router.get("/templates", summary="List templates", responses=refusals(WRONG_LIMIT))
async def list_templates(
    call: AutocommitCall,
    *,
    limit: Limit = DEFAULT_LIMIT,
    start: FilteredId = None,
    name: Text = "",
    id: FilteredId = None,
    default: FilteredFlag = None,
) -> TemplatePage:
    """GET /v2/templates: show a page of templates, newest first; filters combine."""
    page = await templates.page(call.transaction, count=limit, before=start, name=name or None, id=id, default=default)
    deployment = await call.deployment()
    return TemplatePage.of([Template.of(template, deployment) for template in page], limit=limit)


@router.get("/templates/{id}", summary="Retrieve a template", responses=refusals(_NO_TEMPLATE))
async def retrieve_template(id: TemplateId, call: AutocommitCall) -> Template:
    """GET /v2/templates/{template_id}: show one template."""
    return Template.of(await templates.get(call.transaction, id), await call.deployment())


@router.post(
    "/templates/{id}",
    summary="Update a template",
    responses=refusals(*_OF_TEMPLATE, TEMPLATE_TAKEN, _NO_TEMPLATE),
)
async def update_template(id: TemplateId, call: TransactionCall, whole: Annotated[WholeTemplate, Body()]) -> Template:
    """POST /v2/templates/{template_id}: overwrite a template; its rooms follow it at once."""
    contents = whole.contents(call.secret_key)
    template = await templates.replace(call.transaction, id, contents, name=whole.name, default=whole.default)
    return Template.of(template, await call.deployment(), just_set=whole.settings)


@router.get("/templates/{id}/roles/{role}", summary="Retrieve a role", responses=refusals(*_OF_ROLE))
async def retrieve_role(id: TemplateId, role: NamedRole, call: AutocommitCall) -> ShownDocument:
    """GET /v2/templates/{template_id}/roles/{role}: show one role."""
    return _document(await templates.get_role(call.transaction, id, role))


@router.post(
    "/templates/{id}/roles/{role}",
    summary="Create or update a role",
    responses=refusals(*OF_BODY, TEMPLATE_TOO_LARGE, TOO_MANY_ROLES, ROLE_TAKEN, *_OF_ROLE),
)
async def write_role(
    id: TemplateId, role: NamedRole, call: TransactionCall, members: Annotated[RoleMembers, Body()]
) -> ShownDocument:
    """POST /v2/templates/{template_id}/roles/{role}: create a role, or change what the body has; `name` renames it."""
    before = _document((await templates.hold(call.transaction, id)).roles)
    if not role:
        raise RoleNotFound
    after = _with_role(before, role, members)
    await templates.change(call.transaction, id, roles=json_text(after))
    document: ShownDocument = after[members.name or role]
    return document


@router.delete("/templates/{id}/roles/{role}", summary="Delete a role", status_code=204, responses=refusals(*_OF_ROLE))
async def delete_role(id: TemplateId, role: NamedRole, call: TransactionCall) -> None:
    """DELETE /v2/templates/{template_id}/roles/{role}: delete a role; its room codes open nothing any more."""
    roles = _document((await templates.hold(call.transaction, id)).roles)
    if roles.pop(role, None) is None:
        raise RoleNotFound
    await templates.change(call.transaction, id, roles=json_text(roles))


@router.get("/templates/{id}/settings", summary="Retrieve settings", responses=refusals(_NO_TEMPLATE))
async def retrieve_settings(id: TemplateId, call: AutocommitCall) -> ShownDocument:
    """GET /v2/templates/{template_id}/settings: show the settings of a template, without credentials."""
    return shown_settings(await templates.get(call.transaction, id))


@router.post(
    "/templates/{id}/settings",
    summary="Update settings",
    responses=refusals(*OF_BODY, *OF_SETTINGS, _NO_TEMPLATE),
)
async def update_settings(
    id: TemplateId, call: TransactionCall, settings: Annotated[TemplateSettings, Body()]
) -> ShownDocument:
    """POST /v2/templates/{template_id}/settings: change what the body has; `recording: null` takes that away."""
    changed: dict[str, Any] = {}
    if settings.region:
        changed["region"] = settings.region
    if settings.says_recording:
        changed["recording"] = settings.recording_public
        changed["sealed_recording"] = sealed(settings, call.secret_key)
    if settings.room_state_document:
        changed["settings"] = json_text({"roomState": settings.room_state_document})
    change = templates.change(call.transaction, id, **changed) if changed else templates.get(call.transaction, id)
    return shown_settings(await change, just_set=settings)


@router.get("/templates/{id}/destinations", summary="Retrieve destinations", responses=refusals(_NO_TEMPLATE))
async def retrieve_destinations(id: TemplateId, call: AutocommitCall) -> ShownDocument:
    """GET /v2/templates/{template_id}/destinations: show where streams, recordings and transcripts go."""
    return _document((await templates.get(call.transaction, id)).destinations)


@router.post(
    "/templates/{id}/destinations",
    summary="Update destinations",
    responses=refusals(*OF_BODY, TEMPLATE_TOO_LARGE, _NO_TEMPLATE),
)
async def update_destinations(
    id: TemplateId, call: TransactionCall, destinations: Annotated[Destinations, Body()]
) -> ShownDocument:
    """POST /v2/templates/{template_id}/destinations: change what the body has, each kind as a whole."""
    after = destinations.over(_document((await templates.hold(call.transaction, id)).destinations))
    await templates.change(call.transaction, id, destinations=json_text(after))
    return after


@router.get(
    "/templates/{id}/recordings", summary="Retrieve the recordings configuration", responses=refusals(_NO_TEMPLATE)
)
async def retrieve_recordings(id: TemplateId, call: AutocommitCall) -> list[ShownDocument]:
    """GET /v2/templates/{template_id}/recordings: show how rooms are recorded: nothing, or one configuration."""
    documents: list[ShownDocument] = from_json((await templates.get(call.transaction, id)).recordings)
    return documents


@router.post(
    "/templates/{id}/recordings",
    summary="Configure recordings",
    responses=refusals(*OF_BODY, invalid("body", NO_ARRAY), _NO_TEMPLATE),
)
async def configure_recordings(
    id: TemplateId, call: TransactionCall, configs: Annotated[RecordingConfigs, Body()]
) -> list[ShownDocument]:
    """POST /v2/templates/{template_id}/recordings: set how rooms are recorded; the body is an array of one, or none."""
    documents = recording_configs.documents(configs)
    await templates.change(call.transaction, id, recordings=json_text(documents))
    return documents


def _with_role(before: dict[str, Any], role: str, members: RoleMembers) -> dict[str, Any]:
    """Return the roles of a template with this one changed, in its place, or as a new one.

    Raises RoleTaken, TooManyRoles.
    """
    name = members.name or role
    if name != role and name in before:
        raise RoleTaken
    names = [name if each == role else each for each in before] if role in before else [*before, name]
    if len(names) > MOST_MEMBERS:
        raise TooManyRoles
    document = completed(members, name=name, roles=names, kept=before.get(role))
    return {each: document if each == name else before[each] for each in names}


def _document(text: str) -> dict[str, Any]:
    document: dict[str, Any] = from_json(text)
    return document
