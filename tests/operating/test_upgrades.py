"""Servers of two versions run on one schema while a release is rolled out, and when it is given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from belongings import Belongings
from databases import Postgres
from processes import Begin, settings_of
from releases import REVISION, Release, next_release

from app.adapters.migrations import head


@pytest.fixture
def settings(postgres: Postgres, template: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    with postgres.database(template) as url:
        yield {**settings_of(url), "ENFILADE_BLOBS_URL": str(tmp_path / "blobs")}


@pytest.fixture
def expanding(tmp_path: Path, settings: dict[str, str]) -> Release:
    """The next release, on whose schema this version works."""
    return next_release(tmp_path / "next", settings, oldest_program=head())


@pytest.mark.long
def test_this_version_goes_on_when_the_next_has_migrated_and_can_be_started_again(
    begin: Begin, settings: dict[str, str], expanding: Release
) -> None:
    server = begin(**settings)
    before = Belongings.put(server)
    assert expanding.enfilade("migrate").stdout == f"revision: {REVISION}\n"
    assert before.missing_of(server) == set()
    assert Belongings.put(server).missing_of(server) == set()
    server.end()

    again = begin(**settings)
    assert before.missing_of(again) == set()
    assert Belongings.put(again).missing_of(again) == set()
    assert again.enfilade("migrate") == {"revision": REVISION}


@pytest.mark.long
def test_this_version_does_not_start_when_the_next_has_contracted(
    launch: Begin, tmp_path: Path, settings: dict[str, str]
) -> None:
    contracting = next_release(tmp_path / "next", settings, oldest_program=REVISION)
    assert contracting.enfilade("migrate").returncode == 0
    refused = launch(**settings)
    assert refused.process.wait(60) == 1
    assert REVISION in refused.log


@pytest.mark.long
def test_a_release_that_names_no_revision_as_the_oldest_does_not_migrate(
    begin: Begin, tmp_path: Path, settings: dict[str, str]
) -> None:
    misspelt = next_release(tmp_path / "next", settings, oldest_program="2026_11_22_grund")
    assert misspelt.enfilade("migrate").returncode == 1
    begin(**settings)
