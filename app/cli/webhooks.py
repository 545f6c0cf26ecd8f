"""`enfilade webhooks`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from app.cli.desk import Desk, at_the_desk, json_option, show
from app.cli.keys import prove_our_key
from app.domain import webhooks
from app.domain.errors import SecretKeyMismatch
from app.domain.webhooks import Target

_STANDARD_INPUT: Final = "-"


@click.group("webhooks")
def webhooks_group() -> None:
    """The workspace's webhook, for rooms of /v2 that have none of their own."""


def _fields(_: click.Context, parameter: click.Parameter, value: Sequence[str]) -> dict[str, str]:
    pairs = [field.partition(":") for field in value]
    if not all(colon for _, colon, _ in pairs):
        raise click.BadParameter("must be like 'Name: value'", param=parameter)  # what it is may be secret
    fields = {name: text.strip() for name, _, text in pairs}
    if len(fields) < len(pairs):
        raise click.BadParameter("each header field must be named once", param=parameter)
    return fields


@webhooks_group.command("set")
@click.argument("url")
@click.option(
    "--header", "headers", metavar="'NAME: VALUE'", multiple=True, callback=_fields, help="Send this field along."
)
@json_option
def set_(url: str, headers: Mapping[str, str], *, as_json: bool) -> None:
    """Send what happens to URL, with these header fields, in the place of what was set before.

    Whoever lists this machine's processes sees what is typed here. With - as URL it is read from standard input:
    {"url": "https://…", "headers": {"Name": "value"}}
    """
    target = _read(headers) if url == _STANDARD_INPUT else Target(url, headers)
    if why := webhooks.fault(target):
        raise click.UsageError(why)

    async def work(desk: Desk) -> dict[str, Any]:
        await prove_our_key(desk)
        await webhooks.put(desk.transaction, desk.sealing, target)
        return _shown(target)

    show(at_the_desk(work), as_json=as_json)


@webhooks_group.command("show")
@json_option
def show_(*, as_json: bool) -> None:
    """Show where to it is sent, without user, password and query, and the names of the header fields."""

    async def work(desk: Desk) -> dict[str, Any]:
        try:
            return _shown(await webhooks.get(desk.transaction, desk.sealing))
        except SecretKeyMismatch:
            raise click.ClickException(
                "the webhook was sealed under another ENFILADE_SECRET_KEY: set that one, or set the webhook again"
            ) from None

    show(at_the_desk(work), as_json=as_json)


@webhooks_group.command("clear")
@json_option
def clear(*, as_json: bool) -> None:
    """Send nothing any more of rooms that have no webhook of their own."""

    async def work(desk: Desk) -> dict[str, int]:
        await webhooks.clear(desk.transaction)
        return {"cleared": 1}

    show(at_the_desk(work), as_json=as_json)


@webhooks_group.command("secret")
@json_option
def secret(*, as_json: bool) -> None:
    """Show what receivers verify signatures with, those of rooms' own webhooks, too. It changes with SECRET_KEY."""

    async def work(desk: Desk) -> dict[str, str]:
        await prove_our_key(desk)
        return {"secret": desk.sealing.webhook_secret}

    show(at_the_desk(work), as_json=as_json)


def _read(headers: Mapping[str, str]) -> Target:
    if headers:
        raise click.UsageError("with - as URL header fields are read from standard input, too")
    try:
        document = json.loads(click.get_binary_stream("stdin").read())
    except (ValueError, RecursionError):
        document = None
    if not _is_target(document):
        raise click.UsageError('standard input must be JSON like {"url": "https://…", "headers": {"Name": "value"}}')
    return Target(document["url"], document.get("headers", {}))


def _is_target(document: Any) -> bool:
    if not isinstance(document, dict) or not {"url"} <= document.keys() <= {"url", "headers"}:
        return False
    headers = document.get("headers", {})
    return isinstance(headers, dict) and all(isinstance(text, str) for text in [document["url"], *headers.values()])


def _shown(target: Target) -> dict[str, Any]:
    return {"url": target.shown_url, "headers": list(target.headers)}
