"""The migrations make what the model says, whoever runs them and however often."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from databases import Postgres, run_sql
from processes import ENFILADE, SECRET_KEY, settings_of
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.adapters import migrations
from app.adapters.database import direct_arguments
from app.domain.schema import metadata
from app.settings import Settings

ROOT = Path(__file__).parents[2]


def alembic(settings: Settings) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = direct_arguments(settings)
    return config


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[Settings]:
    with postgres.database() as url:
        yield Settings(database_url=url, secret_key=SECRET_KEY)


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


async def test_migrations_equal_the_model(empty: Settings) -> None:
    await asyncio.to_thread(migrations.migrate, empty)
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(**direct_arguments(empty))
    )
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_down_to_nothing_and_up_again(empty: Settings) -> None:
    assert migrations.migrate(empty) == migrations.head()
    command.downgrade(alembic(empty), "base")
    assert migrations.migrate(empty) == migrations.head()


def test_conferences_of_before_get_what_rooms_of_v2_have(empty: Settings) -> None:
    url = empty.database_url.get_secret_value()
    command.upgrade(alembic(empty), "2026_11_22_ground")
    run_sql(
        url,
        "INSERT INTO conference (id, opened_by, type, max_participants, token_ttl_seconds, room_ttl_seconds,"
        " endpoint_ttl_seconds) VALUES (gen_random_uuid(), 'vcs', 'mesh', 1, 1, 1, 1)",
    )
    migrations.migrate(empty)
    [row] = run_sql(
        url,
        "SELECT conference.enabled, large_room, is_default, template.name, template.region"
        " FROM conference JOIN template ON template.id = template_id",
    )
    assert tuple(row)[:3] == (True, False, True)
    assert re.fullmatch(r"default_videoconf_[0-9a-f-]{36}", row["name"])
    assert row["region"] == "in"


def test_events_come_to_a_database_that_is_used_and_go_without_a_trace(empty: Settings) -> None:
    url = empty.database_url.get_secret_value()
    command.upgrade(alembic(empty), "2026_11_23_previews")
    run_sql(url, "INSERT INTO room (id, type, name) VALUES (gen_random_uuid(), 'temporary', 'Ones')")
    before = schema_of(url)
    for _ in range(2):
        migrations.migrate(empty)
        [row] = run_sql(url, "INSERT INTO event (type, audience, body) VALUES ('A', '{}', '{}') RETURNING number")
        assert row["number"] == 1
        command.downgrade(alembic(empty), "2026_11_23_previews")
        assert schema_of(url) == before
    assert [row["name"] for row in run_sql(url, "SELECT name FROM room")] == ["Ones"]


def schema_of(url: str) -> list[tuple[str, ...]]:
    """Return what there is in the schema: tables, sequences, indexes."""
    found = run_sql(url, "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    return [tuple(row) for row in found]


def test_migrating_again_changes_nothing(empty: Settings) -> None:
    assert migrations.migrate(empty) == migrations.migrate(empty)


@pytest.mark.long
def test_those_that_migrate_at_once_all_succeed(empty: Settings) -> None:
    environment = os.environ | settings_of(empty.database_url.get_secret_value())
    started = [subprocess.Popen([ENFILADE, "migrate"], env=environment, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]


async def test_a_migration_does_not_wait_for_a_lock_for_ever(empty: Settings) -> None:
    await asyncio.to_thread(migrations.migrate, empty)
    connection = await asyncpg.connect(**direct_arguments(empty))
    async with connection.transaction():
        await connection.execute("LOCK TABLE conference IN ACCESS SHARE MODE")
        with pytest.raises(DBAPIError, match="lock timeout"):
            await asyncio.to_thread(command.downgrade, alembic(empty), "base")
    await connection.close()


def test_revisions_are_named_by_their_dates_and_files() -> None:
    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))
    for revision in script.walk_revisions():
        assert Path(revision.path).stem == revision.revision
        assert re.match(r"\d{4}_\d{2}_\d{2}_[a-z]", revision.revision)


def test_the_newest_by_name_is_alembics_head() -> None:
    assert migrations.head() == ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).get_current_head()


async def test_constraints_are_named_by_the_convention(database: asyncpg.Connection) -> None:
    names = await database.fetch(
        "SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
        " WHERE relnamespace = 'public'::regnamespace AND relname <> 'alembic_version' AND contype <> 'n'"
    )
    assert len(names) > 10
    assert [name for (name,) in names if not re.match(r"(pk|uq|fk|ck)_", name)] == []
