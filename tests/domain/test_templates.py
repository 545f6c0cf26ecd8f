"""Templates, as far as conferences choose them."""

import asyncpg
import pytest

from app.domain import ids, templates
from app.domain.database import Transaction
from app.domain.errors import UnknownTemplate


async def test_one_is_chosen_by_id_before_name(transaction: Transaction, database: asyncpg.Connection) -> None:
    id, name = await database.fetchrow("SELECT id, name FROM template")
    assert await templates.chosen(transaction, id=id) == id
    assert await templates.chosen(transaction, name=name) == id
    assert await templates.chosen(transaction, id=id, name="none") == id
    assert await templates.chosen(transaction) is None


@pytest.mark.parametrize("choice", [{"id": ids.new_id()}, {"name": "none"}, {"name": ""}])
async def test_one_that_is_not_there_cannot_be_chosen(transaction: Transaction, choice: dict[str, object]) -> None:
    with pytest.raises(UnknownTemplate):
        await templates.chosen(transaction, **choice)
