"""Those of a run who sit at websockets, by which they are in meetings."""

import json
import os
import threading
from functools import cache
from typing import Any

from processes import PATIENCE
from requests import Response
from requests import Session as Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]

#: What the environment tells of a run: where its server is, a field that shows the credential, a client's token (to
#: schemathesis.toml), tokens of the chats.
URL, FIELD, CLIENT, TOKENS = "FUZZ_URL", "FUZZ_FIELD", "FUZZ_CLIENT", "FUZZ_TOKENS"


class Listener:
    """A user of the chats, and the websocket at which he stays as long as the run takes."""

    def __init__(self, token: str) -> None:
        cookie = {"Cookie": f"ZM_AUTH_TOKEN={token}"}
        self._client = Client()
        self._client.headers.update(cookie | {"Content-Type": "application/json"})
        # Pings of the library's own would be one more thing that can keep it open.
        self.websocket: ClientConnection = connect(
            f"ws{url('/events').removeprefix('http')}", additional_headers=cookie, proxy=None, ping_interval=None
        )
        self.queue_id: str = json.loads(self.websocket.recv(PATIENCE))["queueId"]
        self.heard: list[Json] = []
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        """Read all: nobody answers pings while more than a few frames wait."""
        try:
            for frame in self.websocket:
                self.heard.append(json.loads(frame))
        except ConnectionClosed:
            return

    def ask(self, method: str, path: str, body: Json | None = None) -> Response:
        """Ask the chats, by his websocket."""
        headers = {"queue-id": self.queue_id}
        return self._client.request(method, url(path), json=body, headers=headers, timeout=PATIENCE)


@cache
def listeners() -> list[Listener]:
    """Return those of this run; the first has made what is there."""
    return [Listener(token) for token in os.environ[TOKENS].split()]


def url(path: str) -> str:
    return os.environ[URL] + path


def show(path: str) -> Response:
    """Return what the API that is fuzzed answers to a GET, from its server's root."""
    return _asked("GET", path)


def make(path: str, body: Json | None = None) -> Response:
    """Return what it answers to a POST."""
    return _asked("POST", path, body)


def _asked(method: str, path: str, body: Json | None = None) -> Response:
    name, _, value = os.environ[FIELD].partition(": ")
    with Client() as client:
        return client.request(method, url(path), json=body, headers={name: value}, timeout=PATIENCE)
