"""Where SECRET_KEY comes from: the setting, or a file in the data folder that is made once."""

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.domain.secrets import SecretKey
from app.settings import Settings

_FILE = "secret.key"


def load(settings: Settings) -> SecretKey:
    """Return the deployment's key; with the embedded database and no setting, that of DATA_DIR/secret.key."""
    if settings.secret_key:
        return SecretKey(settings.secret_key.get_secret_value())
    file = settings.data_dir / _FILE
    if not file.exists():
        _make(file)
    return SecretKey(file.read_text().strip())


def _make(file: Path) -> None:
    """Write a fresh key whole, or leave the one that another process made meanwhile."""
    with NamedTemporaryFile("w", dir=file.parent, prefix=".secret") as fresh:  # mode 0600
        fresh.write(secrets.token_hex(32) + "\n")
        fresh.flush()
        os.fsync(fresh.fileno())
        try:
            os.link(fresh.name, file)
        except FileExistsError:
            return
