"""What every dialect's operations depend on: the call with its resources, words that all read alike, limits."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from asyncpg import Pool, Record
from fastapi import Depends
from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.apis.failures import Failures
from app.domain.blobs import BlobStore
from app.domain.connections import Sockets
from app.domain.database import Transaction, connected
from app.domain.deployments import Deployment
from app.domain.hearings import Feed
from app.domain.media import MediaEngine
from app.domain.messages import Dispatcher
from app.domain.previews import Previewer
from app.domain.secrets import SecretKey
from app.settings import Settings

HEADER_BYTES = 32 * 1024
_WHOLE_NUMBER = re.compile(r"0*([0-9]{1,9})")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

Answer: TypeAlias = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
"""What a dialect says when this is raised."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What `app/lifespan.py` opened for the time that the server runs.

    `dispatch` hands on the messages of rooms; `feed` tells of changes; `sockets` shows which are open here; `media`
    carries sound and pictures; `sweep_soon` says that there are strays in the store; `is_ending` tells whether the
    server was asked to end; `upload_turn` lets whoever sends many files wait for himself, `code_turn` an address that
    tries many codes of rooms, `replay_turn` whoever has missed events for the others who have; `failures` counts wrong
    credentials, `code_failures` wrong codes.

    `probes`: what it stands on and could do without, by its name in `/health`; each fails, or takes long, when that is
    away.
    """

    settings: Settings
    secret_key: SecretKey
    pool: "Pool[Record]"
    deployment: Callable[[Transaction], Awaitable[Deployment]]
    blobs: BlobStore
    dispatch: Dispatcher
    feed: Feed
    sockets: Sockets
    sweep_soon: Callable[[], None]
    previewer: Previewer
    media: MediaEngine
    failures: Failures
    code_failures: Failures
    code_turn: Callable[[str], AbstractAsyncContextManager[None]]
    upload_turn: Callable[[str], AbstractAsyncContextManager[None]]
    replay_turn: AbstractAsyncContextManager[None]
    is_ending: Callable[[], bool]
    probes: Mapping[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)

    def connected(self) -> AbstractAsyncContextManager[Transaction]:
        """What runs statements, past the call's own connection (`app/domain/database.py`)."""
        return connected(self.pool)


def resources(connection: HTTPConnection) -> Resources:
    """Return the resources of the running server."""
    found: Resources = connection.state.resources
    return found


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key, a user, or whoever is let into a room; and the name in the log."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation works with: the connection that its statements run on, what the server has, and who calls.

    That is known to all operations but those of GET, whose statements can have a parameter `caller_id`
    (`app/apis/admission.py`).
    """

    transaction: Transaction
    resources: Resources
    caller: Caller | None = None

    @property
    def caller_id(self) -> UUID:
        assert self.caller, "nobody was judged yet"
        return self.caller.id

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def secret_key(self) -> SecretKey:
        return self.resources.secret_key

    @property
    def media(self) -> MediaEngine:
        return self.resources.media

    async def deployment(self) -> Deployment:
        """Return the account that this deployment is."""
        return await self.resources.deployment(self.transaction)


async def transaction_call(request: Request) -> Call:
    """Return the call; the route has begun a transaction."""
    call: Call = request.state.call
    return call


async def autocommit_call(request: Request) -> Call:
    """Return the call; the route has begun nothing."""
    return await transaction_call(request)


TransactionCall = Annotated[Call, Depends(transaction_call)]
"""Its statements are one transaction, committed before the first byte of the answer."""

AutocommitCall = Annotated[Call, Depends(autocommit_call)]
"""Each of its statements is committed by itself: for reads, and for operations each of whose writes can stand alone."""


def without_nul(text: str) -> str:
    """Return the text, or raise: Postgres keeps any Unicode text but NUL."""
    if "\0" in text:
        raise PydanticCustomError("nul", "NUL cannot be stored")
    return text


class _WithoutNul(AfterValidator):
    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core_schema), "pattern": r"^[^\u0000]*$"}


WithoutNul = _WithoutNul(without_nul)


def whole_number(text: str) -> int | None:
    """Read a number of a query that has no sign and, past its zeros, up to nine digits; None for any other text."""
    digits = _WHOLE_NUMBER.fullmatch(text)
    return int(digits[1]) if digits else None


def _whole(value: object) -> object:
    """Take 5.0 for the integer that it is: JSON knows one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]


def bearer(connection: HTTPConnection) -> str:
    """Return the token of `Authorization: Bearer`; empty without one, or with another scheme (RFC 9110, 11.1)."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip(" \t") if scheme.lower() == "bearer" else ""


def media_type(request: Request) -> str:
    """Return the type that the body is declared as, without parameters and in lower case; empty when it is not."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class HeaderLimit:
    """Refuses a request whose header fields are more than 32 KiB, in the words of the dialect it wraps."""

    def __init__(self, application: ASGIApp, refusal: Callable[[HTTPConnection], Response]) -> None:
        self._application = application
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        await (self._refusal(HTTPConnection(scope)) if size > HEADER_BYTES else self._application)(scope, receive, send)


def fields_beside(connection: HTTPConnection, error: Exception) -> Mapping[str, str] | None:
    """Return the header fields that go with what HTTP itself refuses: `Allow` with 405, `Retry-After` with 429."""
    if not isinstance(error, HTTPException):
        return None
    return {"Allow": _allowed(connection)} if error.status_code == 405 else error.headers


def _allowed(connection: HTTPConnection) -> str:
    """Return every method of this path that some route answers."""
    application: Starlette = connection.scope["app"]
    methods = (
        method
        for method in _METHODS
        if any(
            route.matches({**connection.scope, "method": "GET" if method == "HEAD" else method})[0] is Match.FULL
            for route in application.router.routes
        )
    )
    return ", ".join(methods)
