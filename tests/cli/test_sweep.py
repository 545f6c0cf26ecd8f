"""`enfilade sweep`: what nobody owns goes, beside a server that receives files; everything else stays."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import randbits
from typing import Any
from uuid import UUID

import pytest
from ports import free_port
from processes import Begin, eventually
from sharing import Sharer
from stores import MEBIBYTE, Place, content, in_folder, these
from wire import Wire

from app.domain import ids

FAILED = "Error: the store of files does not answer as it should"
NOTHING = {"strays": 0, "unowned": 0}
LARGE = 30 * MEBIBYTE
HALF = 20 * MEBIBYTE


def of_age(**age: float) -> UUID:
    """Return an id that was made so long ago."""
    first = ids.first_from(datetime.now(UTC) - timedelta(**age))
    return ids.from_bytes(ids.to_bytes(first)[:6] + randbits(48).to_bytes(6, "big"))


def keep(place: Place, *kept: UUID) -> None:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        for id in kept:
            loop.run_until_complete(place.store.write(id, these(b"kept")))


class TestSweep:
    def test_beside_a_server_that_receives_a_file(
        self, begin: Begin, sharer: Sharer, place: Place, terminal: Any
    ) -> None:
        unowned = [of_age(days=1, minutes=1), of_age(days=400)]
        young = [of_age(hours=23), of_age(seconds=1)]
        owned, arriving, due = (of_age(days=2) for _ in range(3))
        server = begin(**sharer.settings, **place.settings)
        room = sharer.room(server)
        sharer.sql(f"INSERT INTO blob (id, name, mime_type, size, sha256) VALUES ('{owned}', '', '', 4, '')")  # noqa: S608
        sharer.sql(f"INSERT INTO stray_blob (blob_id, due_at) VALUES ('{arriving}', now() + interval '1 hour')")  # noqa: S608
        sharer.sql(f"INSERT INTO stray_blob (blob_id, due_at) VALUES ('{due}', now())")  # noqa: S608
        keep(place, *unowned, *young, owned, arriving, due)
        place.put("notes.txt", b"not ours")
        place.put(f"{unowned[0]}.txt", b"not ours")
        sent = room.sent(b"sent")

        with contextlib.closing(Wire(server.url)) as wire:
            sharer.begin_to_send(wire, room, f"Content-Length: {LARGE}")
            wire.say(content(HALF))
            assert eventually(place.half)
            shell = terminal(**sharer.settings, **place.settings)
            swept = shell.json("sweep")
            assert list(swept.items()) == [("strays", 1), ("unowned", 2)]
            assert shell.json("sweep") == NOTHING
            [of_sent] = sharer.sql(f"SELECT blob_id FROM attachment WHERE id = '{sent}'")  # noqa: S608
            stays = [*young, owned, arriving, of_sent["blob_id"], "notes.txt", f"{unowned[0]}.txt"]
            assert place.whole() == sorted(map(str, stays))
            assert str(due) not in sharer.strays

            wire.say(content(LARGE)[HALF:])
            answer = wire.hear()
        assert answer.status == 201
        assert room.download(answer.json["id"]).content == content(HALF) + content(LARGE)[HALF:]
        assert room.download(sent).content == b"sent"

    def test_where_there_is_nothing(self, shell: Any, folder: Path) -> None:
        place = in_folder(folder)
        assert shell.json("sweep", **place.settings) == NOTHING
        done = shell.run("sweep", **place.settings)
        assert (done.status, done.out, done.err) == (0, "strays: 0\nunowned: 0\n", "")

    def test_takes_what_is_left_of_half_a_write(self, shell: Any, folder: Path) -> None:
        place = in_folder(folder)
        keep(place, of_age(days=2))
        [path] = folder.glob("*/*")
        path.rename(f"{path}.part")
        assert shell.json("sweep", **place.settings) == NOTHING | {"unowned": 1}
        assert place.is_empty

    def test_of_more_than_it_looks_at_at_once(self, shell: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        place = in_folder(folder)
        monkeypatch.setattr(os, "fsync", lambda _: None)  # they need not outlive the test
        keep(place, *(of_age(days=2) for _ in range(1001)))
        assert shell.json("sweep", **place.settings) == NOTHING | {"unowned": 1001}
        assert place.is_empty


class TestFileThatCannotBeDeleted:
    def test_is_said_in_one_line_and_nobody_keeps_what_was_due_any_more(
        self, terminal: Any, sharer: Sharer, folder: Path
    ) -> None:
        shell = terminal(**sharer.settings)  # on a database where no server sweeps
        place, stuck, others = in_folder(folder), of_age(days=2), [of_age(days=2) for _ in range(2)]
        keep(place, stuck, *others)
        for id in (stuck, *others):
            shell.sql(f"INSERT INTO stray_blob (blob_id, due_at) VALUES ('{id}', now())")  # noqa: S608
        [path] = folder.glob(f"*/{stuck}")
        path.unlink()
        path.mkdir()
        assert shell.refusal("sweep", **place.settings) == f"{FAILED}: Is a directory"
        assert place.is_empty
        given_up = shell.sql("SELECT blob_id FROM stray_blob WHERE given_up AND due_at > now()")
        assert {row["blob_id"] for row in given_up} == {stuck, *others}

        path.rmdir()
        assert shell.json("sweep", **place.settings) == NOTHING
        shell.sql("UPDATE stray_blob SET due_at = now() WHERE given_up")
        assert shell.json("sweep", **place.settings) == NOTHING | {"strays": 3}


class TestStoreThatIsAway:
    def test_is_said_in_one_line(self, shell: Any) -> None:
        nowhere = {
            "ENFILADE_BLOBS_URL": "s3://none/files",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
            "AWS_ACCESS_KEY_ID": "owner",
            "AWS_SECRET_ACCESS_KEY": "a secret of the tests",
            "AWS_REGION": "us-east-1",
        }
        told = shell.refusal("sweep", **nowhere)
        assert told.startswith(f"{FAILED}: ")
        assert len(told) > len(f"{FAILED}: ")
        assert nowhere["AWS_SECRET_ACCESS_KEY"] not in told

    def test_that_cannot_be_is_said_in_one_line(self, shell: Any) -> None:
        told = shell.refusal("sweep", ENFILADE_BLOBS_URL="/dev/null/blobs")
        assert told == (
            "Error: ENFILADE_BLOBS_URL: /dev/null/blobs cannot be used: Not a directory: set it to a folder that this"
            " user can write, or to s3://bucket/prefix"
        )
