"""`enfilade tokens`."""

from typing import Any

import click

from app.apis.hms.tokens import management_token
from app.cli.desk import Desk, at_the_desk, json_option, show
from app.cli.keys import key_id
from app.cli.users import find
from app.domain import keys, tokens


@click.group("tokens")
def tokens_group() -> None:
    """Tokens: of users (ZM_AUTH_TOKEN), and management tokens for /v2."""


@tokens_group.command("create")
@click.argument("user")
@json_option
def create(user: str, *, as_json: bool) -> None:
    """Make a token of USER (an id or an email). It is shown this once."""

    async def work(desk: Desk) -> dict[str, Any]:
        found = await find(desk, user)
        lifetime = desk.settings.token_lifetime_seconds
        made = await tokens.create(desk.transaction, found.id, lifetime_seconds=lifetime)
        return {"token": made.token, "expires_at": made.expires_at}

    show(at_the_desk(work), as_json=as_json)


@tokens_group.command("management")
@click.option("--access-key", metavar="K", help="Sign with this key of /v2; otherwise with the newest.")
@json_option
def management(access_key: str | None, *, as_json: bool) -> None:
    """Make a management token for /v2, valid 24 hours."""

    async def work(desk: Desk) -> dict[str, str]:
        if access_key is None:
            key = await keys.newest_hms(desk.transaction, desk.sealing)
        else:
            key = await keys.get_hms(desk.transaction, desk.sealing, key_id(access_key))
        return {"token": management_token(key.access_key, key.secret)}

    show(at_the_desk(work), as_json=as_json)


@tokens_group.command("revoke")
@click.argument("token", required=False)
@click.option("--user", help="Revoke every token of this user (an id or an email).")
@json_option
def revoke(token: str | None, user: str | None, *, as_json: bool) -> None:
    """Revoke TOKEN, or every token of a user: the next request that shows it is refused."""
    if (token is None) == (user is None):
        raise click.UsageError("say either TOKEN or --user USER")

    async def work(desk: Desk) -> dict[str, int]:
        if user is not None:
            found = await find(desk, user)
            return {"revoked": await tokens.revoke_of_user(desk.transaction, found.id)}
        await tokens.revoke(desk.transaction, str(token))
        return {"revoked": 1}

    show(at_the_desk(work), as_json=as_json)
