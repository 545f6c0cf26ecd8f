"""The command line."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is asked, and exit. Only now is it loaded: each process that makes previews has loaded this file, too."""
    from app.cli.commands import enfilade  # noqa: PLC0415

    enfilade(arguments, prog_name="enfilade")
