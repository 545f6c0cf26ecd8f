"""Management tokens: what a backend signs with its key and shows as `Authorization: Bearer`."""

import time
from uuid import uuid4

import jwt

_LIFETIME_SECONDS = 86_400
_CLOCK_LEEWAY_SECONDS = 10  # the official SDK dates its tokens back by as much


def management_token(access_key: str, secret: str) -> str:
    """Return a token as the official SDK mints it: HS256, valid 24 h."""
    now = int(time.time())
    claims = {
        "access_key": access_key,
        "type": "management",
        "version": 2,
        "jti": str(uuid4()),
        "iat": now - _CLOCK_LEEWAY_SECONDS,
        "nbf": now - _CLOCK_LEEWAY_SECONDS,
        "exp": now + _LIFETIME_SECONDS,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
