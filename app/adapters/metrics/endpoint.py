"""Where the figures are asked for: a port of its own, in the process that the operator has started."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Lock

from prometheus_client import REGISTRY, CollectorRegistry, Metric, start_http_server
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.settings import PREFIX, Settings

_IN_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
_NAME = "enfilade-metrics-"
_GONE = "0"  # no process has this number
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class MetricsUnusable(Exception):
    """The figures cannot be shown; in one line."""


@contextmanager
def shown(settings: Settings) -> Iterator[None]:
    """Show the figures of this process, or of all the workers that it starts, as long as the block runs."""
    if settings.metrics_port is None:
        yield
        return
    with registry_of(settings) as registry:
        try:
            server, thread = start_http_server(settings.metrics_port, settings.host, registry)
        except OSError as error:
            raise MetricsUnusable(
                f"cannot listen on {settings.host}:{settings.metrics_port} ({error.strerror}): set {PREFIX}METRICS_PORT"
            ) from error
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def registry_of(settings: Settings) -> Iterator[CollectorRegistry]:
    """What has the figures of this process, or of the workers that are started in the block."""
    if settings.workers == 1:
        yield REGISTRY
        return
    with _folder() as folder:
        os.environ[_VARIABLE] = folder  # the workers' library reads it when it is loaded
        registry = CollectorRegistry()
        registry.register(_OfWorkers(folder))
        yield registry


def _folder() -> "TemporaryDirectory[str]":
    """Return a new folder in which the workers count: in memory, if there is such a place.

    They map its files: where a disk is full, whoever counts is killed by the kernel (SIGBUS).
    """
    place = Path(_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else gettempdir())
    try:
        _remove_abandoned(place)
        return TemporaryDirectory(prefix=f"{_NAME}{os.getpid()}-", dir=place, ignore_cleanup_errors=True)
    except OSError as error:
        raise MetricsUnusable(
            f"workers cannot count in the temporary folder ({error.strerror}): set TMPDIR to one that can be written,"
            f" or unset {PREFIX}METRICS_PORT"
        ) from error


def _remove_abandoned(place: Path) -> None:
    """Remove what servers have left behind that were killed."""
    for folder in place.glob(f"{_NAME}*"):
        if not Path("/proc", folder.name.removeprefix(_NAME).partition("-")[0]).exists():
            shutil.rmtree(folder, ignore_errors=True)


class _OfWorkers(Collector):
    """What the workers have counted, also those that are gone; but what is now is said of those that live."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._counted = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]
        self._reading = Lock()

    def collect(self) -> Iterable[Metric]:
        with self._reading:  # who asks at the same time is answered by another thread
            for file in self._folder.glob("*.db"):
                kind, _, process = file.stem.rpartition("_")
                if process != _GONE and not Path("/proc", process).exists():
                    self._forget(file, kind)
            return self._counted.collect()  # type: ignore[no-any-return, no-untyped-call]

    def _forget(self, file: Path, kind: str) -> None:
        """Add what one that is gone has counted to what all of these have; else there would be ever more files."""
        if not kind.startswith("gauge"):
            of_all = MmapedDict(str(self._folder / f"{kind}_{_GONE}.db"))  # type: ignore[no-untyped-call]
            for name, value, at, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
                before, _ = of_all.read_value(name)  # type: ignore[no-untyped-call]
                of_all.write_value(name, before + value, at)  # type: ignore[no-untyped-call]
            of_all.close()  # type: ignore[no-untyped-call]
        file.unlink()
