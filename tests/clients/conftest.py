"""What every script for the SDK needs: Node, and a key of the server that all tests share."""

import os
import shutil

import pytest
from processes import ENFILADE, Server
from sdk import HERE


@pytest.fixture(scope="session")
def node() -> str:
    """Node as `make test` found or installed it: of the environment, else of the machine."""
    found = shutil.which("node", path=os.pathsep.join([str(ENFILADE.parent), os.environ["PATH"]]))
    if not found or not (HERE / "node_modules/ready").exists():
        pytest.fail("The SDK is not installed: run `make test`, which does it.", pytrace=False)
    return found


@pytest.fixture(scope="session")
def server_key(server: Server) -> dict[str, str]:
    return dict(server.enfilade("keys", "create", "hms"))
