"""`enfilade serve` and `enfilade migrate`."""

import gc
import os

import click

from app import settings as environment
from app.adapters import migrations
from app.cli.desk import json_option, refusals, say, show


@click.command()
@click.option("--demo", is_flag=True, help="Make fresh demo credentials and print them (what `make run` does).")
def serve(*, demo: bool) -> None:
    """Run the server."""
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # another program's, or of a server that began us
    gc.disable()  # of what is loaded now nothing is ever garbage: looking for it takes a tenth of the start
    from app import server  # noqa: PLC0415 - the other commands do not wait for the web framework
    from app.adapters.metrics.endpoint import MetricsUnusable  # noqa: PLC0415
    from app.demo import announcement  # noqa: PLC0415

    gc.freeze()  # nor does it look there later: it would take as long each time, and at the end
    gc.enable()
    with refusals():
        settings = environment.load()
        try:
            server.serve(settings, lambda: say(announcement(settings)) if demo else None)
        except (server.AddressUnusable, MetricsUnusable) as error:
            raise click.ClickException(str(error)) from None


@click.command()
@json_option
def migrate(*, as_json: bool) -> None:
    """Bring the database to the schema of this version."""
    with refusals():
        settings = environment.load()
        with migrations.running_database(settings, serving=False):
            show({"revision": migrations.migrate(settings)}, as_json=as_json)
