"""Previews go with the last file that has their bytes, and the least used ones when space is short: nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asgi_lifespan import LifespanManager
from kept import PAPER, PICTURE, Kept, image, shown, wake
from people import Files, Person, Room, removed
from pictures import saved
from PIL import Image
from stores import MEBIBYTE, content
from transcripts import assert_empty

from app.domain import strays
from app.domain.database import Transaction
from app.main import create_app
from app.settings import PreviewsSettings, Settings


@pytest.fixture
async def kept(files: Files) -> Kept:
    return Kept(files, await files.kept())


async def become(expected: Any, ask: Callable[[], Awaitable[Any]]) -> None:
    """Wait until something is so, of which nobody tells."""
    async with asyncio.timeout(10):
        while await ask() != expected:  # noqa: ASYNC110 - as nobody does
            await asyncio.sleep(0.005)


class TestGone:
    async def test_with_the_file(self, ada: Person, group: Room, kept: Kept) -> None:
        id, other = [await ada.sent(group, "a", PICTURE) for _ in range(2)]
        for each in (id, other):
            for area in ("10x10", "20x20"):
                await shown(ada, f"/preview/image/{each}/{area}")
        file, others = await kept.files.bytes_of(id, other)
        gone = [row["id"] for row in await kept.rows() if row["blob_id"] == file]
        assert len(gone) == 2
        assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)
        await kept.files.assert_swept(file, *gone)
        assert {row["blob_id"] for row in await kept.rows()} == {others}
        assert len(await kept.files.kept() - kept.before) == 3
        await shown(ada, f"/preview/image/{other}/10x10")

    async def test_with_the_room(self, ada: Person, group: Room, kept: Kept) -> None:
        for area in ("10x10", "20x10"):
            await shown(ada, (await image(ada, group)).replace("20x20", area))
        await shown(ada, f"/preview/pdf/{await ada.sent(group, 'a', PAPER)}?firstPage=2")
        assert len(await kept.rows()) == 3
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        await kept.assert_nothing_left()

    async def test_with_the_last_member(self, ada: Person, kept: Kept) -> None:
        room = await ada.created("temporary", name="Own")
        await shown(ada, await image(ada, room))
        assert_empty(await ada("DELETE", f"/rooms/{room['id']}/members/{ada.id}"), 204)
        await kept.assert_nothing_left()

    async def test_with_a_user_whose_room_it_was(
        self, ada: Person, ben: Person, kept: Kept, database: asyncpg.Connection
    ) -> None:
        await shown(ada, await image(ben, await ada.created("one_to_one", ben)))
        await removed(ben, database)
        assert await kept.rows() == []
        await wake(ada)
        await kept.assert_nothing_left()

    @pytest.mark.parametrize("first", [0, 1], ids=["the source", "the copy"])
    @pytest.mark.parametrize("by", ["rooms", "attachments"])
    async def test_with_the_last_attachment_of_the_same_bytes(
        self, ada: Person, ben: Person, group: Room, kept: Kept, *, first: int, by: str
    ) -> None:
        other = await ada.created("temporary", ben, ada, name="Other")
        sent = await ada.sent(group, "a", PICTURE)
        ids, rooms = [sent, await ada.forwarded(sent, other)], [group, other]
        before = [await shown(ada, f"/preview/image/{id}/20x20") for id in ids]
        [row] = await kept.rows()
        paths = [f"/rooms/{room['id']}" for room in rooms] if by == "rooms" else [f"/attachments/{id}" for id in ids]
        assert_empty(await ada("DELETE", paths[first]), 204)
        assert await kept.rows() == [row]
        assert await shown(ben, f"/preview/image/{ids[1 - first]}/20x20") == before[0] == before[1]
        assert_empty(await ada("GET", f"/preview/image/{ids[first]}/20x20"), 404)
        assert await kept.strays() == 0
        assert_empty(await ada("DELETE", paths[1 - first]), 204)
        await kept.assert_nothing_left()

    async def test_while_it_is_made(self, ada: Person, group: Room, kept: Kept) -> None:
        """Whether the preview or the deletion is first, nothing is left."""
        for number in range(6):
            path = await image(ada, group)
            asking = asyncio.ensure_future(ada("GET", f"{path}?output_format=Webp"))
            await asyncio.sleep(number * 0.003)
            assert_empty(await ada("DELETE", f"/attachments/{path.split('/')[3]}"), 204)
            assert (await asking).status_code in {200, 404, 424}
            assert_empty(await ada("GET", path), 404)
        await wake(ada)
        await kept.assert_nothing_left()


class TestDoubted:
    async def test_what_is_kept_stays_though_it_is_on_the_list_of_the_sweep(
        self, ada: Person, group: Room, kept: Kept, database: asyncpg.Connection
    ) -> None:
        """The connection broke while it was committed: whether it was, who made it does not know, and gives up."""
        path = await image(ada, group)
        first = await shown(ada, path)
        [id] = await kept.ids()
        await strays.give_up(Transaction(database), id)
        await wake(ada)
        await kept.files.assert_nothing_beside(await kept.files.kept())
        assert await kept.bytes_of(id) == first
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        await kept.assert_nothing_left()


class TestBound:
    """Where a MiB of previews is kept, and each of these is two fifths of one; the sweep begins with the server."""

    @pytest.fixture
    async def paths(self, ada: Person, group: Room) -> list[str]:
        """Four previews that were made one after the other."""
        noise = Image.frombytes("RGB", (370, 370), content(370 * 370 * 3))
        turned = [noise.rotate(90 * number) for number in range(4)]
        ids = [await ada.sent(group, "a", saved(each, "BMP")) for each in turned]
        paths = [f"/preview/image/{id}/0x0?output_format=Png" for id in ids]
        assert [MEBIBYTE / 3 < len(await shown(ada, path)) < MEBIBYTE / 2 for path in paths] == [True] * 4
        return paths

    async def _sweep(self, settings: Settings, kept: Kept, expected: list[UUID]) -> None:
        small = settings.model_copy(update={"previews": PreviewsSettings(cache_in_mb=1)})
        async with LifespanManager(create_app(small)):
            await become(expected, kept.ids)
            await become(0, kept.strays)

    async def test_those_go_first_that_were_used_least_recently(
        self, ada: Person, kept: Kept, settings: Settings, *, paths: list[str]
    ) -> None:
        ids = await kept.ids()
        for id, hours in zip(ids, (4, 9, 2, 7), strict=True):
            await kept.use(id, hours=hours)
        before = [await kept.files.kept(), await shown(ada, paths[3])]  # which is used just now
        await self._sweep(settings, kept, [ids[2], ids[3]])
        assert before[0] - await kept.files.kept() == {ids[0], ids[1]}
        assert [await shown(ada, path) for path in paths][3] == before[1]
        assert len(await kept.ids()) == 4

    async def test_what_went_is_made_again_as_it_was(
        self, ada: Person, kept: Kept, settings: Settings, *, paths: list[str]
    ) -> None:
        for id, hours in zip(await kept.ids(), (1.5, 2.5, 3.5, 4.5), strict=True):
            await kept.use(id, hours=hours)
        before = [await ada("HEAD", path) for path in paths[2:]]
        for id, hours in zip(await kept.ids(), (1.5, 2.5, 3.5, 4.5), strict=True):
            await kept.use(id, hours=hours)
        await self._sweep(settings, kept, (await kept.ids())[:2])
        after = [await ada("GET", path) for path in paths[2:]]
        assert [answer.headers["etag"] for answer in after] == [answer.headers["etag"] for answer in before]
        assert [len(answer.content) for answer in after] == [int(one.headers["content-length"]) for one in before]

    async def test_files_stay(
        self, ada: Person, group: Room, kept: Kept, settings: Settings, *, paths: list[str]
    ) -> None:
        ids = await kept.ids()
        await self._sweep(settings, kept, ids[2:])
        for path in paths:
            assert len(await ada.has(path.split("/")[3])) > 370 * 370 * 3
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        await kept.assert_nothing_left()

    async def test_those_that_are_their_files_count_too(
        self, ada: Person, group: Room, kept: Kept, database: asyncpg.Connection, settings: Settings
    ) -> None:
        """They take no space in the store, but a row each, and there are as many as numbers past a paper's end."""
        id = await ada.sent(group, "a", PAPER)
        for last in (10**9, 10**9 + 1):
            assert await shown(ada, f"/preview/pdf/{id}?lastPage={last}") == PAPER
        [first, newest] = await kept.ids()
        before = await kept.files.kept()
        await kept.use(first, hours=999)
        await database.execute(
            """
            INSERT INTO preview (id, blob_id, specification, used_at)
                SELECT gen_random_uuid(), blob_id, 'pages 1 ' || number, now() - number * interval '1 second'
                  FROM preview, generate_series(1, 300) number WHERE id = $1
            """,
            newest,
        )
        small = settings.model_copy(update={"previews": PreviewsSettings(cache_in_mb=1)})
        async with LifespanManager(create_app(small)):
            await become(256, lambda: database.fetchval("SELECT count(*) FROM preview"))
            await become(0, kept.strays)
        assert first not in await kept.ids()
        assert newest in await kept.ids()
        assert await kept.files.kept() == before
        assert await shown(ada, f"/preview/pdf/{id}") == PAPER

    async def test_nothing_goes_as_long_as_there_is_space(
        self, ada: Person, group: Room, kept: Kept, settings: Settings
    ) -> None:
        path = await image(ada, group)
        await shown(ada, path)
        before = await kept.rows()
        small = settings.model_copy(update={"previews": PreviewsSettings(cache_in_mb=1)})
        async with LifespanManager(create_app(small)):
            await kept.use(before[0]["id"], hours=1000)
            await asyncio.sleep(0.05)
        assert await kept.ids() == [before[0]["id"]]
