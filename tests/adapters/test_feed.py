"""The feed by itself: who hears what, and what is lost, late or over when the database is not as it was."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID, uuid4

import asyncpg
import pytest
from databases import Postgres, name_of
from processes import PATIENCE, SECRET_KEY

from app.adapters import feed as adapter
from app.adapters.feed import ListeningFeed
from app.domain import events, tokens, users
from app.domain.changes import Change, RoomMuted
from app.domain.database import Transaction
from app.domain.errors import FeedFailed, TooManyHearings
from app.domain.events import Event, Told
from app.domain.hearings import Hearing, Over
from app.domain.secrets import hashed
from app.settings import Settings

MOST = 16_384
#: Sessions of feeds.
SESSIONS = "FROM pg_stat_activity WHERE application_name = 'feed'"


@dataclass(frozen=True)
class User:
    id: UUID
    token: str

    @property
    def hash(self) -> bytes:
        return hashed(self.token)


@dataclass(frozen=True)
class Desk:
    """A connection on which things change, and on which Postgres is asked for things that no program of ours asks."""

    connection: asyncpg.Connection

    async def user(self, *, seconds: int = 3600) -> User:
        transaction = Transaction(self.connection)
        user = await users.add(transaction, email=f"{uuid4()}@example.org", name="Ada")
        return User(user.id, (await tokens.create(transaction, user.id, lifetime_seconds=seconds)).token)

    async def revoke(self, user: User) -> None:
        async with self.connection.transaction():
            await tokens.revoke(Transaction(self.connection), user.token)

    async def tell(self, *whom: User, change: Change | None = None) -> None:
        told = Told(events.users(*(user.id for user in whom)), change or RoomMuted(room_id=uuid4()))
        async with self.connection.transaction():
            await events.record(Transaction(self.connection), told)

    async def tell_often(self, times: int, *whom: User) -> None:
        """Record so much in one commit."""
        insert = "INSERT INTO event (type, audience, body) SELECT 'RoomMuted', $2, '{}' FROM generate_series(1, $1)"
        async with self.connection.transaction():
            await self.connection.execute(insert, times, [user.id for user in whom])
            await self.connection.execute("SELECT pg_notify('event', max(number)::text) FROM event")

    async def head(self) -> int:
        number: int = await self.connection.fetchval("SELECT coalesce(max(number), 0) FROM event")
        return number

    async def sessions(self) -> list[int]:
        return [row["pid"] for row in await self.connection.fetch(f"SELECT pid {SESSIONS}")]

    async def feed_is_there(self) -> None:
        while not await self.sessions():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)

    async def cut(self) -> None:
        """End the session of the feed."""
        assert await self.sessions()
        await self.connection.execute(f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) {SESSIONS}")


Listen = Callable[[], AbstractAsyncContextManager[ListeningFeed]]
Shut = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(scope="module")
def own(postgres: Postgres, template: str) -> Iterator[Settings]:
    """A database of these tests' own."""
    with postgres.database(template) as url:
        named = f"{url}{'&' if '?' in url else '?'}application_name=feed"
        yield Settings(_env_file=None, database_url=url, direct_database_url=named, secret_key=SECRET_KEY)


@pytest.fixture
async def desk(own: Settings) -> AsyncIterator[Desk]:
    assert own.database_url
    connection = await asyncpg.connect(own.database_url.get_secret_value())
    # The newest is always kept.
    await connection.execute("DELETE FROM event WHERE number < (SELECT max(number) FROM event)")
    yield Desk(connection)
    await connection.close()


@pytest.fixture
async def feed(own: Settings, desk: Desk) -> AsyncIterator[ListeningFeed]:
    async with ListeningFeed(own).listening() as feed:
        await feed.ready()
        yield feed


@pytest.fixture
async def ada(desk: Desk) -> User:
    return await desk.user()


@pytest.fixture
async def ben(desk: Desk) -> User:
    return await desk.user()


@pytest.fixture
def shut(own: Settings, postgres: Postgres, desk: Desk) -> Shut:
    """Let nobody in to the database for the time of a block, nor stay there but the desk."""
    assert own.database_url
    name = name_of(own.database_url.get_secret_value())

    @contextlib.asynccontextmanager
    async def shut() -> AsyncIterator[None]:
        await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            for pid in await desk.sessions():
                await desk.connection.execute("SELECT pg_terminate_backend($1, 60000)", pid)
            yield
        finally:
            await asyncio.to_thread(postgres.run, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    return shut


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)


async def taken(hearing: Hearing, count: int) -> list[Event]:
    """Take so many events, and not one more."""
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            found += await hearing.take()
    assert len(found) == count
    assert all(one.number < other.number for one, other in pairwise(found))
    return found


async def is_silent(hearing: Hearing) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await hearing.take()
            return False
    return True


class TestHearing:
    async def test_is_of_what_concerns_the_user_as_it_was_recorded(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        room = uuid4()
        with feed.hearing(ada.id, ada.hash, 9) as hers, feed.hearing(ben.id, ben.hash, 9) as his:
            await desk.tell(ada, change=RoomMuted(room_id=room))
            await desk.tell(ben)
            [event] = await taken(hers, 1)
            row = await desk.connection.fetchrow("SELECT * FROM event ORDER BY number LIMIT 1")
            assert (event.number, event.type, event.recorded_at) == (row["number"], "RoomMuted", row["created_at"])
            assert event.body == f'{{"room_id": "{room}"}}'
            await taken(his, 1)
            assert await is_silent(hers)

    async def test_is_the_same_for_all_who_are_concerned_and_listen(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        with (
            feed.hearing(ada.id, ada.hash, 9) as one,
            feed.hearing(ada.id, ada.hash, 9) as other,
            feed.hearing(ben.id, ben.hash, 9) as his,
        ):
            for _ in range(3):
                await desk.tell(ada, ben)
            heard = [await taken(hearing, 3) for hearing in (one, other, his)]
            assert heard[0] == heard[1] == heard[2]
            assert heard[0][0] is heard[2][0], "each has a copy of its own"

    async def test_begins_with_what_comes_next(self, own: Settings, desk: Desk, ada: User) -> None:
        await desk.tell_often(3, ada)
        async with ListeningFeed(own).listening() as feed:
            await feed.ready()
            with feed.hearing(ada.id, ada.hash, 9) as hearing:
                await desk.tell(ada)
                [event] = await taken(hearing, 1)
                assert event.number == await desk.head()

    async def test_is_of_nothing_that_was_taken_back(self, feed: ListeningFeed, desk: Desk, ada: User) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            with contextlib.suppress(ZeroDivisionError):
                async with desk.connection.transaction():
                    await events.record(
                        Transaction(desk.connection), Told(events.users(ada.id), RoomMuted(room_id=uuid4()))
                    )
                    _ = 1 / 0
            await desk.tell(ada)
            [event] = await taken(hearing, 1)
            assert event.number == await desk.head()

    async def test_gives_thousands_in_their_order_some_at_a_time(
        self, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell_often(3000, ada)
            await until(lambda: feed.figures["heard"] == 3000)
            first = await hearing.take()
            assert 0 < len(first) < 100
            await taken(hearing, 3000 - len(first))

    async def test_that_nobody_rings_for_is_seen_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_BELL_SECONDS", 0.05)
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            await taken(hearing, 1)
            await desk.connection.execute(
                "INSERT INTO event (type, audience, body) VALUES ('RoomMuted', $1, '{}')", [ada.id]
            )
            await taken(hearing, 1)


class TestPlace:
    async def test_is_known_only_when_all_was_taken_and_dealt_with(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        await desk.tell(ben)
        await until(lambda: feed.figures["heard"])
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            assert hearing.place() == 0, "nothing was ever taken"
            taking = asyncio.create_task(_first(hearing))
            await asyncio.sleep(0)
            assert hearing.place() == feed.heard
            await desk.tell(ben)
            await until(lambda: feed.figures["heard"] == 2)
            assert hearing.place() == await desk.head(), "what concerns others moves it on"
            await desk.tell(ada)
            event = await taking
            assert hearing.place() == 0, "one was taken, and may not be dealt with"
            await desk.tell(ada)
            await until(lambda: feed.figures["heard"] == 4)
            assert hearing.place() == 0, "another waits"
            await hearing.take()
            taking = asyncio.create_task(_first(hearing))
            await asyncio.sleep(0)
            hearing.put(event)
            assert hearing.place() == 0, "who waits for it does not know yet that it is there"
            await taking


async def _first(hearing: Hearing) -> Event:
    return (await hearing.take())[0]


class TestTooMany:
    async def test_of_one_user_are_refused_until_one_is_over(self, feed: ListeningFeed, ada: User, ben: User) -> None:
        with contextlib.ExitStack() as stack:
            first = feed.hearing(ada.id, ada.hash, 2)
            first.__enter__()
            stack.enter_context(feed.hearing(ada.id, ada.hash, 2))
            with pytest.raises(TooManyHearings), feed.hearing(ada.id, ada.hash, 2):
                pass
            stack.enter_context(feed.hearing(ben.id, ben.hash, 2))
            assert sum(map(len, feed._hearings.values())) == 3  # noqa: SLF001
            first.__exit__(None, None, None)
            stack.enter_context(feed.hearing(ada.id, ada.hash, 2))

    async def test_leave_nothing_behind(self, feed: ListeningFeed, desk: Desk, ada: User, ben: User) -> None:
        """Neither those that were refused, nor those that ended in whatever way."""
        with pytest.raises(TooManyHearings), feed.hearing(ada.id, ada.hash, 0):
            pass
        with feed.hearing(ada.id, ada.hash, 1), feed.hearing(ben.id, ben.hash, 1):
            with pytest.raises(TooManyHearings), feed.hearing(ada.id, ada.hash, 1):
                pass
            await desk.revoke(ada)
        with feed.hearing(ada.id, ada.hash, 1) as hearing:
            taking = asyncio.create_task(_first(hearing))
            await asyncio.sleep(0)
            taking.cancel()
        assert feed._hearings == {}  # noqa: SLF001 - what nobody sees is what would grow


class TestFellBehind:
    async def test_is_whoever_takes_nothing_while_others_hear_all(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        ends: list[Over | None] = []
        with feed.hearing(ada.id, ada.hash, 9) as slow, feed.hearing(ben.id, ben.hash, 9) as quick:
            slow.when_over(lambda: ends.append(slow.over))
            taking = asyncio.create_task(taken(quick, MOST + 2))
            await desk.tell_often(MOST, ada, ben)
            await until(lambda: feed.figures["heard"] == MOST)
            assert (slow.over, slow.place()) == (None, 0)
            await desk.tell(ada, ben)
            await until(lambda: slow.over)
            assert ends == [Over.FELL_BEHIND]
            await desk.tell(ada, ben)
            assert len(await taking) == MOST + 2
            assert await is_silent(slow), "what it had not taken is let go"
            assert quick.over is None
        assert ends == [Over.FELL_BEHIND]
        assert feed.figures["fell behind"] == 1


class TestTokens:
    async def test_that_are_revoked_end_what_was_opened_by_them(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        transaction = Transaction(desk.connection)
        other = (await tokens.create(transaction, ada.id, lifetime_seconds=60)).token
        with (
            feed.hearing(ada.id, ada.hash, 9) as gone,
            feed.hearing(ada.id, hashed(other), 9) as staying,
            feed.hearing(ben.id, ben.hash, 9) as his,
        ):
            async with desk.connection.transaction():
                await tokens.revoke(transaction, ada.token)
            await desk.tell(ada, ben)
            [event] = await taken(staying, 1)
            assert event.type == "RoomMuted", "nobody is told of tokens"
            assert [each.over for each in (gone, staying, his)] == [Over.TOKEN_GONE, None, None]
            assert await is_silent(gone)
        assert feed.figures["token gone"] == 1

    async def test_that_were_revoked_while_nobody_heard_of_it_end_it_later(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User, ben: User
    ) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as gone, feed.hearing(ben.id, ben.hash, 9) as staying:
            async with shut():
                await desk.revoke(ada)
            await until(lambda: gone.over)
            assert (gone.over, staying.over) == (Over.TOKEN_GONE, None)

    async def test_whose_time_is_over_are_found_though_nobody_tells(
        self, monkeypatch: pytest.MonkeyPatch, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_JUDGE_SECONDS", 0.05)
        short = await desk.user(seconds=1)
        with feed.hearing(short.id, short.hash, 9) as gone, feed.hearing(ada.id, ada.hash, 9) as staying:
            await feed.probe()
            assert gone.over is None
            await desk.connection.execute("UPDATE user_token SET expires_at = now() WHERE user_id = $1", short.id)
            await asyncio.sleep(0.06)
            await feed.probe()
            await feed.probe()
            assert (gone.over, staying.over) == (Over.TOKEN_GONE, None)


class TestWhenOver:
    async def test_is_called_at_once_for_what_is_over_already(self, feed: ListeningFeed, desk: Desk, ada: User) -> None:
        calls: list[int] = []
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.revoke(ada)
            await until(lambda: hearing.over)
            hearing.when_over(lambda: calls.append(1))
            assert calls == [1]


class TestCut:
    async def test_it_hears_what_it_missed_once_and_in_order(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            async with shut():
                await until(lambda: feed._fault)  # noqa: SLF001
                await desk.tell_often(1000, ada)
            await desk.tell(ada)
            await taken(hearing, 1002)
            assert (hearing.over, await is_silent(hearing)) == (None, True)

    async def test_again_and_again_in_the_midst_of_it_nothing_is_lost_or_told_twice(
        self,
        feed: ListeningFeed,
        desk: Desk,
        ada: User,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(adapter, "_LONGEST_PAUSE", 0.01)
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            for _ in range(10):
                await desk.feed_is_there()
                await desk.tell_often(1000, ada)
                await desk.cut()
            await taken(hearing, 10_000)
            assert await is_silent(hearing)
        assert caplog.text == "", "to be cut is no fault of ours"

    async def test_leaves_no_session_behind(self, own: Settings, desk: Desk) -> None:
        async with ListeningFeed(own).listening() as feed:
            await feed.ready()
            await desk.cut()
            await until(lambda: feed._fault)  # noqa: SLF001
            await until(lambda: feed._fault is None)  # noqa: SLF001
            await feed.probe()
            assert len(await desk.sessions()) == 1
        assert await desk.sessions() == []

    async def test_by_a_postgres_that_hangs_it_begins_anew(
        self, monkeypatch: pytest.MonkeyPatch, own: Settings, desk: Desk, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_ANSWER_SECONDS", 0.3)
        monkeypatch.setattr(adapter, "_CLOSE_SECONDS", 0.1)
        monkeypatch.setattr(adapter, "_BELL_SECONDS", 0.1)
        async with ListeningFeed(own).listening() as feed:
            await feed.ready()
            with feed.hearing(ada.id, ada.hash, 9) as hearing:
                await feed.probe()
                [pid] = await desk.sessions()
                os.kill(pid, signal.SIGSTOP)
                try:
                    await desk.tell_often(300, ada)
                    await taken(hearing, 300)
                finally:
                    os.kill(pid, signal.SIGCONT)
                await desk.tell(ada)
                await taken(hearing, 1)
                assert await is_silent(hearing)


class TestLostPlace:
    async def test_by_a_database_that_is_an_older_copy(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        await desk.tell_often(5, ada)
        await until(lambda: feed.figures["heard"] == 5)
        place = feed.heard
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            async with shut():
                await desk.connection.execute("DELETE FROM event WHERE number > $1", place - 3)
                await desk.connection.execute(f"ALTER TABLE event ALTER number RESTART WITH {place - 2}")
            await until(lambda: hearing.over)
            assert hearing.over is Over.LOST_PLACE
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            [event] = await taken(hearing, 1)
            assert event.number == place - 2
        await desk.connection.execute(f"ALTER TABLE event ALTER number RESTART WITH {place + 1000}")
        assert feed.figures["lost place"] == 1

    async def test_by_what_was_pruned_meanwhile_of_which_nothing_later_is_told(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        """Who is told of a later number would begin again behind that."""
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            await taken(hearing, 1)
            taking = asyncio.create_task(_first(hearing))
            async with shut():
                await desk.tell_often(300, ada)
                await desk.connection.execute("DELETE FROM event WHERE number < $1", await desk.head() - 250)
            await until(lambda: hearing.over)
            assert hearing.over is Over.LOST_PLACE
            assert not taking.done(), "an event behind what is not there any more was told"
            taking.cancel()

    async def test_by_what_was_pruned_while_nothing_was_looked_at_though_the_connection_stood(
        self, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        """As on a machine that was suspended."""
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            await taken(hearing, 1)
            async with desk.connection.transaction():  # of which the feed sees all or nothing
                await desk.connection.execute(
                    "INSERT INTO event (type, audience, body) SELECT 'RoomMuted', $2, '{}' FROM generate_series(1, $1)",
                    300,
                    [ada.id],
                )
                await desk.connection.execute("DELETE FROM event WHERE number < $1", await desk.head() - 250)
                await desk.connection.execute(f"SELECT pg_notify('{events.CHANNEL}', '')")
            await until(lambda: hearing.over)
            assert hearing.over is Over.LOST_PLACE

    async def test_not_by_what_was_pruned_before_it(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell_often(5, ada)
            await taken(hearing, 5)
            place = feed.heard
            async with shut():
                await desk.tell_often(5, ada)
                await desk.connection.execute("DELETE FROM event WHERE number <= $1", place)
            await taken(hearing, 5)
            assert hearing.over is None

    async def test_not_by_a_table_in_which_nothing_is_new(self, feed: ListeningFeed, desk: Desk, ada: User) -> None:
        with feed.hearing(ada.id, ada.hash, 9) as hearing:
            await desk.tell(ada)
            await taken(hearing, 1)
            await desk.connection.execute("DELETE FROM event WHERE number < $1", feed.heard)
            await desk.cut()
            await until(lambda: feed._fault)  # noqa: SLF001
            await feed.ready()
            await desk.tell(ada)
            await taken(hearing, 1)
            assert hearing.over is None


class TestReady:
    async def test_is_refused_while_the_database_is_away_at_the_start(
        self, monkeypatch: pytest.MonkeyPatch, own: Settings, desk: Desk, shut: Shut, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_READY_SECONDS", 0.3)
        async with contextlib.AsyncExitStack() as stack:
            async with shut():
                feed = await stack.enter_async_context(ListeningFeed(own).listening())
                with pytest.raises(FeedFailed) as failed:
                    await feed.ready()
                assert isinstance(failed.value.__cause__, asyncpg.ObjectNotInPrerequisiteStateError)
            monkeypatch.setattr(adapter, "_READY_SECONDS", PATIENCE)
            await feed.ready()
            with feed.hearing(ada.id, ada.hash, 9) as hearing:
                await desk.tell(ada)
                await taken(hearing, 1)


class TestProbe:
    async def test_says_whether_it_hears(self, feed: ListeningFeed, shut: Shut) -> None:
        await feed.probe()
        async with shut():
            await until(lambda: feed._fault)  # noqa: SLF001
            with pytest.raises(FeedFailed):
                await feed.probe()
        await until(lambda: feed._fault is None)  # noqa: SLF001
        await feed.probe()

    async def test_takes_long_with_a_postgres_that_hangs(self, feed: ListeningFeed, desk: Desk) -> None:
        await feed.probe()
        [pid] = await desk.sessions()
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(feed.probe(), 0.3)
        finally:
            os.kill(pid, signal.SIGCONT)
        await asyncio.wait_for(feed.probe(), PATIENCE)

    async def test_by_several_at_once_is_answered_to_all(self, feed: ListeningFeed) -> None:
        await asyncio.wait_for(asyncio.gather(*(feed.probe() for _ in range(20))), PATIENCE)
