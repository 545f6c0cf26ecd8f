"""The whole of the HTTP code that the dialects share."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Annotated, Any, TypeAlias

from asyncpg import Pool, Record
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError, from_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.database import Transaction
from app.domain.deployments import Deployment
from app.domain.secrets import SecretKey
from app.settings import Settings

JSON_BODY_BYTES = 1024 * 1024
HEADER_BYTES = 32 * 1024
_NO_BODY = b"{}"
_WHOLE_NUMBER = re.compile(r"0*([0-9]{1,9})")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

Answer: TypeAlias = Callable[[Request, Exception], Coroutine[Any, Any, Response]]
"""What a dialect says when this is raised."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What `main` opened for the time that the server runs."""

    settings: Settings
    secret_key: SecretKey
    pool: "Pool[Record]"
    deployment: Callable[[Transaction], Awaitable[Deployment]]


def resources(request: Request) -> Resources:
    """Return the resources of the running server."""
    found: Resources = request.state.resources
    return found


@asynccontextmanager
async def connected(request: Request) -> AsyncIterator[Transaction]:
    """Give statements a connection of the pool, each committed by itself."""
    async with resources(request).pool.acquire() as connection:
        yield Transaction(connection)


async def _settings(request: Request) -> Settings:
    return resources(request).settings


async def _secret_key(request: Request) -> SecretKey:
    return resources(request).secret_key


async def _deployment(request: Request) -> Deployment:
    return await resources(request).deployment(request.state.transaction)


async def _transaction(request: Request) -> Transaction:
    transaction: Transaction = request.state.transaction
    return transaction


TheSettings = Annotated[Settings, Depends(_settings)]
TheSecretKey = Annotated[SecretKey, Depends(_secret_key)]
TheDeployment = Annotated[Deployment, Depends(_deployment)]
TheTransaction = Annotated[Transaction, Depends(_transaction)]


def without_nul(text: str) -> str:
    """Return the text, or raise: Postgres keeps any Unicode text but NUL."""
    if "\0" in text:
        raise PydanticCustomError("nul", "NUL cannot be stored")
    return text


WithoutNul = AfterValidator(without_nul)


def whole_number(text: str) -> int | None:
    """Read a number of a query that has no sign and, past its zeros, up to nine digits; None for any other text."""
    digits = _WHOLE_NUMBER.fullmatch(text)
    return int(digits[1]) if digits else None


class _JsonRequest(Request):
    """A request with a bounded body that is JSON as RFC 8259 has it: no NaN, no lone surrogate, no bottomless nesting.

    No body says as much as an empty object. Whether its declared type is acceptable the dialect has decided before;
    FastAPI is told that it is JSON.
    """

    def __init__(self, request: Request) -> None:
        others = [field for field in request.scope["headers"] if field[0] != b"content-type"]
        super().__init__(
            {**request.scope, "headers": [*others, (b"content-type", b"application/json")]}, request.receive
        )

    @property
    def declared_bytes(self) -> int:
        """What `Content-Length` says; 0 without one."""
        return int(self.headers.get("content-length", 0))

    async def raw(self) -> bytes:
        """Return the body as it was sent."""
        return await super().body()

    async def body(self) -> bytes:
        return await self.raw() or _NO_BODY

    async def stream(self) -> Any:
        if self.declared_bytes > JSON_BODY_BYTES:
            raise HTTPException(413)
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > JSON_BODY_BYTES:
                raise HTTPException(413)
            yield chunk

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise JSONDecodeError(str(error), "", 0) from error


class OpenRoute(APIRoute):
    """An operation for everybody, which runs by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "response_model_exclude_none": True})
        # `$` would overlook a line break at the end of a path.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")


class Route(OpenRoute):
    """An operation: first the caller's credential, then the body, then the operation in one transaction.

    The transaction is committed before the first byte of the answer. A `GET` runs its single statement without one.
    A connection is never held while a body arrives, so slow senders cannot use up the pool.
    """

    async def authenticate(self, request: Request) -> str:
        """Return who calls, for the log; or raise. What needs no connection is judged before one is taken."""
        raise NotImplementedError

    def accept(self, request: Request) -> None:
        """Raise HTTPException(415) if the body's type is refused."""

    async def _with_body(self, request: Request) -> Request:
        arrived = _JsonRequest(request)
        if arrived.declared_bytes:
            self.accept(request)
        if await arrived.raw():
            self.accept(request)  # again, for one in chunks: only now it is known that there is one
        return arrived

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        operate = super().get_route_handler()
        reads = self.methods == {"GET"}

        async def handle(request: Request) -> Response:
            pool = resources(request).pool
            request.state.caller = await self.authenticate(request)
            if self.body_field:
                request = await self._with_body(request)
            async with pool.acquire() as connection, nullcontext() if reads else connection.transaction():
                request.state.transaction = Transaction(connection)
                try:
                    return await operate(request)
                except RequestValidationError as error:
                    raise _without_input(error) from None

        return handle


def _without_input(error: RequestValidationError) -> RequestValidationError:
    """Return the first fault without what was sent: it may hold secrets, and be a megabyte."""
    first = error.errors()[0]
    return RequestValidationError([{part: first[part] for part in ("type", "loc", "msg", "ctx") if part in first}])


class HeaderLimit:
    """Refuses a request whose header fields are more than 32 KiB, in the words of the dialect it wraps."""

    def __init__(self, application: ASGIApp, refusal: Callable[[], Response]) -> None:
        self._application = application
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        await (self._refusal() if size > HEADER_BYTES else self._application)(scope, receive, send)


def allow(request: Request, status: int) -> dict[str, str] | None:
    """Return the header field that goes with a 405: every method of this path that some route answers."""
    if status != 405:
        return None
    application: Starlette = request.scope["app"]
    methods = (
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else method})[0] is Match.FULL
            for route in application.router.routes
        )
    )
    return {"Allow": ", ".join(methods)}
