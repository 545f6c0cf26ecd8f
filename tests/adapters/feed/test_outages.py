"""What is lost, late or over when the database goes away, hangs, or is not as it was."""

import asyncio
import contextlib
import os
import signal
from uuid import uuid4

import asyncpg
import pytest
from feeds import Desk, Shut, User, first_taken, is_silent, taken, until
from processes import PATIENCE

from app.adapters import feed as adapter
from app.adapters.feed import ListeningFeed
from app.domain import events
from app.domain.errors import FeedFailed
from app.domain.hearings import Over
from app.settings import Settings


class TestCut:
    async def test_it_hears_what_it_missed_once_and_in_order(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
        monkeypatch.setattr(adapter, "_FIRST_PAUSE", 0.01)
        monkeypatch.setattr(adapter, "_LONGEST_PAUSE", 0.01)
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
            with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            async with shut():
                await desk.connection.execute("DELETE FROM event WHERE number > $1", place - 3)
                await desk.connection.execute(f"ALTER TABLE event ALTER number RESTART WITH {place - 2}")
            await until(lambda: hearing.over)
            assert hearing.over is Over.LOST_PLACE
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            await desk.tell(ada)
            [event] = await taken(hearing, 1)
            assert event.number == place - 2
        await desk.connection.execute(f"ALTER TABLE event ALTER number RESTART WITH {place + 1000}")
        assert feed.figures["lost place"] == 1

    async def test_by_what_was_pruned_meanwhile_of_which_nothing_later_is_told(
        self, feed: ListeningFeed, desk: Desk, shut: Shut, ada: User
    ) -> None:
        """Who is told of a later number would begin again behind that."""
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            await desk.tell(ada)
            await taken(hearing, 1)
            taking = asyncio.create_task(first_taken(hearing))
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            await desk.tell_often(5, ada)
            await taken(hearing, 5)
            place = feed.heard
            async with shut():
                await desk.tell_often(5, ada)
                await desk.connection.execute("DELETE FROM event WHERE number <= $1", place)
            await taken(hearing, 5)
            assert hearing.over is None

    async def test_not_by_a_table_in_which_nothing_is_new(self, feed: ListeningFeed, desk: Desk, ada: User) -> None:
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
            with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
                await desk.tell(ada)
                await taken(hearing, 1)

    async def test_is_refused_while_nothing_is_heard_any_more_and_then_no_longer(
        self, monkeypatch: pytest.MonkeyPatch, feed: ListeningFeed, shut: Shut
    ) -> None:
        await feed.ready()
        async with shut():
            await until(lambda: feed._fault)  # noqa: SLF001
            monkeypatch.setattr(adapter, "_READY_SECONDS", 0.3)
            with pytest.raises(FeedFailed):
                await feed.ready()
        monkeypatch.setattr(adapter, "_READY_SECONDS", PATIENCE)
        await feed.ready()


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
