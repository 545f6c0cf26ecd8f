"""The whole of the HTTP code that the dialects share."""

import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Annotated, Any, Final, Protocol, TypeAlias, get_type_hints

from asyncpg import Pool, Record
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from pydantic import AfterValidator, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, from_json
from pydantic_core.core_schema import CoreSchema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.apis.descriptions import DescribedRoute
from app.domain.database import Transaction
from app.domain.deployments import Deployment
from app.domain.secrets import SecretKey
from app.settings import Settings

JSON_BODY_BYTES = 1024 * 1024
HEADER_BYTES = 32 * 1024
_NO_BODY = b"{}"
_WHOLE_NUMBER = re.compile(r"0*([0-9]{1,9})")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI would otherwise ask with every request who wants its telemetry; ours are the front door's log lines."""

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
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


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation works with: the connection that its statements run on, and what the server has."""

    transaction: Transaction
    resources: Resources

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def secret_key(self) -> SecretKey:
        return self.resources.secret_key

    async def deployment(self) -> Deployment:
        """Return the account that this deployment is."""
        return await self.resources.deployment(self.transaction)


class Credential(Protocol):
    """What a caller shows, in a form that can be asked about."""

    async def caller(self, call: Call) -> str:
        """Return who shows it, for the log; or raise."""


async def _call(request: Request) -> Call:
    call: Call = request.state.call
    return call


async def _autocommit_call(request: Request) -> Call:
    return await _call(request)


TheCall = Annotated[Call, Depends(_call)]
"""Its statements are one transaction, committed before the first byte of the answer."""

AutocommitCall = Annotated[Call, Depends(_autocommit_call)]
"""Each of its statements is a transaction by itself: for reads, and for operations that write with one statement."""


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


class OpenRoute(DescribedRoute):
    """An operation for everybody, which runs by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "response_model_exclude_none": True})
        # `$` would overlook a line break at the end of a path.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")


class Route(OpenRoute):
    """An operation: first the caller's credential, then the body, then the operation on one connection.

    A connection is never held while a body arrives, so slow senders cannot use up the pool.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._is_plain:
            self.app = request_response(
                self.get_route_handler()
            )  # Starlette's: without FastAPI's stacks for cleaning up

    def credential(self, request: Request) -> Credential:
        """Return what the caller shows; or raise, before a connection is taken."""
        raise NotImplementedError

    def accept(self, request: Request) -> None:
        """Raise HTTPException(415) if the body's type is refused."""

    def get_route_handler(self) -> Handler:
        self._operate = self._plainly() if self._is_plain else super().get_route_handler()
        needed = {dependency.call for dependency in self.dependant.dependencies}
        self._begin = Transaction.begun if _call in needed else nullcontext
        return self._answer_after_body if self.body_field else self._answer

    async def _answer(self, request: Request) -> Response:
        credential, server = self.credential(request), resources(request)
        async with server.pool.acquire() as connection:
            call = Call(Transaction(connection), server)
            request.state.caller = await credential.caller(call)
            return await self._run(request, call)

    async def _answer_after_body(self, request: Request) -> Response:
        credential, server = self.credential(request), resources(request)
        async with server.pool.acquire() as connection:
            request.state.caller = await credential.caller(Call(Transaction(connection), server))
        arrived = await self._with_body(request)
        async with server.pool.acquire() as connection:
            return await self._run(arrived, Call(Transaction(connection), server))

    async def _run(self, request: Request, call: Call) -> Response:
        request.state.call = call
        async with self._begin(call.transaction):
            try:
                return await self._operate(request)
            except RequestValidationError as error:
                raise _without_input(error) from None

    async def _with_body(self, request: Request) -> Request:
        arrived = _JsonRequest(request)
        if arrived.declared_bytes:
            self.accept(request)
        if await arrived.raw():
            self.accept(request)  # again, for one in chunks: only now it is known that there is one
        return arrived

    @property
    def _is_plain(self) -> bool:
        """Whether it takes nothing but ids of its path and the call: nothing that FastAPI would have to find."""
        takes = self.dependant
        others = (takes.query_params, takes.header_params, takes.cookie_params, takes.body_params)
        return not any(others) and {needed.call for needed in takes.dependencies} <= {_call, _autocommit_call}

    def _plainly(self) -> Handler:
        """Return what runs a plain operation, in half of the time that FastAPI needs (docs/performance.md)."""
        types = get_type_hints(self.endpoint, include_extras=True)
        shown = TypeAdapter(types.pop("return"))
        ids = {name: TypeAdapter(types[name]) for name in self.param_convertors}

        async def operate(request: Request) -> Response:
            arguments = {name: id.validate_python(request.path_params[name]) for name, id in ids.items()}
            answer = await self.endpoint(call=request.state.call, **arguments)
            return Response(shown.dump_json(answer, by_alias=True, exclude_none=True), media_type="application/json")

        return operate


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
