"""Files on a server whose store speaks S3: round trips, and a store that is away, hangs and comes back."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from buckets import Buckets
from processes import PATIENCE, Begin, RunServer, Server, eventually
from sharing import MIME_TYPE, Room, Sharer, chunk
from stores import MEBIBYTE, Place, content, in_bucket
from wire import Connect

PICTURE = {"fileName": "p.png", "mimeType": "image/png"}


@pytest.fixture(scope="module")
def place(buckets: Buckets) -> Place:
    return in_bucket(buckets.prefix, buckets)


@pytest.fixture(scope="module")
def server(run_server: RunServer, sharer: Sharer, place: Place) -> Iterator[Server]:
    with run_server(**sharer.settings, **place.settings, ENFILADE_WORKERS="2") as server:
        yield server


@pytest.fixture
def room(server: Server, sharer: Sharer, place: Place) -> Iterator[Room]:
    """A room, of which nothing is left behind the test."""
    room = sharer.room(server)
    yield room
    room.remove()
    assert sharer.swept()
    assert place.whole() == []
    assert "Traceback" not in server.log
    assert "never retrieved" not in server.log


def health(server: Server) -> tuple[str, bool, int]:
    """Return what is told of all, of the store, and of being ready."""
    told = server.get("/health").json()
    [storage] = [each for each in told["dependencies"] if each["name"] == "storage_service"]
    return told["status"], storage["isHealthy"], server.get("/health/ready").status_code


class TestRoundTrip:
    def test_of_a_large_file_through_two_workers(
        self, server: Server, sharer: Sharer, place: Place, room: Room
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
        assert place.whole() == []

    def test_of_pictures(self, sharer: Sharer, place: Place, room: Room) -> None:
        path = f"/rooms/{room.id}/picture"
        for picture in (b"first", b"second"):
            assert room.client.put(path, content=picture, headers=PICTURE).status_code == 204
            assert room.client.get(path).content == picture
        assert room.client.delete(path).status_code == 204
        assert sharer.swept()
        assert place.whole() == []

    def test_of_fifty_files_at_once(self, sharer: Sharer, place: Place, room: Room) -> None:
        files = [content(MEBIBYTE + number) for number in range(50)]
        with ThreadPoolExecutor(50) as clients:
            ids = list(clients.map(room.sent, files))
            downloads = list(clients.map(lambda id: room.download(id).content, ids))
        assert [given == got for given, got in zip(files, downloads, strict=True)] == [True] * 50
        assert (len(place.whole()), sharer.strays) == (50, [])


class TestCutConnection:
    @pytest.mark.parametrize("declared", [True, False])
    def test_in_the_middle_leaves_nothing(
        self, server: Server, sharer: Sharer, place: Place, room: Room, connect: Connect, *, declared: bool
    ) -> None:
        wire, before = connect(server.url), place.half()
        sharer.begin_to_send(
            wire, room, f"Content-Length: {30 * MEBIBYTE}" if declared else "Transfer-Encoding: chunked"
        )
        wire.say(content(20 * MEBIBYTE) if declared else chunk(content(20 * MEBIBYTE)))
        assert eventually(lambda: place.half() != before)
        wire.close()
        assert sharer.swept()
        assert (place.whole(), place.half(), room.files) == ([], before, [])


class TestKilled:
    @pytest.mark.long  # ten seconds; in a folder it is killed in the other tests
    def test_in_the_middle_of_an_upload_it_leaves_nothing_that_can_be_read(
        self, begin: Begin, sharer: Sharer, buckets: Buckets, connect: Connect
    ) -> None:
        place = in_bucket(buckets.prefix, buckets)
        server = begin(**sharer.settings, **place.settings)
        room, wire = sharer.room(server), connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {30 * MEBIBYTE}")
        wire.say(content(20 * MEBIBYTE))
        assert eventually(place.half)
        server.end(signal.SIGKILL)
        assert sharer.strays == place.half()
        assert place.whole() == []

        sharer.hasten()
        again = begin(**sharer.settings, **place.settings)
        assert sharer.swept()
        assert (sharer.again(room, again).files, place.whole()) == ([], [])


class TestStoreThatIsAway:
    @pytest.mark.long
    def test_is_424_for_bytes_and_nothing_for_the_rest_and_is_swept_when_it_is_back(
        self, *, server: Server, sharer: Sharer, place: Place, room: Room, buckets: Buckets, connect: Connect
    ) -> None:
        kept, doomed = room.sent(b"kept"), room.sent(b"doomed")
        before, picture = room.seen, f"/rooms/{room.id}/picture"
        assert eventually(lambda: health(server) == ("ok", True, 204))
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {30 * MEBIBYTE}")
        wire.say(content(20 * MEBIBYTE))
        assert eventually(place.half)  # which nobody can take back then; a rule of the bucket does it in the end
        with buckets.away(), ThreadPoolExecutor() as clients:
            began = time.monotonic()
            refused = [
                clients.submit(room.send, b"more"),
                clients.submit(room.send, content(20 * MEBIBYTE)),
                clients.submit(room.download, kept),
                clients.submit(room.client.put, picture, content=b"p", headers=PICTURE),
            ]
            told = clients.submit(health, server)
            wire.say(content(10 * MEBIBYTE))
            assert wire.hear().status == 424
            assert [(one.result().status_code, one.result().content) for one in refused] == [(424, b"")] * 4
            assert told.result() == ("warn", False, 429)
            assert time.monotonic() - began < 10
            assert room.seen == before
            assert room.client.delete(f"/attachments/{doomed}").status_code == 204
            assert room.files == [kept]
            assert room.download(doomed).status_code == 404
        assert eventually(lambda: health(server) == ("ok", True, 204))
        assert room.download(kept).content == b"kept"

        sharer.hasten()
        assert room.client.delete(f"/attachments/{room.sent(b'another')}").status_code == 204  # which wakes the sweep
        assert sharer.swept()
        assert len(place.whole()) == 1

    def test_and_does_not_even_refuse_keeps_nobody_waiting_for_health(
        self, server: Server, place: Place, room: Room, buckets: Buckets
    ) -> None:
        assert buckets.process
        buckets.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert server.get("/health").json()["status"] == "warn"
            assert time.monotonic() - began < PATIENCE / 6
        finally:
            buckets.process.send_signal(signal.SIGCONT)
        assert eventually(lambda: health(server) == ("ok", True, 204) and place.whole() == [])
        assert room.download(room.sent(b"kept")).content == b"kept"
