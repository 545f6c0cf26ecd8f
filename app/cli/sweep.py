"""`enfilade sweep`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from app.adapters import blobs
from app.cli.desk import Desk, json_option, show, step_by_step
from app.domain import strays
from app.domain.database import Transaction


@click.command()
@json_option
def sweep(*, as_json: bool) -> None:
    """Delete files in the store that nobody owns.

    The server does that with those that it knows of; after a restore from a backup there are others.
    """

    async def work(desk: Desk) -> dict[str, int]:
        @asynccontextmanager
        async def connected() -> AsyncIterator[Transaction]:
            yield desk.transaction

        store, swept = blobs.opened(desk.settings), 0
        while some := await strays.sweep(connected, store):
            swept += some
        return {"strays": swept, "unowned": await strays.sweep_unowned(desk.transaction, store)}

    show(step_by_step(work), as_json=as_json)
