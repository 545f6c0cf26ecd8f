"""Terminals on which `enfilade` is typed: with a server beside them or alone, on Postgres embedded or foreign."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import commands
import pytest
from commands import Finished
from databases import Postgres, run_sql
from ports import free_port
from processes import Server, running, settings_of


@dataclass(frozen=True)
class Shell:
    """A folder and settings in which commands are run."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **settings: str) -> Finished:
        own = {"ENFILADE_PORT": free_port(), **self.settings, **settings}
        return commands.run(arguments, os.environ | own, self.folder)

    def json(self, *arguments: str, **settings: str) -> Any:
        """Run a command that does what it is told, and return the one line of JSON that it prints."""
        done = self.run(*arguments, "--json", **settings)
        assert (done.status, done.err) == (0, ""), done
        assert done.out.endswith("\n")
        assert done.out.count("\n") == 1
        return json.loads(done.out)

    def refusal(self, *arguments: str, **settings: str) -> str:
        """Run a command that is refused, and return the one line that says why."""
        done = self.run(*arguments, **settings)
        assert (done.status, done.out) == (1, ""), done
        assert done.err.endswith("\n"), done
        assert done.err.count("\n") == 1, done.err
        return done.err.removesuffix("\n")

    def misused(self, *arguments: str) -> str:
        """Run a command that is no command of ours, and return what it says about it."""
        done = self.run(*arguments)
        assert (done.status, done.out) == (2, ""), done
        assert "\nError: " in f"\n{done.err}", done.err
        assert "Traceback" not in done.err
        return done.err

    def sql(self, statement: str) -> "list[asyncpg.Record]":
        """Run a statement on the foreign database of these settings and return its rows."""
        return run_sql(self.settings["ENFILADE_DATABASE_URL"], statement)

    def stored(self) -> bytes:
        """Return every byte that the tables of that database keep, texts and numbers as they are written."""
        tables = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for table in tables for row in self.sql(f'SELECT * FROM "{table[0]}"')]  # noqa: S608
        values = [value for row in rows for value in row.values()]
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


Terminal = Callable[..., Shell]


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in the test's folder, with the settings given and no other."""
    return lambda **settings: Shell(tmp_path, settings)


@pytest.fixture
def foreign(foreign: dict[str, str]) -> dict[str, str]:
    """The settings for a foreign database that is current and empty."""
    emptied = "TRUNCATE api_key, conference, room, user_account, analytics_event, webhook_queue, webhook_replay CASCADE"
    without_webhook = "UPDATE deployment SET sealed_webhook = NULL WHERE sealed_webhook IS NOT NULL"
    run_sql(foreign["ENFILADE_DATABASE_URL"], f"DO $$ BEGIN {emptied}; {without_webhook}; END $$")
    return foreign


@pytest.fixture
def shell(terminal: Terminal, foreign: dict[str, str]) -> Shell:
    """A terminal on a foreign database that is current and empty."""
    return terminal(**foreign)


@pytest.fixture
def bare(terminal: Terminal, postgres: Postgres) -> Iterator[Shell]:
    """A terminal on a foreign database of its own that nobody has migrated."""
    with postgres.database() as url:
        yield terminal(**settings_of(url))


@pytest.fixture
def beside(terminal: Terminal, server: Server) -> Shell:
    """A terminal beside the server that all tests share."""
    return terminal(**{name: value for name, value in server.environment.items() if name.startswith("ENFILADE_")})


@pytest.fixture(scope="session", params=["embedded", "foreign"])
def owned(request: pytest.FixtureRequest, postgres: Postgres, template: str) -> Iterator[dict[str, str]]:
    """The settings for one Postgres or the other."""
    if request.param == "embedded":
        yield {}
        return
    with postgres.database(template) as url:
        yield settings_of(url)


@pytest.fixture(scope="session", params=["alone", "beside a server"])
def anywhere(
    request: pytest.FixtureRequest,
    owned: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shell]:
    """Each place where a command must work; its tests leave it as empty as they have found it."""
    folder = tmp_path_factory.mktemp("place")
    settings = owned | {"ENFILADE_DATA_DIR": str(folder / "data")}
    with contextlib.nullcontext() if request.param == "alone" else running(folder, **settings):
        yield Shell(folder, settings)
