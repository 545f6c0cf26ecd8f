"""Both places where bytes are kept."""

from pathlib import Path

import pytest
from buckets import Buckets
from stores import Place, in_bucket, in_folder

from app.domain.blobs import BlobStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "blobs"


@pytest.fixture
def told(bucket: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings for a bucket; the variables of AWS are set, and no `.env` says otherwise."""
    monkeypatch.chdir(tmp_path)
    for name, value in bucket.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def in_s3(told: dict[str, str], buckets: Buckets) -> Place:
    return in_bucket(told, buckets)


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, folder: Path) -> Place:
    place: Place = in_folder(folder) if request.param == "folder" else request.getfixturevalue("in_s3")
    return place


@pytest.fixture
def store(place: Place) -> BlobStore:
    return place.store
