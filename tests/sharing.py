"""Somebody who shares files in rooms, whichever server runs on her database."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from databases import run_sql
from processes import Server, eventually, settings_of
from wire import Wire

from app.domain import tokens, users
from app.domain.database import Transaction

MIME_TYPE = "application/x-test"


def chunk(content: bytes) -> bytes:
    """Spell a chunk of a body that is sent in chunks."""
    return b"%x\r\n%s\r\n" % (len(content), content)


@dataclass(frozen=True)
class Room:
    """A room on a running server, as its owner sees it."""

    id: str
    client: httpx.Client

    @property
    def path(self) -> str:
        """Where its files are listed and sent to."""
        return f"/rooms/{self.id}/attachments"

    def send(self, content: Any, name: str = "a.bin") -> httpx.Response:
        return self.client.post(self.path, content=content, headers={"fileName": name, "mimeType": MIME_TYPE})

    def send_form(self, content: bytes) -> httpx.Response:
        return self.client.put(self.path, files={"file": ("a.bin", content)})

    def sent(self, content: Any) -> str:
        """Send a file, and return its id."""
        answer = self.send(content)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        return str(answer.json()["id"])

    def download(self, id: str, **headers: str) -> httpx.Response:
        return self.client.get(f"/attachments/{id}/download", headers=headers)

    def remove(self) -> None:
        assert self.client.delete(f"/rooms/{self.id}").status_code == 204

    @property
    def files(self) -> list[str]:
        """The ids of what is listed."""
        return [file["id"] for file in self.client.get(self.path, params={"itemsNumber": 100}).json()["attachments"]]

    @property
    def seen(self) -> tuple[str, str]:
        """All that is shown of it."""
        return self.client.get(f"/rooms/{self.id}").text, self.client.get(self.path).text


@dataclass(frozen=True)
class Sharer:
    """A user with two others on a database of her own."""

    database_url: str
    token: str
    others: list[str]
    clients: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def settings(self) -> dict[str, str]:
        return settings_of(self.database_url)

    def room(self, server: Server) -> Room:
        """Make a room on this server."""
        client = self._client(server)
        made = client.post("/rooms", json={"type": "group", "name": "Files", "membersIds": self.others})
        assert made.status_code == 201, made.text
        return Room(made.json()["id"], client)

    def again(self, room: Room, server: Server) -> Room:
        """Return the same room as another server has it."""
        return Room(room.id, self._client(server))

    def _client(self, server: Server) -> httpx.Client:
        return self.clients.enter_context(server.client(Cookie=f"ZM_AUTH_TOKEN={self.token}"))

    def begin_to_send(self, wire: Wire, room: Room, *fields: str, method: str = "POST") -> None:
        """Say the header of an upload."""
        own = (f"Cookie: ZM_AUTH_TOKEN={self.token}", "fileName: a.bin", f"mimeType: {MIME_TYPE}")
        wire.say(
            f"{method} {room.path} HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*own, *fields)), "\r\n"
        )

    def sql(self, statement: str) -> "list[asyncpg.Record]":
        return run_sql(self.database_url, statement)

    @property
    def strays(self) -> list[str]:
        """The ids on the sweep's list."""
        return [str(row["blob_id"]) for row in self.sql("SELECT blob_id FROM stray_blob")]

    def hasten(self) -> None:
        """Let the time be over in which what is on that list could still arrive or be deleted by somebody else."""
        self.sql("UPDATE stray_blob SET due_at = now()")

    def swept(self) -> bool:
        """Wait until the sweep's list is empty, and return whether it ever was."""
        return eventually(lambda: not self.strays)


def sharer_on(database_url: str) -> Sharer:
    """Add three users to this database, and return the first."""

    async def added() -> Sharer:
        connection = await asyncpg.connect(database_url)
        try:
            transaction = Transaction(connection)
            three = [
                await users.add(transaction, email=f"{name.lower()}@example.org", name=name)
                for name in ("Ada", "Ben", "Cleo")
            ]
            token = (await tokens.create(transaction, three[0].id, lifetime_seconds=3600)).token
        finally:
            await connection.close()
        return Sharer(database_url, token, [str(user.id) for user in three[1:]])

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(added())
