"""`Authorization: Bearer <management token>`, with every request."""

from starlette.requests import Request

from app.apis.dependencies import Route, connected, resources
from app.apis.hms import tokens
from app.apis.hms.errors import NotPermitted
from app.apis.hms.tokens import TokenRefused
from app.domain import ids, keys
from app.domain.database import Transaction
from app.domain.errors import KeyNotFound, SecretKeyMismatch
from app.domain.keys import HmsKey
from app.domain.secrets import SecretKey


class HmsRoute(Route):
    """An operation behind a management token. Its body is JSON, whatever type it is declared as."""

    async def authenticate(self, request: Request) -> str:
        """Raise TokenRefused for a token that is missing or wrong, NotPermitted for a client's."""
        token = _presented(request)
        claims = tokens.read(token)
        async with connected(request) as transaction:
            key = await _key(transaction, resources(request).secret_key, claims.access_key)
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


async def _key(transaction: Transaction, secret_key: SecretKey, access_key: str) -> HmsKey:
    """Return the key; one that was sealed under another SECRET_KEY cannot be used, as if it were not there."""
    id = ids.from_hex(access_key)
    if id is None:
        raise TokenRefused("not found")
    try:
        return await keys.get_hms(transaction, secret_key, id)
    except (KeyNotFound, SecretKeyMismatch):
        raise TokenRefused("not found") from None
