"""Where bytes are kept: a folder, or a bucket of a store that speaks S3, as BLOBS_URL says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app import settings as environment
from app.adapters.blobs.bucket import Bucket
from app.adapters.blobs.errors import BlobsUnusable
from app.adapters.blobs.folder import Folder
from app.domain.blobs import BlobStore
from app.settings import PREFIX, Settings

__all__ = ["BlobsUnusable", "inspect", "opened"]


def opened(settings: Settings) -> BlobStore:
    """Return the store; a folder is made when it is not there. Raises BlobsUnusable."""
    url = _url(settings)
    if url.startswith("s3:"):
        parts = urlsplit(url)
        return Bucket(parts.netloc, parts.path.strip("/"), environment.aws())
    with _telling(url):
        return Folder.made(_path(url))


def inspect(settings: Settings) -> None:
    """Raise BlobsUnusable where `opened` would, and for a folder in which nothing may be written.

    A bucket may come, or come back.
    """
    store = opened(settings)
    if isinstance(store, Folder):
        with _telling(_url(settings)):
            store.refuse_unwritable()


def _url(settings: Settings) -> str:
    return settings.blobs_url or str(settings.data_dir / "blobs")


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path) if url.startswith("file:") else url)


@contextmanager
def _telling(url: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BlobsUnusable(
            f"{PREFIX}BLOBS_URL: {_path(url)} cannot be used: {error.strerror}: set it to a folder that this user can"
            " write, or to s3://bucket/prefix"
        ) from error
