"""The two programs that make load: wrk, found on PATH or fetched from Debian's packages; pgbench, beside Postgres."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.adapters.embedded import binaries

PLANNED_ONCE = {"PGOPTIONS": "-c plan_cache_mode=force_generic_plan"}
"""For pgbench: statements planned once for any values, as the server's are."""

_FETCHED = Path(sys.prefix) / "wrk"  # goes with the environment, and needs no root
_PACKAGES = ("wrk", "libluajit-5.1-2")


class ProgramMissing(Exception):
    """A program that the bench needs is not here; one line that says what to install."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and what it needs of the environment."""

    path: Path
    environment: dict[str, str]


def pgbench() -> Program:
    """Return the one of the same Postgres that the server embeds."""
    path = binaries.find(None) / "pgbench"
    if not path.exists():
        raise ProgramMissing(f"{path.parent} has no pgbench: install it (Debian: the package postgresql)")
    return Program(path, {**os.environ, "LC_ALL": "C"})


def wrk() -> Program:
    """Return the machine's own, or else one in the environment, fetched when it is first wanted."""
    path = shutil.which("wrk")
    if path:
        return Program(Path(path), dict(os.environ))
    if not _FETCHED.exists():
        _fetch()
    libraries = next(_FETCHED.glob("usr/lib/*/libluajit*")).parent
    return Program(_FETCHED / "usr/bin/wrk", {**os.environ, "LD_LIBRARY_PATH": str(libraries)})


def _fetch() -> None:
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        unpacked = Path(folder, "unpacked")
        try:
            _run(folder, "apt-get", *_own_lists(folder), "update")
            _run(folder, "apt-get", *_own_lists(folder), "download", *_PACKAGES)
            for package in Path(folder).glob("*.deb"):
                _run(folder, "dpkg", "-x", str(package), str(unpacked))
        except (OSError, subprocess.CalledProcessError) as error:
            raise ProgramMissing("wrk is not on PATH, and apt-get could not fetch it: install wrk") from error
        unpacked.rename(_FETCHED)


def _own_lists(folder: str) -> list[str]:
    """Return options for package lists of our own: a fresh machine has none, and only root may renew its."""
    state, cache = Path(folder, "state"), Path(folder, "cache")
    for place in (state, cache):
        (place / "partial").mkdir(parents=True, exist_ok=True)
    return [
        "-qq",
        "-o",
        f"Dir::State::Lists={state}",
        "-o",
        f"Dir::Cache={cache}",
        "-o",
        f"Dir::Cache::Archives={cache}",
    ]


def _run(folder: str, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
