"""Previews that are kept: each is made once, whoever asks for it and how many at once, and served from the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from kept import PAPER, PICTURE, Kept, image, shown, wake
from people import Files, Person, Room, Waiting, in_pieces
from transcripts import assert_empty

from app.domain import strays
from app.domain.database import Transaction

Count = Callable[[], Awaitable[int]]


@pytest.fixture
async def kept(files: Files) -> Kept:
    return Kept(files, await files.kept())


@pytest.fixture
async def arrivals(database: asyncpg.Connection) -> AsyncIterator[Count]:
    """How often bytes were about to arrive in the store, whatever became of them."""
    await database.execute("""
        CREATE TABLE arrival (id uuid);
        CREATE FUNCTION note_arrival() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN INSERT INTO arrival VALUES (NEW.blob_id); RETURN NULL; END $$;
        CREATE TRIGGER arrival AFTER INSERT ON stray_blob FOR EACH ROW EXECUTE FUNCTION note_arrival();
        """)

    async def count() -> int:
        number: int = await database.fetchval("SELECT count(*) FROM arrival")
        return number

    yield count
    await database.execute("DROP TRIGGER arrival ON stray_blob; DROP FUNCTION note_arrival; DROP TABLE arrival")


class TestKept:
    @pytest.mark.parametrize(
        ("source", "path"),
        [
            *((PICTURE, f"/preview/image/{{}}/{rest}") for rest in ("20x20", "20x20/thumbnail", "0x0")),
            *((PAPER, f"/preview/pdf/{{}}{rest}") for rest in ("?firstPage=2", "/20x20/thumbnail", "/0x0/thumbnail")),
        ],
    )
    async def test_after_the_first_time(
        self, ada: Person, group: Room, kept: Kept, *, source: bytes, path: str
    ) -> None:
        id = await ada.sent(group, "a", source)
        first = await shown(ada, path.format(id))
        [row] = await kept.rows()
        [file] = await kept.files.bytes_of(id)
        assert await kept.files.kept() - kept.before == {file, row["id"]}
        assert (row["blob_id"], row["size"]) == (file, len(first))
        assert datetime.now(UTC) - row["used_at"] < timedelta(minutes=1)
        assert await kept.bytes_of(row["id"]) == first
        assert await kept.strays() == 0
        assert await shown(ada, path.format(id)) == first
        assert await kept.rows() == [row]

    async def test_is_served_from_there(
        self, ada: Person, ben: Person, group: Room, kept: Kept, *, arrivals: Count
    ) -> None:
        path = await image(ada, group)
        first = await ada("GET", path)
        [id] = await kept.ids()
        marked = b"kept".ljust(len(first.content))
        await kept.files.store.delete([id])
        await kept.files.store.write(id, in_pieces(marked))
        before = await arrivals()
        for person in (ada, ben):
            again = await person("GET", path)
            assert (again.content, again.headers["etag"]) == (marked, first.headers["etag"])
            assert again.headers["content-type"] == "image/jpeg"
        assert await arrivals() == before

    async def test_what_needs_no_change_is_not_stored_again(self, ada: Person, group: Room, kept: Kept) -> None:
        picture, paper = await ada.sent(group, "a", PICTURE), await ada.sent(group, "a", PAPER)
        before = await kept.files.kept()
        for _ in range(2):
            assert await shown(ada, f"/preview/image/{picture}/0x0?output_format=Png") == PICTURE
            assert await shown(ada, f"/preview/pdf/{paper}") == PAPER
        assert await kept.files.kept() == before
        for id in (picture, paper):
            assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)
        await kept.assert_nothing_left()

    async def test_each_specification_once(self, ada: Person, group: Room, kept: Kept) -> None:
        path = await image(ada, group)
        for query in ("", "?quality=Medium", "?crop=true", "?crop=on&output_format=jpeg", "?output_format=Png"):
            await shown(ada, path + query)
        await shown(ada, f"{path}/thumbnail/")
        assert len(await kept.rows()) == 3

    async def test_head_keeps_it_too(self, ada: Person, group: Room, kept: Kept) -> None:
        path = await image(ada, group)
        answer = await ada("HEAD", path)
        [row] = await kept.rows()
        assert answer.headers["content-length"] == str(row["size"])

    @pytest.mark.parametrize("source", [b"", b"neither", PICTURE[:200], PAPER[:200]])
    async def test_refusals_are_not(self, ada: Person, group: Room, kept: Kept, source: bytes) -> None:
        id = await ada.sent(group, "a", source)
        before = await kept.files.kept()
        for path in (f"image/{id}/9x9", f"image/{id}/9x9/thumbnail", f"pdf/{id}", f"pdf/{id}/9x9/thumbnail"):
            for _ in range(2):
                assert_empty(await ada("GET", f"/preview/{path}"), 400)
        assert await kept.rows() == []
        assert await kept.files.kept() == before
        assert await kept.strays() == 0

    async def test_nor_are_requests_that_are_refused_before(
        self, ada: Person, dora: Person, group: Room, kept: Kept
    ) -> None:
        path = await image(ada, group)
        assert_empty(await dora("GET", path), 404)
        assert_empty(await ada("GET", f"{path}?quality=none"), 400)
        assert await kept.rows() == []


class TestUsed:
    async def test_is_written_at_most_once_an_hour(self, ada: Person, group: Room, kept: Kept) -> None:
        paths = [await image(ada, group) for _ in range(2)]
        for path in paths:
            await shown(ada, path)
        recent, old = await kept.ids()
        before = await kept.use(recent, minutes=55)
        await kept.use(old, minutes=65)
        for path in paths:
            await shown(ada, path)
        assert datetime.now(UTC) - await kept.used(old) < timedelta(minutes=1)
        assert await kept.used(recent) == before


class TestManyAtOnce:
    async def test_one_is_made_for_all(
        self, ada: Person, ben: Person, group: Room, kept: Kept, *, arrivals: Count
    ) -> None:
        path = await image(ada, group)
        before = await arrivals()
        asked = [(ada, ben)[number % 2]("GET", path) for number in range(30)]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {200}
        assert len({(answer.content, answer.headers["etag"]) for answer in answers}) == 1
        [row] = await kept.rows()
        assert await arrivals() == before + 1
        assert await kept.bytes_of(row["id"]) == answers[0].content

    async def test_of_different_ones_each_gets_its_own(self, ada: Person, group: Room, kept: Kept) -> None:
        path = f"/preview/image/{await ada.sent(group, 'a', PICTURE)}"
        sizes = [(number, 7) for number in range(1, 9)] * 3
        answers = await asyncio.gather(*(shown(ada, f"{path}/{w}x{h}?output_format=Png") for w, h in sizes))
        assert [(answer[16:24]) for answer in answers] == [
            w.to_bytes(4, "big") + h.to_bytes(4, "big") for w, h in sizes
        ]
        assert len(await kept.rows()) == 8

    async def test_who_leaves_takes_nothing_from_the_others(
        self, ada: Person, ben: Person, group: Room, kept: Kept, *, elsewhere: asyncpg.Connection, waiting: Waiting
    ) -> None:
        path = await image(ada, group)
        async with elsewhere.transaction():
            await elsewhere.execute("LOCK TABLE preview IN SHARE MODE")  # nothing that was made can be kept
            first, *others = (asyncio.ensure_future(person("GET", path)) for person in (ada, ben, ben, ben))
            await waiting(1)
            first.cancel()
            await asyncio.sleep(0.005)
        answers = await asyncio.gather(*others)
        assert [answer.status_code for answer in answers] == [200] * 3
        assert await shown(ada, path) == answers[0].content
        assert len(await kept.rows()) == 1

    async def test_all_hear_of_what_cannot_be_made(self, ada: Person, group: Room, kept: Kept) -> None:
        id = await ada.sent(group, "a", PICTURE[:300])
        for answer in await asyncio.gather(*(ada("GET", f"/preview/image/{id}/9x9") for _ in range(10))):
            assert_empty(answer, 400)
        assert await kept.rows() == []


class TestLost:
    """The row is there, and the store has lost the bytes."""

    async def test_is_made_again(self, ada: Person, group: Room, kept: Kept) -> None:
        path = await image(ada, group)
        first = await ada("GET", path)
        await kept.files.store.delete(await kept.ids())
        again = await ada("GET", path)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
        [id] = await kept.ids()
        assert await kept.bytes_of(id) == first.content
        await become_swept(ada, kept, {id, *await kept.files.bytes_of(path.split("/")[3])})

    async def test_for_many_who_ask_at_once(self, ada: Person, ben: Person, group: Room, kept: Kept) -> None:
        path = await image(ada, group)
        first = await shown(ada, path)
        await kept.files.store.delete(await kept.ids())
        answers = await asyncio.gather(*((ada, ben)[number % 2]("GET", path) for number in range(20)))
        assert [(answer.status_code, answer.content) for answer in answers] == [(200, first)] * 20
        [id] = await kept.ids()
        assert await shown(ben, path) == first
        await become_swept(ada, kept, {id, *await kept.files.bytes_of(path.split("/")[3])})

    async def test_what_another_has_made_anew_meanwhile_is_not_forgotten(
        self, ada: Person, ben: Person, group: Room, kept: Kept, *, elsewhere: asyncpg.Connection, waiting: Waiting
    ) -> None:
        """Two servers find the bytes lost: the slower one comes upon a row that is not the one it has read."""
        path = await image(ada, group)
        first = await shown(ada, path)
        [lost] = await kept.ids()
        await kept.files.store.delete([lost])
        fresh = await strays.expect(Transaction(elsewhere))
        async with elsewhere.transaction():
            await elsewhere.execute("LOCK TABLE preview IN SHARE MODE")
            slow = asyncio.ensure_future(ada("GET", path))
            await waiting(1)
            await kept.files.store.write(fresh, in_pieces(first))
            await elsewhere.execute("UPDATE preview SET id = $1", fresh)
            await elsewhere.execute("DELETE FROM stray_blob WHERE blob_id = $1", fresh)
        assert (await slow).content == first
        assert await kept.ids() == [fresh]
        assert await shown(ben, path) == first
        await become_swept(ada, kept, {fresh, *await kept.files.bytes_of(path.split("/")[3])})

    async def test_with_its_file_is_told(self, ada: Person, group: Room, kept: Kept) -> None:
        path = await image(ada, group)
        await shown(ada, path)
        await kept.files.store.delete([*await kept.ids(), *await kept.files.bytes_of(path.split("/")[3])])
        for _ in range(2):
            assert_empty(await ada("GET", path), 424)
        assert_empty(await ada("DELETE", f"/attachments/{path.split('/')[3]}"), 204)
        await kept.assert_nothing_left()


async def become_swept(person: Person, kept: Kept, ids: set[UUID]) -> None:
    """Have it swept, and wait until the store has these beside what was there before, and no more to sweep."""
    await wake(person)
    await kept.files.assert_nothing_beside(kept.before | ids)
    assert await kept.files.kept() == kept.before | ids
