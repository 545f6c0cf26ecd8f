"""What a worker process does: one conversion at a time, from a file to a file, and no more than it may."""

import ctypes
import os
import resource
import signal
import warnings
from functools import cache
from pathlib import Path
from typing import Final

from app.adapters.previews.conversion import converted
from app.domain.errors import DomainError, NotPreviewable
from app.domain.specifications import Specification

_NICENESS: Final = 10
_MOST_OPEN_FILES: Final = 64
_MOST_BYTES_WRITTEN: Final = 1024**3
_LIBC: Final = ctypes.CDLL(None)


@cache  # once is enough
def begin(memory_in_mb: int) -> None:
    """Become a worker."""
    for number in (signal.SIGINT, signal.SIGHUP):  # of the terminal; the server says when to end
        signal.signal(number, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries complain of bad files, to nobody who reads it
    os.nice(_NICENESS)  # requests come first
    _limit(resource.RLIMIT_DATA, memory_in_mb * 1024**2)
    _limit(resource.RLIMIT_NOFILE, _MOST_OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, _MOST_BYTES_WRITTEN)
    _limit(resource.RLIMIT_CORE, 0)
    warnings.simplefilter("ignore")


def convert(source: str, result: str, specification: Specification, seconds: int) -> bool:
    """Write the preview of one file into another, and return whether it is the source, unchanged and not written.

    Raises what `converted` raises, or RuntimeError: what else went wrong cannot always be told to another process.
    """
    try:
        _allow(seconds)
        original = Path(source).read_bytes()
        preview = converted(original, specification)
        if preview is not original:
            Path(result).write_bytes(preview)
    except MemoryError:
        raise NotPreviewable("it needs too much memory") from None
    except DomainError:
        raise
    except Exception as error:  # noqa: BLE001 - at the border of the process; our own fault, told to the operator
        raise RuntimeError(f"{type(error).__name__}: {error}") from None
    else:
        return preview is original
    finally:
        _give_memory_back()


def _allow(seconds: int) -> None:
    """Have the kernel end this process if the server, which would, is gone by then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 2)


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _give_memory_back() -> None:
    """Let go what was freed: glibc would keep hundreds of megabytes for the next time."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
