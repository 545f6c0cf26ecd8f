"""`x-vcs-token`: the API key, with every request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.apis.dependencies import Call, Caller, media_type
from app.apis.routes import Route
from app.domain import keys
from app.domain.errors import InvalidKey
from app.domain.keys import Presented
from app.domain.secrets import hashed

_HEADER = b"x-vcs-token"
_KEY = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _ApiKey:
    text: str = field(repr=False)
    question: ClassVar = keys.OF_VCS

    @property
    def given(self) -> dict[str, bytes]:
        return {"secret_hash": hashed(self.text)}

    async def caller(self, call: Call, found: Presented | None) -> Caller:
        """Raise InvalidKey for an unknown one."""
        if found is None:
            raise InvalidKey(self.text)
        await keys.note_use(call.transaction, found)
        return Caller(found.id, str(found.id))


class VcsRoute(Route):
    """An operation behind an API key, whose body, if any, is declared as JSON."""

    security: ClassVar[Mapping[str, Any]] = {"ApiKey": {"type": "apiKey", "in": "header", "name": "x-vcs-token"}}

    def credential(self, request: Request) -> _ApiKey:
        """Raise HTTPException(401) without a key, InvalidKey for what cannot be one."""
        key = _presented(request)
        if not key:
            raise HTTPException(401)
        if not _KEY.fullmatch(key):
            raise InvalidKey(key)
        return _ApiKey(key)

    def accept(self, request: Request) -> None:
        if media_type(request) != "application/json":
            raise HTTPException(415)


def _presented(request: Request) -> str:
    """Return the key as it was sent; header fields are bytes, and most clients mean UTF-8."""
    raw = next((value for name, value in request.headers.raw if name == _HEADER), b"").strip(b" \t")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
