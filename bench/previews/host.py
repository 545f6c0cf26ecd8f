"""A running server with the files of the rows, and who asks it for their previews."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from bench import caller, place
from bench.measurement import BenchFailed

_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks for one preview after the other, over one connection."""

    connection: HTTPConnection
    headers: Mapping[str, str]

    def get(self, path: str) -> bytes:
        """Return the preview. Raises BenchFailed if there is none."""
        try:
            answer = self._asked(path)
        except ConnectionError:  # a server does not wait for ever for the next request
            self.connection.close()
            answer = self._asked(path)
        content = answer.read()
        if answer.status != httpx.codes.OK:
            raise BenchFailed(f"GET /preview/{path} answers {answer.status} {content[:200]!r}")
        return content

    def _asked(self, path: str) -> HTTPResponse:
        self.connection.request("GET", f"/preview/{path}", headers=dict(self.headers))
        return self.connection.getresponse()


@dataclass(frozen=True, slots=True)
class Host:
    """A server that has one room."""

    url: str
    headers: Mapping[str, str]
    room: str

    def send(self, content: bytes) -> str:
        """Upload a file, and return its id."""
        headers = {**self.headers, "fileName": "file", "mimeType": "application/octet-stream"}
        answer = httpx.post(f"{self.url}/rooms/{self.room}/attachments", headers=headers, content=content)
        if answer.status_code != httpx.codes.CREATED:
            raise BenchFailed(f"an upload is answered {answer.status_code} {answer.text[:200]}")
        id: str = answer.json()["id"]
        return id

    @contextmanager
    def asker(self) -> Iterator[Asker]:
        """Connect."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=_PATIENCE)
        try:
            yield Asker(connection, self.headers)
        finally:
            connection.close()


@contextmanager
def running(folder: Path) -> Iterator[Host]:
    """Run a server on a Postgres of its own."""
    with place.postgres(folder / "data") as postgres, place.enfilade(postgres.settings, folder) as server:
        room, token = postgres.run(caller.with_room)
        yield Host(server.url, {"Authorization": f"Bearer {token}"}, room)
