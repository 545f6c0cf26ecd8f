"""The commands of docs/operating.md, as whoever follows it types them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from app.adapters.embedded import binaries

OPERATING = Path(__file__).parents[1] / "docs/operating.md"
_PLACES = [Path(sys.executable).parent, binaries.find(None)]


def commands(heading: str) -> list[str]:
    """Return what the section says to type, one string a block."""
    [section] = re.findall(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", OPERATING.read_text(), re.DOTALL | re.MULTILINE
    )
    blocks = re.findall(r"^```console\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return [re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks]


def type_in(folder: Path, typed: str, settings: dict[str, str]) -> str:
    """Type it in this folder, and return what it prints; whatever fails on the way is raised."""
    path = os.pathsep.join([*map(str, _PLACES), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", typed],
        env=os.environ | settings | {"PATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def for_libpq(url: str) -> str:
    """Return the URL with the slashes that urllib leaves out where no host is, and libpq insists on."""
    return re.sub("^postgresql:/(?!/)", "postgresql:///", url)
