"""Who calls: by `Authorization: Bearer`, a management token or a client's token; or by a code of a room in the body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from app.apis.admission import Credential
from app.apis.dependencies import Call, Caller, bearer, resources
from app.apis.failures import origin
from app.apis.hms import tokens
from app.apis.hms.errors import NOT_PERMITTED, RefusedWith
from app.apis.hms.tokens import Claims, TokenRefused
from app.apis.routes import CallRoute, Route
from app.domain import ids, keys
from app.domain.errors import RoomCodeNotFound, SecretKeyMismatch
from app.domain.keys import HmsKey, SealedKey
from app.domain.secrets import SecretKey


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    claims: Claims
    key_id: UUID
    question: ClassVar = keys.OF_HMS
    type: ClassVar[str]

    @classmethod
    def of(cls, request: Request) -> Self:
        """Raise TokenRefused for a token that is missing or cannot be read."""
        text = bearer(request)
        if not text:
            raise TokenRefused("not found")
        claims = tokens.read(text)
        key_id = ids.from_hex(claims.access_key)
        if key_id is None:
            raise TokenRefused("not found")
        return cls(text, claims, key_id)

    @property
    def given(self) -> dict[str, UUID]:
        return {"key_id": self.key_id}

    async def caller(self, call: Call, found: SealedKey | None) -> Caller:
        """Raise TokenRefused for a token that is wrong, RefusedWith for one of another type."""
        key = _opened(found, call.secret_key)
        tokens.verify(self.text, self.claims, key.secret)
        if self.claims.type != self.type:
            raise RefusedWith(NOT_PERMITTED)
        caller = Caller(self._caller_id, key.access_key)
        await keys.note_use(call.transaction, key)
        return caller

    @property
    def _caller_id(self) -> UUID:
        return self.key_id


class _ManagementToken(_Token):
    type = "management"


class _ClientToken(_Token):
    type = "app"

    @property
    def _caller_id(self) -> UUID:
        return tokens.room_of(self.claims)


class HmsRoute(Route):
    """An operation behind a management token. Its body is JSON, whatever type it is declared as."""

    security: ClassVar[Mapping[str, Any]] = {
        "ManagementToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }

    def credential(self, request: Request) -> Credential:
        """Raise TokenRefused for a token that is missing or cannot be read."""
        return _ManagementToken.of(request)


class ClientRoute(Route):
    """An operation behind a client's token: `caller_id` is the room into which it lets, which may be gone."""

    security: ClassVar[Mapping[str, Any]] = {"AuthToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}

    def credential(self, request: Request) -> Credential:
        """Raise TokenRefused for a token that is missing or cannot be read."""
        return _ClientToken.of(request)


class CodeRoute(CallRoute):
    """An operation for whoever has a code of a room, which its body presents.

    Codes are short, so wrong ones are counted, by themselves: they keep no backend behind the same address from its
    work.
    """

    async def _answer(self, request: Request) -> Response:
        server, body = resources(request), await self._arrived(request)
        arguments = self._find(request, self._parsed(request, body))
        code = arguments["presented"].code
        server.code_failures.judge(request, code)  # who is refused anyway takes nobody's place
        async with server.code_turn(origin(request)):  # else all that come at once would be asked before one counts
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
