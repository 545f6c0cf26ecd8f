"""Templates: what `/v2` shapes its conferences by, and calls policies, too."""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from asyncpg import UniqueViolationError
from sqlalchemy.dialects.postgresql import insert

from app.domain import analytics, ids, spans
from app.domain.analytics import Occurrence
from app.domain.database import Statement, Transaction, value
from app.domain.errors import (
    DefaultTemplateNeeded,
    RoleNotFound,
    TemplateNotFound,
    TemplateTaken,
    TemplateTooLarge,
    UnknownTemplate,
)
from app.domain.schema import deployment, template

TemplateRegion = Literal["auto", "eu", "in", "us"]

LARGEST_DOCUMENT: Final = 256 * 1024
"""So many bytes of JSON the roles of a template may have, and its destinations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What shapes the conferences of a template: JSON, as it is shown, but for the region.

    `recording` is without credentials; `sealed_recording` is the same with them, sealed, or None when there are none.
    `settings` are those beside region and recording; `destinations` may hold keys of streams.
    """

    region: TemplateRegion
    recording: str | None
    sealed_recording: bytes | None
    settings: str
    roles: str
    destinations: str = field(repr=False)
    plugins: str | None

    def __post_init__(self) -> None:
        _judge_size(self.roles, self.destinations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template, without what is sealed of it."""

    id: UUID
    name: str
    is_default: bool
    region: TemplateRegion
    recording: str | None
    settings: str
    roles: str
    destinations: str = field(repr=False)
    recordings: str
    plugins: str | None
    created_at: datetime
    modified_at: datetime


class _Role(NamedTuple):
    """What a template has under the name of a role, if it has anything."""

    role: str | None


_columns = [template.c[field.name] for field in fields(Template)]
_this = template.c.id == sa.bindparam("id")
_named = template.c.name == sa.bindparam("name")
_id = sa.select(template.c.id)
_said: Final = {
    name: sa.bindparam(name, type_=template.c[name].type) for name in (field.name for field in fields(Contents))
}
_overwritten: Final = {**_said, "modified_at": sa.func.greatest(sa.func.now(), template.c.modified_at)}
_is_default = sa.func.coalesce(sa.bindparam("is_default", type_=sa.Boolean), template.c.is_default)
_role = sa.bindparam("role", type_=sa.Text)

default_id = _id.where(template.c.is_default).scalar_subquery()
"""The template of a conference for which none was chosen."""

_BY_ID = Statement(sa.select(*_columns).where(_this), Template)
_ID_BY_ID = Statement(_id.where(_this), value)
_ID_BY_NAME = Statement(_id.where(_named), value)
_ESTABLISH = Statement(
    insert(template)
    .values({"id": sa.bindparam("id"), "name": sa.bindparam("name"), **_said})
    .values(is_default=sa.func.coalesce(sa.bindparam("is_default", type_=sa.Boolean), sa.false()))
    .on_conflict_do_update(index_elements=[template.c.name], set_={**_overwritten, "is_default": _is_default})
    .returning(*_columns),
    Template,
)
_REPLACE = Statement(
    sa.update(template)
    .where(_this)
    .values({**_overwritten, "is_default": _is_default})
    .values(name=sa.func.coalesce(sa.bindparam("name", type_=sa.Text), template.c.name))
    .returning(*_columns),
    Template,
)
_HOLD = Statement(sa.select(*_columns).where(_this).with_for_update(key_share=True), Template)
_ROLE = Statement(sa.select(template.c.roles.op("->")(_role).label("role")).where(_this), _Role)
_HOLD_DEPLOYMENT = Statement(sa.select(deployment.c.id).with_for_update(key_share=True), value)
_RESIGN = Statement(
    sa.update(template).where(template.c.is_default).values(is_default=False).returning(template.c.id), value
)


@cache
def _change(*names: str) -> Statement[Template]:
    changed = {name: sa.bindparam(name, type_=template.c[name].type) for name in names}
    set_ = {**changed, "modified_at": _overwritten["modified_at"]}
    return Statement(sa.update(template).where(_this).values(set_).returning(*_columns), Template)


@cache
def _page(*, with_name: bool, default: bool | None) -> Statement[Template]:
    """Return a page's statement with just these filters: Postgres would not see through optional ones."""
    page = sa.select(*_columns).where(spans.from_first_to_past([template.c.id])).order_by(template.c.id.desc())
    if with_name:
        page = page.where(template.c.id == _id.where(_named).scalar_subquery())
    if default is not None:
        page = page.where(template.c.id == default_id if default else ~template.c.is_default)
    return Statement(page.limit(sa.bindparam("count")), Template)


async def chosen(transaction: Transaction, *, id: UUID | None = None, name: str | None = None) -> UUID | None:
    """Return the id of the template with this id, else with this name, or None when neither is given.

    Raises UnknownTemplate. Templates are never deleted, so the answer stays true.
    """
    if id is not None:
        found: UUID = await transaction.one(_ID_BY_ID, UnknownTemplate, id=id)
        return found
    if name is not None:
        return await transaction.one(_ID_BY_NAME, UnknownTemplate, name=name)
    return None


async def get(transaction: Transaction, id: UUID) -> Template:
    """Return a template, or raise TemplateNotFound."""
    return await transaction.one(_BY_ID, TemplateNotFound, id=id)


async def page(
    transaction: Transaction,
    *,
    count: int,
    before: UUID | None = None,
    id: UUID | None = None,
    name: str | None = None,
    default: bool | None = None,
) -> list[Template]:
    """Return up to `count` templates, newest first: those older than `before`, which need not exist any more.

    With this id, of this name, the default one or all others.
    """
    ends = spans.ends(before=before, since=None, until=None)
    if id is not None:
        ends = spans.only(id, **ends)
    return await transaction.all(_page(with_name=name is not None, default=default), count=count, name=name, **ends)


async def establish(
    transaction: Transaction, name: str, contents: Contents, *, default: bool | None = None
) -> Template:
    """Make a template of this name, or overwrite the one that has it, but for its recordings.

    Needs a transaction. Raises DefaultTemplateNeeded.
    """
    await _make_room(transaction, default=default)
    id = ids.new_id()
    written = await transaction.one(_ESTABLISH, id=id, name=name, is_default=default or None, **asdict(contents))
    is_new = written.id == id
    await analytics.record(
        transaction, Occurrence("TemplateCreated" if is_new else "TemplateUpdated", template_id=written.id)
    )
    return _still_a_default(written, default=default)


async def replace(
    transaction: Transaction, id: UUID, contents: Contents, *, name: str | None = None, default: bool | None = None
) -> Template:
    """Overwrite a template, but for its recordings, and for its name when none is given.

    Needs a transaction. Raises TemplateNotFound, TemplateTaken, DefaultTemplateNeeded.
    """
    await _make_room(transaction, default=default)
    try:
        replaced = await transaction.one(
            _REPLACE, TemplateNotFound, id=id, name=name, is_default=default or None, **asdict(contents)
        )
    except UniqueViolationError:
        raise TemplateTaken from None
    await analytics.record(transaction, Occurrence("TemplateUpdated", template_id=id))
    return _still_a_default(replaced, default=default)


async def hold(transaction: Transaction, id: UUID) -> Template:
    """Return a template, which nobody else changes until the transaction ends. Raises TemplateNotFound."""
    return await transaction.one(_HOLD, TemplateNotFound, id=id)


async def change(transaction: Transaction, id: UUID, **changed: Any) -> Template:
    """Set these columns of a template. Needs a transaction. Raises TemplateNotFound, TemplateTooLarge."""
    _judge_size(*(changed[name] for name in ("roles", "destinations") if name in changed))
    written = await transaction.one(_change(*changed), TemplateNotFound, id=id, **changed)
    await analytics.record(transaction, Occurrence("TemplateUpdated", template_id=id))
    return written


async def get_role(transaction: Transaction, id: UUID, role: str) -> str:
    """Return a role as JSON. Raises TemplateNotFound, RoleNotFound."""
    found = await transaction.one(_ROLE, TemplateNotFound, id=id, role=role)
    if found.role is None:
        raise RoleNotFound
    return found.role


async def _make_room(transaction: Transaction, *, default: bool | None) -> None:
    """Let nobody else name templates meanwhile, nor choose the default one; and no other be that, if this is to be.

    Whoever does holds the deployment first: else two could wait for what the other has.
    """
    await transaction.one(_HOLD_DEPLOYMENT)
    if default:
        await transaction.find(_RESIGN)


def _still_a_default(written: Template, *, default: bool | None) -> Template:
    if written.is_default and default is False:
        raise DefaultTemplateNeeded
    return written


def _judge_size(*documents: str) -> None:
    if any(len(document.encode()) > LARGEST_DOCUMENT for document in documents):
        raise TemplateTooLarge
