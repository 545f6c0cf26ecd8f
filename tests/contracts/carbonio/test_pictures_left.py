"""What is left of pictures that were replaced, deleted, refused, or went with whom they showed: no row and no byte."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from people import Person, Room, file_headers, in_pieces, removed
from processes import PATIENCE
from transcripts import assert_empty

from app.adapters import blobs
from app.domain.blobs import BlobStore
from app.settings import Settings

IMAGE = file_headers("a.png", mimeType="image/png")


@dataclass(frozen=True)
class Kept:
    """What the application keeps: rows in its database, bytes in its store."""

    database: asyncpg.Connection
    store: BlobStore

    async def rows(self) -> list[UUID]:
        """Return the bytes of which the database tells."""
        return [row["id"] for row in await self.database.fetch("SELECT id FROM blob")]

    async def bytes(self) -> set[UUID]:
        """Return what the store holds, also of other tests."""
        return {id async for id in self.store.ids()}

    async def swept(self) -> set[UUID]:
        """Return the same once the server has deleted all that was to be deleted."""
        async with asyncio.timeout(PATIENCE):
            while await self.database.fetchval("SELECT count(*) FROM stray_blob"):  # noqa: ASYNC110 - nobody tells of it
                await asyncio.sleep(0.005)
        return await self.bytes()

    async def is_leaving(self, blob: UUID) -> bool:
        """Tell whether these bytes are to be deleted now, or have been, by a sweep that came round just then."""
        due = await self.database.fetch("SELECT blob_id FROM stray_blob WHERE due_at <= now() OR given_up")
        return [row["blob_id"] for row in due] == [blob] or blob not in await self.bytes()


@pytest.fixture
def kept(database: asyncpg.Connection, settings: Settings) -> Kept:
    return Kept(database, blobs.opened(settings))


@pytest.fixture(params=["of a room", "of a user"])
def path(request: pytest.FixtureRequest, ada: Person, group: Room) -> str:
    """Where Ada sets a picture."""
    return f"/rooms/{group['id']}/picture" if request.param == "of a room" else f"/users/{ada.id}/picture"


@pytest.fixture
async def blob(ada: Person, path: str, kept: Kept) -> UUID:
    """The id of the bytes of Ada's picture, which is set."""
    assert_empty(await ada("PUT", path, headers=IMAGE, content=b"pixels"), 204)
    [id] = await kept.rows()
    assert id in await kept.swept()
    return id


class TestLeft:
    @pytest.mark.parametrize("content", [b"others", b"pixels"], ids=["by another", "by the same"])
    async def test_of_one_that_was_replaced(
        self, ada: Person, path: str, blob: UUID, kept: Kept, content: bytes
    ) -> None:
        assert_empty(await ada("PUT", path, headers=IMAGE, content=content), 204)
        [id] = await kept.rows()
        assert {blob, id} & await kept.swept() == {id}
        assert (await ada("GET", path)).content == content

    async def test_of_one_that_was_deleted(self, ada: Person, path: str, blob: UUID, kept: Kept) -> None:
        assert_empty(await ada("DELETE", path), 204)
        assert await kept.rows() == []
        for table in ("room", "user_account"):
            query = f"SELECT FROM {table} WHERE picture_blob_id IS NOT NULL OR picture_changed_at IS NOT NULL"
            assert await kept.database.fetch(query) == []
        assert blob not in await kept.swept()

    async def test_of_one_that_was_too_large(self, ada: Person, path: str, blob: UUID, kept: Kept) -> None:
        before = await kept.bytes()
        for content in (bytes(512 * 1024 + 1), in_pieces(bytes(512 * 1024 + 1)), in_pieces(b"")):
            assert_empty(await ada("PUT", path, headers=IMAGE, content=content), 400)
        assert await kept.rows() == [blob]
        assert await kept.swept() == before

    async def test_of_one_that_was_refused(self, ada: Person, dora: Person, path: str, blob: UUID, kept: Kept) -> None:
        before = await kept.bytes()
        assert_empty(await dora("PUT", path, headers=IMAGE, content=b"others"), 403)
        assert_empty(await ada("PUT", path, headers=file_headers("a"), content=b"others"), 400)
        assert await kept.rows() == [blob]
        assert await kept.swept() == before

    async def test_of_one_that_was_cut(self, ada: Person, path: str, blob: UUID, kept: Kept) -> None:
        before = await kept.bytes()

        async def cut() -> AsyncIterator[bytes]:
            yield b"oth"
            raise ConnectionResetError

        await asyncio.gather(ada("PUT", path, headers=IMAGE, content=cut()), return_exceptions=True)
        assert await kept.rows() == [blob]
        assert await kept.swept() == before
        assert (await ada("GET", path)).content == b"pixels"


class TestLeftOfARoom:
    @pytest.fixture
    def path(self, group: Room) -> str:
        return f"/rooms/{group['id']}/picture"

    async def test_that_was_deleted(self, ada: Person, group: Room, blob: UUID, kept: Kept) -> None:
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        assert await kept.rows() == []
        assert blob not in await kept.swept()

    async def test_that_the_last_one_has_left(self, group: Room, members: list[Person], blob: UUID, kept: Kept) -> None:
        for person in members:
            assert_empty(await person("DELETE", f"/rooms/{group['id']}/members/{person.id}"), 204)
        assert await kept.rows() == []
        assert blob not in await kept.swept()

    async def test_of_which_the_last_one_was_removed(self, members: list[Person], blob: UUID, kept: Kept) -> None:
        for person in members:
            assert await kept.rows() == [blob]
            await removed(person, kept.database)
        assert await kept.rows() == []
        assert await kept.is_leaving(blob)

    async def test_that_was_deleted_before_all_had_arrived(
        self, ada: Person, ben: Person, group: Room, path: str, kept: Kept
    ) -> None:
        before = await kept.swept()
        await ada("PUT", f"/rooms/{group['id']}/members/{ben.id}/owner")

        async def deleting() -> AsyncIterator[bytes]:
            yield b"pix"
            assert_empty(await ben("DELETE", f"/rooms/{group['id']}"), 204)
            yield b"els"

        assert_empty(await ada("PUT", path, headers=IMAGE, content=deleting()), 404)
        assert await kept.rows() == []
        assert await kept.swept() == before

    @pytest.mark.parametrize("of", ["/owner", ""], ids=["ownership", "membership"])
    async def test_whose_sender_lost_the_right_to_it_before_all_had_arrived(
        self, ada: Person, ben: Person, group: Room, kept: Kept, of: str
    ) -> None:
        before = await kept.swept()
        standing = f"/rooms/{group['id']}/members/{ben.id}"
        await ada("PUT", f"{standing}/owner")

        async def losing() -> AsyncIterator[bytes]:
            yield b"pix"
            assert_empty(await ada("DELETE", standing + of), 204)
            yield b"els"

        assert_empty(await ben("PUT", f"/rooms/{group['id']}/picture", headers=IMAGE, content=losing()), 403)
        assert_empty(await ada("GET", f"/rooms/{group['id']}/picture"), 404)
        assert await kept.rows() == []
        assert await kept.swept() == before

    @pytest.fixture
    def members(self, ada: Person, ben: Person, cleo: Person) -> list[Person]:
        return [ben, cleo, ada]


class TestLeftOfAUser:
    @pytest.fixture
    def path(self, ada: Person) -> str:
        return f"/users/{ada.id}/picture"

    async def test_who_was_removed(self, ada: Person, blob: UUID, kept: Kept) -> None:
        """By another process, of which the sweep of this one hears later."""
        await removed(ada, kept.database)
        assert await kept.rows() == []
        assert await kept.is_leaving(blob)

    async def test_who_was_removed_before_all_had_arrived(self, ada: Person, path: str, kept: Kept) -> None:
        before = await kept.swept()

        async def removing() -> AsyncIterator[bytes]:
            yield b"pix"
            await removed(ada, kept.database)
            yield b"els"

        answer = await ada("PUT", path, headers=IMAGE, content=removing())
        assert answer.status_code in {401, 403, 404}
        assert_empty(answer, answer.status_code)
        assert await kept.rows() == []
        assert await kept.swept() == before
