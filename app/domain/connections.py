"""Connections: which sockets are open, and in which process of which server, for all of them to see.

Who is in a conference is in by a socket; that of a process that does not show up any more counts as closed.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.domain.database import Statement, Transaction, finds_none, value
from app.domain.errors import NotConnected
from app.domain.schema import connection, server_process, user_account


class Sockets(Protocol):
    """The sockets of this process."""

    def listed(self, queue_id: UUID, user_id: UUID) -> AbstractAsyncContextManager[None]:
        """Let every process see that this socket is open, until the block ends."""


_process_id = sa.bindparam("process_id", type_=sa.Uuid)
_queue_ids = sa.bindparam("queue_ids", type_=sa.ARRAY(sa.Uuid))
_user_ids = sa.bindparam("user_ids", type_=sa.ARRAY(sa.Uuid))
_sockets: Any = (
    sa.func.unnest(_queue_ids, _user_ids)
    .table_valued(sa.column("queue_id", sa.Uuid), sa.column("user_id", sa.Uuid))
    .render_derived("sockets")
)
_this_process = server_process.c.id == _process_id
_is_noted = sa.select(connection.c.queue_id).where(connection.c.queue_id == _sockets.c.queue_id)
_user = sa.select(user_account.c.id).where(user_account.c.id == _sockets.c.user_id).limit(1)
# Who is being removed is waited for, and left out. One by one: joined, Postgres may rather read the whole table.
_kept = _user.with_for_update(read=True, key_share=True).lateral("user")
_noting = (
    insert(connection)
    .from_select(
        ["queue_id", "user_id", "process_id"],
        sa.select(_sockets.c.queue_id, _kept.c.id, _process_id)
        .join_from(_sockets, _kept, sa.true())
        .where(finds_none(_is_noted)),
    )
    .on_conflict_do_nothing(index_elements=["queue_id"])
    .returning(connection.c.queue_id)
)
_begun = insert(server_process).values(id=_process_id).on_conflict_do_nothing(index_elements=["id"])
_seen = (
    sa.select(server_process.c.id, server_process.c.seen_at)
    .where(_this_process)
    .with_for_update(key_share=True, skip_locked=True)
    .cte("seen")
)
_is_dead = server_process.c.seen_at < sa.func.now() - sa.text("interval '30 seconds'")
hurry: Final = sa.select(sa.func.set_config("lock_timeout", "2s", sa.true()).label("limit"))
"""Has what follows in a transaction wait no longer for who holds something: others are not to wait for him, too."""

_hurry = hurry.cte("hurry").prefix_with("MATERIALIZED")
_in_a_hurry = _hurry.c.limit.is_not(None)

_ADD = Statement(_noting, value)
_ADD_ALL = Statement(_noting.add_cte(_begun.cte("begun")), value)
_SHOW = Statement(
    sa.update(server_process)
    .where(server_process.c.id == _seen.c.id)
    .values(seen_at=sa.func.now())
    .returning(sa.cast(sa.func.extract("epoch", sa.func.now() - _seen.c.seen_at), sa.Float).label("silence")),
    value,
)
_BEGIN = Statement(_begun.returning(server_process.c.id), value)
_CLOSE = Statement(
    sa.delete(connection)
    .where(connection.c.queue_id == sa.bindparam("queue_id"), _in_a_hurry)
    .returning(connection.c.queue_id),
    value,
)
_HOLD_OPEN = Statement(
    sa.select(connection.c.queue_id)
    .where(connection.c.queue_id == sa.bindparam("queue_id"), connection.c.user_id == sa.bindparam("user_id"))
    .with_for_update(read=True, key_share=True),
    value,
)


def _ending(*which: sa.ColumnElement[bool]) -> Statement[UUID]:
    return Statement(
        sa.delete(server_process).where(_this_process, _in_a_hurry, *which).returning(server_process.c.id), value
    )


_DEAD = Statement(sa.select(server_process.c.id).where(_is_dead).order_by(server_process.c.id), value)
_BURY = _ending(_is_dead)
_END = _ending()


async def add(transaction: Transaction, process_id: UUID, queue_id: UUID, user_id: UUID) -> None:
    """Note that a socket is open; not if its user is gone. Raises ForeignKeyViolationError for an unknown process."""
    await transaction.find(_ADD, process_id=process_id, queue_ids=[queue_id], user_ids=[user_id])


async def add_all(transaction: Transaction, process_id: UUID, sockets: Mapping[UUID, UUID]) -> None:
    """Note a process, and that these sockets are open, each of a user: as far as that is not noted."""
    user_ids = list(sockets.values())
    await transaction.all(_ADD_ALL, process_id=process_id, queue_ids=list(sockets), user_ids=user_ids)


async def show(transaction: Transaction, process_id: UUID) -> float | None:
    """Show that a process is there; return the seconds for which it was not seen, or None if it was not known."""
    silence = await transaction.find(_SHOW, process_id=process_id)
    if silence is None and await transaction.find(_BEGIN, process_id=process_id) is None:
        return 0  # it is known, and somebody holds it just now
    return silence


async def close(transaction: Transaction, queue_id: UUID) -> None:
    """Note that a socket is closed. Raises LockNotAvailableError while somebody joins by it, and takes long."""
    await transaction.find(_CLOSE, queue_id=queue_id)


async def hold_open(transaction: Transaction, queue_id: UUID, user_id: UUID) -> None:
    """Keep a socket of this user from being noted as closed until the transaction ends, or raise NotConnected."""
    await transaction.one(_HOLD_OPEN, NotConnected, queue_id=queue_id, user_id=user_id)


async def dead(transaction: Transaction) -> list[UUID]:
    """Return the processes that have not shown up for half a minute."""
    return await transaction.all(_DEAD)


async def bury(transaction: Transaction, process_id: UUID) -> None:
    """Give up a process that is dead, with its sockets. Raises LockNotAvailableError as `close` does."""
    await transaction.find(_BURY, process_id=process_id)


async def end(transaction: Transaction, process_id: UUID) -> None:
    """Note that a process is about to end, with its sockets. Raises LockNotAvailableError as `close` does."""
    await transaction.find(_END, process_id=process_id)
