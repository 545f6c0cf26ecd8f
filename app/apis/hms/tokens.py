"""Tokens: a backend signs management tokens with its key, and shows them as `Authorization: Bearer`.

Its clients have app tokens, which it verifies; we sign them for who has a code of a room.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID, uuid4

import jwt
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from app.domain import ids

_ALGORITHM: Final = "HS256"
_LIFETIME_SECONDS = 86_400
_SDK_DATES_BACK_SECONDS = 10  # so that a server whose clock is behind takes the token at once
_LEEWAY_SECONDS = 60
_SIGNATURE_ALONE: Final[Any] = {f"verify_{claim}": False for claim in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}

# A client shows one token for a day, with each request. What never changes of it is found out once; whether its key
# still exists, and its time, are judged each time.
_REMEMBERED: Final = 256


Reason: TypeAlias = Literal[
    "not found", "token is malformed", "signature is invalid", "token is expired", "token is not valid yet"
]


class TokenRefused(Exception):
    """The token opens nothing; its message is the documented reason, and nothing of the token."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)


class Claims(BaseModel):
    """What a token says. The documentation's `jti`, `iat` and `nbf` may be missing: third parties leave them out.

    A client's names a room and a role; nobody looks at these of another.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    access_key: str
    type: Literal["management", "app"]
    version: Literal[2]
    exp: int | FiniteFloat
    iat: int | FiniteFloat = 0
    nbf: int | FiniteFloat = 0
    room_id: Any = None
    role: Any = None


@dataclass(frozen=True, slots=True)
class AppToken:
    """What opens a room for a client, and until when."""

    text: str = field(repr=False)
    expires_at: datetime


def management_token(access_key: str, secret: str) -> str:
    """Return a token as the official SDK mints it: HS256, valid 24 h."""
    return _signed({"access_key": access_key, "type": "management"}, secret, int(time.time()))


def app_token(access_key: str, secret: str, *, room_id: str, role: str, user_id: str | None) -> AppToken:
    """Return a client's token, as the official SDK mints those, too."""
    now, user = int(time.time()), {"user_id": user_id} if user_id else {}
    claims = {"access_key": access_key, "room_id": room_id, "role": role, **user, "type": "app"}
    return AppToken(_signed(claims, secret, now), datetime.fromtimestamp(now + _LIFETIME_SECONDS, UTC))


def _signed(claims: dict[str, str], secret: str, now: int) -> str:
    common = {
        "version": 2,
        "jti": str(uuid4()),
        "iat": now - _SDK_DATES_BACK_SECONDS,
        "nbf": now - _SDK_DATES_BACK_SECONDS,
        "exp": now + _LIFETIME_SECONDS,
    }
    return jwt.encode({**claims, **common}, secret, algorithm=_ALGORITHM)


@lru_cache(_REMEMBERED)
def read(token: str) -> Claims:
    """Return what the token says, true or not; it tells which key to `verify` it with. Raises TokenRefused."""
    try:
        return Claims.model_validate(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.InvalidTokenError, ValidationError):
        raise TokenRefused("token is malformed") from None


def verify(token: str, claims: Claims, secret: str) -> None:
    """Raise TokenRefused unless this secret signed the token that says this, and its time is now."""
    _verify_signature(token, secret)
    now = time.time()
    if claims.exp <= now - _LEEWAY_SECONDS:
        raise TokenRefused("token is expired")
    if max(claims.iat, claims.nbf) > now + _LEEWAY_SECONDS:
        raise TokenRefused("token is not valid yet")


def room_of(claims: Claims) -> UUID:
    """Return the room into which a client's token lets. Raise TokenRefused when it does not say so."""
    room_id = ids.from_hex(claims.room_id) if isinstance(claims.room_id, str) else None
    if room_id is None or not claims.role or not isinstance(claims.role, str):
        raise TokenRefused("token is malformed")
    return room_id


@lru_cache(_REMEMBERED)
def _verify_signature(token: str, secret: str) -> None:
    try:
        jwt.decode(token, secret, algorithms=[_ALGORITHM], options=_SIGNATURE_ALONE)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise TokenRefused("signature is invalid") from None
    except jwt.InvalidTokenError:
        raise TokenRefused("token is malformed") from None
