"""The whole server, in this process, and something is taken from it: `/health` is yellow, the log has one line of it.

Its watch looks more often than in a process of its own, where it is seen in tests/server/test_starts.py.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from buckets import Buckets
from disks import SMALL_DISK
from ports import free_port
from processes import PATIENCE
from transcripts import caller

from app.main import create_app
from app.settings import Settings

STORE, PREVIEWER = "storage_service", "previewer_service"
Serving = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serving(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """`async with serving(blobs_url) as client`."""
    for name in ("_SECONDS", "_SOON_SECONDS"):
        monkeypatch.setattr(f"app.adapters.watch.{name}", 0.05)

    @contextlib.asynccontextmanager
    async def serving(blobs_url: str) -> AsyncIterator[httpx.AsyncClient]:
        application = create_app(settings.model_copy(update={"blobs_url": blobs_url}))
        async with LifespanManager(application) as manager, caller(manager.app) as client:
            yield client

    return serving


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.02)


async def turns(client: httpx.AsyncClient, status: str) -> None:
    """Wait until `/health` has this status."""
    async with asyncio.timeout(PATIENCE):
        while (await client.get("/health")).json()["status"] != status:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.02)


class Said:
    """What the log says of one thing."""

    def __init__(self, log: pytest.LogCaptureFixture, name: str) -> None:
        self._log = log
        self._name = name

    @property
    def lines(self) -> list[str]:
        assert "hunter2" not in self._log.text
        return [line for line in self._log.messages if line.startswith(f"{self._name} is ")]

    async def away(self, *parts: str) -> None:
        """Wait until it is said to be away, in one line that has these parts."""
        await until(lambda: self.lines)
        [line] = self.lines
        assert line.startswith(f"{self._name} is away (")
        assert [part for part in parts if part not in line] == [], line

    async def back(self) -> None:
        await until(lambda: self.lines[1:])
        assert self.lines[1:] == [f"{self._name} is back"]


class TestBucket:
    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            ({"ENFILADE_BLOBS_URL": "s3://none/files"}, "NoSuchBucket"),
            ({"AWS_ACCESS_KEY_ID": "nobody"}, "InvalidAccessKeyId"),
            ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "SignatureDoesNotMatch"),
            ({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}, "HTTP error"),
        ],
        ids=["that is not there", "for another key", "for another secret", "of a store that is not there"],
    )
    async def test_is_said_with_the_stores_reason(
        self,
        serving: Serving,
        buckets: Buckets,
        *,
        wrong: dict[str, str],
        reason: str,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        told = buckets.prefix | wrong
        for name in buckets.settings:
            monkeypatch.setenv(name, told[name])
        async with serving(told["ENFILADE_BLOBS_URL"]) as client:
            await Said(caplog, STORE).away(reason, "look at ENFILADE_BLOBS_URL", "AWS_")
            await turns(client, "warn")


class TestFolders:
    """Those of files, and of what previews are made of."""

    async def _taken(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, take: Callable[[], None], *parts: str
    ) -> list[Said]:
        await turns(client, "ok")
        caplog.clear()
        take()
        store, previewer = Said(caplog, STORE), Said(caplog, PREVIEWER)
        await store.away(*parts, "look at ENFILADE_BLOBS_URL")
        await previewer.away(*parts, "TMPDIR")
        await turns(client, "warn")
        return [store, previewer]

    async def _given_back(self, client: httpx.AsyncClient, said: list[Said], caplog: pytest.LogCaptureFixture) -> None:
        for each in said:
            await each.back()
        await turns(client, "ok")
        assert "Traceback" not in caplog.text
        assert "a preview failed" not in caplog.text

    async def test_on_a_disk_that_is_full_are_said_and_so_is_that_there_is_space_again(
        self, serving: Serving, disk: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        temporary, fill = disk / "tmp", disk / "fill"
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))

        def take() -> None:
            with contextlib.suppress(OSError):
                fill.write_bytes(bytes(2 * SMALL_DISK))

        async with serving(str(disk / "blobs")) as client:
            said = await self._taken(client, caplog, take, "No space left on device")
            fill.unlink()
            await self._given_back(client, said, caplog)

    async def test_that_are_gone_are_said_and_so_is_that_they_are_back(
        self, serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        places = [tmp_path / "blobs", tmp_path / "tmp"]
        places[1].mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(places[1]))

        def take() -> None:
            for place in places:
                shutil.rmtree(place)

        async with serving(str(places[0])) as client:
            said = await self._taken(client, caplog, take, "No such file or directory")
            for place in places:
                place.mkdir()
            await self._given_back(client, said, caplog)
