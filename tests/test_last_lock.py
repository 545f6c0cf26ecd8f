"""The watch over the order of locks sees what it is there for."""

from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from databases import Postgres
from last_lock import LocksTooLate, RecordedAlone, locks
from pydantic import SecretStr

from app.demo import announcement
from app.domain import analytics, events, previews, rooms, standings
from app.domain.analytics import Occurrence
from app.domain.changes import TokensRevoked
from app.domain.database import Statement, Transaction, connected, value
from app.domain.events import Told, contacts_of, users
from app.domain.schema import room
from app.settings import Settings

TOLD = [Told(users(UUID(int=1)), TokensRevoked()), Told(contacts_of(UUID(int=1)), TokensRevoked())]
READ = Statement(sa.select(room.c.id), value)
GONE = Statement(sa.select(sa.delete(room).returning(room.c.id).cte("gone").c.id), value)


@pytest.mark.parametrize(
    "statement",
    [GONE, analytics._RECORD, rooms._CHANGE, rooms._CREATE, standings._LOCK, standings._HOLD, previews._ALONE],  # noqa: SLF001
)
def test_what_writes_or_locks_is_known(statement: Statement[object]) -> None:
    assert locks(statement)


@pytest.mark.parametrize("statement", [READ, events._READ, standings._STANDING])  # noqa: SLF001
def test_what_only_reads_is_known(statement: Statement[object]) -> None:
    assert not locks(statement)


@pytest.mark.parametrize("told", TOLD, ids=["users", "contacts"])
async def test_what_locks_behind_the_recording_is_refused(transaction: Transaction, told: Told) -> None:
    async with transaction.begun():
        await transaction.all(GONE)
        await events.record(transaction, told)
        await transaction.all(READ)
        await events.record(transaction, told)
        with pytest.raises(LocksTooLate):
            await transaction.all(GONE)
    async with transaction.begun():
        await transaction.all(GONE)


async def test_what_is_recorded_in_a_transaction_of_its_own_is_refused(transaction: Transaction) -> None:
    with pytest.raises(RecordedAlone):
        await events.record(transaction, TOLD[0])
    with pytest.raises(RecordedAlone):
        await analytics.record(transaction, Occurrence("SessionClosed", UUID(int=1)))


async def test_a_connection_of_a_pool_is_watched(database_url: str, transaction: Transaction) -> None:
    async with asyncpg.create_pool(database_url, min_size=0) as pool:
        async with connected(pool) as one, one.begun():
            await events.record(one, TOLD[0])
            with pytest.raises(LocksTooLate):
                await one.all(GONE)
        async with connected(pool) as again, again.begun():
            await again.all(GONE)


def test_a_demo_locks_nothing_behind_what_it_revokes(postgres: Postgres, template: str, settings: Settings) -> None:
    with postgres.database(template) as url:
        own = settings.model_copy(update={"database_url": SecretStr(url)})
        announcement(own)
        announcement(own)  # which revokes what the first has made
