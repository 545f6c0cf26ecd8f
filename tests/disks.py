"""A disk that is small enough to fill."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SMALL_DISK = 1024 * 1024  # bytes


@contextmanager
def mounted(place: Path) -> Iterator[None]:
    """Have such a disk there for the time of a `with`; a test that cannot have it is skipped."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk that is small enough to fill")
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "none", place], check=False).returncode:
        pytest.skip("this root may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
