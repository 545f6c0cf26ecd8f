"""Many at once: uploads beside each other, beside deletions, and deletions of the same bytes.

A body that is held up keeps its upload waiting while something else happens to its room, its sender or its line.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from people import Files, Person, Room, Waiting, file_headers, files_of, in_pieces, removed, stanza
from transcripts import assert_empty

from app.settings import Settings

NOTHING = {"attachment": 0, "blob": 0, "message": 0}
HEADERS = file_headers("notes.txt")
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
IN_PARTS = {"Content-Type": "multipart/form-data; boundary=x"}
ROUNDS = 8
KIB = 1024


class Held:
    """A body of two halves, of which the second comes when it is let go."""

    def __init__(self, first: bytes = b"a" * 1000, second: bytes = b"b" * 1000) -> None:
        self.halves = (first, second)
        self._arrived, self._go = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.halves[0]
        self._arrived.set()  # the first half is taken: more is asked for
        await self._go.wait()
        yield self.halves[1]

    async def arrived(self) -> None:
        """Wait until the first half has arrived."""
        async with asyncio.timeout(10):
            await self._arrived.wait()

    def go_on(self) -> None:
        self._go.set()


def upload(person: Person, room: Room, content: Any = b"notes") -> Awaitable[httpx.Response]:
    return person("POST", files_of(room), headers=HEADERS, content=content)


async def while_held(person: Person, room: Room, happens: Callable[[], Awaitable[object]]) -> httpx.Response:
    """Upload a file, let something happen while its bytes arrive, and return the answer."""
    body = Held()
    task = asyncio.ensure_future(upload(person, room, body))
    await body.arrived()
    await happens()
    body.go_on()
    return await task


class TestUploads:
    async def test_fifty_arrive_intact(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        bodies = [os.urandom(200 * KIB + 7 * number) for number in range(50)]
        answers = await asyncio.gather(
            *(upload((ada, ben)[number % 2], group, in_pieces(body)) for number, body in enumerate(bodies))
        )
        assert [answer.status_code for answer in answers] == [201] * 50
        ids = [answer.json()["id"] for answer in answers]
        assert await asyncio.gather(*(ada.has(id) for id in ids)) == bodies
        listed = (await ada("GET", f"{files_of(group)}?itemsNumber=50")).json()
        assert {item["id"]: item["size"] for item in listed["attachments"]} == {
            id: len(body) for id, body in zip(ids, bodies, strict=True)
        }
        assert await files.rows() == {"attachment": 50, "blob": 50, "message": 50}

    async def test_that_are_held_up_hold_nobody_else_up(self, ada: Person, group: Room, settings: Settings) -> None:
        bodies = [Held() for _ in range(settings.pool_size + 5)]
        tasks = [asyncio.ensure_future(upload(ada, group, body)) for body in bodies]
        for body in bodies:
            await body.arrived()
        async with asyncio.timeout(10):
            quick = await ada.sent(group, "quick.txt")
            assert [item["id"] for item in (await ada("GET", files_of(group))).json()["attachments"]] == [quick]
        for body in bodies:
            body.go_on()
        for task in tasks:
            answer = await task
            assert await ada.has(answer.json()["id"]) == b"a" * 1000 + b"b" * 1000

    async def test_are_shown_when_they_are_whole_and_not_before(self, ada: Person, group: Room, files: Files) -> None:
        async def nothing_is_shown() -> None:
            assert (await ada("GET", files_of(group))).json() == {"attachments": []}
            assert await files.rows() == NOTHING

        answer = await while_held(ada, group, nothing_is_shown)
        assert [item["id"] for item in (await ada("GET", files_of(group))).json()["attachments"]] == [
            answer.json()["id"]
        ]


@pytest.mark.usefixtures("nothing_is_kept")
class TestWhileBytesArrive:
    async def test_the_room_is_deleted(self, ada: Person, ben: Person, group: Room) -> None:
        answer = await while_held(ben, group, lambda: ada("DELETE", f"/rooms/{group['id']}"))
        assert_empty(answer, 404)

    @pytest.mark.parametrize("by", ["kicked", "left"])
    async def test_the_sender_goes(self, ada: Person, ben: Person, group: Room, by: str) -> None:
        who = ada if by == "kicked" else ben
        answer = await while_held(ben, group, lambda: who("DELETE", f"/rooms/{group['id']}/members/{ben.id}"))
        assert_empty(answer, 403)
        assert (await ada("GET", files_of(group))).json() == {"attachments": []}

    async def test_the_sender_goes_as_the_last(self, ada: Person) -> None:
        room = await ada.created("temporary", name="Own")
        answer = await while_held(ada, room, lambda: ada("DELETE", f"/rooms/{room['id']}/members/{ada.id}"))
        assert_empty(answer, 404)

    @pytest.mark.parametrize("type", ["group", "one_to_one"])
    async def test_the_sender_is_removed(
        self, ada: Person, ben: Person, cleo: Person, database: asyncpg.Connection, type: str
    ) -> None:
        others = (ben, cleo) if type == "group" else (ben,)
        room = await ada.created(type, *others, name="Ones")
        answer = await while_held(ben, room, lambda: removed(ben, database))
        assert answer.status_code in {401, 403, 404}
        assert_empty(answer, answer.status_code)

    async def test_the_sender_goes_while_a_form_arrives(self, ada: Person, ben: Person, group: Room) -> None:
        body = Held(FORM + b"a" * 1000, b"b" * 1000 + b"\r\n--x--\r\n")
        task = asyncio.ensure_future(ben("PUT", files_of(group), headers=IN_PARTS, content=body))
        await body.arrived()
        await ada("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        body.go_on()
        assert_empty(await task, 403)

    async def test_the_line_is_cut(self, ada: Person, group: Room, application: Any, files: Files) -> None:
        for method, fields, first in (
            ("POST", HEADERS, b"a" * 100_000),
            ("POST", HEADERS | {"Content-Length": "200000"}, b"a" * 100_000),
            ("PUT", IN_PARTS, FORM + b"a" * 100_000),
            ("PUT", IN_PARTS, FORM[:40]),
        ):
            events = [
                {"type": "http.request", "body": b"", "more_body": True},
                {"type": "http.request", "body": first, "more_body": True},
                {"type": "http.disconnect"},
            ]
            await spoken(
                application, method, files_of(group), fields | {"Cookie": f"ZM_AUTH_TOKEN={ada.token}"}, events
            )
            assert await files.rows() == NOTHING


async def spoken(
    application: Any, method: str, path: str, fields: dict[str, str], events: list[dict[str, object]]
) -> None:
    """Send a request event by event, as a server does, to nobody who hears the answer."""

    async def receive() -> dict[str, object]:
        return events.pop(0) if len(events) > 1 else events[0]

    async def send(message: dict[str, object]) -> None:
        assert message.get("status") not in {200, 201, 204}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    async with asyncio.timeout(10):
        await application(scope, receive, send)


class TestDeletions:
    async def test_of_the_same_twice(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        for _ in range(ROUNDS):
            id = await ben.sent(group)
            blobs = await files.bytes_of(id)
            answers = await asyncio.gather(*(person("DELETE", f"/attachments/{id}") for person in (ada, ben)))
            assert sorted(answer.status_code for answer in answers) == [204, 404]
            for answer in answers:
                assert_empty(answer, answer.status_code)
            await files.assert_swept(*blobs)

    async def test_of_two_with_the_same_bytes(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        other = await ada.created("one_to_one", ben)
        for _ in range(ROUNDS):
            ids = [sent := await ada.sent(group), await ada.forwarded(sent, other)]
            [blob] = set(await files.bytes_of(*ids))
            for answer in await asyncio.gather(*(ada("DELETE", f"/attachments/{id}") for id in ids)):
                assert_empty(answer, 204)
            await files.assert_swept(blob)

    async def test_of_the_two_rooms_with_the_same_bytes(
        self, ada: Person, ben: Person, cleo: Person, files: Files
    ) -> None:
        for _ in range(ROUNDS):
            rooms = [await ada.created("group", ben, cleo, name=name) for name in "AB"]
            ids = [sent := await ada.sent(rooms[0]), await ada.forwarded(sent, rooms[1])]
            [blob] = set(await files.bytes_of(*ids))
            for answer in await asyncio.gather(*(ada("DELETE", f"/rooms/{room['id']}") for room in rooms)):
                assert_empty(answer, 204)
            assert (await files.rows())["attachment"] == 0
            await files.assert_swept(blob)

    async def test_of_what_is_forwarded_meanwhile(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        other = await ada.created("one_to_one", ben)
        for _ in range(ROUNDS):
            id = await ada.sent(group)
            [blob] = await files.bytes_of(id)
            forward = ada("POST", f"/rooms/{other['id']}/forward", json=[{"originalMessage": stanza(id)}])
            forwarded, gone = await asyncio.gather(forward, ada("DELETE", f"/attachments/{id}"))
            assert_empty(gone, 204)
            assert forwarded.status_code in {204, 404}
            copies = (await ben("GET", files_of(other))).json()["attachments"]
            assert [await ben.has(copy["id"]) for copy in copies] == [b"notes"] * (forwarded.status_code == 204)
            for copy in copies:
                assert_empty(await ada("DELETE", f"/attachments/{copy['id']}"), 204)
            await files.assert_swept(blob)

    async def test_of_a_room_among_uploads(self, ada: Person, ben: Person, cleo: Person, files: Files) -> None:
        before = await files.kept()
        for number in range(ROUNDS):
            room = await ada.created("group", ben, cleo, name="A")
            requests: list[Awaitable[httpx.Response]] = [upload((ada, ben, cleo)[n % 3], room) for n in range(6)]
            requests.insert(number % 7, ada("DELETE", f"/rooms/{room['id']}"))
            for answer in await asyncio.gather(*requests):
                assert answer.status_code in {201, 204, 404}, answer.text
            assert await files.rows() == NOTHING
        await files.assert_nothing_beside(before)

    async def test_of_a_workspace_and_of_a_file_that_is_forwarded_to_its_channel(
        self, ada: Person, ben: Person, elsewhere: asyncpg.Connection, *, waiting: Waiting, files: Files
    ) -> None:
        own = await ada.created("temporary", name="Own")
        for _ in range(ROUNDS):
            workspace = await ada.created("workspace", ada, ben, name="House")
            hall = await ada.created("channel", name="Hall", parentId=workspace["id"])
            source = await ada.sent(own)
            blobs = await files.bytes_of(source)
            async with elsewhere.transaction():
                await elsewhere.execute("SELECT FROM blob FOR UPDATE")
                body = [{"originalMessage": stanza(source)}]
                tasks = [asyncio.ensure_future(ada("POST", f"/rooms/{hall['id']}/forward", json=body))]
                for count, path in enumerate((f"/rooms/{workspace['id']}", f"/attachments/{source}"), 1):
                    await waiting(count)
                    tasks.append(asyncio.ensure_future(ada("DELETE", path)))
                await waiting(3)
            for answer in await asyncio.gather(*tasks):
                assert_empty(answer, 204)
            assert (await files.rows())["attachment"] == 0
            await files.assert_swept(*blobs)

    async def test_of_a_member_among_his_uploads(self, ada: Person, ben: Person, group: Room) -> None:
        path = f"/rooms/{group['id']}/members"
        for number in range(ROUNDS):
            requests: list[Awaitable[httpx.Response]] = [upload(ben, group, f"{number}".encode()) for _ in range(4)]
            requests.insert(number % 5, ada("DELETE", f"{path}/{ben.id}"))
            answers = await asyncio.gather(*requests)
            assert {answer.status_code for answer in answers} <= {201, 204, 403}
            there = [answer.json()["id"] for answer in answers if answer.status_code == 201]
            listed = (await ada("GET", f"{files_of(group)}?itemsNumber=100")).json()["attachments"]
            assert sorted(item["id"] for item in listed) == sorted(there)
            for id in there:
                assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)
            await ada("POST", path, json={"userId": ben.id})
