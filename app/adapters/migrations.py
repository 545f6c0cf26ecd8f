"""Brings a database to the newest schema, and tells whether it is there."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from asyncpg import UndefinedTableError

import app
from app.adapters import database, embedded
from app.settings import Settings


class SchemaNotCurrent(Exception):
    """The database has another schema than this version needs; in one line."""


@contextmanager
def current_database(settings: Settings, *, serving: bool) -> Iterator[None]:
    """Inside the block the database runs and has the schema of this version.

    Our own is migrated on the way; a foreign one that is not current raises SchemaNotCurrent. `serving` as in
    `embedded.running`.
    """
    with running_database(settings, serving=serving):
        found = asyncio.run(_revision(settings))
        if found != head() and settings.database_url:
            raise SchemaNotCurrent(_advice(found))
        if found != head():
            _upgrade(settings)
        yield


def running_database(settings: Settings, *, serving: bool) -> AbstractContextManager[None]:
    """Inside the block the database runs, whatever its schema."""
    if settings.database_url:
        return nullcontext()
    return embedded.running(settings.data_dir, serving=serving, bin_dir=settings.postgres_bin)


def head() -> str:
    """Return the newest revision that this version knows: they are named by their dates, like their files."""
    return max(file.stem for file in (_folder() / "versions").glob("*.py"))


def migrate(settings: Settings) -> str:
    """Run every migration that is missing and return the revision reached. Safe beside others that do the same.

    Raises SchemaNotCurrent for a schema that only a newer version knows, DatabaseUnusable when Postgres refuses.
    """
    found = asyncio.run(_revision(settings))
    if found is not None and found > head():
        raise SchemaNotCurrent(_advice(found))
    _upgrade(settings)
    return head()


def _upgrade(settings: Settings) -> None:
    # Loaded only when there is something to do: they take longer than the rest of a command.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = database.direct_arguments(settings)
    with database.telling(settings):
        command.upgrade(config, "head")


async def _revision(settings: Settings) -> str | None:
    async with database.connection(settings) as connection:
        try:
            revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        except UndefinedTableError:
            return None
        return revision


def _advice(found: str | None) -> str:
    if found is not None and found > head():
        return f"the database's schema is {found}, newer than this version's {head()}: run a newer Enfilade"
    return f"the database's schema is {found or 'empty'}, not {head()}: run `enfilade migrate`"


def _folder() -> Path:
    """Return the migrations: inside the package when it is installed, beside it in a clone."""
    package = Path(app.__file__).parent
    return next(folder for folder in (package / "migrations", package.parent / "migrations") if folder.is_dir())
