"""Configurations: what `/v2` sets of a conference when it creates one, or changes any."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from asyncpg import CheckViolationError, DeadlockDetectedError, UniqueViolationError
from sqlalchemy.dialects.postgresql import insert

from app.domain import analytics, templates
from app.domain.analytics import Occurrence
from app.domain.conferences import (
    Conference,
    Limits,
    Region,
    name_key,
    named,
    opening_columns,
    opening_values,
    this,
    written,
)
from app.domain.database import Statement, Transaction, value
from app.domain.errors import ConferenceNotFound, DomainError, LargeRoomNeeded, NameTaken
from app.domain.schema import LARGEST_ORDINARY_SIZE, alive, conference


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What is said of a conference; None says nothing, and leaves it as it is.

    `region`: `auto` follows the template. `recording`: JSON without credentials; `sealed_recording`: the same with
    them, sealed, or None when there are none.
    """

    description: str | None = None
    enabled: bool | None = None
    template_id: UUID | None = None
    region: Region | Literal["auto"] | None = None
    large_room: bool | None = None
    size: int | None = None
    max_duration_seconds: int | None = None
    recording: str | None = None
    sealed_recording: bytes | None = None
    sealed_webhook: bytes | None = None
    poll_ids: list[UUID] | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything is said."""
        return self != Configuration()

    @property
    def for_a_large_one(self) -> bool:
        """Whether only a conference that is large already can take it."""
        return self.large_room is None and (self.size or 0) > LARGEST_ORDINARY_SIZE


_said: Final = {
    name: sa.bindparam(name, type_=conference.c[name].type)
    for name in ("name", "name_key", *(field.name for field in fields(Configuration)))
}
_says_something = sa.bindparam("says_something", type_=sa.Boolean)
# As it is stored: nothing for an empty description, nothing for a region that follows the template.
_stored: Final[dict[str, Any]] = _said | {
    "description": sa.func.nullif(_said["description"], ""),
    "region": sa.func.nullif(_said["region"], "auto"),
}


def _changed(*names: str) -> dict[str, Any]:
    """Return what an UPDATE sets: what was said, and of the rest what is there."""
    return {name: sa.case((_said[name].is_(None), conference.c[name]), else_=_stored[name]) for name in names}


_updated: Final = {
    **_changed(*(field.name for field in fields(Configuration))),
    # It goes with the recording settings, also when those have no credentials any more.
    "sealed_recording": sa.case(
        (_said["recording"].is_(None), conference.c.sealed_recording), else_=_said["sealed_recording"]
    ),
    "modified_at": sa.case(
        (_says_something, sa.func.greatest(sa.func.now(), conference.c.modified_at)), else_=conference.c.modified_at
    ),
}
_inserted: Final = {
    **opening_columns,
    **_stored,
    "opened_by": "hms",
    "type": "sfu",
    "enabled": sa.func.coalesce(_said["enabled"], sa.true()),
    "template_id": sa.func.coalesce(_said["template_id"], templates.default_id),
    "large_room": sa.func.coalesce(_said["large_room"], sa.false()),
}

_UPSERT = written(
    insert(conference)
    .values(_inserted)
    .on_conflict_do_update(
        index_elements=[conference.c.name_key],
        index_where=conference.c.name_key.is_not(None),
        set_=_updated,
        where=alive,
    )
)
_CHANGE = written(sa.update(conference).where(this).values(_updated | _changed("name", "name_key")))
_CHANGE_NAMED = written(sa.update(conference).where(alive, named).values(_updated))
_enabled = sa.select(conference.c.enabled).with_for_update(key_share=True)
_HOLD: Final[Statement[bool | None]] = Statement(_enabled.where(this), value)
_HOLD_NAMED: Final[Statement[bool | None]] = Statement(_enabled.where(alive, named), value)
_RELEASE_NAME = Statement(sa.delete(conference).where(~alive, named).returning(conference.c.id), value)


_REFUSED_BY: Final[Mapping[str | None, type[DomainError]]] = {
    "uq_conference_name_key": NameTaken,
    "ck_conference_size_of_its_kind": LargeRoomNeeded,
}


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what the database refuses into the fact that it is."""
    try:
        yield
    except (UniqueViolationError, CheckViolationError) as error:
        raise _REFUSED_BY[error.constraint_name] from None
    except DeadlockDetectedError:  # so Postgres ends one of two that wait for each other's name
        raise NameTaken from None


async def establish(transaction: Transaction, name: str, configuration: Configuration, *, limits: Limits) -> Conference:
    """Open a conference of this name for ever, or change the one that has it, in whatever case.

    Needs a transaction. Raises LargeRoomNeeded.
    """
    if configuration.for_a_large_one:
        return await _change_large(transaction, name, configuration)
    values = {**opening_values(limits), **_values(configuration), "name": name, "name_key": name_key(name)}
    with _telling():
        is_locked = await _is_locked(transaction, configuration, _HOLD_NAMED, name_key=name_key(name))
        established = await transaction.find(_UPSERT, **values)
        if established is None:  # one whose time is over has the name
            await _release(transaction, name)
            established = await transaction.one(_UPSERT, **values)
    if established.id == values["id"]:
        await analytics.record(transaction, Occurrence("ConferenceCreated", established.id))
    elif configuration.says_something:
        await _record_change(transaction, established, is_locked=is_locked)
    return established


async def change(
    transaction: Transaction, id: UUID, configuration: Configuration, *, name: str | None = None
) -> Conference:
    """Change a conference, and its name. Needs a transaction. Raises ConferenceNotFound, NameTaken, LargeRoomNeeded."""
    naming = {}
    if name is not None:
        await _release(transaction, name)
        naming = {"name": name, "name_key": name_key(name), "says_something": True}
    with _telling():
        is_locked = await _is_locked(transaction, configuration, _HOLD, id=id)
        changed = await transaction.one(_CHANGE, ConferenceNotFound, id=id, **_values(configuration) | naming)
    if naming or configuration.says_something:
        await _record_change(transaction, changed, is_locked=is_locked)
    return changed


async def change_named(transaction: Transaction, name: str, configuration: Configuration) -> Conference:
    """Change the conference of this name. Needs a transaction. Raises ConferenceNotFound, LargeRoomNeeded."""
    key = {"name_key": name_key(name)}
    with _telling():
        is_locked = await _is_locked(transaction, configuration, _HOLD_NAMED, **key)
        changed = await transaction.one(_CHANGE_NAMED, ConferenceNotFound, **_values(configuration) | key)
    await _record_change(transaction, changed, is_locked=is_locked)
    return changed


async def _is_locked(
    transaction: Transaction, configuration: Configuration, hold: Statement[bool | None], **which: Any
) -> bool:
    """Return whether it disables a conference that is enabled until then, or that is not seen yet."""
    return configuration.enabled is False and await transaction.find(hold, **which) is not False


async def _record_change(transaction: Transaction, changed: Conference, *, is_locked: bool) -> None:
    await analytics.record(
        transaction, Occurrence("ConferenceLocked" if is_locked else "ConferenceUpdated", changed.id)
    )


async def _change_large(transaction: Transaction, name: str, configuration: Configuration) -> Conference:
    # Not by the upsert: Postgres judges the row to be inserted before it finds that there is one.
    try:
        return await change_named(transaction, name, configuration)
    except ConferenceNotFound:
        raise LargeRoomNeeded from None


async def _release(transaction: Transaction, name: str) -> None:
    """Take the name from a conference whose time is over and that was not swept yet; to delete it never does harm."""
    await transaction.all(_RELEASE_NAME, name_key=name_key(name))


def _values(configuration: Configuration) -> dict[str, Any]:
    """Return what is said, by someone who says no name."""
    return {**asdict(configuration), "says_something": configuration.says_something, "name": None, "name_key": None}
