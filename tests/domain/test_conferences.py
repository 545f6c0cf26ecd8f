"""Conferences: what the domain promises beyond any one API."""

import asyncpg
import pytest

from app.domain import conferences, ids
from app.domain.conferences import Limits
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound, InvalidJoinToken
from app.domain.secrets import SecretKey

LIMITS = Limits(max_participants=10, token_ttl_seconds=10, room_ttl_seconds=3600, endpoint_ttl_seconds=60)
KEY = SecretKey("a key of the tests")


class TestCreate:
    async def test_is_as_old_as_its_id(self, transaction: Transaction) -> None:
        created = await conferences.create(transaction, limits=LIMITS)
        assert created.created_at == created.modified_at == ids.moment(created.id)

    async def test_lasts_as_long_as_the_limits_say(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        await conferences.create(transaction, limits=LIMITS)
        lasts = await database.fetchval("SELECT extract(epoch FROM expires_at - created_at) FROM conference")
        assert lasts == 3600


class TestSweep:
    async def test_takes_those_whose_time_is_over_and_no_other(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        over, alive, endless = [await conferences.create(transaction, limits=LIMITS) for _ in range(3)]
        await database.execute("UPDATE conference SET expires_at = now() WHERE id = $1", over.id)
        await database.execute("UPDATE conference SET expires_at = NULL WHERE id = $1", endless.id)
        assert await conferences.sweep(transaction) == 1
        assert await conferences.sweep(transaction) == 0
        left = {row["id"] for row in await database.fetch("SELECT id FROM conference")}
        assert left == {alive.id, endless.id}

    async def test_takes_a_thousand_at_once(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        await database.execute(
            "INSERT INTO conference (id, opened_by, type, max_participants, token_ttl_seconds, room_ttl_seconds,"
            " endpoint_ttl_seconds, expires_at) SELECT gen_random_uuid(), 'vcs', 'mesh', 1, 1, 1, 1, now()"
            " FROM generate_series(1, 1001)"
        )
        assert await conferences.sweep(transaction) == 1000
        assert await conferences.sweep(transaction) == 1


class TestJoinToken:
    @pytest.fixture
    async def conference(self, transaction: Transaction) -> conferences.Conference:
        return await conferences.create(transaction, limits=LIMITS)

    @pytest.mark.parametrize(("age", "began"), [(0, 0), (9.999, 0), (10, 10), (19.999, 10), (20, 20), (25.5, 20)])
    async def test_lives_for_its_span_to_the_millisecond(
        self, conference: conferences.Conference, database: asyncpg.Connection, age: float, began: int
    ) -> None:
        async with database.transaction():  # in which now() stands still
            await database.execute(
                "UPDATE conference SET created_at = date_trunc('milliseconds', now()) - make_interval(secs => $1)",
                float(age),
            )
            found = await conferences.get(Transaction(database), conference.id)
            assert found.token_issued_at == int(found.created_at.timestamp()) + began

    async def test_opens_its_conference(self, conference: conferences.Conference, transaction: Transaction) -> None:
        token = conferences.join_token(conference, KEY)
        assert await conferences.opened_by(transaction, token, KEY) == conference

    async def test_is_nothing_without_its_conference(
        self, conference: conferences.Conference, transaction: Transaction
    ) -> None:
        token = conferences.join_token(conference, KEY)
        await conferences.remove(transaction, conference.id)
        with pytest.raises(InvalidJoinToken) as refused:
            await conferences.opened_by(transaction, token, KEY)
        assert token not in str(refused.value)
        with pytest.raises(ConferenceNotFound):
            await conferences.get(transaction, conference.id)
