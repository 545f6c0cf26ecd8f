"""Join tokens: signed, so what they open is worked out again each time."""

import asyncpg
import pytest
from factories import opened

from app.domain import conferences, configurations, join_tokens
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound, InvalidJoinToken
from app.domain.secrets import SecretKey

KEY = SecretKey("a key of the tests")


@pytest.fixture
async def conference(transaction: Transaction) -> conferences.Conference:
    return await opened(transaction)


@pytest.mark.parametrize(("age", "began"), [(0, 0), (9.999, 0), (10, 10), (19.999, 10), (20, 20), (25.5, 20)])
async def test_lives_for_its_span_to_the_millisecond(
    conference: conferences.Conference, database: asyncpg.Connection, age: float, began: int
) -> None:
    async with database.transaction():  # in which now() stands still
        await database.execute(
            "UPDATE conference SET created_at = date_trunc('milliseconds', now()) - make_interval(secs => $1)",
            float(age),
        )
        found = await conferences.get(Transaction(database), conference.id)
        assert found.token_issued_at == int(found.created_at.timestamp()) + began


async def test_opens_its_conference(conference: conferences.Conference, transaction: Transaction) -> None:
    token = join_tokens.of(conference, KEY)
    assert await join_tokens.opened(transaction, token, KEY) == conference


async def test_opens_under_another_key_that_understands_its_own(
    conference: conferences.Conference, transaction: Transaction
) -> None:
    token = join_tokens.of(conference, KEY)
    assert await join_tokens.opened(transaction, token, SecretKey("the next", "a key of the tests")) == conference
    with pytest.raises(InvalidJoinToken):
        await join_tokens.opened(transaction, token, SecretKey("the next", "a third"))


@pytest.mark.parametrize("key", [KEY, SecretKey("the next", "a key of the tests")], ids=["own", "another"])
async def test_opens_nothing_when_its_span_is_over(
    conference: conferences.Conference, transaction: Transaction, database: asyncpg.Connection, key: SecretKey
) -> None:
    token = join_tokens.of(conference, KEY)
    await database.execute("UPDATE conference SET created_at = created_at - interval '15 seconds'")
    with pytest.raises(InvalidJoinToken):
        await join_tokens.opened(transaction, token, key)


async def test_is_nothing_without_its_conference(conference: conferences.Conference, transaction: Transaction) -> None:
    token = join_tokens.of(conference, KEY)
    await conferences.remove(transaction, conference.id)
    with pytest.raises(InvalidJoinToken) as refused:
        await join_tokens.opened(transaction, token, KEY)
    assert token not in str(refused.value)
    with pytest.raises(ConferenceNotFound):
        await conferences.get(transaction, conference.id)


async def test_opens_a_disabled_conference_for_nobody(
    conference: conferences.Conference, transaction: Transaction
) -> None:
    token = join_tokens.of(conference, KEY)
    async with transaction.begun():
        await configurations.change(transaction, conference.id, Configuration(enabled=False))
    with pytest.raises(InvalidJoinToken):
        await join_tokens.opened(transaction, token, KEY)
    async with transaction.begun():
        await configurations.change(transaction, conference.id, Configuration(enabled=True))
    assert (await join_tokens.opened(transaction, token, KEY)).id == conference.id
