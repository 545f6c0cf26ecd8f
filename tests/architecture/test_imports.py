"""The contracts of pyproject.toml: layers point inward, dialects know nothing of each other, the domain no HTTP."""

import subprocess
from pathlib import Path

from processes import ENFILADE


def test_imports_point_inward() -> None:
    # In a process of its own: it would turn off every logger of this one.
    linter = [ENFILADE.with_name("lint-imports"), "--no-cache"]
    linted = subprocess.run(linter, cwd=Path(__file__).parents[2], capture_output=True, check=False, text=True)
    assert linted.returncode == 0, linted.stdout
