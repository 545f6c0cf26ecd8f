"""Join tokens: what opens a conference for a client. Signed, not stored."""

from app.domain import conferences, ids
from app.domain.conferences import Conference
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound, InvalidJoinToken
from app.domain.secrets import SecretKey


def of(conference: Conference, secret_key: SecretKey) -> str:
    """Return what opens this conference for a client, until `token_issued_at + token_ttl_seconds`.

    64 hex digits: the id's 24, the 8 of `token_issued_at`, and a signature.
    """
    return secret_key.sign("join token", _payload(conference))


async def opened(transaction: Transaction, token: str, secret_key: SecretKey) -> Conference:
    """Return the conference that the token opens now, or raise InvalidJoinToken: a disabled one opens for nobody."""
    payload = secret_key.signed("join token", token)
    if payload is None:
        raise InvalidJoinToken(token)
    try:
        found = await conferences.get(transaction, ids.from_bytes(payload[:12]))
    except ConferenceNotFound:
        raise InvalidJoinToken(token) from None
    if not found.enabled or payload != _payload(found):
        raise InvalidJoinToken(token)
    return found


def _payload(conference: Conference) -> bytes:
    return ids.to_bytes(conference.id) + conference.token_issued_at.to_bytes(4, "big")
