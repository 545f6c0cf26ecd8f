"""Each API's description, believed to the letter by a fuzzer: every answer of a real server must be as described."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Postgres
from fuzz.fuzzer import APIS, SETTINGS, command, environment
from processes import RunServer, Server, settings_of

SEED = 4
FEW = {"examples": 3, "only": ["fuzzing"]}
MANY = {"examples": 14}


@pytest.fixture(scope="module")
def server(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    """A server whose database is new: what is sent depends on what was answered."""
    with postgres.database(template) as url, run_server(**settings_of(url), **SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for the tables of characters that hypothesis makes in its first run: that takes seconds."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("how", [pytest.param(FEW, id="a few"), pytest.param(MANY, id="many", marks=pytest.mark.long)])
def test_every_answer_is_as_described(api: str, how: dict[str, Any], server: Server, folder: Path) -> None:
    done = subprocess.run(
        command(api, server, seed=SEED, **how),
        env=environment(folder),
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
