"""`enfilade sweep`."""

import click

from app.adapters import blobs
from app.cli.desk import Desk, at_the_desk, json_option, show
from app.domain import strays


@click.command()
@json_option
def sweep(*, as_json: bool) -> None:
    """Delete files in the store that nobody owns.

    The server does that with those that it knows of; after a restore from a backup there are others.
    """

    async def work(desk: Desk) -> dict[str, int]:
        store = blobs.opened(desk.settings)
        swept = 0
        while due := await strays.claim(desk.transaction):
            await store.delete(due)
            await strays.forget(desk.transaction, due)
            swept += len(due)
        return {"strays": swept, "unowned": await strays.sweep_unowned(desk.transaction, store)}

    show(at_the_desk(work), as_json=as_json)
