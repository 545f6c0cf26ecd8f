"""`POST /rooms/{roomId}/forward` (forwardMessages): what is kept, by whom, and how often it was forwarded."""

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

import asyncpg
import httpx
import pytest
from messages import STANZA, forward, forwarded, kept, messages
from people import BASES, NOBODY, Person, Room, of_type
from transcripts import assert_empty


@pytest.fixture(params=["group", "one_to_one", "temporary", "workspace", "channel"])
async def room(request: pytest.FixtureRequest, ada: Person, ben: Person, cleo: Person) -> Room:
    """A room of Ada's with Ben in it, of any type."""
    return await of_type(request.param, ada, ben, cleo)


class TestForward:
    @pytest.mark.parametrize("base", BASES)
    async def test_a_message_as_it_was_sent(
        self, ada: Person, group: Room, database: asyncpg.Connection, base: str
    ) -> None:
        sent = {"originalMessage": STANZA, "originalMessageSentAt": "2019-08-24T14:15:22Z", "description": "So 😀"}
        assert_empty(await ada("POST", f"{base}/rooms/{group['id']}/forward/", json=[sent]), 204)
        at = datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC)
        assert await messages(database, group) == [kept(ada, group, STANZA, body="So 😀", original_sent_at=at)]

    async def test_plain_text_becomes_a_message_with_a_body(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        await forwarded(ada, group, "string")
        assert await messages(database, group) == [kept(ada, group, "<message><body>string</body></message>")]

    @pytest.mark.parametrize(
        "text",
        ["a & b", "a < b > c", "&lt;", "]]>", "&#0;", "\"'", "two\nlines\tand a tab", "😀", " a ", "a<!DOCTYPE a>"],
    )
    async def test_plain_text_may_hold_anything(
        self, ada: Person, group: Room, database: asyncpg.Connection, text: str
    ) -> None:
        await forwarded(ada, group, text)
        [row] = await messages(database, group)
        message = ET.fromstring(row["original"])  # noqa: S314 - the server's own words
        assert [message.tag, *((part.tag, part.text) for part in message)] == ["message", ("body", text)]

    async def test_several_are_kept_in_their_order(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        originals = [f"<message><body>{number}</body></message>" for number in range(20)]
        await forwarded(ada, group, *originals)
        rows = await messages(database, group)
        assert sorted(row["original"] for row in rows) == sorted(originals)

    async def test_none(self, ada: Person, group: Room, database: asyncpg.Connection) -> None:
        assert_empty(await forward(ada, group), 204)
        assert await messages(database, group) == []

    async def test_to_a_room_of_any_type_by_any_member(
        self, ada: Person, ben: Person, room: Room, database: asyncpg.Connection
    ) -> None:
        for person in (ada, ben):
            await forwarded(person, room, STANZA)
        by_whom = [row["user_id"] for row in await messages(database, room)]
        assert by_whom == [UUID(ada.id), UUID(ben.id)]

    async def test_unknown_members_do_not_matter_and_null_is_absent(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        sent = {"originalMessage": STANZA, "originalMessageSentAt": None, "description": None, "count": [7]}
        assert_empty(await forward(ada, group, sent), 204)
        assert await messages(database, group) == [kept(ada, group, STANZA)]

    async def test_they_go_with_their_room(self, ada: Person, group: Room, database: asyncpg.Connection) -> None:
        await forwarded(ada, group, STANZA)
        await ada("DELETE", f"/rooms/{group['id']}")
        assert await database.fetchval("SELECT count(*) FROM message") == 0


class TestRights:
    async def test_strangers_and_those_who_have_left(
        self, ben: Person, dora: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        await ben("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        for person in (ben, dora):
            for sent in ([], [{"originalMessage": STANZA}]):
                assert_empty(await forward(person, group, *sent), 403)
        assert await messages(database, group) == []

    async def test_strangers_of_a_room_of_any_type(self, dora: Person, room: Room) -> None:
        assert_empty(await forward(dora, room, {"originalMessage": STANZA}), 403)

    @pytest.mark.parametrize("id", [NOBODY, "junk", "%00", f"{NOBODY}%0A"])
    async def test_no_such_room(self, ada: Person, id: str) -> None:
        for sent in ([], [{"originalMessage": STANZA}]):
            assert_empty(await forward(ada, {"id": id}, *sent), 404)

    async def test_without_a_credential(self, client: httpx.AsyncClient, group: Room) -> None:
        for sent in ([], [{}], {}):
            assert_empty(await client.post(f"/rooms/{group['id']}/forward", json=sent), 401)


class TestCount:
    @pytest.mark.parametrize(("said", "count"), [("1", 2), ("7", 8), ("41", 42)])
    async def test_rises_with_each_forwarding(
        self, ada: Person, group: Room, database: asyncpg.Connection, said: str, count: int
    ) -> None:
        inner = "<delay xmlns='urn:xmpp:delay' stamp='2019-08-24T14:15:22Z'/><message><body>Hello</body></message>"
        again = f"<message><body/><forwarded xmlns='urn:xmpp:forward:0' count='{said}'>{inner}</forwarded></message>"
        await forwarded(ada, group, again)
        assert await messages(database, group) == [kept(ada, group, again, forward_count=count)]

    @pytest.mark.parametrize(
        "said", ["", "x", "-1", "1.5", "1e9", " 1", "²", "\u0661", "2147483647", "9" * 20, "9" * 5000, "-" + "9" * 5000]
    )
    async def test_that_is_none_harms_nothing(
        self, ada: Person, group: Room, database: asyncpg.Connection, said: str
    ) -> None:
        again = f"<message><forwarded xmlns='urn:xmpp:forward:0' count='{said}'/></message>"
        answer = await forward(ada, group, {"originalMessage": again})
        assert answer.status_code in {204, 400}
        assert_empty(answer, answer.status_code)
        counts = [row["forward_count"] for row in await messages(database, group)]
        assert len(counts) == (answer.status_code == 204)
        assert all(count >= 1 for count in counts)
