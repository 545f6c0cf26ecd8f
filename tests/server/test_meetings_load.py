"""Hundreds of sockets come and go while many meetings run: nothing of them stays, in the database or in memory."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from attendance import assert_told, is_left
from crowds import asking, crowd, met
from databases import Postgres
from listeners import until
from people import Person, Room
from processes import RunServer, Server, settings_of
from seats import all_join, seated
from sockets import accepted_by

pytestmark = pytest.mark.long
MEETINGS, EACH, ROUNDS = 20, 15, 10
_MEBIBYTE = 1024 * 1024
_PAGE = 4096


@pytest.fixture
def server(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    with postgres.database(template) as url, run_server(**settings_of(url), ENFILADE_WORKERS="2") as server:
        for worker in server.workers:
            with accepted_by(worker, server.workers):
                server.ready()
        yield server


def _memory(server: Server) -> int:
    """Return what its workers have of the machine's memory."""
    return sum(int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * _PAGE for worker in server.workers)


async def _come_and_go(server: Server, rooms: list[tuple[Room, list[Person]]]) -> None:
    """Let everybody join, all at once, and lose his socket."""
    with seated(server, *itertools.chain.from_iterable(people for _, people in rooms)) as seats:
        joining = zip((meeting for meeting, people in rooms for _ in people), seats, strict=True)
        await asyncio.gather(*(all_join(meeting, seat) for meeting, seat in joining))
        for number, seat in enumerate(seats):
            (seat.close, seat.lose)[number % 2]()


async def _rooms(desk: asyncpg.Connection, client: httpx.AsyncClient) -> list[tuple[Room, list[Person]]]:
    rooms = []
    for _ in range(MEETINGS):
        owner, *others = people = await crowd(desk, EACH, client)
        rooms.append((await met(await owner.created("temporary", *others, name="Ones"), owner), people))
    return rooms


async def test_three_hundred_sockets_leave_nothing_behind(server: Server) -> None:
    desk = await asyncpg.connect(server.environment["ENFILADE_DATABASE_URL"])
    used = []
    async with asking(server) as client:
        rooms = await _rooms(desk, client)
        for _ in range(ROUNDS):
            await _come_and_go(server, rooms)
            await until(lambda: is_left(desk))
            used.append(_memory(server))
    story = await assert_told(desk)
    assert sum(course.joined for course in story.courses.values()) == ROUNDS * MEETINGS * EACH
    assert not [course for course in story.courses.values() if course.is_active]
    await desk.close()
    assert "Traceback" not in server.log
    # Pools, caches and what was not collected yet grow for some rounds; all that was of 1,500 sockets would be 90 MiB.
    assert used[-1] - used[ROUNDS // 2 - 1] < 24 * _MEBIBYTE, used
