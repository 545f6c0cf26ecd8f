"""Two questions in one round trip."""

import asyncio
from uuid import UUID

import asyncpg
import factories
import pytest
import sqlalchemy as sa

from app.domain import conferences, templates
from app.domain.conferences import Conference
from app.domain.database import Statement, Transaction, value
from app.domain.schema import conference, template

NOBODY = UUID(int=0)
NAME = Statement(sa.select(template.c.name).where(template.c.id == sa.bindparam("template_id")), value)
OF_ID = sa.select(conference.c.id, conference.c.name, conference.c.description).where(
    conference.c.id == sa.bindparam("id")
)
ROOM = Statement(OF_ID, dict)


@pytest.fixture
async def opened(transaction: Transaction) -> Conference:
    return await factories.opened(transaction, name="A")


class TestFindBoth:
    async def test_finds_both_in_one_round_trip(
        self, database: asyncpg.Connection, transaction: Transaction, opened: Conference
    ) -> None:
        queries: list[str] = []
        with database.query_logger(lambda query: queries.append(query.query)):
            found = await transaction.find_both(NAME, ROOM, template_id=opened.template_id, id=opened.id)
            await asyncio.sleep(0)
        assert found == (opened.template_name, {"id": opened.id, "name": "A", "description": None})
        assert len(queries) == 1

    async def test_finds_the_first_alone(self, transaction: Transaction, opened: Conference) -> None:
        found = await transaction.find_both(NAME, ROOM, template_id=opened.template_id, id=NOBODY)
        assert found == (opened.template_name, None)

    async def test_finds_no_second_without_a_first(self, transaction: Transaction, opened: Conference) -> None:
        assert await transaction.find_both(NAME, ROOM, template_id=NOBODY, id=opened.id) == (None, None)


class TestReads:
    """What writes, in a CTE too, must never be run beside a question."""

    def test_is_true_of_what_only_reads(self) -> None:
        beside = sa.select(conference.c.id).where(conference.c.template_id == templates.default_id).cte("beside")
        assert all(statement.reads for statement in (NAME, ROOM, Statement(sa.select(beside), value)))

    def test_is_false_of_what_writes(self) -> None:
        insert, update = sa.insert(conference), sa.update(conference).values(name="B")
        delete = sa.delete(conference).returning(conference.c.id)
        writing = [Statement(words, dict) for words in (insert, update, delete, sa.select(delete.cte("gone")))]
        assert not any(statement.reads for statement in [*writing, conferences.written(sa.delete(conference))])
