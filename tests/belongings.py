"""What a deployment keeps, put there by way of each of the three APIs, and looked for again."""

from dataclasses import dataclass
from random import Random
from typing import Self
from uuid import uuid4

from processes import Server

WEBHOOK = {"url": "https://hooks.example/", "headers": {"Authorization": "Basic x"}}
FILE = Random(1).randbytes(3 * 1024 * 1024)  # noqa: S311 - the same in every run


@dataclass(frozen=True)
class Belongings:
    """Credentials of each API, and the ids of what was made with them."""

    api_key: str
    conference: str
    join_token: str
    management_token: str
    v2_room: str
    user_token: str
    room: str
    attachment: str

    @classmethod
    def put(cls, server: Server) -> Self:
        api_key = server.create_key()
        conference, join_token = _conference(server, api_key)
        server.enfilade("keys", "create", "hms")
        management_token = server.enfilade("tokens", "management")["token"]
        with server.client(Authorization=f"Bearer {management_token}") as hms:
            v2_room = hms.post("/v2/rooms", json={"webhook": WEBHOOK}).json()["id"]
        user_token = _user_token(server)
        room, attachment = _attachment(server, user_token)
        return cls(api_key, conference, join_token, management_token, v2_room, user_token, room, attachment)

    def missing_of(self, server: Server) -> set[str]:
        """Return what this server does not have, or does not understand."""
        with server.client(**{"x-vcs-token": self.api_key}) as vcs:
            conference = vcs.get(f"/api/realtime/room/{self.conference}")
            verified = vcs.post("/api/realtime/token", json={"token": self.join_token})
        v2_room = server.get(f"/v2/rooms/{self.v2_room}", Authorization=f"Bearer {self.management_token}")
        file = server.get(f"/attachments/{self.attachment}/download", Authorization=f"Bearer {self.user_token}")
        found = {
            "conference": conference.status_code == 200,
            "join token": verified.status_code == 200,
            "room of /v2": v2_room.status_code == 200,
            "sealed webhook": v2_room.status_code == 200 and v2_room.json().get("webhook") == WEBHOOK,
            "file": file.content == FILE,
        }
        return {name for name, is_found in found.items() if not is_found}


def _conference(server: Server, api_key: str) -> tuple[str, str]:
    with server.client(**{"x-vcs-token": api_key}) as vcs:
        room = vcs.post("/api/realtime/room", json={"name": "A"}).json()["room"]
    return room["id"], room["token"]


def _user_token(server: Server) -> str:
    email = f"{uuid4()}@example.org"
    server.enfilade("users", "add", email, "Ada")
    token: str = server.enfilade("tokens", "create", email)["token"]
    return token


def _attachment(server: Server, token: str) -> tuple[str, str]:
    with server.client(Authorization=f"Bearer {token}") as chats:
        others = [server.enfilade("users", "add", f"{uuid4()}@example.org", "Ben")["id"] for _ in range(2)]
        made = chats.post("/rooms", json={"type": "group", "name": "Gardeners", "membersIds": others}).json()
        return made["id"], upload(server, token, made["id"])


def upload(server: Server, token: str, room: str) -> str:
    """Send the file to a room and return its id there."""
    with server.client(Authorization=f"Bearer {token}", fileName="a.bin", mimeType="image/png") as chats:
        answer = chats.post(f"/rooms/{room}/attachments", content=FILE)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id
