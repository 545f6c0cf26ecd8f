"""Where the figures are asked for: a port of its own, in the process that the operator has started."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from prometheus_client import REGISTRY, CollectorRegistry, Metric, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from app.settings import PREFIX, Settings

_IN_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class MetricsUnusable(Exception):
    """The figures cannot be shown; in one line."""


@contextmanager
def shown(settings: Settings) -> Iterator[None]:
    """Show the figures of this process, or of all the workers that it starts, as long as the block runs."""
    if settings.metrics_port is None:
        yield
        return
    with _registry(settings) as registry:
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
def _registry(settings: Settings) -> Iterator[CollectorRegistry]:
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
    place = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    try:
        return TemporaryDirectory(prefix="enfilade-metrics-", dir=place, ignore_cleanup_errors=True)
    except OSError as error:
        raise MetricsUnusable(
            f"workers cannot count in the temporary folder ({error.strerror}): set TMPDIR to one that can be written,"
            f" or unset {PREFIX}METRICS_PORT"
        ) from error


class _OfWorkers(Collector):
    """What the workers have counted, also those that are gone; but what is now is said of those that live."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._counted = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]
        self._forgetting = Lock()

    def collect(self) -> Iterable[Metric]:
        with self._forgetting:  # who asks at the same time is answered by another thread
            self._forget_the_dead()
        return self._counted.collect()  # type: ignore[no-any-return, no-untyped-call]

    def _forget_the_dead(self) -> None:
        for process in {file.stem.rpartition("_")[2] for file in self._folder.glob("gauge_live*.db")}:
            if not Path("/proc", process).exists():
                mark_process_dead(int(process), str(self._folder))  # type: ignore[no-untyped-call]
