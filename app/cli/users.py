"""`enfilade users`."""

from typing import Any
from uuid import UUID

import click

from app.cli.desk import Desk, at_the_desk, json_option, show, uuid
from app.domain import users
from app.domain.errors import UserNotFound

_CHARACTERS = 255


@click.group("users")
def users_group() -> None:
    """Users of the chats."""


def _text(_: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip() or not value.isprintable() or len(value) > _CHARACTERS:
        raise click.BadParameter(f"must be 1 to {_CHARACTERS} printable characters", param=parameter)
    return value


def _email(context: click.Context, parameter: click.Parameter, value: str) -> str:
    name, _, domain = value.partition("@")
    if not name or not domain or "@" in domain or any(letter.isspace() for letter in value):
        raise click.BadParameter("must be like name@example.org", param=parameter)
    return _text(context, parameter, value)


@users_group.command("add")
@click.argument("email", callback=_email)
@click.argument("name", callback=_text)
@click.option("--type", "type_", type=click.Choice(["internal", "guest"]), default="internal", show_default=True)
@click.option("--id", "id_", type=click.UUID, help="The user's id, if it is known elsewhere already.")
@json_option
def add(email: str, name: str, type_: users.UserType, id_: UUID | None, *, as_json: bool) -> None:
    """Add a user."""

    async def work(desk: Desk) -> dict[str, Any]:
        return _shown(await users.add(desk.transaction, email=email, name=name, type=type_, id=id_))

    show(at_the_desk(work), as_json=as_json)


@users_group.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List the users."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [_shown(user) for user in await users.every(desk.transaction)]

    show(at_the_desk(work), as_json=as_json)


@users_group.command("remove")
@click.argument("id")
@json_option
def remove(id: str, *, as_json: bool) -> None:
    """Remove a user with every token, from every room."""

    async def work(desk: Desk) -> dict[str, Any]:
        return _shown(await users.remove(desk.transaction, uuid(id, UserNotFound)))

    show(at_the_desk(work), as_json=as_json)


async def find(desk: Desk, id_or_email: str) -> users.User:
    """Return the user, or raise UserNotFound; no user has what cannot be shown."""
    if not id_or_email.isprintable():
        raise UserNotFound
    if "@" in id_or_email:
        return await users.with_email(desk.transaction, id_or_email)
    return await users.get(desk.transaction, uuid(id_or_email, UserNotFound))


def _shown(user: users.User) -> dict[str, Any]:
    return {"id": str(user.id), "email": user.email, "name": user.name, "type": user.type}
