"""Ask whether anything that is locked has a known vulnerability: OSV by `uv audit`, npm's advisories by `npm audit`.

Exit status 1 when a Python package has; of the npm packages it is only said: they are a published client, tested as
it is. What nobody could be asked about is said in one line and is no failure: not every machine has a way to them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
CLIENTS = "tests/clients"
IMPATIENT = {"UV_HTTP_RETRIES": "0", "UV_HTTP_TIMEOUT": "15"}  # whoever is offline should not wait long
PATIENCE_SECONDS = 60
NOT_SHIPPED = ("requirements-dev.txt", "bench/requirements.txt", f"{CLIENTS}/requirements.txt")


class NotAskedError(Exception):
    """There is no answer; why, in a line."""


@dataclass(frozen=True)
class Audit:
    """How many packages were asked about, and a line for each vulnerability that is known of them."""

    packages: int
    known: list[str]


def of_lock(lock: Path, options: Sequence[str]) -> Audit:
    """Ask about the packages of a lock file of Python. Raises NotAskedError."""
    pins = [line.rstrip(" \\") for line in lock.read_text().splitlines() if re.match("[A-Za-z0-9]", line)]
    lines = ("/// script", 'requires-python = ">=3.11"', f"dependencies = {json.dumps(pins)}", "///")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "locked.py")  # the only form of a list of requirements that `uv audit` reads
        script.write_text("".join(f"# {line}\n" for line in lines))
        uv = [str(Path(sys.executable).with_name("uv")), "audit", "--quiet", "--preview-features", "audit-command"]
        answer = _asked([*uv, "--output-format", "json", *options, "--script", str(script)], folder, "summary")
    known = [
        f"{one['dependency']['name']} {one['dependency']['version']}: {one['summary']} ({one['display_id']}),"
        f" mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for one in answer["vulnerabilities"]
    ]
    return Audit(answer["summary"]["audited_packages"], known)


def of_clients() -> Audit:
    """Ask about the npm packages of the tests' clients. Raises NotAskedError."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotAskedError("there is no npm")
    command = [npm, "audit", "--package-lock-only", "--json", "--fetch-retries=0"]
    answer = _asked(command, ROOT / CLIENTS, "metadata")
    known = [f"{name} {one['range']}: {one['severity']}" for name, one in answer["vulnerabilities"].items()]
    return Audit(answer["metadata"]["dependencies"]["total"], known)


def _asked(command: Sequence[str], folder: str | Path, member: str) -> dict[str, Any]:
    """Run what answers in JSON with this member, whatever its exit status."""
    environment = IMPATIENT | os.environ
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NotAskedError(f"no answer in {PATIENCE_SECONDS} seconds") from None
    except ValueError:
        raise NotAskedError(
            ", ".join(line.strip().removeprefix("error: ") for line in done.stderr.splitlines()[:2])
        ) from None
    if member not in answer:
        raise NotAskedError(answer.get("message", ""))
    return answer


class Question(NamedTuple):
    """What is to be asked about, and whether something known of it is a failure."""

    name: str
    ask: Callable[[], Audit]
    fails: bool = True


def questions(locks: Sequence[Path], options: Sequence[str]) -> Iterator[Question]:
    """Yield those about these lock files, or, where none is given, about all that there are, and npm's."""
    for lock in locks:
        yield Question(str(lock), partial(of_lock, lock, options))
    if not locks:
        shipped = sorted({lock.name for lock in ROOT.glob("requirements*.txt")}.difference(NOT_SHIPPED))
        for name in (*shipped, *NOT_SHIPPED):
            kind = "shipped" if name in shipped else "not shipped"
            yield Question(f"{name} ({kind})", partial(of_lock, ROOT / name, options))
        yield Question(f"{CLIENTS}/package-lock.json (not shipped, no failure)", of_clients, fails=False)


def tell(questions: Iterable[Question]) -> bool:
    """Print what is known, in one line what nobody could be asked about, and return whether it is a failure."""
    failed, unasked = False, defaultdict[str, list[str]](list)
    for question in questions:
        try:
            audit = question.ask()
        except NotAskedError as why:
            unasked[str(why)].append(question.name)
            continue
        print(f"{question.name}: {audit.packages} packages, known vulnerabilities: {len(audit.known) or 'none'}")
        print("".join(f"  {line}\n" for line in audit.known), end="")
        failed |= question.fails and bool(audit.known)
    if unasked:
        print("NOT audited:", "; ".join(f"{', '.join(names)} ({why})" for why, names in unasked.items()))
    return failed


def main() -> int:
    """Ask about one after another: at once they take three times as long, for each resolves what is locked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("locks", nargs="*", type=Path, help="lock files of Python; without any, all that there are")
    parser.add_argument("--ignore", action="append", default=[], metavar="ID", help="pass over this advisory")
    parser.add_argument("--service-url", default="https://api.osv.dev/", help="who answers as OSV does")
    given = parser.parse_args()
    options = [f"--service-url={given.service_url}", *(f"--ignore={id}" for id in given.ignore)]
    return int(tell(questions(given.locks, options)))


if __name__ == "__main__":
    sys.exit(main())
