"""`enfilade webhooks`."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import click

from app.apis.hms.occurrence_names import NAMES, types_of
from app.apis.hms.workflow_ids import workflow_id
from app.cli.desk import Desk, at_the_desk, json_option, show
from app.cli.keys import prove_our_key
from app.domain import delivery_log, deployments, ids, replays, webhooks
from app.domain.delivery_log import Delivery
from app.domain.errors import SecretKeyMismatch
from app.domain.replays import Choice
from app.domain.webhooks import Target

_MOST_SHOWN: Final = 10_000
_REPLAYED_HOURS: Final = 24
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


def _moment(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """Read a time, in UTC unless it says otherwise."""
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter("must be like 2026-11-25T12:00:00Z", param=parameter) from None


def _room(_: click.Context, parameter: click.Parameter, value: str | None) -> UUID | None:
    room = None if value is None else ids.from_hex(value)
    if room is None and value is not None:
        raise click.BadParameter("must be 24 hex digits", param=parameter)
    return room


_since_option = click.option("--since", metavar="ISO", callback=_moment, help="Sent at this time or later.")
_room_option = click.option("--room", metavar="HEX", callback=_room, help="Of this room.")


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
    from app.adapters.webhooks.courier import origin  # noqa: PLC0415 - no other command needs an HTTP client

    target = _read(headers) if url == _STANDARD_INPUT else Target(url, headers)
    if why := webhooks.fault(target):
        raise click.UsageError(why)
    if not origin(target.url):  # whoever delivers it reads more closely
        raise click.UsageError(webhooks.NO_URL)

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


@webhooks_group.command("log")
@click.option("--status", type=click.Choice(["all", "failed", "success", "pending"]), default="all", show_default=True)
@_room_option
@click.option("--limit", metavar="N", type=click.IntRange(1, _MOST_SHOWN), default=50, show_default=True)
@_since_option
@json_option
def log(status: str, room: UUID | None, limit: int, since: datetime | None, *, as_json: bool) -> None:
    """List what was sent to webhooks, and what became of it, newest first."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        found = await delivery_log.page(
            desk.transaction, count=limit, since=since, status=_one_of(status), conference_id=room
        )
        return [_sent(delivery, desk) for delivery in found.deliveries]

    show(at_the_desk(work), as_json=as_json)


@webhooks_group.command("replay")
@_since_option
@click.option("--until", metavar="ISO", callback=_moment, help="Sent at this time or earlier.  [default: now]")
@_room_option
@click.option("--event", "names", metavar="NAME", type=click.Choice(list(NAMES.values())), multiple=True)
@click.option("--status", type=click.Choice(["failed", "success", "all"]), default="failed", show_default=True)
@json_option
def replay(
    since: datetime | None,
    until: datetime | None,
    room: UUID | None,
    names: Sequence[str],
    status: str,
    *,
    as_json: bool,
) -> None:
    """Send once more what was sent, each event once: of the last 24 hours what has failed, unless said otherwise."""
    now = datetime.now(UTC)
    choice = Choice(
        since=since or now - timedelta(hours=_REPLAYED_HOURS),
        until=until or now,
        conference_id=room,
        types=types_of(names),
        names=names,
        status=_one_of(status),
    )
    if choice.until < choice.since:
        raise click.UsageError("--until must not be before --since")
    asked = json.dumps(["enfilade webhooks replay", since, until, room, sorted(names), status], default=str)

    async def work(desk: Desk) -> dict[str, Any]:
        begun = await replays.begin(desk.transaction, choice, asked=asked)
        deployment = desk.settings.hms.over(await deployments.get(desk.transaction))
        return {
            "workflow_id": workflow_id(begun.replay.id, deployment),
            "status": "started" if begun.is_new else "already_running",
            "total": begun.replay.total,
        }

    show(at_the_desk(work), as_json=as_json)


def _read(headers: Mapping[str, str]) -> Target:
    if headers:
        raise click.UsageError("with - as URL header fields are read from standard input, too")
    try:
        document = json.loads(sys.stdin.buffer.read())
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


def _one_of(status: str) -> Any:
    return None if status == "all" else status


def _sent(delivery: Delivery, desk: Desk) -> dict[str, Any]:
    room = delivery.event.conference_id
    return {
        "id": str(delivery.id),
        "event_id": str(delivery.event.id),
        "type": NAMES[delivery.event.type],
        "room": None if room is None else ids.to_hex(room),
        "status": delivery.status,
        "attempts": delivery.attempts,
        "response_status": delivery.response_status,
        "error": delivery.error,
        "url": delivery.shown_url(desk.sealing) or None,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
    }
