"""Calls about previews: what a request asks of the cache, what keeps one, and what the sweep does."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from app.domain import ids, previews, strays
from app.domain.blobs import Blob
from app.domain.database import Transaction
from bench.calls.call import Call, asking, seen_by
from bench.calls.landmarks import Landmarks
from bench.files import SPECIFICATION

_EVICTED_AT_ONCE: Final = 1_000
_NEW: Final = "of a call"


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    sent = at.full.attachments[0]
    file = Blob(id=sent.blob_id, name="old.pdf", mime_type="application/pdf", size=1, sha256=bytes(32))
    asked: dict[str, Any] = {"attachment_id": sent.id, "rows": 2}
    for details, name in (("kept", SPECIFICATION), ("not kept", _NEW)):
        # As `previews.see` asks for it.
        yield seen_by(at.busy, "a preview", previews._SEE, details=details, specification=name, **asked)  # noqa: SLF001
    use = asking(previews._USE, id=ids.new_id())  # noqa: SLF001 - the same
    yield Call("a preview used again", use)
    yield Call("a preview kept", partial(_keep, file=file))
    yield Call("a file its own preview", partial(_keep_unchanged, file=file))
    yield Call("a preview forgotten", partial(previews.forget, id=ids.new_id()))
    # What `previews.evict` asks before: one process at a time.
    yield Call("the right to evict", asking(previews._ALONE))  # noqa: SLF001
    # Of each its row, its entries in three indexes, and that in the list of strays.
    yield Call("previews evicted", asking(previews._EVICT, excess=10**9), rows=5 * _EVICTED_AT_ONCE)  # noqa: SLF001


async def _keep(transaction: Transaction, *, file: Blob) -> None:
    """Keep a preview, as `app/adapters/previews/previewer.py` does."""
    await previews.keep(transaction, await strays.expect(transaction), file, _NEW, 1)
    await previews.find(transaction, file, _NEW)


async def _keep_unchanged(transaction: Transaction, *, file: Blob) -> None:
    await previews.keep_unchanged(transaction, file, _NEW)
    await previews.find(transaction, file, _NEW)
