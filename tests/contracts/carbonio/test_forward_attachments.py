"""Forwarded messages that tell of an attachment: it is copied, and shares the bytes; who may, and what is none."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from messages import STANZA, Row, forward, forwarded, kept, messages, told_of
from people import NOBODY, Files, Person, Room, Waiting, files_of, of_type
from transcripts import assert_empty, assert_same

HELLO = {"originalMessage": "Hello"}


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
    return await of_type(request.param, ada, ben, cleo)


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


class TestWhileMuchElseHappens:
    async def test_it_is_copied_or_not_found_while_it_is_deleted(
        self, ada: Person, ben: Person, group: Room, other: Room
    ) -> None:
        for _ in range(8):
            id = await ada.sent(group, "a.txt", b"notes")
            answers = await asyncio.gather(
                forward(ben, other, {"originalMessage": told_of(id)}, HELLO), ada("DELETE", f"/attachments/{id}")
            )
            assert answers[0].status_code in {204, 404}
            assert_empty(answers[0], answers[0].status_code)
            assert_empty(answers[1], 204)
            for copy in await listed(ada, other):
                assert (await ada("GET", f"/attachments/{copy['id']}/download")).content == b"notes"
                assert_empty(await ada("DELETE", f"/attachments/{copy['id']}"), 204)

    async def test_nothing_is_left_of_it_in_a_room_that_is_deleted(
        self, ada: Person, ben: Person, cleo: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        for _ in range(8):
            room = await ada.created("group", ben, cleo, name="Gone")
            answers = await asyncio.gather(
                forward(ben, room, {"originalMessage": told_of(id)}), ada("DELETE", f"/rooms/{room['id']}")
            )
            assert answers[0].status_code in {204, 404}
            assert_empty(answers[0], answers[0].status_code)
            assert_empty(answers[1], 204)
        assert await database.fetchval("SELECT count(*) FROM attachment") == 1
        assert await database.fetchval("SELECT count(*) FROM message") == 1
        assert (await ada("GET", f"/attachments/{id}/download")).content == b"notes"

    async def test_many_from_a_room_that_is_deleted_are_copied_before_it_is(
        self, ada: Person, group: Room, other: Room, *, elsewhere: asyncpg.Connection, waiting: Waiting, files: Files
    ) -> None:
        """Whoever locks several blobs begins with the same, or each would wait for what the other has."""
        ids = [await ada.sent(group, "a.txt", name.encode()) for name in "abc"]
        blobs = dict(zip(await files.bytes_of(*ids), ids, strict=True))
        backwards = [{"originalMessage": told_of(blobs[blob])} for blob in sorted(blobs, reverse=True)]
        async with elsewhere.transaction():
            await elsewhere.execute("SELECT FROM blob WHERE id = $1 FOR UPDATE", sorted(blobs)[1])
            forwarding = asyncio.ensure_future(forward(ada, other, *backwards))
            await waiting(1)
            deletion = asyncio.ensure_future(ada("DELETE", f"/rooms/{group['id']}"))
            await waiting(2)
        assert_empty(await forwarding, 204)
        assert_empty(await deletion, 204)
        assert sorted([await ada.has(copy["id"]) for copy in await listed(ada, other)]) == [b"a", b"b", b"c"]


class TestUnreadable:
    async def test_of_a_room_that_the_caller_is_not_in(
        self, dora: Person, ada: Person, group: Room, other: Room, database: asyncpg.Connection
    ) -> None:
        secret = {"originalMessage": told_of(await ada.sent(group, "a.txt", b"secret"))}
        for sent in ([secret], [HELLO, secret], [secret, HELLO]):
            assert_empty(await forward(dora, other, *sent), 403)
        assert await listed(dora, other) == []
        assert await messages(database, other) == []

    async def test_of_a_room_that_the_caller_has_left(self, ada: Person, ben: Person, group: Room, other: Room) -> None:
        id = await ben.sent(group, "a.txt", b"once mine")
        await ben("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        assert_empty(await forward(ben, other, {"originalMessage": told_of(id)}), 403)
        assert await listed(ada, other) == []

    async def test_of_a_channel_of_a_foreign_workspace(
        self, ada: Person, dora: Person, group: Room, channel: Room
    ) -> None:
        await forwarded(ada, channel, told_of(await ada.sent(group, "a.txt", b"notes")))
        [copy] = await listed(ada, channel)
        own = await dora.created("temporary", name="Alone")
        assert_empty(await forward(dora, own, {"originalMessage": told_of(copy["id"])}), 403)

    @pytest.mark.parametrize("id", [NOBODY, "junk", "{}", "😀", "9" * 10_000])
    async def test_that_there_is_not(self, ada: Person, other: Room, database: asyncpg.Connection, id: str) -> None:
        unknown = {"originalMessage": told_of(id)}
        for sent in ([unknown], [HELLO, unknown], [unknown, HELLO]):
            assert_empty(await forward(ada, other, *sent), 404)
        assert await messages(database, other) == []

    async def test_that_was_deleted(self, ada: Person, group: Room, other: Room) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        await ada("DELETE", f"/attachments/{id}")
        assert_empty(await forward(ada, other, {"originalMessage": told_of(id)}), 404)

    async def test_that_is_a_picture(self, ada: Person, group: Room, other: Room, database: asyncpg.Connection) -> None:
        headers = {"fileName": "a.png", "mimeType": "image/png"}
        assert_empty(await ada("PUT", f"/rooms/{group['id']}/picture", headers=headers, content=b"pixels"), 204)
        id = str(await database.fetchval("SELECT id FROM blob"))
        assert_empty(await forward(ada, other, {"originalMessage": told_of(id)}), 404)

    async def test_nothing_is_copied_if_another_message_is_refused(
        self, ada: Person, group: Room, other: Room, database: asyncpg.Connection
    ) -> None:
        fine = {"originalMessage": told_of(await ada.sent(group, "a.txt", b"notes"))}
        unknown = {"originalMessage": told_of(NOBODY)}
        bad: list[Any] = [{"originalMessage": "<a>"}, {"originalMessage": "<!DOCTYPE a><a/>"}, {}, None, 1]
        for refused, status in (*((one, 400) for one in bad), (unknown, 404)):
            assert_empty(await forward(ada, other, fine, refused), status)
            assert_empty(await forward(ada, other, refused, fine), status)
        assert await listed(ada, other) == []
        assert await messages(database, other) == []
        assert await database.fetchval("SELECT count(*) FROM attachment") == 1


class TestNoAttachment:
    """Messages that hold the id of an attachment that the caller cannot read, and yet do not tell of it."""

    @pytest.mark.parametrize(
        "original",
        [
            told_of(NOBODY, operation="memberAdded"),
            told_of(NOBODY, operation=""),
            f"<message><x><attachment-id>{NOBODY}</attachment-id></x></message>",
            "<message><x><operation>attachmentAdded</operation></x></message>",
            f"<message><x/>{told_of(NOBODY)[20:]}".replace("<message from='a@b'>", ""),
            f"<message><body/><forwarded>{told_of(NOBODY)}</forwarded></message>",
            f"<message><body><![CDATA[{told_of(NOBODY)}]]></body></message>",
            f"<message><!--{told_of(NOBODY)}--></message>",
            f"attachmentAdded {NOBODY}",
            f"of {told_of(NOBODY)}",
        ],
    )
    async def test_is_a_message_like_others(
        self, ada: Person, group: Room, database: asyncpg.Connection, original: str
    ) -> None:
        await forwarded(ada, group, original)
        assert await listed(ada, group) == []
        [row] = await messages(database, group)
        assert row["attachment_id"] is None

    async def test_the_first_of_two_counts(self, ada: Person, group: Room, other: Room) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        both = told_of(id).replace("<body/>", f"<x>{told_of(NOBODY)}</x><body/>")
        await forwarded(ada, other, both)
        [copy] = await listed(ada, other)
        assert copy["name"] == "a.txt"

    async def test_other_names_beside_it_do_not_matter(self, ada: Person, group: Room, other: Room) -> None:
        id = await ada.sent(group, "a.txt", b"notes")
        stanza = told_of(id).replace("<message ", "<message xmlns='jabber:client' type='groupchat' ")
        stanza = stanza.replace("<x ", "<body>x</body><y/><x ").replace("<size>", "<filename encoded='UTF-8'/><size>")
        await forwarded(ada, other, STANZA, f"\n \t{stanza}\n")
        assert len(await listed(ada, other)) == 1
