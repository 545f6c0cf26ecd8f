"""Calls about keys and tokens."""

from collections.abc import Iterator
from functools import partial

from app.domain import keys, seals, tokens
from app.domain.keys import Presented
from app.domain.secrets import SecretKey
from bench.calls.call import Call, asking
from bench.calls.landmarks import Landmarks

_SEALING = SecretKey("of the plans, and of nothing else")


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _of_keys(at)
    yield from _of_tokens(at)
    yield from _of_seals(at)


def _of_keys(at: Landmarks) -> Iterator[Call]:
    yield Call("a key of /api/realtime", asking(keys.OF_VCS, secret_hash=b""))
    yield Call("a key of /v2", partial(keys.get_hms, secret_key=_SEALING, id=at.hms_key))
    yield Call("the newest key of /v2", partial(keys.newest_hms, secret_key=_SEALING))
    yield Call("a key's use noted", partial(keys.note_use, key=Presented(id=at.hms_key, unnoted=True)))
    yield Call("a new key of /api/realtime", keys.create_vcs)
    yield Call("a new key of /v2", partial(keys.create_hms, secret_key=_SEALING))
    yield Call("a key revoked", partial(keys.revoke, id=at.hms_key))


def _of_tokens(at: Landmarks) -> Iterator[Call]:
    yield Call("a token of the chats", asking(tokens.OF_CHATS, token_hash=at.busy.token_hash))
    yield Call("a new token", partial(tokens.create, user_id=at.busy.id, lifetime_seconds=60))
    yield Call("a token revoked", partial(tokens.revoke, token="presented"))  # noqa: S106 - of nobody
    yield Call("a user's tokens revoked", partial(tokens.revoke_of_user, user_id=at.busy.id))
    hashes = [person.token_hash for person in (at.busy, at.usual)]
    yield Call("tokens that are still good", partial(tokens.still_good, hashes=hashes), rows=len(hashes))
    yield Call("a sweep of tokens", tokens.sweep, rows=200)


def _of_seals(at: Landmarks) -> Iterator[Call]:
    for name, page in seals._PAGES.items():  # noqa: SLF001 - the whole of it would be hundreds of them
        if name.startswith("conference."):
            yield Call("a page of what is sealed", asking(page, after=at.middle), rows=1000, details=name)
    for name, replacement in seals._REPLACEMENTS.items():  # noqa: SLF001 - nothing here is sealed in truth
        this = 1 if name.startswith("deployment.") else at.middle
        yield Call("sealed anew", asking(replacement, this=this, old=b"old", new=b"new"), details=name)
