"""What pgbench does for each request: the domain's statements, each by itself."""

from functools import partial
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import conferences, ids, keys, tokens
from app.domain.columns import seconds
from app.domain.conferences import Limits
from app.domain.database import Statement, value
from app.domain.schema import alive, conference, template
from app.domain.secrets import hashed
from bench.statements import Operation, Query, Words, sent_by
from bench.transactions import Script

NAMES = "bench-"
"""What the name of each room begins with that is created while time is taken."""

# As rising as the server's ids, by arithmetic alone: a millisecond more each time, then chance, in 16 digits each.
_NEXT_ID = (
    r"\set high :high + 65536",
    rf"\set low random({0x1000_0000_0000_0000}, {0x7FFF_FFFF_FFFF_FFFF})",
)
_ID = Words("(lpad(to_hex(:high::bigint), 16, '0') || to_hex(:low::bigint))::uuid")
_NAME = Words(f"'{NAMES}' || :client_id::text || :low::text")
_FRESH: dict[str, Any] = {
    "id": _ID,
    "name": _NAME,
    "name_key": _NAME,
    "created_at": Words("now()"),
    "template_id": Words(":template_id"),
}

_DEFAULT_TEMPLATE = Statement(sa.select(template.c.id).where(template.c.is_default), value)
_inserted = {**conferences.opening_columns, **{name: sa.bindparam(name) for name in ("name", "template_id")}}
_created = sa.bindparam("created_at", type_=conference.c.created_at.type)
_ttl = sa.bindparam("room_ttl_seconds", type_=sa.Integer)
INSERT_OF_VCS = Statement(
    sa.insert(conference)
    .values({**_inserted, "opened_by": "vcs", "type": "mesh"})
    .values(expires_at=_created + seconds(_ttl)),
    value,
)
INSERT_OF_HMS = Statement(
    insert(conference)
    .values({**_inserted, "name_key": sa.bindparam("name_key"), "opened_by": "hms", "type": "sfu"})
    .on_conflict_do_update(
        index_elements=[conference.c.name_key],
        index_where=conference.c.name_key.is_not(None),
        set_={"modified_at": sa.func.now()},
        where=alive,
    ),
    value,
)


async def _only_query(operation: Operation) -> Query:
    [query] = await sent_by(operation)
    return query


async def key_of_vcs(key: str) -> Query:
    """Return what finds this key of `/api/realtime`."""
    return await _only_query(lambda transaction: transaction.find(keys.OF_VCS, secret_hash=hashed(key)))


async def key_of_hms(id: UUID) -> Query:
    """Return what finds this key of `/v2`."""
    return await _only_query(lambda transaction: transaction.find(keys.OF_HMS, key_id=id))


async def getting(key: Query, id: UUID) -> Script:
    """The key, then the room."""
    return Script().ask(key).ask(await _only_query(partial(conferences.get, id=id)))


async def listing(key: Query, count: int) -> Script:
    """The key, then the first page."""
    return Script().ask(key).ask(await _only_query(partial(conferences.page, count=count)))


async def seeing(token: str, statement: Statement[Any], **given: Any) -> Script:
    """The token of a user of the chats and what he asks for, in one statement, as the server asks."""
    beside = {"token_hash": hashed(token), **given}
    return Script().ask(await _only_query(lambda asked: asked.find_both(tokens.OF_CHATS, statement, **beside)))


async def creating(key: Query, insert: Statement[Any], limits: Limits) -> Script:
    """Open a room in one transaction: the key, the default template, the row, and the room as it is shown."""
    script = Script(variables={"high": str(ids.new_id().int >> 64)})
    for line in _NEXT_ID:
        script.say(line)
    script.say("BEGIN;").ask(key)
    script.ask(_query(_DEFAULT_TEMPLATE), r" \gset template_")
    script.ask(_query(insert, **conferences.opening_values(limits) | _FRESH))
    script.ask(await _only_query(partial(conferences.get, id=cast("UUID", _ID))))
    return script.say("COMMIT;")


def _query(statement: Statement[Any], **given: Any) -> Query:
    return Query(statement.sql, tuple(statement.arguments(given)))
