"""Operations from the request to the answer: who calls, what was sent, the operation itself."""

import re
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeAlias, get_type_hints

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.apis.admission import Admission, Credential
from app.apis.dependencies import Call, autocommit_call, resources, transaction_call
from app.apis.descriptions import DescribedRoute
from app.domain.database import Borrowed, Transaction

JSON_BODY_BYTES = 1024 * 1024
_STRANGERS_BYTES = 64 * 1024
_NO_BODY = b""
_JSON = "application/json"


class JsonText(Response):
    """JSON that Postgres has spelled already."""

    media_type = _JSON


class Sweeping(Response):
    """204; what nobody names any more since then is swept out of the store."""

    def __init__(self) -> None:
        super().__init__(status_code=204)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        resources(Request(scope)).sweep_soon()
        await super().__call__(scope, receive, send)


Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
_Find: TypeAlias = Callable[[Request, Any], Mapping[str, Any]]
_Operate: TypeAlias = Callable[[Request, Call, Mapping[str, Any]], Coroutine[Any, Any, Response]]


class OpenRoute(DescribedRoute):
    """An operation for everybody, which runs by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "response_model_exclude_none": True})
        # `$` would overlook a line break at the end of a path.
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")


class TooLargeOfAStranger(HTTPException):
    """More was sent than is taken of who is not known."""

    def __init__(self) -> None:
        super().__init__(413)


class CallRoute(OpenRoute):
    """An operation that is given a call, with a connection.

    None is taken before the body is there, so slow senders cannot use up the pool.

    FastAPI finds the arguments of an operation that asks for more than ids of its path, a body and the call. All others
    are run without it, in half of the time (docs/performance.md), and described by it all the same.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._is_direct:
            self.app = self._respond

    def accept(self, request: Request) -> None:
        """Raise HTTPException if the body's type is refused; of a `Route`, a POST that takes no body is asked, too."""

    async def admit_more(self, request: Request) -> None:
        """Raise if it is not known who sends more than 64 KiB."""
        raise TooLargeOfAStranger

    def get_route_handler(self) -> Handler:
        self._find, self._operate = self._directly() if self._is_direct else self._by_fastapi()
        self._is_transaction = transaction_call in {needed.call for needed in self.dependant.dependencies}
        return self._answer

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without the stacks in which FastAPI's dependencies clean up; the application answers what's raised."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raise NotImplementedError

    def _begun(self, transaction: Transaction) -> AbstractAsyncContextManager[Any]:
        """Return what begins a transaction, if the operation asks for one."""
        return transaction.begun() if self._is_transaction else nullcontext()

    async def _arrived(self, request: Request) -> bytes | None:
        """Return the body, or None when it is too large; it is not judged yet. Of a stranger only 64 KiB are held."""
        if int(request.headers.get("content-length", 0)) > JSON_BODY_BYTES:
            return None
        body, is_known = bytearray(), False
        async for chunk in request.stream():
            body += chunk
            if len(body) > JSON_BODY_BYTES:
                return None
            if len(body) > _STRANGERS_BYTES and not is_known:
                await self.admit_more(request)
                is_known = True
        return bytes(body)

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
        return (
            not any(others)
            and not takes.request_param_name
            and {needed.call for needed in takes.dependencies} <= {transaction_call, autocommit_call}
        )

    def _directly(self) -> tuple[_Find, _Operate]:
        types = get_type_hints(self.endpoint, include_extras=True)
        respond = self._spelling(types["return"])
        ids = {id.name: (id.alias, TypeAdapter(types[id.name])) for id in self.dependant.path_params}
        bodies = {field.name: TypeAdapter(types[field.name]) for field in self.dependant.body_params}
        assert len(bodies) <= 1, "each would be given the whole body"
        assert types.keys() == {"call", "return", *ids, *bodies}, "only FastAPI could find what else it asks for"

        def find(request: Request, sent: Any) -> dict[str, Any]:
            arguments = {name: id.validate_python(request.path_params[spelled]) for name, (spelled, id) in ids.items()}
            return arguments | {name: _judged(model, sent) for name, model in bodies.items()}

        async def operate(request: Request, call: Call, arguments: Mapping[str, Any]) -> Response:
            return respond(await self.endpoint(call=call, **arguments))

        return find, operate

    def _spelling(self, shown: Any) -> Callable[[Any], Response]:
        """Return what makes an answer of what the operation returns: a model, nothing, or the answer itself."""
        status = self.status_code or 200
        if shown is type(None):
            return lambda _: Response(status_code=status)
        if isinstance(shown, type) and issubclass(shown, Response):
            return lambda answer: answer
        model = TypeAdapter(shown)

        def respond(answer: Any) -> Response:
            body = model.dump_json(answer, by_alias=True, exclude_none=self.response_model_exclude_none)
            return Response(body, status, media_type=_JSON)

        return respond

    def _by_fastapi(self) -> tuple[_Find, _Operate]:
        assert not self.body_field, "FastAPI would read again what was read already"
        run = super().get_route_handler()

        async def operate(request: Request, call: Call, _: Mapping[str, Any]) -> Response:
            request.state.call = call
            try:
                return await run(request)
            except RequestValidationError as error:
                raise RequestValidationError([_without_input(error.errors()[0])]) from None

        return lambda _, __: {}, operate


class Route(CallRoute):
    """An operation behind a credential.

    Who calls is judged before the body is, and before anything is answered or written; a read can be asked together
    with that (`Admission`). All of it is done on one connection.
    """

    def credential(self, request: Request) -> Credential:
        """Return what the caller shows; or raise, before anything else is done."""
        raise NotImplementedError

    async def admit_more(self, request: Request) -> None:
        async with Borrowed(resources(request).pool) as connection:
            await Admission(connection, self.credential(request), request).judge()

    def get_route_handler(self) -> Handler:
        self._is_bare = (
            self.methods == {"POST"} and not self.body_field and "requestBody" not in (self.openapi_extra or {})
        )
        return super().get_route_handler()

    async def _answer(self, request: Request) -> Response:
        credential, server = self.credential(request), resources(request)
        server.failures.judge(request, credential.text)
        body = await self._arrived(request) if self.body_field else _NO_BODY
        async with Borrowed(server.pool) as connection, Admission(connection, credential, request) as admission:
            if request.method != "GET":
                await admission.judge()
            sent = self._parsed(request, body) if self.body_field else None
            if self._is_bare:
                self.accept(request)
            arguments = self._find(request, sent)
            async with self._begun(admission):
                return await self._operate(request, Call(admission, server, admission.caller), arguments)


def _judged(model: TypeAdapter[Any], sent: Any) -> Any:
    try:
        return model.validate_python(sent)
    except ValidationError as error:
        raise refused(error) from None


def refused(error: ValidationError) -> RequestValidationError:
    """Return the first fault of a body as routes raise it."""
    first = error.errors(include_url=False)[0]
    return RequestValidationError([_without_input(first) | {"loc": ("body", *first["loc"])}])


def _without_input(fault: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fault without what was sent: it may hold secrets, and be a megabyte."""
    return {part: fault[part] for part in ("type", "loc", "msg", "ctx") if part in fault}
