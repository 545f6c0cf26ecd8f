"""Section 1: the cookie `ZM_AUTH_TOKEN` of the web client, or the same token as a bearer's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request

from app.apis.carbonio.spellings import read_id
from app.apis.dependencies import Call, Caller, bearer, media_type
from app.apis.routes import Route
from app.domain import tokens
from app.domain.secrets import hashed

_COOKIE = "ZM_AUTH_TOKEN"
_QUEUE = "queue-id"


@dataclass(frozen=True, slots=True)
class ChatsCaller(Caller):
    """A user who calls, and by which socket he hears, if he says so."""

    queue_id: UUID | None


@dataclass(frozen=True, slots=True)
class UserToken:
    """A token as it is shown, and beside it the name of a socket, if there is one."""

    text: str = field(repr=False)
    queue_id: UUID | None
    question: ClassVar = tokens.OF_CHATS

    @property
    def hash(self) -> bytes:
        """By which it is known."""
        return hashed(self.text)

    @property
    def given(self) -> dict[str, bytes]:
        return {"token_hash": self.hash}

    async def caller(self, call: Call, found: UUID | None) -> Caller:
        """Raise HTTPException(401) for a token that opens nothing."""
        if found is None:
            raise HTTPException(401)
        return ChatsCaller(found, str(found), self.queue_id)


class ChatsRoute(Route):
    """An operation behind a user's token."""

    security: ClassVar[Mapping[str, Any]] = {
        "Cookie": {"type": "apiKey", "in": "cookie", "name": _COOKIE},
        "Bearer": {"type": "http", "scheme": "bearer"},
    }

    def credential(self, request: Request) -> UserToken:
        return shown(request)

    def accept(self, request: Request) -> None:
        """Take any type from a bearer; beside the cookie only JSON's own, which a foreign page's form cannot send."""
        if has_cookie(request) and media_type(request) != "application/json":
            raise HTTPException(400)


def shown(connection: HTTPConnection) -> UserToken:
    """Return the token; raises HTTPException(401) without one, or for a queue that cannot be one."""
    queue, token = connection.headers.get(_QUEUE, "").strip(" \t"), presented(connection)
    queue_id = read_id(queue)
    if not token or (queue and queue_id is None):
        raise HTTPException(401)
    return UserToken(token, queue_id)


def queue_id(call: Call) -> UUID | None:
    """Return the name of the socket by which the caller hears, or None if he does not say it."""
    assert isinstance(call.caller, ChatsCaller)
    return call.caller.queue_id


def by_socket(*, required: bool) -> dict[str, Any]:
    """Describe an operation that asks by which socket the caller hears."""
    queue = {
        "name": _QUEUE,
        "in": "header",
        "required": required,
        "description": "The `queueId` of the caller's websocket.",
        "schema": {"type": "string", "format": "uuid", "examples": ["8d5b4bd4-2d7b-4d6a-9ad0-7f3b8a1b9b52"]},
    }
    return {"parameters": [queue]}


def presented(connection: HTTPConnection) -> str:
    """Return the token as it was sent, the cookie's before the bearer's; empty without one."""
    return connection.cookies.get(_COOKIE) or bearer(connection)


def has_cookie(connection: HTTPConnection) -> bool:
    """Whether the token is a cookie's, which a browser brings along wherever a page sends it."""
    return bool(connection.cookies.get(_COOKIE))
