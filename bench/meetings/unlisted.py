"""`enfilade` as it would be if no other process saw its sockets: nothing of them is written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app import cli
from app.adapters.presence import Presence


@asynccontextmanager
async def _unlisted(self: Presence, queue_id: UUID, user_id: UUID) -> AsyncIterator[None]:
    yield


if __name__ == "__main__":
    Presence.listed = _unlisted  # type: ignore[method-assign]
    cli.main()
