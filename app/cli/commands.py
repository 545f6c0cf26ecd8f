"""The commands: serve, migrate, keys, users, tokens, sweep. Only `serve` loads the web framework."""

import click

from app.cli.keys import keys_group
from app.cli.server import migrate, serve
from app.cli.sweep import sweep
from app.cli.tokens import tokens_group
from app.cli.users import users_group


@click.group()
@click.version_option(package_name="enfilade")
def enfilade() -> None:
    """Enfilade: one server, three APIs for rooms. Settings are in the environment or .env (see the README)."""


for command in (serve, migrate, keys_group, users_group, tokens_group, sweep):
    enfilade.add_command(command)
