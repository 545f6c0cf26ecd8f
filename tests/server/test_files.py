"""Files on a running server: what breaks off, is too large or finds no place leaves nothing, and the room as it was."""

import resource
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from processes import PATIENCE, Begin, RunServer, Server, eventually
from sharing import Room, Sharer, chunk
from stores import MEBIBYTE, Place, content, in_folder
from wire import Connect, Wire

CLIENTS = 4
LIMIT = 4 * MEBIBYTE
HALF = 5 * MEBIBYTE // 2
FORM = "Content-Type: multipart/form-data; boundary=x"
FILE_OF_FORM = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return in_folder(tmp_path_factory.mktemp("kept") / "blobs")


@pytest.fixture(scope="module")
def server(run_server: RunServer, sharer: Sharer, place: Place) -> Iterator[Server]:
    limit = {"ENFILADE_CHATS__MAX_ATTACHMENT_SIZE_IN_KB": str(LIMIT // 1024)}
    with run_server(**sharer.settings, **place.settings, **limit) as server:
        yield server


@pytest.fixture
def room(server: Server, sharer: Sharer, place: Place) -> Iterator[Room]:
    """A room, of which nothing is left behind the test."""
    room = sharer.room(server)
    yield room
    room.remove()
    assert sharer.swept()
    assert place.is_empty
    assert "Traceback" not in server.log
    assert "never retrieved" not in server.log


def sent_until_killed(server: Server, room: Room) -> dict[str, bytes]:
    """Let clients send files side by side, kill the server meanwhile, and return what they were answered."""
    answered: dict[str, bytes] = {}
    enough = threading.Event()

    def send_until_it_dies(client: int) -> None:
        for number in range(10_000):
            file = content(client * 10_000 + number)
            try:
                answered[room.sent(file)] = file
            except httpx.TransportError:
                return
            if len(answered) > 50:
                enough.set()

    with ThreadPoolExecutor(CLIENTS) as clients:
        work = [clients.submit(send_until_it_dies, number) for number in range(CLIENTS)]
        enough.wait(PATIENCE)
        server.end(signal.SIGKILL)
    for one in work:
        one.result()
    return answered


class TestKilled:
    @pytest.mark.long
    def test_in_the_middle_of_uploads_it_has_all_that_was_answered_and_sweeps_the_rest_when_it_starts(
        self, begin: Begin, sharer: Sharer, connect: Connect, folder: Path
    ) -> None:
        place = in_folder(folder)
        server = begin(**sharer.settings, **place.settings)
        room, wire = sharer.room(server), connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {LIMIT}")
        wire.say(content(HALF))
        [half] = folder.glob("*/*.part") if eventually(lambda: [*folder.glob("*/*.part")]) else []
        assert eventually(lambda: half.stat().st_size >= MEBIBYTE)
        answered = sent_until_killed(server, room)
        assert len(answered) > 50
        assert half.stat().st_size >= MEBIBYTE
        assert half.stem in place.half()
        assert half.stem in sharer.strays

        sharer.hasten()
        again = begin(**sharer.settings, **place.settings)
        same = sharer.again(room, again)
        assert [id for id, file in answered.items() if same.download(id).content != file] == []
        assert sharer.swept()
        owned = sharer.sql("SELECT blob.id FROM attachment JOIN blob ON blob.id = blob_id ORDER BY 1")
        assert (place.whole(), place.half()) == ([str(row["id"]) for row in owned], [])
        assert len(same.files) == len({*same.files, *answered}) == len(owned)


class TestCutConnection:
    def _leaves_nothing(self, sharer: Sharer, place: Place, room: Room, wire: Wire) -> None:
        assert eventually(place.half)
        wire.close()
        assert sharer.swept()
        assert place.is_empty
        assert room.files == []

    @pytest.mark.parametrize(
        ("method", "said", "begun"),
        [
            ("POST", [f"Content-Length: {LIMIT}"], content(HALF)),
            ("POST", [f"Content-Length: {LIMIT}"], b""),
            ("POST", ["Transfer-Encoding: chunked"], chunk(content(HALF))),
            ("PUT", [FORM, f"Content-Length: {LIMIT}"], FILE_OF_FORM.encode() + content(HALF)),
        ],
        ids=["declared", "before its first byte", "chunked", "form"],
    )
    def test_in_the_middle_leaves_nothing(
        self,
        *,
        server: Server,
        sharer: Sharer,
        place: Place,
        room: Room,
        connect: Connect,
        method: str,
        said: list[str],
        begun: bytes,
    ) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, *said, method=method)
        wire.say(begun)
        self._leaves_nothing(sharer, place, room, wire)


class TestTooLarge:
    @pytest.mark.parametrize("more", [[], ["Expect: 100-continue"]])
    def test_declared_is_refused_before_a_byte_is_sent(
        self, *, server: Server, sharer: Sharer, place: Place, room: Room, connect: Connect, more: list[str]
    ) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {LIMIT + 1}", *more)
        heard = wire.hear()
        assert (heard.status, heard.body, heard["content-type"]) == (413, b"", None)
        assert (sharer.strays, place.is_empty, room.files) == ([], True, [])

    def test_found_while_it_streams_is_refused_before_its_end_and_leaves_nothing(
        self, server: Server, sharer: Sharer, place: Place, room: Room, connect: Connect
    ) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, "Transfer-Encoding: chunked")
        wire.say(chunk(content(LIMIT)), chunk(b"1"))  # and no end
        heard = wire.hear()
        assert (heard.status, heard.body, heard["content-type"]) == (413, b"", None)
        assert sharer.swept()
        assert (place.is_empty, room.files) == (True, [])

    def test_in_a_form_is_refused_and_leaves_nothing(self, sharer: Sharer, place: Place, room: Room) -> None:
        answer = room.send_form(content(LIMIT + 1))
        assert (answer.status_code, answer.content) == (413, b"")
        assert sharer.swept()
        assert (place.is_empty, room.files) == (True, [])

    def test_of_just_the_limit_is_kept(self, server: Server, sharer: Sharer, room: Room, connect: Connect) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {LIMIT}", "Expect: 100-continue")
        assert wire.hear().status == 100
        wire.say(content(LIMIT))
        assert wire.hear().status == 201
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, "Transfer-Encoding: chunked")
        wire.say(chunk(content(LIMIT)), b"0\r\n\r\n")
        assert wire.hear().status == 201
        assert room.send_form(content(LIMIT)).status_code == 201
        assert [room.download(id).content == content(LIMIT) for id in room.files] == [True] * 3


class TestMalformedForm:
    def test_is_refused_without_a_word_to_the_operator(self, server: Server, room: Room) -> None:
        type = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = room.client.put(room.path, content=b"--x\r\nno field\r\n\r\n", headers=type)
        assert (answer.status_code, answer.content) == (400, b"")
        assert " INFO request " in server.logged(answer.headers["x-trace-id"])


class TestStorageThatFails:
    def test_a_full_disk_is_424_and_leaves_the_room_as_it_was(
        self, server: Server, sharer: Sharer, place: Place, room: Room
    ) -> None:
        room.sent(b"kept")
        before, whole = room.seen, place.whole()
        process, none = server.process.pid, resource.RLIM_INFINITY
        resource.prlimit(process, resource.RLIMIT_FSIZE, (2 * MEBIBYTE, none))
        try:
            for refused in (room.send(content(LIMIT)), room.send_form(content(LIMIT))):
                assert (refused.status_code, refused.content) == (424, b"")
            assert sharer.swept()
            assert (room.seen, place.whole(), place.half()) == (before, whole, [])
            assert room.download(room.sent(content(MEBIBYTE))).content == content(MEBIBYTE)
        finally:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (none, none))
        assert room.send(content(LIMIT)).status_code == 201

    def test_a_folder_that_is_gone_is_424_and_is_told(
        self, server: Server, sharer: Sharer, place: Place, room: Room
    ) -> None:
        folder = Path(place.settings["ENFILADE_BLOBS_URL"])
        id = room.sent(b"lost")
        before = room.seen
        shutil.rmtree(folder)
        assert [room.send(b"more").status_code, room.download(id).status_code] == [424, 424]
        assert room.seen == before
        assert server.get("/health").json()["status"] == "warn"
        assert server.get("/health/ready").status_code == 429
        folder.mkdir()
        assert server.get("/health/ready").status_code == 204
        assert room.download(room.sent(b"more")).content == b"more"
        sharer.hasten()  # what could not be swept meanwhile
        assert room.client.delete(f"/attachments/{id}").status_code == 204
        assert sharer.swept()
