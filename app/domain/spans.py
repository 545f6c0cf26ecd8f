"""Spans of ids: a page newest first is so many of the rows whose ids are in one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids

_LEAST: Final = UUID(int=0)
_GREATEST: Final = UUID(int=2**128 - 1)


def from_first_to_past(keys: Sequence[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    """Compare ids, and what is put before them, with both ends; so just one index has the order of the page.

    As an equality beside it Postgres would have to guess how many rows a template has, or how many are disabled.
    """
    *before, id = keys
    ends = [
        sa.tuple_(*(sa.bindparam(key.name, type_=key.type) for key in before), sa.bindparam(end, type_=id.type))
        for end in ("first", "past")
    ]
    return sa.and_(sa.tuple_(*keys) >= ends[0], sa.tuple_(*keys) < ends[1])


def ends(*, before: UUID | None, since: datetime | None, until: datetime | None) -> dict[str, UUID]:
    """Return `first` and `past` of what is older than `before`, and made from `since` to `until`.

    Both are included, to the millisecond.
    """
    return {
        "first": ids.first_from(since) if since else _LEAST,
        "past": min(before or _GREATEST, ids.first_past(until) if until else _GREATEST),
    }


def only(id: UUID, *, first: UUID, past: UUID) -> dict[str, UUID]:
    """Return `first` and `past` of this id alone, if it is among them."""
    return {"first": max(first, id), "past": min(past, UUID(int=id.int + 1))}
