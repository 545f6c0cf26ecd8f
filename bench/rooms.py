"""A database full of rooms: as many as wanted, of every kind, always the same ones."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.conferences import name_key
from app.domain.schema import api_key, conference, poll, template
from bench import chats, codes, events, tellings
from bench.rows import HOUR, OTHERS, YEAR, Moments, Row, copy, limits


async def fill(
    connection: "Connection[Record]", rooms: int, chat_rooms: int, attachments: int, *, expired: bool = True
) -> None:
    """Put that many rooms into a migrated, empty database, made over a year, with chats, events and others.

    Half were opened by each API, 3 % are disabled and, if `expired`, a thousandth waits for the sweep, as many as are
    over within a minute or two when rooms last a day. Of the templates some shape many rooms, most few, one none.
    """
    default = await connection.fetchrow("SELECT * FROM template WHERE is_default")
    assert default
    templates = list(_templates(default))
    await copy(connection, template, templates)
    await copy(connection, api_key, _keys())
    polls = list(_polls())
    await copy(connection, poll, polls)
    await copy(connection, conference, _rooms(rooms, default["id"], templates, polls, expired=expired))
    await chats.fill(connection, chat_rooms, attachments, default["id"])
    await codes.fill(connection)
    await events.fill(connection)
    await tellings.fill(connection)
    await connection.execute("VACUUM (ANALYZE)")


def _templates(default: Record) -> Iterator[Row]:
    """Yield the default template under other names."""
    moments = Moments.until_now(OTHERS, template)
    for number in range(OTHERS):
        region = ("auto", "eu", "in", "us")[number % 4]
        yield {**default, "id": moments.id(number), "name": f"template_{number}", "region": region, "is_default": False}


def _keys() -> Iterator[Row]:
    """Yield keys that nobody knows."""
    moments = Moments.until_now(OTHERS, api_key)
    for number in range(OTHERS):
        secret = moments.chance.randbytes(32)
        of_vcs = number % 2 == 0
        yield {
            "id": moments.id(number),
            "api": "vcs" if of_vcs else "hms",
            "secret_hash": secret if of_vcs else None,
            "sealed_secret": None if of_vcs else secret,
        }


def _polls() -> Iterator[Row]:
    """Yield polls of a question each."""
    moments = Moments.until_now(OTHERS, poll)
    options = [{"index": number, "text": f"Option {number}", "weight": 1} for number in range(1, 5)]
    for number in range(OTHERS):
        yield {
            "id": moments.id(number),
            "title": f"Poll {number}",
            "duration": 0,
            "anonymous": False,
            "mode": "userid",
            "type": ("poll", "quiz")[number % 2],
            "start": "auto",
            "questions": json.dumps([{"index": 1, "text": "Which?", "options": options}]),
        }


def _rooms(
    count: int, default_template: UUID, templates: Sequence[Row], polls: Sequence[Row], *, expired: bool
) -> Iterator[Row]:
    moments = Moments.until_now(count, conference)
    for number in range(count):
        id = moments.id(number)
        of_vcs = number % 2 == 0
        yield {
            **_of_any(id, enabled=moments.chance.random() > 0.03),
            **(_of_vcs(number, default_template) if of_vcs else _of_hms(number, templates, polls, moments.chance)),
            "expires_at": _end(over=expired and number % 1000 == 0) if of_vcs else None,
        }


def _of_any(id: UUID, *, enabled: bool) -> Row:
    moment = ids.moment(id)
    return {
        "id": id,
        "created_at": moment,
        "modified_at": moment,
        "enabled": enabled,
        **limits(),
    }


def _end(*, over: bool) -> datetime:
    return datetime.now(UTC) + (-HOUR if over else YEAR)


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


def _of_hms(number: int, templates: Sequence[Row], polls: Sequence[Row], chance: Random) -> Row:
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
        "poll_ids": [polls[number % OTHERS]["id"]] if number % 11 == 0 else None,
    }
