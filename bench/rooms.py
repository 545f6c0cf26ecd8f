"""A database full of rooms: as many as wanted, of every kind, always the same ones."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.conferences import name_key
from app.domain.schema import api_key, conference, template, user_account, user_token

_OTHERS = 2_000  # rows of each table that is not about rooms: enough for a scan of it to show
_SEED = 4
_HOUR, _YEAR = timedelta(hours=1), timedelta(days=365)
_TTL_SECONDS = 86_400

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Moments:
    """`made` is when the first row of a table was made; then one follows another in equal steps, until now."""

    made: datetime
    step: timedelta
    chance: Random

    @classmethod
    def until_now(cls, count: int) -> "_Moments":
        return cls(datetime.now(UTC) - _YEAR, _YEAR / (count + 1), Random(_SEED))  # noqa: S311 - to be the same again

    def id(self, number: int) -> UUID:
        """Return an id as it would have been made at that moment."""
        first = ids.to_bytes(ids.first_from(self.made + number * self.step))
        return ids.from_bytes(first[:6] + self.chance.randbytes(6))


async def fill(connection: "Connection[Record]", rooms: int, *, expired: bool = True) -> None:
    """Put that many rooms into a migrated, empty database, made over a year, with templates, keys, users and tokens.

    Half were opened by each API, 3 % are disabled and, if `expired`, a thousandth waits for the sweep, as many as are
    over within a minute or two when rooms last a day. Of the templates some shape many rooms, most few, one none.
    """
    default = await connection.fetchrow("SELECT * FROM template WHERE is_default")
    assert default
    templates = list(_templates(default))
    users = list(_users())
    await _copy(connection, template.name, templates)
    await _copy(connection, api_key.name, _keys())
    await _copy(connection, user_account.name, users)
    await _copy(connection, user_token.name, _tokens(users))
    await _copy(connection, conference.name, _rooms(rooms, default["id"], templates, expired=expired))
    await connection.execute("ANALYZE")


async def _copy(connection: "Connection[Record]", table: str, rows: "Iterator[Row] | Sequence[Row]") -> None:
    rows = iter(rows)
    first = next(rows)
    records = (tuple(row.values()) for row in _with(first, rows))
    await connection.copy_records_to_table(table, records=records, columns=list(first))


def _with(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _templates(default: Record) -> Iterator[Row]:
    """Yield the default template under other names."""
    moments = _Moments.until_now(_OTHERS)
    for number in range(_OTHERS):
        region = ("auto", "eu", "in", "us")[number % 4]
        yield {**default, "id": moments.id(number), "name": f"template_{number}", "region": region, "is_default": False}


def _keys() -> Iterator[Row]:
    """Yield keys that nobody knows."""
    moments = _Moments.until_now(_OTHERS)
    for number in range(_OTHERS):
        secret = moments.chance.randbytes(32)
        of_vcs = number % 2 == 0
        yield {
            "id": moments.id(number),
            "api": "vcs" if of_vcs else "hms",
            "secret_hash": secret if of_vcs else None,
            "sealed_secret": None if of_vcs else secret,
        }


def _users() -> Iterator[Row]:
    moments = _Moments.until_now(_OTHERS)
    for number in range(_OTHERS):
        email = f"person.{number}@example.org"
        name = f"Person {number}"
        yield {"id": moments.id(number), "email": email, "email_key": email, "name": name, "type": "internal"}


def _tokens(users: Sequence[Row]) -> Iterator[Row]:
    """Yield three tokens of each user, of which some are over."""
    moments = _Moments.until_now(_OTHERS)
    now = datetime.now(UTC)
    for number in range(3 * len(users)):
        yield {
            "token_hash": moments.chance.randbytes(32),
            "user_id": users[number % len(users)]["id"],
            "expires_at": now - _HOUR if number % 50 == 0 else now + _YEAR,
        }


def _rooms(count: int, default_template: UUID, templates: Sequence[Row], *, expired: bool) -> Iterator[Row]:
    moments = _Moments.until_now(count)
    for number in range(count):
        id = moments.id(number)
        of_vcs = number % 2 == 0
        yield {
            **_of_any(id, enabled=moments.chance.random() > 0.03),
            **(_of_vcs(number, default_template) if of_vcs else _of_hms(number, templates, moments.chance)),
            "expires_at": _end(over=expired and number % 1000 == 0) if of_vcs else None,
        }


def _of_any(id: UUID, *, enabled: bool) -> Row:
    moment = ids.moment(id)
    return {
        "id": id,
        "created_at": moment,
        "modified_at": moment,
        "enabled": enabled,
        "max_participants": 10,
        "token_ttl_seconds": _TTL_SECONDS,
        "room_ttl_seconds": _TTL_SECONDS,
        "endpoint_ttl_seconds": _TTL_SECONDS,
    }


def _end(*, over: bool) -> datetime:
    return datetime.now(UTC) + (-_HOUR if over else _YEAR)


def _of_vcs(number: int, default_template: UUID) -> Row:
    return {
        "opened_by": "vcs",
        "template_id": default_template,
        "type": "mesh",
        "name": f"Room {number}",
        "name_key": None,
        "description": "My room description" if number % 4 == 0 else None,
        "auto_upgrade_participant_count": 4,
        "region": None,
        "size": None,
        "recording": None,
        "poll_ids": None,
    }


def _of_hms(number: int, templates: Sequence[Row], chance: Random) -> Row:
    name = f"Standup-{number}"
    return {
        "opened_by": "hms",
        # Most rooms have one of few templates: the fourth power leaves the last ones next to nothing.
        "template_id": templates[int((len(templates) - 1) * chance.random() ** 4)]["id"],
        "type": "sfu",
        "name": name,
        "name_key": name_key(name),
        "description": "9:30" if number % 3 == 0 else None,
        "auto_upgrade_participant_count": None,
        "region": "eu" if number % 5 == 0 else None,
        "size": 50 if number % 7 == 0 else None,
        "recording": json.dumps({"enabled": True}) if number % 9 == 0 else None,
        "poll_ids": [ids.new_id()] if number % 11 == 0 else None,
    }
