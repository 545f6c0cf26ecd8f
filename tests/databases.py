"""Databases made for the time of a test, and SQL on them."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg


def run_sql(url: str, statement: str) -> "list[asyncpg.Record]":
    """Run a statement on the database of this URL and return its rows."""

    async def rows() -> "list[asyncpg.Record]":
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    # Not in the loop of the tests: fixtures that need no loop can use it too.
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        return loop.run_until_complete(rows())


def name_of(url: str) -> str:
    """Return the name of this URL's database."""
    return urlsplit(url).path[1:]


@dataclass(frozen=True)
class Postgres:
    """A Postgres on which databases can be made."""

    url: str

    def of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def run(self, statement: str) -> None:
        run_sql(self.url, statement)

    def forget_the_disk(self) -> None:
        """Wait for no disk from now on: this Postgres is given up with the run, and nobody takes its power away."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database for the time of a `with`, which is given its URL."""
        name = f"enfilade_test_{secrets.token_hex(6)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.of(name)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')
