"""Bytes that take so long to arrive that the sweep takes them for left over: nobody keeps what it has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from people import Files, Person, Room, file_headers, files_of
from transcripts import assert_empty

from app.domain import strays
from app.domain.database import Transaction

Happens = Callable[[], Awaitable[object]]
PICTURE = {"fileName": "us.png", "mimeType": "image/png"}


async def interrupted(happens: Happens) -> AsyncIterator[bytes]:
    yield b"a" * 1000
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
        assert await files.rows() == {"attachment": 0, "blob": 0, "message": 0}

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
        assert await files.rows() == {"attachment": 0, "blob": 0, "message": 0}

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
