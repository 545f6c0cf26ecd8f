"""A deployment is backed up while it is used, and restored elsewhere, by the commands of docs/operating.md."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from belongings import Belongings, upload
from databases import Postgres
from manual import commands, for_libpq, type_in
from processes import Begin, RunServer, Server, eventually, settings_of

from app.adapters.embedded import binaries

pytestmark = [
    pytest.mark.skipif(not shutil.which("rsync"), reason="files are copied by rsync"),
    pytest.mark.skipif(
        not (binaries.find(None) / "pg_dump").exists(), reason="pg_dump comes with the wheel of Postgres"
    ),
]

Settings = dict[str, str]


@pytest.fixture
def used(postgres: Postgres, template: str, tmp_path: Path) -> Iterator[Settings]:
    with postgres.database(template) as url:
        yield {**settings_of(for_libpq(url)), "ENFILADE_BLOBS_URL": str(tmp_path / "used")}


@pytest.fixture
def fresh(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    (tmp_path / "fresh").mkdir()
    with postgres.database() as url:
        yield {**settings_of(for_libpq(url)), "ENFILADE_BLOBS_URL": str(tmp_path / "fresh")}


@contextmanager
def uploading(server: Server, belongings: Belongings) -> Iterator[list[str]]:
    """Upload one file after the other as long as the block runs; yields their ids so far."""
    sent: list[str] = []
    over = threading.Event()

    def upload_on() -> None:
        while not over.is_set():
            sent.append(upload(server, belongings.user_token, belongings.room))

    uploader = threading.Thread(target=upload_on)
    uploader.start()
    try:
        yield sent
    finally:
        over.set()
        uploader.join()


def has_all(server: Server, belongings: Belongings) -> int:
    """Return how many files the room has, each of which can be read."""
    with server.client(Authorization=f"Bearer {belongings.user_token}") as chats:
        page = chats.get(f"/rooms/{belongings.room}/attachments", params={"itemsNumber": 100}).json()
        statuses = {chats.get(f"/attachments/{file['id']}/download").status_code for file in page["attachments"]}
    assert statuses == {200}
    return len(page["attachments"])


def test_what_was_there_when_it_began_is_there_again(
    begin: Begin, run_server: RunServer, used: Settings, fresh: Settings, tmp_path: Path
) -> None:
    server = begin(**used)
    belongings = Belongings.put(server)
    [back_up], [restore], [verify] = map(commands, ("With a folder", "Restoring to a folder", "Verifying a restore"))
    with uploading(server, belongings) as sent:
        assert eventually(lambda: len(sent) > 1)
        before = len(sent)
        type_in(tmp_path, back_up, used)
        assert eventually(lambda: len(sent) > before + 1)
    server.end()

    type_in(tmp_path, restore, fresh)
    assert type_in(tmp_path, verify, fresh) == ""
    with run_server(**fresh) as restored:
        assert belongings.missing_of(restored) == set()
        assert before < has_all(restored, belongings) < len(sent) + 1


@pytest.mark.long
def test_the_other_way_round_rows_are_without_bytes_and_verifying_names_them(
    begin: Begin, used: Settings, fresh: Settings, tmp_path: Path
) -> None:
    server = begin(**used)
    belongings = Belongings.put(server)
    [back_up], [restore], [verify] = map(commands, ("With a folder", "Restoring to a folder", "Verifying a restore"))
    made, dumped, copied = back_up.splitlines()
    type_in(tmp_path, f"{made}\n{copied}", used)
    upload(server, belongings.user_token, belongings.room)
    type_in(tmp_path, dumped, used)

    type_in(tmp_path, restore, fresh)
    assert len(type_in(tmp_path, verify, fresh).splitlines()) == 1


@pytest.mark.long
def test_the_embedded_database_is_dumped_while_it_runs(begin: Begin, fresh: Settings, tmp_path: Path) -> None:
    server = begin()
    belongings = Belongings.put(server)
    [back_up], [restore] = map(commands, ("With the embedded database", "Restoring to a folder"))
    (tmp_path / "backup").mkdir()
    type_in(tmp_path, back_up, {})
    key = (tmp_path / "data/secret.key").read_text().strip()
    server.end()

    settings = {**fresh, "ENFILADE_SECRET_KEY": key}
    type_in(tmp_path, restore, settings)
    assert belongings.missing_of(begin(**settings, ENFILADE_DATA_DIR=str(tmp_path / "other"))) == set()


@pytest.mark.long
def test_a_stopped_folder_of_data_is_a_backup(begin: Begin, tmp_path: Path) -> None:
    server = begin()
    belongings = Belongings.put(server)
    server.end()
    type_in(tmp_path, "cp --archive data copy", {})
    assert belongings.missing_of(begin(ENFILADE_DATA_DIR=str(tmp_path / "copy"))) == set()
