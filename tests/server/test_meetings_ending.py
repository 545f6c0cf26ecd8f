"""Whoever's socket is gone has left his meeting, however it went, and the others hear of it wherever they are."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from attendance import assert_told, is_left
from crowds import Gathering, asking, by_user, by_way_of, gathered
from listeners import until
from processes import PATIENCE, Begin, Server, settings_of
from seats import Deaf, all_join, are_noted, attending, seated

from app.domain import tokens
from app.domain.database import Transaction

GOING_AWAY = 1001


@pytest.fixture
def settings(server: Server) -> dict[str, str]:
    """What another server on the same database needs."""
    return settings_of(server.environment["ENFILADE_DATABASE_URL"])


@pytest.fixture(scope="module")
async def desk(server: Server) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database, in which all is as it was told in the end."""
    desk = await asyncpg.connect(server.environment["ENFILADE_DATABASE_URL"])
    yield desk
    await until(lambda: is_left(desk))
    await assert_told(desk)
    await desk.close()


@pytest.fixture
async def gathering(server: Server, desk: asyncpg.Connection) -> AsyncIterator[Gathering]:
    async with gathered(server, desk, 8) as gathering:
        yield gathering
    assert "Traceback" not in server.log


async def _is_revoked(gathering: Gathering, seat: Deaf) -> None:
    async with gathering.desk.transaction():
        await tokens.revoke(Transaction(gathering.desk), seat.whose.token)


async def _is_closed(gathering: Gathering, seat: Deaf) -> None:
    seat.close()


async def _is_lost(gathering: Gathering, seat: Deaf) -> None:
    seat.lose()


async def _says_no_more(gathering: Gathering, seat: Deaf) -> None:
    seat.peer.socket.shutdown(socket.SHUT_WR)


async def _says_nonsense(gathering: Gathering, seat: Deaf) -> None:
    seat.peer.say(b"\xff" * 8)


class TestSocket:
    @pytest.mark.parametrize("end", [_is_closed, _is_lost, _says_no_more, _says_nonsense, _is_revoked])
    async def test_that_ends_leaves(
        self, gathering: Gathering, end: Callable[[Gathering, Deaf], Awaitable[None]]
    ) -> None:
        with seated(gathering.server, *gathering.others[:4]) as seats:
            await gathering.hears_join(*seats[:3])
            await end(gathering, seats[0])
            assert await gathering.watcher.heard(1) == [gathering.of("LEFT", seats[0].whose)]
            for seat in seats[1:]:
                await end(gathering, seat)
            await gathering.hears_that_left(seats[1].whose, seats[2].whose)

    async def test_that_has_lost_its_place_takes_nobody_along(self, gathering: Gathering) -> None:
        ben, cleo = gathering.others[:2]
        with seated(gathering.server, ben, ben, cleo) as (first, second, hers):
            await gathering.hears_join(first, hers)
            await all_join(gathering.meeting, second)
            assert await gathering.watcher.heard(2) == [gathering.of("LEFT", ben), gathering.of("JOINED", ben)]
            first.lose()
            await until(lambda: are_noted(gathering.desk, first))
            assert await gathering.present() == [cleo.id, ben.id]
            assert (await first.join(gathering.meeting)).status_code == 400
        await gathering.hears_that_left(ben, cleo)


class TestServer:
    @pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
    async def test_that_ends_leaves_nobody_behind_by_whichever_they_came(
        self, gathering: Gathering, begin: Begin, settings: dict[str, str], workers: str
    ) -> None:
        another = begin(**settings, ENFILADE_WORKERS=workers)
        *there, here = gathering.others
        async with attending(another, *there) as seats, attending(gathering.server, here) as staying:
            async with asking(another) as client:
                await gathering.hears_join(by_way_of(client, staying[0]), *seats)
            another.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(another.process.wait, PATIENCE) == 0
            assert await are_noted(gathering.desk, *seats)
            assert await _processes(gathering.desk) == 1
            assert await gathering.present() == [here.id]
            heard = await gathering.watcher.heard(len(there))
            assert by_user(heard) == by_user([gathering.of("LEFT", one) for one in there])
            assert {seat.session.connection.close_code for seat in seats} == {GOING_AWAY}
        await gathering.hears_that_left(here)
        assert "Traceback" not in another.log

    @pytest.mark.long
    async def test_whose_workers_are_replaced_keeps_nobody_whose_socket_is_gone(
        self, gathering: Gathering, begin: Begin, settings: dict[str, str]
    ) -> None:
        another = begin(**settings, ENFILADE_WORKERS="2")
        before = another.workers
        with seated(another, *gathering.others) as seats:
            await gathering.hears_join(*seats)
            another.process.send_signal(signal.SIGUSR1)
            await until(lambda: len(another.workers) == 2 and not another.workers & before)
            await gathering.hears_that_left(*gathering.others)
        with seated(another, *gathering.others) as seats:
            await gathering.hears_join(*seats)
        await gathering.hears_that_left(*gathering.others)
        assert await _processes(gathering.desk) == 3

    @pytest.mark.long
    @pytest.mark.parametrize("workers", ["1", "2"])
    async def test_that_is_killed_is_missed_soon(
        self, gathering: Gathering, begin: Begin, settings: dict[str, str], workers: str
    ) -> None:
        another = begin(**settings, ENFILADE_WORKERS=workers)
        here, again, *there = gathering.others
        with seated(another, again, *there) as seats, seated(gathering.server, here, again) as staying:
            await gathering.hears_join(staying[0], *seats)
            for process in another.workers or {another.process.pid}:
                os.kill(process, signal.SIGKILL)
            began = time.monotonic()
            # Whoever comes back before is in by his new socket, which is not mistaken for the old one.
            await all_join(gathering.meeting, staying[1])
            heard = await gathering.watcher.heard(2)
            assert heard == [gathering.of("LEFT", again), gathering.of("JOINED", again)]
            left = await gathering.watcher.heard(len(there))
            assert time.monotonic() - began < 60
            assert by_user(left) == by_user([gathering.of("LEFT", one) for one in there])
            assert await gathering.present() == [here.id, again.id]
            assert await _processes(gathering.desk) == 1 + (workers == "2") * 2
        await gathering.hears_that_left(here, again)


async def _processes(desk: asyncpg.Connection) -> int:
    count: int = await desk.fetchval("SELECT count(*) FROM server_process")
    return count
