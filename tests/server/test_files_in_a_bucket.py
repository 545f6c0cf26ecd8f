"""Files on a server whose store speaks S3: round trips, and a store that is away, hangs and comes back."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from buckets import Buckets
from processes import PATIENCE, Begin, Server, eventually
from sharing import MIME_TYPE, Room, Sharer
from stores import MEBIBYTE, Place, content
from wire import Connect

PICTURE = {"fileName": "p.png", "mimeType": "image/png"}


@pytest.fixture
def server(begin: Begin, sharer: Sharer, in_s3: Place) -> Server:
    return begin(**sharer.settings, **in_s3.settings, ENFILADE_WORKERS="2")


@pytest.fixture
def room(server: Server, sharer: Sharer) -> Room:
    return sharer.room(server)


def health(server: Server) -> tuple[str, bool, int]:
    """Return what is told of all, of the store, and of being ready."""
    told = server.get("/health").json()
    [storage] = [each for each in told["dependencies"] if each["name"] == "storage_service"]
    return told["status"], storage["isHealthy"], server.get("/health/ready").status_code


class TestRoundTrip:
    def test_of_a_large_file_through_two_workers(
        self, server: Server, sharer: Sharer, in_s3: Place, room: Room
    ) -> None:
        file = content(20 * MEBIBYTE)
        id = room.sent(file)
        assert room.files == [id]
        downloads = [sharer.again(room, server).download(id) for _ in range(3)]
        assert [download.content == file for download in downloads] == [True] * 3
        assert {download.headers["content-type"] for download in downloads} == {MIME_TYPE}
        part = room.download(id, Range="bytes=8388600-8388619")
        assert (part.status_code, part.content) == (206, file[8_388_600:8_388_620])
        assert room.client.delete(f"/attachments/{id}").status_code == 204
        assert room.download(id).status_code == 404
        assert sharer.swept()
        assert in_s3.is_empty

    def test_of_pictures(self, sharer: Sharer, in_s3: Place, room: Room) -> None:
        path = f"/rooms/{room.id}/picture"
        for picture in (b"first", b"second"):
            assert room.client.put(path, content=picture, headers=PICTURE).status_code == 204
            assert room.client.get(path).content == picture
        assert room.client.delete(path).status_code == 204
        assert sharer.swept()
        assert in_s3.is_empty

    def test_of_fifty_files_at_once(self, sharer: Sharer, in_s3: Place, room: Room) -> None:
        files = [content(MEBIBYTE + number) for number in range(50)]
        with ThreadPoolExecutor(50) as clients:
            ids = list(clients.map(room.sent, files))
            downloads = list(clients.map(lambda id: room.download(id).content, ids))
        assert [given == got for given, got in zip(files, downloads, strict=True)] == [True] * 50
        assert (len(in_s3.whole()), in_s3.half(), sharer.strays) == (50, [], [])
        assert room.client.delete(f"/rooms/{room.id}").status_code == 204
        assert sharer.swept()
        assert in_s3.is_empty


class TestKilled:
    def test_in_the_middle_of_an_upload_it_leaves_nothing_that_can_be_read(
        self, begin: Begin, sharer: Sharer, in_s3: Place, connect: Connect
    ) -> None:
        server = begin(**sharer.settings, **in_s3.settings)
        room, wire = sharer.room(server), connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {30 * MEBIBYTE}")
        wire.say(content(20 * MEBIBYTE))
        assert eventually(in_s3.half)
        server.end(signal.SIGKILL)
        assert sharer.strays == in_s3.half()

        sharer.hasten()
        again = begin(**sharer.settings, **in_s3.settings)
        assert sharer.swept()
        assert (sharer.again(room, again).files, in_s3.whole()) == ([], [])


class TestStoreThatIsAway:
    def test_is_424_for_bytes_and_nothing_for_the_rest_and_is_swept_when_it_is_back(
        self, server: Server, sharer: Sharer, in_s3: Place, room: Room, buckets: Buckets
    ) -> None:
        kept, doomed = room.sent(b"kept"), room.sent(b"doomed")
        assert health(server) == ("ok", True, 204)
        with buckets.away():
            before = room.seen
            began = time.monotonic()
            for answer in (room.send(b"more"), room.send(content(20 * MEBIBYTE)), room.download(kept)):
                assert (answer.status_code, answer.content) == (424, b"")
            assert time.monotonic() - began < 10
            assert room.client.put(f"/rooms/{room.id}/picture", content=b"p", headers=PICTURE).status_code == 424
            assert room.seen == before
            assert health(server) == ("warn", False, 429)
            assert room.client.delete(f"/attachments/{doomed}").status_code == 204
            assert room.files == [kept]
            assert room.download(doomed).status_code == 404
        assert eventually(lambda: health(server) == ("ok", True, 204))
        assert room.download(kept).content == b"kept"

        sharer.hasten()
        assert room.client.delete(f"/attachments/{room.sent(b'another')}").status_code == 204  # which wakes the sweep
        assert sharer.swept()
        assert len(in_s3.whole()) == 1
        assert in_s3.half() == []
        assert "Traceback" not in server.log

    def test_and_does_not_even_refuse_keeps_nobody_waiting_for_health(
        self, server: Server, room: Room, buckets: Buckets
    ) -> None:
        assert buckets.process
        buckets.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert health(server) == ("warn", False, 429)
            assert time.monotonic() - began < PATIENCE / 6
        finally:
            buckets.process.send_signal(signal.SIGCONT)
        assert eventually(lambda: health(server) == ("ok", True, 204))
        assert room.download(room.sent(b"kept")).content == b"kept"
