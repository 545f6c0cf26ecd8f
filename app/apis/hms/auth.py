"""`Authorization: Bearer <management token>`, with every request but that of who shows a code of a room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.apis.dependencies import Call, Caller, bearer, resources
from app.apis.hms import tokens
from app.apis.hms.errors import NotPermitted
from app.apis.hms.tokens import Claims, TokenRefused
from app.apis.routes import CallRoute, Route
from app.domain import ids, keys
from app.domain.errors import RoomCodeNotFound, SecretKeyMismatch
from app.domain.keys import HmsKey, SealedKey
from app.domain.secrets import SecretKey


@dataclass(frozen=True, slots=True)
class _ManagementToken:
    text: str = field(repr=False)
    claims: Claims
    key_id: UUID
    question: ClassVar = keys.OF_HMS

    @property
    def given(self) -> dict[str, UUID]:
        return {"key_id": self.key_id}

    async def caller(self, call: Call, found: SealedKey | None) -> Caller:
        """Raise TokenRefused for a token that is wrong, NotPermitted for a client's."""
        key = _opened(found, call.secret_key)
        tokens.verify(self.text, self.claims, key.secret)
        if self.claims.type != "management":
            raise NotPermitted
        await keys.note_use(call.transaction, key)
        return Caller(key.id, key.access_key)


class HmsRoute(Route):
    """An operation behind a management token. Its body is JSON, whatever type it is declared as."""

    security: ClassVar[Mapping[str, Any]] = {
        "ManagementToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }

    def credential(self, request: Request) -> _ManagementToken:
        """Raise TokenRefused for a token that is missing or cannot be read."""
        text = bearer(request)
        if not text:
            raise TokenRefused("not found")
        claims = tokens.read(text)
        key_id = ids.from_hex(claims.access_key)
        if key_id is None:
            raise TokenRefused("not found")
        return _ManagementToken(text, claims, key_id)


class CodeRoute(CallRoute):
    """An operation for whoever has a code of a room, which its body presents.

    Codes are short, so wrong ones are counted, by themselves: they keep no backend behind the same address from its
    work.
    """

    async def _answer(self, request: Request) -> Response:
        server, body = resources(request), await self._arrived(request)
        arguments = self._find(request, self._parsed(request, body))
        code = arguments["presented"].code
        server.code_failures.judge(request, code)
        try:
            async with server.connected() as transaction, self._begun(transaction):
                answer = await self._operate(request, Call(transaction, server), arguments)
        except RoomCodeNotFound:
            server.code_failures.count(request, code)
            raise
        server.code_failures.remember(code)
        return answer


def _opened(found: SealedKey | None, secret_key: SecretKey) -> HmsKey:
    """Return the key; one that was sealed under another SECRET_KEY cannot be used, as if it were not there."""
    try:
        if found is not None:
            return found.opened(secret_key)
    except SecretKeyMismatch:
        pass
    raise TokenRefused("not found")
