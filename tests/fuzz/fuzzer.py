"""schemathesis on a running server: the one way in which `make test` and `make fuzz` start it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from processes import Server

from app.apis.hms.tokens import management_token

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def _management_token(server: Server) -> str:
    key = server.enfilade("keys", "create", "hms")
    return management_token(key["access_key"], key["secret"])


#: Each API by its prefix, with what shows a good credential to it.
APIS: dict[str, Callable[[Server], str]] = {
    "/v2": lambda server: f"Authorization: Bearer {_management_token(server)}",
    "/api/realtime": lambda server: f"x-vcs-token: {server.create_key()}",
}


def command(api: str, server: Server, *, seed: int, examples: int) -> list[str]:
    """Return the command that holds the server to this API's description, and fails when it is not as described.

    Seed and number of examples for each operation decide what is sent, but for the ids that the server makes up.
    """
    return [
        *(str(SCHEMATHESIS), "--config-file", str(HERE / "schemathesis.toml")),
        # It would not find the API by the relative address in the description.
        *("run", f"{server.url}{api}/openapi.json", "--url", f"{server.url}{api}", "--header", APIS[api](server)),
        *("--seed", str(seed), "--max-examples", str(examples)),
    ]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment for the command: our own checks; and nothing is kept but in this folder."""
    return os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "promises.py"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
    }
