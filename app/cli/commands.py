"""The commands: serve, migrate, health, keys, users, tokens, webhooks, sweep. Each is loaded when it is typed."""

from importlib import import_module
from typing import Final

import click

_PLACES: Final = {
    "serve": "app.cli.server:serve",
    "migrate": "app.cli.server:migrate",
    "health": "app.cli.health:health",
    "keys": "app.cli.keys:keys_group",
    "users": "app.cli.users:users_group",
    "tokens": "app.cli.tokens:tokens_group",
    "webhooks": "app.cli.webhooks:webhooks_group",
    "sweep": "app.cli.sweep:sweep",
}


class _Commands(click.Group):
    """Load one command and not the others: `health` is asked for every few seconds, and takes a tenth of their time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _PLACES:
            return None
        module, _, name = _PLACES[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="enfilade")
def enfilade() -> None:
    """Enfilade: one server, three APIs for rooms. Settings are in the environment or .env (see the README)."""
