"""`?after=N`: a socket is first told what it missed behind the event N, and then each frame has a `seq`."""

import asyncio
from itertools import cycle, pairwise
from uuid import UUID

import asyncpg
import pytest
from people import Person, Room
from sockets import (
    NEWER,
    PING,
    Frame,
    Gather,
    Join,
    Session,
    accepted_by,
    assert_just_now,
    read,
    said,
    somebody_waits_for_events,
)

from app.domain import room_settings, tokens
from app.domain.database import Transaction

MOST = 10_000


async def changed(person: Person, *names: str) -> Room:
    """Make a room of one, and give it these names."""
    room = await person.created("temporary", name="A")
    for name in names:
        assert (await person("PUT", f"/rooms/{room['id']}", json={"name": name})).status_code == 200
    return room


async def head(desk: asyncpg.Connection) -> int:
    number: int = await desk.fetchval("SELECT coalesce(max(number), 0) FROM event")
    return number


def numbered(frame: Frame) -> int:
    """Return the number of a frame, whose last member it is."""
    number = frame["seq"]
    assert (list(frame)[-1], type(number)) == ("seq", int), frame
    return int(number)


async def next_of(session: Session, *types: str) -> list[int]:
    """Judge of which types the next events are, and return their numbers."""
    frames = [await session.next() for _ in types]
    assert [said(frame)["type"] for frame in frames] == list(types)
    return [numbered(frame) for frame in frames]


async def assert_resynchronised(session: Session, number: int) -> None:
    """Judge that the socket is told to begin anew from this event, and hears what comes from then on."""
    frame = await session.next()
    assert_just_now(frame["sentDate"])
    expected = {"type": "resync", "sentDate": frame["sentDate"], "seq": number}
    assert list(frame.items()) == list(expected.items())


class TestHello:
    async def test_has_the_number_that_was_asked_for(self, join: Join, ada: Person) -> None:
        session = await join(ada, "?after=0")
        assert session.hello == f'{{"queueId":"{session.queue_id}","type":"websocketConnected","seq":0}}'

    async def test_of_newer_words_has_it_too(self, join: Join, ada: Person, desk: asyncpg.Connection) -> None:
        number = await head(desk)
        hello = read((await join(ada, f"?after={number}", subprotocols=[NEWER])).hello)
        assert list(hello) == ["queueId", "type", "sentDate", "seq"]
        assert (hello["type"], hello["seq"]) == ("WebsocketConnected", number)

    async def test_without_after_has_none(self, join: Join, ada: Person) -> None:
        session = await join(ada)
        assert "seq" not in session.hello
        room = await changed(ada)
        assert await session.heard(1) == [{"type": "ROOM_CREATED", "roomId": room["id"]}]
        await session.assert_alive()


class TestMissed:
    async def test_everything_since_the_beginning(self, join: Join, ada: Person) -> None:
        room = await changed(ada, "B")
        await ada("PUT", f"/rooms/{room['id']}/mute")
        session = await join(ada, "?after=0")
        numbers = await next_of(session, "ROOM_CREATED", "ROOM_UPDATED", "ROOM_MUTED")
        await ada("DELETE", f"/rooms/{room['id']}")
        numbers += await next_of(session, "ROOM_DELETED")
        assert numbers == sorted(set(numbers))

    async def test_has_the_same_words_as_it_had_then(self, join: Join, ada: Person) -> None:
        live = await join(ada)
        room = await changed(ada, "B")
        heard = [await live.next() for _ in range(2)]
        later = await join(ada, "?after=0")
        again = [await later.next() for _ in range(2)]
        assert [list(frame.items())[:-1] for frame in again] == [list(frame.items()) for frame in heard]
        assert again[0]["roomId"] == room["id"]
        newer = await join(ada, "?after=0", subprotocols=[NEWER])
        assert [(await newer.next())["type"] for _ in range(2)] == ["RoomCreated", "RoomUpdated"]

    async def test_only_what_is_behind_the_number(self, join: Join, ada: Person) -> None:
        session = await join(ada, "?after=0")
        await changed(ada, *"BCDE")
        numbers = [numbered(await session.next()) for _ in range(5)]
        for known, number in enumerate(numbers, start=1):
            again = await join(ada, f"?after={number}")
            assert [numbered(await again.next()) for _ in numbers[known:]] == numbers[known:]
            await again.say(PING)
            assert (await again.next())["type"] == "pong"

    async def test_only_what_concerns_somebody(self, join: Join, ada: Person, ben: Person, cleo: Person) -> None:
        await changed(ada, *"BCD")
        room = await ben.created("group", ada, ben, name="A")
        await ben("PUT", f"/rooms/{room['id']}/mute")
        await next_of(await join(ben, "?after=0"), "ROOM_CREATED", "ROOM_MUTED")
        nothing = await join(cleo, "?after=0")
        own = await changed(cleo)
        frame = await nothing.next()
        assert (said(frame)["roomId"], frame["type"]) == (own["id"], "ROOM_CREATED")

    async def test_what_concerned_somebody_then(self, join: Join, ada: Person, ben: Person, cleo: Person) -> None:
        """Who was a member is told of it, though he is none any more; who is one now was none then."""
        room = await ada.created("group", ada, ben, name="A")
        await ada("DELETE", f"/rooms/{room['id']}/members/{ben.id}")
        await ada("POST", f"/rooms/{room['id']}/members", json={"userId": cleo.id, "historyCleared": False})
        await next_of(await join(ben, "?after=0"), "ROOM_CREATED", "ROOM_MEMBER_REMOVED")
        await next_of(await join(cleo, "?after=0"), "ROOM_MEMBER_ADDED")


class TestPong:
    async def test_has_the_number_up_to_which_everything_was_sent(self, join: Join, ada: Person, ben: Person) -> None:
        session = await join(ada, "?after=0")
        await changed(ada, "B")
        last = (await next_of(session, "ROOM_CREATED", "ROOM_UPDATED"))[-1]
        await session.say(PING)
        pong = await session.next()
        assert (list(pong), pong["type"]) == (["type", "seq"], "pong")
        assert pong["seq"] >= last
        again = await join(ada, f"?after={pong['seq']}")
        room = await changed(ada)
        frame = await again.next()
        assert (frame["type"], frame["roomId"]) == ("ROOM_CREATED", room["id"])

    async def test_of_newer_words_has_it_behind_the_time(self, join: Join, ada: Person) -> None:
        session = await join(ada, "?after=0", subprotocols=[NEWER])
        await session.say(PING)
        assert list(await session.next()) == ["type", "sentDate", "seq"]


class TestReturning:
    async def test_misses_nothing_and_hears_nothing_twice(
        self, join: Join, workers: list[int], ada: Person, ben: Person
    ) -> None:
        """Lost again and again while changes run on, now on one process, now on the other."""
        names = [f"Name {n}" for n in range(150)]
        room = await ada.created("group", ada, ben, name="A")
        changing = asyncio.create_task(_rename(ada, room, names))
        heard: list[Frame] = []
        for worker, share in zip(cycle(workers), [7, 1, 13, 2, 25, 0, 40, 3, 60], strict=False):
            with accepted_by(worker, workers):
                session = await join(ben, f"?after={heard[-1]['seq'] if heard else 0}")
            heard += [await session.next() for _ in range(min(share, len(names) + 1 - len(heard)))]
            session.lose()
        await changing
        assert [frame.get("name") for frame in heard] == [None, *names]
        assert all(one["seq"] < other["seq"] for one, other in pairwise(heard))

    async def test_is_told_nothing_of_what_is_only_for_processes(
        self, join: Join, ada: Person, desk: asyncpg.Connection
    ) -> None:
        number = await head(desk)
        other = await tokens.create(Transaction(desk), UUID(ada.id), lifetime_seconds=60)
        async with desk.transaction():
            await tokens.revoke(Transaction(desk), other.token)
        session = await join(ada, f"?after={number}")
        place = number
        while place == number:  # until it was looked up
            await session.say(PING)
            pong = await session.next()
            assert pong["type"] == "pong"
            place = numbered(pong)

    async def test_hears_once_what_changes_while_it_is_looked_up_what_was_missed(
        self, join: Join, desk: asyncpg.Connection, ada: Person
    ) -> None:
        """Which is then among what was missed, and among what the process hears."""
        room = await changed(ada)
        number = await head(desk)
        async with desk.transaction():
            await desk.execute("LOCK TABLE event")
            joining = asyncio.create_task(join(ada, f"?after={number}"))
            await somebody_waits_for_events(desk)
            await room_settings.mute(Transaction(desk), UUID(room["id"]), caller_id=UUID(ada.id))
        session = await joining
        await ada("DELETE", f"/rooms/{room['id']}/mute")
        await next_of(session, "ROOM_MUTED", "ROOM_UNMUTED")


async def _rename(person: Person, room: Room, names: list[str]) -> None:
    for name in names:
        assert (await person("PUT", f"/rooms/{room['id']}", json={"name": name})).status_code == 200


class TestResync:
    @pytest.mark.parametrize("ahead", [1, 1000])
    async def test_of_a_number_that_there_was_not_yet(
        self, join: Join, ada: Person, desk: asyncpg.Connection, ahead: int
    ) -> None:
        number = await head(desk)
        session = await join(ada, f"?after={number + ahead}")
        assert read(session.hello)["seq"] == number + ahead
        await assert_resynchronised(session, number)
        room = await changed(ada)
        frame = await session.next()
        assert said(frame)["roomId"] == room["id"]
        assert numbered(frame) > number

    async def test_of_the_greatest_number(self, join: Join, ada: Person, desk: asyncpg.Connection) -> None:
        await assert_resynchronised(await join(ada, f"?after={2**63 - 1}"), await head(desk))

    async def test_in_newer_words(self, join: Join, ada: Person, desk: asyncpg.Connection) -> None:
        number = await head(desk)
        frame = await (await join(ada, f"?after={number + 1}", subprotocols=[NEWER])).next()
        assert (list(frame), frame["type"], frame["seq"]) == (["type", "sentDate", "seq"], "Resync", number)


class TestTooLongAgo:
    """The last class, for from then on there is nothing to begin with 0."""

    async def test_by_one_event_more_than_is_told(self, join: Join, ada: Person, desk: asyncpg.Connection) -> None:
        await changed(ada)
        before = await head(desk)
        await desk.execute(
            "INSERT INTO event (type, audience, body) SELECT 'RoomMuted', '{}', '{}' FROM generate_series(1, $1)", MOST
        )
        await desk.execute("SELECT pg_notify('event', max(number)::text) FROM event")
        session = await join(ada, f"?after={before}")
        room = await changed(ada)
        assert (await session.next())["roomId"] == room["id"]
        await assert_resynchronised(await join(ada, f"?after={before}"), await head(desk))

    async def test_by_one_event_more_than_is_kept(
        self, join: Join, gather: Gather, ada: Person, desk: asyncpg.Connection
    ) -> None:
        everywhere = (await gather(ada)).sessions["ada"]
        await changed(ada, *"BCD")
        for session in everywhere:  # else a worker that has not heard of them yet has lost its place
            types = [(await session.next())["type"] for _ in range(4)]
            assert types == ["ROOM_CREATED", *["ROOM_UPDATED"] * 3]
        number = await head(desk)
        await desk.execute("DELETE FROM event WHERE number < $1", number)
        await next_of(await join(ada, f"?after={number - 1}"), "ROOM_UPDATED")
        await assert_resynchronised(await join(ada, f"?after={number - 2}"), number)
        await assert_resynchronised(await join(ada, "?after=0"), number)
