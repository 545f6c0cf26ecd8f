"""Templates: what `/v2` shapes its conferences by."""

from uuid import UUID

import sqlalchemy as sa

from app.domain.database import Statement, Transaction, value
from app.domain.errors import UnknownTemplate
from app.domain.schema import template

_id = sa.select(template.c.id)

_BY_ID = Statement(_id.where(template.c.id == sa.bindparam("id")), value)
_BY_NAME = Statement(_id.where(template.c.name == sa.bindparam("name")), value)

default_id = _id.where(template.c.is_default).scalar_subquery()
"""The template of a conference for which none was chosen."""


async def chosen(transaction: Transaction, *, id: UUID | None = None, name: str | None = None) -> UUID | None:
    """Return the id of the template with this id, else with this name, or None when neither is given.

    Raises UnknownTemplate. Templates are never deleted, so the answer stays true.
    """
    if id is not None:
        found: UUID = await transaction.one(_BY_ID, UnknownTemplate, id=id)
        return found
    if name is not None:
        return await transaction.one(_BY_NAME, UnknownTemplate, name=name)
    return None
