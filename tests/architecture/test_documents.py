"""What the documents say is what the code has."""

import re
from pathlib import Path
from xml.sax import parse
from xml.sax.handler import ContentHandler

import pytest

from app import settings
from app.domain.schema import metadata

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DATA_MODEL = (ROOT / "docs" / "data-model.md").read_text()


def test_one_table_lists_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)`", README, re.MULTILINE)
    assert sorted(rows) == sorted(name.removeprefix(settings.PREFIX) for name in settings.names())


@pytest.mark.parametrize("table", metadata.tables)
def test_data_model_describes_every_table_and_column(table: str) -> None:
    section = re.search(rf"^### .*`{table}`.* — .*?(?=^##)", DATA_MODEL, re.MULTILINE | re.DOTALL)
    assert section, f"{table} has no section"
    assert [c.name for c in metadata.tables[table].c if f"`{c.name}" not in section[0]] == []


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.txt",
        "requirements-telemetry.txt",
        "requirements-dev.txt",
        "bench/requirements.txt",
        "tests/clients/requirements.txt",
    ],
)
def test_lock_files_are_hashed_and_hold_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = re.findall(r"^[a-z0-9.\[\]_-]+==", text, re.MULTILINE | re.IGNORECASE)
    assert pinned
    assert "://" not in text
    assert all("--hash=" in block for block in re.split(r"\n(?=[a-z])", text) if "==" in block)


@pytest.mark.parametrize("picture", sorted(path.name for path in (ROOT / "docs").glob("*.svg")))
def test_pictures_are_well_formed(picture: str) -> None:
    """A browser shows nothing behind the first fault."""
    parse(ROOT / "docs" / picture, ContentHandler())  # noqa: S317 - it is our own


def _anchors(document: Path) -> set[str]:
    """Return the names that headings have on the pages that are made of this."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "document",
    [path.relative_to(ROOT) for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])],
    ids=str,
)
def test_links_lead_to_something(document: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / document).read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []
