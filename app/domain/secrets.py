"""What SECRET_KEY is used for: signing what clients carry for us, and sealing what they trust us with.

Each purpose has a key of its own, derived by HKDF (RFC 5869), so that one tells nothing of another.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import SecretKeyMismatch

Purpose = Literal["join token", "page of conferences"]
_PURPOSES: tuple[Purpose, ...] = ("join token", "page of conferences")
_SIGNATURE_BYTES = 16
_REMEMBERED = 256


def hashed(secret: str) -> bytes:
    """Return the SHA-256 under which a secret of ours is stored: it is all chance, so a plain hash keeps it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class SecretKey:
    """The deployment's SECRET_KEY, of any length; its `repr` does not show it."""

    def __init__(self, text: str) -> None:
        secret = text.encode("utf-8", "surrogateescape")  # of the environment, any bytes
        self._signing = {purpose: _derived(secret, purpose) for purpose in _PURPOSES}
        self._sealing = Fernet(urlsafe_b64encode(_derived(secret, "sealing")))
        # A key's secret is wanted with each of its requests.
        self._decrypted = lru_cache(_REMEMBERED)(self._sealing.decrypt)

    def sign(self, purpose: Purpose, payload: bytes) -> str:
        """Return payload and signature in lower-case hex digits: twice the payload's bytes and 32 more."""
        signature = hmac.digest(self._signing[purpose], payload, "sha256")[:_SIGNATURE_BYTES]
        return (payload + signature).hex()

    def signed(self, purpose: Purpose, text: str) -> bytes | None:
        """Return the payload that `sign` made this text of, or None if it didn't. In constant time."""
        try:
            payload = bytes.fromhex(text)[:-_SIGNATURE_BYTES]
        except ValueError:
            return None
        return payload if same(self.sign(purpose, payload), text) else None

    def seal(self, secret: str) -> bytes:
        """Return what may be stored of a secret."""
        return self._sealing.encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """Return the secret again; SecretKeyMismatch when another key sealed it."""
        try:
            return self._decrypted(sealed).decode()
        except InvalidToken:
            raise SecretKeyMismatch from None


def same(ours: str, theirs: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"enfilade {purpose}".encode()).derive(secret)
