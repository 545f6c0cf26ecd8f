"""A server that ends with many open websockets, some of which nobody reads."""

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
    ("workers", "count"),
    [
        pytest.param("1", 20, id="one process"),
        pytest.param("1", 160, id="one process with hundreds", marks=pytest.mark.long),
        pytest.param("2", 160, id="two workers", marks=pytest.mark.long),
    ],
)
async def test_it_says_so_to_all_and_waits_for_nobody(
    begin: Begin, foreign: dict[str, str], workers: str, count: int
) -> None:
    server = begin(**foreign, ENFILADE_WORKERS=workers)
    url = foreign["ENFILADE_DATABASE_URL"]
    async with (
        person(url, server, "Ada") as ada,
        person(url, server, "Ben") as ben,
        contextlib.AsyncExitStack() as all_,
    ):
        sessions = await asyncio.gather(
            *(all_.enter_async_context(opened(server.url, "/events", cookie(ben.token))) for _ in range(count // 5))
        )
        full = [joined(Peer(server.url), ada) for _ in range(count // 16 + 3)]
        deaf = [joined(Peer(server.url), ben) for _ in range(count)]
        desk = await asyncpg.connect(url)
        await tell(desk, 6_000, ada, size=1_500)
        await tell(desk, 1, ben)
        await desk.close()
        for session in sessions:
            await session.next()
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert [await session.closed() for session in sessions] == [GOING_AWAY] * len(sessions)
        assert time.monotonic() - began < 3
        assert await asyncio.to_thread(server.process.wait, PATIENCE) == 0
        assert time.monotonic() - began < 8
        assert [peer.closed() for peer in deaf] == [GOING_AWAY] * count
        for peer in full + deaf:
            peer.close()
    assert "Traceback" not in server.log
    assert eventually(lambda: server.left() == {})
