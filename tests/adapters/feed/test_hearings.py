"""Who hears what of a feed, and when that is over."""

import asyncio
import contextlib
from uuid import uuid4

import pytest
from feeds import Desk, Shut, User, first_taken, is_silent, taken, until

from app.adapters import feed as adapter
from app.adapters.feed import ListeningFeed
from app.domain import events, tokens
from app.domain.changes import RoomMuted
from app.domain.database import Transaction
from app.domain.errors import TooManyHearings
from app.domain.events import Told
from app.domain.hearings import Over
from app.domain.secrets import hashed
from app.settings import Settings

MOST = 16_384


class TestHearing:
    async def test_is_of_what_concerns_the_user_as_it_was_recorded(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        room = uuid4()
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hers, feed.hearing(ben.id, uuid4(), ben.hash, 9) as his:
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
            feed.hearing(ada.id, uuid4(), ada.hash, 9) as one,
            feed.hearing(ada.id, uuid4(), ada.hash, 9) as other,
            feed.hearing(ben.id, uuid4(), ben.hash, 9) as his,
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
            with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
                await desk.tell(ada)
                [event] = await taken(hearing, 1)
                assert event.number == await desk.head()

    async def test_is_of_nothing_that_was_taken_back(self, feed: ListeningFeed, desk: Desk, ada: User) -> None:
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            await desk.tell_often(3000, ada)
            await until(lambda: feed.figures["heard"] == 3000)
            first = await hearing.take()
            assert 0 < len(first) < 100
            await taken(hearing, 3000 - len(first))

    async def test_that_nobody_rings_for_is_seen_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_BELL_SECONDS", 0.05)
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            assert hearing.place() == 0, "nothing was ever taken"
            taking = asyncio.create_task(first_taken(hearing))
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
            taking = asyncio.create_task(first_taken(hearing))
            await asyncio.sleep(0)
            hearing.put(event)
            assert hearing.place() == 0, "who waits for it does not know yet that it is there"
            await taking


class TestTooMany:
    async def test_of_one_user_are_refused_until_one_is_over(self, feed: ListeningFeed, ada: User, ben: User) -> None:
        with contextlib.ExitStack() as stack:
            first = feed.hearing(ada.id, uuid4(), ada.hash, 2)
            first.__enter__()
            stack.enter_context(feed.hearing(ada.id, uuid4(), ada.hash, 2))
            with pytest.raises(TooManyHearings), feed.hearing(ada.id, uuid4(), ada.hash, 2):
                pass
            stack.enter_context(feed.hearing(ben.id, uuid4(), ben.hash, 2))
            assert sum(map(len, feed._hearings.values())) == 3  # noqa: SLF001
            first.__exit__(None, None, None)
            stack.enter_context(feed.hearing(ada.id, uuid4(), ada.hash, 2))

    async def test_leave_nothing_behind(self, feed: ListeningFeed, desk: Desk, ada: User, ben: User) -> None:
        """Neither those that were refused, nor those that ended in whatever way."""
        with pytest.raises(TooManyHearings), feed.hearing(ada.id, uuid4(), ada.hash, 0):
            pass
        with feed.hearing(ada.id, uuid4(), ada.hash, 1), feed.hearing(ben.id, uuid4(), ben.hash, 1):
            with pytest.raises(TooManyHearings), feed.hearing(ada.id, uuid4(), ada.hash, 1):
                pass
            await desk.revoke(ada)
        with feed.hearing(ada.id, uuid4(), ada.hash, 1) as hearing:
            taking = asyncio.create_task(first_taken(hearing))
            await asyncio.sleep(0)
            taking.cancel()
        assert feed._hearings == {}  # noqa: SLF001 - what nobody sees is what would grow


class TestFellBehind:
    async def test_is_whoever_takes_nothing_while_others_hear_all(
        self, feed: ListeningFeed, desk: Desk, ada: User, ben: User
    ) -> None:
        ends: list[Over | None] = []
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as slow, feed.hearing(ben.id, uuid4(), ben.hash, 9) as quick:
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
            feed.hearing(ada.id, uuid4(), ada.hash, 9) as gone,
            feed.hearing(ada.id, uuid4(), hashed(other), 9) as staying,
            feed.hearing(ben.id, uuid4(), ben.hash, 9) as his,
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as gone, feed.hearing(ben.id, uuid4(), ben.hash, 9) as staying:
            async with shut():
                await desk.revoke(ada)
            await until(lambda: gone.over)
            assert (gone.over, staying.over) == (Over.TOKEN_GONE, None)

    async def test_whose_time_is_over_are_found_though_nobody_tells(
        self, monkeypatch: pytest.MonkeyPatch, feed: ListeningFeed, desk: Desk, ada: User
    ) -> None:
        monkeypatch.setattr(adapter, "_JUDGE_SECONDS", 0.05)
        short = await desk.user(seconds=1)
        with (
            feed.hearing(short.id, uuid4(), short.hash, 9) as gone,
            feed.hearing(ada.id, uuid4(), ada.hash, 9) as staying,
        ):
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
        with feed.hearing(ada.id, uuid4(), ada.hash, 9) as hearing:
            await desk.revoke(ada)
            await until(lambda: hearing.over)
            hearing.when_over(lambda: calls.append(1))
            assert calls == [1]
