"""Sockets whose credential opens nothing any more are closed, and no others."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from people import Person, removed
from processes import Server
from sockets import Gather, Join, cookie, opened, somebody_waits_for_events
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.domain import tokens
from app.domain.database import Transaction

REVOKED = 1008


async def another(person: Person, desk: asyncpg.Connection, seconds: int = 3600) -> str:
    """Make another token of somebody's."""
    return (await tokens.create(Transaction(desk), UUID(person.id), lifetime_seconds=seconds)).token


async def ask(live: Server, *command: str) -> None:
    await asyncio.to_thread(live.enfilade, *command)


class TestRevoked:
    async def test_token_closes_what_it_opened_on_every_process(
        self, gather: Gather, live: Server, desk: asyncpg.Connection, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        async with opened(live.url, "/events", cookie(await another(ada, desk))) as other:
            await ask(live, "tokens", "revoke", ada.token)
            assert [await session.closed() for session in play.sessions["ada"]] == [REVOKED] * 2
            for session in (other, *play.sessions["ben"]):
                await session.assert_alive()

    async def test_tokens_of_a_user_close_everything_of_his(
        self, gather: Gather, live: Server, desk: asyncpg.Connection, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        async with opened(live.url, "/events", cookie(await another(ada, desk))) as other:
            await ask(live, "tokens", "revoke", "--user", ada.id)
            for session in (other, *play.sessions["ada"]):
                assert await session.closed() == REVOKED
            for session in play.sessions["ben"]:
                await session.assert_alive()

    async def test_token_of_somebody_else_closes_nothing(
        self, gather: Gather, desk: asyncpg.Connection, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        async with desk.transaction():
            await tokens.revoke(Transaction(desk), await another(ada, desk))
        async with desk.transaction():
            await tokens.revoke(Transaction(desk), ben.token)
        assert [await session.closed() for session in play.sessions["ben"]] == [REVOKED] * 2
        for session in play.sessions["ada"]:
            await session.assert_alive()

    async def test_token_lets_nothing_be_heard_that_comes_after_it(
        self, gather: Gather, desk: asyncpg.Connection, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        room = await ben.created("group", ada, ben, name="A")
        async with desk.transaction():
            await tokens.revoke(Transaction(desk), ada.token)
        await ben("PUT", f"/rooms/{room['id']}", json={"name": "B"})
        for session in play.sessions["ada"]:
            assert "ROOM_UPDATED" not in [frame["type"] for frame in await session.rest()]
        for session in play.sessions["ben"]:
            assert [frame["type"] for frame in await session.heard(2)] == ["ROOM_CREATED", "ROOM_UPDATED"]

    async def test_token_while_a_socket_is_opened_by_it_closes_that_too(
        self, join: Join, desk: asyncpg.Connection, ada: Person
    ) -> None:
        """Whether it is refused, or closed at once."""
        async with desk.transaction():
            await desk.execute("LOCK TABLE event")
            joining = asyncio.create_task(join(ada))
            await somebody_waits_for_events(desk)
            await tokens.revoke(Transaction(desk), ada.token)
        with pytest.raises((InvalidStatus, ConnectionClosed), match=f"HTTP 401|received {REVOKED}"):
            await (await joining).next()


class TestRemoved:
    async def test_user_is_cut_off(
        self, gather: Gather, desk: asyncpg.Connection, live: Server, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        await ada.created("one_to_one", ben)
        await ask(live, "users", "remove", ada.id)
        assert [await session.closed() for session in play.sessions["ada"]] == [REVOKED] * 2
        for session in play.sessions["ben"]:
            assert [frame["type"] for frame in await session.heard(2)] == ["ROOM_CREATED", "ROOM_DELETED"]
            await session.assert_alive()

    async def test_user_who_was_in_no_room_is_cut_off(
        self, gather: Gather, desk: asyncpg.Connection, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        await removed(ada, desk)
        assert [await session.closed() for session in play.sessions["ada"]] == [REVOKED] * 2
        for session in play.sessions["ben"]:
            await session.assert_alive()


class TestExpired:
    @pytest.mark.long  # they are looked up every half a minute
    async def test_token_closes_what_it_opened(
        self, join: Join, live: Server, desk: asyncpg.Connection, ada: Person
    ) -> None:
        staying = await join(ada)
        async with opened(live.url, "/events", cookie(await another(ada, desk, seconds=2))) as session:
            await session.assert_alive()
            assert await session.closed() == REVOKED
        await staying.assert_alive()
