"""README's "Try it" and the tour: each line is run as it is written, and answered as it is written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Postgres
from ports import free_port
from processes import PATIENCE, RunServer, Server, settings_of

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:10000"
#: Where a receiver of webhooks listens.
RECEIVER = "8090"
#: Ids, tokens, times and what else differs from one run to the next.
_OWN = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24,}|[0-9-]{10}T[0-9:.]+Z|\d{13})(?![0-9a-f])")
_REACHING_US = {"ENFILADE_WEBHOOK_PRIVATE_NETWORKS": "127.0.0.1/32"}
_TIME_IS_OVER = "28"  # says curl
#: Runs one line, shows progress of none, and tells what is written from what was asked.
_SHELL = """
set -u -o pipefail
curl() { command curl --silent --show-error "$@"; }
"""

Step = tuple[str, str]


def steps(document: Path, section: str = "") -> list[Step]:
    """Return the lines behind each `$ ` in this section, and what is shown below them."""
    text = document.read_text()
    part = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0] if section else text
    blocks = re.findall(r"^```console\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    typed = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
    return [(command, shown) for block in blocks for command, shown in typed.findall(block)]


def assert_as_shown(command: str, shown: str, said: str) -> None:
    """Find what is shown, piece by piece between its dots, in what was said."""
    plain = "".join(_OWN.sub("#", said).split())
    pieces = ["".join(_OWN.sub("#", piece).split()) for piece in shown.split("…")]
    wanted = ".*?".join(map(re.escape, pieces))
    assert not shown.strip() or re.fullmatch(wanted, plain), f"{command}\nsays\n{said}\nbut shown is\n{shown}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like a clone's, with an environment in it."""
    for name in ("README.md", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return tmp_path


@pytest.fixture(scope="module")
def server(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    with postgres.database(template) as url, run_server(**settings_of(url), **_REACHING_US) as server:
        yield server


def said(server: Server, folder: Path, commands: list[str]) -> list[str]:
    """Type these in one shell, and return what each of them says."""
    typed = "\n".join(f"{command}\nprintf '\\0%s\\0' $?" for command in commands)
    typed = typed.replace(ADDRESS, server.url).replace(RECEIVER, free_port())
    done = subprocess.run(
        ["bash", "-c", _SHELL + typed],
        cwd=folder,
        env=os.environ | server.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    told = done.stdout.split("\0")
    statuses = [_TIME_IS_OVER if "--max-time" in command else "0" for command in commands]
    assert (told[1::2], done.stderr) == (statuses, ""), done
    return told[0:-1:2]


@pytest.mark.parametrize(
    ("document", "section", "pictures"),
    [
        ("README.md", "Try it", {}),
        ("docs/tour.md", "", {"thumbnail.png": b"\x89PNG", "preview.jpg": b"\xff\xd8\xff"}),
    ],
)
def test_each_line_says_what_is_shown(
    server: Server, folder: Path, document: str, section: str, pictures: dict[str, bytes]
) -> None:
    walk = steps(ROOT / document, section)
    assert len([command for command, _ in walk if "curl " in command]) >= 3
    answers = said(server, folder, [command for command, _ in walk])
    for (command, shown), answer in zip(walk, answers, strict=True):
        assert_as_shown(command, shown, answer)
    assert [name for name, magic in pictures.items() if not (folder / name).read_bytes().startswith(magic)] == []
