"""Tokens of users: what they show as `ZM_AUTH_TOKEN`. Only hashes are stored."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.domain import events
from app.domain.changes import TokensRevoked
from app.domain.columns import seconds
from app.domain.database import Statement, Transaction, value
from app.domain.errors import TokenNotFound
from app.domain.events import Told
from app.domain.schema import user_token
from app.domain.secrets import hashed


@dataclass(frozen=True, slots=True, kw_only=True)
class UserToken:
    """A token as it is shown, once, when it is made."""

    token: str
    expires_at: datetime


_lifetime = seconds(sa.bindparam("lifetime_seconds", type_=sa.Integer))

_CREATE = Statement(
    sa.insert(user_token)
    .values({name: sa.bindparam(name) for name in ("token_hash", "user_id", "demo")})
    .values(expires_at=sa.func.now() + _lifetime)
    .returning(user_token.c.expires_at),
    value,
)


def _revoke(*which: sa.ColumnElement[bool]) -> Statement[UUID]:
    return Statement(sa.delete(user_token).where(*which).returning(user_token.c.user_id), value)


_REVOKE = _revoke(user_token.c.token_hash == sa.bindparam("token_hash"))
OF_CHATS: Final = Statement(
    sa.select(user_token.c.user_id.label("caller_id")).where(
        user_token.c.token_hash == sa.bindparam("token_hash"), user_token.c.expires_at > sa.func.now()
    ),
    value,
)
"""Finds whose token has this `token_hash`, as `caller_id`."""

_STILL_GOOD = Statement(
    sa.select(user_token.c.token_hash).where(
        user_token.c.token_hash == sa.any_(sa.bindparam("hashes", type_=sa.ARRAY(sa.LargeBinary))),
        user_token.c.expires_at > sa.func.now(),
    ),
    value,
)
_REVOKE_OF_USER = _revoke(user_token.c.user_id == sa.bindparam("user_id"))
_REVOKE_DEMO = _revoke(user_token.c.demo)
_SWEEP = _revoke(user_token.c.expires_at <= sa.func.now())


async def create(transaction: Transaction, user_id: UUID, *, lifetime_seconds: int, demo: bool = False) -> UserToken:
    """Make a token of this user, 64 hex digits."""
    token = secrets.token_hex(32)
    expires_at = await transaction.one(
        _CREATE, token_hash=hashed(token), user_id=user_id, demo=demo, lifetime_seconds=lifetime_seconds
    )
    return UserToken(token=token, expires_at=expires_at)


async def still_good(transaction: Transaction, hashes: Collection[bytes]) -> set[bytes]:
    """Return which of these are hashes of tokens that still open something."""
    return set(await transaction.all(_STILL_GOOD, hashes=hashes))


async def revoke(transaction: Transaction, token: str) -> None:
    """Delete the token: the next request that shows it is refused. Raises TokenNotFound."""
    await _tell(transaction, [await transaction.one(_REVOKE, TokenNotFound, token_hash=hashed(token))])


async def revoke_of_user(transaction: Transaction, user_id: UUID) -> int:
    """Delete every token of the user, and return how many they were."""
    revoked = await transaction.all(_REVOKE_OF_USER, user_id=user_id)
    await _tell(transaction, revoked)
    return len(revoked)


async def revoke_demo(transaction: Transaction) -> None:
    """Delete the tokens of the last demo."""
    await _tell(transaction, await transaction.all(_REVOKE_DEMO))


async def _tell(transaction: Transaction, user_ids: Sequence[UUID]) -> None:
    """Have what these users opened by such a token closed."""
    if user_ids:
        await events.record(transaction, Told(events.users(*set(user_ids)), TokensRevoked()))


async def sweep(transaction: Transaction) -> int:
    """Delete the tokens whose time is over, and return how many they were."""
    return len(await transaction.all(_SWEEP))
