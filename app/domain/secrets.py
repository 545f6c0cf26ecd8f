"""What SECRET_KEY is used for: signing what clients carry for us, and sealing what they trust us with.

Each purpose has a key of its own, derived by HKDF (RFC 5869), so that one tells nothing of another.
"""

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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
    """The deployment's SECRET_KEY, of any length, and others that are understood as well; its `repr` shows none."""

    def __init__(self, text: str, *fallbacks: str) -> None:
        # Of the environment, any bytes.
        own, *others = [key.encode("utf-8", "surrogateescape") for key in (text, *fallbacks)]
        self._signing = {purpose: _derived(own, purpose) for purpose in _PURPOSES}
        self._signed_before = {purpose: [_derived(key, purpose) for key in others] for purpose in _PURPOSES}
        self._sealing, *before = [Fernet(urlsafe_b64encode(_derived(key, "sealing"))) for key in (own, *others)]
        self._telling = [_derived(key, "webhook") for key in (own, *others)]
        # A key's secret is wanted with each of its requests.
        self._decrypted = lru_cache(_REMEMBERED)(MultiFernet([self._sealing, *before]).decrypt)

    def sign(self, purpose: Purpose, payload: bytes) -> str:
        """Return payload and signature in lower-case hex digits: twice the payload's bytes and 32 more."""
        return _signed(self._signing[purpose], payload)

    def signed(self, purpose: Purpose, text: str) -> bytes | None:
        """Return the payload that `sign` made this text of, under any of the keys, or None if it didn't.

        Each comparison is in constant time.
        """
        try:
            payload = bytes.fromhex(text)[:-_SIGNATURE_BYTES]
        except ValueError:
            return None
        keys = (self._signing[purpose], *self._signed_before[purpose])
        return payload if any(same(_signed(key, payload), text) for key in keys) else None

    @property
    def webhook_secret(self) -> str:
        """What a receiver of webhooks verifies their signatures with, as Standard Webhooks spells it."""
        return f"whsec_{b64encode(self._telling[0]).decode()}"

    def webhook_signatures(self, id: str, timestamp: int, body: bytes) -> str:
        """Return the value of `webhook-signature` (Standard Webhooks): one of the own key, then one of each other."""
        told = f"{id}.{timestamp}.".encode() + body
        digests = (hmac.digest(key, told, "sha256") for key in self._telling)
        return " ".join(f"v1,{b64encode(digest).decode()}" for digest in digests)

    def seal(self, secret: str) -> bytes:
        """Return what may be stored of a secret."""
        return self._sealing.encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """Return the secret again; SecretKeyMismatch when none of the keys sealed it."""
        try:
            return self._decrypted(sealed).decode()
        except InvalidToken:
            raise SecretKeyMismatch from None

    def sealed_anew(self, sealed: bytes) -> bytes | None:
        """Return it sealed under SECRET_KEY itself, or None when it is already. Raises SecretKeyMismatch."""
        try:
            self._sealing.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.unseal(sealed))
        return None


def same(ours: str, theirs: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"enfilade {purpose}".encode()).derive(secret)


def _signed(key: bytes, payload: bytes) -> str:
    return (payload + hmac.digest(key, payload, "sha256")[:_SIGNATURE_BYTES]).hex()
