"""The command line: `enfilade serve | migrate | keys | users | tokens`."""

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
from app.adapters.database import DatabaseUnreachable
from app.adapters.embedded import EmbeddedPostgresError
from app.adapters.migrations import SchemaNotCurrent
from app.apis.hms.tokens import management_token
from app.domain import ids, keys, tokens, users
from app.domain.database import Transaction
from app.domain.errors import (
    DomainError,
    EmailTaken,
    KeyNotFound,
    SecretKeyMismatch,
    TokenNotFound,
    UserIdTaken,
    UserNotFound,
)
from app.domain.secrets import SecretKey
from app.settings import Settings, SettingsError

Answer = TypeVar("Answer")

WORDS: dict[type[DomainError], str] = {
    EmailTaken: "a user with this email exists already",
    KeyNotFound: "there is no such key",
    SecretKeyMismatch: "the key's secret was sealed under another ENFILADE_SECRET_KEY",
    TokenNotFound: "there is no such token",
    UserIdTaken: "a user with this id exists already",
    UserNotFound: "there is no such user",
}
_SAY_IT_THEMSELVES = (SettingsError, DatabaseUnreachable, EmbeddedPostgresError, SchemaNotCurrent)


@dataclass(frozen=True)
class Desk:
    """What a command works with: the settings, the key that seals, and a transaction."""

    settings: Settings
    sealing: SecretKey
    transaction: Transaction


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what can be refused into one line on standard error, and exit status 1."""
    try:
        yield
    except DomainError as fact:
        raise click.ClickException(WORDS[type(fact)]) from None
    except _SAY_IT_THEMSELVES as error:
        raise click.ClickException(str(error)) from None


def _at_the_desk(work: Callable[[Desk], Awaitable[Answer]]) -> Answer:
    """Do the work in one transaction, on the database of a server beside us or on one started for the time."""

    async def in_transaction(settings: Settings) -> Answer:
        async with database.connection(settings) as connection, connection.transaction():
            return await work(Desk(settings, secret_key.load(settings), Transaction(connection)))

    with _refusals():
        settings = environment.load()
        with migrations.current_database(settings, serving=False):
            return asyncio.run(in_transaction(settings))


def _show(answer: dict[str, Any] | list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, default=_plain))
    elif isinstance(answer, dict):
        click.echo("\n".join(f"{name}: {_plain(value)}" for name, value in answer.items()))
    else:
        for row in answer:
            click.echo("\t".join(_plain(value) for value in row.values()))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return "-" if value is None else str(value)


def _as_user(user: users.User) -> dict[str, Any]:
    return {"id": str(user.id), "email": user.email, "name": user.name, "type": user.type}


async def _find_user(desk: Desk, id_or_email: str) -> users.User:
    if "@" in id_or_email:
        return await users.with_email(desk.transaction, id_or_email)
    return await users.get(desk.transaction, _uuid(id_or_email, UserNotFound))


def _uuid(text: str, otherwise: type[DomainError]) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise otherwise from None


def _key_id(text: str) -> UUID:
    """Read an access key of `/v2` or the UUID of another."""
    try:
        return ids.from_bytes(bytes.fromhex(text)) if len(text) == 24 else UUID(text)
    except ValueError:
        raise KeyNotFound from None


def _text(_: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable() or len(value) > 255:
        raise click.BadParameter("must be 1 to 255 printable characters", param=parameter)
    return value


def _email(context: click.Context, parameter: click.Parameter, value: str) -> str:
    name, _, domain = value.partition("@")
    if not name or not domain or "@" in domain or any(letter.isspace() for letter in value):
        raise click.BadParameter("must be like name@example.org", param=parameter)
    return _text(context, parameter, value)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.group()
@click.version_option(package_name="enfilade")
def main() -> None:
    """Enfilade: one server, three APIs for rooms. Settings are in the environment or .env (see the README)."""


@main.command()
@click.option("--demo", is_flag=True, help="Make fresh demo credentials and print them (what `make run` does).")
def serve(*, demo: bool) -> None:
    """Run the server."""
    from app import server  # noqa: PLC0415 - the other commands do not wait for the web framework
    from app.demo import announcement  # noqa: PLC0415

    with _refusals():
        settings = environment.load()
        try:
            server.serve(settings, lambda: click.echo(announcement(settings)) if demo else None)
        except server.AddressUnusable as error:
            raise click.ClickException(str(error)) from None


@main.command()
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the database to the schema of this version."""
    with _refusals():
        settings = environment.load()
        with migrations.running_database(settings, serving=False):
            _show({"revision": migrations.migrate(settings)}, as_json=as_json)


@main.group("keys")
def keys_group() -> None:
    """Keys of the administrator APIs: hms (/v2) and vcs (/api/realtime)."""


@keys_group.command("create")
@click.argument("api", type=click.Choice(["hms", "vcs"]))
@json_option
def create_key(api: keys.Api, *, as_json: bool) -> None:
    """Make a key. It is shown this once."""

    async def work(desk: Desk) -> dict[str, str]:
        if api == "vcs":
            return {"api_key": await keys.create_vcs(desk.transaction)}
        access_key, secret = await keys.create_hms(desk.transaction, desk.sealing)
        return {"access_key": access_key, "secret": secret}

    _show(_at_the_desk(work), as_json=as_json)


@keys_group.command("list")
@json_option
def list_keys(*, as_json: bool) -> None:
    """List the keys, without their secrets."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [
            {"id": key.name, "api": key.api, "created_at": key.created_at, "last_used_at": key.last_used_at}
            for key in await keys.every(desk.transaction)
        ]

    _show(_at_the_desk(work), as_json=as_json)


@keys_group.command("revoke")
@click.argument("id")
@json_option
def revoke_key(id: str, *, as_json: bool) -> None:
    """Revoke a key: the next request that shows it is refused."""

    async def work(desk: Desk) -> dict[str, int]:
        await keys.revoke(desk.transaction, _key_id(id))
        return {"revoked": 1}

    _show(_at_the_desk(work), as_json=as_json)


@main.group("users")
def users_group() -> None:
    """Users of the chats."""


@users_group.command("add")
@click.argument("email", callback=_email)
@click.argument("name", callback=_text)
@click.option("--type", "type_", type=click.Choice(["internal", "guest"]), default="internal", show_default=True)
@click.option("--id", "id_", type=click.UUID, help="The user's id, if it is known elsewhere already.")
@json_option
def add_user(email: str, name: str, type_: users.UserType, id_: UUID | None, *, as_json: bool) -> None:
    """Add a user."""

    async def work(desk: Desk) -> dict[str, Any]:
        return _as_user(await users.add(desk.transaction, email=email, name=name, type=type_, id=id_))

    _show(_at_the_desk(work), as_json=as_json)


@users_group.command("list")
@json_option
def list_users(*, as_json: bool) -> None:
    """List the users."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [_as_user(user) for user in await users.every(desk.transaction)]

    _show(_at_the_desk(work), as_json=as_json)


@users_group.command("remove")
@click.argument("id")
@json_option
def remove_user(id: str, *, as_json: bool) -> None:
    """Remove a user and every token of theirs."""

    async def work(desk: Desk) -> dict[str, Any]:
        return _as_user(await users.remove(desk.transaction, _uuid(id, UserNotFound)))

    _show(_at_the_desk(work), as_json=as_json)


@main.group("tokens")
def tokens_group() -> None:
    """Tokens: of users (ZM_AUTH_TOKEN), and management tokens for /v2."""


@tokens_group.command("create")
@click.argument("user")
@json_option
def create_token(user: str, *, as_json: bool) -> None:
    """Make a token of USER (an id or an email). It is shown this once."""

    async def work(desk: Desk) -> dict[str, Any]:
        found = await _find_user(desk, user)
        lifetime = desk.settings.token_lifetime_seconds
        made = await tokens.create(desk.transaction, found.id, lifetime_seconds=lifetime)
        return {"token": made.token, "expires_at": made.expires_at}

    _show(_at_the_desk(work), as_json=as_json)


@tokens_group.command("management")
@click.option("--access-key", metavar="K", help="Sign with this key of /v2; otherwise with the newest.")
@json_option
def create_management_token(access_key: str | None, *, as_json: bool) -> None:
    """Make a management token for /v2, valid 24 hours."""

    async def work(desk: Desk) -> dict[str, str]:
        id = _key_id(access_key) if access_key else None
        return {"token": management_token(*await keys.hms_secret(desk.transaction, desk.sealing, id))}

    _show(_at_the_desk(work), as_json=as_json)


@tokens_group.command("revoke")
@click.argument("token", required=False)
@click.option("--user", help="Revoke every token of this user (an id or an email).")
@json_option
def revoke_token(token: str | None, user: str | None, *, as_json: bool) -> None:
    """Revoke TOKEN, or every token of a user: the next request that shows it is refused."""
    if (token is None) == (user is None):
        raise click.UsageError("say either TOKEN or --user USER")

    async def work(desk: Desk) -> dict[str, int]:
        if user is not None:
            found = await _find_user(desk, user)
            return {"revoked": await tokens.revoke_of_user(desk.transaction, found.id)}
        await tokens.revoke(desk.transaction, str(token))
        return {"revoked": 1}

    _show(_at_the_desk(work), as_json=as_json)
