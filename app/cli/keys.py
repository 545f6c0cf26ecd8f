"""`enfilade keys`."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import click

from app.cli.desk import Desk, at_the_desk, json_option, show, step_by_step, uuid
from app.domain import ids, keys, seals
from app.domain.errors import KeyNotFound
from app.domain.seals import Resealing
from app.settings import PREFIX


@click.group("keys")
def keys_group() -> None:
    """Keys of the administrator APIs: hms (/v2) and vcs (/api/realtime)."""


@keys_group.command("create")
@click.argument("api", type=click.Choice(["hms", "vcs"]))
@json_option
def create(api: keys.Api, *, as_json: bool) -> None:
    """Make a key. It is shown this once."""

    async def work(desk: Desk) -> dict[str, str]:
        if api == "vcs":
            return {"api_key": await keys.create_vcs(desk.transaction)}
        await prove_our_key(desk)
        key = await keys.create_hms(desk.transaction, desk.sealing)
        return {"access_key": key.access_key, "secret": key.secret}

    show(at_the_desk(work), as_json=as_json)


@keys_group.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List the keys, without their secrets."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [
            {"id": key.name, "api": key.api, "created_at": key.created_at, "last_used_at": key.last_used_at}
            for key in await keys.every(desk.transaction)
        ]

    show(at_the_desk(work), as_json=as_json)


@keys_group.command("revoke")
@click.argument("id")
@json_option
def revoke(id: str, *, as_json: bool) -> None:
    """Revoke a key: the next request that shows it is refused."""

    async def work(desk: Desk) -> dict[str, int]:
        await keys.revoke(desk.transaction, key_id(id))
        return {"revoked": 1}

    show(at_the_desk(work), as_json=as_json)


@keys_group.command("reseal")
@json_option
def reseal(*, as_json: bool) -> None:
    """Seal under SECRET_KEY what one of SECRET_KEY_FALLBACKS has sealed, when every server has these settings."""

    async def work(desk: Desk) -> Resealing:
        return await seals.reseal(desk.transaction, desk.sealing)

    done = step_by_step(work)
    if done.unreadable:
        raise click.ClickException(
            f"resealed {done.resealed}, but neither {PREFIX}SECRET_KEY nor any of {PREFIX}SECRET_KEY_FALLBACKS opens"
            f" {done.unreadable} more, the first in {done.first_unreadable}"
        )
    show({"resealed": done.resealed}, as_json=as_json)


async def prove_our_key(desk: Desk) -> None:
    """Raise SecretKeyMismatch if another SECRET_KEY is the servers'.

    What none of them opens is of no use, and would keep them from starting.
    """
    with suppress(KeyNotFound):
        await keys.newest_hms(desk.transaction, desk.sealing)


def key_id(text: str) -> UUID:
    """Read the access key of a key of `/v2`, or the UUID of another; KeyNotFound for what cannot be either."""
    return ids.from_hex(text) or uuid(text, KeyNotFound)
