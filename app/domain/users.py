"""Users of the chats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from asyncpg import UniqueViolationError

from app.domain import blobs, departures, events, ids
from app.domain.changes import TokensRevoked
from app.domain.database import Statement, Transaction, value
from app.domain.errors import EmailTaken, UserIdTaken, UserNotFound
from app.domain.events import Told
from app.domain.schema import user_account

UserType = Literal["internal", "guest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who chats."""

    id: UUID
    email: str
    name: str
    type: UserType
    picture_changed_at: datetime | None


_columns = tuple(user_account.c[name] for name in ("id", "email", "name", "type", "picture_changed_at"))
_this = user_account.c.id == sa.bindparam("id")
_ids = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))

_ADD = Statement(
    sa.insert(user_account)
    .values({name: sa.bindparam(name) for name in ("id", "email", "email_key", "name", "type")})
    .returning(*_columns),
    User,
)
_ALL = Statement(sa.select(*_columns).order_by(user_account.c.email_key), User)
_BY_ID = Statement(sa.select(*_columns).where(_this), User)
_BY_IDS = Statement(
    sa.select(*_columns)
    .where(user_account.c.id == sa.any_(_ids))
    .order_by(sa.func.array_position(_ids, user_account.c.id)),
    User,
)
_BY_EMAIL = Statement(sa.select(*_columns).where(user_account.c.email_key == sa.bindparam("email_key")), User)
_PICTURE = Statement(
    sa.select(user_account.c.picture_blob_id).where(_this, user_account.c.picture_blob_id.is_not(None)), value
)
_REMOVE = Statement(sa.delete(user_account).where(_this).returning(*_columns), User)


async def add(
    transaction: Transaction, *, email: str, name: str, type: UserType = "internal", id: UUID | None = None
) -> User:
    """Add a user, with an id of our own or the one given; raises EmailTaken or UserIdTaken."""
    try:
        return await transaction.one(
            _ADD, id=id or ids.new_id(), email=email, email_key=email.casefold(), name=name, type=type
        )
    except UniqueViolationError as error:
        taken = {"pk_user_account": UserIdTaken, "uq_user_account_email_key": EmailTaken}
        raise taken[str(error.constraint_name)] from None


async def every(transaction: Transaction) -> list[User]:
    """Return every user, by email."""
    return await transaction.all(_ALL)


async def get(transaction: Transaction, id: UUID) -> User:
    """Return the user with this id, or raise UserNotFound."""
    return await transaction.one(_BY_ID, UserNotFound, id=id)


async def with_ids(transaction: Transaction, ids: Sequence[UUID]) -> list[User]:
    """Return the users with these ids, in this order; an id of nobody is left out."""
    return await transaction.all(_BY_IDS, ids=ids)


async def with_email(transaction: Transaction, email: str) -> User:
    """Return the user with this email, in whatever case, or raise UserNotFound."""
    return await transaction.one(_BY_EMAIL, UserNotFound, email_key=email.casefold())


async def remove(transaction: Transaction, id: UUID) -> User:
    """Delete the user with every token of his, and let him leave every room; or raise UserNotFound.

    Needs a transaction. His one-to-ones go whole, and so do rooms where he was the last.
    """
    departure = await departures.prepare(transaction, id)
    picture = await transaction.all(_PICTURE, id=id)
    removed = await transaction.one(_REMOVE, UserNotFound, id=id)
    await blobs.free(transaction, [*departure.blob_ids, *picture])
    await events.record(transaction, *departure.told, Told(events.users(id), TokensRevoked()))
    return removed
