"""Somebody who makes rooms and files all the while, remembers what was acknowledged, and looks for it later."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from random import Random
from typing import Any, Self

from compose.stack import Stack

SECONDS = 30
MOST_BYTES = 300_000


class Witness:
    """Asks by a key of `/api/realtime` and a token of a user, and knows by heart what has been answered."""

    def __init__(self, stack: Stack, chance: Random) -> None:
        self._stack, self._chance = stack, chance
        self._key = stack.enfilade("keys", "create", "vcs")["api_key"]
        email = f"witness-{chance.getrandbits(64):x}@example.org"
        other = stack.enfilade("users", "add", f"other-{email}", "Other")["id"]
        third = stack.enfilade("users", "add", f"third-{email}", "Third")["id"]
        stack.enfilade("users", "add", email, "Witness")
        self._token = stack.enfilade("tokens", "create", email)["token"]
        group = {"type": "group", "name": "Seen", "membersIds": [other, third]}
        self._room = json.loads(self._asked("POST", "/rooms", json.dumps(group).encode(), 201))["id"]
        self.rooms: list[str] = []
        self.files: dict[str, bytes] = {}
        self.failures = 0

    def _asked(self, method: str, path: str, body: bytes | None, status: int, **more: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self._stack.port, timeout=SECONDS)
        credentials = {"x-vcs-token": self._key, "Authorization": f"Bearer {self._token}"}
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json", **credentials, **more})
            answer = connection.getresponse()
            content = answer.read()
        if answer.status != status:
            raise OSError(f"{answer.status} {content[:200]!r}")
        return content

    def make_a_room(self) -> None:
        body = json.dumps({"name": f"Room {len(self.rooms)}"}).encode()
        self.rooms.append(json.loads(self._asked("POST", "/api/realtime/room", body, 200))["room"]["id"])

    def send_a_file(self, content: bytes) -> None:
        fields = {
            "fileName": "seen.bin",
            "mimeType": "application/octet-stream",
            "Content-Type": "application/octet-stream",
        }
        told = self._asked("POST", f"/rooms/{self._room}/attachments", content, 201, **fields)
        self.files[json.loads(told)["id"]] = content

    def send_slowly(self, content: bytes, seconds: float) -> None:
        """Send a file in pieces over this time; what is answered counts as ever."""
        pieces = [content[at : at + 65536] for at in range(0, len(content), 65536)]

        def trickle() -> Iterator[bytes]:
            for piece in pieces:
                yield piece
                time.sleep(seconds / len(pieces))

        self._send_as_it_comes(trickle(), content)

    def _send_as_it_comes(self, pieces: Iterator[bytes], content: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._stack.port, timeout=SECONDS)
        fields = {"fileName": "slow.bin", "mimeType": "application/octet-stream", "Content-Length": str(len(content))}
        with contextlib.closing(connection):
            path = f"/rooms/{self._room}/attachments"
            connection.request("POST", path, pieces, fields | {"Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            told: Any = json.loads(answer.read())
        assert answer.status == 201, told
        self.files[told["id"]] = content

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Self]:
        """Make one after the other for the time of a `with`; what is not answered well is not remembered."""
        enough = threading.Event()

        def work() -> None:
            while not enough.wait(0.02):
                try:
                    self.make_a_room()
                    self.send_a_file(self._chance.randbytes(self._chance.randint(1, MOST_BYTES)))
                except (OSError, http.client.HTTPException):
                    self.failures += 1

        worker = threading.Thread(target=work)
        worker.start()
        try:
            yield self
        finally:
            enough.set()
            worker.join()

    def find_all(self) -> str:
        """Find each room and each byte of each file again, and say how many."""
        for room in self.rooms:
            assert room.encode() in self._asked("GET", f"/api/realtime/room/{room}", None, 200)
        for file, content in self.files.items():
            assert self._asked("GET", f"/attachments/{file}/download", None, 200) == content, file
        return f"{len(self.rooms)} rooms and {len(self.files)} files"

    def is_forgotten(self) -> bool:
        """Whether the key is none any more, as in a deployment that began anew."""
        try:
            self._asked("GET", "/api/realtime/room", None, 200)
        except OSError as error:
            return "INVALID_TOKEN" in str(error)
        return False
