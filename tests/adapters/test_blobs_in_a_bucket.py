"""Bytes in a bucket, beyond the contract of both stores: keys, prefixes, and a server that fails or is not there."""

import asyncio
import traceback
from pathlib import Path

import pytest
from buckets import BUCKET, SECRET, Buckets
from ports import free_port
from stores import PART, content, in_bucket, listed, read, store_of, written

from app.adapters.blobs import BlobsUnusable
from app.domain.blobs import BlobStore
from app.domain.errors import StorageFailed
from app.domain.ids import new_id

Told = dict[str, str]
SOON = 10  # seconds
NOBODY = {"AWS_ACCESS_KEY_ID": "nobody"}
MISTYPED = {"AWS_SECRET_ACCESS_KEY": "a mistyped secret"}
READER = {"AWS_ACCESS_KEY_ID": "reader"}


async def failures(store: BlobStore) -> list[BaseException | None]:
    """Return what comes of all that can be asked of a store, when it is all asked at once."""
    work = [
        written(store),
        written(store, content(2 * PART)),
        read(store, new_id(), 0, 1),
        listed(store),
        store.delete([new_id()]),
        store.probe(),
    ]
    async with asyncio.timeout(SOON):
        return await asyncio.gather(*work, return_exceptions=True)


def assert_failed(*failures: BaseException | None) -> None:
    """Judge that each is a StorageFailed of one line that gives no secret away."""
    for failure in failures:
        assert isinstance(failure, StorageFailed), failure
        assert "\n" not in str(failure)
        told = "".join(traceback.format_exception(failure))
        assert SECRET not in told
        assert MISTYPED["AWS_SECRET_ACCESS_KEY"] not in told


class TestKeys:
    async def test_are_the_prefix_and_the_id(self, told: Told, buckets: Buckets) -> None:
        [scheme, prefix] = told["ENFILADE_BLOBS_URL"].split(f"{BUCKET}/")
        place = in_bucket(told, buckets)
        id = await written(place.store)
        around = in_bucket(told | {"ENFILADE_BLOBS_URL": f"{scheme}{BUCKET}/{prefix.partition('/')[0]}"}, buckets)
        assert around.whole() == [str(id)]
        assert await read(store_of(f"{scheme}{BUCKET}/{prefix}/"), id, 0, 4) == b"kept"

    async def test_of_another_prefix_are_left_alone(self, told: Told, buckets: Buckets) -> None:
        url = told["ENFILADE_BLOBS_URL"]
        ours, theirs = (in_bucket(told | {"ENFILADE_BLOBS_URL": f"{url}{end}"}, buckets) for end in ("", "2"))
        id = await written(theirs.store)
        assert await listed(ours.store) == []
        await ours.store.delete([id])
        assert theirs.whole() == [str(id)]

    async def test_need_no_prefix(self, told: Told) -> None:
        store = store_of(f"s3://{BUCKET}")
        id = await written(store)
        assert await listed(store) == [id]
        await store.delete([id])
        assert await listed(store) == []

    async def test_are_listed_and_deleted_when_they_are_more_than_a_page(self, told: Told) -> None:
        store = store_of(told["ENFILADE_BLOBS_URL"])
        kept = sorted(await asyncio.gather(*(written(store) for _ in range(1001))))
        assert await listed(store) == kept
        await store.delete(kept)
        assert await listed(store) == []


class TestVariables:
    async def test_may_stand_in_env_file(self, told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        names = [name for name in told if name.startswith("AWS_")]
        (tmp_path / ".env").write_text("".join(f'{name}="{told[name]}"\n' for name in names))
        for name in names:
            monkeypatch.delenv(name)
        assert await listed(store_of(told["ENFILADE_BLOBS_URL"])) == []


class TestRefused:
    @pytest.mark.parametrize("variables", [NOBODY, MISTYPED])
    async def test_with_a_wrong_key_everything_fails(
        self, told: Told, monkeypatch: pytest.MonkeyPatch, variables: Told
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert_failed(*await failures(store_of(told["ENFILADE_BLOBS_URL"])))

    async def test_without_the_bucket_everything_fails_but_deletion(self, told: Told) -> None:
        one, large, reading, listing, _, probe = await failures(store_of("s3://none/files"))
        assert_failed(one, large, reading, listing, probe)

    async def test_with_a_key_that_may_not_write_nothing_is_kept_and_the_probe_sees_a_store_that_answers(
        self, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in READER.items():
            monkeypatch.setenv(name, value)
        one, large, _, _, deletion, probe = await failures(store_of(told["ENFILADE_BLOBS_URL"]))
        assert_failed(one, large, deletion)
        assert probe is None


class TestAddress:
    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
    @pytest.mark.parametrize(
        "endpoint", ["garbage", "HTTP://127.0.0.1", "ftp://127.0.0.1", "http://", "http://a b", "http://a:b"]
    )
    def test_that_cannot_be_is_refused_at_the_start(
        self, told: Told, monkeypatch: pytest.MonkeyPatch, name: str, endpoint: str
    ) -> None:
        monkeypatch.setenv(name, endpoint)
        with pytest.raises(BlobsUnusable, match=f"^{name} must be like https://host"):
            store_of(told["ENFILADE_BLOBS_URL"])


class TestServer:
    async def test_that_is_not_there_is_a_failure_within_seconds(
        self, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
        assert_failed(*await failures(store_of(told["ENFILADE_BLOBS_URL"])))
