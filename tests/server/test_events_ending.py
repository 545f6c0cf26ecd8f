"""A server that ends with hundreds of open websockets, some of which nobody reads."""

import asyncio
import contextlib
import signal
import time

import asyncpg
import pytest
from listeners import joined, person, tell
from peers import Peer
from processes import PATIENCE, Begin, eventually
from sockets import cookie, opened

GOING_AWAY = 1001


@pytest.mark.parametrize(
    "workers", [pytest.param("1", id="one process"), pytest.param("2", id="two workers", marks=pytest.mark.long)]
)
async def test_it_says_so_to_all_and_waits_for_nobody(begin: Begin, foreign: dict[str, str], workers: str) -> None:
    server = begin(**foreign, ENFILADE_WORKERS=workers)
    url = foreign["ENFILADE_DATABASE_URL"]
    async with (
        person(url, server, "Ada") as ada,
        person(url, server, "Ben") as ben,
        contextlib.AsyncExitStack() as all_,
    ):
        sessions = await asyncio.gather(
            *(all_.enter_async_context(opened(server.url, "/events", cookie(ben.token))) for _ in range(30))
        )
        full = [joined(Peer(server.url), ada) for _ in range(10)]
        deaf = [joined(Peer(server.url), ben) for _ in range(160)]
        desk = await asyncpg.connect(url)
        await tell(desk, 6_000, ada, size=1_500)
        await tell(desk, 1, ben)
        await desk.close()
        for session in sessions:
            await session.next()
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert [await session.closed() for session in sessions] == [GOING_AWAY] * 30
        assert time.monotonic() - began < 3
        assert await asyncio.to_thread(server.process.wait, PATIENCE) == 0
        assert time.monotonic() - began < 8
        assert [peer.closed() for peer in deaf] == [GOING_AWAY] * 160
        for peer in full + deaf:
            peer.close()
    assert "Traceback" not in server.log
    assert eventually(lambda: server.left() == {})
