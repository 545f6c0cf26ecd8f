"""Bytes that take too long to arrive: nobody keeps what the sweep takes for left over, nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from people import Files, Person, Room, file_headers, files_of
from transcripts import assert_empty

from app.domain import strays
from app.domain.database import Transaction

Happens = Callable[[], Awaitable[object]]
NOTHING = {"attachment": 0, "blob": 0, "message": 0}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
PICTURE = {"fileName": "us.png", "mimeType": "image/png"}


async def interrupted(happens: Happens, *, first: bytes = b"a" * 1000) -> AsyncIterator[bytes]:
    yield first
    await happens()
    yield b"b" * 1000


class TestASweepIsFirst:
    @pytest.fixture
    async def claimed(self, database: asyncpg.Connection) -> Happens:
        async def claimed() -> None:
            assert await database.execute("UPDATE stray_blob SET given_up = true") == "UPDATE 1"

        return claimed

    async def test_it_has_them_still(self, ada: Person, group: Room, claimed: Happens, files: Files) -> None:
        before = await files.kept()
        answer = await ada("POST", files_of(group), headers=file_headers("a.txt"), content=interrupted(claimed))
        assert_empty(answer, 424)
        await files.assert_nothing_beside(before)
        assert await files.rows() == NOTHING

    async def test_it_had_them_before_they_were_whole(
        self, ada: Person, group: Room, database: asyncpg.Connection, files: Files
    ) -> None:
        before = await files.kept()

        async def swept() -> None:
            await database.execute("DELETE FROM stray_blob")

        for method, path, headers in (
            ("POST", files_of(group), file_headers("a.txt")),
            ("PUT", f"/rooms/{group['id']}/picture", PICTURE),
        ):
            assert_empty(await ada(method, path, headers=headers, content=interrupted(swept)), 424)
            await files.assert_nothing_beside(before)
        assert await files.rows() == NOTHING

    async def test_nobody_takes_what_is_kept(
        self, ada: Person, group: Room, database: asyncpg.Connection, files: Files
    ) -> None:
        """The connection broke while it was committed: whether it was, the upload does not know, and gives up."""
        id = await ada.sent(group, "a.txt", b"kept")
        (blob,) = await files.bytes_of(id)
        await strays.give_up(Transaction(database), blob)
        await ada.sent(group, "b.txt")
        assert_empty(await ada("DELETE", f"/attachments/{await ada.sent(group, 'c.txt')}"), 204)  # wakes the sweep
        await files.assert_nothing_beside(await files.kept())
        assert await ada.has(id) == b"kept"
        await strays.give_up(Transaction(database), blob)
        assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)
        await files.assert_swept(blob)


async def test_what_is_still_arriving_is_postponed(
    ada: Person, group: Room, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.domain.strays.LEASE_SECONDS", 0.04)

    async def postponed() -> None:
        first = await database.fetchval("SELECT due_at FROM stray_blob")
        async with asyncio.timeout(10):
            while await database.fetchval("SELECT due_at FROM stray_blob") == first:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)

    answer = await ada("POST", files_of(group), headers=file_headers("a.txt"), content=interrupted(postponed))
    assert answer.status_code == 201


@pytest.mark.usefixtures("nothing_is_kept")
class TestStandstill:
    @pytest.mark.parametrize(
        ("method", "headers", "first"),
        [
            ("POST", file_headers("a.txt"), b""),
            ("POST", file_headers("a.txt"), b"a" * 2_000_000),
            ("PUT", FORM, b"--x\r\nContent-Disp"),
            ("PUT", FORM, FILE + b"a" * 2_000_000),
            ("PUT", FORM, FILE + b"a\r\n--x--\r\n"),
        ],
        ids=["nothing", "half a file", "half a head", "half a file of a form", "the whole form, but not of the body"],
    )
    async def test_is_408_and_leaves_nothing(
        self,
        ada: Person,
        group: Room,
        monkeypatch: pytest.MonkeyPatch,
        *,
        method: str,
        headers: Room,
        first: bytes,
    ) -> None:
        monkeypatch.setattr("app.apis.carbonio.uploads._SILENT_SECONDS", 0.02)
        body = interrupted(asyncio.Event().wait, first=first)
        async with asyncio.timeout(10):
            assert_empty(await ada(method, files_of(group), headers=headers, content=body), 408)

    async def test_of_pictures(self, ada: Person, group: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.apis.carbonio.uploads._SILENT_SECONDS", 0.02)
        for path in (f"/rooms/{group['id']}/picture", f"/users/{ada.id}/picture"):
            body = interrupted(asyncio.Event().wait)
            async with asyncio.timeout(10):
                assert_empty(await ada("PUT", path, headers=PICTURE, content=body), 408)
