"""Stream keys: by which somebody would stream into a conference, if there were a media engine that lets him."""

import secrets
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain import conferences, ids, spans
from app.domain.database import Statement, Transaction, value
from app.domain.errors import StreamKeyExists, StreamKeyNotFound
from app.domain.schema import alive, conference, stream_key
from app.domain.secrets import SecretKey, hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKey:
    """A key of a conference. One at most is enabled; those that were stay."""

    id: UUID
    conference_id: UUID
    sealed_key: bytes = field(repr=False)
    enabled: bool
    created_at: datetime
    modified_at: datetime


_columns = [stream_key.c[field.name] for field in fields(StreamKey)]
_conference_id = sa.bindparam("conference_id", type_=sa.Uuid)
_is_open = sa.and_(alive, conference.c.enabled, conference.c.id == _conference_id)
# Who deletes the conference is waited for: then there is none, instead of one that the key cannot refer to.
_made = {
    "id": sa.bindparam("id", type_=sa.Uuid),
    "conference_id": conference.c.id,
    "key_hash": sa.bindparam("key_hash", type_=sa.LargeBinary),
    "sealed_key": sa.bindparam("sealed_key", type_=sa.LargeBinary),
}
_keys = [stream_key.c.conference_id, stream_key.c.id]

_CREATE = Statement(
    insert(stream_key)
    .from_select(list(_made), sa.select(*_made.values()).where(_is_open).with_for_update(read=True, key_share=True))
    .on_conflict_do_nothing(index_elements=[stream_key.c.conference_id], index_where=stream_key.c.enabled)
    .returning(*_columns),
    StreamKey,
)
_PAGE = Statement(
    sa.select(*_columns)
    .where(spans.from_first_to_past(_keys))
    .order_by(*(key.desc() for key in _keys))
    .limit(sa.bindparam("count")),
    StreamKey,
)
_DISABLE = Statement(
    sa.update(stream_key)
    .where(stream_key.c.conference_id == conference.c.id, stream_key.c.enabled, _is_open)
    .values(enabled=False, modified_at=sa.func.greatest(sa.func.now(), stream_key.c.modified_at))
    .returning(stream_key.c.id),
    value,
)


async def create(transaction: Transaction, conference_id: UUID, secret_key: SecretKey) -> StreamKey:
    """Make a key, of which a hash is stored and the rest sealed.

    Raises ConferenceNotFound, ConferenceDisabled, and StreamKeyExists when one is enabled.
    """
    key = secrets.token_urlsafe(32)
    stored = {"key_hash": hashed(key), "sealed_key": secret_key.seal(key)}
    made = await transaction.find(_CREATE, id=ids.new_id(), conference_id=conference_id, **stored)
    if made is None:
        await conferences.get_enabled(transaction, conference_id)
        raise StreamKeyExists
    return made


async def page(
    transaction: Transaction, conference_id: UUID, *, count: int, before: UUID | None = None
) -> list[StreamKey]:
    """Return up to `count` keys of a conference, newest first: those older than `before`. Raises ConferenceNotFound."""
    await conferences.get(transaction, conference_id)
    ends = spans.ends(before=before, since=None, until=None)
    return await transaction.all(_PAGE, conference_id=conference_id, count=count, **ends)


async def disable(transaction: Transaction, conference_id: UUID) -> None:
    """Disable the key that is enabled. Raises ConferenceNotFound, ConferenceDisabled, StreamKeyNotFound."""
    if await transaction.find(_DISABLE, conference_id=conference_id) is None:
        await conferences.get_enabled(transaction, conference_id)
        raise StreamKeyNotFound
