"""A next release: this one with a migration more, in a folder of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.adapters.migrations import head

ROOT = Path(__file__).parents[1]
REVISION = "2999_01_01_next"
EXPANDING = """
def upgrade() -> None:
    for table in sa.inspect(op.get_bind()).get_table_names():
        op.add_column(table, sa.Column("next", sa.Text()))
"""


@dataclass(frozen=True)
class Release:
    """Programs of another version, which are run like those of this one."""

    folder: Path
    settings: dict[str, str]

    def enfilade(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from app.cli import main; main()", *arguments]
        environment = os.environ | self.settings | {"PYTHONPATH": str(self.folder)}
        return subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)


def next_release(folder: Path, settings: dict[str, str], *, oldest_program: str) -> Release:
    """Make one whose migration adds a column to every table, and says from which revision on programs bear that."""
    for part in ("app", "migrations"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    declared = {"revision": REVISION, "down_revision": head(), "oldest_program": oldest_program}
    lines = [f'{name} = "{value}"' for name, value in declared.items()]
    migration = "\n".join(["import sqlalchemy as sa", "from alembic import op", *lines, EXPANDING])
    (folder / "migrations/versions" / f"{REVISION}.py").write_text(migration)
    return Release(folder, settings)
