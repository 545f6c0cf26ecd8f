"""Keys of the administrator APIs: `/v2` signs with a secret that we keep sealed, of the others we keep a hash."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.database import Statement, Transaction, value
from app.domain.errors import KeyNotFound, SecretKeyMismatch
from app.domain.schema import api_key
from app.domain.secrets import SecretKey, hashed

Api = Literal["hms", "vcs"]

# `last_used_at` is true to a minute, so that a busy key does not write with every request.
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its operator sees it, without its secret. `name` is its id as that API spells it."""

    id: UUID
    api: Api
    created_at: datetime
    last_used_at: datetime | None

    @property
    def name(self) -> str:
        return ids.to_hex(self.id) if self.api == "hms" else str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A key that was found. `unnoted`: that it is used was not noted for a minute."""

    id: UUID
    unnoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HmsKey(Presented):
    """A key of `/v2` with the secret that signs its tokens."""

    secret: str = field(repr=False)

    @property
    def access_key(self) -> str:
        """How `/v2` names the key."""
        return ids.to_hex(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey(Presented):
    """A key of `/v2` as it is stored."""

    sealed_secret: bytes

    def opened(self, secret_key: SecretKey) -> HmsKey:
        """Return the key with its secret. Raises SecretKeyMismatch."""
        return HmsKey(id=self.id, unnoted=self.unnoted, secret=secret_key.unseal(self.sealed_secret))


_unnoted = sa.func.coalesce(api_key.c.last_used_at < sa.func.now() - _USE_IS_NOTED_EVERY, sa.true())
_columns = (api_key.c.id, api_key.c.api, api_key.c.created_at, api_key.c.last_used_at)
_presented = sa.select(api_key.c.id, _unnoted.label("unnoted"))
_sealed = _presented.add_columns(api_key.c.sealed_secret).where(api_key.c.api == "hms")
_insert = sa.insert(api_key).values(id=sa.bindparam("id"), demo=sa.bindparam("demo")).returning(api_key.c.id)

_CREATE_HMS = Statement(_insert.values(api="hms", sealed_secret=sa.bindparam("sealed_secret")), value)
_CREATE_VCS = Statement(_insert.values(api="vcs", secret_hash=sa.bindparam("secret_hash")), value)
_ALL = Statement(sa.select(*_columns).order_by(api_key.c.id), ApiKey)
_REVOKE = Statement(sa.delete(api_key).where(api_key.c.id == sa.bindparam("id")).returning(*_columns), ApiKey)
_REVOKE_DEMO = Statement(sa.delete(api_key).where(api_key.c.demo).returning(*_columns), ApiKey)
OF_VCS: Final = Statement(
    _presented.where(api_key.c.api == "vcs", api_key.c.secret_hash == sa.bindparam("secret_hash")), Presented
)
"""Finds the key of `/api/realtime` with this `secret_hash`."""

_NOTE_USE = Statement(
    sa.update(api_key)
    .where(api_key.c.id == sa.bindparam("id"), _unnoted)
    .values(last_used_at=sa.func.now())
    .returning(api_key.c.id),
    value,
)
# Not `id`: it is asked together with what an operation asks, which may have one.
OF_HMS: Final = Statement(_sealed.where(api_key.c.id == sa.bindparam("key_id")), SealedKey)
"""Finds the key of `/v2` with this `key_id`."""

_NEWEST_HMS = Statement(_sealed.order_by(api_key.c.id.desc()).limit(1), SealedKey)


async def create_hms(transaction: Transaction, secret_key: SecretKey, *, demo: bool = False) -> HmsKey:
    """Make a key of `/v2`; its secret is stored sealed."""
    key = HmsKey(id=ids.new_id(), unnoted=True, secret=secrets.token_urlsafe(64))
    await transaction.one(_CREATE_HMS, id=key.id, demo=demo, sealed_secret=secret_key.seal(key.secret))
    return key


async def create_vcs(transaction: Transaction, *, demo: bool = False) -> str:
    """Make a key of `/api/realtime` and return it: 64 hex digits, of which only a hash is stored."""
    key = secrets.token_hex(32)
    await transaction.one(_CREATE_VCS, id=ids.new_id(), demo=demo, secret_hash=hashed(key))
    return key


async def every(transaction: Transaction) -> list[ApiKey]:
    """Return every key, the oldest first."""
    return await transaction.all(_ALL)


async def revoke(transaction: Transaction, id: UUID) -> None:
    """Delete the key: the next request that shows it is refused. Raises KeyNotFound."""
    await transaction.one(_REVOKE, KeyNotFound, id=id)


async def revoke_demo(transaction: Transaction) -> None:
    """Delete the keys of the last demo."""
    await transaction.all(_REVOKE_DEMO)


async def get_hms(transaction: Transaction, secret_key: SecretKey, id: UUID) -> HmsKey:
    """Return this key of `/v2`. Raises KeyNotFound, SecretKeyMismatch."""
    return (await transaction.one(OF_HMS, KeyNotFound, key_id=id)).opened(secret_key)


async def newest_hms(transaction: Transaction, secret_key: SecretKey) -> HmsKey:
    """Return the key of `/v2` that was made last. Raises KeyNotFound, SecretKeyMismatch."""
    return (await transaction.one(_NEWEST_HMS, KeyNotFound)).opened(secret_key)


async def signing_hms(transaction: Transaction, secret_key: SecretKey) -> HmsKey:
    """Return the key of `/v2` to sign with: the newest. Raises KeyNotFound, too, when SECRET_KEY does not open it."""
    try:
        key = await newest_hms(transaction, secret_key)
    except SecretKeyMismatch:
        raise KeyNotFound from None
    await note_use(transaction, key)
    return key


async def note_use(transaction: Transaction, key: Presented) -> None:
    """Note that the key is used, unless that was noted less than a minute ago."""
    if key.unnoted:
        await transaction.find(_NOTE_USE, id=key.id)
