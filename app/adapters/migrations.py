"""Brings a database to the newest schema, and tells whether it is there."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from asyncpg import UndefinedTableError

import app
from app.adapters import database, embedded, inspection
from app.settings import Settings

# What a revision says of the oldest program that works on it (migrations/env.py) is where such a program can read it.
_REVISION = "SELECT version_num, obj_description('alembic_version'::regclass, 'pg_class') FROM alembic_version"


class SchemaNotCurrent(Exception):
    """The database has another schema than this version needs; in one line."""


@contextmanager
def current_database(settings: Settings, *, serving: bool) -> Iterator[None]:
    """Inside the block the database runs and has the schema of this version.

    Our own is migrated on the way; a foreign one that is not current raises SchemaNotCurrent. `serving` as in
    `embedded.running`; what a server needs is inspected, too.
    """
    if serving:
        inspection.inspect_limits(settings)
    with running_database(settings, serving=serving):
        revision = asyncio.run(_usable_revision(settings))
        if _is_behind(revision):
            if settings.database_url:
                raise SchemaNotCurrent(
                    f"{database.name_of(settings)}: the schema is {revision or 'not there'}, and this version's is"
                    f" {head()}: run `enfilade migrate`"
                )
            _upgrade(settings)
        if serving:
            inspection.inspect(settings)
        yield


def running_database(settings: Settings, *, serving: bool) -> AbstractContextManager[None]:
    """Inside the block the database runs, whatever its schema."""
    if settings.database_url:
        return nullcontext()
    return embedded.running(settings.data_dir, serving=serving, bin_dir=settings.postgres_bin)


def head() -> str:
    """Return the newest revision that this version knows: they are named by their dates, like their files."""
    return max(_revisions())


def migrate(settings: Settings) -> str:
    """Run every migration that is missing and return the revision reached. Safe beside others that do the same.

    That of a newer version on which this one works is left as it is. Raises SchemaNotCurrent for any other that this
    version does not know, DatabaseUnusable when Postgres refuses.
    """
    revision = asyncio.run(_usable_revision(settings))
    if _is_behind(revision):
        _upgrade(settings)
        return head()
    return str(revision)


def _is_behind(revision: str | None) -> bool:
    return revision is None or revision in _revisions() - {head()}


def _upgrade(settings: Settings) -> None:
    # Loaded only when there is something to do: they take longer than the rest of a command.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = database.direct_arguments(settings)
    with database.telling(settings):
        command.upgrade(config, "head")


async def _usable_revision(settings: Settings) -> str | None:
    """Return the revision of the database, None when it has none; SchemaNotCurrent for one that is not for us.

    One that we do not know is for us when it says that programs of a revision that we know work on it: so an old
    server can be started while others are replaced by newer ones, or when these are given up.
    """
    async with database.connection(settings) as connection:
        try:
            revision, oldest = await connection.fetchrow(_REVISION) or (None, None)
        except UndefinedTableError:
            return None
    known = _revisions()
    if revision is not None and revision not in known and oldest not in known:
        raise SchemaNotCurrent(
            f"{database.name_of(settings)}: the schema is {revision}, which this version does not know:"
            " run the newer Enfilade that made it, or set another database"
        )
    return revision


def _revisions() -> set[str]:
    return {file.stem for file in (_folder() / "versions").glob("*.py")}


def _folder() -> Path:
    """Return the migrations: inside the package when it is installed, beside it in a clone."""
    package = Path(app.__file__).parent
    return next(folder for folder in (package / "migrations", package.parent / "migrations") if folder.is_dir())
