"""`enfilade serve`: takes the port, brings the database up, and runs uvicorn in one process or several."""

import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, NoReturn

from uvicorn.config import STARTUP_FAILURE

from app.adapters import logs
from app.adapters.connections.protocol import Config, HttpProtocol
from app.adapters.connections.sockets import SocketProtocol
from app.adapters.ending import Ending
from app.adapters.metrics import endpoint
from app.adapters.migrations import current_database
from app.main import SOCKET_PATHS, create_app, create_worker
from app.processes import EndingServer, Workers
from app.settings import Settings

_BACKLOG = 2048
_SOCKET_MESSAGE_BYTES = 64 * 1024
_PING_SECONDS = 30
_PONG_SECONDS = 20


class AddressUnusable(Exception):
    """We cannot listen on HOST and PORT; one line that says why."""


def serve(settings: Settings, announce: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is called when all is ready for the first request.

    When it cannot begin, or the embedded Postgres ends under it, raises AddressUnusable, DatabaseUnusable,
    SchemaNotCurrent, EmbeddedPostgresError, SecretKeyUnusable, BlobsUnusable or MetricsUnusable.
    """
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _leave)
    signal.signal(signal.SIGUSR1, _go_on)  # else it would end us
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # else it was started to outlive its terminal
        signal.signal(signal.SIGHUP, _as_sigterm)
    logs.configure(settings.log_format)
    with _listener(settings) as listener, endpoint.shown(settings), current_database(settings, serving=True):
        announce()
        _run(settings, listener)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """End by an exception, so that every `with` on the way is left and Postgres stops cleanly."""
    sys.exit(0)


def _go_on(number: int, frame: FrameType | None) -> None:
    """Replace no worker: there is none, or none yet."""


def _as_sigterm(number: int, frame: FrameType | None) -> None:
    """End a closed terminal's server like any other: uvicorn knows SIGTERM."""
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(_BACKLOG)  # whoever comes while the database starts waits, and is answered
        except (OSError, TypeError, UnicodeError) as error:  # what is no name, too
            reason = error.strerror if isinstance(error, OSError) else "no address"
            raise AddressUnusable(
                f"cannot listen on {settings.host}:{settings.port} ({reason}): set ENFILADE_PORT or ENFILADE_HOST"
            ) from error
        listener.set_inheritable(settings.workers > 1)  # else other processes that we begin would hold the port, too
        yield listener


def _run(settings: Settings, listener: socket.socket) -> None:
    run = _run_here if settings.workers == 1 else _run_workers
    run(settings, listener)


def _run_here(settings: Settings, listener: socket.socket) -> None:
    ending = Ending()
    server = EndingServer(_config(settings, create_app(settings, ending)), ending, settings.drain_seconds)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _run_workers(settings: Settings, listener: socket.socket) -> None:
    config = _config(settings, partial(create_worker, settings), factory=True)
    workers = Workers(config, listener, settings.drain_seconds)
    workers.run()
    if any(worker.process.exitcode == STARTUP_FAILURE for worker in workers.processes):
        sys.exit(1)


def _config(settings: Settings, application: Callable[..., Any], *, factory: bool = False) -> Config:
    return Config(
        application,
        socket_paths=SOCKET_PATHS,
        factory=factory,
        workers=settings.workers,
        loop="uvloop",
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_max_size=_SOCKET_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PONG_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=_connections(settings.max_connections),
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


def _connections(most: int) -> int:
    """Let ourselves open as many files as we may, and return how many of them can be connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return most if files == resource.RLIM_INFINITY else min(most, files * 4 // 5)
