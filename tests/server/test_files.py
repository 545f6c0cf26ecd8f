"""Files on a running server, on both stores: what breaks off, is too large or finds no place leaves nothing."""

import resource
import shutil
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from processes import PATIENCE, Begin, Server, eventually
from sharing import Room, Sharer
from stores import MEBIBYTE, Place, content, in_folder
from wire import Connect, Wire

CLIENTS = 4
LARGE = 30 * MEBIBYTE
MOST = 20 * MEBIBYTE  # sent of what is large
LIMIT = {"ENFILADE_CHATS__MAX_ATTACHMENT_SIZE_IN_KB": "1024"}


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


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
    def test_in_the_middle_of_an_upload_it_leaves_half_a_file_that_the_next_start_sweeps(
        self, begin: Begin, sharer: Sharer, connect: Connect, folder: Path
    ) -> None:
        place = in_folder(folder)
        server = begin(**sharer.settings, **place.settings)
        room = sharer.room(server)
        kept = room.sent(b"kept")
        before, whole = room.seen, place.whole()

        wire = connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {LARGE}")
        wire.say(content(MOST))
        [half] = folder.glob("*/*.part") if eventually(lambda: [*folder.glob("*/*.part")]) else []
        assert eventually(lambda: half.stat().st_size >= MOST)
        server.end(signal.SIGKILL)
        assert half.stat().st_size >= MOST
        assert (place.half(), place.whole()) == (sharer.strays, whole)

        again = begin(**sharer.settings, **place.settings)
        assert sharer.again(room, again).seen == before
        assert place.half() == sharer.strays != [], "another server may be receiving it"
        again.end()

        sharer.hasten()
        third = begin(**sharer.settings, **place.settings)
        assert sharer.swept()
        assert (place.half(), place.whole()) == ([], whole)
        assert sharer.again(room, third).download(kept).content == b"kept"

    def test_every_file_that_was_answered_is_there_afterwards_and_nothing_else(
        self, begin: Begin, sharer: Sharer, folder: Path
    ) -> None:
        place = in_folder(folder)
        first = begin(**sharer.settings, **place.settings)
        room = sharer.room(first)
        answered = sent_until_killed(first, room)
        assert len(answered) > 50

        sharer.hasten()
        again = begin(**sharer.settings, **place.settings)
        same = sharer.again(room, again)
        assert [id for id, file in answered.items() if same.download(id).content != file] == []
        assert sharer.swept()
        owned = [str(row["id"]) for row in sharer.sql("SELECT id FROM blob ORDER BY id")]
        assert (place.whole(), place.half()) == (owned, [])


class TestCutConnection:
    def _leaves_nothing(self, server: Server, sharer: Sharer, place: Place, room: Room, wire: Wire) -> None:
        assert eventually(lambda: sharer.strays)
        wire.close()
        assert sharer.swept()
        assert place.is_empty
        assert room.files == []
        assert "Traceback" not in server.log
        assert "never retrieved" not in server.log

    @pytest.mark.parametrize("fields", [f"Content-Length: {LARGE}", "Transfer-Encoding: chunked"])
    def test_in_the_middle_leaves_nothing(
        self, begin: Begin, sharer: Sharer, connect: Connect, place: Place, fields: str
    ) -> None:
        server = begin(**sharer.settings, **place.settings)
        room, wire = sharer.room(server), connect(server.url)
        sharer.begin_to_send(wire, room, fields)
        wire.say(content(MOST) if "Length" in fields else chunk(content(MOST)))
        assert eventually(place.half)
        self._leaves_nothing(server, sharer, place, room, wire)

        wire = connect(server.url)
        sharer.begin_to_send(wire, room, fields)  # and no byte of it
        self._leaves_nothing(server, sharer, place, room, wire)

    def test_in_the_middle_of_a_form_leaves_nothing(
        self, begin: Begin, sharer: Sharer, connect: Connect, folder: Path
    ) -> None:
        place = in_folder(folder)
        server = begin(**sharer.settings, **place.settings)
        room, wire = sharer.room(server), connect(server.url)
        form = ("Content-Type: multipart/form-data; boundary=x", f"Content-Length: {LARGE}")
        sharer.begin_to_send(wire, room, *form, method="PUT")
        wire.say('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n', content(MOST))
        assert eventually(place.half)
        self._leaves_nothing(server, sharer, place, room, wire)


class TestTooLarge:
    @pytest.fixture
    def place(self, folder: Path) -> Place:
        return in_folder(folder)

    @pytest.fixture
    def server(self, begin: Begin, sharer: Sharer, place: Place) -> Server:
        return begin(**sharer.settings, **place.settings, **LIMIT)

    @pytest.fixture
    def room(self, server: Server, sharer: Sharer) -> Room:
        return sharer.room(server)

    def test_declared_is_refused_before_a_byte_is_sent(
        self, server: Server, sharer: Sharer, place: Place, room: Room, connect: Connect
    ) -> None:
        for more in ([], ["Expect: 100-continue"]):
            wire = connect(server.url)
            sharer.begin_to_send(wire, room, f"Content-Length: {MEBIBYTE + 1}", *more)
            heard = wire.hear()
            assert (heard.status, heard.body, heard["content-type"]) == (413, b"", None)
        assert (sharer.strays, place.is_empty, room.files) == ([], True, [])

    def test_found_while_it_streams_is_refused_before_its_end_and_leaves_nothing(
        self, server: Server, sharer: Sharer, place: Place, room: Room, connect: Connect
    ) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, "Transfer-Encoding: chunked")
        wire.say(chunk(content(MEBIBYTE)), chunk(b"1"))  # and no end
        heard = wire.hear()
        assert (heard.status, heard.body, heard["content-type"]) == (413, b"", None)
        assert sharer.swept()
        assert (place.is_empty, room.files) == (True, [])

    def test_in_a_form_is_refused_and_leaves_nothing(self, sharer: Sharer, place: Place, room: Room) -> None:
        answer = room.client.put(room.path, files={"file": ("a", content(MEBIBYTE + 1))})
        assert (answer.status_code, answer.content) == (413, b"")
        assert sharer.swept()
        assert (place.is_empty, room.files) == (True, [])

    def test_of_just_the_limit_is_kept(self, server: Server, sharer: Sharer, room: Room, connect: Connect) -> None:
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, f"Content-Length: {MEBIBYTE}", "Expect: 100-continue")
        assert wire.hear().status == 100
        wire.say(content(MEBIBYTE))
        assert wire.hear().status == 201
        wire = connect(server.url)
        sharer.begin_to_send(wire, room, "Transfer-Encoding: chunked")
        wire.say(chunk(content(MEBIBYTE)), b"0\r\n\r\n")
        assert wire.hear().status == 201
        assert room.client.put(room.path, files={"file": ("a", content(MEBIBYTE))}).status_code == 201
        assert [room.download(id).content == content(MEBIBYTE) for id in room.files] == [True] * 3


class TestStorageThatFails:
    def test_a_full_disk_is_424_and_leaves_the_room_as_it_was(self, begin: Begin, sharer: Sharer, folder: Path) -> None:
        place = in_folder(folder)
        server = begin(**sharer.settings, **place.settings)
        room = sharer.room(server)
        room.sent(b"kept")
        before, whole = room.seen, place.whole()

        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4 * MEBIBYTE, resource.RLIM_INFINITY))
        refused = room.send(content(5 * MEBIBYTE))
        assert (refused.status_code, refused.content) == (424, b"")
        assert room.client.put(room.path, files={"file": ("a", content(5 * MEBIBYTE))}).status_code == 424
        assert sharer.swept()
        assert (room.seen, place.whole(), place.half()) == (before, whole, [])
        assert room.download(room.sent(content(MEBIBYTE))).content == content(MEBIBYTE)

    def test_a_folder_that_is_gone_is_424_and_is_told(self, begin: Begin, sharer: Sharer, folder: Path) -> None:
        server = begin(**sharer.settings, **in_folder(folder).settings)
        room = sharer.room(server)
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
        assert room.client.delete(f"/attachments/{id}").status_code == 204
        assert sharer.swept()
