"""A file that used up the time of a worker is left alone for a minute, whatever is wanted of it; others are not."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bare import RED, png
from hostile import is_like, middle
from hostile_documents import ENDLESS
from stores import Place, in_folder, read, these

from app.adapters import database
from app.adapters.previews.previewer import KeepingPreviewer
from app.domain import blobs, strays
from app.domain.blobs import Blob
from app.domain.database import connected
from app.domain.errors import NotPreviewable, PreviewFailed, StorageFailed
from app.domain.previews import Preview
from app.domain.specifications import Area, Drawing, Pages, Specification
from app.domain.strays import Connected
from app.settings import PreviewsSettings, Settings

FOREVER = ENDLESS[0].content
PAGE = Drawing(source="pdf", area=Area(16, 16), fit="cover", rounded=False, format="png", quality=None)
LARGER = Drawing(source="pdf", area=Area(32, 32), fit="cover", rounded=False, format="png", quality=None)
IMAGE = Drawing(source="image", area=Area(8, 8), fit="cover", rounded=False, format="png", quality=None)
ALL = Pages(first=1, last=0)
SECONDS = 1


class Hours(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    later = 0.0

    def time(self) -> float:
        return super().time() + self.later


@dataclass(frozen=True)
class Desk:
    """Where previews are made and kept."""

    previewer: KeepingPreviewer
    connected: Connected
    place: Place

    async def kept(self, content: bytes) -> Blob:
        """Keep a file that is in no room."""
        async with self.connected() as transaction:
            id = await strays.expect(transaction)
            await self.place.store.write(id, these(content))
            digest = hashlib.sha256(content).digest()
            file = Blob(id=id, name="a", mime_type="text/plain", size=len(content), sha256=digest)
            await blobs.keep(transaction, file)
        return file

    async def shown(self, file: Blob, wanted: Specification, asker: str = "Ada") -> Preview:
        return await self.previewer.preview(file, wanted, asker)

    async def assert_slow(self, file: Blob, wanted: Specification = PAGE) -> None:
        with pytest.raises(PreviewFailed) as failed:
            await self.shown(file, wanted)
        assert isinstance(failed.value.__cause__, TimeoutError)

    async def assert_refused(self, file: Blob, wanted: Specification, asker: str = "Ada") -> None:
        with pytest.raises(PreviewFailed) as refused:
            await self.shown(file, wanted, asker)
        assert refused.value.__cause__ is None


Test = Callable[[Desk], Coroutine[Any, Any, None]]


@asynccontextmanager
async def desk(settings: Settings, folder: Path) -> AsyncIterator[Desk]:
    place = in_folder(folder)
    async with database.pool(settings) as pool:
        of_pool = partial(connected, pool)
        async with KeepingPreviewer(settings.previews, of_pool, place.store).making() as previewer:
            yield Desk(previewer, of_pool, place)


@pytest.fixture
def run(settings: Settings, folder: Path, database: object) -> Iterator[Callable[[Test], None]]:
    """Run a test with one worker, which has a second for each, in a loop of its own."""
    hasty = settings.model_copy(update={"previews": PreviewsSettings(seconds=SECONDS, workers=1)})

    async def at_a_desk(test: Test) -> None:
        async with desk(hasty, folder) as own:
            await test(own)

    with asyncio.Runner(loop_factory=Hours) as runner:
        yield lambda test: runner.run(at_a_desk(test))


def go_on(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Hours)
    loop.later += seconds


class TestSlowFile:
    def test_is_refused_for_a_minute_whatever_is_wanted_of_it_and_whoever_asks(
        self, run: Callable[[Test], None]
    ) -> None:
        async def test(desk: Desk) -> None:
            file = await desk.kept(FOREVER)
            await desk.assert_slow(file)
            began = time.monotonic()
            for wanted in (PAGE, LARGER, IMAGE, ALL):
                await desk.assert_refused(file, wanted)
                await desk.assert_refused(file, wanted, "Ben")
            assert time.monotonic() - began < SECONDS
            go_on(58)
            await desk.assert_refused(file, ALL)
            go_on(2)
            assert await desk.shown(file, ALL) == (file.id, file.size)

        run(test)

    def test_is_refused_to_who_waits_already(self, run: Callable[[Test], None]) -> None:
        async def test(desk: Desk) -> None:
            file = await desk.kept(FOREVER)
            began = time.monotonic()
            wanted = (PAGE, LARGER, ALL, IMAGE)
            failures = await asyncio.gather(*(desk.shown(file, one) for one in wanted), return_exceptions=True)
            assert [type(failure) for failure in failures] == [PreviewFailed] * 4
            assert time.monotonic() - began < 2 * SECONDS

        run(test)

    def test_keeps_no_other_from_being_shown(self, run: Callable[[Test], None]) -> None:
        async def test(desk: Desk) -> None:
            slow, picture, same = [await desk.kept(content) for content in (FOREVER, png(), FOREVER)]
            await desk.assert_slow(slow)
            shown = await desk.shown(picture, IMAGE)
            assert is_like(middle(await read(desk.place.store, shown.id, 0, shown.size)), RED)
            assert await desk.shown(same, ALL) == (same.id, same.size)

        run(test)


class TestOtherFailures:
    def test_are_followed_by_no_rest(self, run: Callable[[Test], None]) -> None:
        """What cannot be read, or could not be read just now, was no burden."""

        async def test(desk: Desk) -> None:
            none, lost = await desk.kept(b"none"), await desk.kept(png())
            for _ in range(2):
                with pytest.raises(NotPreviewable):
                    await desk.shown(none, IMAGE)
            await desk.place.store.delete([lost.id])
            with pytest.raises(StorageFailed):
                await desk.shown(lost, IMAGE)
            await desk.place.store.write(lost.id, these(png()))
            assert (await desk.shown(lost, IMAGE)).size

        run(test)
