"""What the commands have in common: settings and a transaction, one line when refused, two ways to print."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import click

from app import settings as environment
from app.adapters import database, migrations, secret_key
from app.adapters.blobs.errors import BlobsUnusable
from app.adapters.database import DatabaseUnusable
from app.adapters.embedded import EmbeddedPostgresError
from app.adapters.inspection import TooFewFiles
from app.adapters.migrations import SchemaNotCurrent
from app.adapters.secret_key import SecretKeyUnusable
from app.domain.columns import spelled
from app.domain.database import Transaction
from app.domain.errors import (
    DomainError,
    EmailTaken,
    KeyNotFound,
    ReplayNotFound,
    ReplaysBusy,
    SecretKeyMismatch,
    StorageFailed,
    TokenNotFound,
    UserIdTaken,
    UserNotFound,
    WebhookNotFound,
)
from app.domain.secrets import SecretKey
from app.settings import Settings, SettingsError

Answer = TypeVar("Answer")

WORDS: dict[type[DomainError], str] = {
    EmailTaken: "a user with this email exists already",
    KeyNotFound: "there is no such key",
    ReplayNotFound: "there is no such replay",
    ReplaysBusy: "what waits to be sent is held by somebody else just now: try again",
    StorageFailed: "the store of files does not answer as it should",
    SecretKeyMismatch: "the key's secret was sealed under another ENFILADE_SECRET_KEY: set that one, or revoke the key",
    TokenNotFound: "there is no such token",
    UserIdTaken: "a user with this id exists already",
    UserNotFound: "there is no such user",
    WebhookNotFound: "the workspace has no webhook",
}
_SAY_IT_THEMSELVES = (
    BlobsUnusable,
    SettingsError,
    DatabaseUnusable,
    EmbeddedPostgresError,
    SchemaNotCurrent,
    SecretKeyUnusable,
    TooFewFiles,
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@dataclass(frozen=True)
class Desk:
    """What a command works with: the settings, the key that seals, and what runs statements."""

    settings: Settings
    sealing: SecretKey
    transaction: Transaction


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what can be refused into one line on standard error, and exit status 1."""
    try:
        yield
    except DomainError as fact:
        raise click.ClickException(": ".join(filter(None, (WORDS[type(fact)], str(fact))))) from None
    except _SAY_IT_THEMSELVES as error:
        raise click.ClickException(str(error)) from None


def at_the_desk(work: Callable[[Desk], Awaitable[Answer]]) -> Answer:
    """Do the work in one transaction, on the database of a server beside us or on one started for the time."""

    async def in_transaction(desk: Desk) -> Answer:
        async with desk.transaction.begun():
            return await work(desk)

    return step_by_step(in_transaction)


def step_by_step(work: Callable[[Desk], Awaitable[Answer]]) -> Answer:
    """Do the work as `at_the_desk` does, but commit each statement by itself."""

    async def connected(settings: Settings) -> Answer:
        async with database.connection(settings) as connection:
            return await work(Desk(settings, secret_key.load(settings), Transaction(connection)))

    with refusals():
        settings = environment.load()
        with migrations.current_database(settings, serving=False):
            return asyncio.run(connected(settings))


def show(answer: dict[str, Any] | list[dict[str, Any]], *, as_json: bool) -> None:
    """Print an object, or a list of them, as JSON or for people."""
    if as_json:
        say(json.dumps(answer, ensure_ascii=False, default=_plain))
    elif isinstance(answer, dict):
        say("\n".join(f"{name}: {_plain(value)}" for name, value in answer.items()))
    else:
        for row in answer:
            say("\t".join(_plain(value) for value in row.values()))


def say(text: str) -> None:
    """Print a line or several; what cannot be printed (a full disk) is one line on standard error."""
    try:
        click.echo(text)
    except OSError as error:
        raise click.ClickException(f"cannot print: {error.strerror}") from None


def uuid(text: str, otherwise: type[DomainError]) -> UUID:
    """Read an id; what cannot be one is one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        raise otherwise from None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return spelled(value)
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "-"
    return "-" if value is None else str(value)
