"""Where every request comes in: a trace id and a log line for each, then the application under whose path it falls."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import uuid4

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from app.adapters import database
from app.adapters.logs import Tell, trace_id

_log = logging.getLogger("enfilade")
_CLIENT_WENT_AWAY = 499  # in the log only: nobody is there to be answered
_CUT = 503
_SWITCHED = 101
_FAILED = 1011  # RFC 6455, 7.4.1
_ACCEPT = "websocket.accept"
_STARTS = frozenset([_ACCEPT, "http.response.start", "websocket.http.response.start"])
_ANSWERS = {"http": "http.response", "websocket": "websocket.http.response"}
_WENT_AWAY = (ClientDisconnect, ClientDisconnected, WebSocketDisconnect)
_LAST_WORD_SECONDS = 5


class Door(NamedTuple):
    """An application and the path below which it lives: `/v2`, or the empty path for all that is left."""

    prefix: str
    api: str
    application: ASGIApp


class FrontDoor:
    """Dispatches by path prefix, longest first.

    Starlette's `Mount` is not used: it lets `/v2` itself and paths with a line break fall to other applications.
    """

    def __init__(self, doors: Sequence[Door], lifespan: ASGIApp, tells: Sequence[Tell]) -> None:
        """Take the doors, what opens and closes the server, and who is told of each request."""
        self._doors = sorted(doors, key=lambda door: len(door.prefix), reverse=True)
        self._lifespan = lifespan
        self._tells = tells
        self._visits = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, self._when_all_have_gone(receive), send)
            return
        self._visits += 1
        try:
            await _Visit(self._door(scope["path"]), scope, self._tells).answer(receive, send)
        finally:
            self._visits -= 1

    def _when_all_have_gone(self, receive: Receive) -> Receive:
        """Let the server be closed only when those have heard so who were cut short: that takes a moment."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._gone(), _LAST_WORD_SECONDS)
            return message

        return received

    async def _gone(self) -> None:
        while self._visits:  # noqa: ASYNC110 - an event would cost each request something
            await asyncio.sleep(0.01)

    def _door(self, path: str) -> Door:
        # What is no path at all (`OPTIONS *`) has the last door, as everything that is left.
        return next((door for door in self._doors if f"{path}/".startswith(f"{door.prefix}/")), self._doors[-1])


def _inside(scope: Scope, door: Door) -> Scope:
    """Return the request as its application sees it: no trailing slash, and `HEAD` as the `GET` it asks about."""
    path = scope["path"]
    if scope["raw_path"].endswith(b"/"):  # a slash that was spelled `%2F` is part of a name
        path = path.removesuffix("/")
    inside = {**scope, "path": path, "root_path": scope["root_path"] + door.prefix}
    return inside if inside.get("method") != "HEAD" else {**inside, "method": "GET"}


class _Visit:
    """One request on its way: what is told of it afterwards is gathered here.

    Of a websocket is told when it is open, or refused, however long it stays.
    """

    def __init__(self, door: Door, scope: Scope, tells: Sequence[Tell]) -> None:
        self._door = door
        self._tells = tells
        self._method = scope.get("method", "GET")
        self._answers = _ANSWERS[scope["type"]]
        self._scope = _inside(scope, door)
        self._trace_id = self._scope["state"]["trace_id"] = uuid4().hex
        self._scope["state"]["is_head"] = self._method == "HEAD"  # a body would be made for nobody
        self._began = time.perf_counter()
        self._status = 0
        self._is_told = False

    async def answer(self, receive: Receive, send: Send) -> None:
        token = trace_id.set(self._trace_id)

        async def traced(message: Message) -> None:
            await send(self._traced(message))
            if message["type"] == _ACCEPT:
                self._status = _SWITCHED  # only now: who has gone away meanwhile has got no socket
                self._tell()

        try:
            await self._door.application(self._scope, receive, traced)
        except _WENT_AWAY:
            if self._status in (0, 500):  # what the application says of what it does not know is heard by nobody
                self._status = _CLIENT_WENT_AWAY
        except asyncio.CancelledError:  # the time to end is over
            await self._refuse(traced, _CUT)
        except Exception as error:  # noqa: BLE001 - the application has answered 500 already; what is left is to tell the operator
            _tell_of(error)
            await self._fail(traced)
        finally:
            self._tell()
            trace_id.reset(token)

    async def _refuse(self, send: Send, status: int) -> None:
        """Let the client try again elsewhere, if no answer has begun."""
        if not self._status:
            fields = [(b"content-length", b"0"), (b"connection", b"close")]
            await send({"type": f"{self._answers}.start", "status": status, "headers": fields})
            await send({"type": f"{self._answers}.body", "body": b""})

    async def _fail(self, send: Send) -> None:
        """Say of a websocket what applications say of requests: that something has failed here."""
        if self._scope["type"] == "websocket":
            with suppress(*_WENT_AWAY):
                await self._refuse(send, 500)
                if self._status == _SWITCHED:
                    await send({"type": "websocket.close", "code": _FAILED})

    def _traced(self, message: Message) -> Message:
        if message["type"] in _STARTS:
            self._status = message.get("status", 0)
            headers = [*message.get("headers", ()), (b"x-trace-id", self._trace_id.encode())]
            return {**message, "headers": headers}
        return message

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            told = self._told()
            for tell in self._tells:
                tell(told)

    def _told(self) -> dict[str, object]:
        route = self._scope.get("route")
        return {
            "api": self._door.api,
            "operation": f"{self._method} {getattr(route, 'path', '-')}",
            "status": self._status,
            "milliseconds": round(1000 * (time.perf_counter() - self._began), 1),
            "caller": self._scope["state"].get("caller"),
            "trace_id": self._trace_id,
        }


def _tell_of(error: Exception) -> None:
    """Tell the operator of a database that is away in a line, and of a fault of ours all that is known."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:  # of tasks, of which one has failed
        error = error.exceptions[0]
    reason = database.outage(error)
    if reason:
        _log.error("the database does not answer: %s", reason)
    else:
        _log.error("crash", exc_info=error)
