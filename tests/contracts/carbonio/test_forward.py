"""`POST /rooms/{roomId}/forward` (forwardMessages): messages, and attachments with them; refusals of XML elsewhere."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import asyncpg
import httpx
import pytest
from people import BASES, NOBODY, Person, Room, files_of
from transcripts import assert_empty, assert_same

Row = dict[str, Any]
STANZA = "<message xmlns='jabber:client' from='a@b' id='1' type='groupchat'><body>Hello &amp; 😀</body></message>"


def told_of(id: str, *, operation: str = "attachmentAdded", more: str = "") -> str:
    """Return the message that tells of an attachment."""
    x = f"<operation>{operation}</operation><attachment-id>{id}</attachment-id><size>5</size>"
    return f"<message from='a@b'><x xmlns='urn:xmpp:muclight:0#configuration'>{x}</x>{more}<body/></message>"


async def forward(person: Person, room: Room, *messages: Any) -> httpx.Response:
    return await person("POST", f"/rooms/{room['id']}/forward", json=list(messages))


async def forwarded(person: Person, room: Room, *originals: str) -> None:
    """Forward these and see that it is done."""
    assert_empty(await forward(person, room, *({"originalMessage": original} for original in originals)), 204)


async def listed(person: Person, room: Room) -> list[Row]:
    """Return a room's attachments, the newest first."""
    answer = await person("GET", files_of(room))
    assert answer.status_code == 200, answer.text
    attachments: list[Row] = answer.json()["attachments"]
    return attachments


@pytest.fixture
async def other(ada: Person, ben: Person, dora: Person) -> Room:
    """Ada's other group, with Ben and Dora."""
    return await ada.created("group", ben, dora, name="Others")


@pytest.fixture(params=["group", "one_to_one", "temporary", "workspace", "channel"])
async def room(request: pytest.FixtureRequest, ada: Person, ben: Person, cleo: Person) -> Room:
    """A room of Ada's with Ben in it, of any type."""
    if request.param == "one_to_one":
        return await ada.created("one_to_one", ben)
    if request.param == "channel":
        parent = await ada.created("workspace", ben, cleo, name="House")
        return await ada.created("channel", name="Hall", parentId=parent["id"])
    return await ada.created(request.param, ben, cleo, name="Ones")


async def messages(database: asyncpg.Connection, room: Room) -> list[Row]:
    """Return what is kept as said in a room: all but when it was kept, and under which id."""
    rows = await database.fetch("SELECT * FROM message WHERE room_id = $1 ORDER BY id", UUID(room["id"]))
    return [{name: value for name, value in row.items() if name not in {"id", "created_at"}} for row in rows]


def kept(person: Person, room: Room, original: str, **own: Any) -> Row:
    """Return what is kept of a forwarded message."""
    nothing = dict.fromkeys(["stanza_id", "reply_id", "body", "attachment_id", "original_sent_at"])
    by = {"room_id": UUID(room["id"]), "user_id": UUID(person.id)}
    return by | nothing | {"original": original, "forward_count": 1} | own


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
        "text", ["a & b", "a < b > c", "&lt;", "]]>", "&#0;", "\"'", "two\nlines\tand a tab", "😀", " a ", "a<!DOCTYPE a>"]
    )
    async def test_plain_text_may_hold_anything(
        self, ada: Person, group: Room, database: asyncpg.Connection, text: str
    ) -> None:
        await forwarded(ada, group, text)
        [row] = await messages(database, group)
        message = ElementTree.fromstring(row["original"])
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

    @pytest.mark.parametrize("id", [str(uuid4()), NOBODY, "junk", "%00", f"{NOBODY}%0A"])
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
        "said", ["", "x", "-1", "1.5", "1e9", " 1", "²", "١", "2147483647", "9" * 20, "9" * 5000, "-" + "9" * 5000]
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


class TestAttachment:
    async def test_is_copied_as_the_callers(
        self, ada: Person, ben: Person, group: Room, other: Room, database: asyncpg.Connection
    ) -> None:
        id = await ada.sent(group, 'Zoë "😀".png', b"notes", mimeType="image/png", area="15x20")
        [source] = await listed(ada, group)
        assert_empty(await forward(ben, other, {"originalMessage": told_of(id), "description": "Look"}), 204)
        [copy] = await listed(ada, other)
        assert copy["id"] != id
        expected = source | {name: copy[name] for name in ("id", "createdAt")}
        expected |= {"userId": ben.id, "roomId": other["id"]}
        assert_same(await ada("GET", f"/attachments/{copy['id']}"), expected)
        assert copy == expected
        row = kept(ben, other, told_of(id), body="Look", attachment_id=UUID(copy["id"]))
        assert await messages(database, other) == [row]
        assert await listed(ada, group) == [source]

    async def test_shares_the_bytes(
        self, ada: Person, dora: Person, group: Room, other: Room, database: asyncpg.Connection
    ) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await forwarded(ada, other, told_of(id))
        [copy] = await listed(dora, other)
        answer = await dora("GET", f"/attachments/{copy['id']}/download")
        assert (answer.status_code, answer.content) == (200, b"notes")
        assert await database.fetchval("SELECT count(*) FROM blob") == 1
        assert_empty(await dora("GET", f"/attachments/{id}/download"), 403)

    @pytest.mark.parametrize("first", ["source", "copy"])
    async def test_outlives_the_other(
        self, ada: Person, group: Room, other: Room, database: asyncpg.Connection, first: str
    ) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await forwarded(ada, other, told_of(id))
        [copy] = await listed(ada, other)
        one, two = (id, copy["id"]) if first == "source" else (copy["id"], id)
        assert_empty(await ada("DELETE", f"/attachments/{one}"), 204)
        assert (await ada("GET", f"/attachments/{two}/download")).content == b"notes"
        assert_empty(await ada("DELETE", f"/attachments/{two}"), 204)
        assert await database.fetchval("SELECT count(*) FROM blob") == 0

    async def test_outlives_the_room_that_it_came_from(
        self, ada: Person, group: Room, other: Room, database: asyncpg.Connection
    ) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await forwarded(ada, other, told_of(id))
        await ada("DELETE", f"/rooms/{group['id']}")
        [copy] = await listed(ada, other)
        assert (await ada("GET", f"/attachments/{copy['id']}/download")).content == b"notes"
        await ada("DELETE", f"/rooms/{other['id']}")
        assert await database.fetchval("SELECT count(*) FROM blob") == 0

    async def test_is_the_one_who_forwards_to_delete(
        self, ada: Person, ben: Person, dora: Person, group: Room, other: Room
    ) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await forwarded(ben, other, told_of(id))
        [copy] = await listed(ada, other)
        assert_empty(await dora("DELETE", f"/attachments/{copy['id']}"), 403)
        assert_empty(await ben("DELETE", f"/attachments/{copy['id']}"), 204)

    async def test_to_the_same_room_and_several_times(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await forwarded(ada, group, told_of(id), "Hello", told_of(id))
        files = await listed(ada, group)
        assert len({file["id"] for file in files}) == 3
        assert {file["name"] for file in files} == {"a.txt"}

    async def test_to_a_room_of_any_type_and_onwards(
        self, ada: Person, ben: Person, room: Room, group: Room, other: Room
    ) -> None:
        await forwarded(ada, room, told_of(await ada.sent(group, "a.txt", b"notes")))
        [copy] = await listed(ben, room)
        assert (await ben("GET", f"/attachments/{copy['id']}/download")).content == b"notes"
        await forwarded(ben, other, told_of(copy["id"]))
        [third] = await listed(ada, other)
        assert (third["userId"], third["size"]) == (ben.id, 5)
