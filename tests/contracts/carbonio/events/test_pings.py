"""What a client says: `ping`, and whatever else it may say, of which nothing is heard."""

import json

import pytest
from people import Person
from sockets import NEWER, PING, Join, Session, assert_just_now

#: What is no `ping` in any words.
JUNK = [
    "",
    " ",
    "ping",
    '"ping"',
    "null",
    "1",
    "[]",
    "{}",
    '["type","ping"]',
    '[{"type":"ping"}]',
    '{"type":["ping"]}',
    '{"type":null}',
    '{"type":"pong"}',
    '{"type":"ping "}',
    '{"type":"ping"',
    '{"type":"ping"}}',
    '{"type":"ping"}{"type":"ping"}',
    '{"Type":"ping"}',
    '{"type":"\\ud800"}',
    '{"type":"ping\\u0000"}',
    "{'type':'ping'}",
    '{"type":1e400}',
    '{"type":NaN}',
    f'{{"type":{"9" * 5_000}}}',
    "[" * 5_000,
    '{"type":' * 1_000,
    "\0",
    "\ufeff" + PING,
    "é😀",
    b"",
    b"\xff\xfe",
    PING.encode(),
]
#: What is one in newer words alone.
LOOSE = ['{"type":"PING"}', '{"type":"Ping"}', '{"type":"ping","id":1}', '{"sentDate":null,"type":"ping"}']
#: What is one in all words.
EXACT = [PING, ' {\n"type" :\t"ping" } ', '{"type":"\\u0070ing"}']


async def assert_answered_once(session: Session, person: Person) -> None:
    """See that a ping is answered, and nothing that was said before it."""
    await session.say(PING)
    pong = await session.next()
    room = await person.created("temporary", name="A")
    assert (pong["type"].lower(), (await session.next()).get("roomId")) == ("pong", room["id"])


@pytest.fixture
async def older(join: Join, ada: Person) -> Session:
    return await join(ada)


@pytest.fixture
async def newer(join: Join, ada: Person) -> Session:
    return await join(ada, subprotocols=[NEWER])


class TestPing:
    @pytest.mark.parametrize("words", [None, ["1.6.0"], ["1.6.1"]])
    async def test_is_answered_in_the_oldest_words(self, join: Join, ada: Person, words: list[str] | None) -> None:
        session = await join(ada, subprotocols=words)
        for ping in EXACT:
            await session.say(ping)
            assert json.dumps(await session.next()) == '{"type": "pong"}'

    async def test_is_answered_in_newer_words_and_with_the_time(self, newer: Session) -> None:
        for ping in EXACT + LOOSE:
            await newer.say(ping)
            pong = await newer.next()
            assert (list(pong), pong["type"]) == (["type", "sentDate"], "Pong"), ping
            assert_just_now(pong["sentDate"])

    async def test_in_pieces_is_answered(self, older: Session) -> None:
        await older.connection.send(['{"type"', "", ':"ping"', "}"])
        assert await older.next() == {"type": "pong"}

    async def test_is_answered_as_often_as_it_is_said(self, older: Session) -> None:
        await older.say(*[PING] * 100)
        for _ in range(100):
            assert await older.next() == {"type": "pong"}

    async def test_of_the_protocol_is_answered_by_it(self, older: Session) -> None:
        assert await (await older.connection.ping(b"here")) >= 0
        await older.assert_alive()


class TestAnythingElse:
    async def test_is_ignored_in_the_oldest_words(self, older: Session, ada: Person) -> None:
        await older.say(*JUNK, *LOOSE)
        await assert_answered_once(older, ada)

    async def test_is_ignored_in_newer_words(self, newer: Session, ada: Person) -> None:
        await newer.say(*JUNK)
        await assert_answered_once(newer, ada)


class TestTooMuch:
    async def test_is_one_byte_more_than_this(self, older: Session) -> None:
        await older.say("[" * 65_536)
        await older.assert_alive()

    @pytest.mark.parametrize(
        "message", ["x" * 65_537, b"x" * 65_537, "x" * 1_000_000], ids=["text", "binary", "a megabyte"]
    )
    async def test_in_a_message_closes_the_socket(self, older: Session, message: str | bytes) -> None:
        await older.say(message)
        assert await older.closed() == 1009

    async def test_in_pieces_closes_the_socket(self, older: Session) -> None:
        await older.connection.send(["x" * 30_000] * 3)
        assert await older.closed() == 1009

    async def test_closes_no_other_socket(self, older: Session, join: Join, ada: Person, ben: Person) -> None:
        others = [await join(ada), await join(ben)]
        await older.say("x" * 65_537)
        assert await older.closed() == 1009
        for other in others:
            await other.assert_alive()
