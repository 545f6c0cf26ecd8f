"""The contracts of pyproject.toml: layers point inward, dialects know nothing of each other, the domain no HTTP."""

import os
from pathlib import Path

import pytest
from importlinter.cli import lint_imports


def test_imports_point_inward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    assert lint_imports(no_cache=True) == os.EX_OK
