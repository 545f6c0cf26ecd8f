"""Where bytes are kept: a folder, or a bucket of a store that speaks S3, as BLOBS_URL says."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from app import settings as environment
from app.adapters.blobs.bucket import Bucket
from app.adapters.blobs.errors import BlobsUnusable
from app.adapters.blobs.folder import Folder
from app.domain.blobs import BlobStore
from app.settings import PREFIX, Settings

__all__ = ["BlobsUnusable", "opened"]


def opened(settings: Settings) -> BlobStore:
    """Return the store; a folder is made when it is not there. Raises BlobsUnusable."""
    url = settings.blobs_url or str(settings.data_dir / "blobs")
    if url.startswith("s3:"):
        parts = urlsplit(url)
        return Bucket(parts.netloc, parts.path.strip("/"), environment.aws())
    folder = Path(unquote(urlsplit(url).path) if url.startswith("file:") else url)
    try:
        return Folder.made(folder)
    except OSError as error:
        raise BlobsUnusable(f"{PREFIX}BLOBS_URL: {folder} cannot be used: {error.strerror}") from error
