"""Very many join, leave, make and end the same meeting at once, on a server of two workers."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from random import Random

import asyncpg
import httpx
import pytest
from attendance import assert_told, is_left
from crowds import asking, asking_only, by_way_of, crowd, gathered, met, shown
from databases import Postgres
from listeners import until
from processes import RunServer, Server, settings_of
from seats import Seat, all_join, of, seated, watching
from sockets import accepted_by
from turmoil import ANSWERS, Turmoil


@pytest.fixture(scope="module")
def server(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    """One of two workers, both of which answer, on a database of its own."""
    with postgres.database(template) as url, run_server(**settings_of(url), ENFILADE_WORKERS="2") as server:
        for worker in server.workers:
            with accepted_by(worker, server.workers):
                server.ready()
        yield server


@pytest.fixture(scope="module")
async def desk(server: Server) -> AsyncIterator[asyncpg.Connection]:
    """A connection to its database, in which all is as it was told in the end."""
    desk = await asyncpg.connect(server.environment["ENFILADE_DATABASE_URL"])
    yield desk
    await until(lambda: is_left(desk))
    await assert_told(desk)
    await desk.close()
    assert "Traceback" not in server.log
    assert "deadlock" not in server.log


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(server) as client:
        yield client


@pytest.mark.long
async def test_two_hundred_join_and_are_lost(
    server: Server, desk: asyncpg.Connection, client: httpx.AsyncClient
) -> None:
    ada, *others = await crowd(desk, 201, client)
    room = await ada.created("temporary", *others, name="Everybody")
    meeting = await met(room, ada)
    with seated(server, *others) as seats:
        async with watching(server, ada) as watcher:
            await all_join(meeting, *seats)
            started, *joined = await watcher.heard(201)
            there = await shown(meeting, ada)
            assert (started["type"], started["startedAt"]) == ("MEETING_STARTED", there["startedAt"])
            assert {frame["type"] for frame in joined} == {"MEETING_PARTICIPANT_JOINED"}
            came = [frame["userId"] for frame in joined]
            assert (came[0], sorted(came)) == (started["starterUser"], sorted(each.id for each in others))
            sockets = {seat.whose.id: seat.queue_id for seat in seats}
            assert [(each["userId"], each["queueId"]) for each in there["participants"]] == [
                (id, sockets[id]) for id in came
            ]
            for number, seat in enumerate(seats):
                (seat.close, seat.lose)[number % 2]()
            *left, stopped = await watcher.heard(201)
            assert {frame["type"] for frame in left} == {"MEETING_PARTICIPANT_LEFT"}
            assert sorted(frame["userId"] for frame in left) == sorted(came)
            assert stopped == {"type": "MEETING_STOPPED", "meetingId": meeting["id"]}
            await watcher.assert_alive()


async def test_fifty_make_one_meeting(server: Server, desk: asyncpg.Connection, client: httpx.AsyncClient) -> None:
    ada, *others = await crowd(desk, 50, client)
    room = await ada.created("temporary", *others, name="Ones")
    async with watching(server, ada) as watcher:
        body = {"roomId": room["id"], "meetingType": "permanent"}
        answers = await asyncio.gather(*(each("POST", "/meetings", json=body) for each in (ada, *others)))
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 49}
        [made] = [answer.json() for answer in answers if answer.status_code == 200]
        [created] = await watcher.heard(1)
        assert created == {"type": "MEETING_CREATED", "meetingId": made["id"], "roomId": room["id"]}
        await watcher.assert_alive()
    assert (await ada("GET", f"/rooms/{room['id']}")).json()["meetingId"] == made["id"]


async def test_twenty_sockets_of_one_user_are_one_presence(
    server: Server, desk: asyncpg.Connection, client: httpx.AsyncClient
) -> None:
    ada, ben, cleo = await crowd(desk, 3, client)
    meeting = await met(await ada.created("temporary", ben, cleo, name="Ones"), ada)
    async with contextlib.AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(watching(server, ada)) for _ in range(20)]
        watcher = await stack.enter_async_context(watching(server, ben))
        seats = [Seat(ada, session.queue_id) for session in sessions]
        await all_join(meeting, *seats)
        types = ["MEETING_STARTED", "MEETING_PARTICIPANT_JOINED"]
        types += ["MEETING_PARTICIPANT_LEFT", "MEETING_PARTICIPANT_JOINED"] * 19
        assert [frame["type"] for frame in await watcher.heard(40)] == types
        [one] = (await shown(meeting, ben))["participants"]
        clashes = {}
        for session in sessions:
            heard = await session.heard(40 if session.queue_id == one["queueId"] else 41)
            clashes[session.queue_id] = [frame for frame in heard if frame["type"] == "MEETING_PARTICIPANT_CLASHED"]
        told = {"type": "MEETING_PARTICIPANT_CLASHED", "meetingId": meeting["id"]}
        assert clashes == {seat.queue_id: [told] * (seat.queue_id != one["queueId"]) for seat in seats}
        for session in (*sessions, watcher):
            await session.assert_alive()


async def test_by_a_socket_of_one_worker_they_join_and_leave_by_way_of_the_other(
    server: Server, desk: asyncpg.Connection
) -> None:
    one, other = sorted(server.workers)
    async with (
        gathered(server, desk, 2) as gathering,
        asking_only(other, server) as his,
        asking_only(one, server) as hers,
    ):
        with seated(server, *gathering.others) as seats:
            crossed = [by_way_of(his, seats[0]), by_way_of(hers, seats[1])]
            await gathering.hears_join(*crossed)
            for seat in crossed:
                assert (await seat.leave(gathering.meeting)).status_code == 204
            await gathering.hears_that_left(*gathering.others)


async def test_whatever_is_done_at_once_leaves_nobody_behind(
    server: Server, desk: asyncpg.Connection, client: httpx.AsyncClient
) -> None:
    ada, *others = await crowd(desk, 31, client)
    room = await ada.created("temporary", *others, name="Ones")
    turmoil = Turmoil(ada, others, room, await met(room, ada), desk)
    with seated(server, *others * 2) as seats:
        doings = [turmoil.come_and_go([seats[n], seats[n + 30]], Random(n)) for n in range(30)]  # noqa: S311
        doings += [turmoil.start_and_stop(), turmoil.delete_and_make()]
        await asyncio.gather(*doings, turmoil.put_out_and_add(Random(32)), turmoil.remove_users())  # noqa: S311
        others = {each for each in turmoil.answered if each[1] not in ANSWERS[each[0]]}
        assert not others, turmoil.answered
        assert turmoil.answered.keys() >= {("join", 200), ("leave", 204)}
        joining = [seat.join(turmoil.meeting) for seat in seats]
        deleting = ada("DELETE", f"/rooms/{room['id']}")
        *joined, deleted = await asyncio.gather(*joining, deleting)
        assert deleted.status_code == 204
        assert {answer.status_code for answer in joined} <= ANSWERS["join"]
        assert (await ada("GET", of(turmoil.meeting))).status_code == 404
