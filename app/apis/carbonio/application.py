"""The application at `/` and `/services/chats`."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.apis import pages
from app.apis.carbonio import (
    attachments,
    authentication,
    errors,
    events,
    health,
    meetings,
    members,
    messages,
    pictures,
    previews,
    rooms,
    streams,
    users,
)
from app.apis.dependencies import HeaderLimit
from app.apis.descriptions import DescribedApplication

_ABOUT: Final = """
Chat rooms as their members see them, with a token of theirs (`enfilade tokens create`).

- Errors have no body, but in developer mode; `X-Trace-Id` names each request in the server's log.
- Members of a body that nobody knows are ignored, null counts as absent, and so does a query parameter without a value.
- Ids and enumerations are read in any case of letters, and answered in lower case.
- An unknown path is 404, a wrong method 405 with `Allow`. `HEAD` works wherever `GET` does; so does a slash at the end.
"""
_VERSION: Final = "1.3.1"
_VERSION_HEADER: Final = "X-WSC-API-VERSION"
_BEGIN_AN_ANSWER: Final = frozenset(["http.response.start", "websocket.accept", "websocket.http.response.start"])
_SEMANTIC_VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}")


class _Application(DescribedApplication):
    """Describes errors without a body, or with that of developer mode."""

    def __init__(self, *, developer_mode: bool, **settings: Any) -> None:
        super().__init__(**settings)
        self._developer_mode = developer_mode

    def _complete(self, document: dict[str, Any]) -> None:
        super()._complete(document)
        if self._developer_mode:
            document["components"]["schemas"]["Error"] = errors.Error.model_json_schema(mode="serialization")
            for operations in document["paths"].values():
                for operation in operations.values():
                    _add_error_bodies(operation["responses"])


def _add_error_bodies(responses: Mapping[str, dict[str, Any]]) -> None:
    for status, response in responses.items():
        if int(status) >= HTTPStatus.BAD_REQUEST:
            response["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


class _Versions:
    """Answers a newer client that says which version it speaks: with the same, but in errors with ours (section 15)."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope).get(_VERSION_HEADER, "")

        async def answered(message: Message) -> None:
            if message["type"] in _BEGIN_AN_ANSWER:
                is_error = message.get("status", 0) >= HTTPStatus.BAD_REQUEST
                MutableHeaders(scope=message)[_VERSION_HEADER] = _VERSION if is_error else asked
            await send(message)

        await self._application(scope, receive, answered if _SEMANTIC_VERSION.fullmatch(asked) else send)


def create(*, developer_mode: bool = False) -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    sections = (
        rooms,
        attachments,
        messages,
        members,
        users,
        pictures,
        previews,
        meetings,
        streams,
        events,
        authentication,
        health,
        pages,
    )
    application = _Application(
        title="Carbonio chats API",
        description=_ABOUT,
        developer_mode=developer_mode,
        servers=[{"url": ".", "description": "this server"}],
        routes=[route for section in sections for route in section.router.routes],
        exception_handlers=errors.ANSWERS,
    )
    return _Versions(HeaderLimit(application, lambda connection: errors.refusal(connection, 431)))
