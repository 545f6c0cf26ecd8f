"""SECRET_KEY_FALLBACKS: keys that are told apart, whatever is in them, and shown to nobody."""

from pathlib import Path

import pytest

from app.settings import SettingsError, load


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A working directory without `.env`."""
    monkeypatch.chdir(tmp_path)


def refused() -> str:
    with pytest.raises(SettingsError) as refusal:
        load()
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("old", ["old"]),
        ("new, old ,,", ["new", "old"]),
        ('["new", "o,l]d", " old "]', ["new", "o,l]d", " old "]),
        (' ["old"]\n', ["old"]),
        ("[]", []),
        (",", []),
    ],
)
def test_are_separated_by_commas_or_a_json_list(monkeypatch: pytest.MonkeyPatch, text: str, keys: list[str]) -> None:
    monkeypatch.setenv("ENFILADE_SECRET_KEY_FALLBACKS", text)
    assert [key.get_secret_value() for key in load().secret_key_fallbacks] == keys


@pytest.mark.parametrize("text", ["[hunter2", '["hunter2", 2]', '["hunter2"]x', '["hunter2", ""]', '[["hunter2"]]'])
def test_that_are_no_list_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ENFILADE_SECRET_KEY_FALLBACKS", text)
    told = refused()
    assert told.startswith("ENFILADE_SECRET_KEY_FALLBACKS: ")
    assert "hunter2" not in told


def test_are_a_json_list_when_the_key_that_will_be_one_of_them_has_a_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFILADE_SECRET_KEY", "hunter2, and more")
    monkeypatch.setenv("ENFILADE_SECRET_KEY_FALLBACKS", "new")
    told = 'ENFILADE_SECRET_KEY_FALLBACKS: must be a JSON list, ["…", "…"], when ENFILADE_SECRET_KEY has a comma'
    assert refused() == told
    monkeypatch.setenv("ENFILADE_SECRET_KEY_FALLBACKS", '["new"]')
    assert [key.get_secret_value() for key in load().secret_key_fallbacks] == ["new"]
