"""Both stores of bytes, held to one contract: whole or not at all, and StorageFailed for all that fails in them."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from stores import MEBIBYTE, PART, Place, content, listed, pieces, read, these, waiting, written

from app.domain.blobs import BlobStore
from app.domain.errors import StorageFailed
from app.domain.ids import new_id


@pytest.fixture
def store(place: Place) -> BlobStore:
    return place.store


class Broken(Exception):
    """What pieces raise."""


class TestWrite:
    @pytest.mark.parametrize("size", [0, 1, 65_537, PART - 1, PART, PART + 1, 20 * MEBIBYTE])
    async def test_keeps_any_size(self, place: Place, size: int) -> None:
        id = await written(place.store, content(size))
        assert await read(place.store, id, 0, size) == content(size)
        assert (place.whole(), place.half()) == ([str(id)], [])

    @pytest.mark.parametrize("size", [1, 1000, PART, 2 * PART])
    async def test_pieces_may_be_as_large_as_they_like(self, store: BlobStore, size: int) -> None:
        kept, id = content(min(2 * PART, size * 3000)), new_id()
        await store.write(id, pieces(kept, size))
        assert await read(store, id, 0, len(kept)) == kept

    @pytest.mark.parametrize("large", [b"", content(PART)])
    async def test_empty_pieces_are_nothing(self, store: BlobStore, large: bytes) -> None:
        id, kept = new_id(), b"a" + large + large + b"b"
        await store.write(id, these(b"", b"a", b"", large, b"", large, b"b", b""))
        assert await read(store, id, 0, len(kept)) == kept

    async def test_of_several_at_once_each_is_intact(self, place: Place) -> None:
        sizes = {new_id(): size for size in (0, 10, 100_000, PART - 1, PART + 1, 2 * PART)}
        await asyncio.gather(*(place.store.write(id, pieces(content(size))) for id, size in sizes.items()))
        for id, size in sizes.items():
            assert await read(place.store, id, 0, size) == content(size)
        assert place.half() == []

    async def test_nobody_reads_it_before_it_is_whole(self, place: Place) -> None:
        id, asked = new_id(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield content(2 * PART)
            with pytest.raises(StorageFailed):
                await read(place.store, id, 0, 1)
            assert place.whole() == []
            asked.set()

        await place.store.write(id, slowly())
        assert asked.is_set()
        assert place.whole() == [str(id)]


class TestWriteThatBreaksOff:
    SIZES = (0, 1, PART, 20 * MEBIBYTE)

    @pytest.mark.parametrize("size", SIZES)
    async def test_what_the_pieces_raise_is_raised_and_nothing_is_left(self, place: Place, size: int) -> None:
        async def broken() -> AsyncIterator[bytes]:
            async for piece in pieces(content(size)):
                yield piece
            raise Broken

        with pytest.raises(Broken):
            await place.store.write(new_id(), broken())
        assert place.is_empty

    @pytest.mark.parametrize("size", SIZES)
    async def test_cancelled_while_it_waits_for_more_it_leaves_nothing(self, place: Place, size: int) -> None:
        waits = asyncio.Event()
        writing = asyncio.create_task(place.store.write(new_id(), waiting(content(size), waits)))
        await waits.wait()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert place.is_empty

    @pytest.mark.parametrize(("size", "last"), [(1, 0.01), (2 * PART, 0.2)])
    async def test_cancelled_at_any_moment_it_is_whole_or_leaves_nothing(
        self, place: Place, size: int, last: float
    ) -> None:
        for moment in range(6):
            id = new_id()
            writing = asyncio.create_task(place.store.write(id, these(content(size))))
            await asyncio.wait([writing], timeout=last * moment / 6)
            writing.cancel()
            await asyncio.wait([writing])
            assert place.half() == []
            assert place.whole() in ([], [str(id)])
            if place.whole():
                assert await read(place.store, id, 0, size) == content(size)
            await place.store.delete([id])

    async def test_another_one_meanwhile_is_kept(self, place: Place) -> None:
        waits = asyncio.Event()
        writing = asyncio.create_task(place.store.write(new_id(), waiting(content(2 * PART), waits)))
        await waits.wait()
        id = await written(place.store, content(2 * PART))
        writing.cancel()
        await asyncio.wait([writing])
        assert (place.whole(), place.half()) == ([str(id)], [])
        assert await read(place.store, id, 0, 2 * PART) == content(2 * PART)


class TestRead:
    SIZE = 5 * MEBIBYTE

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, 1), (0, SIZE), (1, 1), (1, 2), (SIZE - 1, SIZE), (MEBIBYTE, MEBIBYTE + 1), (1, SIZE - 1)],
    )
    async def test_is_from_the_start_up_to_but_not_including_the_end(
        self, store: BlobStore, start: int, end: int
    ) -> None:
        id = await written(store, content(self.SIZE))
        assert await read(store, id, start, end) == content(self.SIZE)[start:end]

    @pytest.mark.parametrize("start", [0, 5])
    async def test_past_the_end_is_a_failure(self, store: BlobStore, start: int) -> None:
        id = await written(store, b"short")
        with pytest.raises(StorageFailed):
            await read(store, id, start, 6)

    async def test_of_what_is_not_there_is_a_failure(self, store: BlobStore) -> None:
        with pytest.raises(StorageFailed):
            await read(store, new_id(), 0, 1)

    async def test_of_what_was_deleted_is_a_failure(self, store: BlobStore) -> None:
        id = await written(store)
        await store.delete([id])
        with pytest.raises(StorageFailed):
            await read(store, id, 0, 1)


class TestDelete:
    async def test_of_some_leaves_the_others(self, place: Place) -> None:
        [first, second, third] = [await written(place.store) for _ in range(3)]
        await place.store.delete([first, third])
        assert place.whole() == [str(second)]

    async def test_of_what_is_not_there_is_fine(self, place: Place) -> None:
        id = await written(place.store)
        await place.store.delete([])
        await place.store.delete([new_id(), id, *(new_id() for _ in range(1000))])
        assert place.is_empty


class TestIds:
    async def test_are_those_of_everything_that_is_kept(self, store: BlobStore) -> None:
        assert await listed(store) == []
        kept = sorted([await written(store) for _ in range(3)])
        assert await listed(store) == kept

    async def test_names_of_others_are_left_alone(self, place: Place) -> None:
        id = new_id()
        ours = [f"{id}.txt", f"{id}-old", str(id).upper(), id.hex, f"{{{id}}}"]
        names = ["notes.txt", *ours, *(f"aa/{name}" for name in ours), f"backup/{id}", f"aa/bb/{id}"]
        for name in names:
            place.put(name, b"not ours")
        assert await listed(place.store) == []
        await place.store.delete([id])
        await place.store.probe()
        assert place.whole() == sorted(name.rpartition("/")[2] for name in names)


class TestProbe:
    async def test_is_silent_and_leaves_nothing_where_something_can_be_kept(self, place: Place) -> None:
        await place.store.probe()
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)  # so that they do get into each other's way, if they can
        try:
            await asyncio.gather(*(place.store.probe() for _ in range(50)))
        finally:
            sys.setswitchinterval(before)
        assert place.is_empty
        assert await listed(place.store) == []
