"""Where SECRET_KEY comes from: the setting, or a file in the data folder that is made once; and others beside it."""

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.adapters.embedded.locks import give_to_owner_of
from app.domain.secrets import SecretKey
from app.settings import PREFIX, Settings

_FILE = "secret.key"


class SecretKeyUnusable(Exception):
    """The file of the key cannot be read or holds none; in one line."""


def load(settings: Settings) -> SecretKey:
    """Return the deployment's key; with the embedded database and no setting, that of DATA_DIR/secret.key."""
    own = settings.secret_key.get_secret_value() if settings.secret_key else _kept(settings.data_dir / _FILE)
    return SecretKey(own, *(key.get_secret_value() for key in settings.secret_key_fallbacks))


def _kept(file: Path) -> str:
    try:
        return _content(file)
    except OSError as error:
        if not file.exists():
            raise SecretKeyUnusable(
                f"{file} cannot be made ({error.strerror}): let this user write there, or set {PREFIX}SECRET_KEY"
            ) from None
        raise SecretKeyUnusable(
            f"{file} cannot be read ({error.strerror}): restore it, or set {PREFIX}SECRET_KEY"
        ) from None
    except ValueError as error:
        raise SecretKeyUnusable(f"{file} holds no key ({error}): restore it, or set {PREFIX}SECRET_KEY") from None


def _content(file: Path) -> str:
    if not file.exists():
        _make(file)
    content = file.read_bytes().strip()
    if not content:
        raise ValueError("it is empty")
    return content.decode()


def _make(file: Path) -> None:
    """Write a fresh key whole, or leave the one that another process made meanwhile."""
    with NamedTemporaryFile("w", dir=file.parent, prefix=".secret") as fresh:  # mode 0600
        give_to_owner_of(file.parent, fresh.fileno())
        fresh.write(secrets.token_hex(32) + "\n")
        fresh.flush()
        os.fsync(fresh.fileno())
        try:
            os.link(fresh.name, file)
        except FileExistsError:
            return
