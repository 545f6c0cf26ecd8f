"""One version: of the package, of its command, and the newest that the changelog tells of."""

import re
import subprocess
import tomllib
from datetime import date
from importlib.metadata import version
from pathlib import Path

from processes import ENFILADE

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
RELEASES = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)


def test_is_the_newest_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (RELEASES[0][0], version("enfilade")) == (project["version"], project["version"])


def test_is_what_the_command_says() -> None:
    said = subprocess.run([ENFILADE, "--version"], capture_output=True, text=True, check=True).stdout
    assert said == f"enfilade, version {RELEASES[0][0]}\n"


def test_every_release_of_the_changelog_is_dated_and_newer_than_the_next() -> None:
    headings = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert headings == ["[Unreleased]", *(f"[{number}] - {day}" for number, day in RELEASES)]
    order = [(tuple(map(int, number.split("."))), date.fromisoformat(day)) for number, day in RELEASES]
    assert order == sorted(order, reverse=True)
