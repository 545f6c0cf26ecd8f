"""HTTP past any library: bytes said on a connection, and answers as they come."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from processes import PATIENCE


@dataclass(frozen=True)
class Heard:
    """An answer as it came over the wire."""

    version: str
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        values = [value for field, value in self.fields if field == name]
        assert len(values) < 2, f"{name} is there twice"
        return values[0] if values else None

    @property
    def json(self) -> dict[str, Any]:
        assert self["content-type"] == "application/json"
        return dict(json.loads(self.body))

    @property
    def refusal(self) -> dict[str, Any]:
        """The error without its sentence, which is short."""
        error = self.json
        assert list(error) == ["httpCode", "code", "id", "description"]
        [sentence] = error.pop("description")
        assert len(sentence) < 100
        assert error["httpCode"] == self.status
        return error


class Wire:
    """A connection on which bytes are said and answers heard."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname
        self.socket = socket.create_connection((address.hostname, address.port or 80), timeout=PATIENCE)
        self._heard = self.socket.makefile("rb")

    def say(self, *parts: str | bytes) -> None:
        self.socket.sendall(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts))

    def ask(self, line: str, *fields: str, body: bytes = b"", head: bool = False) -> Heard:
        """Say a whole request of HTTP/1.1, without any length of its body, and return the answer."""
        self.say(f"{line} HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in fields), "\r\n", body)
        return self.hear(head=head)

    def hear(self, *, head: bool = False) -> Heard:
        version, status, _ = self._heard.readline().decode("latin-1").split(" ", 2)
        fields = list(iter(self._field, None))
        length = next((int(value) for name, value in fields if name == "content-length"), 0)
        return Heard(version, int(status), fields, b"" if head else self._heard.read(length))

    def _field(self) -> tuple[str, str] | None:
        line = self._heard.readline().decode("latin-1").rstrip("\r\n")
        name, _, value = line.partition(": ")
        return (name.lower(), value) if line else None

    @property
    def ended(self) -> bool:
        """Whether the server says nothing more and hangs up."""
        try:
            return self._heard.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self._heard.close()
        self.socket.close()


#: What the fixture `connect` gives: a connection to this URL.
Connect = Callable[[str], Wire]
