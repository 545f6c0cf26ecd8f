"""The whole of the HTTP code that the dialects share."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeAlias, get_type_hints

from asyncpg import Pool, Record
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from pydantic import AfterValidator, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, from_json
from pydantic_core.core_schema import CoreSchema
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from app.apis.descriptions import DescribedRoute
from app.domain.database import Transaction
from app.domain.deployments import Deployment
from app.domain.secrets import SecretKey
from app.settings import Settings

JSON_BODY_BYTES = 1024 * 1024
HEADER_BYTES = 32 * 1024
_NO_BODY = b""
_JSON = "application/json"
_WHOLE_NUMBER = re.compile(r"0*([0-9]{1,9})")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI would otherwise ask with every request who wants its telemetry; ours are the front door's log lines."""

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
_Operate: TypeAlias = Callable[[Request, "Call", Any], Coroutine[Any, Any, Response]]
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


async def _arrived(request: Request) -> bytes | None:
    """Return the body, or None when it is too large; it is not judged yet."""
    if int(request.headers.get("content-length", 0)) > JSON_BODY_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > JSON_BODY_BYTES:
            return None
    return bytes(body)


class OpenRoute(DescribedRoute):
    """An operation for everybody, which runs by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "response_model_exclude_none": True})
        # `$` would overlook a line break at the end of a path.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")


class Route(OpenRoute):
    """An operation behind a credential.

    First the caller is judged, then the body, then the operation runs on the same connection. None is taken before the
    body is there, so slow senders cannot use up the pool.

    FastAPI finds the arguments of an operation that asks for more than ids of its path, a body and the call. All others
    are run without it, in half of the time (docs/performance.md), and described by it all the same.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._is_direct:
            self.app = self._respond

    def credential(self, request: Request) -> Credential:
        """Return what the caller shows; or raise, before anything else is done."""
        raise NotImplementedError

    def accept(self, request: Request) -> None:
        """Raise HTTPException(415) if the body's type is refused."""

    def get_route_handler(self) -> Handler:
        self._operate = self._directly() if self._is_direct else self._by_fastapi()
        needed = {dependency.call for dependency in self.dependant.dependencies}
        self._begin = Transaction.begun if _call in needed else nullcontext
        return self._answer

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without the stacks in which FastAPI's dependencies clean up; the application answers what's raised."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        credential, server = self.credential(request), resources(request)
        body = await _arrived(request) if self.body_field else _NO_BODY
        async with server.pool.acquire() as connection:
            call = Call(Transaction(connection), server)
            request.state.caller = await credential.caller(call)
            sent = self._parsed(request, body)
            async with self._begin(call.transaction):
                return await self._operate(request, call, sent)

    def _parsed(self, request: Request, body: bytes | None) -> Any:
        """Return what RFC 8259 reads of the body: no NaN, no lone surrogate. None says as much as an empty object."""
        if body != _NO_BODY:
            self.accept(request)
        if body is None:
            raise HTTPException(413)
        try:
            return from_json(body or b"{}", allow_inf_nan=False)
        except ValueError:
            raise RequestValidationError([{"type": "json_invalid", "loc": ("body",)}]) from None

    @property
    def _is_direct(self) -> bool:
        takes = self.dependant
        others = (takes.query_params, takes.header_params, takes.cookie_params)
        return not any(others) and {needed.call for needed in takes.dependencies} <= {_call, _autocommit_call}

    def _directly(self) -> _Operate:
        types = get_type_hints(self.endpoint, include_extras=True)
        shown = TypeAdapter(types["return"])
        ids = {name: TypeAdapter(types[name]) for name in self.param_convertors}
        bodies = {field.name: TypeAdapter(types[field.name]) for field in self.dependant.body_params}

        async def operate(request: Request, call: Call, sent: Any) -> Response:
            arguments = {name: id.validate_python(request.path_params[name]) for name, id in ids.items()}
            for name, body in bodies.items():
                arguments[name] = _judged(body, sent)
            answer = await self.endpoint(call=call, **arguments)
            return Response(shown.dump_json(answer, by_alias=True, exclude_none=True), media_type=_JSON)

        return operate

    def _by_fastapi(self) -> _Operate:
        run = super().get_route_handler()

        async def operate(request: Request, call: Call, _: Any) -> Response:
            request.state.call = call
            try:
                return await run(request)
            except RequestValidationError as error:
                raise RequestValidationError([_without_input(error.errors()[0])]) from None

        return operate


def _judged(body: TypeAdapter[Any], sent: Any) -> Any:
    try:
        return body.validate_python(sent)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RequestValidationError([_without_input(first) | {"loc": ("body", *first["loc"])}]) from None


def _without_input(fault: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fault without what was sent: it may hold secrets, and be a megabyte."""
    return {part: fault[part] for part in ("type", "loc", "msg", "ctx") if part in fault}


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
