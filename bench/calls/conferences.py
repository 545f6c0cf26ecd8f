"""Calls that together send every statement of the domain, as they come to be made on a database full of rooms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import conferences, configurations, ids, keys, templates, tokens, users
from app.domain.conferences import Limits
from app.domain.configurations import Configuration
from app.domain.database import Statement, Transaction
from app.domain.keys import Presented
from app.domain.secrets import SecretKey
from bench.statements import Operation

_LIMITS = Limits(max_participants=10, token_ttl_seconds=86_400, room_ttl_seconds=86_400, endpoint_ttl_seconds=86_400)
_SEALING = SecretKey("of the plans, and of nothing else")
_DAY = timedelta(days=1)
_COUNT = 25


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the domain: of which kind, with what, and about how many rows it has to touch."""

    kind: str
    operation: Operation
    rows: int = 1
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """What there is to ask for in a full database; of templates one with many rooms, one with few and one with none."""

    middle: UUID
    nearly_last: UUID
    templates: tuple[UUID, UUID, UUID]
    template_name: str
    room_name: str
    hms_key: UUID
    user: UUID
    email: str

    @classmethod
    async def found(cls, connection: "Connection[Record]") -> "Landmarks":
        """Look for them."""
        in_order = "SELECT id FROM conference ORDER BY id LIMIT 1 OFFSET $1"
        by_use = (
            "SELECT template.id, template.name FROM template LEFT JOIN conference ON template_id = template.id"
            " WHERE NOT is_default GROUP BY template.id ORDER BY count(conference.id) DESC, template.id"
        )
        rooms = await connection.fetchval("SELECT count(*) FROM conference")
        used = await connection.fetch(by_use)
        user = await connection.fetchrow("SELECT id, email FROM user_account LIMIT 1")
        assert user
        return cls(
            middle=await connection.fetchval(in_order, rooms // 2 + 1),
            nearly_last=await connection.fetchval(in_order, _COUNT // 2),
            templates=(used[0]["id"], used[len(used) // 2]["id"], used[-1]["id"]),
            template_name=used[0]["name"],
            room_name=await connection.fetchval("SELECT name FROM conference WHERE name_key IS NOT NULL LIMIT 1"),
            hms_key=await connection.fetchval("SELECT id FROM api_key WHERE api = 'hms' LIMIT 1"),
            user=user["id"],
            email=user["email"],
        )


def every(at: Landmarks) -> Iterator[Call]:
    """Yield calls for every statement; those of a page with every combination of filters, place and time."""
    yield from _pages(at)
    yield from _of_rooms(at)
    yield from _of_templates(at)
    yield from _of_keys(at)
    yield from _of_users(at)
    yield from _of_tokens(at)


def _pages(at: Landmarks) -> Iterator[Call]:
    middle = ids.moment(at.middle)
    choices: dict[str, tuple[Any, ...]] = {
        "template_id": (None, *at.templates),
        "enabled": (None, True, False),
        "name": (None, at.room_name),
        "before": (None, at.middle, at.nearly_last),
        "since": (None, middle - _DAY),
        "until": (None, middle + _DAY),
    }
    for chosen in product(*choices.values()):
        given = {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        filters = [name for name in ("template_id", "enabled", "name") if name in given]
        yield Call(
            f"a page by {', '.join(filters)}" if filters else "a page",
            partial(conferences.page, count=_COUNT, **given),
            # Which of a template's rooms are enabled is seen in each: most are, so those that are not lie far apart.
            rows=4 * _COUNT if filters == ["template_id", "enabled"] else _COUNT,
            details=str(given),
        )


def _of_rooms(at: Landmarks) -> Iterator[Call]:
    said = Configuration(description="said", enabled=False, recording="{}")
    yield Call("a room by id", partial(conferences.get, id=at.middle))
    by_id = conferences._BY_ID  # noqa: SLF001 - asked together with a credential, as `app/apis/admission.py` does
    for question, given in ((keys.OF_VCS, {"secret_hash": b""}), (keys.OF_HMS, {"key_id": at.hms_key})):
        yield Call("a room by id, beside a key", partial(_both, question, by_id, id=at.middle, **given))
    yield Call("a new room", partial(conferences.create, name="new", limits=_LIMITS))
    for name in ("new", at.room_name):
        establish = partial(configurations.establish, name=name, configuration=said, limits=_LIMITS)
        yield Call("a room established by name", establish, details=name)
    yield Call("a change by id", partial(configurations.change, id=at.middle, configuration=said, name="new"))
    yield Call("a change by name", partial(configurations.change_named, name=at.room_name, configuration=said))
    yield Call("a room removed", partial(conferences.remove, id=at.middle))
    yield Call("a sweep of rooms", conferences.sweep, rows=2 * 1000)  # found and locked, then deleted


async def _both(first: Statement[Any], second: Statement[Any], transaction: Transaction, **given: Any) -> object:
    return await transaction.find_both(first, second, **given)


async def _one(statement: Statement[Any], transaction: Transaction, **given: Any) -> object:
    return await transaction.find(statement, **given)


def _of_templates(at: Landmarks) -> Iterator[Call]:
    yield Call("a template by id", partial(templates.chosen, id=at.templates[0]))
    yield Call("a template by name", partial(templates.chosen, name=at.template_name))


def _of_keys(at: Landmarks) -> Iterator[Call]:
    yield Call("a key of /api/realtime", partial(_one, keys.OF_VCS, secret_hash=b""))
    yield Call("a key of /v2", partial(keys.get_hms, secret_key=_SEALING, id=at.hms_key))
    yield Call("the newest key of /v2", partial(keys.newest_hms, secret_key=_SEALING))
    yield Call("a key's use noted", partial(keys.note_use, key=Presented(id=at.hms_key, unnoted=True)))
    yield Call("a new key of /api/realtime", keys.create_vcs)
    yield Call("a new key of /v2", partial(keys.create_hms, secret_key=_SEALING))
    yield Call("a key revoked", partial(keys.revoke, id=at.hms_key))


def _of_users(at: Landmarks) -> Iterator[Call]:
    yield Call("a user by id", partial(users.get, id=at.user))
    yield Call("a user by email", partial(users.with_email, email=at.email))
    yield Call("a new user", partial(users.add, email="new@example.org", name="New"))
    yield Call("a user removed", partial(users.remove, id=at.user))


def _of_tokens(at: Landmarks) -> Iterator[Call]:
    yield Call("a new token", partial(tokens.create, user_id=at.user, lifetime_seconds=60))
    yield Call("a token revoked", partial(tokens.revoke, token="presented"))  # noqa: S106 - of nobody
    yield Call("a user's tokens revoked", partial(tokens.revoke_of_user, user_id=at.user))
    yield Call("a sweep of tokens", tokens.sweep, rows=200)
