"""Room codes: short words that open a conference in a role of its template."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from string import ascii_lowercase
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import conferences, ids, presences, spans
from app.domain.database import Statement, Transaction, finds_none, if_given, value
from app.domain.errors import (
    CodeDisabled,
    ConferenceDisabled,
    RoleGone,
    RoleNotFound,
    RoomCodeNotFound,
    TooManyRoomCodes,
)
from app.domain.schema import alive, conference, room_code, template

MOST: Final = 100
"""So many codes a conference can have, disabled ones and those of roles that are gone among them."""

_LENGTHS: Final = (3, 4, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCode:
    """A code. Whether it is `enabled` says nothing of its role, which the template may not have any more."""

    id: UUID
    code: str = field(repr=False)
    conference_id: UUID
    role: str
    enabled: bool
    created_at: datetime
    modified_at: datetime


class Opened(NamedTuple):
    """What a code opens."""

    conference_id: UUID
    role: str


class _Found(NamedTuple):
    """A code, and whether it opens anything."""

    conference_id: UUID
    role: str
    enabled: bool
    is_open: bool
    has_role: bool


_columns = [room_code.c[field.name] for field in fields(RoomCode)]
_keys = [room_code.c.conference_id, room_code.c.id]
_this = sa.and_(alive, conference.c.id == sa.bindparam("conference_id", type_=sa.Uuid))
_of_conference = room_code.c.conference_id == conference.c.id
_coded = room_code.c.code == sa.bindparam("code")
_named = sa.bindparam("role", type_=sa.Text)
_wanted = sa.bindparam("enabled", type_=sa.Boolean)
_has_its_role = conferences.has_role(room_code.c.role)
_now = sa.func.greatest(sa.func.now(), room_code.c.modified_at)

# In the order of the document, which `json` keeps.
_role = (
    sa.func.json_object_keys(template.c.roles)
    .table_valued(sa.column("name", sa.Text), with_ordinality="place")
    .render_derived("role")
)
_of_role = sa.select(*_columns).where(_of_conference, room_code.c.role == _role.c.name)
_oldest = _of_role.order_by(room_code.c.id).limit(1).correlate(conference, _role)


def _by_role(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the SELECT of these for each role of a conference's template, in its order."""
    roles = sa.select(*columns).join_from(conference, template, template.c.id == conference.c.template_id)
    return roles.join(_role, sa.true()).where(_this).order_by(_role.c.place)


_its_oldest = _oldest.lateral("its_oldest")
_drawn = (
    sa.func.unnest(
        sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("codes", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("roles", type_=sa.ARRAY(sa.Text)),
    )
    .table_valued(sa.column("id", sa.Uuid), sa.column("code", sa.Text), sa.column("role", sa.Text))
    .render_derived("drawn")
)

_HAS_ROLE = Statement(sa.select(conferences.has_role(_named).label("has_role")).where(_this), value)
_KNOWS_ROLE = Statement(
    sa.select(
        (
            conferences.has_role(_named)
            | sa.exists().where(_of_conference, room_code.c.role == _named).correlate(conference)
        ).label("knows_role")
    ).where(_this),
    value,
)
_LACKING = Statement(_by_role(_role.c.name).where(finds_none(_oldest.with_only_columns(room_code.c.id))), value)
_OLDEST = Statement(_by_role(*_its_oldest.c).join(_its_oldest, sa.true()), RoomCode)
_COUNT = Statement(
    sa.select(sa.func.count().label("codes")).where(room_code.c.conference_id == sa.bindparam("conference_id")), value
)
_ADD = Statement(
    insert(room_code)
    .from_select(
        ["id", "code", "role", "conference_id"],
        sa.select(_drawn, sa.bindparam("conference_id", type_=sa.Uuid)),
    )
    .on_conflict_do_nothing(index_elements=[room_code.c.code])
    .returning(*_columns),
    RoomCode,
)
_CLOSE = Statement(
    sa.update(room_code)
    .where(_of_conference, _this, room_code.c.enabled, ~_has_its_role)
    .values(enabled=False, modified_at=_now)
    .returning(room_code.c.id),
    value,
)
_CHANGE = Statement(
    sa.update(room_code)
    .where(_coded, _of_conference, alive, ~_wanted | _has_its_role)
    .values(
        enabled=_wanted,
        modified_at=sa.case((room_code.c.enabled == _wanted, room_code.c.modified_at), else_=_now),
    )
    .returning(*_columns),
    RoomCode,
)
_FIND = Statement(
    sa.select(
        room_code.c.conference_id,
        room_code.c.role,
        room_code.c.enabled,
        conference.c.enabled.label("is_open"),
        _has_its_role.label("has_role"),
    )
    .join_from(room_code, conference, _of_conference)
    .where(_coded, alive),
    _Found,
)
_PAGE = Statement(
    sa.select(*_columns)
    .where(spans.from_first_to_past(_keys), if_given(room_code.c.role), if_given(room_code.c.enabled))
    .order_by(*(key.desc() for key in _keys))
    .limit(sa.bindparam("count")),
    RoomCode,
)


async def create(transaction: Transaction, conference_id: UUID, role: str) -> RoomCode:
    """Make a code for a role, which may have others.

    Needs a transaction. Raises ConferenceNotFound, ConferenceDisabled, RoleNotFound, TooManyRoomCodes.
    """
    await _hold(transaction, conference_id)
    if not await transaction.one(_HAS_ROLE, conference_id=conference_id, role=role):
        raise RoleNotFound
    [made] = await _add(transaction, conference_id, [role])
    return made


async def create_all(transaction: Transaction, conference_id: UUID) -> list[RoomCode]:
    """Return the oldest code of each role, in the template's order, and make one where there is none.

    Those of roles that are gone are disabled. Needs a transaction. Raises ConferenceNotFound, ConferenceDisabled,
    TooManyRoomCodes.
    """
    await _hold(transaction, conference_id)
    await transaction.all(_CLOSE, conference_id=conference_id)
    await _add(transaction, conference_id, await transaction.all(_LACKING, conference_id=conference_id))
    return await transaction.all(_OLDEST, conference_id=conference_id)


async def page(
    transaction: Transaction,
    conference_id: UUID,
    *,
    count: int,
    before: UUID | None = None,
    role: str | None = None,
    enabled: bool | None = None,
) -> list[RoomCode]:
    """Return up to `count` codes of a conference, newest first: those older than `before`, of a role, enabled or not.

    Raises ConferenceNotFound, ConferenceDisabled, and RoleNotFound when neither the template nor a code has that role.
    """
    await conferences.get_enabled(transaction, conference_id)
    if role is not None and not await transaction.find(_KNOWS_ROLE, conference_id=conference_id, role=role):
        raise RoleNotFound
    ends = spans.ends(before=before, since=None, until=None)
    return await transaction.all(_PAGE, conference_id=conference_id, count=count, role=role, enabled=enabled, **ends)


async def set_enabled(transaction: Transaction, code: str, *, enabled: bool) -> RoomCode:
    """Let a code open its conference, or not. Raises RoomCodeNotFound, and RoleGone for one that cannot be let."""
    changed = await transaction.find(_CHANGE, code=code, enabled=enabled)
    if changed is None:
        await transaction.one(_FIND, RoomCodeNotFound, code=code)
        raise RoleGone
    return changed


async def opened(transaction: Transaction, code: str) -> Opened:
    """Return what a code opens. Raises RoomCodeNotFound, ConferenceDisabled, CodeDisabled, RoleGone."""
    found = await transaction.one(_FIND, RoomCodeNotFound, code=code)
    if not found.is_open:
        raise ConferenceDisabled
    if not found.enabled:
        raise CodeDisabled
    if not found.has_role:
        raise RoleGone
    return Opened(found.conference_id, found.role)


async def _hold(transaction: Transaction, conference_id: UUID) -> None:
    """Have nobody else make codes of a conference until the transaction ends."""
    held = await presences.hold(transaction, conference_id)
    if not held.enabled:
        raise ConferenceDisabled


async def _add(transaction: Transaction, conference_id: UUID, roles: Sequence[str]) -> list[RoomCode]:
    """Make a code for each role of a conference that is held. One that is taken is drawn again."""
    if await transaction.one(_COUNT, conference_id=conference_id) + len(roles) > MOST:
        raise TooManyRoomCodes
    made: list[RoomCode] = []
    while lacking := [role for role in roles if role not in {code.role for code in made}]:
        drawn = {"ids": [ids.new_id() for _ in lacking], "codes": [_draw() for _ in lacking], "roles": lacking}
        made += await transaction.all(_ADD, conference_id=conference_id, **drawn)
    return made


def _draw() -> str:
    return "-".join("".join(secrets.choice(ascii_lowercase) for _ in range(length)) for length in _LENGTHS)
