"""The embedded database becomes a real one by the commands of docs/operating.md."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from belongings import Belongings
from databases import Postgres
from manual import commands, for_libpq, type_in
from ports import free_port
from processes import Begin

from app.adapters.embedded import binaries

SECTION = "From the embedded database to a real one"


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield for_libpq(url)


@pytest.mark.long  # fifteen seconds
@pytest.mark.skipif(not (binaries.find(None) / "pg_dump").exists(), reason="pg_dump comes with the wheel of Postgres")
def test_nothing_is_lost(begin: Begin, empty: str, tmp_path: Path) -> None:
    server = begin()
    belongings = Belongings.put(server)
    server.end()
    typed = commands(SECTION)[0].partition("\n")[2]  # the first line is where the tests look for programs in any case
    here = typed.replace("10099", free_port()).replace(
        "postgresql://enfilade:password@127.0.0.1/enfilade", f"'{empty}'"
    )
    assert "hms" in type_in(tmp_path, here, {})

    settings = {
        "ENFILADE_DATABASE_URL": empty,
        "ENFILADE_SECRET_KEY": (tmp_path / "data/secret.key").read_text().strip(),
    }
    assert belongings.missing_of(begin(**settings)) == set()
