"""Where SECRET_KEY comes from when nobody has set it."""

import os
import stat
from pathlib import Path

import pytest

from app.adapters import secret_key
from app.domain.secrets import SecretKey
from app.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def signature(settings: Settings) -> str:
    return secret_key.load(settings).sign("join token", b"")


def test_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    assert signature(settings) == signature(settings)
    file = settings.data_dir / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(file.read_text())) == 32
    assert [path.name for path in settings.data_dir.iterdir()] == ["secret.key"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root works in folders of others")
def test_is_its_folders_owners_even_when_root_makes_it(settings: Settings) -> None:
    os.chown(settings.data_dir, 65534, 65534)
    signature(settings)
    assert (settings.data_dir / "secret.key").stat().st_uid == 65534


def test_a_setting_wins(settings: Settings) -> None:
    other = settings.model_copy(update={"secret_key": Settings(secret_key="of the environment").secret_key})
    assert signature(other) != signature(settings)


def test_keys_beside_it_are_understood_and_not_used(settings: Settings) -> None:
    before = signature(settings)
    (settings.data_dir / "secret.key").write_text("the next\n")
    fallbacks = Settings(secret_key_fallbacks=["a third", "of the environment"]).secret_key_fallbacks
    both = settings.model_copy(update={"secret_key_fallbacks": fallbacks})
    assert signature(both) == signature(settings) != before
    older = SecretKey("of the environment")
    assert secret_key.load(both).signed("join token", older.sign("join token", b"x")) == b"x"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_key_is_refused(settings: Settings, content: bytes) -> None:
    (settings.data_dir / "secret.key").write_bytes(content)
    with pytest.raises(secret_key.SecretKeyUnusable, match=r"secret.key holds no key"):
        signature(settings)


def test_a_folder_in_its_place_is_refused(settings: Settings) -> None:
    (settings.data_dir / "secret.key").mkdir()
    with pytest.raises(secret_key.SecretKeyUnusable):
        signature(settings)
