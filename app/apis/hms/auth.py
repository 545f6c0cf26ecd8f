"""`Authorization: Bearer <management token>`, with every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.requests import Request

from app.apis.dependencies import Call
from app.apis.hms import tokens
from app.apis.hms.errors import NotPermitted
from app.apis.hms.tokens import Claims, TokenRefused
from app.apis.routes import Route
from app.domain import ids, keys
from app.domain.errors import KeyNotFound, SecretKeyMismatch
from app.domain.keys import HmsKey


@dataclass(frozen=True, slots=True)
class _ManagementToken:
    text: str = field(repr=False)
    claims: Claims

    async def caller(self, call: Call) -> str:
        """Raise TokenRefused for a token that is wrong, NotPermitted for a client's."""
        key = await _key(call, self.claims.access_key)
        tokens.verify(self.text, key.secret)
        if self.claims.type != "management":
            raise NotPermitted
        await keys.note_use(call.transaction, key)
        return key.access_key


class HmsRoute(Route):
    """An operation behind a management token. Its body is JSON, whatever type it is declared as."""

    security: ClassVar[Mapping[str, Any]] = {
        "ManagementToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }

    def credential(self, request: Request) -> _ManagementToken:
        """Raise TokenRefused for a token that is missing or cannot be read."""
        text = _presented(request)
        return _ManagementToken(text, tokens.read(text))


def _presented(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("not found")
    return token.strip()


async def _key(call: Call, access_key: str) -> HmsKey:
    """Return the key; one that was sealed under another SECRET_KEY cannot be used, as if it were not there."""
    id = ids.from_hex(access_key)
    if id is None:
        raise TokenRefused("not found")
    try:
        return await keys.get_hms(call.transaction, call.secret_key, id)
    except (KeyNotFound, SecretKeyMismatch):
        raise TokenRefused("not found") from None
