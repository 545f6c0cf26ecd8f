"""`enfilade migrate`: as operator.md has it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from databases import Postgres, run_sql
from processes import settings_of

NEWEST = max(file.stem for file in (Path(__file__).parents[2] / "migrations/versions").glob("*.py"))
NOWHERE = "postgresql://ada:hunter2@127.0.0.1:1/none"


@pytest.fixture
def powerless(postgres: Postgres, bare: Any) -> Iterator[Any]:
    """The same for a Postgres user who may create nothing there and read nothing of others."""
    url, name = bare.settings["ENFILADE_DATABASE_URL"], f"enfilade_test_{token_hex(6)}"
    postgres.run(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    run_sql(url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    yield replace(bare, settings={**bare.settings, "ENFILADE_DATABASE_URL": _as(url, name)})
    postgres.run(f"DROP ROLE {name}")


def _as(url: str, user: str) -> str:
    """Return the URL for another user, in the place where this URL names one."""
    parts = urlsplit(url)
    if parts.hostname:
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{user}:{user}@{host}").geturl()
    query = "&".join(part for part in parts.query.split("&") if not part.startswith(("user=", "password=")))
    return parts._replace(query=f"{query}&user={user}&password={user}").geturl()


class TestWhereverItIsTyped:
    def test_tells_the_revision_reached(self, anywhere: Any) -> None:
        assert anywhere.json("migrate") == {"revision": NEWEST}

    def test_a_second_time_changes_nothing(self, anywhere: Any) -> None:
        assert anywhere.json("migrate") == anywhere.json("migrate") == {"revision": NEWEST}


class TestForeignDatabase:
    def test_is_refused_by_every_command_until_it_is_migrated(self, bare: Any) -> None:
        told = bare.refusal("keys", "list")
        assert "`enfilade migrate`" in told
        assert bare.json("migrate") == {"revision": NEWEST}
        assert bare.json("keys", "list") == []

    def test_without_json_it_is_for_people(self, bare: Any) -> None:
        done = bare.run("migrate")
        assert (done.status, done.out, done.err) == (0, f"revision: {NEWEST}\n", "")

    def test_of_another_program_is_refused_without_a_guess(self, bare: Any) -> None:
        bare.sql("CREATE TABLE alembic_version (version_num text)")
        bare.sql("INSERT INTO alembic_version VALUES ('abc123def')")
        told = bare.refusal("migrate")
        assert "abc123def" in told
        assert bare.refusal("keys", "list") == told

    def test_with_tables_in_the_way_is_refused(self, bare: Any) -> None:
        bare.sql("CREATE TABLE conference (x integer)")
        assert "already exists" in bare.refusal("migrate")

    @pytest.mark.parametrize("command", ["migrate", "serve"])
    def test_that_is_newer_is_refused(self, bare: Any, command: str) -> None:
        bare.json("migrate")
        bare.sql("UPDATE alembic_version SET version_num = '2999_02_02_future'")
        bare.sql("COMMENT ON TABLE alembic_version IS '2999_01_01_what_it_contracts'")
        told = bare.refusal(command)
        assert "2999_02_02_future" in told
        assert "newer" in told

    def test_that_is_newer_and_says_that_this_version_works_on_it_is_left_as_it_is(self, bare: Any) -> None:
        bare.json("migrate")
        bare.sql("UPDATE alembic_version SET version_num = '2999_01_01_future'")
        bare.sql(f"COMMENT ON TABLE alembic_version IS '{NEWEST}'")
        assert bare.json("migrate") == {"revision": "2999_01_01_future"}
        assert bare.json("keys", "list") == []

    def test_that_is_older_is_not_served_whatever_it_says(self, bare: Any) -> None:
        bare.json("migrate")
        bare.sql("UPDATE alembic_version SET version_num = '2026_11_22_ground'")
        bare.sql(f"COMMENT ON TABLE alembic_version IS '{NEWEST}'")
        assert "`enfilade migrate`" in bare.refusal("keys", "list")

    def test_in_which_we_may_create_nothing_is_refused(self, powerless: Any) -> None:
        assert "permission denied" in powerless.refusal("migrate")

    def test_of_which_we_may_read_nothing_is_refused(self, bare: Any, powerless: Any) -> None:
        bare.json("migrate")
        assert "permission denied" in powerless.refusal("keys", "list")

    def test_that_nobody_serves_is_refused(self, terminal: Any) -> None:
        told = terminal(**settings_of(NOWHERE)).refusal("migrate")
        assert "ENFILADE_DATABASE_URL" in told
        assert "hunter2" not in told

    def test_with_an_argument_is_misuse(self, terminal: Any) -> None:
        terminal().misused("migrate", "now")
