"""schemathesis on a running server: the one way in which `make test` and `make fuzz` start it."""

import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from fuzz.listener import CLIENT, FIELD, TOKENS, URL
from processes import NO_TLS, PATIENCE, Server

from app.apis.hms.tokens import app_token, management_token

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = HERE / "schemathesis.toml"
USERS: list[str] = tomllib.loads(CONFIGURATION.read_text())["dictionaries"]["users"]["values"]
#: Those who are in a meeting while `/v2` is fuzzed, of whom the first is its host.
PEERS = [f"01a202b2-f1ce-7000-8000-0000000000{number:02}" for number in (11, 12, 13)]


@dataclass(frozen=True)
class Credentials:
    """A good credential in each field where an API looks for one, and tokens of people who are to sit at websockets.

    And the token of a client, of an API whose other callers are backends.
    """

    fields: list[str]
    tokens: list[str] = field(default_factory=list)
    client: str = "nobody's"


def _add_users(server: Server, ids: list[str]) -> None:
    for id in ids:
        server.enfilade("users", "add", f"{id}@example.org", f"User {id[-2:]}", "--id", id)


def _token(server: Server, id: str) -> str:
    return str(server.enfilade("tokens", "create", id)["token"])


def _hms(server: Server) -> Credentials:
    _add_users(server, PEERS)
    made = server.enfilade("keys", "create", "hms")
    key = (made["access_key"], made["secret"])
    token = f"Bearer {management_token(*key)}"
    room = httpx.post(f"{server.url}/v2/rooms", headers={"Authorization": token}, timeout=PATIENCE, verify=NO_TLS)
    client = app_token(*key, room_id=room.json()["id"], role="host", user_id=None)
    return Credentials([f"Authorization: {token}"], [_token(server, id) for id in PEERS], client.text)


def _vcs(server: Server) -> Credentials:
    return Credentials([f"x-vcs-token: {server.create_key()}"])


def _chats(server: Server) -> Credentials:
    """Both ways to show a token: left out, schemathesis would make one up."""
    _add_users(server, USERS)
    token = _token(server, USERS[0])
    return Credentials([f"Cookie: ZM_AUTH_TOKEN={token}", f"Authorization: Bearer {token}"], [token])


#: Each API by its prefix.
APIS: dict[str, Callable[[Server], Credentials]] = {"/v2": _hms, "/api/realtime": _vcs, "/services/chats": _chats}

#: Errors of the chats have no body by default, from which nobody could tell what was refused; files are large soon, of
#: which a run sends thousands; and most codes of rooms that it guesses are wrong.
SETTINGS = {
    "ENFILADE_CHATS__DEVELOPER_MODE": "true",
    "ENFILADE_MAX_FAILED_CREDENTIALS": "0",
    "ENFILADE_CHATS__MAX_ATTACHMENT_SIZE_IN_KB": "16",
    "ENFILADE_CHATS__MAX_ROOM_IMAGE_SIZE_IN_KB": "16",
    "ENFILADE_CHATS__MAX_USER_IMAGE_SIZE_IN_KB": "16",
}
LARGEST = 16 * 1024


def command(api: str, server: Server, *, seed: int, examples: int, only: Sequence[str] = ()) -> list[str]:
    """Return the command that holds the server to this API's description, and fails when it is not as described.

    Seed and number of examples for each operation decide what is sent, but for the ids that the server makes up; by
    some phases `only`, not every operation can be expected to do something.
    """
    credentials = APIS[api](server)
    headers = [argument for field in credentials.fields for argument in ("--header", field)]
    told = {URL: server.url, FIELD: credentials.fields[0], TOKENS: " ".join(credentials.tokens)}
    told |= {CLIENT: credentials.client}
    return [
        *("env", *(f"{name}={value}" for name, value in told.items())),
        *(str(SCHEMATHESIS), "--config-file", str(CONFIGURATION)),
        # It would not find the API by the relative address in the description.
        *("run", f"{server.url}{api}/openapi.json", "--url", f"{server.url}{api}", *headers),
        *("--seed", str(seed), "--max-examples", str(examples)),
        *(("--phases", ",".join(only), "--exclude-checks", "EveryOperationIsReached") if only else ()),
    ]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment for the command: our own checks; and nothing is kept but in this folder."""
    return os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "promises.py"),
        "PYTHONPATH": str(HERE.parent),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
    }
