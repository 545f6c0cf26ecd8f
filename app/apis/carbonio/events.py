"""Section 13: the websocket by which a client hears what changes."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import anyio
from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from app.apis.admission import Admission
from app.apis.carbonio.auth import ChatsRoute, UserToken, has_cookie, shown
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.frames import Words
from app.apis.dependencies import AutocommitCall, resources
from app.domain import events
from app.domain.database import Borrowed
from app.domain.errors import EventsGone
from app.domain.events import Event, Kept
from app.domain.hearings import Hearing, Over
from app.settings import PREFIX

router = APIRouter(route_class=ChatsRoute, tags=["Events"])

PATH: Final = "/events"

_log = logging.getLogger("enfilade")
_NUMBER: Final = re.compile(r"[0-9]{1,19}")
_HIGHEST: Final = 2**63 - 1
_VERSION: Final = "13"  # RFC 6455, 4.4
_FAREWELL_SECONDS: Final = 1
_MISSED_AT_ONCE: Final = 64
_MOST_TOLD: Final = 100
_told: Final = set[tuple[str, str]]()
_CODES: Final[Mapping[Over, int]] = {Over.TOKEN_GONE: 1008, Over.LOST_PLACE: 1012, Over.FELL_BEHIND: 1013}


@router.get(PATH, summary="openEvents", status_code=101, response_class=Response, responses=refusals(426))
async def open_events(call: AutocommitCall) -> Response:
    """GET /events: open a websocket, on which the caller hears what changes for him.

    With `Upgrade: websocket`, and the sub-protocol `1.6.2`, `1.6.1`, `1.6.0` or none. With `?after=N` each frame has a
    number as `seq`, and what came behind the number N is told first; what is too long ago is one frame `resync`.
    """
    raise HTTPException(
        426, headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": _VERSION}
    )


@router.websocket(PATH)
async def hear_events(websocket: WebSocket) -> None:
    """GET /events with `Upgrade: websocket`: tell the caller what changes from now on, and what he has missed."""
    credential, server = shown(websocket), resources(websocket)
    server.failures.judge(websocket, credential.text)
    async with _admitted(websocket, credential) as admission:
        caller_id = admission.caller_id
    _judge_origin(websocket)
    after = _after(websocket)
    await server.feed.ready()
    queue_id, most = uuid4(), max(1, server.settings.max_connections // 4)
    with server.feed.hearing(caller_id, queue_id, credential.hash, most) as hearing:
        async with server.sockets.listed(queue_id, caller_id):
            # Again: the token may have been revoked before anybody listened.
            async with _admitted(websocket, credential) as admission:
                kept = await events.kept(admission)
            words = Words.of(websocket.scope["subprotocols"], has_places=after is not None)
            await websocket.accept(words.version)
            session = _Session(websocket, hearing, words, caller_id)
            await session.run(queue_id, kept, kept.newest if after is None else after)


@asynccontextmanager
async def _admitted(websocket: WebSocket, credential: UserToken) -> AsyncIterator[Admission]:
    async with (
        Borrowed(resources(websocket).pool) as connection,
        Admission(connection, credential, websocket) as admission,
    ):
        await admission.judge()
        yield admission


def _judge_origin(websocket: WebSocket) -> None:
    """Raise HTTPException(403) for a page of another site: the browser brings the cookie along wherever it connects."""
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host", "")
    if origin is None or not has_cookie(websocket) or origin in resources(websocket).settings.cors_origins:
        return
    if _host(origin) is None or _host(origin) != _host(f"//{host}"):
        _tell_of_origin(origin[:200], host[:200])
        raise HTTPException(403)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _tell_of_origin(origin: str, host: str) -> None:
    """Tell the operator, of each once: it may be a proxy of his that does not pass the name on."""
    if (origin, host) in _told or len(_told) >= _MOST_TOLD:
        return
    _told.add((origin, host))
    _log.warning(
        "no socket for pages of %r, since we are called %r: have the proxy pass Host on, or set %sCORS_ORIGINS",
        origin,
        host,
        PREFIX,
    )


def _after(websocket: WebSocket) -> int | None:
    """Return the number behind which the client begins again; raises HTTPException(400) for what cannot be one."""
    text = websocket.query_params.get("after")
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) > _HIGHEST:
        raise HTTPException(400)
    return int(text)


class _Session:
    """An open socket."""

    def __init__(self, websocket: WebSocket, hearing: Hearing, words: Words, user_id: UUID) -> None:
        self._websocket = websocket
        self._hearing = hearing
        self._words = words
        self._user_id = user_id
        self._told = 0
        self._turn = asyncio.Lock()

    async def run(self, queue_id: UUID, kept: Kept, after: int) -> None:
        """Tell what there is to tell behind this number, until the client leaves or the hearing is over."""
        self._told = after
        with anyio.CancelScope() as scope:
            self._hearing.when_over(scope.cancel)
            await self._send(self._words.hello(queue_id, after))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._tell, kept)
                await self._answer()
                tasks.cancel_scope.cancel()
        if self._hearing.over:
            await self._close(_CODES[self._hearing.over])

    async def _tell(self, kept: Kept) -> None:
        try:
            kept.reach(self._told)
            await self._tell_missed(kept.newest)
        except EventsGone:
            async with self._turn:
                await self._send(self._words.resync(kept.newest))
                self._told = kept.newest
        while True:
            await self._tell_of(await self._hearing.take())

    async def _tell_missed(self, until: int) -> None:
        """Tell it page by page: it may be much, and the client slow."""
        server = resources(self._websocket)
        while self._told < until:
            async with server.replay_turn, server.connected() as transaction:
                missed = await events.missed(
                    transaction, self._told, until, user_id=self._user_id, most=_MISSED_AT_ONCE
                )
            await self._tell_of(missed)
            if len(missed) < _MISSED_AT_ONCE:
                self._told = until

    async def _tell_of(self, several: Sequence[Event]) -> None:
        for event in several:
            if event.number > self._told:
                async with self._turn:
                    await self._send(self._words.event(event))
                    self._told = event.number

    async def _answer(self) -> None:
        """Answer pings, and nothing else, until the client leaves."""
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            if self._words.is_ping(message.get("text") or ""):
                async with self._turn:  # else this may be sent behind an event with a higher number
                    await self._send(self._words.pong(max(self._told, self._hearing.place())))

    async def _send(self, frame: str) -> None:
        """Send to whoever is still there; that he is not is found out by `_answer`."""
        if self._is_open:
            with suppress(WebSocketDisconnect):
                await self._websocket.send_text(frame)

    async def _close(self, code: int) -> None:
        with anyio.move_on_after(_FAREWELL_SECONDS), suppress(WebSocketDisconnect):
            if self._is_open:
                await self._websocket.close(code)

    @property
    def _is_open(self) -> bool:
        return self._websocket.application_state is WebSocketState.CONNECTED
