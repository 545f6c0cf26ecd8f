"""Postgres is away while people are in meetings: whoever's socket stays open stays, and no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import asyncpg
import httpx
import pytest
from attendance import assert_told, is_left
from clusters import Cluster
from crowds import asking, crowd, met, shown
from listeners import going_on, until
from people import Person, Room
from processes import Server
from seats import Attentive, all_join, attending, of

pytestmark = pytest.mark.long
_PAUSE_SECONDS = 0.01
#: After which a process that is silent is taken for dead.
_GONE_AFTER_SECONDS = 30
_ROUND_SECONDS = 10


@dataclass(frozen=True)
class House:
    """Thirty in a meeting, and its owner."""

    cluster: Cluster
    server: Server
    owner: Person
    meeting: Room
    seats: list[Attentive]

    async def present(self) -> set[str]:
        return {each["userId"] for each in (await shown(self.meeting, self.owner))["participants"]}

    async def is_well(self) -> bool:
        return (await asyncio.to_thread(self.server.get, "/health/ready")).status_code == 204

    async def told(self) -> None:
        """See, when all sockets are closed, that nobody is left, and that all is as it was told."""
        for seat in self.seats:
            await seat.close()
        desk = await asyncpg.connect(self.cluster.url)
        await until(lambda: is_left(desk))
        await assert_told(desk)
        await desk.close()
        assert "Traceback" not in self.server.log
        assert "deadlock" not in self.server.log


@pytest.fixture
async def house(cluster: Cluster, two_workers: Server) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(asking(two_workers))
        desk = await asyncpg.connect(cluster.url)
        ada, *others = await crowd(desk, 31, client)
        await desk.close()
        meeting = await met(await ada.created("temporary", *others, name="Ones"), ada)
        seats = await stack.enter_async_context(attending(two_workers, *others))
        yield House(cluster, two_workers, ada, meeting, seats)


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(1, id="for a moment"),
        pytest.param(_GONE_AFTER_SECONDS + 10, id="for longer than a process that is alive is silent"),
    ],
)
async def test_a_postgres_that_is_away_puts_out_nobody_but_those_who_went(house: House, seconds: int) -> None:
    await all_join(house.meeting, *house.seats)
    gone, staying = house.seats[:10], house.seats[10:]
    house.cluster.kill()
    for number, seat in enumerate(gone):
        await (seat.close, seat.lose)[number % 2]()
    await asyncio.sleep(seconds)
    house.cluster.start()
    await until(house.is_well)
    expected = {seat.whose.id for seat in staying}
    await until(lambda: _is(house, expected))
    for _ in range(_GONE_AFTER_SECONDS + 2 * _ROUND_SECONDS):
        await asyncio.sleep(1)
        assert await house.present() == expected
    await house.told()


async def _is(house: House, expected: set[str]) -> bool:
    return await house.present() == expected


@dataclass
class Restless:
    """Somebody who joins and leaves again and again."""

    seat: Attentive
    meeting: Room
    answered: Counter[int | str] = field(default_factory=Counter)

    async def run(self) -> None:
        chance = Random(self.seat.queue_id)  # noqa: S311 - any will do
        while True:
            try:
                answer = await chance.choice((self.seat.join, self.seat.leave))(self.meeting)
                self.answered[answer.status_code] += 1
            except httpx.TransportError as error:
                self.answered[type(error).__name__] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def go_on(self) -> None:
        enough = self.answered[204] + 5
        await until(lambda: self.answered[204] >= enough)


async def test_a_postgres_that_is_killed_under_joins_and_leaves_keeps_to_what_was_told(house: House) -> None:
    restless = [Restless(seat, house.meeting) for seat in house.seats]
    async with going_on(each.run() for each in restless):
        for _ in range(3):
            await asyncio.gather(*(each.go_on() for each in restless))
            house.cluster.kill()
            await asyncio.sleep(1)
            house.cluster.start()
            await until(house.is_well)
        await asyncio.gather(*(each.go_on() for each in restless))
    answered = sum((each.answered for each in restless), start=Counter[int | str]())
    assert answered.keys() <= {200, 204, 409, 500, 503}, answered
    assert (await house.owner("POST", f"{of(house.meeting)}/stop")).status_code == 200
    await all_join(house.meeting, *house.seats)
    await house.told()
