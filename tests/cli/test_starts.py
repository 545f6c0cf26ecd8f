"""What keeps `enfilade serve` and `enfilade migrate` from doing anything: one line each, with the way out."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from databases import Postgres, run_sql
from impostors import answering, of_version, refusing
from ports import free_port
from processes import ENFILADE, SECRET_KEY, Begin, settings_of

PASSWORD = "hunter2"
NO_LOGIN = "28000"
REFUSALS = {
    "a wrong password": (("28P01", 'password authentication failed for user "ada"'), "set user, password and sslmode"),
    "TLS demanded": (
        (NO_LOGIN, 'no pg_hba.conf entry for user "ada", no encryption'),
        "set user, password and sslmode",
    ),
    "no such database": (("3D000", 'database "enfilade" does not exist'), "create that database"),
    "nobody else let in": (
        ("53300", "sorry, too many clients already"),
        "lower ENFILADE_POOL_SIZE or ENFILADE_WORKERS",
    ),
    "no right to connect": (("42501", 'permission denied for database "enfilade"'), "grant that"),
}


@pytest.fixture
def migrated(terminal: Any, postgres: Postgres, template: str) -> Iterator[Any]:
    """A terminal on a foreign database of its own that is current."""
    with postgres.database(template) as url:
        yield terminal(**settings_of(url))


@contextmanager
def as_another(shell: Any, postgres: Postgres, *rights: str) -> Iterator[Any]:
    """The same for another Postgres user, who has these rights."""
    url, name = shell.settings["ENFILADE_DATABASE_URL"], f"enfilade_test_{token_hex(6)}"
    postgres.run(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    try:
        for right in rights:
            run_sql(url, right.format(name))
        yield replace(shell, settings={**shell.settings, "ENFILADE_DATABASE_URL": _with_user(url, name)})
    finally:
        run_sql(url, f"DROP OWNED BY {name}")
        postgres.run(f"DROP ROLE {name}")


def _with_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    if parts.hostname:
        return parts._replace(netloc=f"{user}:{user}@{parts.netloc.rpartition('@')[2]}").geturl()
    query = [part for part in parts.query.split("&") if not part.startswith(("user=", "password="))]
    return parts._replace(query="&".join([*query, f"user={user}", f"password={user}"])).geturl()


def named_and_safe(told: str, name: str = "ENFILADE_DATABASE_URL") -> bool:
    return told.startswith(f"Error: {name}") and PASSWORD not in told


class TestPostgres:
    @pytest.mark.parametrize("command", ["serve", "migrate"])
    @pytest.mark.parametrize("reason", REFUSALS)
    def test_that_lets_nobody_in_is_named_with_its_reason_and_the_way_out(
        self, terminal: Any, command: str, reason: str
    ) -> None:
        (code, message), way_out = REFUSALS[reason]
        with answering(refusing(code, message)) as url:
            told = terminal(**settings_of(url)).refusal(command)
        assert named_and_safe(told)
        assert message in told
        assert way_out in told

    @pytest.mark.parametrize("command", ["serve", "migrate"])
    def test_that_is_too_old_is_refused(self, terminal: Any, command: str) -> None:
        with answering(of_version("13.18")) as url:
            told = terminal(**settings_of(url)).refusal(command)
        assert named_and_safe(told)
        assert "older than 14" in told

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1:1/x", "nowhere.invalid/x", "127.0.0.1:1/x?sslmode=require"],
        ids=["nobody there", "no such name", "no TLS there"],
    )
    def test_that_is_not_there_is_named(self, terminal: Any, address: str) -> None:
        told = terminal(**settings_of(f"postgresql://ada:{PASSWORD}@{address}")).refusal("serve")
        assert named_and_safe(told)
        assert "start Postgres there, or set address and sslmode right" in told

    @pytest.mark.parametrize("mode", ["sslmode=verify-full&sslrootcert=/none", "sslmode=nonsense"])
    def test_whose_certificate_cannot_be_judged_is_named(self, terminal: Any, mode: str) -> None:
        told = terminal(**settings_of(f"postgresql://ada:{PASSWORD}@127.0.0.1:1/x?{mode}")).refusal("serve")
        assert named_and_safe(told)
        assert "sslmode" in told

    @pytest.mark.long
    def test_that_says_nothing_is_given_up_in_seconds(self, terminal: Any) -> None:
        began = time.monotonic()
        with answering(b"") as url:
            told = terminal(**settings_of(url)).refusal("serve")
        assert named_and_safe(told)
        assert "no answer within 10 seconds" in told
        assert time.monotonic() - began < 20

    def test_that_takes_no_writes_is_refused(self, migrated: Any) -> None:
        url = migrated.settings["ENFILADE_DATABASE_URL"]
        run_sql(url, f'ALTER DATABASE "{urlsplit(url).path[1:]}" SET default_transaction_read_only = on')
        assert "takes no writes" in (told := migrated.refusal("serve"))
        assert named_and_safe(told)

    def test_whose_user_may_make_no_tables_is_refused_by_migrate(self, bare: Any, postgres: Postgres) -> None:
        run_sql(bare.settings["ENFILADE_DATABASE_URL"], "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        with as_another(bare, postgres) as powerless:
            told = powerless.refusal("migrate")
        assert named_and_safe(told)
        assert "grant this user USAGE and CREATE on the schema public" in told

    def test_whose_user_may_not_write_a_table_is_refused_by_serve(self, migrated: Any, postgres: Postgres) -> None:
        rights = ("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}", "REVOKE DELETE ON attachment FROM {}")
        with as_another(migrated, postgres, *rights) as other:
            told = other.refusal("serve")
        assert named_and_safe(told)
        assert "the table attachment" in told


class TestSchema:
    def test_that_is_not_there_is_named(self, bare: Any) -> None:
        told = bare.refusal("serve")
        assert named_and_safe(told)
        assert re.search("the schema is not there, .*: run `enfilade migrate`$", told)

    def test_of_an_earlier_version_is_named(self, migrated: Any) -> None:
        migrated.sql("UPDATE alembic_version SET version_num = '2026_11_22_ground'")
        told = migrated.refusal("serve")
        assert named_and_safe(told)
        assert re.search("the schema is 2026_11_22_ground, .*: run `enfilade migrate`$", told)


class TestConnections:
    @pytest.mark.long  # seven seconds
    def test_that_the_database_does_not_let_in_are_refused(self, migrated: Any, begin: Begin) -> None:
        url = migrated.settings["ENFILADE_DATABASE_URL"]
        run_sql(url, f'ALTER DATABASE "{urlsplit(url).path[1:]}" CONNECTION LIMIT 12')
        sizes = {"ENFILADE_WORKERS": "2", "ENFILADE_POOL_SIZE": "6"}
        told = migrated.refusal("serve", **sizes)
        assert told.startswith(
            "Error: ENFILADE_WORKERS times (ENFILADE_POOL_SIZE + 1) is 14, and ENFILADE_DATABASE_URL lets in 12: lower"
        )
        assert begin(**migrated.settings | sizes | {"ENFILADE_POOL_SIZE": "5"}).end() == 0

    def test_beyond_max_connections_are_refused(self, migrated: Any) -> None:
        [[most]] = migrated.sql("SHOW max_connections")
        assert "ENFILADE_POOL_SIZE" in migrated.refusal("serve", ENFILADE_POOL_SIZE=most)


class TestPooler:
    @pytest.fixture
    def other(self, postgres: Postgres, template: str) -> Iterator[str]:
        with postgres.database(template) as url:
            yield url

    def test_of_another_database_is_refused(self, migrated: Any, other: str) -> None:
        told = migrated.refusal("serve", ENFILADE_DIRECT_DATABASE_URL=other)
        assert told.startswith("Error: ENFILADE_DIRECT_DATABASE_URL is another database than ENFILADE_DATABASE_URL")

    @pytest.mark.long
    def test_of_the_same_is_not(self, migrated: Any, begin: Begin) -> None:
        direct = migrated.settings["ENFILADE_DATABASE_URL"]
        assert begin(**migrated.settings, ENFILADE_DIRECT_DATABASE_URL=direct).end() == 0

    def test_that_is_away_is_named(self, migrated: Any) -> None:
        pooler = f"postgresql://ada:{PASSWORD}@127.0.0.1:1/x"
        direct = migrated.settings["ENFILADE_DATABASE_URL"]
        told = migrated.refusal("serve", ENFILADE_DATABASE_URL=pooler, ENFILADE_DIRECT_DATABASE_URL=direct)
        assert named_and_safe(told)


class TestSecretKey:
    @pytest.mark.long
    def test_that_did_not_seal_is_refused_until_it_is_told_or_given_up(self, migrated: Any, begin: Begin) -> None:
        sealed = migrated.json("keys", "create", "hms")["access_key"]
        another = migrated.settings | {"ENFILADE_SECRET_KEY": "another"}
        told = migrated.refusal("serve", **another)
        assert told.startswith("Error: ENFILADE_SECRET_KEY is not the one that sealed")
        assert SECRET_KEY not in told
        assert begin(**another, ENFILADE_SECRET_KEY_FALLBACKS=f'["{SECRET_KEY}"]').end() == 0
        replace(migrated, settings=another).json("keys", "revoke", sealed)
        assert begin(**another).end() == 0


class TestFiles:
    def test_of_a_folder_where_nothing_can_be_written_are_refused(self, migrated: Any) -> None:
        told = migrated.refusal("serve", ENFILADE_BLOBS_URL="/sys/kernel")  # not even by root
        assert told.startswith("Error: ENFILADE_BLOBS_URL: /sys/kernel cannot be used: ")
        assert told.endswith("set it to a folder that this user can write, or to s3://bucket/prefix")

    def test_of_which_too_few_may_be_open_are_refused(self, migrated: Any) -> None:
        environment = os.environ | migrated.settings | {"ENFILADE_PORT": free_port(), "ENFILADE_POOL_SIZE": "20"}
        limited = ["sh", "-c", 'ulimit -n 80; exec "$0" serve', ENFILADE]
        done = subprocess.run(
            limited, env=environment, cwd=migrated.folder, capture_output=True, check=False, text=True
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
        assert done.stderr.startswith("Error: this process may open 80 files, and needs 84 with ENFILADE_POOL_SIZE=20")


class TestPort:
    def test_of_the_metrics_that_is_in_use_is_named(self, migrated: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = str(listener.getsockname()[1])
            told = migrated.refusal("serve", ENFILADE_METRICS_PORT=port)
        assert told == f"Error: cannot listen on 127.0.0.1:{port} (Address already in use): set ENFILADE_METRICS_PORT"


class TestDataDir:
    def test_that_is_none_is_named_before_the_folder_of_files_in_it(self, terminal: Any) -> None:
        assert named_and_safe(
            terminal(ENFILADE_DATA_DIR="/dev/null/x").refusal("serve"), "ENFILADE_DATA_DIR=/dev/null/x"
        )

    def test_is_made_for_its_owner_alone(self, begin: Begin, tmp_path: Path) -> None:
        begin()
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
