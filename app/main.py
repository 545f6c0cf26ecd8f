"""The whole server: the dialects, each below its path, on what they stand on. Nothing else knows them all."""

import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app.adapters import logs, tracing
from app.adapters.embedded import tether
from app.adapters.ending import DRAIN_SIGNAL, Ending
from app.adapters.metrics import figures
from app.apis.carbonio import application as carbonio
from app.apis.carbonio import events
from app.apis.dependencies import Resources
from app.apis.hms import application as hms
from app.apis.hms import exchange
from app.apis.vcs import application as vcs
from app.front_door import Door, FrontDoor
from app.lifespan import opened
from app.settings import Settings

_CHATS: Final = ("/services/chats", "")
SOCKET_PATHS: Final = frozenset(f"{prefix}{events.PATH}".encode() for prefix in _CHATS)
"""Where a websocket can be opened."""


def create_app(settings: Settings, ending: Ending | None = None) -> ASGIApp:
    """Return the server as one ASGI application, which is not ready any more when its end has begun."""

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[dict[str, Resources]]:
        async with opened(settings, ending or Ending()) as resources:
            yield {"resources": resources}

    def door(prefix: str, api: str, application: ASGIApp) -> Door:
        return Door(prefix, api, _Cors(application, settings.cors_origins) if settings.cors_origins else application)

    v2 = hms.create()
    if not settings.cors_origins:
        v2 = _Cors(v2, ["*"], only=exchange.PATH)
    chats = carbonio.create(developer_mode=settings.chats.developer_mode)
    doors = [
        door("/v2", "hms", v2),
        door("/api/v2", "hms", v2),
        door("/api/realtime", "vcs", vcs.create()),
        *(door(prefix, "chats", chats) for prefix in _CHATS),
    ]
    is_traced = tracing.is_wanted()
    tells = [
        logs.request_log(settings.log_format),
        *([figures.count] if settings.metrics_port else []),
        *([tracing.tell] if is_traced else []),
    ]
    server = FrontDoor(doors, Router(lifespan=lifespan), tells)
    return tracing.Traced(server) if is_traced else server


def create_worker(settings: Settings) -> ASGIApp:
    """Return the server for a process of its own; the settings are its parent's, whatever `.env` says by now."""
    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        tether.end_with(parent.pid)  # left alone, it would hold the port and serve without a database
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # of a closed terminal; the parent says when to end
    ending = Ending()
    signal.signal(DRAIN_SIGNAL, ending.begin)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # it is the parent's
    _keep_to_ourselves()
    logs.configure(settings.log_format)
    return create_app(settings, ending)


def _keep_to_ourselves() -> None:
    """Have no process that we begin hold the port, or what else was handed to us, when we are gone."""
    for file in list(Path("/proc/self/fd").iterdir()):
        if int(file.name) > 2:
            with suppress(OSError):  # that by which they were listed is closed
                os.set_inheritable(int(file.name), False)  # noqa: FBT003 - its one parameter


class _Cors(CORSMiddleware):
    """Answers the preflights of the origins that are allowed; to all others it is as if it were not there.

    So it is to all paths of the application but the `only` one, if there is one.
    """

    def __init__(self, application: ASGIApp, origins: Sequence[str], *, only: str | None = None) -> None:
        self._only = only
        super().__init__(
            application,
            allow_origins=origins,
            allow_methods=["POST"] if only else ["*"],
            allow_headers=["*"],
            allow_credentials="*" not in origins,
            expose_headers=["*", "X-Trace-Id", "X-WSC-API-VERSION", "ETag", "Content-Disposition", "Retry-After"],
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        told = super().preflight_response(request_headers).headers
        return Response(status_code=204, headers={name: told[name] for name in told if not name.startswith("content-")})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_here = self._only is None or scope["path"] == scope["root_path"] + self._only
        origin = Headers(scope=scope).get("origin") if is_here else None
        allowed = origin is not None and self.is_allowed_origin(origin)
        await (super().__call__ if allowed else self.app)(scope, receive, send)
