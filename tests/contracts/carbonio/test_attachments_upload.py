"""`POST /rooms/{roomId}/attachments`: the bytes of a file as they are, what is told of it in header fields.

What each header field may say is in test_upload_headers.py.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from people import BASES, JSON, NOBODY, TIME, Files, Person, Room, Trouble, file_headers, files_of, in_pieces
from transcripts import assert_empty, assert_same

from app.main import create_app
from app.settings import ChatsSettings, Settings

KIB = 1024
NOTHING = {"attachment": 0, "blob": 0, "message": 0}
HEADERS = file_headers("notes.txt")
Spell = Callable[[bytes], bytes | AsyncIterator[bytes]]
#: Ways to send a body: with its length told before, and without.
SPELLINGS = [pytest.param(bytes, id="declared"), pytest.param(in_pieces, id="in pieces")]


class TestUpload:
    async def test_the_whole(self, ada: Person, group: Room) -> None:
        headers = file_headers("Über 😀.png", mimeType="image/png", area="15x20")
        answer = await ada("POST", files_of(group), headers=headers, content=b"\x89PNG")
        id = answer.json()["id"]
        assert str(UUID(id)) == id
        assert_same(answer, {"id": id}, 201)
        shown = await ada("GET", f"/attachments/{id}")
        expected = {
            "id": id,
            "name": "Über 😀.png",
            "size": 4,
            "mimeType": "image/png",
            "userId": ada.id,
            "roomId": group["id"],
            "createdAt": shown.json()["createdAt"],
            "area": "15x20",
        }
        assert_same(shown, expected)
        assert TIME.fullmatch(expected["createdAt"])
        assert expected["createdAt"] >= group["createdAt"]
        assert await ada.has(id) == b"\x89PNG"

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_at_every_path(self, ada: Person, group: Room, base: str, end: str) -> None:
        answer = await ada("POST", base + files_of(group) + end, headers=HEADERS, content=b"notes")
        assert_same(answer, {"id": answer.json()["id"]}, 201)

    async def test_by_every_member(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        sent = {person.id: await person.sent(group) for person in (ada, ben, cleo)}
        for sender, id in sent.items():
            assert (await ada("GET", f"/attachments/{id}")).json()["userId"] == sender

    async def test_to_every_type_of_room_that_takes_files(self, ada: Person, ben: Person, cleo: Person) -> None:
        for room in (
            await ada.created("one_to_one", ben),
            await ada.created("group", ben, cleo, name="Ones"),
            await ada.created("temporary", ben, cleo, name="Ones"),
        ):
            assert await ada.has(await ben.sent(room, body=b"for you")) == b"for you"

    async def test_with_the_bearer_credential(self, client: httpx.AsyncClient, ada: Person, group: Room) -> None:
        headers = HEADERS | {"Authorization": f"Bearer {ada.token}"}
        answer = await client.post(files_of(group), headers=headers, content=b"notes")
        assert_same(answer, {"id": answer.json()["id"]}, 201)

    async def test_twice_makes_two(self, ada: Person, group: Room) -> None:
        one, other = await ada.sent(group), await ada.sent(group)
        assert one != other
        assert await ada.has(one) == await ada.has(other)

    async def test_the_session_of_the_web_client_is_ignored(self, ada: Person, group: Room) -> None:
        for session in (NOBODY, "nonsense", ""):
            await ada.sent(group, **{"session-id": session})

    async def test_is_kept_as_a_message_of_the_room(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        said = {"messageId": "message 1", "replyId": "message 0", "description": "\\u0068i"}
        id = await ada.sent(group, **said)
        [row] = await database.fetch(
            """
            SELECT room_id, user_id, attachment_id, stanza_id, reply_id, body, original, original_sent_at, forward_count
              FROM message
            """
        )
        ids = (UUID(group["id"]), UUID(ada.id), UUID(id))
        assert tuple(row) == (*ids, "message 1", "message 0", "hi", None, None, None)

    async def test_is_a_message_without_words_when_nothing_is_said(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        await ada.sent(group)
        [row] = await database.fetch("SELECT stanza_id, reply_id, body FROM message")
        assert tuple(row) == (None, None, None)


class TestBytes:
    @pytest.mark.parametrize("size", [1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 3 * KIB * KIB])
    async def test_arrive_as_they_were(self, ada: Person, group: Room, size: int) -> None:
        body = os.urandom(size)
        id = await ada.sent(group, body=body)
        assert (await ada("GET", f"/attachments/{id}")).json()["size"] == size
        assert await ada.has(id) == body

    async def test_of_every_value(self, ada: Person, group: Room) -> None:
        body = bytes(range(256)) * 3 + b"\r\n\r\n\0\0"
        assert await ada.has(await ada.sent(group, body=body)) == body

    @pytest.mark.parametrize("size", [1, 7, 1000])
    async def test_in_pieces_without_a_length(self, ada: Person, group: Room, size: int) -> None:
        body = os.urandom(5001)
        answer = await ada("POST", files_of(group), headers=HEADERS, content=in_pieces(body, size=size))
        assert answer.status_code == 201
        assert await ada.has(answer.json()["id"]) == body

    @pytest.mark.parametrize("spell", SPELLINGS)
    async def test_none(self, ada: Person, group: Room, spell: Spell) -> None:
        answer = await ada("POST", files_of(group), headers=HEADERS, content=spell(b""))
        id = answer.json()["id"]
        assert_same(answer, {"id": id}, 201)
        assert (await ada("GET", f"/attachments/{id}")).json()["size"] == 0
        assert await ada.has(id) == b""

    @pytest.mark.parametrize(
        "type",
        ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", "x", b"\xff"],
    )
    async def test_whatever_type_the_request_has(self, ada: Person, group: Room, type: str | bytes) -> None:
        for body in (b"{", b"--x\r\n\r\n", b""):
            answer = await ada("POST", files_of(group), headers=HEADERS | {"Content-Type": type}, content=body)
            assert answer.status_code == 201
            id = answer.json()["id"]
            assert await ada.has(id) == body
            assert (await ada("GET", f"/attachments/{id}")).json()["mimeType"] == "text/plain"

    @pytest.mark.parametrize("declared", ["1", "0", "500"])
    async def test_are_counted_whatever_is_declared(self, ada: Person, group: Room, declared: str) -> None:
        headers = HEADERS | {"Content-Length": declared}
        answer = await ada("POST", files_of(group), headers=headers, content=in_pieces(b"a" * 100))
        assert answer.status_code == 201
        assert (await ada("GET", f"/attachments/{answer.json()['id']}")).json()["size"] == 100


@pytest.mark.usefixtures("nothing_is_kept")
class TestRefusals:
    @pytest.mark.parametrize("headers", [HEADERS, {}], ids=["headers", "no headers"])
    async def test_nobody_known(self, client: httpx.AsyncClient, group: Room, headers: dict[str, str]) -> None:
        for credential in ({}, {"Cookie": "ZM_AUTH_TOKEN=junk"}, {"Authorization": "Bearer junk"}):
            for path in (files_of(group), f"/rooms/{NOBODY}/attachments", "/rooms/junk/attachments"):
                answer = await client.post(path, headers=headers | credential, content=b"notes")
                assert_empty(answer, 401)

    async def test_one_who_is_no_member(self, dora: Person, group: Room, workspace: Room, channel: Room) -> None:
        for room in (group, workspace, channel):
            assert_empty(await dora("POST", files_of(room), headers=HEADERS, content=b"notes"), 403)

    async def test_one_who_has_left(self, ada: Person, ben: Person, group: Room) -> None:
        await ada("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        assert_empty(await ben("POST", files_of(group), headers=HEADERS, content=b"notes"), 403)

    @pytest.mark.parametrize("id", [NOBODY, "junk", "%00", "%FF", f"{NOBODY}0"])
    async def test_no_room(self, ada: Person, id: str) -> None:
        assert_empty(await ada("POST", f"/rooms/{id}/attachments", headers=HEADERS, content=b"notes"), 404)

    async def test_workspaces_and_channels(self, ada: Person, ben: Person, workspace: Room, channel: Room) -> None:
        for person in (ada, ben):
            for room in (workspace, channel):
                assert_empty(await person("POST", files_of(room), headers=HEADERS, content=b"notes"), 400)

    async def test_headers_are_judged_before_the_room(self, dora: Person, group: Room) -> None:
        for path in (files_of(group), f"/rooms/{NOBODY}/attachments"):
            assert_empty(await dora("POST", path, headers={"fileName": "a"}, content=b"notes"), 400)

    async def test_a_form_by_the_method_of_raw_bytes(self, ada: Person, group: Room) -> None:
        assert_empty(await ada("POST", files_of(group), files={"file": ("a.txt", b"notes")}), 400)

    async def test_json(self, ada: Person, group: Room) -> None:
        assert_empty(await ada("POST", files_of(group), headers=JSON, content=b'{"fileName":"a"}'), 400)


LIMIT = 3 * KIB


class TestLimit:
    """Where an attachment may have 3 KiB."""

    @pytest.fixture
    async def application(self, settings: Settings) -> AsyncIterator[object]:
        small = settings.model_copy(update={"chats": ChatsSettings(max_attachment_size_in_kb=3)})
        async with LifespanManager(create_app(small)) as manager:
            yield manager.app

    @pytest.mark.parametrize("spell", SPELLINGS)
    async def test_to_the_byte(self, ada: Person, group: Room, spell: Spell) -> None:
        answer = await ada("POST", files_of(group), headers=HEADERS, content=spell(b"a" * LIMIT))
        assert answer.status_code == 201
        assert await ada.has(answer.json()["id"]) == b"a" * LIMIT

    @pytest.mark.parametrize("size", [LIMIT + 1, 100 * KIB])
    @pytest.mark.parametrize("piece", [1, 1000, LIMIT, LIMIT + 1])
    async def test_more_is_found_while_it_streams(
        self, ada: Person, group: Room, files: Files, *, size: int, piece: int
    ) -> None:
        before = await files.kept()
        body = in_pieces(b"a" * size, size=piece)
        assert_empty(await ada("POST", files_of(group), headers=HEADERS, content=body), 413)
        assert await files.rows() == NOTHING
        await files.assert_nothing_beside(before)

    async def test_more_than_was_declared(self, ada: Person, group: Room, files: Files) -> None:
        headers = HEADERS | {"Content-Length": "5"}
        body = in_pieces(b"a" * (LIMIT + 1))
        assert_empty(await ada("POST", files_of(group), headers=headers, content=body), 413)
        assert await files.rows() == NOTHING

    async def test_a_body_without_end(self, ada: Person, group: Room, files: Files) -> None:
        async def for_ever() -> AsyncIterator[bytes]:
            while True:
                yield b"a" * 100

        assert_empty(await ada("POST", files_of(group), headers=HEADERS, content=for_ever()), 413)
        assert await files.rows() == NOTHING

    async def test_more_is_too_much_also_when_the_database_is_away_meanwhile(
        self, ada: Person, group: Room, database: asyncpg.Connection, *, failing: Trouble, files: Files
    ) -> None:
        before = await files.kept()
        async with AsyncExitStack() as away:

            async def body() -> AsyncIterator[bytes]:
                yield b"a"
                await away.enter_async_context(failing("stray_blob"))
                yield b"a" * LIMIT

            assert_empty(await ada("POST", files_of(group), headers=HEADERS, content=body()), 413)
        assert await files.rows() == NOTHING
        assert await files.kept() == before
        assert await database.fetchval("SELECT count(*) FROM stray_blob") == 1  # which is swept when it is due

    @pytest.mark.parametrize("declared", [LIMIT + 1, 2**40, 10**30])
    async def test_more_declared_is_refused_unread(self, ada: Person, group: Room, declared: int) -> None:
        headers = HEADERS | {"Content-Length": str(declared)}
        for path in (files_of(group), f"/rooms/{NOBODY}/attachments"):
            reads: list[bytes] = []
            answer = await ada("POST", path, headers=headers, content=noted(reads))
            assert_empty(answer, 413)
            assert reads == []

    async def test_comes_after_caller_and_headers(self, client: httpx.AsyncClient, ada: Person, group: Room) -> None:
        too_large = {"Content-Length": str(LIMIT + 1)}
        assert_empty(await client.post(files_of(group), headers=HEADERS | too_large, content=noted([])), 401)
        assert_empty(await ada("POST", files_of(group), headers=too_large, content=noted([])), 400)

    async def test_comes_after_the_room_when_it_is_not_declared(
        self, ada: Person, dora: Person, group: Room, workspace: Room
    ) -> None:
        for person, path, status in (
            (dora, files_of(group), 403),
            (ada, f"/rooms/{NOBODY}/attachments", 404),
            (ada, files_of(workspace), 400),
        ):
            reads: list[bytes] = []
            assert_empty(await person("POST", path, headers=HEADERS, content=noted(reads)), status)
            assert reads == []


async def noted(reads: list[bytes]) -> AsyncIterator[bytes]:
    """Send more than may be, and note what of it was read."""
    for _ in range(100):
        reads.append(b"a" * KIB)
        yield reads[-1]
