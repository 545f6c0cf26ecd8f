"""Messages of rooms: what comes with a file or is forwarded. What people write reaches no server of ours."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import sqlalchemy as sa

from app.domain import ids
from app.domain.database import Statement, Transaction, value
from app.domain.schema import message


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a user says in a room.

    `stanza_id` is how its sender names it, `reply_id` what it answers. `original` is the stanza that is forwarded, for
    the `forward_count`th time.
    """

    room_id: UUID
    user_id: UUID
    stanza_id: str | None = None
    reply_id: str | None = None
    body: str | None = None
    attachment_id: UUID | None = None
    original: str | None = None
    original_sent_at: datetime | None = None
    forward_count: int | None = None


class Dispatcher(Protocol):
    """Who hands messages on to those whom they are for."""

    async def __call__(self, transaction: Transaction, messages: Sequence[Message]) -> None:
        """Take messages over; they are sent if this transaction is committed."""


_NAMES: Final = ("id", *(field.name for field in fields(Message)))
_said = (
    sa.func.unnest(*(sa.bindparam(name, type_=sa.ARRAY(message.c[name].type)) for name in _NAMES))
    .table_valued(*(sa.column(name, message.c[name].type) for name in _NAMES))
    .render_derived("said")
)
_KEEP = Statement(sa.insert(message).from_select(list(_NAMES), sa.select(*_said.c)).returning(message.c.id), value)


async def keep(transaction: Transaction, messages: Sequence[Message]) -> None:
    """Keep messages as those of their rooms, and hand them on to nobody: a `Dispatcher` for who has no other."""
    columns = {name: [getattr(each, name) for each in messages] for name in _NAMES[1:]}
    await transaction.all(_KEEP, id=[ids.new_id() for _ in messages], **columns)
