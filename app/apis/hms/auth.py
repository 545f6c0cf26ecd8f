"""`Authorization: Bearer <management token>`, with every request."""

from starlette.requests import Request

from app.apis.dependencies import Route, resources
from app.apis.hms import tokens
from app.apis.hms.errors import NotPermitted
from app.apis.hms.tokens import TokenRefused
from app.domain import ids, keys
from app.domain.database import Transaction
from app.domain.errors import KeyNotFound


class HmsRoute(Route):
    """An operation behind a management token. Its body is JSON, whatever type it is declared as."""

    async def authenticate(self, request: Request, transaction: Transaction) -> str:
        """Raise TokenRefused or KeyNotFound for a token that is missing or wrong, NotPermitted for a client's."""
        token = _presented(request)
        claims = tokens.read(token)
        id = ids.from_hex(claims.access_key)
        if id is None:
            raise KeyNotFound
        key = await keys.hms(transaction, resources(request).secret_key, id)
        tokens.verify(token, key.secret)
        if claims.type != "management":
            raise NotPermitted
        await keys.note_use(transaction, key)
        return key.access_key


def _presented(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("not found")
    return token.strip()
