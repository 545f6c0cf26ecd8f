"""schemathesis on a running server: the one way in which `make test` and `make fuzz` start it."""

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from processes import Server

from app.apis.hms.tokens import management_token

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIGURATION = HERE / "schemathesis.toml"
USERS: list[str] = tomllib.loads(CONFIGURATION.read_text())["dictionaries"]["users"]["values"]


def _management_token(server: Server) -> str:
    key = server.enfilade("keys", "create", "hms")
    return management_token(key["access_key"], key["secret"])


def _user_token(server: Server) -> str:
    """Make the users whom the fuzzer knows, and a token of the first."""
    for number, id in enumerate(USERS):
        server.enfilade("users", "add", f"user{number}@example.org", f"User {number}", "--id", id)
    return str(server.enfilade("tokens", "create", USERS[0])["token"])


def _hms(server: Server) -> list[str]:
    return [f"Authorization: Bearer {_management_token(server)}"]


def _vcs(server: Server) -> list[str]:
    return [f"x-vcs-token: {server.create_key()}"]


def _chats(server: Server) -> list[str]:
    """Both ways to show a token: left out, schemathesis would make one up."""
    token = _user_token(server)
    return [f"Cookie: ZM_AUTH_TOKEN={token}", f"Authorization: Bearer {token}"]


#: Each API by its prefix, with the header fields that show a good credential to it.
APIS: dict[str, Callable[[Server], list[str]]] = {"/v2": _hms, "/api/realtime": _vcs, "/services/chats": _chats}

#: Errors of the chats have no body by default, from which nobody could tell what was refused; and files are large
#: soon, of which a run sends thousands.
SETTINGS = {
    "ENFILADE_CHATS__DEVELOPER_MODE": "true",
    "ENFILADE_CHATS__MAX_ATTACHMENT_SIZE_IN_KB": "16",
    "ENFILADE_CHATS__MAX_ROOM_IMAGE_SIZE_IN_KB": "16",
    "ENFILADE_CHATS__MAX_USER_IMAGE_SIZE_IN_KB": "16",
}
LARGEST = 16 * 1024


def command(api: str, server: Server, *, seed: int, examples: int) -> list[str]:
    """Return the command that holds the server to this API's description, and fails when it is not as described.

    Seed and number of examples for each operation decide what is sent, but for the ids that the server makes up.
    """
    headers = [argument for field in APIS[api](server) for argument in ("--header", field)]
    return [
        *(str(SCHEMATHESIS), "--config-file", str(CONFIGURATION)),
        # It would not find the API by the relative address in the description.
        *("run", f"{server.url}{api}/openapi.json", "--url", f"{server.url}{api}", *headers),
        *("--seed", str(seed), "--max-examples", str(examples)),
    ]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment for the command: our own checks; and nothing is kept but in this folder."""
    return os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "promises.py"),
        "PYTHONPATH": str(HERE.parent),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
    }
