"""`enfilade serve`: takes the port, brings the database up, and runs uvicorn in one process or several."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from app.adapters import logs
from app.adapters.migrations import current_database
from app.main import create_app
from app.settings import Settings

_BACKLOG = 2048
_HEADER_BYTES_AT_ALL = 1024 * 1024


class AddressUnusable(Exception):
    """We cannot listen on HOST and PORT; one line that says why."""


class _Protocol(HttpToolsProtocol):
    """HTTP by httptools, which knows no limit on header fields: past 1 MiB of them we hang up.

    What is less reaches the applications, which answer 431 in their own words.
    """

    _header_bytes = 0
    _in_header = True

    def on_message_begin(self) -> None:
        self._header_bytes, self._in_header = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_header = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_header:
            self._header_bytes += len(data)
            if self._header_bytes > _HEADER_BYTES_AT_ALL:
                self.transport.close()


def serve(settings: Settings, announce: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is called as soon as a request would be answered.

    Raises AddressUnusable, DatabaseUnreachable, SchemaNotCurrent or EmbeddedPostgresError when it cannot begin.
    """
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _end)
    logs.configure(settings.log_format)
    with _listener(settings) as listener, current_database(settings, serving=True):
        listener.listen(_BACKLOG)  # from here on a request waits for us rather than being turned away
        announce()
        _run(settings, listener)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """End by an exception, so that every `with` on the way is left and Postgres stops cleanly."""
    sys.exit(0)


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise AddressUnusable(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
                "set ENFILADE_PORT or ENFILADE_HOST"
            ) from error
        listener.set_inheritable(True)
        yield listener


def _run(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(settings) if settings.workers == 1 else "app.main:create_worker",
        factory=settings.workers > 1,
        workers=settings.workers,
        loop="uvloop",
        http=_Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    server = uvicorn.Server(config)
    if settings.workers == 1:
        server.run(sockets=[listener])
        if not server.started:
            sys.exit(1)
    else:
        Multiprocess(config, sockets=[listener]).run()
