"""Who sends files to a server and fetches them, as fast as it takes and gives them; and sees that they are intact."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from itertools import repeat
from random import Random
from typing import Final
from urllib.parse import urlsplit

from bench.measurement import BenchFailed

MIB: Final = 1024 * 1024
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file of so many MiB, which are all the same; those of other seeds are others."""

    mib: int
    seed: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, a MiB at a time."""
        yield from repeat(Random(self.seed).randbytes(MIB), self.mib)  # noqa: S311 - to be the same again

    @property
    def sha256(self) -> str:
        """The hash of the bytes, in hex."""
        hashed = hashlib.sha256()
        for piece in self.pieces():
            hashed.update(piece)
        return hashed.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carries files to and from a room of a server: Enfilade, or the bare handlers, which have no room and no tags."""

    url: str
    room: str = "any"
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, parcel: Parcel) -> str:
        """Upload a file, and return its id."""
        length = {"Content-Length": str(parcel.mib * MIB), "fileName": "parcel", "mimeType": "text/plain"}
        with self._asked("POST", f"/rooms/{self.room}/attachments", 201, parcel.pieces(), length) as answer:
            id: str = json.load(answer)["id"]
            return id

    def send_all(self, parcels: list[Parcel]) -> list[str]:
        """Upload these all at once, and return their ids."""
        with ThreadPoolExecutor(len(parcels)) as threads:
            return list(threads.map(self.send, parcels))

    def fetch(self, id: str) -> None:
        """Download a file, and look at none of it."""
        room = memoryview(bytearray(MIB))
        with self._asked("GET", f"/attachments/{id}/download", 200) as answer:
            left = int(answer.headers["Content-Length"])
            while left and (read := answer.readinto(room)):
                left -= read
        if left:
            raise BenchFailed(f"{self.url}: a download lacks {left} bytes")

    def check(self, id: str, parcel: Parcel) -> None:
        """Fail unless a download is what was sent."""
        self.check_tag(id, parcel)
        hashed = hashlib.sha256()
        with self._asked("GET", f"/attachments/{id}/download", 200) as answer:
            while piece := answer.read(MIB):
                hashed.update(piece)
        if hashed.hexdigest() != parcel.sha256:
            raise BenchFailed(f"{self.url}: a file is not what it was")

    def check_tag(self, id: str, parcel: Parcel) -> None:
        """Fail unless the server has hashed what was sent."""
        with self._asked("HEAD", f"/attachments/{id}/download", 200) as answer:
            if answer.headers["ETag"] != f'"{parcel.sha256}"':
                raise BenchFailed(f"{self.url}: a file is not what was sent")

    def remove(self, id: str) -> None:
        """Delete a file."""
        with self._asked("DELETE", f"/attachments/{id}", 204):
            pass

    @contextmanager
    def _asked(
        self,
        method: str,
        path: str,
        status: int,
        body: Iterator[bytes] | None = None,
        further: Mapping[str, str] | None = None,
    ) -> Iterator[HTTPResponse]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, {**self.headers, **(further or {})})
            answer = connection.getresponse()
            if answer.status != status:
                raise BenchFailed(f"{method} {self.url}{path} answers {answer.status} {answer.read(200)!r}")
            yield answer
        finally:
            connection.close()
